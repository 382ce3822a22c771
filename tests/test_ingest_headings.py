"""Which column holds what."""

from __future__ import annotations

from pathlib import Path

import pytest
from ingesting import csv_file, load

from geo.domain.kind import Kind
from geo.domain.site import Category, Grade
from geo.domain.union import UnionKind
from geo.errors import Invalid
from geo.ingest.headings import fields, frame_said, heading_index, normalise, table, understand
from geo.ingest.read import open_source


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("企业名称", "name"),
        ("单位名称", "name"),
        ("name", "name"),
        ("NAME", "name"),
        ("Site Name", "name"),
        ("site_name", "name"),
        (" 企业 名称 ", "name"),
        ("*企业名称", "name"),
        ("企业名称（全称）", "name"),
        ("统一社会信用代码", "credit_code"),
        ("职工人数", "workers"),
        ("职工人数（人）", "workers"),
        ("从业人数", "workers"),
        ("workers", "workers"),
        ("Number of Employees", "workers"),
        ("农民工人数", "migrant_workers"),
        ("其中：农民工", "migrant_workers"),
        ("会员人数", "members"),
        ("经度", "lon"),
        ("lng", "lon"),
        ("高德经度", "lon"),
        ("纬度（GCJ-02）", "lat"),
        ("lon_bd09", "lon"),
        ("x", "lon"),
        ("Longitude", "lon"),
        ("纬度", "lat"),
        ("lat", "lat"),
        ("Y", "lat"),
        ("经纬度", "lonlat"),
        ("地址", "address"),
        ("行政区划代码", "stated_division"),
        ("所属区县", "stated_division"),
        ("类别", "category"),
        ("行业代码", "industry_code"),
        ("级别", "grade"),
        ("成立日期", "started_on"),
        ("竣工日期", "ended_on"),
        ("WKT", "geometry"),
        ("人数", "workers"),
        ("人数（人）", "workers"),
        ("用工人数", "workers"),
        ("员工", "workers"),
        ("会员数", "members"),
        ("单位全称", "name"),
        ("经营地址", "address"),
        ("建设地点", "address"),
        ("统一代码", "credit_code"),
        ("纳税人识别号", "credit_code"),
        ("所属县（市、区）", "stated_division"),
        ("开业时间", "started_on"),
        ("预计竣工时间", "ended_on"),
        ("POINT_X", "lon"),
        ("坐标点", "lonlat"),
    ],
)
def test_headings_of_sites(heading: str, field: str) -> None:
    pair = {"lon": "纬度", "lat": "经度"}.get(field)
    columns = ["id", heading, *([pair] if pair else [])]
    assert understand(columns, "sites").columns[field] == heading


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("工会名称", "name"),
        ("建会日期", "founded_on"),
        ("建会时间", "founded_on"),
        ("工会类型", "kind"),
        ("会员人数", "members"),
        ("单位名称", "site_name"),
        ("统一社会信用代码", "site_credit_code"),
        ("所属区县", "site_division"),
        ("覆盖区划代码", "territory_adcodes"),
        ("覆盖行业", "categories"),
        ("上级工会编号", "parent"),
    ],
)
def test_headings_of_unions(heading: str, field: str) -> None:
    assert understand(["id", heading], Kind.UNIONS).columns[field] == heading


@pytest.mark.parametrize(
    "columns",
    [
        ["企业名称", "人数", "农民工", "人数 (2)"],  # 职工 | 人数, 会员 | 人数
        ["企业名称", "人数（职工）", "人数（会员）"],
        ["企业名称", "电话", "联系人", "参保人数", "序号", "规模"],
    ],
)
def test_a_heading_of_two_meanings_is_no_headcount(columns: list[str]) -> None:
    mapping = understand(columns, "sites")
    assert "workers" not in mapping
    assert set(mapping.unmapped) == set(columns) - {"企业名称", "农民工"}


def test_a_headcount_that_is_named_goes_before_one_that_is_not() -> None:
    mapping = understand(["企业名称", "人数", "职工人数"], "sites")
    assert (mapping.columns["workers"], mapping.unmapped) == ("职工人数", ("人数",))
    off = understand(["企业名称", "人数"], "sites", {"workers": ""})
    assert off.unmapped == ("人数",)
    other = understand(["企业名称", "人数"], "sites", {"members": "人数"})
    assert other.as_dict() == {"name": "企业名称", "members": "人数"}


def test_people_of_a_union_may_be_members_or_workers() -> None:
    assert understand(["工会名称", "人数"], Kind.UNIONS).unmapped == ("人数",)


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (["物流业", "建筑业", "其他", "制造业"], "category"),
        (["G5920", "E47 房屋建筑业", "60", "制造业"], "industry_code"),
        (["制造业", "批发和零售业", "物流业", "住宿和餐饮业"], None),
        ([None, "无", "", None], None),
    ],
)
def test_the_cells_tell_what_a_column_of_industries_holds(
    tmp_path: Path, cells: list[str | None], field: str | None
) -> None:
    rows = [[f"厂{place}", cell] for place, cell in enumerate(cells)]
    loaded = load(csv_file(tmp_path / "in.csv", [["企业名称", "行业类别"], *rows]))
    expected = {"name": "企业名称"} | ({field: "行业类别"} if field else {})
    assert loaded.mapping.as_dict() == expected
    rows = [[*row, "物流企业"] for row in rows]
    loaded = load(csv_file(tmp_path / "in.csv", [["企业名称", "行业类别", "类别"], *rows]))
    assert loaded.mapping.columns["category"] == "类别"
    assert loaded.mapping.unmapped == ("行业类别",)


def test_headings_of_divisions() -> None:
    mapping = understand(["GEOID", "NAME", "STATEFP", "geometry"], Kind.DIVISIONS)
    assert mapping.as_dict() == {
        "adcode": "GEOID",
        "name": "NAME",
        "parent": "STATEFP",
        "geometry": "geometry",
    }


@pytest.mark.parametrize("kind", Kind)
def test_columns_named_like_the_fields_need_nothing(kind: Kind) -> None:
    columns = [name for name in fields(kind) if name not in ("lonlat", "industry_code")]
    assert understand(columns, kind).as_dict() == {name: name for name in columns}


def test_the_name_of_a_field_goes_before_its_synonyms() -> None:
    assert understand(["企业名称", "name"], "sites").columns["name"] == "name"
    assert understand(["site_id", "编号"], "sites").columns["id"] == "site_id"


@pytest.mark.parametrize(
    ("heading", "cells", "is_id"),
    [
        (["编号", "企业名称"], ["甲-1", "乙-1", "甲-7"], True),
        (["编号", "企业名称"], ["34010001", "34010002", "34010009"], True),
        (["编号", "企业名称"], ["34010001", "34010002", None], True),  # a row of totals
        (["编号", "企业名称"], ["1", "2", "3"], False),
        (["编号", "企业名称"], ["001", "002", "003"], False),
        (["编号", "企业名称"], ["甲", "甲", "乙"], False),
        (["编号", "企业名称"], ["甲", None, None], False),
        (["序号", "企业名称"], ["甲-1", "乙-1", "甲-7"], False),
        (["编号", "site_id"], ["甲-1", "乙-1", "甲-7"], False),
        (["编号", "统一社会信用代码"], ["甲-1", "乙-1", "甲-7"], False),
    ],
)
def test_a_bare_number_is_an_id_where_nothing_else_names_the_site(
    tmp_path: Path, heading: list[str], cells: list[str | None], is_id: bool
) -> None:
    rows = [[cell, f"x{place}", "a name"] for place, cell in enumerate(cells)]
    source = open_source(csv_file(tmp_path / "in.csv", [[*heading, "名称"], *rows]))
    mapping = understand(source.columns, "sites", None, source.tells_apart)
    assert (mapping.columns.get("id") == heading[0]) is is_id


def test_the_credit_code_of_a_site_leaves_the_number_to_its_union(tmp_path: Path) -> None:
    rows = [["编号", "工会名称", "统一社会信用代码"], ["G-1", "甲工会", "91350100M000100Y43"]]
    source = open_source(csv_file(tmp_path / "in.csv", rows))
    mapping = understand(source.columns, "unions", None, source.tells_apart)
    assert (mapping.columns["id"], mapping.columns["site_credit_code"]) == (rows[0][0], rows[0][2])


def test_overrides_go_first_and_free_the_column_they_replace() -> None:
    mapping = understand(["name", "title", "state"], "sites", {"name": "title"})
    assert mapping.columns["name"] == "title"
    assert mapping.unmapped == ("name", "state")
    mapping = understand(["name", "state"], "sites", {"stated_division": "state"})
    assert mapping.columns["stated_division"] == "state"


def test_a_column_holds_one_field_only() -> None:
    mapping = understand(["a", "name"], "sites", {"id": "name", "name": "a"})
    assert mapping.as_dict() == {"id": "name", "name": "a"}


def test_a_field_can_be_switched_off() -> None:
    mapping = understand(["name", "workers"], "sites", {"workers": ""})
    assert mapping.as_dict() == {"name": "name"}
    assert mapping.unmapped == ("workers",)


def test_a_mapping_can_be_saved_and_given_again() -> None:
    columns = ["单位名称", "从业人数", "备注"]
    mapping = understand(columns, "sites")
    assert understand(columns, "sites", mapping.as_dict()) == mapping


@pytest.mark.parametrize(
    ("columns", "frame"),
    [
        (["name", "高德经度", "高德纬度"], "gcj02"),
        (["name", "lon_gcj02", "lat_gcj02"], "gcj02"),
        (["name", "经度(GCJ-02)", "纬度(GCJ-02)"], "gcj02"),
        (["name", "坐标（百度）"], "bd09"),
        (["name", "GPS经度", "GPS纬度"], "wgs84"),
        (["name", "wkt_bd09"], "bd09"),
        (["name", "边界（高德）"], "gcj02"),
        (["name", "lon", "lat"], None),
        (["name", "wkt"], None),
        (["name", "高德经度", "百度纬度"], None),
        (["高德名称", "lon", "lat", "name"], None),
    ],
)
def test_headings_may_say_the_frame(columns: list[str], frame: str | None) -> None:
    assert frame_said(understand(columns, "sites")) == frame


def test_one_coordinate_alone_is_none() -> None:
    assert "lon" not in understand(["name", "lon"], "sites")
    both = understand(["name", "lon", "lat", "经纬度"], "sites")
    assert "lonlat" not in both
    assert "lonlat" in understand(["name", "经纬度"], "sites")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"nam": "name"}, "nam is no field here; there are id, name,"),
        ({"name": "nane"}, "there is no column “nane”; did you mean name?"),
        ({"name": "xyz"}, "there is no column “xyz”; did you mean name, workers?"),
    ],
)
def test_wrong_overrides_are_told(overrides: dict[str, str], message: str) -> None:
    with pytest.raises(Invalid) as caught:
        understand(["name", "workers"], "sites", overrides)
    assert message in caught.value.message
    assert caught.value.problems[0].field == next(iter(overrides))


@pytest.mark.parametrize(
    ("kind", "columns", "missing"),
    [
        ("sites", ["workers", "address"], "name"),
        ("unions", ["kind"], "name"),
        ("divisions", ["adcode", "name"], "geometry"),
        ("divisions", ["geometry"], "adcode"),
    ],
)
def test_what_must_be_there_is_named(kind: str, columns: list[str], missing: str) -> None:
    with pytest.raises(Invalid, match=f"say {missing}=COLUMN") as caught:
        understand(columns, kind)
    assert missing in [problem.field for problem in caught.value.problems]


def test_the_heading_is_found_below_titles() -> None:
    rows = [["统计表", ""], ["", ""], ["企业名称", "职工人数"], ["甲", "1"]]
    assert heading_index(rows) == 2
    assert heading_index([["a", "b"], ["1", "2"]]) == 0
    assert heading_index([["企业名称"], ["甲"]]) == 0


def test_the_tables_speak_of_every_word_of_the_domain() -> None:
    assert set(table("choices", "category")) == set(Category)
    assert set(table("choices", "grade")) == set(Grade)
    assert set(table("choices", "kind")) == set(UnionKind)
    assert set(table("industry").values()) <= set(Category)


@pytest.mark.parametrize("name", ["category", "grade", "kind", "flag"])
def test_no_word_means_two_things(name: str) -> None:
    seen: dict[str, str] = {}
    for key, words in table("choices", name).items():
        for word in (key, *words):
            form = normalise(word) or word
            assert seen.setdefault(form, key) == key, word


@pytest.mark.parametrize("kind", Kind)
def test_no_heading_means_two_fields(kind: Kind) -> None:
    """One heading may stand for two fields only where the first that lacks one takes it."""
    seen: dict[str, str] = {}
    for field, headings in table(kind).items():
        for heading in headings:
            assert seen.setdefault(normalise(heading), field) == field, heading
