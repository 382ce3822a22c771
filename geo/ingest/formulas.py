"""Formulas of a workbook that nobody has computed: programs that write one leave the result out."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from geo.ingest.oversize import column_number
from geo.ingest.sniff import unpacked

_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*"([^"]*)"')
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?P<cell>[^>]*)>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>(?P<formula>[^<]*)</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_PLACE = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")
_END_OF_ROW = re.compile(rb"</(?:\w+:)?row>")
# A row of the greatest width is a tenth of this.
_MAX_ROW_BYTES = 2**26


def uncomputed(path: Path, sheet: str) -> dict[int, dict[int, str]]:
    """The formulas of a sheet of an XLSX that have no result, by row and column from 0."""
    found: dict[int, dict[int, str]] = {}
    with zipfile.ZipFile(path) as archive:
        member = _member(archive, sheet)
        if member is None:
            return found
        for rows in _rows(unpacked(archive, member)):
            for match in _CELL.finditer(rows):
                attributes = dict(_ATTRIBUTE.findall(match["cell"]))
                place = _PLACE.fullmatch(attributes.get(b"r", b""))
                if place is not None and attributes.get(b"t") != b"str":  # whose result is empty
                    text = "=" + html.unescape((match["formula"] or b"").decode("utf-8", "replace"))
                    found.setdefault(int(place[2]) - 1, {})[column_number(place[1]) - 1] = text
    return found


def _member(archive: zipfile.ZipFile, sheet: str) -> zipfile.ZipInfo | None:
    """The part of a workbook that holds a sheet."""
    members = {each.filename: each for each in archive.infolist()}
    listed = members.get("xl/workbook.xml")
    related = members.get("xl/_rels/workbook.xml.rels")
    if listed is None or related is None:
        return None
    for attributes in _tags(_SHEET, archive, listed):
        if attributes.get("name") == sheet:
            wanted = next((v for k, v in attributes.items() if k.endswith(":id")), None)
            for relation in _tags(_RELATION, archive, related):
                if relation.get("Id") == wanted:
                    target = PurePosixPath("/xl") / relation.get("Target", "")
                    return members.get(str(target).lstrip("/"))
    return None


def _tags(
    tag: re.Pattern[bytes], archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> Iterator[dict[str, str]]:
    for match in tag.finditer(b"".join(unpacked(archive, member))):
        yield {
            name.decode(): html.unescape(value.decode("utf-8", "replace"))
            for name, value in _ATTRIBUTE.findall(match[0])
        }


def _rows(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The XML of a sheet in pieces of whole rows, of those that have formulas."""
    rest = b""
    for chunk in chunks:
        *whole, rest = _END_OF_ROW.split(rest + chunk)
        yield from (row for row in whole if b"<f" in row or b":f" in row)
        if len(rest) > _MAX_ROW_BYTES:
            rest = b""
