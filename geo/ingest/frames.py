"""In which coordinate frame a file is: measured by the divisions that its rows say they are in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.domain.crs import BD09, GCJ02, WGS84, is_geographic, to_wgs84
from geo.ingest import curves, degrees, headings, values

if TYPE_CHECKING:
    from geo.ingest.read import RawBatch

AUTO = "auto"
# WGS 84 with latitude where longitude should be.
SWAPPED = "swapped"
FRAMES = (WGS84, GCJ02, BD09, SWAPPED)
# So many rows tell as much as all of them.
MEASURED_ROWS = 200_000
# With so many more rows in their division, and this much better, another frame is believed.
_MORE_ROWS = 3
_CLEARLY = 1.02

Floats = NDArray[np.float64]


def measure(
    batches: Iterable[RawBatch], mapping: headings.Mapping, divisions: gpd.GeoDataFrame
) -> dict[str, int]:
    """`best_frame` for the first rows of a file; all zero if it says no division or no degrees."""
    collected: list[tuple[Floats, Floats, list[str | None]]] = []
    rows = 0
    for batch in batches:
        found = _stated_points(batch, mapping)
        if found is None:
            break
        collected.append(found)
        rows += batch.rows.num_rows
        if rows >= MEASURED_ROWS:
            break
    if not collected:
        return {"rows": 0} | dict.fromkeys(FRAMES, 0)
    x, y, stated = zip(*collected, strict=True)
    all_stated = [text for part in stated for text in part]
    return best_frame(np.concatenate(x), np.concatenate(y), all_stated, divisions)


def best_frame(
    lon: ArrayLike,
    lat: ArrayLike,
    stated_division: Sequence[str | None],
    divisions: gpd.GeoDataFrame,
) -> dict[str, int]:
    """How many points fall into their own division, read in each frame of FRAMES.

    `lon`, `lat`: degrees as they are in the file (NaN: empty); `stated_division`: code or name;
    `divisions`: the canonical frame in EPSG:4326. Rows of unknown divisions do not count; the
    number of those that do is under the key `rows`.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    placed = np.isfinite(x) & np.isfinite(y) & (np.abs(x) <= 180) & (np.abs(y) <= 180)
    texts = np.array([text or "" for text in stated_division], dtype=object)
    names, group = np.unique(texts.astype(str), return_inverse=True)
    areas = _areas(divisions)
    counts = {"rows": 0} | dict.fromkeys(FRAMES, 0)
    for number, name in enumerate(names.tolist()):
        area = _find(name, areas)
        if area is None:
            continue
        members = placed & (group == number)
        counts["rows"] += int(members.sum())
        for frame in FRAMES:
            frame_x, frame_y = _read(x[members], y[members], frame)
            counts[frame] += int(shapely.intersects_xy(area, frame_x, frame_y).sum())
    return counts


def better_frame(counts: Mapping[str, int], crs: str) -> str | None:
    """The frame that clearly fits better than `crs`, by the counts of `best_frame`; or None."""
    stated = crs if crs in FRAMES else WGS84
    best = max(FRAMES, key=lambda frame: counts[frame])
    enough = counts[best] - counts[stated] >= _MORE_ROWS
    return best if enough and counts[best] > counts[stated] * _CLEARLY else None


def _stated_points(
    batch: RawBatch, mapping: headings.Mapping
) -> tuple[Floats, Floats, list[str | None]] | None:
    """Coordinates as they are in the file, and the division that the rows say they are in."""
    if "stated_division" not in mapping:
        return None
    if batch.crs != SWAPPED and not is_geographic(batch.crs):
        return None
    stated = values.adcode(batch.rows.column(mapping.columns["stated_division"])).values
    if "lon" in mapping:
        texts = (batch.rows.column(mapping.columns[name]) for name in ("lon", "lat"))
    elif "lonlat" in mapping:
        first, second = degrees.pair(batch.rows.column(mapping.columns["lonlat"]))
        texts = (array for array in (first.values, second))
    elif headings.GEOMETRY in mapping:
        column = batch.rows.column(mapping.columns[headings.GEOMETRY])
        if pa.types.is_string(column.type):
            return None
        raw = column.to_numpy(zero_copy_only=False)
        points = shapely.centroid(curves.read(shapely.from_wkb, raw)[0])
        return shapely.get_x(points), shapely.get_y(points), stated.to_pylist()
    else:
        return None
    x, y = (degrees.number(text).values.to_numpy(zero_copy_only=False) for text in texts)
    return x, y, stated.to_pylist()


def _read(x: Floats, y: Floats, frame: str) -> tuple[Floats, Floats]:
    return (y, x) if frame == SWAPPED else to_wgs84(x, y, frame)


def _areas(divisions: gpd.GeoDataFrame) -> dict[str, list[BaseGeometry]]:
    """The areas of every code and name; a name that several divisions have is all of them."""
    found: dict[str, list[BaseGeometry]] = {}
    for adcode, name, geometry in zip(
        divisions["adcode"], divisions["name"], divisions.geometry, strict=True
    ):
        for key in {_key(adcode), _key(name)} - {""}:
            if geometry is not None:
                found.setdefault(key, []).append(geometry)
    return found


def _find(stated: str, areas: dict[str, list[BaseGeometry]]) -> BaseGeometry | None:
    """The area of a code or name: 12 digits mean their first 6, a path of names its last."""
    key = _key(stated)
    if not key:
        return None
    found = areas.get(key)
    if found is None and key.isdecimal():
        found = areas.get(key[:6])
    if found is None and not key.isdecimal():
        ends = [name for name in areas if len(name) > 1 and key.endswith(name)]
        found = areas[max(ends, key=len)] if ends else None
    if not found:
        return None
    area = found[0] if len(found) == 1 else shapely.union_all(found)
    shapely.prepare(area)
    return area


def _key(text: object) -> str:
    return text.strip().casefold() if isinstance(text, str) else ""
