"""Sites over HTTP, beside a route that only asks the database, and beside tipg and pygeoapi.

Of a box of few sites tipg tells what its framework lets it: there no route of FastAPI is 15 times
as fast, the bare one neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import sqlalchemy as sa

from benchmarks import bare, data, field
from benchmarks.database import opened
from benchmarks.load import Load, Paths, load, ratio
from benchmarks.servers import fetch, serving
from benchmarks.table import Figure
from geo.database import sites
from geo.database.engine import reading
from geo.domain.site_filter import SiteFilter

PLACES = 400
# A limit, and half the side of the boxes in degrees: a quarter, a town, a city, a province.
PAGES = ((20, 0.01), (20, 0.1), (20, 0.5), (1000, 0.1), (1000, 0.5), (1000, 2))


def measure(url: str) -> list[Figure]:
    """Requests a second."""
    return [*nearest(url), *rare(url), *pages(url), *single(url)]


def places(seed: int = 5) -> list[tuple[float, float]]:
    """Where sites are, so most of them in towns."""
    rng = np.random.default_rng(seed)
    points = next(data.sites(20_000)).geometry
    xy = np.column_stack([points.x, points.y])[rng.choice(len(points), PLACES)]
    return [(lon, lat) for lon, lat in xy.round(5).tolist()]


def nearest(url: str) -> Iterator[Figure]:
    paths = [f"/api/nearby?lon={lon}&lat={lat}&k=20" for lon, lat in places()]
    with serving("benchmarks.bare:app", url) as theirs, antu(url) as ours:
        _same_answer(fetch(ours, paths[0]), fetch(theirs, paths[0]))
        found = load({"ours": (ours, paths), "bare": (theirs, paths)})
    yield _figure("nearest 20", found["ours"], "bare route", found["bare"], 0.7)


def rare(url: str) -> Iterator[Figure]:
    """By a headcount that one site in 10,000 reaches."""
    engine = opened(url)
    with reading(engine) as connection:
        least = connection.scalar(
            sa.text(
                "SELECT percentile_disc(0.9999) WITHIN GROUP (ORDER BY workers)"
                " FROM site WHERE active AND workers IS NOT NULL"
            )
        )
        few = sites.count(connection, SiteFilter(min_workers=least), most=10**9)
    engine.dispose()
    anywhere = [f"/api/nearby?lon={lon}&lat={lat}&k=20" for lon, lat in places()]
    wanted = [f"{path}&min_workers={least}" for path in anywhere]
    with antu(url) as port:
        found = load({"rare": (port, wanted), "any": (port, anywhere)}, connections=2)
    yield Figure(
        f"nearest 20 of the {few:,} sites with {least:,} workers, p99",
        f"{found['rare'].p99_ms:.1f} ms",
        f"unfiltered {found['any'].p99_ms:.1f} ms",
        found["rare"].p99_ms / found["any"].p99_ms,
        "<= 20",
    )


def pages(url: str) -> Iterator[Figure]:
    for limit, half in PAGES:
        boxes = [
            f"{lon - half:.5f},{lat - half:.5f},{lon + half:.5f},{lat + half:.5f}"
            for lon, lat in places()
        ]
        ours = [f"/api/sites?bbox={box}&limit={limit}" for box in boxes]
        items = f"items?limit={limit}&bbox="
        with ExitStack() as stack:
            port = stack.enter_context(antu(url))
            sides: dict[str, tuple[int, Paths]] = {
                "page": (port, ours),
                "bare route": (stack.enter_context(serving("benchmarks.bare:app", url)), ours),
                "counted": (port, [f"{path}&count=true" for path in ours]),
                "tipg": (
                    stack.enter_context(field.tipg(url)),
                    [f"/collections/public.site/{items}{box}&f=geojson" for box in boxes],
                ),
                "pygeoapi": (
                    stack.enter_context(field.pygeoapi(url)),
                    [f"/collections/site/{items}{box}&f=json" for box in boxes],
                ),
            }
            _same_answer(fetch(port, ours[0]), fetch(sides["bare route"][0], ours[0]))
            found = load(sides, turns=4, seconds=1.5)
        work = f"{limit:,} sites of a box of {half * 2:g}°"
        yield _figure(work, found["page"], "bare route", found["bare route"], 0.7)
        for name in ("tipg", "pygeoapi"):
            yield _figure(work, found["page"], name, found[name], 15)
            yield _figure(f"{work}, counted", found["counted"], name, found[name], 3)
            # What no server can do better that builds the same JSON in one statement.
            yield _figure(f"{work}, the bare route", found["bare route"], name, found[name])


def single(url: str) -> Iterator[Figure]:
    ids = [f"S{number * 7:08d}" for number in range(PLACES)]
    with antu(url) as ours, field.tipg(url) as tipg, field.pygeoapi(url) as pygeoapi:
        found = load(
            {
                "ours": (ours, [f"/api/sites/{each}" for each in ids]),
                "tipg": (tipg, [f"/collections/public.site/items/{each}?f=json" for each in ids]),
                "pygeoapi": (pygeoapi, [f"/collections/site/items/{each}?f=json" for each in ids]),
            },
            turns=4,
        )
    for name in ("tipg", "pygeoapi"):
        yield _figure("one site, with all that is known", found["ours"], name, found[name])


def antu(url: str):  # type: ignore[no-untyped-def]
    """The port of Antu itself."""
    return serving("api.app:create_app", url, factory=True)


def _figure(work: str, ours: Load, name: str, theirs: Load, least: float | None = None) -> Figure:
    budget = "" if least is None else f">= {least:g}"
    return Figure(work, str(ours), f"{name} {theirs}", ratio(ours, theirs), budget)


def _same_answer(ours: bytes, theirs: bytes) -> None:
    """The yardstick answers the same: else it measures something else."""
    mine, yours = (
        {each["id"]: each for each in json.loads(body)["features"]} for body in (ours, theirs)
    )
    assert mine.keys() == yours.keys(), bare.__name__
    for key, feature in mine.items():
        assert feature == yours[key], (feature, yours[key])
