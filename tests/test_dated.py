"""Another date: whatever was looked at before, the answer is that of an assessment for the date."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import pairwise

import geopandas as gpd
import numpy as np
import oracle
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine
from synthetic import THRESHOLD, TODAY, put, site_frame

from api.disconnect import Queries
from geo.database import coverage, dated, sessions
from geo.database.engine import create_engine, writing
from geo.domain.kind import Kind
from geo.errors import Unavailable
from geo.operations.database import looking_at
from geo.settings import Settings

# Steps back, forth, far, near, and to the stored day.
DATES = [
    date(2024, 2, 29),
    date(2024, 3, 31),
    date(2024, 1, 1),
    date(2030, 1, 1),
    TODAY,
    date(2024, 3, 31),
]
ANSWERS = (
    """
    SELECT
        id, active, adcode, zone_id, coverage, covered_by, union_members, needs_own_union,
        counted_workers, counted_members, gap
    FROM site ORDER BY id
    """,
    """
    SELECT
        level, block, part, cell, sum(held.sites), sum(held.sites_unknown_workers),
        sum(held.workers), sum(held.gap)
    FROM heat_block, unnest(cells, sites, sites_unknown_workers, workers, gap)
        AS held (cell, sites, sites_unknown_workers, workers, gap)
    GROUP BY 1, 2, 3, 4 HAVING sum(held.sites) <> 0 ORDER BY 1, 2, 3, 4
    """,
    """
    SELECT
        adcode, part, sum(sites), sum(sites_members_exceed_workers), sum(workers), sum(members),
        sum(gap)
    FROM division_part GROUP BY 1, 2 HAVING sum(sites) <> 0 ORDER BY 1, 2
    """,
)


def answers(connection: Connection) -> list[list[tuple]]:
    return [list(map(tuple, connection.execute(sa.text(each)))) for each in ANSWERS]


def assessed(engine: Engine, on: date) -> list[list[tuple]]:
    """What the tables hold once the stored state is brought to a date; taken back."""
    with writing(engine) as connection:
        coverage.refresh(connection, on, THRESHOLD)
        found = answers(connection)
        connection.rollback()
    return found


def test_any_way_to_a_date_gives_its_answers(demo_engine: Engine, demo_settings: Settings) -> None:
    expected = {on: assessed(demo_engine, on) for on in set(DATES)}
    assert all(expected[one] != expected[other] for one, other in pairwise(DATES))
    for on in DATES:
        with looking_at(demo_engine, demo_settings, on) as connection:
            assert answers(connection) == expected[on], on


def test_a_session_moves_on_and_sees_what_is_loaded(engine: Engine, settings: Settings) -> None:
    def sites_on(day: date) -> int:
        with looking_at(engine, settings, day) as connection:
            return connection.scalar(sa.text("SELECT count(*) FROM site WHERE active")) or 0

    frame = site_frame([shapely.Point(117, 31), shapely.Point(118, 31)])
    frame["started_on"] = [TODAY - timedelta(days=40), TODAY - timedelta(days=10)]
    put(engine, frame)
    month = timedelta(days=30)
    assert [sites_on(TODAY - n * month) for n in (0, 1, 2)] == [2, 1, 0]
    put(engine, frame.assign(started_on=TODAY - 3 * month))
    assert [sites_on(TODAY - n * month) for n in (2, 3, 4)] == [2, 2, 0]
    backends = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    with engine.connect() as connection:
        assert connection.scalar(sa.text(backends)) == 2
    engine.dispose()
    with engine.connect() as connection:
        # The server takes a moment to end what was left.
        deadline = time.monotonic() + 10
        while connection.scalar(sa.text(backends)) != 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert connection.scalar(sa.text(backends)) == 1


def test_many_may_look_at_many_dates(demo_engine: Engine, demo_settings: Settings) -> None:
    days = [date(2019 + n, 6, 30) for n in range(sessions.MOST + 2)]
    count = sa.text("SELECT count(*) FROM site WHERE active")

    def sites_on(day: date) -> int:
        with looking_at(demo_engine, demo_settings, day) as connection:
            return connection.scalar(count) or 0

    expected = {day: sites_on(day) for day in days}
    assert len(set(expected.values())) == len(days)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(sites_on, days * 3)) == list(expected.values()) * 3


def test_what_fails_leaves_the_session_as_it_was(
    demo_engine: Engine, demo_settings: Settings
) -> None:
    on = date(2023, 1, 1)
    with looking_at(demo_engine, demo_settings, on) as connection:
        before = answers(connection)
    with (
        pytest.raises(Unavailable),
        looking_at(demo_engine, demo_settings, on + timedelta(days=30)) as connection,
    ):
        connection.execute(sa.text("SELECT 1 FROM nothing_of_this_name"))
    with looking_at(demo_engine, demo_settings, on) as connection:
        assert answers(connection) == before


def test_a_lost_session_is_made_again(engine: Engine, settings: Settings) -> None:
    on = TODAY - timedelta(days=365)
    pid = sa.text("SELECT pg_backend_pid()")
    with looking_at(engine, settings, on) as connection:
        lost = connection.scalar(pid)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": lost})
    with pytest.raises(Unavailable), looking_at(engine, settings, on):
        pass
    with looking_at(engine, settings, on) as connection:
        assert connection.scalar(pid) != lost


def test_a_busy_session_is_waited_for_and_then_given_up(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = TODAY - timedelta(days=365)
    monkeypatch.setattr(engine.pool, "timeout", lambda: 0.05)
    asked: list[BaseException | None] = []

    def ask() -> None:
        try:
            with looking_at(engine, settings, on):
                asked.append(None)
        except Unavailable as error:
            asked.append(error)

    with looking_at(engine, settings, on):
        other = threading.Thread(target=ask)
        other.start()
        other.join()
    ask()
    assert [type(each) for each in asked] == [Unavailable, type(None)]


def periods(rng: np.random.Generator, count: int) -> list[tuple[date | None, date | None]]:
    """First and last days around TODAY, some of them unknown."""
    days = np.sort(rng.integers(-400, 400, (count, 2)))
    known = rng.random((count, 2)) < 0.7
    return [
        tuple(
            TODAY + timedelta(days=int(day)) if each else None
            for day, each in zip(*row, strict=True)
        )
        for row in zip(days, known, strict=True)
    ]


def sites_of(rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Places and areas over each other, many of which begin or end."""
    points = shapely.points(rng.uniform(0, 2, (80, 2)))
    frame = site_frame(
        [*shapely.buffer(points[:20], 0.3), *points[20:]], seed=int(rng.integers(99))
    )
    frame["members"] = pd.array(rng.integers(0, 50, len(frame)), dtype="Int64")
    frame[["started_on", "ended_on"]] = pd.DataFrame(periods(rng, len(frame)), dtype=object)
    return frame


def unions_of(rng: np.random.Generator, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Federations over each other, some of one trade, and unions of sites, some with two."""
    own = rng.choice(sites["id"], 40)
    kinds = ["regional_federation"] * 8 + ["sectoral_federation"] * 6 + ["enterprise"] * len(own)
    areas = shapely.buffer(shapely.points(rng.uniform(0, 2, (14, 2))), rng.uniform(0.1, 1, 14))
    count = len(kinds)
    frame = gpd.GeoDataFrame(
        {
            "row": range(1, count + 1),
            "id": [f"U{number:02d}" for number in rng.permutation(count)],
            "name": "Union",
            "kind": kinds,
            "site_id": [*[None] * 14, *own],
            "categories": [*[None] * 8, *[["other", "building_project"]] * 6, *[None] * len(own)],
            "members": pd.array(rng.integers(1, 60, count), dtype="Int64"),
        },
        geometry=[*areas, *[None] * len(own)],
        crs=4326,
    )
    frame[["founded_on", "dissolved_on"]] = pd.DataFrame(periods(rng, count), dtype=object)
    return frame


def divisions_of() -> gpd.GeoDataFrame:
    """A square with one inside it; the rest lies outside."""
    return gpd.GeoDataFrame(
        {
            "row": [1, 2],
            "adcode": ["A", "B"],
            "name": ["A", "B"],
            "level": ["city", "county"],
            "parent": [None, "A"],
        },
        geometry=[shapely.box(0, 0, 1.5, 2), shapely.box(0, 0, 1, 1)],
        crs=4326,
    )


@hypothesis_settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(days=st.lists(st.integers(-500, 500), min_size=2, max_size=6), seed=st.integers(0, 999))
def test_any_way_through_any_periods_gives_what_the_rule_says(
    engine: Engine, settings: Settings, days: list[int], seed: int
) -> None:
    with writing(engine) as connection:
        tables = "site, division, union_organisation, site_version, division_version,"
        tables += " union_organisation_version, heat_block, division_part, import_batch"
        connection.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY"))
        coverage.refresh(connection, TODAY, THRESHOLD)
    rng = np.random.default_rng(seed)
    sites, divisions = sites_of(rng), divisions_of()
    unions = unions_of(rng, sites)
    for frame, kind in ((divisions, Kind.DIVISIONS), (unions, Kind.UNIONS), (sites, Kind.SITES)):
        put(engine, frame, kind)
    for on in (TODAY + timedelta(days=day) for day in days):
        whole = assessed(engine, on)
        rule = oracle.assess(sites, unions, divisions, on, THRESHOLD)
        with looking_at(engine, settings, on) as connection:
            assert answers(connection) == whole, on
            columns = ", ".join(rule.columns)
            found = connection.execute(
                sa.text(f"SELECT id, {columns} FROM site WHERE active ORDER BY id")
            ).all()
        expected = rule.astype(object).where(rule.notna(), None).sort_index()
        assert list(map(tuple, found)) == list(expected.itertuples(name=None)), on


def test_what_was_looked_at_is_kept_when_the_request_fails(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as it takes; the statements of the request end after their time."""
    hasty = create_engine(
        settings.database_url or "", settings.model_copy(update={"statement_timeout_ms": 300})
    )
    put(engine, site_frame([shapely.Point(117, 31)]))
    on = TODAY - timedelta(days=365)
    assess, assessments = dated.coverage.assess_difference, []

    def slowly(connection: Connection, *args: object) -> None:
        assessments.append(connection.scalar(sa.text("SELECT 1 FROM pg_sleep(0.6)")))
        assess(connection, *args)

    monkeypatch.setattr(dated.coverage, "assess_difference", slowly)
    with pytest.raises(Unavailable), looking_at(hasty, settings, on) as connection:
        connection.execute(sa.text("SELECT pg_sleep(10)"))
    with looking_at(hasty, settings, on) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM site")) == 1
    hasty.dispose()
    assert assessments == [1]


def test_no_session_moves_for_a_client_that_has_gone(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, site_frame([shapely.Point(117, 31)]))
    on = TODAY - timedelta(days=365)
    moved: list[date] = []
    look_at = dated.look_at

    def noted(connection: Connection, day: date, threshold: int) -> None:
        moved.append(day)
        look_at(connection, day, threshold)

    monkeypatch.setattr(dated, "look_at", noted)
    request = Queries()
    request.cancel()
    with (
        pytest.raises(Unavailable),
        looking_at(engine, settings, on, still_wanted=request.still_wanted),
    ):
        pass
    assert moved == []
    with looking_at(engine, settings, on, still_wanted=Queries().still_wanted) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM site")) == 1
    assert set(moved) == {on}
