"""Open any file that a clerk or an analyst may have, and read it in batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo.domain.crs import WGS84, parse_crs
from geo.ingest import dbase, delimited, features, parquet, spreadsheet, values
from geo.ingest.delimited import Misfit
from geo.ingest.faults import FileInvalid
from geo.ingest.frames import AUTO, SWAPPED
from geo.ingest.sniff import Format, format_of

BATCH_ROWS = 50_000
MAX_COLUMNS = 2_000

_WORKBOOKS = {Format.XLSX, Format.XLS}
_Layout = delimited.Layout | spreadsheet.Layout | features.Layout


@dataclass(frozen=True)
class RawBatch:
    """Rows as they are in the file.

    `rows`: text columns, null where a cell is empty, and from GIS files a binary column `geometry`
    (WKB); `numbers`: the row numbers as the reader of the file counts them; `crs`: the frame that
    the coordinates are in; `misfits`: rows that cannot be read as cells, not among `rows`.
    """

    rows: pa.RecordBatch
    numbers: NDArray[np.int64]
    crs: str
    misfits: tuple[Misfit, ...] = ()

    @property
    def n_read(self) -> int:
        """How many rows of the file the batch stands for."""
        return len(self.numbers) + len(self.misfits)


@dataclass(frozen=True)
class Source:
    """A file that can be read, and what was found out about it.

    `crs` is what the coordinates are taken to be in; `file_crs` what the file itself says.
    """

    path: Path
    format: Format
    columns: tuple[str, ...]
    crs: str
    file_crs: str | None
    layout: _Layout

    @property
    def encoding(self) -> str | None:
        """The encoding of the text in the file, where that is a question."""
        return None if isinstance(self.layout, spreadsheet.Layout) else self.layout.encoding

    @property
    def heading_row(self) -> int | None:
        """The row that holds the headings, from 1; None for GIS files."""
        return None if isinstance(self.layout, features.Layout) else self.layout.heading_row

    @property
    def layer(self) -> str | None:
        """The layer or sheet that is read."""
        if isinstance(self.layout, spreadsheet.Layout):
            return self.layout.sheet
        return self.layout.layer if isinstance(self.layout, features.Layout) else None

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers or sheets to choose from."""
        if isinstance(self.layout, spreadsheet.Layout):
            return self.layout.sheets
        return self.layout.layers if isinstance(self.layout, features.Layout) else ()

    @property
    def n_rows(self) -> int | None:
        """How many rows there are at most, where the file tells."""
        return self.layout.n_rows

    def tells_apart(self, column: str) -> bool:
        """Whether the cells of a column can name rows: they differ, and do not only count them.

        Told by the first batch; a few empty cells, as in a row of totals, are no matter.
        """
        cells, n_rows = self._first_cells(column)
        numbers = pc.replace_substring_regex(cells, r"^0+(\d)", r"\1")
        counts = any(
            numbers.equals(pa.array(range(n, len(cells) + n)).cast(pa.string())) for n in (0, 1)
        )
        enough = 2 * len(cells) > n_rows
        return enough and not counts and pc.count_distinct(cells).as_py() == len(cells)

    def industry_field(self, column: str) -> str | None:
        """The field that a column of industries holds, by most cells of the first batch.

        They may be categories of sites, or codes of the standard; other words of it are neither.
        """
        cells, _ = self._first_cells(column)
        for field, parsed in (
            ("category", values.choice(cells, "category", "category")),
            ("industry_code", values.industry(cells)),
        ):
            if 2 * len(parsed.problems) < len(cells):
                return field
        return None

    def is_cut(self, column: str) -> bool:
        """Whether a heading is as long as it may be in the table of a Shapefile."""
        return self.format is Format.SHAPEFILE and dbase.is_full(column, self.encoding)

    def _first_cells(self, column: str) -> tuple[pa.Array, int]:
        """The cells of a column in the first batch that say something, and the rows of it."""
        first = next(self.batches(), None)
        if first is None:
            return pa.array([], pa.string()), 0
        return values.clean(first.rows.column(column)).drop_null(), first.rows.num_rows

    def batches(self, size: int = BATCH_ROWS) -> Iterator[RawBatch]:
        """All rows, at most `size` at once; may be called again."""
        if isinstance(self.layout, delimited.Layout):
            for rows, numbers, misfits in delimited.read(self.path, self.layout):
                yield from _without_blank(rows, numbers, self.crs, tuple(misfits), size)
        elif isinstance(self.layout, spreadsheet.Layout):
            for rows, numbers, unfit in spreadsheet.read(self.layout, size):
                yield RawBatch(rows, numbers, self.crs, unfit)
        else:
            first = 1
            reader = (
                parquet.read(self.path, self.layout, size)
                if self.format is Format.PARQUET
                else features.read(self.path, self.format, self.layout, size)
            )
            for rows in reader:
                numbers = np.arange(first, first + rows.num_rows, dtype=np.int64)
                first += rows.num_rows
                yield RawBatch(rows, numbers, self.crs)


def open_source(
    path: Path | str,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    crs: str | None = None,
    heading_row: int | None = None,
) -> Source:
    """Find out what a file is and how it is written.

    `crs` overrules what the file says; with `auto` it is measured (geo.ingest.frames) and then
    replaced. Raises Invalid, saying what is wrong and how to mend it, for a file that cannot be
    taken.
    """
    path = Path(path)
    _require_file(path)
    format_ = format_of(path)
    layout: _Layout
    file_crs = None
    if format_ is Format.CSV:
        layout = delimited.layout_of(path, encoding, heading_row)
    elif format_ in _WORKBOOKS:
        layout = spreadsheet.layout_of(path, format_, layer, heading_row)
    elif format_ is Format.PARQUET:
        layout = parquet.layout_of(path)
        file_crs = layout.crs
    else:
        layout = features.layout_of(path, format_, layer, encoding)
        file_crs = layout.crs
    if len(layout.columns) > MAX_COLUMNS:
        raise FileInvalid("file.columns", name=path.name, n=len(layout.columns), most=MAX_COLUMNS)
    return Source(
        path=path,
        format=format_,
        columns=layout.columns,
        crs=_frame(crs) or file_crs or WGS84,
        file_crs=file_crs,
        layout=layout,
    )


def _require_file(path: Path) -> None:
    if not path.exists():
        raise FileInvalid("file.missing", name=path)
    if not path.is_file():
        raise FileInvalid("file.no_file", name=path)
    try:
        path.open("rb").close()
    except OSError as error:
        raise FileInvalid("file.closed", name=path, why=error.strerror) from error


def _frame(crs: str | None) -> str | None:
    if crs is None or crs == AUTO:
        return None
    return SWAPPED if crs == SWAPPED else parse_crs(crs)


def _without_blank(
    rows: pa.RecordBatch,
    numbers: NDArray[np.int64],
    crs: str,
    misfits: tuple[Misfit, ...],
    size: int,
) -> Iterator[RawBatch]:
    """Slices of at most `size` rows, without the rows that have nothing in any cell."""
    blank = np.ones(rows.num_rows, dtype=bool)
    for column in rows.columns:
        if not blank.any():
            break
        blank &= column.is_null().to_numpy(zero_copy_only=False)
    if blank.any():
        rows, numbers = rows.filter(pa.array(~blank)), numbers[~blank]
    for start in range(0, max(rows.num_rows, 1), size):
        yield RawBatch(rows.slice(start, size), numbers[start : start + size], crs, misfits)
        misfits = ()
