"""Files as clerks make them, and the short way through geo.ingest that the tests take."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from openpyxl.cell import Cell

from geo.domain.credit_code import check_character
from geo.domain.words import word
from geo.errors import Invalid, Problem
from geo.ingest import headings
from geo.ingest.check import check_divisions, check_sites, check_unions
from geo.ingest.read import BATCH_ROWS, Source, open_source
from geo.ingest.rows import Options
from geo.ingest.values import Parsed

CHECKS = {"sites": check_sites, "unions": check_unions, "divisions": check_divisions}
POINT = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(1, 2)], crs=4326)
FEATURE = json.dumps({"type": "Feature", "properties": {"name": "a"}, "geometry": None})
SHEET = "xl/worksheets/sheet1.xml"
CODE = "91340100149163418" + check_character("91340100149163418")


@dataclass
class Loaded:
    """All batches of a file, checked."""

    source: Source
    mapping: headings.Mapping
    frame: gpd.GeoDataFrame
    problems: list[Problem]
    notes: list[Problem]
    read: int

    @property
    def refused(self) -> dict[int, str]:
        """The reasons by row."""
        return {problem.row: problem.reason for problem in self.problems if problem.row}

    def column(self, name: str) -> list[Any]:
        """The values of a field, None where there is none."""
        return [None if is_nothing(value) else value for value in self.frame[name].tolist()]

    def said(self, row: int) -> list[str]:
        """The notes on a row."""
        return [note.reason for note in self.notes if note.row == row]


Load = Callable[..., Loaded]


def is_nothing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def load(
    path: Path,
    kind: str = "sites",
    options: Options = Options(category="other"),  # noqa: B008
    overrides: Mapping[str, str] | None = None,
    size: int = BATCH_ROWS,
    **opened: Any,
) -> Loaded:
    """Open, understand and check a file; read = kept + refused is asserted for every batch."""
    source = open_source(path, **opened)
    mapping = headings.understand(
        source.columns,
        kind,
        overrides,
        source.tells_apart,
        source.industry_field,
        is_cut=source.is_cut,
    )
    frames, problems, notes, read = [], [], [], 0
    for batch in source.batches(size):
        checked = CHECKS[kind](batch, mapping, options)
        assert checked.n_read == len(checked.frame) + checked.n_refused
        assert set(checked.frame["row"]).isdisjoint(problem.row for problem in checked.problems)
        frames.append(checked.frame)
        problems += checked.problems
        notes += checked.notes
        read += checked.n_read
    frame = pd.concat(frames, ignore_index=True)
    return Loaded(source, mapping, frame, problems, notes, read)


def refused(path: Path, match: str) -> None:
    """Loading this file is refused, for this reason."""
    with pytest.raises(Invalid, match=match) as caught:
        load(path)
    assert caught.value.problems


def csv_file(
    path: Path,
    rows: Iterable[Sequence[Any]],
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Path:
    """A delimited file as spreadsheets write it."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def xlsx_file(path: Path, rows: Iterable[Sequence[Any]], *merged: str) -> Path:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    for cells in merged:
        sheet.merge_cells(cells)
    book.save(path)
    return path


def _cell(sheet: Any, value: Any) -> Any:
    """A text stays a text, also if it begins like a formula."""
    if not isinstance(value, str):
        return value
    cell = Cell(sheet, column=1, row=1, value=value)
    cell.data_type = "s"
    return cell


def zip_file(path: Path, members: Mapping[str, bytes]) -> Path:
    """An archive with the given members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def sheet_of(rows: str) -> bytes:
    """The part of a workbook that is a sheet of these rows."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>".encode()


def workbook_with(path: Path, changed: dict[str, bytes]) -> Path:
    """A workbook some of whose parts are other ones."""
    honest = xlsx_file(path.with_name("honest.xlsx"), [["name"], ["a"]])
    with zipfile.ZipFile(honest) as archive:
        return zip_file(path, {n: archive.read(n) for n in archive.namelist()} | changed)


def shapes_file(path: Path, *geometries: Any, **columns: Any) -> Path:
    """A GeoParquet file of these geometries."""
    frame = gpd.GeoDataFrame(
        {"name": [f"n{place}" for place in range(len(geometries))], **columns},
        geometry=list(geometries),
        crs=4326,
    )
    frame.to_parquet(path)
    return path


def texts(*cells: str | None) -> pa.Array:
    """A column of these cells."""
    return pa.array(cells, pa.string())


def one(parsed: Parsed) -> object:
    """The single value, or the key of the reason why there is none, or value and key of a note."""
    (value,) = parsed.values.to_pylist()
    for said in (parsed.problems, parsed.notes):
        for reason in said.values():  # every reason can be worded
            assert word(f"import.{reason.key}", "zh", **reason.values)
            assert word(f"import.{reason.key}", "en", **reason.values)
    if parsed.problems:
        assert value is None
        return f"!{parsed.problems[0].key}"
    return (value, parsed.notes[0].key) if parsed.notes else value
