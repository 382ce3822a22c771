"""A private server, and on it databases with made-up data of a size."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import geopandas as gpd
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from benchmarks import data
from geo.database import batches, cluster, loading, migrate, state
from geo.database.engine import create_engine, writing
from geo.domain.kind import Kind
from geo.operations.database import keep_current
from geo.settings import Settings

TODAY = date(2026, 11, 20)
THRESHOLD = 25


@contextmanager
def server() -> Iterator[str]:
    """The URL of a PostgreSQL that lives as long as the block."""
    with tempfile.TemporaryDirectory(prefix="antu-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        try:
            yield cluster.up(home, durable=True).url
        finally:
            cluster.down(home)


def empty(url: str, name: str) -> str:
    """The URL of a new database of the server, with the tables of Antu."""
    admin = create_engine(url, Settings())
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    made = make_url(url).set(database=name).render_as_string(hide_password=False)
    engine = opened(made)
    migrate.upgrade(engine)
    keep_current(engine, Settings(today=TODAY))
    engine.dispose()
    return made


def filled(url: str, count: int) -> str:
    """The URL of a new database of the server, with so many sites, analysed."""
    made = empty(url, f"sites_{count}")
    engine = opened(made)
    fill(engine, count)
    with engine.connect() as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))
    engine.dispose()
    return made


def opened(url: str) -> Engine:
    """An engine as the server of Antu has it."""
    return create_engine(url, Settings(database_url=url, today=TODAY))


def fill(engine: Engine, count: int, *, counties: int = 3000, federations: int = 2000) -> None:
    """Load divisions, sites and unions as a user's files are loaded."""
    put(engine, Kind.DIVISIONS, [data.divisions(counties)])
    put(engine, Kind.UNIONS, [data.unions(count, federations)])
    put(engine, Kind.SITES, data.sites(count))


def put(
    engine: Engine, kind: Kind, frames: list[gpd.GeoDataFrame] | Iterator[gpd.GeoDataFrame]
) -> loading.Comparison:
    """Load canonical frames in one transaction."""
    with writing(engine) as connection:
        state.lock(connection)
        loading.stage(connection, kind, frames)
        counts = loading.compare(connection, kind)
        read = counts.added + counts.updated + counts.unchanged
        values = {"kind": kind, "file_name": "synthetic", "read": read, "refused": 0}
        batch_id = batches.record(connection, values | vars(counts))
        loading.write(connection, kind, batch_id, TODAY, THRESHOLD)
        state.changed(connection, covered_on=TODAY, own_union_threshold=THRESHOLD)
    return counts
