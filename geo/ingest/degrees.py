"""Coordinates in cells: decimal degrees, degrees with minutes and seconds, metres."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo.ingest.values import Parsed, Read, RefusedError, clean, plain, settle, shown

_DECIMAL = r"^[+-]?[0-9]{1,8}(\.[0-9]+)?$"
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_HEMISPHERE = r"[NSEW东西南北]"
# After minutes that are written m, an s is no south but seconds.
_SECONDS = re.compile(r"(m\s*\d{1,2}(?:\.\d+)?\s*)s", re.IGNORECASE)
# What says at either end that a coordinate is a latitude, or a longitude.
_OF_LATITUDE = r"(?i)^\s*(?:[ns北南]|纬度)|[n北南]\s*$|^[^m]*s\s*$"
_OF_LONGITUDE = r"(?i)^\s*(?:[ew东西]|经度)|[ew东西]\s*$"
_DMS = re.compile(
    r"(?P<sign>[+-])?\s*(?P<degrees>\d{1,3}(?:\.\d+)?)\s*[°o度d]\s*"  # o: what NFKC makes of º
    r"(?:(?P<minutes>\d{1,2}(?:\.\d+)?)\s*['′’分m]\s*)?"
    r"(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\s*(?:[\"″”秒s]|''|′′)?)?",
    re.IGNORECASE,
)


def number(texts: pa.Array) -> Parsed:
    """Coordinates as float64; degrees, minutes and seconds and a hemisphere are understood."""
    values = clean(texts)
    decimal = pc.match_substring_regex(values, _DECIMAL)
    fast = pc.if_else(decimal, values, pa.scalar(None, pa.string())).cast(pa.float64())
    return settle(values, fast, _read)


def pair(texts: pa.Array) -> tuple[Parsed, pa.Array]:
    """Two coordinates in one cell, `117.28,31.86`: the halves as texts."""
    values = clean(texts)
    halves = [_halves(value) for value in values.to_pylist()]
    first = Parsed(pa.array([half and half[0] for half in halves], pa.string()))
    for place, (value, half) in enumerate(zip(values.to_pylist(), halves, strict=True)):
        if value is not None and half is None:
            first.problems[place] = RefusedError("pair", value=shown(value)).reason
    return first, pa.array([half and half[1] for half in halves], pa.string())


def in_order(lon: pa.Array, lat: pa.Array) -> tuple[pa.Array, pa.Array, NDArray[np.bool_]]:
    """Longitudes and latitudes, exchanged where their letters say so; and where that is (a mask).

    `N43.8` and `E87.6` may be a longitude and a latitude by their numbers, but not by their words.
    """
    if not (_has_letters(lon) or _has_letters(lat)):
        return lon, lat, np.zeros(len(lon), dtype=bool)
    lon_says, lat_says = (
        [
            pc.match_substring_regex(texts, said).fill_null(False)
            for said in (_OF_LONGITUDE, _OF_LATITUDE)
        ]
        for texts in (lon, lat)
    )
    crossed = pc.or_(
        pc.and_not(lon_says[1], lat_says[1]),
        pc.and_not(lat_says[0], lon_says[0]),
    )
    mask = crossed.to_numpy(zero_copy_only=False)
    if not mask.any():
        return lon, lat, mask
    return pc.if_else(crossed, lat, lon), pc.if_else(crossed, lon, lat), mask


def _has_letters(texts: pa.Array) -> bool:
    """Whether there may be anything but digits and signs, which nearly all columns are."""
    data = texts.buffers()[2]
    return data is not None and bool((np.frombuffer(data, np.uint8) > ord("9")).any())


def _halves(value: str | None) -> tuple[str, str] | None:
    if value is None:
        return None
    parts = [part for part in re.split(r"[,，;；、/\s]+", value.strip("()（）[]")) if part]
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _read(value: str) -> Read:
    if _PLAIN.fullmatch(plain(value)):
        return Read(float(plain(value)))
    said = re.sub(r"^(?:东经|西经|北纬|南纬|经度|纬度)[:：]?", _letter, plain(value))
    said = _SECONDS.sub(r'\1"', said)
    hemispheres = re.findall(_HEMISPHERE, said.upper())
    bare = re.sub(_HEMISPHERE, "", said, flags=re.IGNORECASE).strip(" :：")
    if len(hemispheres) > 1 or (hemispheres and bare.startswith("-")):
        raise RefusedError("coordinate", value=shown(value))
    sign = -1.0 if hemispheres and hemispheres[0] in "SW南西" else 1.0
    if _PLAIN.fullmatch(bare):
        return Read(sign * float(bare))
    if re.fullmatch(r"[+-]?\d{1,3},\d+", bare):
        return Read(sign * float(bare.replace(",", ".")))
    match = _DMS.fullmatch(bare)
    if match is None:
        raise RefusedError("coordinate", value=shown(value))
    minutes, seconds = float(match["minutes"] or 0), float(match["seconds"] or 0)
    if minutes >= 60 or seconds >= 60:
        raise RefusedError("coordinate", value=shown(value))
    degrees = float(match["degrees"]) + minutes / 60 + seconds / 3600
    return Read(sign * (-degrees if match["sign"] == "-" else degrees))


def _letter(match: re.Match[str]) -> str:
    return {"东经": "E", "西经": "W", "北纬": "N", "南纬": "S"}.get(match.group().rstrip(":："), "")
