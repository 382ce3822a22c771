"""Boxes of longitude and latitude."""

from __future__ import annotations

import math
from dataclasses import dataclass

from geo.domain.crs import parse_crs, to_wgs84
from geo.errors import Invalid, Problem

_FORM = "west,south,east,north in degrees, as in 117.1,31.7,117.4,31.9"


@dataclass(frozen=True)
class BoundingBox:
    """west, south, east, north in degrees (WGS 84); west > east crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        reason = None
        if not all(map(math.isfinite, (self.west, self.south, self.east, self.north))):
            reason = f"bbox must be finite numbers: {_FORM}"
        elif not (-180 <= self.west <= 180 and -180 <= self.east <= 180):
            reason = f"bbox longitudes must lie in -180 to 180: {_FORM}"
        elif not (-90 <= self.south <= self.north <= 90):
            reason = f"bbox latitudes must lie in -90 to 90, south before north: {_FORM}"
        if reason:
            raise Invalid(reason, [Problem(reason, field="bbox")])

    @classmethod
    def parse(cls, text: str) -> BoundingBox:
        """Read `west,south,east,north`; raises Invalid."""
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError as error:
            reason = f"bbox must be four numbers: {_FORM}"
            raise Invalid(reason, [Problem(reason, field="bbox")]) from error
        return cls(west, south, east, north)

    def parts(self) -> list[tuple[float, float, float, float]]:
        """The box as one, or across the antimeridian two, plain boxes."""
        if self.west <= self.east:
            return [(self.west, self.south, self.east, self.north)]
        return [
            (self.west, self.south, 180.0, self.north),
            (-180.0, self.south, self.east, self.north),
        ]

    def as_values(self) -> dict[str, str]:
        """The values of the binds of queries/passing.sql, as EWKT."""
        texts = [_ewkt(*part) for part in self.parts()]
        return {"box": texts[0]} if len(texts) == 1 else {"eastern": texts[0], "western": texts[1]}


def _ewkt(west: float, south: float, east: float, north: float) -> str:
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"SRID=4326;POLYGON(({','.join(f'{x!r} {y!r}' for x, y in corners)}))"


def check_point(lon: float, lat: float) -> None:
    """Raise Invalid unless lon, lat are degrees on the earth (WGS 84)."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        reason = "lon and lat must be finite numbers"
    elif abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180:
        reason = f"lat {lat:g} is not a latitude; are lon and lat swapped?"
    elif abs(lon) > 180 or abs(lat) > 90:
        reason = f"({lon:g}, {lat:g}) is not on the earth: lon is -180 to 180, lat -90 to 90"
    else:
        return
    raise Invalid(reason, [Problem(reason, field="lat" if abs(lon) <= 180 else "lon")])


def place(lon: float, lat: float, crs: str) -> tuple[float, float]:
    """A point of any frame (geo.domain.crs) as WGS 84 lon, lat; raises Invalid off the earth."""
    frame = parse_crs(crs)
    if not frame.startswith("EPSG"):
        check_point(lon, lat)
    x, y = (float(value) for value in to_wgs84(lon, lat, frame))
    check_point(x, y)
    return x, y
