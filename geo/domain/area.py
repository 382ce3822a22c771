"""Boxes and points of longitude and latitude."""

from __future__ import annotations

import math
from dataclasses import dataclass

from geo.domain.crs import parse_crs, to_wgs84
from geo.domain.faults import fault
from geo.errors import Invalid, Phrase

BBOX_FORM = Phrase("error.bbox.form")


@dataclass(frozen=True)
class BoundingBox:
    """west, south, east, north in degrees (WGS 84); west > east crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        key = None
        if not all(map(math.isfinite, (self.west, self.south, self.east, self.north))):
            key = "error.bbox.finite"
        elif not (-180 <= self.west <= 180 and -180 <= self.east <= 180):
            key = "error.bbox.longitudes"
        elif not (-90 <= self.south <= self.north <= 90):
            key = "error.bbox.latitudes"
        if key:
            raise fault(Invalid, key, field="bbox", form=BBOX_FORM)

    @classmethod
    def parse(cls, text: str) -> BoundingBox:
        """Read `west,south,east,north`; raises Invalid."""
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError as error:
            raise fault(Invalid, "error.bbox.numbers", field="bbox", form=BBOX_FORM) from error
        return cls(west, south, east, north)

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """The four numbers."""
        return self.west, self.south, self.east, self.north

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

    def as_reach(self) -> dict[str, str]:
        """The same for a query that looks closer itself: a bind that tests boxes alone."""
        values = self.as_values()
        return {"reach": values["box"]} if "box" in values else values


def _ewkt(west: float, south: float, east: float, north: float) -> str:
    """A box; without width or height the line or the point that it is, since a polygon of no area
    would miss what crosses it."""
    left, low, right, high = (repr(float(each)) for each in (west, south, east, north))
    corners = (f"{left} {low}", f"{right} {low}", f"{right} {high}", f"{left} {high}")
    first, *others = dict.fromkeys(corners)
    if not others:
        return f"SRID=4326;POINT({first})"
    if len(others) == 1:
        return f"SRID=4326;LINESTRING({first},{others[0]})"
    return f"SRID=4326;POLYGON(({','.join((first, *others, first))}))"


def check_point(lon: float, lat: float) -> None:
    """Raise Invalid unless lon, lat are degrees on the earth (WGS 84)."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        key = "error.point.finite"
    elif abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180:
        key = "error.point.swapped"
    elif abs(lon) > 180 or abs(lat) > 90:
        key = "error.point.off_earth"
    else:
        return
    wrong = "lat" if abs(lon) <= 180 else "lon"
    raise fault(Invalid, key, field=wrong, lon=f"{lon:g}", lat=f"{lat:g}")


def place(lon: float, lat: float, crs: str) -> tuple[float, float]:
    """A point of any frame (geo.domain.crs) as WGS 84 lon, lat; raises Invalid off the earth."""
    frame = parse_crs(crs)
    if not frame.startswith("EPSG"):
        check_point(lon, lat)
    x, y = (float(value) for value in to_wgs84(lon, lat, frame))
    check_point(x, y)
    return x, y
