"""In which coordinate frame a file is: measured by the divisions that its rows say they are in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geo.domain.crs import BD09, GCJ02, WGS84, to_wgs84

AUTO = "auto"
# WGS 84 with latitude where longitude should be.
SWAPPED = "swapped"
FRAMES = (WGS84, GCJ02, BD09, SWAPPED)
# From this many rows on, and this much better, another frame is believed.
_ENOUGH_ROWS = 10
_CLEARLY = 1.05


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
    areas = _areas(divisions)
    stated = np.array([_key(text) for text in stated_division], dtype=object)
    placed = np.isfinite(x) & np.isfinite(y) & (np.abs(x) <= 180) & (np.abs(y) <= 180)
    known = placed & np.array([key in areas for key in stated], dtype=bool)
    x, y, stated = x[known], y[known], stated[known]
    read = {frame: _read(x, y, frame) for frame in FRAMES}
    counts = {"rows": int(known.sum())} | dict.fromkeys(FRAMES, 0)
    names, group = np.unique(stated.astype(str), return_inverse=True)
    for number, name in enumerate(names):
        members = group == number
        area = areas[name]
        shapely.prepare(area)
        for frame, (frame_x, frame_y) in read.items():
            inside = shapely.intersects_xy(area, frame_x[members], frame_y[members])
            counts[frame] += int(inside.sum())
    return counts


def better_frame(counts: Mapping[str, int], stated: str) -> str | None:
    """The frame that clearly fits better than the stated one, by the counts of `best_frame`."""
    if counts["rows"] < _ENOUGH_ROWS:
        return None
    best = max(FRAMES, key=lambda frame: counts[frame])
    if best == stated or counts[best] <= counts.get(stated, 0) * _CLEARLY:
        return None
    return best


@lru_cache(maxsize=64)
def is_degrees(crs: str) -> bool:
    """Whether a frame has longitude and latitude in degrees."""
    return crs in (*FRAMES, AUTO) or bool(CRS.from_user_input(crs).is_geographic)


def _read(
    x: NDArray[np.float64], y: NDArray[np.float64], frame: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (y, x) if frame == SWAPPED else to_wgs84(x, y, frame)


def _areas(divisions: gpd.GeoDataFrame) -> dict[str, BaseGeometry]:
    """The area of every code and name; a name that several divisions have is all of them."""
    found: dict[str, list[BaseGeometry]] = {}
    for adcode, name, geometry in zip(
        divisions["adcode"], divisions["name"], divisions.geometry, strict=True
    ):
        if geometry is not None:
            found.setdefault(_key(adcode), []).append(geometry)
            if _key(name) != _key(adcode):
                found.setdefault(_key(name), []).append(geometry)
    found.pop("", None)
    return {
        key: areas[0] if len(areas) == 1 else shapely.union_all(areas)
        for key, areas in found.items()
    }


def _key(text: str | None) -> str:
    return text.strip().casefold() if isinstance(text, str) else ""
