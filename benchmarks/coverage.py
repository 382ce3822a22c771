"""Assessing every site anew, beside the spatial joins that this cannot do without."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from benchmarks import database
from benchmarks.database import THRESHOLD, TODAY
from benchmarks.table import Figure, markdown
from geo.database import coverage, pyramid, working
from geo.database.engine import query, writing

# Each site with the finest divisions and with the federations that hold its point.
_JOINS = (
    """
    SELECT count(*) FROM division
    JOIN site ON division.geom && site.geom AND ST_Intersects(division.geom, site.point)
    WHERE division.level = 'county'
    """,
    """
    SELECT count(*) FROM union_organisation AS federation
    JOIN site ON federation.geom && site.geom AND ST_Intersects(federation.geom, site.point)
    WHERE federation.geom IS NOT NULL
    """,
)


def measure(url: str) -> list[Figure]:
    """Assessing all sites of a database, and those that another threshold is about."""
    engine = database.opened(url)
    with engine.connect() as connection:
        count = connection.scalar(sa.text("SELECT count(*) FROM site"))
    joins = _seconds(engine, _join)
    everything = _seconds(engine, _assess_all)
    threshold = _seconds(engine, lambda c: coverage.refresh(c, TODAY, THRESHOLD + 5))
    engine.dispose()
    yardstick = f"{joins:.1f} s: the bare spatial joins, one process"
    return [
        Figure(
            f"coverage of all {count:,} sites",
            f"{everything:.1f} s",
            yardstick,
            everything / joins,
            "<= 2",
        ),
        Figure(
            f"another threshold, {count:,} sites",
            f"{threshold:.1f} s",
            yardstick,
            threshold / joins,
            "<= 2",
        ),
    ]


def _join(connection: Connection) -> None:
    """In one process, as the assessment is."""
    connection.execute(sa.text("SET LOCAL max_parallel_workers_per_gather = 0"))
    for join in _JOINS:
        connection.execute(sa.text(join))


def _assess_all(connection: Connection) -> None:
    """As a load of all divisions does once they are written."""
    working.create(connection)
    connection.execute(query("touch_all"))
    coverage.assess_touched(connection, TODAY, THRESHOLD)
    pyramid.note(connection)
    coverage.save_assessed(connection)


def _seconds(engine: Engine, work: Callable[[Connection], object]) -> float:
    with writing(engine) as connection:
        started = time.perf_counter()
        work(connection)
        took = time.perf_counter() - started
        connection.rollback()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=1_000_000)
    with database.server() as server:
        print(markdown(measure(database.filled(server, parser.parse_args().sites))))


if __name__ == "__main__":
    main()
