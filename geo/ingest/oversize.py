"""Workbooks that would fill all memory: told by their XML, before they are opened."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from geo.ingest.faults import FileInvalid
from geo.ingest.sniff import unpacked

# A workbook is held in memory as a rectangle, empty cells included.
MAX_CELLS = 60_000_000
# All texts of a workbook, and one of them; Excel writes at most 32,767 characters.
MAX_TEXTS_BYTES = 512 * 2**20
MAX_TEXT_BYTES = 2**20
_CELL = re.compile(rb"<(?:\w+:)?c[ />]")
_PLACED = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
_ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(?:(row)|c)[ />]")


def refuse_oversize(path: Path) -> None:
    """Refuse what would fill all memory: a cell in the last corner, a text without an end."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if re.fullmatch(r"xl/sharedStrings\.xml", member.filename, re.IGNORECASE):
                if sum(map(len, _xml(path, archive, member))) > MAX_TEXTS_BYTES:
                    raise FileInvalid("file.bomb", name=path.name)
            elif re.fullmatch(r"xl/worksheets/[^/]+\.xml", member.filename, re.IGNORECASE):
                columns, rows, unplaced = _extent(_xml(path, archive, member))
                if unplaced:
                    most, rows_beside = _longest_row(_xml(path, archive, member))
                    columns, rows = columns + most, max(rows, rows_beside)
                if columns * rows > MAX_CELLS:
                    raise FileInvalid("file.absurd", name=path.name, rows=rows, columns=columns)


def _xml(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The XML of a member in pieces of whole tags."""
    rest = b""
    for chunk in unpacked(archive, member):
        piece = rest + chunk
        tags = np.flatnonzero(np.frombuffer(piece, np.uint8) == ord("<"))
        end = int(tags[-1]) if tags.size else 0
        if max(int(np.diff(tags).max(initial=0)), len(piece) - end) > MAX_TEXT_BYTES:
            raise FileInvalid("file.long_cell", name=path.name, most=MAX_TEXT_BYTES)
        yield piece[:end]
        rest = piece[end:]
    yield rest


def _extent(pieces: Iterable[bytes]) -> tuple[int, int, int]:
    """The last column and row that cells of a sheet name, and how many cells name none."""
    columns: set[bytes] = set()
    last, unplaced = 0, 0
    for piece in pieces:
        placed = _PLACED.findall(piece)
        columns.update(letters for letters, _ in placed)
        last = max(last, max((int(number) for _, number in placed), default=0))
        unplaced += len(_CELL.findall(piece)) - len(placed)
    return max(map(_column_number, columns), default=0), last, unplaced


def _longest_row(pieces: Iterable[bytes]) -> tuple[int, int]:
    """The most cells of a row, and the rows: where cells name no place, they stand in a line."""
    most, rows, cells = 0, 0, 0
    for piece in pieces:
        for match in _ROW_OR_CELL.finditer(piece):
            if match[1]:
                rows, cells = rows + 1, 0
            else:
                cells += 1
                most = max(most, cells)
    return most, rows


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
