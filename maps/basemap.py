"""The tile basemap that an administrator may configure; without one, no other host is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from geo.domain.faults import fault
from geo.errors import Invalid
from geo.settings import Settings

# Only what Leaflet fills in, and a host that means the same in a Content-Security-Policy.
_ADDRESS = re.compile(
    r"(?P<host>https?://[A-Za-z0-9.-]*(?:\{s\}[A-Za-z0-9.-]*)?(?::\d+)?)/[^\s;,'\"<>\\]*"
)
_PLACE = re.compile(r"\{([^}]*)\}")
_KNOWN = {"s", "z", "x", "y", "-y", "r"}


@dataclass(frozen=True)
class Basemap:
    """XYZ tiles, those of each address above those of the one before.

    `crs` is the frame that they are drawn in: gcj02 for Chinese providers such as Amap.
    """

    addresses: tuple[str, ...]
    subdomains: str = "abc"
    attribution: str = ""
    crs: Literal["wgs84", "gcj02"] = "wgs84"

    @property
    def hosts(self) -> list[str]:
        """All hosts that tiles may come from, as a Content-Security-Policy names them."""
        patterns = [match["host"] for each in self.addresses if (match := _ADDRESS.match(each))]
        filled = [
            host.replace("{s}", each)
            for host in patterns
            for each in (self.subdomains if "{s}" in host else "-")
        ]
        return list(dict.fromkeys(filled))


def basemap(settings: Settings) -> Basemap | None:
    """The basemap of the settings, if any; raises Invalid for an address that gives no tiles."""
    addresses = tuple((settings.tile_url or "").split())
    for address in addresses:
        places = set(_PLACE.findall(address))
        complete = {"z", "x"} <= places <= _KNOWN and len(places & {"y", "-y"}) == 1
        if not complete or not _ADDRESS.fullmatch(address):
            raise fault(Invalid, "error.tile_url", field="tile_url", address=address)
    if not re.fullmatch(r"[A-Za-z0-9]+", settings.tile_subdomains):
        raise fault(Invalid, "error.tile_subdomains", field="tile_subdomains")
    if not addresses:
        return None
    return Basemap(
        addresses, settings.tile_subdomains, settings.tile_attribution, settings.tile_crs
    )
