"""Heat tiles where sites are densest: beside the query that they are made from, and by the number
of sites."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable, Mapping

from benchmarks.database import opened
from benchmarks.serving import antu
from benchmarks.table import Figure
from benchmarks.tiles import densest
from geo.database import heat
from geo.database.engine import fetch_all, reading
from geo.domain.site_filter import EVERYTHING
from maps.cells import cell_of, cell_window

ZOOMS = range(15)
REPEATS = 25
BANDWIDTH_M = 1000.0


def measure(urls: Mapping[int, str]) -> list[Figure]:
    """Milliseconds of a tile over HTTP, one after another."""
    figures = []
    took = {count: tiles(url) for count, url in urls.items()}
    most = max(count for count in urls if count <= 1_000_000)
    for z in ZOOMS:
        tile, asked = took[most][z]
        figures.append(
            Figure(
                f"heat tile, zoom {z}, dense",
                f"{tile:.1f} ms",
                f"its query {asked:.1f} ms",
                tile / asked,
                "<= 3",
            )
        )
    least, *larger = sorted(took)
    for count in larger:
        worst = max(ZOOMS, key=lambda z: took[count][z][0] / took[least][z][0])
        tiles_ms = {size: sum(tile for tile, _ in took[size].values()) for size in (least, count)}
        figures.append(
            Figure(
                f"heat tiles of all zooms, {count:,} sites (worst: zoom {worst})",
                f"{tiles_ms[count]:.0f} ms",
                f"{least:,} sites: {tiles_ms[least]:.0f} ms",
                tiles_ms[count] / tiles_ms[least],
            )
        )
    return figures


def tiles(url: str) -> dict[int, tuple[float, float]]:
    """By zoom: ms of the densest tile over HTTP, and of its query alone."""
    lon, lat = densest(url)
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
                    fetch_all(connection, "heat", values)

            def tile(path: str = f"/tiles/heat/{z}/{x}/{y}.png") -> None:
                asking.request("GET", path)
                answer = asking.getresponse()
                assert answer.read()
                assert answer.status == 200

            found[z] = _in_turns(tile, query)
    engine.dispose()
    return found


def _in_turns(*works: Callable[[], None]) -> tuple[float, float]:
    took: list[list[float]] = [[] for _ in works]
    for _ in range(REPEATS):
        for work, times in zip(works, took, strict=True):
            started = time.perf_counter()
            work()
            times.append((time.perf_counter() - started) * 1e3)
    first, second = (statistics.median(times) for times in took)
    return first, second
