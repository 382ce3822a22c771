"""Rows as canonical frames: unions and their territories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ingesting import CODE, Load, Loaded, csv_file, load

from geo.domain.union import UnionKind
from geo.errors import Invalid
from geo.ingest.rows import Options

UNSAID = Options()
ENTERPRISE = Options(kind=UnionKind.ENTERPRISE)


@pytest.fixture
def load_unions(tmp_path: Path) -> Load:
    """Loads a table of unions into a frame: the first row is the heading."""

    def loading(*rows: Sequence[Any], options: Options = UNSAID) -> Loaded:
        return load(csv_file(tmp_path / "in.csv", rows), "unions", options)

    return loading


def test_enterprise_unions(load_unions: Load) -> None:
    loaded = load_unions(
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


def test_unions_keep_what_attaches_them(load_unions: Load) -> None:
    loaded = load_unions(
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


def test_the_kind_must_be_said(load_unions: Load) -> None:
    with pytest.raises(Invalid, match="nothing says the kind"):
        load_unions(["name"], ["a"])


def test_federations_and_their_territories(load_unions: Load) -> None:
    square = "POLYGON ((117 31, 117 32, 118 32, 118 31, 117 31))"
    loaded = load_unions(
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


def test_categories_with_spaces_in_their_words(load_unions: Load) -> None:
    loaded = load_unions(
        ["id", "name", "kind", "categories", "territory_adcodes"],
        ["s1", "a", "sectoral", "Logistics hub, Labour dispatch", "340104"],
    )
    assert loaded.frame["categories"].tolist() == [["labour_dispatch", "logistics_hub"]]
