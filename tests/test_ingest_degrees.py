"""What is in a cell: coordinates."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ingesting import one, texts

from geo.ingest import degrees


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
        ("117d17m01s", 117 + 17 / 60 + 1 / 3600),
        ("33d52m1.5sS", -(33 + 52 / 60 + 1.5 / 3600)),
        ("33°52m 1s", 33 + 52 / 60 + 1 / 3600),
        ("33°52'36S", -(33 + 52 / 60 + 36 / 3600)),
        ("117º17'", 117 + 17 / 60),
        ("117,28361", 117.28361),
        ("117,24", 117.24),
        ("-31,8", -31.8),
        ("499123.45", 499123.45),
        ("117°61'", "!coordinate"),
        ("117.1.2", "!coordinate"),
        ("here", "!coordinate"),
        ("E117W", "!coordinate"),
        ("-33.5S", "!coordinate"),
        ("-117°17'E", "!coordinate"),
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
