"""Export: what is written loads again without a difference, in every format."""

from __future__ import annotations

import csv
import json
import os
import re
import resource
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from ingesting import is_nothing, load
from pyproj.exceptions import ProjError

from geo.domain.site import Category, Grade
from geo.errors import Invalid
from geo.ingest.headings import fields, frame_said, understand
from geo.ingest.read import open_source
from geo.ingest.rows import Options
from geo.ingest.write import EXPORTS, write

FORMATS = [suffix for suffix in EXPORTS if suffix != ".json"]
SQUARE = shapely.box(117, 31, 118, 32)


def same(stated: gpd.GeoDataFrame, found: gpd.GeoDataFrame) -> None:
    """All fields of both are the same values; geometry to the last bit."""
    assert len(stated) == len(found)
    for name in stated.columns:
        if name == "geometry":
            expected = shapely.orient_polygons(stated.geometry.to_numpy())
            assert [g and g.wkb for g in expected] == [g and g.wkb for g in found.geometry]
        else:
            left = [None if is_nothing(value) else value for value in stated[name]]
            right = [None if is_nothing(value) else value for value in found[name]]
            assert left == right, name


def sites(**columns: list[Any]) -> gpd.GeoDataFrame:
    rows = len(next(iter(columns.values())))
    frame = {
        "id": [f"s{n}" for n in range(rows)],
        "name": ["甲"] * rows,
        "category": ["other"] * rows,
        "grade": ["other"] * rows,
    } | columns
    geometry = frame.pop("geometry", [None] * rows)
    data = {
        name: pd.array(values, dtype="Int64") if "workers" in name or name == "members" else values
        for name, values in frame.items()
    }
    return gpd.GeoDataFrame(data, geometry=geometry, crs=4326)


HARD = sites(
    id=["001", "=1+1", "'=x", "913401", "+86", "a\"b,c;d'"],
    name=["=cmd|' /C calc'!A0", "@SUM(1)", "-5", "＝1", "O'Neil, \"the\"; 汉字 😀", "<img>${x}`"],
    category=list(Category)[:6],
    grade=[*Grade, "other", "other"],
    workers=[0, None, 25, 499_999, 1, 2],
    migrant_workers=[None, 0, 5, 6, 1, 1],
    members=[0, 1, None, 3, 1, 1],
    address=["+1", "'-2", None, "''+3", "line one two", "2020-01-05"],
    credit_code=["91340100149163418X"[:0] or None] * 6,
    stated_division=["2020/01/05", "01", "0", "合肥", "340104", None],
    started_on=[date(2020, 1, 2), None, date(1999, 12, 31), None, None, date(1900, 1, 1)],
    ended_on=[None, date(2030, 1, 1), None, None, None, None],
    source=["=1", None, "'@x", "总工会调查 2026", "a,b", None],
    geometry=[
        shapely.Point(117.123456789, 31.1),
        SQUARE.difference(shapely.box(117.1, 31.1, 117.2, 31.2)),
        None,
        shapely.MultiPolygon([SQUARE, shapely.box(-170, -10, -169.000000001, -9)]),
        shapely.LineString([(117, 31), (117.5, 31.333333333)]),
        shapely.MultiPoint([(1, 2), (-0.000000001, 51.5)]),
    ],
)  # fmt: skip
UNIONS = gpd.GeoDataFrame(
    {
        "id": ["u1", "u2", "u3"],
        "name": ["甲工会", "区域", "行业"],
        "kind": ["enterprise", "regional_federation", "sectoral_federation"],
        "site_id": ["s1", None, None],
        "categories": [None, None, ["household_service", "logistics_hub"]],
        "members": pd.array([5, None, 0], dtype="Int64"),
        "founded_on": [date(2017, 2, 23), None, None],
        "dissolved_on": [None, date(2020, 2, 29), None],
        "parent": [None, None, "u2"],
        "exemplar": [True, False, False],
        "territory_adcodes": [None, ["340104", "340111"], None],
        "territory_site_id": [None, None, "z1"],
        "source": [None, "调查", "=1"],
    },
    geometry=[None, shapely.MultiPolygon([SQUARE]), None],
    crs=4326,
)
DIVISIONS = gpd.GeoDataFrame(
    {
        "adcode": ["01", "340104"],
        "name": ["Alabama", "蜀山区"],
        "name_en": [None, "Shushan"],
        "level": ["state", "county"],
        "parent": [None, "340100"],
    },
    geometry=[shapely.MultiPolygon([SQUARE]), shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])],
    crs=4326,
)
EVERYTHING = {"sites": HARD, "unions": UNIONS, "divisions": DIVISIONS}


@pytest.mark.parametrize("kind", EVERYTHING)
@pytest.mark.parametrize("suffix", FORMATS)
def test_there_and_back(tmp_path: Path, kind: str, suffix: str) -> None:
    frame = EVERYTHING[kind]
    path = tmp_path / f"out{suffix}"
    assert write(frame, path) == len(frame)
    loaded = load(path, kind, Options())
    assert loaded.problems == []
    same(frame, loaded.frame)
    assert loaded.mapping.unmapped == ()


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:3857", "gcj02", "bd09"])
def test_there_and_back_in_another_crs(tmp_path: Path, suffix: str, crs: str) -> None:
    frame = HARD
    path = tmp_path / f"out{suffix}"
    write(frame, path, crs=crs)
    stated = open_source(path).file_crs
    tells = suffix not in (".csv", ".xlsx")
    if suffix == ".geojsonl":  # RFC 8142 knows no other
        tells, crs = (False, crs) if crs in ("gcj02", "bd09") else (True, "wgs84")
    assert stated == (crs if tells else stated)
    loaded = load(path, crs=None if tells else crs)
    same(frame, loaded.frame)


@pytest.mark.parametrize("kind", EVERYTHING)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_a_table_says_its_shifted_frame(tmp_path: Path, kind: str, suffix: str, crs: str) -> None:
    path = tmp_path / f"out{suffix}"
    angles = np.linspace(0, 2 * np.pi, 4_000, endpoint=False)
    ring = np.round(np.column_stack([117 + np.cos(angles), 31 + np.sin(angles)]), 9)
    shapes = EVERYTHING[kind].geometry.to_list()
    shapes[1] = shapely.MultiPolygon([shapely.Polygon(ring)])  # goes on in the next cell
    frame = EVERYTHING[kind].set_geometry(shapes, crs=4326)
    write(frame, path, crs=crs)
    mapping = understand(open_source(path).columns, kind)
    assert frame_said(mapping) == crs
    assert mapping.unmapped == ()
    same(frame, load(path, kind, Options(), crs=crs).frame)


def test_what_is_written_is_in_the_crs_that_was_asked_for(tmp_path: Path) -> None:
    write(sites(geometry=[shapely.Point(117.28, 31.86)]), tmp_path / "out.csv", crs="EPSG:4548")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert abs(float(row["x"]) - 526_491.5) < 100
    assert abs(float(row["y"]) - 3_526_000) < 1000
    write(sites(geometry=[shapely.Point(117.28, 31.86)]), tmp_path / "out.gpkg", crs="EPSG:4548")
    assert gpd.read_file(tmp_path / "out.gpkg").crs == "EPSG:4548"


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_place_that_a_crs_has_no_coordinates_for_is_told_of(tmp_path: Path, suffix: str) -> None:
    """Formats would lose it, or hold an infinite number."""
    frame = sites(geometry=[shapely.Point(117, 31), None, shapely.box(20, 0, 21, 1)])
    write(frame, tmp_path / f"out{suffix}", crs="EPSG:3857")
    with pytest.raises(Invalid, match="s2 lies where WGS 84 / UTM zone 50N has no coordinates"):
        write(frame, tmp_path / f"out{suffix}", crs="EPSG:32650")


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Cn", "Co"])
    | st.sampled_from("=+-@'\",;|<>&#%! \t"),
    max_size=12,
)
COORDINATE = st.builds(
    lambda x, y: shapely.Point(round(x, 9) + 0.0, round(y, 9) + 0.0),
    st.floats(-180, 180),
    st.floats(-90, 90),
)
DATES = st.dates(date(1900, 1, 1), date(2200, 12, 31))
COUNT = st.none() | st.integers(0, 500_000)


def tidy(text: str) -> str | None:
    """As a loaded frame has it."""
    return " ".join(text.split()) or None


@pytest.mark.parametrize("suffix", FORMATS)
@settings(max_examples=25)
@given(
    rows=st.lists(
        st.tuples(TEXT, TEXT, COUNT, st.none() | COORDINATE, st.none() | DATES),
        min_size=1,
        max_size=6,
    )
)
def test_any_text_number_date_and_place(
    tmp_path_factory: Any, suffix: str, rows: list[tuple[Any, ...]]
) -> None:
    names, addresses, counts, places, days = zip(*rows, strict=True)
    kept = [f"x{tidy(name) or ''}" for name in names]
    frame = sites(
        name=kept,
        address=[None if tidy(a) is None else f"{tidy(a)}x" for a in addresses],
        workers=list(counts),
        started_on=list(days),
        geometry=[None if p is None or (p.x, p.y) == (0, 0) else p for p in places],
    )
    path = tmp_path_factory.mktemp("any") / f"out{suffix}"
    write(frame, path)
    same(frame, load(path).frame)


def test_no_cell_of_a_table_is_a_formula(tmp_path: Path) -> None:
    write(HARD, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            for name, cell in row.items():
                harmless = re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", cell)
                assert harmless or not cell.startswith(tuple("=+-@\t\r＝＋－＠")), name


def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    write(HARD, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert sheet["A3"].value == "=1+1"
    assert isinstance(sheet["E2"].value, int)
    assert sheet.freeze_panes == "A2"


def test_a_shape_longer_than_a_cell_of_a_workbook(tmp_path: Path) -> None:
    angle = np.linspace(0, 2 * np.pi, 5_000, endpoint=False)
    ring = np.round(np.column_stack([117 + np.cos(angle), 31 + np.sin(angle)]), 9)
    frame = sites(geometry=[shapely.Polygon(ring), shapely.Point(117, 31), SQUARE])
    write(frame, tmp_path / "out.xlsx")
    loaded = load(tmp_path / "out.xlsx")
    same(frame, loaded.frame)
    assert loaded.mapping.unmapped == ()


def test_many_frames_become_one_file_batch_by_batch(tmp_path: Path) -> None:
    """The frames are taken one at a time, as the file is written."""
    taken = []

    def frames() -> Any:
        for number in range(5):
            taken.append(number)
            yield HARD.assign(id=[f"{number}-{n}" for n in range(len(HARD))])

    for suffix in FORMATS:
        taken.clear()
        assert write(frames(), tmp_path / f"out{suffix}") == 5 * len(HARD)
        assert load(tmp_path / f"out{suffix}").read == 5 * len(HARD)
        assert taken == [0, 1, 2, 3, 4]


def test_a_large_frame_is_written_in_parts(tmp_path: Path) -> None:
    parts = [sites(id=[f"{part}-{n}" for n in range(40_000)]) for part in range(3)]
    frame = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True))
    assert write(frame, tmp_path / "out.parquet") == 120_000
    assert pq.ParquetFile(tmp_path / "out.parquet").num_row_groups == 3
    assert load(tmp_path / "out.parquet").column("id") == frame["id"].tolist()


def test_frames_as_a_load_makes_them_can_be_written(tmp_path: Path) -> None:
    write(HARD, tmp_path / "out.csv")
    frame = load(tmp_path / "out.csv", size=2).frame.drop(columns="row")
    for suffix in FORMATS:
        write(frame, tmp_path / f"again{suffix}")
        same(frame, load(tmp_path / f"again{suffix}").frame)


def test_an_empty_table_has_its_headings(tmp_path: Path) -> None:
    for suffix in FORMATS:
        path = tmp_path / f"out{suffix}"
        assert write(HARD.iloc[:0], path) == 0
        if suffix not in (".geojson", ".geojsonl"):  # which name fields only in features
            assert {"id", "name", "workers"} <= set(open_source(path).columns)


def test_derived_columns_come_after_and_are_passed_over(tmp_path: Path) -> None:
    frame = HARD.assign(coverage="none", adcode="340104", gap=pd.array([1] * 6, dtype="Int64"))
    write(frame, tmp_path / "out.csv")
    loaded = load(tmp_path / "out.csv")
    assert "coverage" not in loaded.frame
    assert set(loaded.mapping.unmapped) >= {"coverage", "gap"}
    assert loaded.column("stated_division") == [
        None if is_nothing(value) else value for value in HARD["stated_division"]
    ]


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_full_disk_is_said_to_be_one(tmp_path: Path, suffix: str) -> None:
    """Told as one of the system by all formats; nothing of the file stays."""
    rng = np.random.default_rng(1)
    frame = sites(geometry=shapely.points(rng.uniform(0, 80, (20_000, 2))))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OSError, match=r"too large|Error while writing"):
            write(frame, tmp_path / f"out{suffix}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_no_folder_pipe_or_link_is_replaced_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("folder.csv", "pipe.csv"):
        with pytest.raises(Invalid, match="is a folder or a pipe; name a file"):
            write(HARD, tmp_path / name)
    assert (tmp_path / "pipe.csv").is_fifo()
    (tmp_path / "link.csv").symlink_to(tmp_path / "folder.csv" / "real.csv")
    write(HARD, tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    same(HARD, load(tmp_path / "folder.csv" / "real.csv").frame)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def breaking() -> Any:
        yield HARD
        raise RuntimeError("the server went away")

    for suffix in FORMATS:
        path = tmp_path / f"out{suffix}"
        path.write_text("before")
        with pytest.raises(RuntimeError, match="went away"):
            write(breaking(), path)
        assert path.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"out{s}" for s in FORMATS)


@pytest.mark.parametrize("name", ["out", "out.shp", "out.zip", "out.docx"])
def test_other_formats_are_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid, match=r"no format that can be written; there are \.csv, \.xlsx"):
        write(HARD, tmp_path / name)


def test_other_programs_read_it_alike(tmp_path: Path) -> None:
    """GeoPandas, by GDAL and by pyarrow, as an independent reader."""
    write(HARD, tmp_path / "out.parquet")
    write(HARD, tmp_path / "out.gpkg")
    for found in (gpd.read_parquet(tmp_path / "out.parquet"), gpd.read_file(tmp_path / "out.gpkg")):
        assert found.crs == 4326
        assert found["name"].tolist() == HARD["name"].tolist()
        assert found.geometry.iloc[0].equals(HARD.geometry[0])
        assert found.geometry.iloc[2] is None


def test_all_fields_of_the_contract_are_in_the_round_trip() -> None:
    here = {"lon", "lat", "lonlat", "industry_code"}
    assert set(HARD.columns) == set(fields("sites")) - here
    attaching = {"site_credit_code", "site_name", "site_division"}
    assert set(UNIONS.columns) == set(fields("unions")) - attaching
    assert set(DIVISIONS.columns) == set(fields("divisions"))


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet"])
def test_no_program_moves_a_shifted_frame_as_if_it_were_wgs84(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    write(HARD, path, crs="gcj02")
    found = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path)
    assert found.crs is not None
    assert found.crs.name == "GCJ-02"
    with pytest.raises(ProjError):
        found.to_crs(4326)


def test_a_geojson_in_a_shifted_frame_describes_itself_so(tmp_path: Path) -> None:
    write(HARD, tmp_path / "out.geojson", crs="bd09")
    written = json.loads((tmp_path / "out.geojson").read_text(encoding="utf-8"))
    assert written["description"] == "BD-09"
    assert "crs" not in written
