"""Heat tiles where sites are densest: beside the query that they are made from, and by the number
of sites.

A tile is the whole answer over HTTP, of a server with one worker. Its query is the same statement
with the same values, its rows fetched by the driver, on a connection as the server has it: without
the state of the data, the picture and HTTP. Both are asked in turns; a figure is the median.
"""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy import Engine

from benchmarks import data
from benchmarks.database import opened
from benchmarks.serving import antu
from benchmarks.table import Figure
from benchmarks.tiles import densest
from geo.database import heat, pyramid
from geo.database.engine import fetch_columns, reading, writing
from geo.domain.site_filter import EVERYTHING
from maps.cells import cell_of, cell_window

ZOOMS = range(15)
REPEATS = 25
BANDWIDTH_M = 1000.0
Took = dict[int, tuple[float, float]]


def measure(urls: Mapping[int, str]) -> list[Figure]:
    """Milliseconds of a tile over HTTP, one after another, in databases with so many sites."""
    # The towns are the same, however many sites they hold.
    place = densest(urls[min(urls)])
    took = {count: tiles(url, place) for count, url in urls.items()}
    usual = max(count for count in urls if count <= 1_000_000)
    return [*_by_zoom(took[usual]), *_by_size(took)]


def _by_zoom(took: Took) -> Iterator[Figure]:
    for z, (tile, asked) in took.items():
        yield Figure(
            f"heat tile, zoom {z}, dense",
            f"{tile:.1f} ms",
            f"its query {asked:.1f} ms",
            tile / asked,
            "<= 3",
        )


def _by_size(took: Mapping[int, Took]) -> Iterator[Figure]:
    least, *larger = sorted(took)
    total = {count: sum(tile for tile, _ in by_zoom.values()) for count, by_zoom in took.items()}
    for count in larger:
        yield Figure(
            f"heat tiles of {len(ZOOMS)} zooms, {count:,} sites",
            f"{total[count]:.0f} ms",
            f"{least:,} sites: {total[least]:.0f} ms",
            total[count] / total[least],
            "<= 1.5",
        )


def tiles(url: str, place: tuple[float, float]) -> Took:
    """By zoom: ms of the tile that holds a place (lon, lat) over HTTP, and of its query alone."""
    lon, lat = place
    engine = opened(url)
    found = {}
    with antu(url) as port, reading(engine) as connection:
        asking = http.client.HTTPConnection("127.0.0.1", port)
        for z in ZOOMS:
            x, y = (int(each) // 64 for each in cell_of(lon, lat, z))
            window = cell_window(z, x, y, BANDWIDTH_M)
            turns = heat.turns(window.x0, window.x1, heat.CELLS << window.level)
            asked = [
                heat.values(EVERYTHING, window.level, first, window.y0, last, window.y1)
                for _, first, last in turns
            ]

            def query(asked: list[dict[str, object]] = asked) -> None:
                for values in asked:
                    fetch_columns(connection, "heat", values)

            def tile(path: str = f"/tiles/heat/{z}/{x}/{y}.png") -> None:
                asking.request("GET", path)
                answer = asking.getresponse()
                assert answer.read()
                assert answer.status == 200

            found[z] = _in_turns(tile, query)
    engine.dispose()
    return found


def counted(engine: Engine, count: int) -> None:
    """Keep the counts of so many sites, without the sites: tiles ask for nothing else."""
    cells = []
    for _, _, xy, _ in data.places(count):
        x, y = cell_of(*xy.T, pyramid.FINEST)
        cells.append(np.unique(x << 32 | y, return_counts=True))
    codes, index = np.unique(np.concatenate([code for code, _ in cells]), return_inverse=True)
    sites = np.bincount(index, np.concatenate([each for _, each in cells])).astype(np.int64)
    x, y = codes >> 32, codes & 0xFFFFFFFF
    with writing(engine) as connection:
        driver = connection.connection.driver_connection
        with (
            driver.cursor() as cursor,
            cursor.copy(
                "COPY heat_cell (level, block, part, cell, sites, sites_unknown_workers, workers,"
                " gap) FROM STDIN"
            ) as copy,
        ):
            for level in pyramid.LEVELS:
                shift = pyramid.FINEST - level
                frame = pd.DataFrame({"x": x >> shift, "y": y >> shift, "sites": sites})
                column, row, each = frame.groupby(["x", "y"], as_index=False).sum().to_numpy().T
                rows = pd.DataFrame(
                    {
                        "level": level,
                        "block": (row >> 6) * (1 << level) + (column >> 6),
                        "part": 0,
                        "cell": (row & 63) * 64 + (column & 63),
                        "sites": each,
                        "sites_unknown_workers": 0,
                        "workers": each * 20,
                        "gap": each * 10,
                    }
                )
                copy.write(rows.to_csv(sep="\t", header=False, index=False))
    with engine.connect() as connection:
        connection.execute(sa.text("VACUUM ANALYZE heat_cell"))


def _in_turns(*works: Callable[[], None]) -> tuple[float, float]:
    took: list[list[float]] = [[] for _ in works]
    for _ in range(REPEATS):
        for work, times in zip(works, took, strict=True):
            started = time.perf_counter()
            work()
            times.append((time.perf_counter() - started) * 1e3)
    first, second = (statistics.median(times) for times in took)
    return first, second
