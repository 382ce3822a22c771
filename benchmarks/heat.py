"""Heat tiles where sites are densest: beside the query of a plain pyramid and their own, and by
the number of sites.

A tile is the whole answer over HTTP, of a server with one worker. A plain pyramid is a table with a
row for each cell, category and state of coverage, in the order of its tiles; it is made for this of
the counts that Antu keeps, and its query adds up the cells of the picture and of the margin that
reaches into it. Their own query is the statement of the server with the same values, its answer
fetched as the server does. So both are without the picture and HTTP. All are asked in turns; a
figure is the median. The budget is for the plain pyramid: a faster query of its own makes a tile no
worse.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from benchmarks import data
from benchmarks.database import opened
from benchmarks.servers import asking
from benchmarks.serving import antu
from benchmarks.table import Figure
from benchmarks.tiles import densest
from geo.database import blocks, heat, pyramid
from geo.database.engine import fetch_one, reading, writing
from geo.domain.site_filter import EVERYTHING
from maps.cells import cell_of, cell_window

ZOOMS = range(15)
REPEATS = 25
BANDWIDTH_M = 1000.0
# Ms of a tile, of its query, and of that of a plain pyramid, by zoom.
Took = dict[int, tuple[float, ...]]
PLAIN = """
    CREATE TEMPORARY TABLE plain AS
    SELECT
        level,
        block / (4 << level) / 4 AS tile_y,
        block % (4 << level) / 4 AS tile_x,
        block % (4 << level) * 16 + held.cell % 16 AS x,
        block / (4 << level) * 16 + held.cell / 16 AS y,
        part,
        held.sites,
        held.workers,
        held.gap
    FROM heat_block, unnest(cells, sites, workers, gap) AS held (cell, sites, workers, gap)
    WHERE part > 0
    ORDER BY level, tile_y, tile_x
"""
PLAIN_QUERY = """
    SELECT x, y, sum(sites), sum(workers), sum(gap) FROM plain
    WHERE level = %(level)s AND tile_y BETWEEN %(y0)s >> 6 AND (%(y1)s - 1) >> 6
    AND tile_x BETWEEN %(x0)s >> 6 AND (%(x1)s - 1) >> 6
    AND x >= %(x0)s AND x < %(x1)s AND y >= %(y0)s AND y < %(y1)s
    GROUP BY x, y
"""


def measure(urls: Mapping[int, str]) -> list[Figure]:
    """Milliseconds of a tile over HTTP, one after another, in databases with so many sites."""
    # The towns are the same, however many sites they hold.
    place = densest(urls[min(urls)])
    usual = max(count for count in urls if count <= 1_000_000)
    took = {count: tiles(url, place) for count, url in urls.items()}
    return [*_by_zoom(tiles(urls[usual], place, plain=True)), *_by_size(took)]


def _by_zoom(took: Took) -> Iterator[Figure]:
    for z, (tile, own, plain) in took.items():
        work, measured = f"heat tile, zoom {z}, dense", f"{tile:.1f} ms"
        yield Figure(
            work, measured, f"a plain pyramid's query {plain:.1f} ms", tile / plain, "<= 3"
        )
        yield Figure(work, measured, f"its own query {own:.1f} ms", tile / own)


def _by_size(took: Mapping[int, Took]) -> Iterator[Figure]:
    least, *larger = sorted(took)
    total = {count: sum(tile for tile, *_ in by_zoom.values()) for count, by_zoom in took.items()}
    for count in larger:
        yield Figure(
            f"heat tiles of {len(ZOOMS)} zooms, {count:,} sites",
            f"{total[count]:.0f} ms",
            f"{least:,} sites: {total[least]:.0f} ms",
            total[count] / total[least],
            "<= 1.5",
        )


def tiles(url: str, place: tuple[float, float], *, plain: bool = False) -> Took:
    """What tiles take that hold a place (lon, lat), by zoom."""
    lon, lat = place
    engine = opened(url)
    found = {}
    with ExitStack() as stack:
        port, connection = stack.enter_context(antu(url)), stack.enter_context(reading(engine))
        if plain:
            _make_plain(connection)
        driver = connection.connection.driver_connection
        get = stack.enter_context(asking(port))
        for z in ZOOMS:
            x, y = (int(each) // 64 for each in cell_of(lon, lat, z))
            window = cell_window(z, x, y, BANDWIDTH_M)
            edges = (window.x0, window.y0, window.x1, window.y1)
            asked = heat.values(EVERYTHING, window.level, *edges) | {"gap": True}
            turns = [
                asked | {"x0": first, "x1": last}
                for _, first, last in heat.turns(window.x0, window.x1, blocks.TILE << window.level)
            ]

            def own(asked: dict[str, object] = asked) -> None:
                fetch_one(connection, "heat_blocks", asked)

            def beside(turns: list[dict[str, object]] = turns) -> None:
                for values in turns:
                    driver.cursor(binary=True).execute(PLAIN_QUERY, values).fetchall()

            def tile(path: str = f"/tiles/heat/{z}/{x}/{y}.png") -> None:
                assert get(path)

            found[z] = _in_turns(tile, own, *([beside] if plain else []))
    engine.dispose()
    return found


def _make_plain(connection: Connection) -> None:
    connection.execute(sa.text("SET statement_timeout = 0"))
    for statement in (PLAIN, "CREATE INDEX ON plain (level, tile_y, tile_x)", "ANALYZE plain"):
        connection.execute(sa.text(statement))


def counted(engine: Engine, count: int) -> None:
    """Keep the counts of so many sites, without the sites: tiles ask for nothing else."""
    cells = []
    for _, _, xy, _ in data.places(count):
        x, y = cell_of(*xy.T, blocks.FINEST)
        cells.append(np.unique(x << 32 | y, return_counts=True))
    codes, index = np.unique(np.concatenate([code for code, _ in cells]), return_inverse=True)
    held = np.bincount(index, np.concatenate([each for _, each in cells])).astype(np.int64)
    nothing = np.zeros_like(codes)
    finest = {"part": nothing + pyramid.ALL, "x": codes >> 32, "y": codes & 0xFFFFFFFF}
    finest |= {"sites": held, "workers": held * 20, "gap": held * 10}
    with writing(engine) as connection:
        for level, kept in blocks.levels(finest | {"sites_unknown_workers": nothing}):
            blocks.write(connection, "heat_block", level, kept)
    with engine.connect() as connection:
        connection.execute(sa.text("VACUUM ANALYZE heat_block"))


def _in_turns(*works: Callable[[], None]) -> tuple[float, ...]:
    took: list[list[float]] = [[] for _ in works]
    for _ in range(REPEATS):
        for work, times in zip(works, took, strict=True):
            started = time.perf_counter()
            work()
            times.append((time.perf_counter() - started) * 1e3)
    return tuple(statistics.median(times) for times in took)
