"""Sequences of GeoJSON features: one on every line, or one behind every record separator."""

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


def require_features(path: Path) -> None:
    """Raise Invalid where a record is not one feature: GDAL passes over it without a word."""
    for number, record in enumerate(_records(path), start=1):
        if not _is_feature(record):
            shown = record[:_SHOWN].decode("utf-8", "replace")
            raise FileInvalid("file.record", name=path.name, row=number, text=shown)


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
