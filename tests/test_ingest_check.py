"""Rows as canonical frames: sites, unions and divisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from ingesting import Loaded, csv_file, load

from geo.domain.credit_code import check_character
from geo.domain.site import Category
from geo.domain.union import UnionKind
from geo.errors import Invalid
from geo.ingest.rows import Options

OTHER = Options(category=Category.OTHER)
CODE = "91340100149163418" + check_character("91340100149163418")


@pytest.fixture
def sites(tmp_path: Path) -> Any:
    """Load a table of sites: the first row is the heading."""

    def read(
        *rows: Sequence[Any],
        options: Options = OTHER,
        overrides: dict[str, str] | None = None,
        **opened: Any,
    ) -> Loaded:
        return load(csv_file(tmp_path / "in.csv", rows), "sites", options, overrides, **opened)

    return read


@pytest.fixture
def unions(tmp_path: Path) -> Any:
    def read(*rows: Sequence[Any], options: Options = Options()) -> Loaded:  # noqa: B008
        return load(csv_file(tmp_path / "in.csv", rows), "unions", options)

    return read


def test_the_canonical_frame(sites: Any) -> None:
    loaded = sites(
        ["id", "name", "category", "grade", "workers", "migrant_workers", "members", "address",
         "credit_code", "stated_division", "started_on", "ended_on", "lon", "lat"],
        ["s1", "甲", "物流企业", "省级", "120", "80", "60", "路1号", CODE, "340104", "2020-01-05",
         "2022年", "117.28", "31.86"],
    )  # fmt: skip
    (row,) = loaded.frame.drop(columns="geometry").to_dict("records")
    assert row == {
        "row": 2,
        "id": "s1",
        "name": "甲",
        "address": "路1号",
        "stated_division": "340104",
        "credit_code": CODE,
        "workers": 120,
        "migrant_workers": 80,
        "members": 60,
        "category": "logistics_hub",
        "grade": "provincial",
        "started_on": date(2020, 1, 5),
        "ended_on": date(2022, 12, 31),
    }
    assert loaded.frame.crs == 4326
    assert loaded.frame.geometry[0] == shapely.Point(117.28, 31.86)
    assert [n.reason for n in loaded.notes] == ["“2022年” was read as 2022-12-31"]


def test_unknown_is_not_zero(sites: Any) -> None:
    loaded = sites(["name", "workers"], ["a", "0"], ["b", ""], ["c", "不详"], ["d", "无"])
    assert loaded.column("workers") == [0, None, None, None]
    assert loaded.frame["workers"].dtype == "Int64"


def test_what_a_file_does_not_speak_of_is_not_in_the_frame(sites: Any) -> None:
    """So that a load leaves those fields of a known site as they are."""
    assert list(sites(["id", "name"], ["1", "a"]).frame.columns) == [
        "row",
        "id",
        "name",
        "category",
    ]


def test_a_site_needs_a_name_or_an_id(sites: Any) -> None:
    loaded = sites(["id", "name"], ["1", ""], ["", "b"], ["", ""], ["无", "-"], ["", "b2"])
    assert loaded.column("name") == ["1", "b", "b2"]
    assert loaded.column("id")[0] == "1"
    # A row of which no cell says anything is not a row.
    assert loaded.refused == {5: "the name is missing; give a name or an id"}
    assert loaded.said(2) == ["without a name; the id stands for it"]
    assert loaded.said(3) == ["without an id; one was derived from name and address"]


def test_an_id_is_derived_from_what_does_not_change(sites: Any) -> None:
    heading = ["name", "address", "stated_division", "workers", "started_on", "category"]
    first = sites(heading, ["甲公司", "长江西路1号", "340104", "5", "2020-01-01", "other"])
    again = sites(heading, [" 甲公司　", "长江西路１号", "340104", "50", "2021-01-01", "物流"])
    other = sites(heading, ["甲公司", "长江西路2号", "340104", "5", "2020-01-01", "other"])
    (first_id,) = first.column("id")
    assert first_id.startswith("antu-")
    assert again.column("id") == [first_id]
    assert other.column("id") != [first_id]


def test_a_derived_id_is_the_same_in_every_release(sites: Any) -> None:
    loaded = sites(["name", "address"], ["甲公司", "长江西路1号"])
    assert loaded.column("id") == ["antu-c6de466e5a635a29b8bc"]


def test_an_id_derived_from_the_point_stands_a_few_metres(sites: Any) -> None:
    """Where there is no address: two branches of a name are two sites."""
    loaded = sites(
        ["name", "lon", "lat"],
        ["甲", "117.28001", "31.86001"],
        ["甲", "117.28002", "31.86002"],
        ["甲", "117.29", "31.86"],
    )
    one, near, far = loaded.column("id")
    assert one == near != far


def test_a_valid_credit_code_is_the_id_of_a_site_without_one(sites: Any) -> None:
    loaded = sites(["name", "credit_code"], ["甲", CODE], ["乙", ""])
    assert loaded.column("id")[0] == CODE
    assert loaded.column("id")[1].startswith("antu-")


def test_the_code_of_a_builder_does_not_tell_its_projects(sites: Any) -> None:
    loaded = sites(
        ["name", "category", "credit_code"],
        ["一期", "建筑项目", CODE],
        ["二期", "建筑项目", CODE],
        ["公司", "物流", CODE],
    )
    first, second, company = loaded.column("id")
    assert company == CODE
    assert first != second
    assert first.startswith("antu-")


def test_ids_that_only_count_the_rows_are_noted(sites: Any) -> None:
    rows = [[str(n), f"n{n}"] for n in range(1, 6)]
    loaded = sites(["id", "name"], *rows)
    assert [(n.row, n.field) for n in loaded.notes] == [(2, "id")]
    assert "only count the rows" in loaded.notes[0].reason
    assert sites(["id", "name"], *reversed(rows)).notes == []
    assert sites(["编号", "name"], *rows).column("id")[0].startswith("antu-")


@given(names=st.lists(st.text("甲乙丙ab1-·", min_size=1, max_size=4), min_size=1, max_size=8))
def test_different_names_get_different_ids(tmp_path_factory: Any, names: list[str]) -> None:
    path = csv_file(
        tmp_path_factory.mktemp("ids") / "in.csv",
        [["name", "address"], *([f"x{name}", "same"] for name in names)],
    )
    loaded = load(path)
    assert len(set(loaded.column("id"))) == len({name.casefold() for name in names})


def test_the_category_comes_from_column_industry_or_option(sites: Any) -> None:
    rows = (
        ["name", "category", "industry_code"],
        ["a", "物流", "4710"],
        ["b", "", "4710"],
        ["c", "", ""],
        ["d", "spaceport", ""],
        ["e", "", "x"],
    )
    loaded = sites(*rows, options=Options(category=Category.OTHER))
    assert loaded.column("category") == [
        "logistics_hub", "building_project", "other", "other", "other",
    ]  # fmt: skip
    assert loaded.said(5) == ["“spaceport” is no known category; taken as other"]
    loaded = sites(*rows, options=Options())
    assert loaded.column("category") == ["logistics_hub", "building_project"]
    assert loaded.refused[4] == "the category is missing"
    assert loaded.refused[5].startswith("“spaceport” is no known category; there are")
    assert loaded.refused[6] == "“x” is no industry code of GB/T 4754"
    with pytest.raises(Invalid, match="nothing says the category"):
        sites(["name"], ["a"], options=Options())


def test_grades(sites: Any) -> None:
    loaded = sites(["name", "grade"], ["a", "国家级"], ["b", ""], ["c", "municipal"], ["d", "top"])
    assert loaded.column("grade") == ["national", "other", "municipal"]
    assert loaded.refused == {
        5: "“top” is no known grade; there are national, provincial, municipal and other"
    }


def test_shares_of_the_workers_are_headcounts(sites: Any) -> None:
    loaded = sites(["name", "workers", "members"], ["a", "200", "85%"], ["b", "", "85%"])
    assert loaded.column("members") == [170]
    assert loaded.said(2) == ["“85%” of the workers was read as 170"]
    assert "is a rate, not a headcount" in loaded.refused[3]


def test_more_members_than_workers_is_noted(sites: Any) -> None:
    loaded = sites(
        ["name", "workers", "members", "migrant_workers"], ["a", 5, 6, 7], ["b", "", 6, 1]
    )
    assert sorted(loaded.said(2)) == [
        "more members than workers",
        "more migrant workers than workers",
    ]
    assert loaded.said(3) == []


def test_ranges_by_option(sites: Any) -> None:
    rows = (["name", "workers"], ["a", "100-200"])
    assert "is a range" in sites(*rows).refused[2]
    lower = sites(*rows, options=Options(category=Category.OTHER, ranges="lower"))
    assert lower.column("workers") == [100]
    assert lower.said(2) == ["“100-200” was read as its lower end, 100"]


def test_totals_and_remarks_are_no_sites(sites: Any) -> None:
    loaded = sites(
        ["name", "workers"],
        ["注塑厂", "5"],
        ["合计", "5"],
        ["填表人：张三", ""],
        ["注: 数据截至六月", ""],
        ["Notes Ltd", "3"],
    )
    assert loaded.column("name") == ["注塑厂", "Notes Ltd"]
    assert loaded.refused == {
        3: "this row adds up others and is no site; delete it",
        4: "this row is a remark and no site; delete it",
        5: "this row is a remark and no site; delete it",
    }


def test_totals_and_remarks_in_a_column_that_is_not_taken(sites: Any) -> None:
    loaded = sites(
        ["序号", "单位名称", "职工人数"],
        ["1", "甲厂", "5"],
        ["合计", "", "5"],
        ["填表人：张三", "", ""],
        ["2", "", "7"],
    )
    assert loaded.column("name") == ["甲厂"]
    assert loaded.refused == {
        3: "this row adds up others and is no site; delete it",
        4: "this row is a remark and no site; delete it",
        5: "the name is missing; give a name or an id",
    }


def test_a_period_that_ends_before_it_begins(sites: Any) -> None:
    rows = (
        ["name", "started_on", "ended_on"],
        ["a", "2021-01-01", "2020-12-31"],
        ["b", "", "长期"],
    )
    loaded = sites(*rows)
    assert loaded.refused == {2: "it ends before it begins"}
    assert loaded.column("ended_on") == [None]


def test_every_problem_of_a_row_is_told_at_once(sites: Any) -> None:
    loaded = sites(["name", "workers", "started_on", "lon", "lat"], ["a", "x", "y", "z", "31"])
    assert [(p.row, p.field) for p in loaded.problems] == [
        (2, "workers"),
        (2, "started_on"),
        (2, "lon"),
    ]
    assert loaded.read == 1


def test_reasons_in_chinese(sites: Any) -> None:
    options = Options(category=Category.OTHER, language="zh")
    loaded = sites(["名称", "职工人数"], ["甲", "许多"], ["乙", "约5人"], options=options)
    assert loaded.refused == {2: "“许多”不是人数；请填整数，不详则留空"}
    assert loaded.said(3) == ["“约5人”读作 5"]


# Where a site is


def test_sites_without_coordinates_are_kept(sites: Any) -> None:
    loaded = sites(
        ["name", "lon", "lat"],
        ["a", "117.28", "31.86"],
        ["b", "", ""],
        ["c", "117.28", ""],
        ["d", "0", "0"],
        ["e", "无", "-"],
    )
    assert [g is not None for g in loaded.frame.geometry] == [True, False, False, False, False]
    assert [loaded.said(row) for row in range(3, 7)] == [
        ["without coordinates"],
        ["only one of two coordinates; kept without"],
        ["the coordinates are (0, 0); kept without"],
        ["without coordinates"],
    ]


def test_swapped_coordinates_are_exchanged(sites: Any) -> None:
    loaded = sites(["name", "lon", "lat"], ["a", "31.86", "117.28"], ["b", "117.28", "31.86"])
    assert [g.wkt for g in loaded.frame.geometry] == ["POINT (117.28 31.86)"] * 2
    assert loaded.said(2) == ["longitude and latitude were swapped; they were exchanged"]
    assert loaded.said(3) == []


def test_coordinates_off_the_globe_are_refused(sites: Any) -> None:
    loaded = sites(["name", "lon", "lat"], ["a", "1172800", "31.86"], ["b", "499123", "3526400"])
    assert set(loaded.refused) == {2, 3}
    assert "if they are metres, say in which CRS" in loaded.refused[3]


def test_metres_of_a_stated_crs(sites: Any) -> None:
    loaded = sites(["name", "x", "y"], ["a", "526522.55", "3526430.1"], crs="EPSG:4548")
    (point,) = loaded.frame.geometry
    assert point.distance(shapely.Point(117.28, 31.86)) < 0.001
    far = sites(["name", "x", "y"], ["a", "1e30", "3526430"], crs="EPSG:4548")
    assert far.refused == {2: "the coordinates are outside the area of their CRS"}


def test_degrees_minutes_and_both_in_one_cell(sites: Any) -> None:
    loaded = sites(["名称", "经纬度"], ["a", "117°16′48″,31°51′36″"], ["b", "31.86，117.28"])
    assert [g.wkt for g in loaded.frame.geometry] == ["POINT (117.28 31.86)"] * 2
    assert "x" not in loaded.refused
    assert sites(["名称", "经纬度"], ["a", "117"]).refused[2].startswith("“117” is not a pair")


@pytest.mark.parametrize("frame", ["gcj02", "bd09"])
def test_chinese_frames(sites: Any, frame: str) -> None:
    from geo.domain.crs import from_wgs84

    x, y = (float(value) for value in from_wgs84(117.28, 31.86, frame))
    (point,) = sites(["name", "lon", "lat"], ["a", repr(x), repr(y)], crs=frame).frame.geometry
    assert (point.x, point.y) == (117.28, 31.86)


def test_a_whole_file_with_swapped_columns(sites: Any) -> None:
    """41 and -72 are possible both ways round: only the user, or the divisions, can tell."""
    loaded = sites(["name", "lon", "lat"], ["a", "41.3", "-72.9"], crs="swapped")
    assert loaded.frame.geometry[0] == shapely.Point(-72.9, 41.3)


def test_shapes_as_text_and_points_beside_them(sites: Any) -> None:
    square = "POLYGON ((117 31, 117 32, 118 32, 118 31, 117 31))"
    loaded = sites(
        ["name", "wkt", "lon", "lat"],
        ["a", square, "", ""],
        ["b", "", "117.28", "31.86"],
        ["c", f"SRID=4326;{square}", "", ""],
        ["d", f"SRID=3857;{square}", "", ""],
        ["e", shapely.to_wkb(shapely.Point(117, 31), hex=True), "", ""],
        ["f", shapely.to_wkb(shapely.set_srid(shapely.Point(1, 2), 3857), hex=True,
                             include_srid=True), "", ""],
        ["g", "POLYGON ((117 31", "", ""],
        ["h", "", "", ""],
    )  # fmt: skip
    assert [shapely.get_dimensions(g) for g in loaded.frame.geometry] == [2, 0, 2, 0, -1]
    assert loaded.refused == {
        5: "the geometry says another CRS than the file",
        7: "the geometry says another CRS than the file",
        8: "the geometry cannot be read",
    }
    assert [n.row for n in loaded.notes if n.reason == "without coordinates"] == [9]


def test_a_shape_of_a_shifted_frame_may_call_itself_wgs84(sites: Any) -> None:
    rows = (["name", "wkt"], ["a", "SRID=4326;POINT (117.28 31.86)"])
    assert sites(*rows, crs="gcj02").refused == {}
    assert sites(*rows, crs="EPSG:4490").refused.keys() == {2}


def shapes_file(path: Path, *geometries: Any, **columns: Any) -> Path:
    frame = gpd.GeoDataFrame(
        {"name": [f"n{place}" for place in range(len(geometries))], **columns},
        geometry=list(geometries),
        crs=4326,
    )
    frame.to_parquet(path)
    return path


def test_invalid_shapes_are_repaired_with_a_note(tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)])
    spike = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 5), (1, 1), (0, 1), (0, 0)])
    nothing = shapely.Polygon([(0, 0), (1, 1), (2, 2), (0, 0)])
    loaded = load(shapes_file(tmp_path / "in", bow, spike, nothing, shapely.box(0, 0, 1, 1)))
    assert [g.geom_type for g in loaded.frame.geometry] == ["MultiPolygon", "Polygon", "Polygon"]
    assert all(g.is_valid for g in loaded.frame.geometry)
    assert loaded.frame.geometry[1].area == 1
    assert loaded.said(1) == [
        "the geometry was invalid and was repaired: its outline crosses itself"
    ]
    assert loaded.said(4) == []
    assert "nothing of it could be kept" in loaded.refused[3]


def test_heights_and_measures_are_dropped(tmp_path: Path) -> None:
    shapes = [shapely.Point(1, 2, 3), shapely.from_wkt("POINT ZM (1 2 3 4)")]
    shapes.append(shapely.from_wkt("POLYGON M ((0 0 5, 1 0 5, 1 1 5, 0 0 5))"))
    found = load(shapes_file(tmp_path / "in", *shapes)).frame.geometry
    assert not shapely.has_z(found).any()
    assert not shapely.has_m(found).any()
    assert found[0].wkt == found[1].wkt == "POINT (1 2)"


def test_empty_and_missing_shapes_are_unlocated(tmp_path: Path) -> None:
    path = shapes_file(tmp_path / "in", shapely.Polygon(), None, shapely.Point(1, 1))
    loaded = load(path)
    assert [g is None for g in loaded.frame.geometry] == [True, True, False]
    assert loaded.said(1) == loaded.said(2) == ["without coordinates"]


def test_coordinates_that_are_no_numbers(tmp_path: Path) -> None:
    bad = shapely.from_wkb(shapely.to_wkb(shapely.LineString([(0, 0), (1, 1), (2, np.inf)])))
    loaded = load(shapes_file(tmp_path / "in", bad, shapely.Point(1, 1)))
    assert loaded.refused == {1: "the geometry has coordinates that are no numbers"}


def test_of_a_collection_the_main_part_counts(tmp_path: Path) -> None:
    parts = [shapely.box(0, 0, 1, 1), shapely.LineString([(5, 5), (6, 6)]), shapely.Point(9, 9)]
    collection = shapely.GeometryCollection(parts)
    nested = shapely.GeometryCollection([shapely.GeometryCollection(parts[1:]), parts[2]])
    loaded = load(shapes_file(tmp_path / "in", collection, nested))
    assert loaded.frame.geometry[0].equals(parts[0])
    assert loaded.frame.geometry[1].equals(parts[1])
    assert loaded.said(1) == ["of the collection of shapes only the main part was kept"]


@pytest.mark.parametrize(
    "crossing",
    [
        shapely.box(178, -18, 183, -16),
        shapely.box(-182, -18, -177, -16),
        shapely.Polygon([(178, -18), (-177, -18), (-177, -16), (178, -16), (178, -18)]),
    ],
    ids=["beyond 180", "before -180", "jumping"],
)
def test_shapes_across_the_antimeridian_are_cut(tmp_path: Path, crossing: Any) -> None:
    """Fiji, in the three ways that files have it."""
    loaded = load(shapes_file(tmp_path / "in", crossing))
    (geometry,) = loaded.frame.geometry
    assert geometry.geom_type == "MultiPolygon"
    west, south, east, north = geometry.bounds
    assert (west, south, east, north) == (-180, -18, 180, -16)
    assert geometry.area == pytest.approx(10 if loaded.source else 0, abs=4)
    assert geometry.intersects(shapely.Point(179, -17))
    assert geometry.intersects(shapely.Point(-179, -17))
    assert not geometry.intersects(shapely.Point(0, -17))
    assert loaded.said(1) == ["the geometry crosses the antimeridian and was cut there"]


def test_a_wide_shape_is_left_alone(tmp_path: Path) -> None:
    """An area over all longitudes does not jump: its edges are those of the world."""
    world = shapely.box(-180, -90, 180, -60)
    russia = shapely.MultiPolygon([shapely.box(30, 50, 180, 70), shapely.box(-180, 60, -170, 70)])
    loaded = load(shapes_file(tmp_path / "in", world, russia))
    assert loaded.frame.geometry[0].equals(world)
    assert loaded.frame.geometry[1].equals(russia)
    assert loaded.notes == []


def test_shapes_off_the_globe_are_refused(tmp_path: Path) -> None:
    far = shapely.box(500_000, 3_500_000, 500_100, 3_500_100)
    assert "outside the globe" in load(shapes_file(tmp_path / "in", far)).refused[1]


def test_a_huge_number_of_vertices(tmp_path: Path) -> None:
    angle = np.linspace(0, 2 * np.pi, 200_000, endpoint=False)
    circle = shapely.Polygon(np.column_stack([117 + np.cos(angle), 31 + np.sin(angle)]))
    loaded = load(shapes_file(tmp_path / "in", circle))
    assert shapely.get_num_coordinates(loaded.frame.geometry[0]) == 200_001
    assert loaded.said(1) == ["the geometry has more than 100,000 vertices and will be slow"]


def test_a_development_zone_is_no_line(tmp_path: Path) -> None:
    line = shapely.LineString([(0, 0), (1, 1)])
    path = shapes_file(tmp_path / "in", line, line, category=["development_zone", "other"])
    assert load(path).refused == {1: "a development zone is an area or a point, not a line"}


def test_degrees_are_kept_to_a_tenth_of_a_millimetre(sites: Any) -> None:
    loaded = sites(["name", "lon", "lat"], ["a", "117.12345678949", "31.1"])
    assert loaded.frame.geometry[0].x == 117.123456789


# Unions

ENTERPRISE = Options(kind=UnionKind.ENTERPRISE)


def test_enterprise_unions(unions: Any) -> None:
    loaded = unions(
        ["union_id", "name", "kind", "site_id", "founded_on", "members", "exemplar"],
        ["u1", "甲工会", "企业工会", "s1", "2017-02-23", "5", "是"],
        ["u2", "乙工会", "enterprise", "", "", "", ""],
        ["u3", "丙工会", "club", "s1", "", "", ""],
        ["u4", "丁工会", "", "s1", "", "", ""],
    )
    assert loaded.column("id") == ["u1"]
    assert loaded.column("site_id") == ["s1"]
    assert loaded.column("founded_on") == [date(2017, 2, 23)]
    assert loaded.column("exemplar") == [True]
    assert loaded.refused[3].startswith("an enterprise union must name its site")
    assert loaded.refused[4].startswith("“club” is no known kind")
    assert loaded.refused[5] == "the kind is missing"
    assert "geometry" not in loaded.frame


def test_unions_keep_what_attaches_them(unions: Any) -> None:
    loaded = unions(
        ["工会名称", "统一社会信用代码", "单位名称", "所属区县"],
        ["甲工会", CODE, "", ""],
        ["乙工会", "", "乙公司", "蜀山区"],
        ["丙工会", "9.13401E+17", "丙公司", "蜀山区"],
        options=ENTERPRISE,
    )
    assert loaded.column("site_credit_code") == [CODE, None]
    assert loaded.column("site_name") == [None, "乙公司"]
    assert loaded.column("site_division") == [None, "蜀山区"]
    assert "spreadsheet has shortened" in loaded.refused[4]
    assert len(set(loaded.column("id"))) == 2


def test_the_kind_must_be_said(unions: Any) -> None:
    with pytest.raises(Invalid, match="nothing says the kind"):
        unions(["name"], ["a"])


def test_federations_and_their_territories(unions: Any) -> None:
    square = "POLYGON ((117 31, 117 32, 118 32, 118 31, 117 31))"
    loaded = unions(
        ["id", "name", "kind", "categories", "territory_adcodes", "territory_site_id", "wkt",
         "site_id"],
        ["r1", "a", "区域性工会联合会", "", "340104、340111", "", "", ""],
        ["r2", "b", "regional_federation", "", "", "zone1", "", "s9"],
        ["s1", "c", "行业性工会联合会", "物流、快递；家政", "", "", square, ""],
        ["s2", "d", "行业性工会联合会", "", "340104", "", "", ""],
        ["s3", "e", "行业性工会联合会", "物流;spaceports", "340104", "", "", ""],
        ["r3", "f", "区域性工会联合会", "", "", "", "POINT (117 31)", ""],
        ["r4", "g", "区域性工会联合会", "物流", "", "", "", ""],
        ["e1", "h", "企业工会", "物流", "340104", "", square, "s1"],
    )  # fmt: skip
    assert loaded.column("id") == ["r1", "r2", "s1", "r4", "e1"]
    assert loaded.frame["categories"].tolist() == [
        None,
        None,
        ["household_service", "logistics_hub"],
        None,
        None,
    ]
    assert loaded.frame["territory_adcodes"].tolist() == [
        ["340104", "340111"], None, None, None, None,
    ]  # fmt: skip
    assert loaded.column("territory_site_id") == [None, "zone1", None, None, None]
    assert loaded.column("site_id") == [None, None, None, None, "s1"]
    kinds = [g and g.geom_type for g in loaded.frame.geometry]
    assert kinds == [None, None, "MultiPolygon", None, None]
    assert loaded.refused == {
        5: "a sectoral federation must say which categories it takes",
        6: "“spaceports” is no known category; there are development_zone, building_project,"
        " logistics_hub, household_service, farm_cooperative, labour_dispatch and other",
        7: "an area is needed here, not points or lines",
    }
    assert loaded.said(3) == ["a federation belongs to no single site; the one given was left out"]
    assert sorted(loaded.said(8)) == [
        "a regional federation takes all categories; those given were left out",
        "without a territory: it covers nothing",
    ]
    assert loaded.said(9) == ["an enterprise union has no territory; the one given was left out"]


def test_categories_with_spaces_in_their_words(unions: Any) -> None:
    loaded = unions(
        ["id", "name", "kind", "categories", "territory_adcodes"],
        ["s1", "a", "sectoral", "Logistics hub, Labour dispatch", "340104"],
    )
    assert loaded.frame["categories"].tolist() == [["labour_dispatch", "logistics_hub"]]


# Divisions


def test_divisions(tmp_path: Path) -> None:
    square = shapely.box(0, 0, 1, 1)
    path = shapes_file(
        tmp_path / "in",
        square,
        shapely.MultiPolygon([square, shapely.box(2, 2, 3, 3)]),
        shapely.Point(1, 1),
        None,
        square,
        square,
        adcode=["01", "02", "03", "04", "", "06"],
        parent=["0", "", "", "", "", "06"],
    )
    loaded = load(path, "divisions", Options(level="county"))
    assert loaded.column("adcode") == ["01", "02"]
    assert loaded.column("parent") == ["0", None]
    assert loaded.column("level") == ["county", "county"]
    assert [g.geom_type for g in loaded.frame.geometry] == ["MultiPolygon"] * 2
    assert loaded.refused == {
        3: "an area is needed here, not points or lines",
        4: "the boundary is missing",
        5: "the code is missing",
        6: "the division is its own parent",
    }


def test_the_level_of_divisions_must_be_said(tmp_path: Path) -> None:
    path = shapes_file(tmp_path / "in", shapely.box(0, 0, 1, 1), adcode=["1"])
    with pytest.raises(Invalid, match="nothing says the level"):
        load(path, "divisions", Options())


# Every row is accounted for

DIRT = st.sampled_from(
    ["", "5", "x", "约5", "1-2", "117.2", "31.8", "0", "物流", "other", "2020-01-05", "2020年",
     "9.1E+17", CODE, "合计", "无", "a,b", '"', "'", "\n", "=1+1", "85%", "340104", "-1", "１２"],
)  # fmt: skip
HEADING = ["id", "name", "category", "workers", "members", "lon", "lat", "credit_code",
           "started_on", "ended_on", "grade"]  # fmt: skip


@given(rows=st.lists(st.lists(DIRT, min_size=0, max_size=13), max_size=25), size=st.integers(1, 9))
def test_rows_read_are_rows_kept_and_refused(
    tmp_path_factory: Any, rows: list[list[str]], size: int
) -> None:
    """Under any dirt, in any batches: nothing is lost, nothing comes twice."""
    path = csv_file(tmp_path_factory.mktemp("dirt") / "in.csv", [HEADING, *rows])
    loaded = load(path, options=OTHER, size=size)
    numbers = loaded.frame["row"].tolist()
    assert loaded.read == len(numbers) + len(loaded.refused)
    assert loaded.read == sum(any(row) for row in rows)  # blank rows are none
    assert len(set(numbers)) == len(numbers)
    assert set(numbers).isdisjoint(loaded.refused)
    assert loaded.frame["name"].notna().all()
    assert loaded.frame["id"].notna().all()
    workers = loaded.frame["workers"].dropna()
    assert (workers >= 0).all()
    assert pd.api.types.is_integer_dtype(loaded.frame["workers"])
