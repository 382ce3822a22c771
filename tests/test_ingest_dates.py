"""What is in a cell, or in a field of a GIS file: dates."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingesting import load, one, texts
from test_ingest_features import DRIVERS, SHAPES, write

from geo.ingest import dates
from geo.ingest.sniff import Format

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
        ("2020-01-05 00:00:00+08", DAY),
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


@pytest.mark.parametrize("format_", [*DRIVERS, Format.PARQUET])
def test_midnight_in_china_is_on_its_own_day(tmp_path: Path, format_: Format) -> None:
    founded = pd.to_datetime(["2020-01-01T00:00+08:00", "2020-06-01T12:00+08:00", None])
    loaded = load(write(SHAPES.assign(成立日期=founded), tmp_path, format_))
    days = [day and day.isoformat() for day in loaded.column("started_on")]
    assert days == ["2020-01-01", "2020-06-01", None]


@pytest.mark.parametrize("said", ["2020-01-05T00:00+08:00", "2020-01-05 00:00:00"])
def test_a_geopackage_may_write_its_times_in_another_way(tmp_path: Path, said: str) -> None:
    founded = pd.to_datetime(["2020-01-01"] * len(SHAPES))
    path = write(SHAPES.assign(成立日期=founded), tmp_path, Format.GEOPACKAGE)
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():  # they call functions that only GDAL has
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE \"in\" SET 成立日期 = ? WHERE id = 'a1'", [said])
        database.commit()
    assert [day.isoformat()[-2:] for day in load(path).column("started_on")] == ["05", "01", "01"]
