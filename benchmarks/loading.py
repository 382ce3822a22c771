"""Loading a file of sites, as a ratio to a bare COPY of the same rows into a table with the same
indexes; and loading it again with one row in a hundred changed."""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy import Engine

from benchmarks import data, database
from benchmarks.table import Figure, markdown
from geo.database.engine import create_engine, transactional
from geo.domain.kind import Kind
from geo.operations.loading import load
from geo.operations.understanding import Request
from geo.settings import Settings

FIELDS = (
    *("id", "name", "category", "grade", "workers", "members", "address"),
    *("started_on", "ended_on", "lon", "lat"),
)


def write_csv(path: Path, count: int, *, changed: bool = False) -> None:
    """The synthetic sites as a clerk's file; `changed`: the name of one in a hundred is new."""
    for number, frame in enumerate(data.sites(count)):
        points = frame.geometry
        table = pd.DataFrame(frame.drop(columns="geometry"))
        table = table.assign(lon=points.x.round(7), lat=points.y.round(7))
        if changed:
            chosen = np.arange(len(table)) % 100 == 0
            table.loc[chosen, "name"] += " (new)"
        mode = "w" if number == 0 else "a"
        table.to_csv(path, columns=list(FIELDS), index=False, header=number == 0, mode=mode)


def bare_copy(engine: Engine, path: Path) -> float:
    """Seconds of a COPY of the rows, ready-made, into a table with the keys and indexes of site."""
    names = [*FIELDS[:-2], "geom", "active", "coverage", "needs_own_union"]
    ready = path.with_suffix(".copy")
    for number, chunk in enumerate(pd.read_csv(path, dtype=str, chunksize=100_000)):
        place = "SRID=4326;POINT(" + chunk["lon"] + " " + chunk["lat"] + ")"
        table = chunk.assign(geom=place, active="t", coverage="none")
        table = table.assign(needs_own_union="f")[names]
        table.to_csv(ready, index=False, header=False, mode="w" if number == 0 else "a")
    columns = ", ".join(names)
    with transactional(engine).begin() as connection:
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        connection.execute(sa.text("CREATE TABLE bare (LIKE site INCLUDING ALL)"))
        started = time.perf_counter()
        cursor = connection.connection.cursor()
        with ready.open("rb") as file, cursor.copy(f"COPY bare ({columns}) FROM STDIN CSV") as copy:
            while chunk_bytes := file.read(2**20):
                copy.write(chunk_bytes)
    took = time.perf_counter() - started
    with transactional(engine).begin() as connection:
        connection.execute(sa.text("DROP TABLE bare"))
    return took


def loaded(url: str, path: Path) -> tuple[float, float, dict[str, int]]:
    """Seconds, peak MiB and counts of a load in a process of its own."""
    return _apart(_load, url, path)


def _apart(work: Callable[..., Any], *arguments: Any) -> Any:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _load(url: str, path: Path) -> tuple[float, float, dict[str, int]]:
    settings = Settings(database_url=url, today=database.TODAY)
    engine = create_engine(url, settings)
    started = time.perf_counter()
    report = load(engine, settings, Request(path, Kind.SITES))
    took = time.perf_counter() - started
    engine.dispose()
    assert report.batch_id is not None, report.problems[:3]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return took, peak, vars(report.counts)


def measure(count: int) -> list[Figure]:
    """Loading a number of sites over the divisions and federations of the benchmark."""
    with tempfile.TemporaryDirectory(prefix="antu-bench-") as folder, database.server() as server:
        url = database.empty(server, "loading")
        engine = database.opened(url)
        first, second = Path(folder) / "sites.csv", Path(folder) / "changed.csv"
        write_csv(first, count)
        write_csv(second, count, changed=True)
        database.put(engine, Kind.DIVISIONS, [data.divisions()])
        database.put(engine, Kind.UNIONS, [data.unions(5, 2000)])
        bare = bare_copy(engine, first)
        load_s, peak, counts = loaded(url, first)
        again_s, again_peak, again = loaded(url, second)
        engine.dispose()
    assert counts["added"] == count
    assert (again["updated"], again["added"]) == (-(-count // 100), 0)
    peak = max(peak, again_peak)
    return [
        Figure(
            f"load {count:,} sites from CSV, checked, indexed, covered",
            f"{load_s:.1f} s",
            f"{bare:.1f} s: bare COPY, same indexes",
            load_s / bare,
            "<= 4",
        ),
        Figure("its peak memory", f"{peak:,.0f} MiB", "1,024 MiB", peak / 1024, "<= 1"),
        Figure(
            "load them again, 1 % changed",
            f"{again_s:.1f} s",
            f"{load_s:.1f} s: the first load",
            again_s / load_s,
            "<= 0.333",
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    print(markdown(measure(parser.parse_args().rows)))


if __name__ == "__main__":
    main()
