"""Rows as canonical frames: sites."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from ingesting import CODE, Load, csv_file, load

from geo.domain.site import Category
from geo.errors import Invalid
from geo.ingest.rows import Options


def test_the_canonical_frame(load_sites: Load) -> None:
    loaded = load_sites(
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


def test_unknown_is_not_zero(load_sites: Load) -> None:
    loaded = load_sites(["name", "workers"], ["a", "0"], ["b", ""], ["c", "不详"], ["d", "无"])
    assert loaded.column("workers") == [0, None, None, None]
    assert loaded.frame["workers"].dtype == "Int64"


def test_what_a_file_does_not_speak_of_is_not_in_the_frame(load_sites: Load) -> None:
    """So that a load leaves those fields of a known site as they are."""
    assert list(load_sites(["id", "name"], ["1", "a"]).frame.columns) == [
        "row",
        "id",
        "name",
        "category",
    ]


def test_a_site_needs_a_name_or_an_id(load_sites: Load) -> None:
    loaded = load_sites(["id", "name"], ["1", ""], ["", "b"], ["", ""], ["无", "-"], ["", "b2"])
    assert loaded.column("name") == ["1", "b", "b2"]
    assert loaded.column("id")[0] == "1"
    # A row of which no cell says anything is not a row.
    assert loaded.refused == {5: "the name is missing; give a name or an id"}
    assert loaded.said(2) == ["without a name; the id stands for it"]
    assert loaded.said(3) == ["without an id; one was derived from name and address"]


def test_an_id_is_derived_from_what_does_not_change(load_sites: Load) -> None:
    heading = ["name", "address", "stated_division", "workers", "started_on", "category"]
    first = load_sites(heading, ["甲公司", "长江西路1号", "340104", "5", "2020-01-01", "other"])
    again = load_sites(heading, [" 甲公司　", "长江西路１号", "340104", "50", "2021-01-01", "物流"])
    other = load_sites(heading, ["甲公司", "长江西路2号", "340104", "5", "2020-01-01", "other"])
    (first_id,) = first.column("id")
    assert first_id.startswith("antu-")
    assert again.column("id") == [first_id]
    assert other.column("id") != [first_id]


def test_a_derived_id_is_the_same_in_every_release(load_sites: Load) -> None:
    loaded = load_sites(["name", "address"], ["甲公司", "长江西路1号"])
    assert loaded.column("id") == ["antu-c6de466e5a635a29b8bc"]


def test_an_id_derived_from_the_point_stands_a_few_metres(load_sites: Load) -> None:
    """Where there is no address: two branches of a name are two sites."""
    loaded = load_sites(
        ["name", "lon", "lat"],
        ["甲", "117.28001", "31.86001"],
        ["甲", "117.28002", "31.86002"],
        ["甲", "117.29", "31.86"],
    )
    one, near, far = loaded.column("id")
    assert one == near != far


def test_a_valid_credit_code_is_the_id_of_a_site_without_one(load_sites: Load) -> None:
    loaded = load_sites(["name", "credit_code"], ["甲", CODE], ["乙", ""])
    assert loaded.column("id")[0] == CODE
    assert loaded.column("id")[1].startswith("antu-")


def test_the_code_of_a_builder_does_not_tell_its_projects(load_sites: Load) -> None:
    loaded = load_sites(
        ["name", "category", "credit_code"],
        ["一期", "建筑项目", CODE],
        ["二期", "建筑项目", CODE],
        ["公司", "物流", CODE],
    )
    first, second, company = loaded.column("id")
    assert company == CODE
    assert first != second
    assert first.startswith("antu-")


def test_ids_that_only_count_the_rows_are_noted(load_sites: Load) -> None:
    rows = [[str(n), f"n{n}"] for n in range(1, 6)]
    loaded = load_sites(["id", "name"], *rows)
    assert [(n.row, n.field) for n in loaded.notes] == [(2, "id")]
    assert "only count the rows" in loaded.notes[0].reason
    assert load_sites(["id", "name"], *reversed(rows)).notes == []
    assert load_sites(["编号", "name"], *rows).column("id")[0].startswith("antu-")


@given(names=st.lists(st.text("甲乙丙ab1-·", min_size=1, max_size=4), min_size=1, max_size=8))
def test_different_names_get_different_ids(tmp_path_factory: Any, names: list[str]) -> None:
    path = csv_file(
        tmp_path_factory.mktemp("ids") / "in.csv",
        [["name", "address"], *([f"x{name}", "same"] for name in names)],
    )
    loaded = load(path)
    assert len(set(loaded.column("id"))) == len({name.casefold() for name in names})


def test_the_category_comes_from_column_industry_or_option(load_sites: Load) -> None:
    rows = (
        ["name", "category", "industry_code"],
        ["a", "物流", "4710"],
        ["b", "", "4710"],
        ["c", "", ""],
        ["d", "spaceport", ""],
        ["e", "", "x"],
    )
    loaded = load_sites(*rows, options=Options(category=Category.OTHER))
    assert loaded.column("category") == [
        "logistics_hub", "building_project", "other", "other", "other",
    ]  # fmt: skip
    assert loaded.said(5) == ["“spaceport” is no known category; taken as other"]
    loaded = load_sites(*rows, options=Options())
    assert loaded.column("category") == ["logistics_hub", "building_project"]
    assert loaded.refused[4] == "the category is missing"
    assert loaded.refused[5].startswith("“spaceport” is no known category; there are")
    assert loaded.refused[6] == "“x” is no industry code of GB/T 4754"
    with pytest.raises(Invalid, match="nothing says the category"):
        load_sites(["name"], ["a"], options=Options())


def test_grades(load_sites: Load) -> None:
    loaded = load_sites(
        ["name", "grade"], ["a", "国家级"], ["b", ""], ["c", "municipal"], ["d", "top"]
    )
    assert loaded.column("grade") == ["national", "other", "municipal"]
    assert loaded.refused == {
        5: "“top” is no known grade; there are national, provincial, municipal and other"
    }


def test_shares_of_the_workers_are_headcounts(load_sites: Load) -> None:
    loaded = load_sites(["name", "workers", "members"], ["a", "200", "85%"], ["b", "", "85%"])
    assert loaded.column("members") == [170]
    assert loaded.said(2) == ["“85%” of the workers was read as 170"]
    assert "is a rate, not a headcount" in loaded.refused[3]


def test_more_members_than_workers_is_noted(load_sites: Load) -> None:
    loaded = load_sites(
        ["name", "workers", "members", "migrant_workers"], ["a", 5, 6, 7], ["b", "", 6, 1]
    )
    assert sorted(loaded.said(2)) == [
        "more members than workers",
        "more migrant workers than workers",
    ]
    assert loaded.said(3) == []


def test_ranges_by_option(load_sites: Load) -> None:
    rows = (["name", "workers"], ["a", "100-200"])
    assert "is a range" in load_sites(*rows).refused[2]
    lower = load_sites(*rows, options=Options(category=Category.OTHER, ranges="lower"))
    assert lower.column("workers") == [100]
    assert lower.said(2) == ["“100-200” was read as its lower end, 100"]


def test_totals_and_remarks_are_no_sites(load_sites: Load) -> None:
    loaded = load_sites(
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


TOTALS = ["合 计", "合　　计", "总计：", "合计(2家)", "合计（人）", "本页小计", "物流企业合计"]


@pytest.mark.parametrize("name", [*TOTALS, "共2家", "共 12 户", "Total:", "GRAND TOTAL"])
def test_totals_in_any_dress_are_no_sites(load_sites: Load, name: str) -> None:
    loaded = load_sites(["name", "workers"], ["甲设计", "5"], [name, "5"], ["Total Oil", "3"])
    assert loaded.column("name") == ["甲设计", "Total Oil"]
    assert loaded.refused == {3: "this row adds up others and is no site; delete it"}


@pytest.mark.parametrize("heading", [["企业名称", "地址"], ["id", "name"], ["厂\n名", "地址"]])
def test_a_heading_that_is_repeated_on_every_page_is_no_site(
    load_sites: Load, heading: list[str]
) -> None:
    overrides = {"name": "厂 名"} if "厂" in heading[0] else None
    loaded = load_sites(heading, ["甲厂", "a"], heading, ["乙厂", "b"], overrides=overrides)
    assert loaded.column("row") == [2, 4]
    assert set(loaded.refused) == {3}
    assert "repeats the heading" in loaded.refused[3]


def test_a_name_may_be_a_word_that_heads_other_files(load_sites: Load) -> None:
    assert load_sites(["name", "address"], ["Company", "a"], ["单位", "b"]).refused == {}


def test_rows_that_say_nothing_but_a_name(load_sites: Load) -> None:
    loaded = load_sites(
        ["序号", "单位名称", "职工人数", "地址"],
        ["", "一、物流企业", "", ""],
        ["1", "甲厂", "5", ""],
        ["二", "家政企业", "", ""],
        ["（三）快递", "", "", ""],
        ["2", "乙厂", "", ""],
        ["", "一", "6", ""],
        ["", "附表", "", ""],
    )
    assert loaded.column("name") == ["甲厂", "乙厂", "一", "附表"]
    heads = "this row heads those below it and is no site; delete it"
    missing = "the name is missing; give a name or an id"
    assert loaded.refused == {2: heads, 4: heads, 5: missing}
    only = ["nothing but a name; delete the row if it is no site"]
    assert [loaded.said(row) for row in (3, 6, 7, 8)] == [[], only, [], only]


def test_a_list_of_names_is_not_said_to_be_one(load_sites: Load) -> None:
    assert load_sites(["name", "workers"], ["a", ""], ["b", ""]).notes == []


def test_totals_and_remarks_in_a_column_that_is_not_taken(load_sites: Load) -> None:
    loaded = load_sites(
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


def test_a_period_that_ends_before_it_begins(load_sites: Load) -> None:
    rows = (
        ["name", "started_on", "ended_on"],
        ["a", "2021-01-01", "2020-12-31"],
        ["b", "", "长期"],
    )
    loaded = load_sites(*rows)
    assert loaded.refused == {2: "it ends before it begins"}
    assert loaded.column("ended_on") == [None]


def test_every_problem_of_a_row_is_told_at_once(load_sites: Load) -> None:
    loaded = load_sites(["name", "workers", "started_on", "lon", "lat"], ["a", "x", "y", "z", "31"])
    assert [(p.row, p.field) for p in loaded.problems] == [
        (2, "workers"),
        (2, "started_on"),
        (2, "lon"),
    ]
    assert loaded.read == 1


def test_reasons_in_chinese(load_sites: Load) -> None:
    options = Options(category=Category.OTHER, language="zh")
    loaded = load_sites(["名称", "职工人数"], ["甲", "许多"], ["乙", "约5人"], options=options)
    assert loaded.refused == {2: "“许多”不是人数；请填整数，不详则留空"}
    assert loaded.said(3) == ["“约5人”读作 5"]


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
    loaded = load(path, size=size)
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
