"""What is in a cell: headcounts, dates, coordinates, codes, words."""

from __future__ import annotations

import datetime
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.domain.credit_code import check_character
from geo.domain.words import word
from geo.ingest import dates, degrees, values
from geo.ingest.values import Parsed


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


def texts(*cells: str | None) -> pa.Array:
    return pa.array(cells, pa.string())


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


@given(st.text(max_size=12))
def test_no_text_is_both_value_and_problem(cell: str) -> None:
    for parse in (values.count, dates.day, degrees.number, values.credit_code, values.adcode):
        one(parse(texts(cell)))


@given(st.lists(st.sampled_from(["5", "x", None, "约7", "-1", " 8 ", "无", "1,000"]), max_size=30))
def test_a_column_is_read_as_its_cells(cells: list[str | None]) -> None:
    parsed = values.count(texts(*cells))
    for place, cell in enumerate(cells):
        single = values.count(texts(cell))
        assert parsed.values[place] == single.values[0]
        assert parsed.problems.get(place) == single.problems.get(0)
        assert parsed.notes.get(place) == single.notes.get(0)


DAY = date(2020, 1, 5)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2020-01-05", DAY),
        ("2020-1-5", DAY),
        ("2020/01/05", DAY),
        ("2020/1/5", DAY),
        ("2020.1.5", DAY),
        ("20200105", DAY),
        ("2020年1月5日", DAY),
        ("2020年01月05日", DAY),
        ("2020 年 1 月 5 日", DAY),
        ("２０２０年１月５日", DAY),
        ("二〇二〇年一月五日", DAY),
        ("二○二○年十二月三十一日", date(2020, 12, 31)),
        ("二〇二〇年十月二十日", date(2020, 10, 20)),
        ("2020-01-05 00:00:00", DAY),
        ("2020-01-05T08:30:00Z", DAY),
        ("2020/1/5 8:30", DAY),
        ("2020-01-05T08:30:00.123+08:00", DAY),
        ("43835", DAY),
        ("43835.5", DAY),
        ("5 January 2020", DAY),
        ("Jan 5, 2020", DAY),
        ("5-Jan-2020", DAY),
        ("2020年1月", (date(2020, 1, 1), "date.period")),
        ("2020-01", (date(2020, 1, 1), "date.period")),
        ("2020.1", (date(2020, 1, 1), "date.period")),
        ("2020年", (date(2020, 1, 1), "date.period")),
        ("2020", (date(2020, 1, 1), "date.period")),
        ("2020-13-01", "!date.impossible"),
        ("2020-02-30", "!date.impossible"),
        ("20201301", "!date.impossible"),
        ("0001-01-01", "!date.impossible"),
        ("05/01/2020", "!date"),
        ("1/5/20", "!date"),
        ("last year", "!date"),
        ("123456", "!date"),
        ("", None),
        ("无", None),
        (None, None),
    ],
)
def test_dates(cell: str | None, expected: object) -> None:
    assert one(dates.day(texts(cell))) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2020年", (date(2020, 12, 31), "date.period")),
        ("2020-02", (date(2020, 2, 29), "date.period")),
        ("2020-02-03", date(2020, 2, 3)),
        ("长期", None),
        ("至今", None),
        ("Present", None),
    ],
)
def test_ends_are_the_last_day_of_what_is_said(cell: str, expected: object) -> None:
    assert one(dates.day(texts(cell), end=True)) == expected


@given(st.dates(date(1800, 1, 1), date(2200, 12, 31)))
def test_every_day_in_every_form(day: date) -> None:
    forms = [
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        f"{day.isoformat()} 00:00:00",
    ]
    assert [one(dates.day(texts(form))) for form in forms] == [day] * len(forms)


@given(st.dates(date(1960, 1, 1), date(2100, 1, 1)))
def test_serial_numbers_count_as_excel_does(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert one(dates.day(texts(str(serial)))) == day


def test_one_impossible_day_does_not_slow_or_spoil_the_others() -> None:
    parsed = dates.day(texts("2020-01-05", "2020-13-01", None, "2021-02-29", "2021-02-28"))
    assert parsed.values.to_pylist() == [DAY, None, None, None, date(2021, 2, 28)]
    assert set(parsed.problems) == {1, 3}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("117.28", 117.28),
        ("-72.92889", -72.92889),
        ("+31.5", 31.5),
        (".5", 0.5),
        ("1.172836e2", 117.2836),
        ("１１７．２８", 117.28),
        ("117°17'01\"", 117 + 17 / 60 + 1 / 3600),
        ("117°17′01″E", 117 + 17 / 60 + 1 / 3600),
        ("117°17’01.5”E", 117 + 17 / 60 + 1.5 / 3600),
        ("E117°17′01″", 117 + 17 / 60 + 1 / 3600),
        ("117度17分01秒", 117 + 17 / 60 + 1 / 3600),
        ("东经117度17分", 117 + 17 / 60),
        ("东经：117.28", 117.28),
        ("117.28E", 117.28),
        ("72.9 W", -72.9),
        ("33°52′S", -(33 + 52 / 60)),
        ("南纬33度52分", -(33 + 52 / 60)),
        ("-33°30'", -33.5),
        ("117,28361", 117.28361),
        ("499123.45", 499123.45),
        ("117°61'", "!coordinate"),
        ("117.1.2", "!coordinate"),
        ("here", "!coordinate"),
        ("E117W", "!coordinate"),
        ("无", None),
        ("", None),
    ],
)
def test_coordinates(cell: str, expected: object) -> None:
    found = one(degrees.number(texts(cell)))
    assert found == (
        pytest.approx(expected, abs=1e-12) if isinstance(expected, float) else expected
    )


@given(st.floats(-180, 180))
def test_degrees_minutes_and_seconds_mean_the_same(value: float) -> None:
    whole = int(abs(value))
    minutes = int((abs(value) - whole) * 60)
    seconds = ((abs(value) - whole) * 60 - minutes) * 60
    assume(seconds < 59.9999)
    cell = f"{whole}°{minutes}′{seconds:.6f}″{'W' if value < 0 else 'E'}"
    assert one(degrees.number(texts(cell))) == pytest.approx(value, abs=1e-8)


@given(st.floats(-1e7, 1e7, allow_nan=False))
def test_decimal_coordinates_are_read_exactly(value: float) -> None:
    assert one(degrees.number(texts(repr(value)))) == value


@pytest.mark.parametrize(
    "cell", ["117.28,31.86", "117.28，31.86", "117.28 31.86", "(117.28, 31.86)", "117.28;31.86"]
)
def test_two_coordinates_in_one_cell(cell: str) -> None:
    first, second = degrees.pair(texts(cell, None))
    assert first.values.to_pylist() == ["117.28", None]
    assert second.to_pylist() == ["31.86", None]
    assert not first.problems
    assert degrees.pair(texts("117.28"))[0].problems


GOOD = "91340100149163418" + check_character("91340100149163418")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (GOOD, GOOD),
        (GOOD.lower(), GOOD),
        (f" {GOOD} ", GOOD),
        (f"{GOOD[:8]} {GOOD[8:]}", GOOD),
        ("".join(chr(ord(c) + 0xFEE0) for c in GOOD), GOOD),
        ("9.13401E+17", "!shortened"),
        ("9.13401e+17", "!shortened"),
        ("913401001491634181", "!credit_code"),
        (GOOD[:-1], "!credit_code"),
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
    assume(GOOD[place] != character)
    wrong = GOOD[:place] + character + GOOD[place + 1 :]
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


def test_yes_and_no() -> None:
    cells = texts("是", "否", "true", "0", "√", "", "perhaps")
    parsed = values.flag(cells)
    assert parsed.values.to_pylist() == [True, False, True, False, True, None, None]
    assert list(parsed.problems) == [6]


def test_lists_in_one_cell() -> None:
    cells = texts("340104;340111", "340104，340111", "340104、340111 340102", "", "340104")
    assert values.listing(cells) == [
        ["340104", "340111"],
        ["340104", "340111"],
        ["340104", "340111", "340102"],
        None,
        ["340104"],
    ]


def test_a_large_dirty_column_is_read_each_value_once() -> None:
    """A million times the same mistake costs one look at it, not a million."""
    cells = pa.array(["约120人"] * 300_000, pa.string())
    started = datetime.datetime.now(tz=datetime.UTC)
    parsed = values.count(cells)
    assert parsed.values.to_pylist()[::99_999] == [120] * 4
    assert (datetime.datetime.now(tz=datetime.UTC) - started).total_seconds() < 10
