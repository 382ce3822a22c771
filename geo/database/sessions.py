"""Connections that stay with a date, so that whoever asks for it next finds it assessed.

A map of a date asks many times, and then for the date a month on. A session is apart from the pool
and serves one request at a time. What it once looked at it keeps, whatever becomes of the request
that wanted it: a far date in very large data is there for the next one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, QueuePool

from geo.database import state
from geo.database.engine import transactional, translated
from geo.domain.faults import fault
from geo.errors import Unavailable

MOST = 3
# A session moves on to a date so near; to one farther away it moves only when there are MOST.
NEAR = timedelta(days=62)
# What a statement of a session may take up to assess what differs.
_WORK_MEM = "64MB"


@dataclass(eq=False)
class _Session:
    connection: Connection
    on: date
    asked: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)


_sessions: WeakKeyDictionary[Engine, list[_Session]] = WeakKeyDictionary()
_choosing = threading.Lock()
_asked = count()


@contextmanager
def session(
    engine: Engine, on: date, look_at: Callable[[Connection], None]
) -> Iterator[Connection]:
    """A transaction that sees one state of the data, on the session that is nearest to a date;
    `look_at` makes it answer for the date, in temporary tables that are there for the next, and
    is not bound to the time of a statement. Raises Unavailable when the session is busy for longer
    than a connection of the pool may be."""
    chosen = _choose(engine, on)
    patience = engine.pool.timeout() if isinstance(engine.pool, QueuePool) else -1
    if not chosen.turn.acquire(timeout=patience):
        raise fault(Unavailable, "error.database.busy")
    try:
        with translated():
            with chosen.connection.begin():
                chosen.connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
                look_at(chosen.connection)
            with chosen.connection.begin():
                # Nothing to do, unless the data have changed in between.
                look_at(chosen.connection)
                yield chosen.connection
    finally:
        if chosen.connection.invalidated:
            _forget(engine, chosen)
        chosen.turn.release()


def _choose(engine: Engine, on: date) -> _Session:
    with _choosing:
        known = _sessions.get(engine)
        if known is None:
            known = _sessions[engine] = []
            sa.event.listen(engine, "engine_disposed", _close)
        chosen = min(known, key=lambda each: abs(each.on - on), default=None)
        if chosen is None or abs(chosen.on - on) > NEAR:
            if len(known) < MOST:
                chosen = _Session(_opened(engine), on)
                known.append(chosen)
            else:
                chosen = min(known, key=lambda each: each.asked)
        chosen.on, chosen.asked = on, next(_asked)
        return chosen


def _opened(engine: Engine) -> Connection:
    # A pool of its own, alike: what a session holds is not missing in the other.
    apart = Engine(engine.pool.recreate(), engine.dialect, engine.url)
    with translated():
        connection = transactional(apart, "REPEATABLE READ").connect()
        try:
            with connection.begin():
                connection.execute(sa.text(f"SET work_mem = '{_WORK_MEM}'"))
                # Temporary tables change nothing that a user who is to read only must not change.
                connection.execute(sa.text("SET default_transaction_read_only = off"))
                state.check_other_days(connection)
        except BaseException:
            connection.close()
            apart.dispose()
            raise
        return connection


def _forget(engine: Engine, lost: _Session) -> None:
    with _choosing:
        known = _sessions.get(engine, [])
        if lost in known:
            known.remove(lost)
    _end(lost)


def _close(engine: Engine) -> None:
    for each in _sessions.pop(engine, []):
        with each.turn:
            _end(each)


def _end(session: _Session) -> None:
    session.connection.close()
    session.connection.engine.dispose()
