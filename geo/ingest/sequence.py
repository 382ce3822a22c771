"""Features of GeoJSON on their own: one, one on every line, or one behind every separator."""

from __future__ import annotations

import codecs
import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path

from geo.ingest.faults import FileInvalid

SEPARATOR = b"\x1e"
_AROUND = b"\x1e \t\r\n"
_SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_TYPES = {"Feature", "GeometryCollection", *_SHAPES}
_SHOWN = 60
_LOOKED_AT = 256
_FEATURE = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"type"\s*:\s*"Feature"')


def require_features(path: Path) -> None:
    """Raise Invalid where a record is not one feature: GDAL passes over it without a word."""
    for number, record in enumerate(_records(path), start=1):
        if not _is_feature(record):
            shown = record[:_SHOWN].decode("utf-8", "replace")
            raise FileInvalid("file.record", name=path.name, row=number, text=shown)


def require_single(path: Path) -> None:
    """Raise Invalid where more follows the only feature of a file, which GDAL does not look at."""
    with path.open("rb") as file:
        begins_as_one = _FEATURE.match(file.read(_LOOKED_AT))
    if begins_as_one and not _is_feature(path.read_bytes().removeprefix(codecs.BOM_UTF8)):
        raise FileInvalid("file.not_single", name=path.name)


def _records(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = 3 if content[:3] == codecs.BOM_UTF8 else 0
        separated = content[start : start + 64].lstrip().startswith(SEPARATOR)
        for found in re.compile(rb"[^\x1e]+" if separated else rb"[^\n]+").finditer(content, start):
            record = found[0].strip(_AROUND)
            if record:
                yield record


def _is_feature(record: bytes) -> bool:
    try:
        said = json.loads(record)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("type") in _TYPES
