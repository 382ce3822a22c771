"""Opening the database that the settings name, and keeping its coverage of today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from geo.database import cluster, coverage, dated, migrate, state
from geo.database.engine import create_engine, reading, snapshot, writing
from geo.database.sessions import session
from geo.settings import Settings


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    """The configured server, or the owned cluster, which is started and migrated as needed.

    A configured server is never created, started, stopped or migrated by the way.
    """
    if settings.database_url is not None:
        with _engine(settings.database_url, settings) as engine:
            yield engine
        return
    with cluster.using(settings.home) as url, _engine(url, settings) as engine:
        if not migrate.is_current(engine):
            migrate.upgrade(engine)
        yield engine


def today(settings: Settings) -> date:
    """The day to answer for where nobody names one."""
    return settings.today or datetime.now().astimezone().date()


def adopt(engine: Engine, settings: Settings) -> bool:
    """Let the stored coverage be that of today and of the policy of the settings; returns whether
    it is now.

    Who may only read leaves it, and `looking_at` answers all the same; raises Unavailable for whom
    it could not.
    """
    on, threshold = today(settings), settings.own_union_threshold
    with reading(engine) as connection:
        if state.read(connection).answers_for(on, threshold):
            return True
        if not state.may_be_changed(connection):
            state.check_other_days(connection)
            return False
    with writing(engine) as connection:
        coverage.refresh(connection, on, threshold)
    return True


def keep_current(engine: Engine, settings: Settings) -> bool:
    """Bring the stored coverage on to today; returns whether it answers for today and the policy of
    the settings.

    Coverage of another policy or of a later day is kept for somebody else and stays; `looking_at`
    answers all the same.
    """
    with reading(engine) as connection:
        stored = state.read(connection)
    on, threshold = today(settings), settings.own_union_threshold
    if stored.covered_on is None or (
        stored.own_union_threshold == threshold and stored.covered_on < on
    ):
        return adopt(engine, settings)
    return stored.answers_for(on, threshold)


def lock(connection: Connection, settings: Settings) -> tuple[date, int]:
    """Let nobody else change the data before this transaction ends; the day and the policy that
    its changes are to be assessed for.

    They are those of the stored coverage, so that all of it answers alike.
    """
    stored = state.lock(connection)
    if stored.covered_on is None or stored.own_union_threshold is None:
        coverage.refresh(connection, today(settings), settings.own_union_threshold)
        return today(settings), settings.own_union_threshold
    return stored.covered_on, stored.own_union_threshold


@contextmanager
def looking_at(
    engine: Engine,
    settings: Settings,
    on: date | None,
    *,
    still_wanted: Callable[[], None] = lambda: None,
) -> Iterator[Connection]:
    """A connection on which everything answers for a date (None: today), of one state of the
    data; `still_wanted` may raise before a session is brought to the date, which can take long."""
    on, threshold = on or today(settings), settings.own_union_threshold
    with snapshot(engine) as connection:
        if state.read(connection).answers_for(on, threshold):
            yield connection
            return

    def look_at(connection: Connection) -> None:
        still_wanted()
        dated.look_at(connection, on, threshold)

    with session(engine, on, look_at) as connection:
        yield connection


@contextmanager
def _engine(url: str, settings: Settings) -> Iterator[Engine]:
    engine = create_engine(url, settings)
    try:
        yield engine
    finally:
        engine.dispose()
