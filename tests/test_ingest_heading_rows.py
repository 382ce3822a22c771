"""Where a table has its headings: below titles, in one row or in two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ingesting import csv_file, load, xlsx_file


def test_title_rows_and_merged_headings(tmp_path: Path) -> None:
    """A form: a title over all columns, a heading of two rows, a district merged over its rows."""
    rows = [
        ["2026年安徽省建会情况统计表", None, None, None, None],
        ["填报单位：合肥市总工会", None, None, None, None],
        ["区县", "单位名称", "人数", None, "地址"],
        [None, None, "职工人数", "会员人数", None],
        ["蜀山区", "甲", 10, 5, "一路"],
        [None, "乙", 20, None, "二路"],
        ["包河区", "丙", 30, 1, "三路"],
        ["合计", None, 60, 6, None],
    ]
    merged = ("A1:E1", "A3:A4", "B3:B4", "C3:D3", "E3:E4", "A5:A6", "D5:D6")
    loaded = load(xlsx_file(tmp_path / "in.xlsx", rows, *merged))
    assert loaded.source.heading_row == 4
    assert loaded.mapping.as_dict() == {
        "stated_division": "区县",
        "name": "单位名称",
        "workers": "职工人数",
        "members": "会员人数",
        "address": "地址",
    }
    assert loaded.column("stated_division") == ["蜀山区", "蜀山区", "包河区"]
    assert loaded.column("members") == [5, None, 1]  # a merged figure is not counted twice
    assert list(loaded.refused) == [8]


@pytest.mark.parametrize("of", ["", "情况"])
@pytest.mark.parametrize("upright", [("A2:A3", "F2:F3"), ()])
def test_a_heading_in_two_rows_tells_people_of_two_kinds_apart(
    tmp_path: Path, of: str, upright: tuple[str, ...]
) -> None:
    rows = [
        ["填报单位：合肥市总工会", None, None, "单位：人", None, None],
        ["单位名称", f"职工{of}", None, f"会员{of}", None, "地址"],
        [None, "人数", "农民工", "人数", "入会率", None],
        ["甲", 10, 5, 7, "70%", "一路"],
    ]
    merged = ("A1:C1", "D1:F1", "B2:C2", "D2:E2")
    loaded = load(xlsx_file(tmp_path / "in.xlsx", rows, *merged, *upright))
    assert loaded.source.heading_row == 3
    assert loaded.mapping.as_dict() == {
        "name": "单位名称",
        "workers": "职工 人数",
        "members": "会员 人数",
        "migrant_workers": "农民工",
        "address": "地址",
    }
    assert loaded.mapping.unmapped == ("入会率",)
    assert [loaded.column(name) for name in ("workers", "members")] == [[10], [7]]


@pytest.mark.parametrize("write", [csv_file, xlsx_file])
@pytest.mark.parametrize("above", ["单位名称", ""])
def test_a_heading_in_two_rows_without_merged_cells(
    tmp_path: Path, write: Callable[..., Path], above: str
) -> None:
    """What is left of a form that was saved as CSV."""
    rows = [
        ["填报单位：合肥市总工会", "", "", "", "", "单位：人"],
        [above, "职工情况", "", "会员情况", "", above and "地址"],
        ["" if above else "单位名称", "人数", "农民工", "人数", "入会率", "" if above else "地址"],
        ["甲", "10", "5", "7", "70%", "一路"],
    ]
    loaded = load(write(tmp_path / "in", rows))
    assert loaded.source.heading_row == 3
    assert loaded.mapping.columns["workers"] == "职工 人数"
    assert [loaded.column(name) for name in ("workers", "members")] == [[10], [7]]
    assert (loaded.column("name"), loaded.column("address")) == (["甲"], ["一路"])


@pytest.mark.parametrize("write", [csv_file, xlsx_file])
@pytest.mark.parametrize("below", [["", "", "人", ""], ["甲", "", "5", "x"], ["", "", "", "x"]])
def test_a_row_below_a_heading_is_none_without_known_words(
    tmp_path: Path, write: Callable[..., Path], below: list[str]
) -> None:
    rows = [["单位名称", "", "职工人数", ""], below, ["乙", "", "6", ""]]
    loaded = load(write(tmp_path / "in", rows))
    assert (loaded.source.heading_row, loaded.read) == (1, 2)


def test_a_heading_over_two_columns_is_not_above_another(tmp_path: Path) -> None:
    rows = [["单位名称", "职工人数", "地址", None], ["甲", None, "合肥市", "蜀山区"]]
    loaded = load(xlsx_file(tmp_path / "in.xlsx", rows, "C1:D1"))
    assert (loaded.source.heading_row, loaded.column("name")) == (1, ["甲"])


def test_a_group_that_speaks_of_no_people_leaves_its_headings(tmp_path: Path) -> None:
    rows = [["基本情况", None, None], ["单位名称", "人数", "备注"], ["甲", 10, "x"]]
    loaded = load(xlsx_file(tmp_path / "in.xlsx", rows, "A1:B1"))
    assert loaded.mapping.as_dict() == {"name": "单位名称", "workers": "人数"}
