"""What a change costs: as much as the sites that it touches, however many there are.

Each change is made as a load or a refresh makes it, measured, and taken back, in databases of
different size. A territory is chosen so that it holds about as many sites in each of them. A map of
another date that is asked for again touches nothing: it stands beside that of the day itself.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import geopandas as gpd
import shapely
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from benchmarks import database
from benchmarks.database import THRESHOLD, TODAY
from benchmarks.table import Figure, markdown
from geo.database import coverage, dated, heat, loading, sites, working
from geo.database.engine import read_frame, snapshot, writing
from geo.database.schema import TABLES
from geo.database.summary import coverage_summary
from geo.domain.kind import Kind
from geo.domain.site_filter import EVERYTHING, SiteFilter

SIZES = (10_000, 100_000, 1_000_000)
TERRITORY_SITES = 200
REPEATS = 5
ENOUGH_MS = 10_000
BUDGET = "<= 2"
MONTH = timedelta(days=30)
AGAIN, AT_ONCE = "the same map again", "the map of today"

_TERRITORY = """
    WITH tried AS (
        SELECT id, geom FROM union_organisation
        WHERE kind = 'regional_federation' AND founded_on < '2020-01-01' LIMIT 300
    )
    SELECT tried.id FROM tried JOIN site ON ST_Intersects(tried.geom, site.geom)
    GROUP BY tried.id ORDER BY abs(count(*) - :wanted), tried.id LIMIT 1
"""

_TOUCHED = """
    SELECT count(*) FROM (SELECT site_id FROM touched UNION SELECT id FROM candidate) AS each
"""


@dataclass(frozen=True)
class Cost:
    """How many sites were looked at, and the median time."""

    touched: int
    ms: float

    def __str__(self) -> str:
        return f"{self.ms:,.0f} ms, {self.touched:,} sites touched"


@dataclass(frozen=True)
class Change:
    """What is measured: changing the data, or looking at another date; `before` comes first."""

    make: Callable[[Connection], None]
    before: Callable[[Connection], None] | None = None


def changes(connection: Connection) -> dict[str, Change]:
    """All that is measured, by name."""
    territory = connection.scalar(sa.text(_TERRITORY), {"wanted": TERRITORY_SITES})
    federation = _row(connection, Kind.UNIONS, territory)
    wider = federation.assign(geometry=_wider(federation))
    plain = connection.scalar(
        sa.text("SELECT min(id) FROM site WHERE active AND coverage = 'none' AND workers > 0")
    )
    place = _row(connection, Kind.SITES, plain)
    union = federation.assign(
        id="new", kind="enterprise", site_id=plain, categories=None, geometry=None
    )
    moved = place.assign(geometry=place.geometry.translate(0.5, 0.5))
    ended = place.assign(ended_on=TODAY - timedelta(days=1), started_on=None)
    return {
        "a new union at a site": Change(lambda c: load(c, Kind.UNIONS, union)),
        "the territory of a federation": Change(lambda c: load(c, Kind.UNIONS, wider)),
        "a site moves": Change(lambda c: load(c, Kind.SITES, moved)),
        "a project ends": Change(lambda c: load(c, Kind.SITES, ended)),
        "the threshold, 25 to 26": Change(lambda c: _refresh(c, TODAY, THRESHOLD + 1)),
        "the next day": Change(lambda c: _refresh(c, TODAY + timedelta(days=1), THRESHOLD)),
        "the map of a month ago": Change(_look_back(1)),
        "the map of 24 months ago": Change(_look_back(24)),
        "from there a month on": Change(_look_back(23), before=_look_back(24)),
        AGAIN: Change(_look_back(24), before=_look_back(24)),
        AT_ONCE: Change(ask, before=working.create),
    }


def load(connection: Connection, kind: Kind, frame: gpd.GeoDataFrame) -> None:
    """Load rows as a file of them is loaded."""
    loading.stage(connection, kind, [frame])
    loading.compare(connection, kind)
    loading.write(connection, kind, 0, TODAY, THRESHOLD)


def look(connection: Connection, on: date) -> None:
    """Ask for a map of another date."""
    dated.look_at(connection, on, THRESHOLD)
    ask(connection)


def ask(connection: Connection) -> None:
    """Ask what a map asks: the summary, a tile of heat, and what is near."""
    coverage_summary(connection, EVERYTHING, level="prefecture")
    heat.cells(connection, SiteFilter(attention=True), 5, 26 << 6, 12 << 6, 27 << 6, 13 << 6)
    sites.nearby(connection, SiteFilter(attention=True), lon=113.0, lat=32.0, k=20)


def cost(engine: Engine, change: Change) -> Cost:
    """Make a change some times, each time on the same data."""
    took: list[float] = []
    while len(took) < REPEATS and sum(took) < ENOUGH_MS:
        with writing(engine) as connection:
            if change.before is not None:
                change.before(connection)
                connection.execute(sa.text("TRUNCATE touched, candidate"))
            started = time.perf_counter()
            change.make(connection)
            took.append((time.perf_counter() - started) * 1e3)
            touched = connection.scalar(sa.text(_TOUCHED)) or 0
            connection.rollback()
    return Cost(touched, statistics.median(took))


def costs(engine: Engine) -> dict[str, Cost]:
    """All changes in one database, by name."""
    with snapshot(engine) as connection:
        wanted = changes(connection)
    return {name: cost(engine, change) for name, change in wanted.items()}


def figures(found: Mapping[int, Mapping[str, Cost]]) -> list[Figure]:
    """Costs in databases of different size, each beside that in the smallest of them; the ratio
    is that of the time for a touched site where more are touched, of the time where not."""
    least, *others = sorted(found)
    changed = [
        Figure(
            work=f"{name}, {size:,} sites",
            measured=str(found[size][name]),
            yardstick=f"{least:,} sites: {small}",
            ratio=found[size][name].ms
            / small.ms
            / max(1.0, found[size][name].touched / max(1, small.touched)),
            budget=BUDGET,
        )
        for name, small in found[least].items()
        if name not in (AGAIN, AT_ONCE)
        for size in others
    ]
    asked = [
        Figure(
            work=f"{AGAIN}, {size:,} sites",
            measured=f"{costs[AGAIN].ms:.0f} ms",
            yardstick=f"{AT_ONCE}: {costs[AT_ONCE].ms:.0f} ms",
            ratio=costs[AGAIN].ms / costs[AT_ONCE].ms,
            budget=BUDGET,
        )
        for size, costs in sorted(found.items())
    ]
    return changed + asked


def measure(urls: Mapping[int, str]) -> list[Figure]:
    """The costs in databases with so many sites."""
    found = {}
    for size, url in urls.items():
        engine = database.opened(url)
        found[size] = costs(engine)
        engine.dispose()
    return figures(found)


def _look_back(months: int) -> Callable[[Connection], None]:
    return lambda connection: look(connection, TODAY - months * MONTH)


def _refresh(connection: Connection, on: date, threshold: int) -> None:
    coverage.refresh(connection, on, threshold)


def _row(connection: Connection, kind: Kind, key: str) -> gpd.GeoDataFrame:
    column = loading.key_of(TABLES[kind])
    statement = sa.select(*loading.fields(kind)).where(column == key)
    return gpd.GeoDataFrame(read_frame(connection, statement)).assign(row=1)


def _wider(federation: gpd.GeoDataFrame) -> list[shapely.Geometry]:
    areas = shapely.buffer(federation.geometry.to_numpy(), 0.001)
    return [shapely.multipolygons([area]) for area in areas]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    with database.server() as server:
        urls = {size: database.filled(server, size) for size in parser.parse_args().sizes}
        print(markdown(measure(urls)))


if __name__ == "__main__":
    main()
