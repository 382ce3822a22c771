"""Coordinate frames: any EPSG code, and the shifted frames of Chinese map providers.

GCJ-02 (Amap, Tencent) and BD-09 (Baidu) are WGS 84 moved by 300 to 600 m inside China. The
formulas are those published by the community (eviltransform, coordtransform); the inverse is
found by fixed-point iteration, exact to far below a millimetre.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geo.domain.faults import fault
from geo.errors import Invalid

WGS84 = "wgs84"
GCJ02 = "gcj02"
BD09 = "bd09"
SRID = 4326

Coordinates = tuple[NDArray[np.float64], NDArray[np.float64]]

_NAMES = {GCJ02: "GCJ-02", BD09: "BD-09"}
# Said as a local CRS, a shifted frame is taken for WGS 84 by no program, and moved by none.
_LOCAL = (
    'LOCAL_CS["{name}",LOCAL_DATUM["{name}",0],UNIT["degree",0.0174532925199433],'
    'AXIS["Longitude",EAST],AXIS["Latitude",NORTH]]'
)
# Krasovsky 1940, the ellipsoid in the GCJ-02 formula.
_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_INVERSE_STEPS = 6
# The box outside which Chinese providers do not shift.
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)


def parse_crs(text: str) -> str:
    """Name a frame in one way: `wgs84`, `gcj02`, `bd09`, `EPSG:<code>`, or WKT if it has no code.

    Takes `4490`, `EPSG:4490`, `GCJ-02`, WKT and the like; raises Invalid for anything else.
    """
    if "[" in text:
        return _frame_of_wkt(text)
    key = _key(text)
    if key == WGS84 or key in _NAMES:
        return key
    match = re.fullmatch(r"(?:epsg:?:?)?(\d{4,6})", key)
    if match is None:
        raise _unknown(text)
    code = int(match.group(1))
    if code == SRID:
        return WGS84
    _crs(code, text)
    return f"EPSG:{code}"


def shifted_frame(name: str) -> str | None:
    """`gcj02` or `bd09`, where the name of a CRS is that of one of them."""
    key = _key(name)
    return key if key in _NAMES else None


def stated_crs(frame: str) -> CRS:
    """The CRS that a file in a frame (as `parse_crs` names it) states; `frame_of` reads it."""
    if frame in _NAMES:
        return CRS.from_wkt(_LOCAL.format(name=_NAMES[frame]))
    return CRS.from_user_input(_epsg(frame))


def frame_of(crs: CRS) -> str:
    """Name a CRS of pyproj as `parse_crs` does; heights are left out."""
    shifted = shifted_frame(crs.name)
    if shifted is not None:
        return shifted
    horizontal = crs.sub_crs_list[0] if crs.is_compound else crs
    flat = horizontal.to_2d() if len(horizontal.axis_info) == 3 else horizontal
    if flat.equals(_crs(SRID, str(SRID)), ignore_axis_order=True):
        return WGS84
    code = flat.to_epsg()
    if code is None:
        return str(flat.to_wkt())
    return WGS84 if code == SRID else f"EPSG:{code}"


def is_geographic(crs: str) -> bool:
    """Whether a frame has longitude and latitude in degrees."""
    frame = parse_crs(crs)
    return frame in (WGS84, GCJ02, BD09) or bool(CRS.from_user_input(frame).is_geographic)


def to_wgs84(lon: ArrayLike, lat: ArrayLike, crs: str) -> Coordinates:
    """Bring coordinates (x or lon, y or lat) of any frame to WGS 84 lon, lat in degrees."""
    return _convert(lon, lat, parse_crs(crs), WGS84)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, crs: str) -> Coordinates:
    """Bring WGS 84 lon, lat in degrees to another frame (x or lon, y or lat)."""
    return _convert(lon, lat, WGS84, parse_crs(crs))


def geometries_to_wgs84(geometries: Any, crs: str) -> Any:
    """Bring shapely geometries (one or an array; None stays None) from any frame to WGS 84."""
    return _move(geometries, parse_crs(crs), WGS84)


def geometries_from_wgs84(geometries: Any, crs: str) -> Any:
    """Bring shapely geometries (one or an array; None stays None) from WGS 84 to any frame."""
    return _move(geometries, WGS84, parse_crs(crs))


def _move(geometries: Any, source: str, target: str) -> Any:
    if source == target:
        return geometries

    def convert(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(_convert(points[:, 0], points[:, 1], source, target))

    return shapely.transform(geometries, convert)


def _convert(lon: ArrayLike, lat: ArrayLike, source: str, target: str) -> Coordinates:
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if source == GCJ02:
        return _invert(_wgs84_to_gcj02, x, y)
    if source == BD09:
        return _invert(_wgs84_to_gcj02, *_bd09_to_gcj02(x, y))
    if target == GCJ02:
        return _wgs84_to_gcj02(x, y)
    if target == BD09:
        return _gcj02_to_bd09(*_wgs84_to_gcj02(x, y))
    if source == target:
        return x, y
    x, y = _transformer(source, target).transform(x, y)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _in_china(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    west, south, east, north = _CHINA
    inside: NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def _wgs84_to_gcj02(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Coordinates:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (
        waves
        + 20.0 * np.sin(np.pi * x)
        + 40.0 * np.sin(np.pi / 3.0 * x)
        + 150.0 * np.sin(np.pi / 12.0 * x)
        + 300.0 * np.sin(np.pi / 30.0 * x)
    ) * (2.0 / 3.0)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (
        waves
        + 20.0 * np.sin(np.pi * y)
        + 40.0 * np.sin(np.pi / 3.0 * y)
        + 160.0 * np.sin(np.pi / 12.0 * y)
        + 320.0 * np.sin(np.pi / 30.0 * y)
    ) * (2.0 / 3.0)
    latitude = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / (magic * np.sqrt(magic))
    parallel_m = _SEMI_MAJOR_M / np.sqrt(magic) * np.cos(latitude)
    inside = _in_china(lon, lat)
    return (
        np.where(inside, lon + np.degrees(east / parallel_m), lon),
        np.where(inside, lat + np.degrees(north / meridian_m), lat),
    )


# Baidu's own constant, 3000 pi / 180.
_BD09_WAVE = math.pi * 3000.0 / 180.0


def _gcj02_to_bd09(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Coordinates:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD09_WAVE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD09_WAVE)
    inside = _in_china(lon, lat)
    return (
        np.where(inside, radius * np.cos(angle) + 0.0065, lon),
        np.where(inside, radius * np.sin(angle) + 0.006, lat),
    )


def _bd09_to_gcj02(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Coordinates:
    return _invert(_gcj02_to_bd09, lon, lat)


def _invert(forward: Any, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Coordinates:
    """The point that `forward` moves to (lon, lat): the shift changes slowly, so iterate."""
    x, y = lon, lat
    for _ in range(_INVERSE_STEPS):
        moved_x, moved_y = forward(x, y)
        x, y = x - (moved_x - lon), y - (moved_y - lat)
    return x, y


def _key(text: str) -> str:
    return re.sub(r"[\s_-]", "", text).lower()


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(_epsg(source), _epsg(target), always_xy=True)


def _epsg(frame: str) -> str:
    return f"EPSG:{SRID}" if frame == WGS84 else frame


@lru_cache(maxsize=64)
def _crs(code: int, text: str) -> CRS:
    try:
        return CRS.from_epsg(code)
    except CRSError as error:
        raise _unknown(text) from error


@lru_cache(maxsize=64)
def _frame_of_wkt(text: str) -> str:
    try:
        return frame_of(CRS.from_wkt(text))
    except CRSError as error:
        raise _unknown(text) from error


def _unknown(text: str) -> Invalid:
    return fault(Invalid, "error.crs", field="crs", value=text)
