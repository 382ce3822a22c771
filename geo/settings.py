"""All settings, in one frozen object that is passed in and never built at import."""

from __future__ import annotations

from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import AfterValidator, AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Language = Literal["zh", "en"]
_MOST = 2**31 - 1  # of an integer in PostgreSQL


def _proxies(text: str) -> str:
    """Refuse what is neither an address nor a network: nobody would be believed for it."""
    for each in text.split():
        if each != "*":
            ip_network(each)
    return text


class Settings(BaseSettings):
    """Read from the environment: `ANTU_<NAME>`, and the bare `DATABASE_URL`; empty is as unset."""

    model_config = SettingsConfigDict(
        env_prefix="ANTU_", env_ignore_empty=True, frozen=True, populate_by_name=True
    )

    home: Path = Field(
        default_factory=lambda: user_data_path("antu"),
        description="Folder of the owned database cluster.",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "ANTU_DATABASE_URL"),
        description=(
            "A PostgreSQL server (15 or later) with PostGIS; without it, Antu runs its own."
        ),
    )
    own_union_threshold: int = Field(
        default=25,
        ge=1,
        le=_MOST,
        description="Headcount from which a site needs its own union.",
    )
    language: Language = Field(default="zh", description="Language where nobody asks for one.")
    today: date | None = Field(
        default=None, description="The date to answer for, instead of the clock's."
    )
    heat_bandwidth_m: float = Field(
        default=1000.0,
        gt=0,
        le=100_000,
        description="Radius over which heat is smoothed, in metres.",
    )
    pool_size: int = Field(
        default=8,
        ge=1,
        description="Database connections of one process, and as many for small statements.",
    )
    pool_timeout_s: float = Field(
        default=10.0, gt=0, description="Wait for a connection before answering 503."
    )
    statement_timeout_ms: int = Field(
        default=30_000,
        ge=0,
        le=_MOST,
        description="Longest database statement of a web request.",
    )
    max_upload_mb: int = Field(default=200, ge=1, description="Largest file that /load takes.")
    allow_writes: Literal["loopback", "all", "none"] = Field(
        default="loopback",
        description="Who may load and undo over HTTP; there is no login, so only this machine.",
    )
    root_path: Annotated[str, AfterValidator(lambda path: path.rstrip("/"))] = Field(
        default="",
        pattern="^(/[A-Za-z0-9._~-]+)*/?$",
        description="Path below which a reverse proxy shows Antu, as /antu.",
    )
    trusted_proxies: Annotated[str, AfterValidator(_proxies)] = Field(
        default="127.0.0.1 ::1",
        description=(
            "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or "
            "networks with spaces between, or *."
        ),
    )
    frame_ancestors: str = Field(
        default="*",
        pattern="^[ -~]*$",  # it is sent in a header
        description="Who may put /embed into a frame (CSP frame-ancestors).",
    )
    allow_origins: str = Field(
        default="",
        description="Whose pages may read the data (CORS): origins with spaces between, or *.",
    )
    tile_url: str | None = Field(
        default=None,
        description="XYZ tiles behind the map (several: with spaces between); without, none.",
    )
    tile_subdomains: str = Field(
        default="abc", description="What {s} in the address of the tiles stands for, in turn."
    )
    tile_attribution: str = Field(default="", description="Credit line of the tiles.")
    tile_crs: Literal["wgs84", "gcj02"] = Field(
        default="wgs84", description="Frame of the tiles; gcj02 for Amap and Tencent."
    )
