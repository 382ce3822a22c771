"""What is in a cell: headcounts, codes, words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ingesting import CODE, one, texts

from geo.domain.credit_code import check_character
from geo.ingest import dates, degrees, values
from geo.ingest.values import Parsed


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("120", 120),
        ("0", 0),
        ("007", 7),
        (" 120 ", 120),
        ("１２０", 120),
        ("1,234", 1234),
        ("1，234", 1234),
        ("1 234 567", (1_234_567, "count.suspicious")),
        ("1'234", 1234),
        ("35.00000000000001", 35),
        ("34.99999999999999", 35),
        ("1e9999", "!count.large"),
        ("120.0", 120),
        ("120人", 120),
        ("120 名", 120),
        ("35 workers", 35),
        ("1.2万", 12_000),
        ("2万人", 20_000),
        ("1.2e3", 1200),
        ("约120人", (120, "count.about")),
        ("大约 120", (120, "count.about")),
        ("120余人", (120, "count.about")),
        ("120人左右", (120, "count.about")),
        ("approx. 120", (120, "count.about")),
        ("~120", (120, "count.about")),
        ("约1.5万人", (15_000, "count.about")),
        ("100-200", "!count.range"),
        ("100—200人", "!count.range"),
        ("100～200", "!count.range"),
        ("100至200", "!count.range"),
        ("1-2万", "!count.range"),
        ("100人以上", "!count.range"),
        (">100", "!count.range"),
        ("100+", "!count.range"),
        ("85%", "!count.percent"),
        ("８５％", "!count.percent"),
        ("-5", "!count.negative"),
        ("12.5", "!count.fraction"),
        ("12,34", "!count"),
        ("many", "!count"),
        ("一百二十", "!count"),
        ("1.2.3", "!count"),
        ("120/130", "!count"),
        ("5000000000", "!count.large"),
        ("1e300", "!count.large"),
        ("600000", (600_000, "count.suspicious")),
        ("", None),
        (None, None),
        ("无", None),
        ("-", None),
        ("—", None),
        ("N/A", None),
        ("NaT", None),
        ("n/a", None),
        ("NULL", None),
        ("不详", None),
        ("#N/A", None),
        ("　", None),
    ],
)
def test_headcounts(cell: str | None, expected: object) -> None:
    assert one(values.count(texts(cell))) == expected


@pytest.mark.parametrize(
    ("cell", "lower"),
    [("100-200", 100), ("1-2万", 10_000), ("100人以上", 100), ("≥30", 30), ("100 to 200", 100)],
)
def test_ranges_by_their_lower_end(cell: str, lower: int) -> None:
    assert one(values.count(texts(cell), "lower")) == (lower, "count.lower")


@given(st.integers(0, values.SUSPICIOUS_COUNT), st.sampled_from(["{}", "{:,}", "{}人", " {} "]))
def test_every_headcount_is_read_as_it_is_written(number: int, form: str) -> None:
    assert one(values.count(texts(form.format(number)))) == number


@pytest.mark.parametrize(
    "parse", [values.count, dates.day, degrees.number, values.credit_code, values.adcode]
)
@given(cell=st.text(max_size=12))
def test_no_text_is_both_value_and_problem(parse: Callable[[pa.Array], Parsed], cell: str) -> None:
    one(parse(texts(cell)))


@given(st.lists(st.sampled_from(["5", "x", None, "约7", "-1", " 8 ", "无", "1,000"]), max_size=30))
def test_a_column_is_read_as_its_cells(cells: list[str | None]) -> None:
    parsed = values.count(texts(*cells))
    for place, cell in enumerate(cells):
        single = values.count(texts(cell))
        assert parsed.values[place] == single.values[0]
        assert parsed.problems.get(place) == single.problems.get(0)
        assert parsed.notes.get(place) == single.notes.get(0)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (CODE, CODE),
        (CODE.lower(), CODE),
        (f" {CODE} ", CODE),
        (f"{CODE[:8]} {CODE[8:]}", CODE),
        ("".join(chr(ord(c) + 0xFEE0) for c in CODE), CODE),
        ("9.13401E+17", "!shortened"),
        ("9.13401e+17", "!shortened"),
        ("913401001491634181", "!credit_code"),
        (CODE[:-1], "!credit_code"),
        ("340100000012345", "!credit_code"),
        ("无", None),
        (None, None),
    ],
)
def test_credit_codes(cell: str | None, expected: object) -> None:
    assert one(values.credit_code(texts(cell))) == expected


@pytest.mark.parametrize("registrar", "123456789ANY")
@given(digits=st.from_regex(r"[0-9ANY][0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{9}", fullmatch=True))
def test_codes_of_every_registrar(registrar: str, digits: str) -> None:
    code = registrar + digits + check_character(registrar + digits)
    assert one(values.credit_code(texts(code))) == code


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_is_found(place: int, character: str) -> None:
    assume(CODE[place] != character)
    wrong = CODE[:place] + character + CODE[place + 1 :]
    assert one(values.credit_code(texts(wrong))) == "!credit_code"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("物流(快递)企业", "logistics_hub"),
        ("物流（快递）企业", "logistics_hub"),
        ("物流企业", "logistics_hub"),
        ("Logistics Hub", "logistics_hub"),
        ("logistics_hub", "logistics_hub"),
        ("建筑项目", "building_project"),
        ("开发区(工业园区)", "development_zone"),
        ("家政", "household_service"),
        ("农民专业合作社", "farm_cooperative"),
        ("劳务派遣企业", "labour_dispatch"),
        ("Labor dispatch", "labour_dispatch"),
        ("其他", "other"),
        ("shipping", "!category"),
        ("", None),
    ],
)
def test_categories_in_words(cell: str, expected: object) -> None:
    assert one(values.choice(texts(cell), "category", "category")) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("47", "building_project"),
        ("E47", "building_project"),
        ("4710", "building_project"),
        ("5010 建筑装饰", "building_project"),
        ("G60", "logistics_hub"),
        ("5911", "logistics_hub"),
        ("60", "logistics_hub"),
        ("5431", "other"),
        ("7263", "labour_dispatch"),
        ("7262", "other"),
        ("8010", "household_service"),
        ("8020", "other"),
        ("0113", "farm_cooperative"),
        ("C13", "other"),
        ("493110", "!industry"),
        ("construction", "!industry"),
        ("", None),
    ],
)
def test_categories_by_industry(cell: str, expected: object) -> None:
    assert one(values.industry(texts(cell))) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("340104", "340104"),
        ("340104.0", "340104"),
        ("06071", "06071"),
        ("蜀山区", "蜀山区"),
        ('{ "adcode": 340100 }', "340100"),
        ("3.40104E+11", "!shortened"),
        ("-", None),
    ],
)
def test_codes_of_divisions(cell: str, expected: object) -> None:
    assert one(values.adcode(texts(cell))) == expected


def test_names_are_trimmed_and_have_no_control_characters() -> None:
    cells = texts(" \u3000甲\u3000公司 ", "a\tb\nc", "\ufeffname", "x\u200b", "a\x00b")
    assert values.text(cells).values.to_pylist() == ["甲\u3000公司", "a b c", "name", "x", "a b"]


@pytest.mark.parametrize(
    "marks", ["\u202d{}\u202c", "\u200e{}", "\ufeff{}", "{}\u200b", "\u2060{}"]
)
def test_what_is_copied_along_unseen_is_no_part_of_a_cell(marks: str) -> None:
    def cell(said: str) -> pa.Array:
        return texts(marks.format(said))

    assert one(values.identifier(cell("A1"))) == "A1"
    assert one(values.count(cell("35"))) == 35
    assert one(values.credit_code(cell(CODE))) == CODE
    assert one(dates.day(cell("2020-01-05"))) == date(2020, 1, 5)
    assert one(degrees.number(cell("31.82"))) == 31.82
    assert one(degrees.number(cell("31°49'12\""))) == 31.82


def test_yes_and_no() -> None:
    cells = texts("是", "否", "true", "0", "√", "", "perhaps")
    parsed = values.flag(cells)
    assert parsed.values.to_pylist() == [True, False, True, False, True, None, None]
    assert list(parsed.problems) == [6]


def test_lists_in_one_cell() -> None:
    cells = texts("340104;340111", "340104，340111", "340104、340111 340102", "", "34\x0004")
    assert values.listing(cells) == [
        ["340104", "340111"],
        ["340104", "340111"],
        ["340104", "340111", "340102"],
        None,
        ["34", "04"],
    ]


def test_a_large_dirty_column_is_read_each_value_once() -> None:
    """A million times the same mistake costs one look at it, not a million."""
    cells = pa.array(["约120人"] * 300_000, pa.string())
    with mock.patch.object(values, "_read_count", wraps=values._read_count) as look:
        parsed = values.count(cells)
    assert look.call_count == 1
    assert parsed.values.to_pylist() == [120] * 300_000
    assert len(parsed.notes) == 300_000
