"""What GDAL passes over without a word: features of GeoJSON that are none, whether alone, one on
every line, one behind every separator or members of a collection, and shapes of TopoJSON."""

from __future__ import annotations

import codecs
import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geo.ingest.faults import FileInvalid

SEPARATOR = b"\x1e"
_AROUND = b"\x1e \t\r\n"
_SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_TYPES = {"Feature", "GeometryCollection", *_SHAPES}
_SHOWN = 60
_LOOKED_AT = 256
_CHUNK = 2**20
_OBJECTS = re.compile(r'"objects"\s*:\s*(?=\{)')
_BETWEEN = re.compile(r"[\s,:]*")
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


def require_members(path: Path) -> None:
    """Raise Invalid where a member of a collection is no feature: GDAL passes over it without a
    word."""
    for number, member in enumerate(_members(path), start=1):
        if not isinstance(member, dict) or member.get("type") != "Feature":
            shown = json.dumps(member, ensure_ascii=False)[:_SHOWN]
            raise FileInvalid("file.member", name=path.name, row=number, text=shown)


def require_shapes(path: Path) -> None:
    """Raise Invalid where a member of a topology is no shape: GDAL passes over it without a word,
    whatever properties it has."""
    text = path.read_text("utf-8")
    for begun in _OBJECTS.finditer(text):
        try:
            objects, _ = json.JSONDecoder().raw_decode(text, begun.end())
        except (ValueError, RecursionError):
            return  # of which GDAL tells
        for collection in objects.values():
            members = collection.get("geometries") if isinstance(collection, dict) else None
            for number, member in enumerate(members or (), start=1):
                if not isinstance(member, dict) or member.get("type") not in _SHAPES:
                    shown = json.dumps(member, ensure_ascii=False)[:_SHOWN]
                    raise FileInvalid("file.shape", name=path.name, row=number, text=shown)


def _members(path: Path) -> Iterator[Any]:
    """The members of a collection, one by one; ends at what is no JSON, of which GDAL tells."""
    decoder = json.JSONDecoder()
    with path.open(encoding="utf-8-sig") as file:
        text = file.read(_CHUNK)
        at = text.find("{") + 1
        is_inside, last = False, None
        while True:
            between = _BETWEEN.match(text, at)
            at = between.end() if between else at
            if last == "features" and text.startswith("[", at):
                is_inside, last, at = True, None, at + 1
            try:
                last, at = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                # Twice as much each time, or a long member would be read again and again.
                more = "" if text.startswith("]", at) else file.read(max(_CHUNK, len(text) - at))
                if not more:
                    return
                text, at = text[at:] + more, 0
            else:
                if is_inside:
                    yield last


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
