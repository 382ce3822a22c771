"""Connections: how they are opened, how long they live, and what their errors mean to a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal, LiteralString
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import psycopg.errors
import shapely
import sqlalchemy as sa
from sqlalchemy import URL, Connection, Engine, Executable, TextClause
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from geo.database.arrays import register
from geo.domain.crs import SRID
from geo.domain.faults import fault
from geo.errors import Conflict, GeoError, Invalid, Unavailable
from geo.settings import Settings

QUERIES = Path(__file__).parent / "queries"

_USES = re.compile(r"^-- Uses:\s+(\w+)\.sql$", re.MULTILINE)
_LIKE = re.compile(r"^-- Like:\s+(\w+)\.sql, (\w+) for (\w+)$", re.MULTILINE)
_WITH = re.compile(r"^WITH( RECURSIVE)?\n", re.MULTILINE)
_IF = re.compile(r"^ *-- if (\w+)$", re.MULTILINE)

# Web requests are many and small: no helpers, no compiler.
_SERVING = {
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    # Taken as temporary tables ask for it; once they have, it cannot be changed any more.
    "temp_buffers": "128MB",
}

# Loads are few and large.
_WORKING = {
    "statement_timeout": "0",
    "max_parallel_workers_per_gather": "2",
    "work_mem": "128MB",
    "maintenance_work_mem": "256MB",
}


def create_engine(url: str, settings: Settings) -> Engine:
    """An engine with a bounded pool; `url` is any PostgreSQL URL. Nothing is connected yet.

    Its connections commit each statement by themselves; for a transaction see `transactional`.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:  # the second of a port that is no number
        raise fault(Invalid, "error.database.address") from error
    if address.drivername.split("+")[0] not in ("postgres", "postgresql"):
        raise fault(Invalid, "error.database.driver", driver=address.drivername)
    engine = _pooled(address, settings, "force_custom_plan")
    planning_once = _planning_once[engine] = _pooled(address, settings, "force_generic_plan")
    sa.event.listen(engine, "engine_disposed", lambda _: planning_once.dispose())
    return engine


# Beside each engine one whose connections plan a statement once, for whatever values.
_planning_once: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def _pooled(address: URL, settings: Settings, plans: str) -> Engine:
    options = _SERVING | {
        "plan_cache_mode": plans,
        "statement_timeout": str(settings.statement_timeout_ms),
    }
    engine = sa.create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout_s,
        pool_pre_ping=False,
        pool_use_lifo=True,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            "application_name": "antu",
            "connect_timeout": 10,
        },
    )
    sa.event.listen(engine, "connect", lambda connection, _: register(connection))
    return engine


def transactional(
    engine: Engine, isolation: Literal["READ COMMITTED", "REPEATABLE READ"] = "READ COMMITTED"
) -> Engine:
    """The same pool, with connections on which a transaction can be begun."""
    return engine.execution_options(isolation_level=isolation)


@contextmanager
def reading(engine: Engine, *, plan_once: bool = False) -> Iterator[Connection]:
    """A connection for statements that each stand alone; nothing is begun or committed.

    A statement is planned for its values. `plan_once`: for whatever values; that takes no time any
    more, half of that of a small statement, and is right where one index serves them all.
    """
    chosen = _planning_once[engine] if plan_once else engine
    with translated(), chosen.connect() as connection:
        yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection on which several statements see one state of the data; it keeps nothing."""
    with (
        translated(),
        transactional(engine, "REPEATABLE READ").connect() as connection,
        connection.begin() as transaction,
    ):
        yield connection
        transaction.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is committed when the block ends well and leaves no trace otherwise."""
    with translated(), transactional(engine).begin() as connection:
        for name, value in _WORKING.items():
            connection.execute(
                sa.text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value}
            )
        yield connection


def query(name: str, values: Mapping[str, object] | None = None) -> TextClause:
    """The statement of `queries/<name>.sql`, with its named binds.

    A statement whose header says `Uses: <other>.sql` reads from that statement by its name; one
    that says `Like: <other>.sql, <table> for <table>` is that statement on another table. Lines
    from `-- if <bind>` to the next `-- if` or `-- end` belong to it only where `values` has that
    bind, so that the planner never sees a condition that nobody asked for.
    """
    return _statement(name, _given(name, values or {}))


def fetch_one(connection: Connection, name: str, values: Mapping[str, object]) -> tuple[Any, ...]:
    """The first row of `queries/<name>.sql`, for what is asked many times a second.

    It goes straight to the driver, which takes half the time of going through SQLAlchemy. Arrays of
    whole numbers come as NumPy has them: none becomes an object on its way.
    """
    return _driven(connection, name, values).fetchone() or ()


def fetch_all(
    connection: Connection, name: str, values: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """All rows of `queries/<name>.sql`, in the same way."""
    return _driven(connection, name, values).fetchall()


def send(connection: Connection, name: str, values: Mapping[str, object]) -> None:
    """Run `queries/<name>.sql`, whose binds may be arrays of NumPy: they are sent as bigint[]."""
    _driven(connection, name, values)


def estimated(
    connection: Connection, name: str, values: Mapping[str, object]
) -> tuple[float, float]:
    """How many rows the planner expects of `queries/<name>.sql`, and at what cost in its units."""
    statement = f"EXPLAIN (FORMAT JSON) {_statement(name, _given(name, values)).text}"
    ((plan,),) = connection.execute(sa.text(statement), dict(values)).one()
    return float(plan["Plan"]["Plan Rows"]), float(plan["Plan"]["Total Cost"])


def _driven(
    connection: Connection, name: str, values: Mapping[str, object]
) -> psycopg.Cursor[tuple[Any, ...]]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - the only driver we ask for
    try:
        cursor: psycopg.Cursor[tuple[Any, ...]] = driver.cursor(binary=True)
        return cursor.execute(_driver_text(name, _given(name, values)), values)
    except psycopg.OperationalError:
        if driver.closed:
            # SQLAlchemy does not see this. As it would: what else is in the pool is as dead.
            connection.invalidate()
            connection.engine.dispose()
        raise


def _given(name: str, values: Mapping[str, object]) -> frozenset[str]:
    """Which of the binds that lines of `queries/<name>.sql` depend on have a value."""
    return frozenset(bind for bind in _conditional(name) if values.get(bind) is not None)


@cache
def _driver_text(name: str, given: frozenset[str]) -> LiteralString:
    """The statement with binds as psycopg writes them; it holds nothing but text of our own."""
    dialect = sa.make_url("postgresql+psycopg://").get_dialect()()
    return str(_statement(name, given).compile(dialect=dialect))


@cache
def _statement(name: str, given: frozenset[str]) -> TextClause:
    return sa.text(_chosen(_source(name), given))


@cache
def _conditional(name: str) -> frozenset[str]:
    return frozenset(_IF.findall(_source(name)))


def _chosen(source: str, given: frozenset[str]) -> str:
    """The source without comments, and without the lines for binds that are not given."""
    chosen, wanted = [], True
    for line in source.splitlines():
        start = _IF.match(line)
        if start or line.strip() == "-- end":
            wanted = start is None or start[1] in given
        elif wanted and not line.lstrip().startswith("--"):
            chosen.append(line)
    return "\n".join(chosen)


@cache
def _source(name: str) -> str:
    source = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    like = _LIKE.search(source)
    if like is not None:
        return _source(like[1]).replace(like[3], like[2])
    used = _USES.search(source)
    if used is None:
        return source
    inner = f"{used[1]} AS NOT MATERIALIZED (\n{_source(used[1])})"
    if not _WITH.search(source):
        return f"WITH\n{inner}\n{source}"
    return _WITH.sub(lambda start: f"{start[0]}{inner},\n", source, count=1)


def read_frame(
    connection: Connection, statement: Executable, values: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """The rows of a statement as a frame; a GeoDataFrame (EPSG:4326) where there is a `geom`."""
    result = connection.execute(statement, dict(values or {}))
    rows = [tuple(row) for row in result]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=list(result.keys()), dtype=object)
    if "geom" in frame.columns:
        # GeoAlchemy wraps what a column of a table gives; a statement of text gives it bare.
        stored = [getattr(value, "data", value) for value in frame.pop("geom")]
        geometry = shapely.from_wkb(np.array(stored, dtype=object))
        frame = gpd.GeoDataFrame(frame, geometry=geometry, crs=SRID)
    typed: pd.DataFrame = frame.infer_objects()
    return typed


def in_batches(read: Callable[[str], gpd.GeoDataFrame], size: int) -> Iterator[gpd.GeoDataFrame]:
    """Frames of `size` rows, each read after the last id of the one before.

    Where there are no rows there is one frame, empty, so that a file of it still has its heading.
    """
    after = ""
    while True:
        batch = read(after)
        if batch.empty and after:
            return
        yield batch
        if len(batch) < size:
            return
        after = str(batch["id"].iloc[-1])


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the driver raises into errors that a person can act on; the one place that does."""
    try:
        yield
    except PoolTimeout as error:
        raise fault(Unavailable, "error.database.busy") from error
    except DBAPIError as error:
        raise _explained(error.orig) from error
    except psycopg.Error as error:
        raise _explained(error) from error


def _explained(cause: BaseException | None) -> GeoError:
    """The error for a person, with a note for whoever runs the server: what the driver said."""
    error = _meaning(cause)
    error.add_note(str(cause).partition("\nLINE ")[0].strip())  # without a piece of the statement
    return error


def _meaning(cause: BaseException | None) -> GeoError:
    match cause:
        case psycopg.errors.QueryCanceled():
            return fault(Unavailable, "error.database.slow")
        case psycopg.errors.DiskFull():
            return fault(Unavailable, "error.database.disk_full")
        case psycopg.errors.LockNotAvailable() | psycopg.errors.DeadlockDetected():
            return fault(Conflict, "error.database.locked")
        case psycopg.errors.SerializationFailure():
            return fault(Conflict, "error.database.changed")
        case psycopg.errors.UndefinedTable() | psycopg.errors.UndefinedColumn():
            return fault(Unavailable, "error.database.no_tables")
        case psycopg.errors.UndefinedFile() | psycopg.errors.FeatureNotSupported():
            return fault(Unavailable, "error.database.no_postgis")
        case psycopg.errors.InsufficientPrivilege() | psycopg.errors.ReadOnlySqlTransaction():
            return fault(Unavailable, "error.database.rights")
        case psycopg.errors.IntegrityError():
            return fault(Conflict, "error.database.rule", rule=cause.diag.constraint_name)
        case psycopg.errors.DataError():
            return fault(Invalid, "error.database.value")
        case psycopg.OperationalError():
            return fault(Unavailable, "error.database.silent")
    return fault(Unavailable, "error.database.refused")
