"""Geometry made fit to be stored: flat, valid, in EPSG:4326, within the bounds of the globe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from geo.domain.crs import BD09, GCJ02, SRID, WGS84, geometries_to_wgs84, is_geographic, to_wgs84
from geo.errors import Phrase
from geo.ingest import curves
from geo.ingest.frames import SWAPPED
from geo.ingest.values import Reason

Geometries = NDArray[np.object_]

_SRID = r"^\s*(?i:srid)\s*=\s*[0-9]{1,6}\s*;"
MANY_VERTICES = 100_000
# Degrees are kept to about 0.1 mm, so that the noise of formats and transforms changes nothing.
DECIMALS = 9
_INVALID = {
    "Self-intersection": "crosses_itself",
    "Ring Self-intersection": "touches_itself",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "holes_nested",
    "Interior is disconnected": "falls_apart",
    "Nested shells": "parts_nested",
    "Duplicate Rings": "ring_twice",
    "Too few points in geometry component": "too_few_points",
    "Ring is not closed": "not_closed",
}
_WORLD = shapely.box(-180.0, -90.0, 180.0, 90.0)


@dataclass
class Shapes:
    """Geometries (None: unlocated), and what is to be said about some of their positions."""

    geometries: Geometries
    problems: dict[int, Reason] = field(default_factory=dict)
    notes: dict[int, Reason] = field(default_factory=dict)

    def refuse(self, where: NDArray[np.bool_], key: str) -> None:
        """Drop the geometries at `where` (a mask), with a reason."""
        for place in np.flatnonzero(where).tolist():
            self.problems.setdefault(place, Reason(key, {}))
        self.geometries[where] = None

    def note(self, where: NDArray[np.bool_], key: str, **values: object) -> None:
        """Say something about the geometries at `where` (a mask)."""
        for place in np.flatnonzero(where).tolist():
            self.notes[place] = Reason(key, values)


def from_wkb(column: pa.Array, crs: str) -> Shapes:
    """Geometries of a binary column, from `crs` to EPSG:4326."""
    raw = column.to_numpy(zero_copy_only=False)
    geometries, curved = curves.read(shapely.from_wkb, raw)
    shapes = Shapes(geometries)
    shapes.refuse(curved, "geometry.curved")
    present = column.is_valid().to_numpy(zero_copy_only=False)
    shapes.refuse(present & missing(shapes.geometries), "geometry.unreadable")
    _refuse_other_crs(shapes, shapely.get_srid(shapes.geometries), crs)
    return _fit(shapes, crs)


def from_text(texts: pa.Array, crs: str) -> Shapes:
    """Geometries of a text column in WKT or hexadecimal WKB, from `crs` to EPSG:4326.

    An SRID in front (EWKT, EWKB) must be that of `crs`.
    """
    hexadecimal = pc.match_substring_regex(texts, r"^0[01][0-9A-Fa-f]+$").fill_null(False)
    hexadecimal = hexadecimal.to_numpy(zero_copy_only=False)
    values = texts.to_numpy(zero_copy_only=False).astype(object)
    present = texts.is_valid().to_numpy(zero_copy_only=False)
    srids = np.zeros(len(values), dtype=np.int64)
    for place in np.flatnonzero(pc.match_substring_regex(texts, _SRID).fill_null(False)).tolist():
        srid, values[place] = values[place].split(";", maxsplit=1)
        srids[place] = int(srid.split("=")[1])
    geometries = np.full(len(values), None, dtype=object)
    plain = present & ~hexadecimal
    curved = np.zeros(len(values), dtype=bool)
    for where, parse in ((plain, shapely.from_wkt), (hexadecimal, shapely.from_wkb)):
        geometries[where], curved[where] = curves.read(parse, values[where])
    shapes = Shapes(geometries)
    shapes.refuse(curved, "geometry.curved")
    shapes.refuse(present & missing(geometries), "geometry.unreadable")
    _refuse_other_crs(shapes, np.maximum(srids, shapely.get_srid(geometries)), crs)
    return _fit(shapes, crs)


def points(lon: NDArray[np.float64], lat: NDArray[np.float64], crs: str) -> Shapes:
    """Points from two columns (NaN: empty) in `crs`, in EPSG:4326."""
    empty_lon, empty_lat = np.isnan(lon), np.isnan(lat)
    zero = (lon == 0) & (lat == 0)
    swapped = np.zeros(len(lon), dtype=bool)
    if crs == SWAPPED:
        lon, lat, crs = lat, lon, WGS84
    elif is_geographic(crs):
        swapped = (np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
        lon, lat = np.where(swapped, lat, lon), np.where(swapped, lon, lat)
    located = ~(empty_lon | empty_lat | zero)
    if is_geographic(crs):
        astray = located & ((np.abs(lon) > 180) | (np.abs(lat) > 90))
    else:
        astray = np.zeros(len(lon), dtype=bool)
    x, y = to_wgs84(lon[located & ~astray], lat[located & ~astray], crs)
    x, y = _rounded_numbers(x), _rounded_numbers(y)
    geometries = np.full(len(lon), None, dtype=object)
    outside = ~(np.isfinite(x) & np.isfinite(y) & (np.abs(x) <= 180) & (np.abs(y) <= 90))
    made: Geometries = np.asarray(
        shapely.points(np.where(outside, 0.0, x), np.where(outside, 0.0, y)), dtype=object
    )
    made[outside] = None
    geometries[located & ~astray] = made
    shapes = Shapes(geometries)
    shapes.refuse(astray, "coordinates.not_degrees")
    lost = np.zeros(len(lon), dtype=bool)
    lost[np.flatnonzero(located & ~astray)[outside]] = True
    shapes.refuse(lost, "coordinates.outside_crs")
    shapes.note(empty_lon ^ empty_lat, "unlocated.half")
    shapes.note(zero, "unlocated.zero")
    shapes.note(swapped & ~astray, "coordinates.swapped")
    return shapes


def polygonal(shapes: Shapes, places: NDArray[np.bool_] | None = None) -> None:
    """Make MultiPolygons of what is an area, and refuse the rest (of `places`, a mask)."""
    geometries = shapes.geometries
    located = ~missing(geometries)
    if places is not None:
        located &= places
    area = shapely.get_dimensions(geometries) == 2
    shapes.refuse(located & ~area, "geometry.no_area")
    single = located & (shapely.get_type_id(geometries) == 3)
    geometries[single] = shapely.multipolygons(
        geometries[single], indices=np.arange(int(single.sum()))
    )


def _refuse_other_crs(shapes: Shapes, srids: NDArray[np.integer[Any]], crs: str) -> None:
    """Refuse geometries that say to be in another CRS than the file.

    Coordinates of a shifted frame are mostly called EPSG:4326, which is what the user corrects.
    """
    named = dict.fromkeys((WGS84, GCJ02, BD09, SWAPPED), SRID)
    of_file = named.get(crs) or (int(crs[5:]) if crs.startswith("EPSG:") else -1)
    shapes.refuse((srids > 0) & (srids != of_file), "geometry.other_crs")
    shapes.geometries = np.asarray(shapely.set_srid(shapes.geometries, 0), dtype=object)


def _fit(shapes: Shapes, crs: str) -> Shapes:
    geometries = shapely.force_2d(shapes.geometries)
    shapes.geometries = geometries
    geometries[shapely.is_empty(geometries)] = None
    shapes.refuse(not_finite(geometries), "geometry.not_finite")
    if crs == SWAPPED:
        crs = WGS84
        geometries = shapely.transform(geometries, _exchanged)
    shapes.geometries = np.asarray(geometries_to_wgs84(geometries, crs), dtype=object)
    shapes.refuse(not_finite(shapes.geometries), "coordinates.outside_crs")
    _cut_at_antimeridian(shapes)
    bounds = _rounded_numbers(shapely.bounds(shapes.geometries))
    with np.errstate(invalid="ignore"):
        astray = np.any(np.abs(bounds) > (180, 90, 180, 90), axis=1)
    shapes.refuse(np.asarray(astray), "coordinates.not_degrees")
    _keep_main_part(shapes)
    shapes.geometries = _rounded(shapes.geometries)
    _repair(shapes)
    shapes.geometries = shapely.orient_polygons(shapes.geometries)  # formats differ in direction
    shapes.refuse(_half_around(shapes.geometries), "geometry.antipodal")
    many = shapely.get_num_coordinates(shapes.geometries) > MANY_VERTICES
    shapes.note(many, "geometry.many_vertices", n=MANY_VERTICES)
    return shapes


def missing(geometries: Geometries) -> NDArray[np.bool_]:
    """Where there is no geometry."""
    return np.asarray(shapely.is_missing(geometries))


def not_finite(geometries: Geometries) -> NDArray[np.bool_]:
    """Where a coordinate is no number."""
    coordinates, index = shapely.get_coordinates(geometries, return_index=True)
    strange = np.zeros(len(geometries), dtype=bool)
    strange[index[~np.isfinite(coordinates).all(axis=1)]] = True
    return strange


def _repair(shapes: Shapes) -> None:
    geometries = shapes.geometries
    invalid = ~shapely.is_valid(geometries) & ~missing(geometries)
    for place in np.flatnonzero(invalid).tolist():
        geometry = geometries[place]
        repaired = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
        kept = _main_part(repaired, shapely.get_dimensions(geometry))
        if kept is not None:
            on_grid = _rounded(kept)
            kept = on_grid if on_grid.is_valid else kept
        if kept is None:
            shapes.problems[place] = Reason("geometry.invalid", {"why": _why(geometry)})
        else:
            shapes.notes[place] = Reason("geometry.repaired", {"why": _why(geometry)})
        geometries[place] = kept


def _rounded(geometries: Any) -> Any:
    return shapely.transform(geometries, _rounded_numbers)


def _rounded_numbers(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # so far off the globe nothing is kept
        return np.round(numbers, DECIMALS) + 0.0  # which makes 0 of -0


def _keep_main_part(shapes: Shapes) -> None:
    """Of a collection, the areas; without any the lines, without any the points."""
    collections = shapely.get_type_id(shapes.geometries) == 7
    for place in np.flatnonzero(collections).tolist():
        geometry = shapes.geometries[place]
        shapes.geometries[place] = _main_part(geometry, shapely.get_dimensions(geometry))
        shapes.notes[place] = Reason("geometry.collection", {})


def _main_part(geometry: BaseGeometry, dimension: int) -> BaseGeometry | None:
    """The parts of a dimension as one geometry; None if there are none."""
    parts = _parts(geometry)
    kept = [part for part in parts if shapely.get_dimensions(part) == dimension]
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else shapely.union_all(kept)


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    parts: list[BaseGeometry] = []
    for part in shapely.get_parts(geometry):
        parts.extend(_parts(part) if shapely.get_type_id(part) > 3 else [part])
    return [part for part in parts if not part.is_empty]


def _cut_at_antimeridian(shapes: Shapes) -> None:
    """Cut what goes on beyond 180°, or jumps across it, into a part on either side."""
    geometries = shapes.geometries
    bounds = shapely.bounds(geometries)
    with np.errstate(invalid="ignore"):
        beyond = (bounds[:, 0] < -180) | (bounds[:, 2] > 180)
        beyond &= (bounds[:, 0] >= -540) & (bounds[:, 2] <= 540)
        wide = (bounds[:, 2] - bounds[:, 0] > 180) & (bounds[:, 0] >= -180) & (bounds[:, 2] <= 180)
    for place in np.flatnonzero(beyond | wide).tolist():
        geometry = geometries[place]
        if wide[place]:
            if not _jumps(geometry):
                continue
            geometry = shapely.transform(geometry, _unwrapped)
        geometry = geometry if geometry.is_valid else shapely.make_valid(geometry)
        pieces = []
        for turn in (-360.0, 0.0, 360.0):
            moved = affinity.translate(geometry, turn)
            pieces.append(shapely.intersection(moved, _WORLD))
        kept = _main_part(shapely.geometrycollections(pieces), shapely.get_dimensions(geometry))
        if kept is not None:
            geometries[place] = kept
            shapes.notes[place] = Reason("geometry.antimeridian", {})


def _exchanged(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    return coordinates[:, ::-1]


def _unwrapped(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Western longitudes as those beyond 180°."""
    x, y = coordinates.T
    return np.column_stack([np.where(x < 0, x + 360, x), y])


def _jumps(geometry: BaseGeometry) -> bool:
    """Whether an edge spans more than half the globe, other than along its outermost meridians."""
    for part in _parts(geometry):
        x = shapely.get_coordinates(part)[:, 0]
        edges = np.abs(np.diff(x))
        if ((edges > 180) & (edges < 360)).any():
            return True
    return False


def _half_around(geometries: Geometries) -> NDArray[np.bool_]:
    """Where an edge joins opposite points of the globe: PostGIS measures no such area."""
    found = np.zeros(len(geometries), dtype=bool)
    west, south, east, north = shapely.bounds(geometries).T
    with np.errstate(invalid="ignore"):
        large = (east - west >= 180) | (north - south >= 180)
    for place in np.flatnonzero(large).tolist():
        for ring in shapely.get_rings(shapely.get_parts(geometries[place])):
            x, y = shapely.get_coordinates(ring).T
            opposite = (np.abs(np.diff(x)) == 180) | (np.abs(y[1:]) == 90)
            found[place] |= bool((opposite & (y[1:] == -y[:-1])).any())
    return found


def _why(geometry: BaseGeometry) -> Phrase | str:
    """Why a geometry is invalid, as GEOS says it."""
    said = str(shapely.is_valid_reason(geometry)).split("[", maxsplit=1)[0].strip()
    key = _INVALID.get(said)
    return said if key is None else Phrase(f"geometry.{key}")
