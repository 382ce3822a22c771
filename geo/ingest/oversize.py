"""Workbooks that would fill all memory: told by their XML, before they are opened.

A workbook is held in memory as rectangles of cells, empty ones included, and each cell has its text
for itself, also where the file keeps it once for all cells. Within these bounds that is about 2 GB.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from geo.ingest.faults import FileInvalid
from geo.ingest.sniff import unpacked

# A full sheet of 30 columns.
MAX_CELLS = 32_000_000
# All texts of a workbook, and one of them; Excel writes at most 32,767 characters.
MAX_TEXTS_BYTES = 2**30
MAX_TEXT_BYTES = 2**20
# A cell begins so, with or without a namespace; counting words is faster than a pattern.
_CELLS = (b"<c ", b"<c>", b"<c/", b":c ", b":c>", b":c/")
_PLACED = re.compile(rb'<(?:\w+:)?c(?:\s[^>]*?)?\sr="([A-Z]{1,3})([0-9]{1,7})"')
_ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(?:(row)|c)[ />]")
_SHARED = re.compile(rb"<(?:\w+:)?si[ />]")
_REFERENCE = re.compile(rb'\bt="s"[^>]*>\s*<(?:\w+:)?v>\s*([0-9]{1,9})\s*<')


def refuse_oversize(path: Path) -> None:
    """Refuse what would fill all memory: a cell in the last corner, a text without an end."""
    with zipfile.ZipFile(path) as archive:
        members = [each for each in archive.infolist() if _is_xml(archive, each)]
        shared = [each for each in members if "sharedstrings" in each.filename.lower()]
        lengths = [_lengths(_xml(path, archive, each)) for each in shared]
        texts = np.concatenate([*lengths, np.zeros(1, np.int64)])
        size, cells = int(texts.sum()), 0
        for member in members:
            if member in shared:
                continue
            columns, rows, unplaced = _extent(_xml(path, archive, member))
            if unplaced:
                most, rows_beside = _longest_row(_xml(path, archive, member))
                columns, rows = columns + most, max(rows, rows_beside)
            cells += columns * rows
            if cells > MAX_CELLS:
                raise FileInvalid("file.absurd", name=path.name, rows=rows, columns=columns)
            if columns * rows * int(texts.max()) > MAX_TEXTS_BYTES:
                used = _references(_xml(path, archive, member))
                size += int(texts[used[used < len(texts)]].sum())
            if size > MAX_TEXTS_BYTES:
                raise FileInvalid("file.bomb", name=path.name)


def _is_xml(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    beginning = next(unpacked(archive, member), b"")
    return beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _references(pieces: Iterable[bytes]) -> np.ndarray:
    """The number of the shared text of every cell that has one."""
    found = [np.array(_REFERENCE.findall(piece), dtype=np.int64) for piece in pieces]
    return np.concatenate(found)


def _lengths(pieces: Iterable[bytes]) -> np.ndarray:
    """The length of every shared text, in bytes with its tags."""
    begins, before = [], 0
    for piece in pieces:
        begins += [before + match.start() for match in _SHARED.finditer(piece)]
        before += len(piece)
    return np.diff(np.array([*begins, before], dtype=np.int64))


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
        unplaced += sum(map(piece.count, _CELLS)) - len(placed)
    return max(map(column_number, columns), default=0), last, unplaced


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


def column_number(letters: bytes) -> int:
    """The number of a column, from 1, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
