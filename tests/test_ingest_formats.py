"""What a file is, whatever its name says; what it is not, is said."""

from __future__ import annotations

import errno
import io
import os
import struct
from pathlib import Path

import pytest
import xlwt
from ingesting import POINT, csv_file, load, refused, xlsx_file, zip_file

from geo.errors import Invalid
from geo.ingest.read import open_source
from geo.ingest.sniff import Format, format_of


def test_a_name_says_nothing(tmp_path: Path) -> None:
    workbook = xlsx_file(tmp_path / "in.csv", [["name"], ["a"]])
    table = csv_file(tmp_path / "in.xlsx", [["name"], ["a"]])
    POINT.to_file(tmp_path / "in.gpkg")
    (tmp_path / "in.gpkg").rename(tmp_path / "in.geojson")
    assert format_of(workbook) is Format.XLSX
    assert format_of(table) is Format.CSV
    assert format_of(tmp_path / "in.geojson") is Format.GEOPACKAGE
    assert load(workbook).column("name") == load(table).column("name") == ["a"]


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"%PDF-1.7\n\x00\x01\x02",
        b"\x7fELF\x02\x01\x01\x00\x00",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    ],
)
def test_other_files_are_of_no_known_format(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    refused(tmp_path / "in.csv", "no known format; CSV, XLSX")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1}', "JSON but not GeoJSON"),
        ('[{"name": "a"}]', "save it as CSV or GeoJSON"),
        ('[\n {\n  "name": "a",\n  "lon": 1\n }\n]', "JSON but not GeoJSON"),
        ('{"a":' * 9_999 + "1" + "}" * 9_999, "JSON but not GeoJSON"),
        (
            '{"type": "FeatureCollection", "crs": ' + '{"a":' * 9_999 + "1" + "}" * 10_000,
            "cannot be read",
        ),
        ("[1, 2]", "no column is known"),
        ("<html><body></body></html>", "a web page but not KML"),
        ("<kml><", "not well-formed XML"),
    ],
)
def test_other_text_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "in").write_text(text)
    refused(tmp_path / "in", why)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="there is no file"):
        open_source(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(Invalid, match="a folder or a pipe"):
            open_source(path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    path = csv_file(tmp_path / "in.csv", [["name"], ["a"]])
    monkeypatch.setattr(Path, "open", refuse)  # the administrator may read everything
    with pytest.raises(Invalid, match=r"in\.csv cannot be opened: Permission denied"):
        open_source(path)


def test_an_archive_of_something_else(tmp_path: Path) -> None:
    refused(zip_file(tmp_path / "in.zip", {"a.csv": b"name\na"}), "unpack it and load the file")


def test_a_damaged_archive(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "in.xlsx", [["name"], ["a"]])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    refused(path, "damaged or locked archive")


def test_a_damaged_workbook(tmp_path: Path) -> None:
    (tmp_path / "in.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000)
    refused(tmp_path / "in.xlsx", "damaged workbook")


@pytest.mark.parametrize("name", ["in.xlsx", "in.xls", "in.XLSX", "in.dat"])
def test_a_locked_workbook(tmp_path: Path, name: str) -> None:
    """An encrypted XLSX is an OLE file, as an XLS is, of another stream."""
    path = tmp_path / name
    unlocked = xls_file(path).read_bytes()
    path.write_bytes(unlocked.replace(stream("Workbook"), stream("EncryptedPackage")))
    refused(path, "locked with a password")


@pytest.mark.parametrize("suffix", [".xls", ".xlsx", ".xlsb", ".ods", ""])
def test_a_workbook_is_told_by_its_content(tmp_path: Path, suffix: str) -> None:
    """Many programs call a workbook .xls or .xlsx whatever it is."""
    for path in (
        xlsx_file(tmp_path / f"new{suffix}", [["name"], ["a"]]),
        xls_file(tmp_path / f"old{suffix}"),
    ):
        (batch,) = open_source(path).batches()
        assert batch.rows.to_pylist() == [{"name": "a"}]


def xls_file(path: Path) -> Path:
    """A sheet with one column `name` and one row `a`."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("sites")
    for number, text in enumerate(("name", "a")):
        sheet.write(number, 0, text)
    content = io.BytesIO()
    book.save(content)
    path.write_bytes(content.getvalue())
    return path


def stream(name: str) -> bytes:
    """The name of a stream and its length, as the directory of an OLE file has them."""
    text = f"{name}\0".encode("utf-16-le")
    return text.ljust(64, b"\0") + struct.pack("<H", len(text))
