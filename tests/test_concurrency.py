"""Many at once: writers wait for each other and lose nothing, readers see whole states."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from sqlalchemy import Engine
from synthetic import THRESHOLD, TODAY, put, site_frame

from benchmarks.mixed import Whole, mixed
from geo.database import coverage, history, pyramid, state
from geo.database.engine import create_engine, reading, snapshot, writing
from geo.domain.kind import Kind
from geo.operations.database import keep_current
from geo.settings import Settings


def points(count: int, seed: int) -> list[shapely.Point]:
    rng = np.random.default_rng(seed)
    return list(shapely.points(rng.uniform((116, 31), (118, 33), (count, 2))))


@pytest.fixture
def wide(settings: Settings) -> Engine:
    assert settings.database_url is not None
    engine = create_engine(
        settings.database_url, settings.model_copy(update={"pool_size": 8, "pool_timeout_s": 60})
    )
    yield engine
    engine.dispose()


def test_writers_neither_deadlock_nor_lose_an_update(wide: Engine) -> None:
    """Everybody changes all sites and the territory over them, in different orders, takes loads
    back, and moves on to another day and policy."""
    base = site_frame(points(60, 1))
    put(wide, base)
    federation = site_frame([shapely.box(116, 31, 117, 33)])[["row", "id", "name", "geometry"]]
    federation = federation.assign(id="F", kind="regional_federation")

    def load(number: int) -> None:
        if number % 5 == 3:
            with writing(wide) as connection:
                coverage.refresh(connection, TODAY + timedelta(days=number), THRESHOLD + number)
        elif number % 5 == 4:
            gone = site_frame(points(20, number)).assign(
                id=[f"G{number}-{each}" for each in range(20)]
            )
            put(wide, gone)
            with writing(wide) as connection:
                state.lock(connection)
                batch = "SELECT DISTINCT batch_id FROM site WHERE id LIKE :ids"
                batch_id = connection.scalar(sa.text(batch), {"ids": f"G{number}-%"})
                history.undo(connection, batch_id, TODAY, THRESHOLD)
                state.changed(connection)
        elif number % 5 == 0:
            area = shapely.box(116, 31, 116.5 + number / 20, 33)
            put(wide, federation.assign(geometry=[area]), Kind.UNIONS)
        elif number % 5 == 1:
            mine = site_frame(points(20, number)).assign(
                id=[f"W{number}-{each}" for each in range(20)]
            )
            put(wide, mine)
        else:
            order = np.random.default_rng(number).permutation(len(base))
            changed = base.iloc[order].assign(
                workers=pd.array([number] * len(base), dtype="Int64"), row=range(1, len(base) + 1)
            )
            put(wide, changed)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(load, range(20)))
    with snapshot(wide) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM site")) == 60 + 4 * 20
        same = "SELECT count(DISTINCT workers) FROM site WHERE id LIKE 'S%'"
        assert connection.scalar(sa.text(same)) == 1
        assert state.read(connection).version >= 20
        assert pyramid.check(connection).right
        coverage.refresh(connection, TODAY, THRESHOLD)
        assert pyramid.check(connection).right
        kept = assessed(connection)
        connection.execute(sa.text("UPDATE data_state SET covered_on = NULL"))
        coverage.refresh(connection, TODAY, THRESHOLD)
        assert assessed(connection) == kept


def assessed(connection: sa.Connection) -> list[tuple[object, ...]]:
    statement = "SELECT id, coverage, covered_by, gap, adcode FROM site ORDER BY id"
    return list(map(tuple, connection.execute(sa.text(statement))))


def test_a_new_day_is_begun_once(wide: Engine, settings: Settings) -> None:
    """All processes notice the new day at the same moment; one brings the coverage to it."""
    put(wide, site_frame(points(200, 2)).assign(started_on=TODAY + timedelta(days=1)))
    tomorrow = settings.model_copy(update={"today": TODAY + timedelta(days=1)})
    with reading(wide) as connection:
        before = state.read(connection).version
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: keep_current(wide, tomorrow), range(8)))
    with reading(wide) as connection:
        assert state.read(connection).version == before + 1
        assert connection.scalar(sa.text("SELECT count(*) FROM site WHERE active")) == 200


def test_who_reads_waits_for_no_writer(wide: Engine) -> None:
    put(wide, site_frame(points(50, 3)))
    written, done = threading.Event(), threading.Event()

    def write() -> None:
        with writing(wide) as connection:
            state.lock(connection)
            connection.execute(sa.text("UPDATE data_state SET covered_on = NULL"))
            coverage.refresh(connection, TODAY, 1)
            written.set()
            assert done.wait(20)
            connection.rollback()

    thread = threading.Thread(target=write)
    thread.start()
    assert written.wait(20)
    with reading(wide) as connection:
        connection.execute(sa.text("SET statement_timeout = '3s'"))
        assert connection.scalar(sa.text("SELECT sum(sites[1]) FROM heat_block")) > 0
        assert connection.scalar(sa.text("SELECT count(*) FROM site WHERE active")) == 50
        connection.execute(sa.text("RESET statement_timeout"))
    done.set()
    thread.join()


def test_many_connections_while_sites_are_loaded(settings: Settings, engine: Engine) -> None:
    """The short form of `python -m benchmarks mixed`: no error, no wrong total."""
    assert settings.database_url is not None
    found: Whole = mixed(settings.database_url, seconds=5, connections=64, sites=400)
    assert found.failures == []
    assert found.answers > 100
    assert found.loads >= 2
    assert found.wrong == []
