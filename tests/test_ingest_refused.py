"""Refused rows: given back in their own format, with what is wrong; mended, they load."""

from __future__ import annotations

import datetime
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
import xlwt
from ingesting import Loaded, csv_file, load, xlsx_file

from geo.errors import Invalid
from geo.ingest import refused
from geo.ingest.read import open_source
from geo.ingest.refused import write_refused
from geo.ingest.sniff import Format

HEADING = ["名称", "职工人数", "统一社会信用代码", "经度", "纬度", "备注"]
ROWS = [
    ["甲公司", "120", "", "117.28", "31.86", "好"],
    ["乙公司", "许多", "9.13401E+17", "117.28", "31.86", "-5"],
    ["丙公司", "30", "", "999", "31.86", "=1+1"],
    ["丁公司", "0", "", "", "", "'quoted"],
]


def mend(text: str) -> str:
    return text.replace("许多", "50").replace("9.13401E+17", "").replace("999", "117.3")


def give_back(loaded: Loaded, out: Path, language: str = "en") -> int:
    return write_refused(loaded.source, loaded.problems, out, language)


def test_a_table_is_mended_and_loaded(tmp_path: Path) -> None:
    loaded = load(csv_file(tmp_path / "in.csv", [HEADING, *ROWS], "gb18030", ";"))
    out = tmp_path / f"refused{refused.suffix(loaded.source)}"
    assert out.suffix == ".csv"
    assert give_back(loaded, out) == 2
    table = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert list(table.columns) == ["problem", *HEADING]
    assert table["名称"].tolist() == ["乙公司", "丙公司"]
    assert table["problem"][0].startswith("Credit code: a spreadsheet has shortened")
    assert "Workers: “许多” is not a headcount" in table["problem"][0]
    out.write_text(mend(out.read_text(encoding="utf-8-sig")), encoding="utf-8")
    again = load(out)
    assert again.column("name") == ["乙公司", "丙公司"]
    assert again.column("workers") == [50, 30]
    assert again.mapping.as_dict() == loaded.mapping.as_dict()
    assert again.mapping.unmapped == ("problem", "备注")


def test_cells_come_back_as_they_were_and_run_nothing(tmp_path: Path) -> None:
    """-5 is a number and stays one; =1+1 is guarded in the file, and is itself once read."""
    rows = [HEADING, *([name, "x", "", "", "", remark] for name, *_, remark in ROWS)]
    loaded = load(csv_file(tmp_path / "in.csv", rows))
    out = tmp_path / "out.csv"
    assert give_back(loaded, out) == 4
    remarks = pd.read_csv(out, dtype=str)["备注"].tolist()
    assert remarks == ["好", "-5", "'=1+1", "'quoted"]
    (batch, *_) = open_source(out).batches()
    assert batch.rows.column("备注").to_pylist() == ["好", "-5", "=1+1", "'quoted"]


def test_rows_of_too_many_cells_keep_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('name,address\na,b\nc,d,e,"f,g"\nh\n')
    loaded = load(path)
    out = tmp_path / "out.csv"
    assert give_back(loaded, out) == 2
    table = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert list(table.columns) == ["problem", "name", "address", "#3", "#4"]
    assert table.iloc[:, 1:].to_numpy().tolist() == [["c", "d", "e", "f,g"], ["h", "", "", ""]]


def test_a_workbook_comes_back_as_a_workbook(tmp_path: Path) -> None:
    rows = [["统计表"], HEADING, *ROWS, ["戊", datetime.date(2020, 1, 1), None, None, None, 1.5]]
    loaded = load(xlsx_file(tmp_path / "in.xlsx", rows, "A1:F1"))
    out = tmp_path / f"refused{refused.suffix(loaded.source)}"
    assert give_back(loaded, out, "zh") == 3
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    values = list(sheet.iter_rows(values_only=True))
    assert values[0] == ("问题", *HEADING)
    assert [row[1] for row in values[1:]] == ["乙公司", "丙公司", "戊"]
    assert values[2][-1] == "=1+1"
    assert sheet["G3"].data_type == "s"  # a text, not a formula
    assert values[3][2] == "2020-01-01"
    for cell in ("C2", "D2", "E3", "C4"):
        sheet[cell] = {"C2": 50, "E3": 117.3, "C4": 7}.get(cell)
    sheet.parent.save(out)
    assert load(out).column("workers") == [50, 30, 7]


def test_an_old_workbook_comes_back_as_a_new_one(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for number, row in enumerate([["名称", "职工人数"], ["甲", "许多"]]):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    book.save(str(tmp_path / "in.xls"))
    loaded = load(tmp_path / "in.xls")
    assert refused.suffix(loaded.source) == ".xlsx"
    give_back(loaded, tmp_path / "out.xlsx")
    assert open_source(tmp_path / "out.xlsx").format is Format.XLSX


SHAPES = gpd.GeoDataFrame(
    {"name": ["a", "b", "c"], "workers": ["5", "many", "7"]},
    geometry=[
        shapely.box(117, 31, 118, 32),
        shapely.box(117, 31, 118, 33),
        shapely.box(1, 1, 2, 2),
    ],
    crs=4326,
)


@pytest.mark.parametrize(
    ("suffix", "driver", "epsg"),
    [
        (".gpkg", "GPKG", 4548),
        (".geojson", "GeoJSON", 4326),
        (".geojsonl", "GeoJSONSeq", 4326),
        (".fgb", "FlatGeobuf", 3857),
        (".parquet", None, 4490),
        (".zip", "ESRI Shapefile", 4548),
    ],
)
def test_features_come_back_in_their_format_and_crs(
    tmp_path: Path, suffix: str, driver: str | None, epsg: int
) -> None:
    frame = SHAPES.to_crs(epsg)
    path = tmp_path / f"in{'.shp' if suffix == '.zip' else suffix}"
    if driver is None:
        frame.to_parquet(path)
    else:
        pyogrio.write_dataframe(frame, path, driver=driver)
    loaded = load(path)
    assert loaded.refused.keys() == {2}
    assert refused.suffix(loaded.source) == suffix
    out = tmp_path / f"out{suffix}"
    assert give_back(loaded, out) == 1
    source = open_source(out)
    assert source.crs == loaded.source.crs
    (batch,) = source.batches()
    assert batch.rows.column("name").to_pylist() == ["b"]
    assert batch.rows.column("problem")[0].as_py().startswith("Workers: “many” is not")
    mended = load(out, overrides={"workers": ""})
    assert shapely.equals_exact(
        mended.frame.geometry[0].normalize(), SHAPES.geometry[1].normalize(), tolerance=1e-8
    )


def test_kml_and_topojson_come_back_as_geojson(tmp_path: Path) -> None:
    path = tmp_path / "in.kml"
    pyogrio.write_dataframe(SHAPES[["name", "workers", "geometry"]], path, driver="LIBKML")
    loaded = load(path)
    assert loaded.source.format is Format.KML
    assert refused.suffix(loaded.source) == ".geojson"
    give_back(loaded, tmp_path / "out.geojson")
    assert open_source(tmp_path / "out.geojson").format is Format.GEOJSON


def test_another_format_may_be_asked_for(tmp_path: Path) -> None:
    """Shapes go into a table as WKT."""
    SHAPES.to_parquet(tmp_path / "in.parquet")
    loaded = load(tmp_path / "in.parquet")
    give_back(loaded, tmp_path / "out.csv")
    again = load(tmp_path / "out.csv", overrides={"workers": ""})
    assert again.frame.geometry[0].equals(SHAPES.geometry[1])


def test_a_table_does_not_become_a_shapefile(tmp_path: Path) -> None:
    loaded = load(csv_file(tmp_path / "in.csv", [["name", "workers"], ["a", "x"]]))
    write_refused(loaded.source, loaded.problems, tmp_path / "out.zip")
    assert load(tmp_path / "out.zip").source.format is Format.CSV


def test_refused_rows_of_gcj02_say_so_and_load_as_gcj02(tmp_path: Path) -> None:
    SHAPES.to_file(tmp_path / "in.gpkg")
    loaded = load(tmp_path / "in.gpkg", crs="gcj02")
    give_back(loaded, tmp_path / "out.gpkg")
    source = open_source(tmp_path / "out.gpkg")
    assert source.file_crs == "gcj02"
    (batch,) = source.batches()
    (raw,) = shapely.from_wkb(batch.rows.column("geometry").to_pylist())
    assert raw.equals(SHAPES.geometry[1])


HOSTILE = [["名称", "职工人数", "=1+1", "@SUM(A1)"], ["乙\x01公司\uffff", "许多", "a", "b"]]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_headings_run_nothing_either_and_come_back(tmp_path: Path, suffix: str) -> None:
    loaded = load(csv_file(tmp_path / "in.csv", HOSTILE))
    out = tmp_path / f"out{suffix}"
    assert give_back(loaded, out) == 1
    if suffix == ".csv":
        heading = out.read_text(encoding="utf-8-sig").splitlines()[0]
        assert heading == '"problem","名称","职工人数","\'=1+1","\'@SUM(A1)"'
    else:
        sheet = openpyxl.load_workbook(out).active
        assert sheet is not None
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert open_source(out).columns == ("problem", *HOSTILE[0])


def test_what_a_workbook_cannot_hold(tmp_path: Path) -> None:
    loaded = load(csv_file(tmp_path / "in.csv", HOSTILE))
    give_back(loaded, tmp_path / "out.xlsx")
    assert load(tmp_path / "out.xlsx", overrides={"workers": ""}).column("name") == ["乙 公司"]
    long = load(csv_file(tmp_path / "long.csv", [["名称", "职工人数"], ["长" * 32_768, "许多"]]))
    with pytest.raises(Invalid, match=r"a text has 32,768 characters, a cell holds 32,767"):
        give_back(long, tmp_path / "long.xlsx")
    assert not (tmp_path / "long.xlsx").exists()


def test_a_file_may_already_have_a_column_of_problems(tmp_path: Path) -> None:
    """Rows that are refused a second time."""
    first = load(csv_file(tmp_path / "in.csv", [["problem", "name", "workers"], ["old", "a", "x"]]))
    give_back(first, tmp_path / "out.csv")
    assert open_source(tmp_path / "out.csv").columns == ("problem'", "problem", "name", "workers")


def test_nothing_refused_is_an_empty_file(tmp_path: Path) -> None:
    loaded = load(csv_file(tmp_path / "in.csv", [["name"], ["a"]]))
    assert give_back(loaded, tmp_path / "out.csv") == 0
    assert open_source(tmp_path / "out.csv").columns == ("problem", "name")
