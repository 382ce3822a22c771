"""Excel workbooks: which sheet, which heading, and the rows in batches."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import python_calamine as calamine
from openpyxl.cell import WriteOnlyCell

from geo.ingest.choosing import chosen
from geo.ingest.delimited import Misfit
from geo.ingest.faults import FileInvalid
from geo.ingest.formulas import uncomputed
from geo.ingest.headings import column_names, groups_of, heading_of
from geo.ingest.oversize import refuse_oversize
from geo.ingest.sniff import Format

# Excel takes no longer text in a cell, and no more rows below the heading.
MAX_CELL_CHARACTERS = 32_767
MAX_SHEET_ROWS = 1_048_575
# What XML cannot hold.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HEAD_ROWS = 40
# A text too long for a cell goes on in columns of the same heading, which begins so.
CONTINUED = "wkt"


@dataclass(frozen=True)
class Layout:
    """Which sheet of a workbook holds the table, and where its heading is (rows from 1)."""

    sheet: str
    sheets: tuple[str, ...]
    heading_row: int
    columns: tuple[str, ...]
    n_rows: int
    continuations: tuple[int, ...]
    formulas: dict[int, dict[int, str]] = field(repr=False, compare=False)
    table: calamine.CalamineSheet = field(repr=False, compare=False)


def layout_of(path: Path, format_: Format, sheet: str | None, heading_row: int | None) -> Layout:
    """Find the table in a workbook; raises Invalid where it cannot be told."""
    if format_ is Format.XLSX:
        refuse_oversize(path)
    with _opened(path, format_) as workbook:
        names = tuple(workbook.sheet_names)
        table = _chosen(path, workbook, sheet)
    rows = _head(table)
    if not rows:
        raise FileInvalid("file.sheet_empty", field="layer", layers=names, sheet=table.name)
    if heading_row is not None and not 1 <= heading_row <= len(rows):
        raise FileInvalid("file.heading", field="heading_row", name=table.name, row=heading_row)
    stated = None if heading_row is None else heading_row - 1
    index, heading = heading_of(rows, stated, lambda row: _groups(table, rows, row))
    more = tuple(
        place
        for place in range(1, len(heading))
        if heading[place] == heading[place - 1] and heading[place].startswith(CONTINUED)
    )
    return Layout(
        sheet=table.name,
        sheets=names,
        heading_row=index + 1,
        columns=tuple(column_names(c for place, c in enumerate(heading) if place not in more)),
        n_rows=(table.end or (0, 0))[0] - index,
        continuations=more,
        formulas=uncomputed(path, table.name) if format_ is Format.XLSX else {},
        table=table,
    )


def read(
    layout: Layout, size: int
) -> Iterator[tuple[pa.RecordBatch, np.ndarray, tuple[Misfit, ...]]]:
    """Rows as text with their row numbers; beside them those with formulas that have no result.

    As empty cells they would mean that nothing is known. Rows without any content are passed over.
    """
    continued = _continued(layout.table, layout.heading_row)
    above: list[str | None] = []
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    misfits: list[Misfit] = []
    for number, row in _numbered(layout.table):
        if number <= layout.heading_row:
            continue
        cells = [as_text(cell) for cell in row]
        for column in continued.get(number - 1, ()):
            if cells[column] is None and not _is_number(above[column]):
                cells[column] = above[column]
        above = cells
        formulas = layout.formulas.get(number - 1)
        if formulas is not None:
            said = [formulas.get(place, cell) for place, cell in enumerate(cells)]
            misfits.append(Misfit(number, _joined(said, layout.continuations), "formula"))
        elif any(cells):
            rows.append(_joined(cells, layout.continuations))
            numbers.append(number)
        if len(rows) + len(misfits) == size:
            yield _batch(layout.columns, rows), np.asarray(numbers, np.int64), tuple(misfits)
            rows, numbers, misfits = [], [], []
    yield _batch(layout.columns, rows), np.asarray(numbers, np.int64), tuple(misfits)


def write(batches: Iterable[pa.RecordBatch], path: Path) -> None:
    """Write batches as a workbook of one sheet in which every text is a text.

    Raises Invalid where a sheet cannot hold the rows, or a cell a text.
    """
    spool = path.with_suffix(".arrows")
    rows, longest = _spool(batches, spool)
    if rows > MAX_SHEET_ROWS:
        raise FileInvalid("file.sheet_full", field="format", n=rows, most=MAX_SHEET_ROWS)
    more = max(0, -(-longest // MAX_CELL_CHARACTERS) - 1)
    with pa.memory_map(str(spool)) as file, pa.ipc.open_stream(file) as tables:
        _write_sheet(tables, more, path)
    spool.unlink()


def _spool(batches: Iterable[pa.RecordBatch], path: Path) -> tuple[int, int]:
    """Batches on disk, since the heading depends on the last row; rows and the longest shape."""
    rows, longest = 0, 0
    batches = iter(batches)
    first = next(batches)
    with pa.ipc.new_stream(path, first.schema) as stream:
        for batch in chain([first], batches):
            stream.write_batch(batch)
            lengths = [_longest(column) for column in batch.columns]
            if batch.schema.names[-1].startswith(CONTINUED):
                longest = max(longest, lengths.pop())
            if max(lengths, default=0) > MAX_CELL_CHARACTERS:  # openpyxl would cut it
                n, most = max(lengths), MAX_CELL_CHARACTERS
                raise FileInvalid("file.long_text", field="format", n=n, most=most)
            rows += batch.num_rows
    return rows, longest


def _write_sheet(tables: pa.RecordBatchReader, more: int, path: Path) -> None:
    names = tables.schema.names
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("antu")
    sheet.freeze_panes = "A2"

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        value = _UNWRITABLE.sub(" ", value)
        if not value.startswith("="):
            return value
        text = WriteOnlyCell(sheet, value)
        text.data_type = "s"  # openpyxl would make it a formula
        return text

    sheet.append([cell(name) for name in (*names, *names[-1:] * more)])
    for table in tables:
        for values in zip(*(column.to_pylist() for column in table.columns), strict=True):
            *others, last = values
            pieces = _pieces(last) if names[-1].startswith(CONTINUED) else [last]
            sheet.append([cell(value) for value in (*others, *pieces)])
    book.save(path)


def _longest(column: pa.Array) -> int:
    """The characters of the longest text."""
    if not pa.types.is_string(column.type):
        return 0
    return pc.max(pc.utf8_length(column)).as_py() or 0


def _pieces(text: str | None) -> list[str | None]:
    if text is None:
        return [None]
    return [
        text[start : start + MAX_CELL_CHARACTERS]
        for start in range(0, len(text), MAX_CELL_CHARACTERS)
    ]


def as_text(cell: Any) -> str | None:
    """A cell as a person reads it; a number too long to be exact keeps its E+ form."""
    if isinstance(cell, str):
        return cell or None
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return number_text(float(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def number_text(value: float) -> str:
    """A number in the shortest way, whole numbers without a fraction while they are exact."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def _opened(path: Path, format_: Format) -> calamine.CalamineWorkbook:
    """A workbook under a name of our own: calamine believes a suffix, and many are wrong."""
    try:
        with tempfile.TemporaryDirectory(prefix="antu-") as folder:
            target = Path(folder) / f"workbook.{format_}"
            target.symlink_to(path.resolve())
            return calamine.CalamineWorkbook.from_path(target)
    except calamine.PasswordError as error:
        raise FileInvalid("file.password", name=path.name) from error
    except (calamine.CalamineError, OSError) as error:
        raise FileInvalid("file.workbook", name=path.name, why=error) from error


def _chosen(
    path: Path, workbook: calamine.CalamineWorkbook, sheet: str | None
) -> calamine.CalamineSheet:
    """The sheet that is named, else the only visible one that holds a table."""
    visible = {
        data.name: workbook.get_sheet_by_name(data.name)
        for data in workbook.sheets_metadata
        if sheet is None
        and data.typ is calamine.SheetTypeEnum.WorkSheet
        and data.visible is calamine.SheetVisibleEnum.Visible
    }
    filled = [name for name, table in visible.items() if table.height > 1]
    filled = filled or [name for name, table in visible.items() if table.height == 1]
    name = chosen("sheet", path, workbook.sheet_names, filled, sheet)
    return visible[name] if name in visible else workbook.get_sheet_by_name(name)


def _numbered(sheet: calamine.CalamineSheet) -> Iterator[tuple[int, Sequence[Any]]]:
    """Rows with the number that the spreadsheet shows, from column A on."""
    indent = [""] * (sheet.start or (0, 0))[1]
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, indent + row


def _head(sheet: calamine.CalamineSheet) -> list[list[str]]:
    """The first rows as text, from row 1, with merged cells repeated over their range."""
    rows: list[list[str]] = []
    for number, row in _numbered(sheet):
        rows.append([as_text(cell) or "" for cell in row])
        if number == _HEAD_ROWS:
            break
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if top >= len(rows):
            continue
        value = rows[top][left] if left < len(rows[top]) else ""
        for row in rows[top : bottom + 1]:
            row[left : right + 1] = [value] * len(row[left : right + 1])
    return rows


def _groups(sheet: calamine.CalamineSheet, rows: list[list[str]], index: int) -> dict[int, str]:
    """The groups of columns right above a row: merged cells, or else those before empty ones.

    A line of the form (填报单位：...) is no group.
    """
    above = rows[index - 1]
    found: dict[int, str] = {}
    for (_, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if bottom == index - 1 and left < right and not re.search("[:：]", above[left]):
            found |= dict.fromkeys(range(left, min(right + 1, len(above))), above[left])
    return {place: said for place, said in found.items() if said} or groups_of(above)


def _joined(cells: list[str | None], continuations: tuple[int, ...]) -> list[str | None]:
    """Cells with those that go on in the next column put together again."""
    if not continuations:
        return cells
    first = continuations[0] - 1
    whole = "".join(cell or "" for cell in cells[first : continuations[-1] + 1])
    return [*cells[:first], whole or None, *cells[continuations[-1] + 1 :]]


def _continued(sheet: calamine.CalamineSheet, heading_row: int) -> dict[int, list[int]]:
    """Columns, by row (from 0), whose cell is merged with the one above.

    Text counts for every row; a number is the figure of all of them together, left to the first.
    """
    columns: dict[int, list[int]] = {}
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or []:
        if top >= heading_row:
            for row in range(top + 1, bottom + 1):
                columns.setdefault(row, []).append(left)
    return columns


def _batch(columns: Sequence[str], rows: list[list[str | None]]) -> pa.RecordBatch:
    width = len(columns)
    even = [row[:width] + [None] * (width - len(row)) for row in rows]
    arrays = [pa.array([row[place] for row in even], pa.string()) for place in range(width)]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def _is_number(text: str | None) -> bool:
    return text is not None and bool(re.fullmatch(r"[\d.,]+", text))
