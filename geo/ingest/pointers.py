"""Data that point at other data: refused before a library follows them.

GDAL opens files that only name other files, databases and services, also where such a pointer
hides in the text of a harmless format. Which driver takes a file it tells by the first few KiB.
"""

from __future__ import annotations

import json
import mmap
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.ingest.faults import FileInvalid

_INDIRECTIONS = re.compile(
    rb"<\s*(OGR|GDAL)?VRTDataSo?et|<\s*OGR\w*DataSource|gdal_streamed_alg|<\s*OGR\w+|<\s*WFS_|"
    rb"WFS_Capabilities|CSW_CAPABILITIES|stac_version|PLScenes",
    re.IGNORECASE,
)
_CRS_MEMBER = re.compile(rb'"crs"\s*:\s*(?=\{)')
_MAX_CRS_BYTES = 65_536
# The only virtual tables of a GeoPackage; others read files beside it.
_INDEX = re.compile(
    r'CREATE VIRTUAL TABLE "?rtree_[^"()]+"? USING rtree\s*\([^()]*\)', re.IGNORECASE
)


def refuse_indirection(path: Path, head: bytes) -> None:
    """Raise Invalid where GDAL would take the beginning of a file for a pointer to another."""
    if _INDIRECTIONS.search(head):
        raise FileInvalid("file.pointer", name=path.name)


def refuse_virtual_tables(path: Path) -> None:
    """Raise Invalid for a GeoPackage with tables that are read from somewhere else."""
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            made = database.execute("SELECT sql FROM sqlite_master WHERE type = 'table'").fetchall()
    except sqlite3.Error as error:
        raise FileInvalid("file.damaged", name=path.name, why=error) from error
    for (statement,) in made:
        is_virtual = re.search("virtual", str(statement).split("(", maxsplit=1)[0], re.IGNORECASE)
        if is_virtual and not _INDEX.fullmatch(str(statement).strip()):
            raise FileInvalid("file.pointer", name=path.name)


def refuse_foreign_crs(path: Path) -> None:
    """Raise Invalid for a GeoJSON whose CRS is somewhere else, or is none that is known.

    GDAL would fetch the one, and take the other for WGS 84.
    """
    for said in _crs_members(path):
        kind = str(said.get("type", "")).lower()
        if kind in ("link", "url"):
            raise FileInvalid("file.pointer", name=path.name)
        properties = said.get("properties")
        named = properties.get("name") if isinstance(properties, dict) else None
        if kind != "name" or not isinstance(named, str):
            continue
        try:
            CRS.from_user_input(named)
        except CRSError as error:
            raise FileInvalid("file.crs", field="crs", why=named[:200]) from error


def _crs_members(path: Path) -> Iterator[dict[str, Any]]:
    """Every object in a JSON text that is called crs; not read into memory."""
    decoder = json.JSONDecoder()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for match in _CRS_MEMBER.finditer(content):
            text = content[match.end() : match.end() + _MAX_CRS_BYTES].decode("utf-8", "replace")
            try:
                said, _ = decoder.raw_decode(text)
            except (ValueError, RecursionError):
                continue
            yield said
