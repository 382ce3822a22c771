"""Files that unpack to more than memory holds: archives, columns, sheets, lines without an end."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingesting import SHEET, csv_file, load, refused, sheet_of, workbook_with, zip_file

from geo.ingest import oversize, parquet, sniff


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "in.xlsx", {"xl/workbook.xml": b"\x00" * (70 * 2**20)})
    assert path.stat().st_size < 2**20
    refused(path, "unpacks to more than can be taken")


def test_a_zip_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "in.xlsx", {"xl/workbook.xml": b"\x00" * (70 * 2**20)})
    content = path.read_bytes()
    size = (70 * 2**20).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (100).to_bytes(4, "little")))
    refused(path, "unpacks to more than can be taken")


@pytest.mark.parametrize("typed", [True, False])
def test_a_parquet_bomb(tmp_path: Path, typed: bool) -> None:
    """One text for all rows takes next to no room, until each row has it."""
    text, rows = "a" * 20_000, 50_000
    names = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), [text])
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({"name": names}), path, store_schema=typed)
    assert path.stat().st_size < 2**16
    refused(path, "unpacks to more than can be taken")


def test_a_parquet_bomb_of_repetition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "MAX_COLUMN_BYTES", 2**20)
    path, table = tmp_path / "in.parquet", pa.table({"name": ["a" * 20_000] * 100})
    pq.write_table(table, path, use_dictionary=False, compression="zstd")
    refused(path, "unpacks to more than can be taken")
    pq.write_table(table, path, use_dictionary=False, compression="none")
    assert len(load(path).column("name")) == 100


def test_too_many_members(tmp_path: Path) -> None:
    members = {f"{n}.shp": b"" for n in range(sniff.MAX_MEMBERS + 1)}
    refused(zip_file(tmp_path / "in.zip", members), "holds 10,001 files")


@pytest.mark.parametrize("row", [1_000_000, 1_048_576])
def test_a_lonely_cell_in_the_last_corner(tmp_path: Path, row: int) -> None:
    """The sheet would be 17 thousand million cells in memory."""
    path = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "name"
    sheet["A2"] = "a"
    sheet[f"XFD{row}"] = 1
    book.save(path)
    refused(path, f"spans {row:,} rows and 16,384 columns")


def test_absurdly_many_columns(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [["name", *(f"c{n}" for n in range(3000))]])
    refused(path, "3,001 columns, at most 2,000")


def test_the_bound_on_cells_allows_a_full_sheet_of_usual_width() -> None:
    assert oversize.MAX_CELLS > 1_048_576 * 30


def test_one_long_text_in_many_cells(tmp_path: Path) -> None:
    """Each cell has it for itself in memory: 2,000 x 1 MB."""
    names = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 2001))
    text = "y" * (oversize.MAX_TEXT_BYTES - 1000)
    texts = f"<sst><si><t>{text}</t></si><si><t>x</t></si></sst>".encode()
    changed = {SHEET: sheet_of(names), "xl/sharedStrings.xml": texts}
    path = workbook_with(tmp_path / "in.xlsx", changed)
    assert path.stat().st_size < 2**16
    refused(path, "unpacks to more than can be taken")
    once = names.replace("<v>0</v>", "<v>1</v>").replace("<v>1</v>", "<v>0</v>", 1)
    oversize.refuse_oversize(workbook_with(path, changed | {SHEET: sheet_of(once)}))


def test_a_sheet_may_be_any_member(tmp_path: Path) -> None:
    rows = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    refused(workbook_with(tmp_path / "in.xlsx", {"xl/else.bin": sheet_of(rows)}), "spans 1,048,576")


def test_a_million_cells_in_a_row_that_do_not_say_where_they_stand(tmp_path: Path) -> None:
    """With the last row they span 10^12 cells."""
    beside = "<c><v>1</v></c>" * 1_000_000
    rows = f'<row>{beside}</row><row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    refused(workbook_with(tmp_path / "in.xlsx", {SHEET: sheet_of(rows)}), "1,000,001 columns")


def test_cells_that_do_not_say_where_they_stand_are_read(tmp_path: Path) -> None:
    cells = ["name", "workers", "a", "5", "b", "6"]
    written = [f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells]
    rows = "".join(f"<row>{a}{b}</row>" for a, b in zip(*[iter(written)] * 2, strict=True))
    loaded = load(workbook_with(tmp_path / "in.xlsx", {SHEET: sheet_of(rows)}))
    assert loaded.column("name") == ["a", "b"]
    assert loaded.column("workers") == [5, 6]


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml"])
def test_a_cell_of_enormous_length(tmp_path: Path, part: str) -> None:
    text = "y" * (oversize.MAX_TEXT_BYTES + 1)
    content = sheet_of(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>')
    refused(workbook_with(tmp_path / "in.xlsx", {part: content}), "a cell of more than 1,048,576")


def test_a_line_of_enormous_length(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"name\n" + b"y" * (80 * 2**20) + b"\n")
    refused(path, "a line of 83,886,081 bytes")


def test_a_file_that_is_mostly_a_hole(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    with path.open("wb") as file:
        file.write(b"name\n")
        file.truncate(80 * 2**20)
    refused(path, "no known format")


def test_a_first_line_without_an_end(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name" * 100_000)
    refused(path, "no row 1 to be its heading")


def test_a_million_columns_are_counted_at_once(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name," + "a," * 1_000_000 + "\nx")
    refused(path, "columns, at most 2,000")
