"""antu coverage, nearby, map: the questions of planners and organisers."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.output import JsonFlag, print_json, print_table, writing_to
from api.documents import FORMATS, document
from geo.database import sites
from geo.database.summary import coverage_summary, stated_coverage
from geo.domain.area import BoundingBox, place
from geo.domain.faults import fault
from geo.domain.site import Category
from geo.domain.site_filter import SiteFilter
from geo.domain.words import word
from geo.errors import Invalid
from geo.operations.database import keep_current, looking_at, opened, today
from geo.settings import Language, Settings
from maps.view import A4, Size, View

COVERAGE_COLUMNS = (
    "adcode",
    "name",
    "sites",
    "sites_none",
    "sites_need_own_union",
    "site_rate",
    "workers",
    "gap",
    "worker_rate",
    "sites_unknown_workers",
)
NEARBY_COLUMNS = ("distance_m", "name", "category", "workers", "gap", "coverage", "id")

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def coverage(
    level: str | None = None,
    parent: str | None = None,
    on: Day = None,
    category: list[Category] | None = None,
    stated: Annotated[bool, typer.Option("--stated")] = False,
    lang: Language | None = None,
    as_json: JsonFlag = False,
) -> None:
    """How far the coverage is, by division; the rows add up to the table, or to the parent."""
    settings = Settings()
    wanted = SiteFilter(categories=tuple(category or ()))
    with opened(settings) as engine:
        keep_current(engine, settings)
        with looking_at(engine, settings, on.date() if on else None) as connection:
            summary = stated_coverage if stated else coverage_summary
            rows = summary(connection, wanted, level=level, parent=parent)
    if as_json:
        print_json(rows)
        return
    language = lang or settings.language
    outside = word("division.outside", language)
    print_table(
        [row | {"name": row["name"] or outside, "adcode": row["adcode"] or "-"} for row in rows],
        COVERAGE_COLUMNS,
        language,
    )


def nearby(
    lon: float,
    lat: float,
    k: Annotated[int, typer.Option("-k", min=1, max=1000)] = 20,
    crs: str = "wgs84",
    radius_m: Annotated[float | None, typer.Option(min=0)] = None,
    category: list[Category] | None = None,
    min_workers: Annotated[int | None, typer.Option(min=0, max=2**31 - 1)] = None,
    lang: Language | None = None,
    as_json: JsonFlag = False,
) -> None:
    """The nearest sites that are uncovered, or need their own union."""
    settings = Settings()
    x, y = place(lon, lat, crs)
    wanted = SiteFilter(attention=True, categories=tuple(category or ()), min_workers=min_workers)
    with opened(settings) as engine:
        keep_current(engine, settings)
        with looking_at(engine, settings, None) as connection:
            found = json.loads(
                sites.nearby(connection, wanted, lon=x, lat=y, k=k, radius_m=radius_m)
            )
    if as_json:
        print_json(found)
        return
    rows: list[dict[str, Any]] = [
        feature["properties"] | {"id": feature["id"]} for feature in found["features"]
    ]
    language = lang or settings.language
    if rows:
        print_table(rows, NEARBY_COLUMNS, language)
    else:
        typer.echo(word("nearby.empty", language))


def write_map(
    out: Path,
    division: str | None = None,
    view: View = "hotspots",
    lang: Language | None = None,
    title: str | None = None,
    category: list[Category] | None = None,
    on: Day = None,
    layer: str | None = None,
    bbox: str | None = None,
    width_mm: float = A4.width_mm,
    height_mm: float = A4.height_mm,
    dpi: int = A4.dpi,
) -> None:
    """Write the map into a file: HTML that works without a connection, or a figure."""
    from geo.ingest.write import appearing_whole

    settings = Settings()
    suffix = out.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        known = ", ".join(f".{name}" for name in FORMATS)
        raise fault(Invalid, "error.map.suffix", field="out", name=out.name, known=known)
    wanted = SiteFilter(categories=tuple(category or ()), division=division)
    box = BoundingBox.parse(bbox) if bbox else None
    with opened(settings) as engine:
        keep_current(engine, settings)
        with looking_at(engine, settings, on.date() if on else None) as connection:
            content = document(
                connection,
                settings,
                view,
                suffix,
                lang or settings.language,
                on=on.date() if on else today(settings),
                wanted=wanted,
                title=title,
                layer=layer,
                frame=box.edges if box else None,
                size=Size(width_mm, height_mm, dpi),
            )
    with writing_to(out), appearing_whole(out) as temporary:
        temporary.write_bytes(content)
    typer.echo(f"{out} ({len(content) / 1e6:.1f} MB)")
