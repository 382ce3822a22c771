"""Delimited text: which encoding, which delimiter, which heading, and the rows in batches."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import charset_normalizer
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from geo.errors import Invalid
from geo.ingest.faults import FileInvalid
from geo.ingest.headings import column_names, heading_of
from geo.ingest.sniff import wide_encoding

_SCAN_BYTES = 4 * 2**20
_SAMPLE_BYTES = 2**18
_SAMPLE_ROWS = 50
_BLOCK_BYTES = 8 * 2**20
_MAX_LINE_BYTES = 64 * 2**20
_DELIMITERS = ",\t;|^~:"
_GUESSES = ("gb18030", "big5", "cp1252", "shift_jis", "euc_kr")
_TELLING_LINES = 2_000
# Two bytes of GB18030 or Big5, and those of the characters of GB 2312, which are the usual ones.
_PAIR = re.compile(rb"[\x81-\xfe][\x30-\xfe]")
_COMMON_CHINESE = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")


@dataclass(frozen=True)
class Layout:
    """How a delimited file is to be cut up; `heading_line` is the last physical line of it."""

    encoding: str
    delimiter: str
    heading_row: int
    heading_line: int
    columns: tuple[str, ...]
    block_bytes: int
    n_rows: int


class Misfit(NamedTuple):
    """A row that cannot be put under the heading, and why (a key below `import.`)."""

    row: int
    cells: list[str | None]
    key: str


# A cell that begins so may be run as a formula by a spreadsheet; an apostrophe keeps it a text.
_FORMULA = r"^('*[=+\-@\t\r\n＝＋－＠])"
_GUARDED = r"^'('*[=+\-@\t\r\n＝＋－＠])"
_PLAIN_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"


def _guarded_texts(texts: pa.Array) -> pa.Array:
    """Texts that no spreadsheet runs as a formula."""
    safe = pc.replace_substring_regex(texts, _FORMULA, r"'\1")
    return pc.if_else(pc.match_substring_regex(texts, _PLAIN_NUMBER), texts, safe)


def _unguarded(texts: pa.Array) -> pa.Array:
    """Texts as they were before `_guarded_texts`."""
    if not pc.any(pc.starts_with(texts, "'")).as_py():
        return texts
    return pc.replace_substring_regex(texts, _GUARDED, r"\1")


def layout_of(path: Path, encoding: str | None, heading_row: int | None) -> Layout:
    """Find out how a file is written; raises Invalid where nobody can tell."""
    found, lines = _encoding(path, encoding)
    if lines.longest > _MAX_LINE_BYTES:
        raise FileInvalid("file.line", name=path.name, n=lines.longest)
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
    try:
        text = codecs.getincrementaldecoder(found)().decode(head).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, found, error) from error
    delimiter = _delimiter(path, text)
    rows, ends = _sample(text, delimiter)
    if not rows or (heading_row is not None and not 1 <= heading_row <= len(rows)):
        raise FileInvalid("file.heading", field="heading_row", name=path.name, row=heading_row or 1)
    index, heading = heading_of(rows, None if heading_row is None else heading_row - 1)
    return Layout(
        encoding=found,
        delimiter=delimiter,
        heading_row=index + 1,
        heading_line=ends[index],
        columns=tuple(column_names(_unguarded(pa.array(heading)).to_pylist())),
        block_bytes=max(_BLOCK_BYTES, 2 * lines.longest),
        n_rows=max(0, lines.n - ends[index]),
    )


def read(path: Path, layout: Layout) -> Iterator[tuple[pa.RecordBatch, np.ndarray, list[Misfit]]]:
    """Rows as text with their row numbers; beside them those that cannot be cut into cells.

    An empty cell is null. Rows without any content are passed over, but counted.
    """
    misfits: list[Misfit] = []
    first_row = layout.heading_row + 1
    first_line = layout.heading_line + 1

    def keep(row: arrow_csv.InvalidRow) -> str:
        cells = next(csv.reader([row.text], delimiter=layout.delimiter), [])
        cells = _unguarded(pa.array(cells, pa.string())).to_pylist()
        number = row.number - first_line + first_row
        skipped.add(number)
        if any(cells):
            runs_on = "\n" in row.text and row.text.count('"') % 2
            misfits.append(Misfit(number, cells, "quote" if runs_on else "ragged"))
        return "skip"

    skipped: set[int] = set()
    next_row = first_row
    for batch in _batches(path, layout, keep):
        found, misfits = misfits, []
        numbers, next_row = _numbers(next_row, batch.num_rows, skipped)
        columns = [_unguarded(column) for column in batch.columns]
        rows = pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
        swallowing = _swallowing(rows, layout.delimiter)
        if rows.num_rows and _is_rest(path, layout.encoding, columns[-1][-1].as_py() or ""):
            swallowing = sorted({*swallowing, rows.num_rows - 1})
        if swallowing:
            found += [
                Misfit(int(numbers[place]), [column[place].as_py() for column in columns], "quote")
                for place in swallowing
            ]
            kept = np.ones(rows.num_rows, dtype=bool)
            kept[swallowing] = False
            rows, numbers = rows.filter(pa.array(kept)), numbers[kept]
        yield rows, numbers, found


def _swallowing(rows: pa.RecordBatch, delimiter: str) -> list[int]:
    """Rows with a quotation mark that is opened and not closed: whole rows are inside a cell."""
    width = rows.num_columns
    fewest = 1 if width > 3 else 3
    found = set()
    for column in rows.columns:
        for place in np.flatnonzero(pc.match_substring(column, "\n").fill_null(False)).tolist():
            inside = column[place].as_py().split("\n")[1:]
            whole = sum(line.count(delimiter) == width - 1 for line in inside)
            if width > 1 and whole >= fewest:
                found.add(place)
    return sorted(found)


def _is_rest(path: Path, encoding: str, cell: str) -> bool:
    """Whether a cell of several lines is all that is left of a file: its quote is never closed."""
    if "\n" not in cell:
        return False
    said = cell.replace('"', '""').encode(encoding).removeprefix("".encode(encoding))  # the mark
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, io.SEEK_END) - len(said)))
        return file.read() == said


def write(batches: Iterator[pa.RecordBatch], path: Path) -> None:
    """Write batches as CSV in UTF-8 that a spreadsheet opens without harm."""
    first = _guarded(next(batches))
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf")  # without it Excel takes Chinese text for something else
        with arrow_csv.CSVWriter(file, first.schema) as writer:
            for batch in chain([first], map(_guarded, batches)):
                writer.write_batch(batch)


def _guarded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Cells and headings that no spreadsheet runs as a formula."""
    names = _guarded_texts(pa.array(batch.schema.names)).to_pylist()
    arrays = [_guarded_texts(array) if pa.types.is_string(array.type) else array for array in batch]
    return pa.RecordBatch.from_arrays(arrays, names=names)


def _batches(
    path: Path, layout: Layout, keep: Callable[[arrow_csv.InvalidRow], str]
) -> Iterator[pa.RecordBatch]:
    names = list(layout.columns)
    empty = pa.RecordBatch.from_pydict({name: pa.array([], pa.string()) for name in names})
    try:
        with arrow_csv.open_csv(
            path,
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=layout.block_bytes,
                skip_rows=layout.heading_line,
                column_names=names,
                encoding=layout.encoding,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=layout.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        ) as reader:
            yield from reader
        yield empty
    except pa.ArrowInvalid as error:
        # Nothing below the heading; without a line end after it, Arrow says it so.
        if re.search("Empty CSV file|Could not skip initial", str(error)):
            yield empty
            return
        raise _unparsable(path, error) from error
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, layout.encoding, error) from error


def _numbers(first: int, count: int, skipped: set[int]) -> tuple[np.ndarray, int]:
    """The next `count` row numbers that were not skipped, and the number after them."""
    inside = len(skipped)
    numbers = np.arange(first, first + count + inside, dtype=np.int64)
    if skipped:
        numbers = numbers[~np.isin(numbers, np.fromiter(skipped, np.int64))]
    numbers = numbers[:count]
    return numbers, int(numbers[-1]) + 1 if count else first


def _wrong_encoding(path: Path, encoding: str, error: UnicodeDecodeError) -> Invalid:
    return FileInvalid(
        "file.encoding", field="encoding", name=path.name, encoding=encoding, why=error.reason
    )


def _unparsable(path: Path, error: Exception) -> Invalid:
    if "straddling" in str(error) or "out of sync" in str(error):
        return FileInvalid("file.quote", name=path.name)
    return FileInvalid("file.unreadable", name=path.name, why=error)


class _Lines(NamedTuple):
    """How many lines a file has at most, and the longest in bytes."""

    n: int
    longest: int


def _encoding(path: Path, stated: str | None) -> tuple[str, _Lines]:
    """The encoding of the whole file, and its lines."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
    if stated is not None:
        name = known_encoding(stated)
        fits, lines = _scan(path, name)
        if not fits:
            raise FileInvalid(
                "file.encoding", field="encoding", name=path.name, encoding=name, why="bytes"
            )
        return name, lines
    wide = wide_encoding(head)
    if wide is not None:
        return wide, _scan(path, None)[1]
    is_utf8, lines = _scan(path, "utf-8")
    return ("utf-8" if is_utf8 else _guess(path)), lines


def known_encoding(stated: str) -> str:
    """An encoding by the name that Python knows it by; raises Invalid where it knows none."""
    try:
        "".encode(stated)
    except (LookupError, ValueError) as error:
        raise FileInvalid("file.no_encoding", field="encoding", value=stated) from error
    name = codecs.lookup(stated).name.removesuffix("-sig")
    return "gb18030" if name in ("gb2312", "gbk") else name  # which it extends


def _scan(path: Path, encoding: str | None) -> tuple[bool, _Lines]:
    """Whether a file is of an encoding throughout, and its lines."""
    fits, count, longest, current = True, 1, 0, 0
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_SCAN_BYTES):
            ends = np.flatnonzero(np.frombuffer(chunk, np.uint8) == 0x0A)
            count += ends.size
            if ends.size:
                longest = max(longest, current + int(ends[0]), int(np.diff(ends).max(initial=0)))
                current = len(chunk) - int(ends[-1])
            else:
                current += len(chunk)
            if fits and encoding == "utf-8":
                fits, rest = _decodes(rest + chunk)
    return fits and not rest, _Lines(count, max(longest, current))


def _decodes(data: bytes) -> tuple[bool, bytes]:
    """Whether bytes are UTF-8, and the beginning of a character cut off at their end."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data" and len(data) - error.start < 4
        return cut, data[error.start :] if cut else b""
    return True, b""


def _guess(path: Path) -> str:
    """The likeliest encoding of a file that is not UTF-8."""
    sample = _not_ascii(path)
    pairs = _PAIR.findall(sample)
    if sum(_COMMON_CHINESE.fullmatch(pair) is not None for pair in pairs) > 0.9 * len(pairs):
        return "gb18030"
    best = charset_normalizer.from_bytes(sample, cp_isolation=list(_GUESSES)).best()
    if best is None:
        raise FileInvalid("file.which_encoding", field="encoding", name=path.name)
    return best.encoding


def _not_ascii(path: Path) -> bytes:
    """Lines that tell something about an encoding, from anywhere in a file."""
    found: list[bytes] = []
    with path.open("rb") as file:
        while len(found) < _TELLING_LINES and (line := file.readline(_SAMPLE_BYTES)):
            if not line.isascii():
                found.append(line)
    return b"".join(found)


def _delimiter(path: Path, text: str) -> str:
    """The character that cuts most rows of a sample into the same number of cells."""

    def fit(delimiter: str) -> tuple[float, int]:
        rows = [row for row in _sample(text, delimiter)[0] if any(row)]
        if not rows:
            return 0.0, 0
        width, count = Counter(len(row) for row in rows).most_common(1)[0]
        return (count / len(rows), width) if width > 1 else (0.0, 0)

    if not text.strip():
        raise FileInvalid("file.empty", name=path.name)
    return max(_DELIMITERS, key=fit)


def _sample(text: str, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first rows, and the physical line on which each ends."""
    rows: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num)
            if len(rows) == _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows, lines
