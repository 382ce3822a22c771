"""All measurements, or one of them: `python -m benchmarks`, or `make bench`.

What is found is printed, and written into benchmarks/README.md, also where Antu loses.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from benchmarks import database
from benchmarks.table import Figure, markdown
from geo.database import cluster, migrate
from geo.operations.database import keep_current
from geo.settings import Settings

# Tiles are asked of this many, too.
MOST = 10_000_000
README = Path(__file__).parent / "README.md"


class Place:
    """A server with a database for each number of sites that is asked for, made when it is."""

    def __init__(self, server: str) -> None:
        self._server = server

    def url(self, sites: int) -> str:
        """A database with so many sites: to be read only."""
        name = f"sites_{sites}"
        if not self._exists(name):
            print(f"Making a database with {sites:,} sites", flush=True)
            return database.filled(self._server, sites)
        url = make_url(self._server).set(database=name).render_as_string(hide_password=False)
        engine = database.opened(url)
        if not migrate.is_current(engine):
            migrate.upgrade(engine)
            keep_current(engine, Settings(today=database.TODAY))
        engine.dispose()
        return url

    @contextmanager
    def empty(self, name: str) -> Iterator[str]:
        """A database of its own for what writes."""
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        yield database.empty(self._server, name)
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _exists(self, name: str) -> bool:
        engine = database.opened(self._server)
        with engine.connect() as connection:
            found = sa.text("SELECT count(*) FROM pg_database WHERE datname = :name")
            count = connection.scalar(found, {"name": name})
        engine.dispose()
        return bool(count)

    def _run(self, statement: str) -> None:
        engine = database.opened(self._server)
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()


def serving(place: Place, sites: int) -> list[Figure]:
    return _module("serving").measure(place.url(sites))


def tiles(place: Place, sites: int) -> list[Figure]:
    return _module("tiles").measure(place.url(sites))


def heat(place: Place, sites: int) -> list[Figure]:
    urls = {count: place.url(count) for count in _sizes(sites)}
    with place.empty("counted") as url:
        engine = database.opened(url)
        _module("heat").counted(engine, MOST)
        engine.dispose()
        return _module("heat").measure(urls | {MOST: url})


def join(place: Place, sites: int) -> list[Figure]:
    return _module("join").measure(place.url(sites), sites)


def pages(place: Place, sites: int) -> list[Figure]:
    sizes = [size for size in _module("pages").SIZES if size <= sites]
    return _module("pages").measure({size: place.url(size) for size in sizes})


def page(place: Place, sites: int) -> list[Figure]:
    return _module("page").measure(place.url(sites))


def mixed(place: Place, sites: int) -> list[Figure]:
    with place.empty("mixed") as url:
        return _module("mixed").measure(url, min(sites, 20_000))


def loading(_place: Place, sites: int) -> list[Figure]:
    return _module("loading").measure(sites)


def coverage(place: Place, sites: int) -> list[Figure]:
    return _module("coverage").measure(place.url(sites))


def incremental(place: Place, sites: int) -> list[Figure]:
    sizes = [size for size in _module("incremental").SIZES if size <= sites]
    return _module("incremental").measure({size: place.url(size) for size in sizes})


BENCHMARKS: dict[str, Callable[[Place, int], list[Figure]]] = {
    work.__name__: work
    for work in (serving, tiles, heat, join, page, pages, mixed, loading, coverage, incremental)
}


def _module(name: str):  # type: ignore[no-untyped-def]
    return importlib.import_module(f"benchmarks.{name}")


def _sizes(sites: int) -> list[int]:
    return sorted({size for size in (100_000, 1_000_000) if size < sites} | {sites})


def written(name: str, figures: Sequence[Figure], sites: int) -> None:
    """Put a table under its heading in the README; other tables stay."""
    told = _module(name).__doc__.strip().replace("\n", " ")
    when = datetime.now(UTC).date()
    how = f"{sites:,} sites, {when}, {os.cpu_count()} cores ({platform.machine()})."
    section = f"## {name}\n\n{told}\n\n{markdown(figures)}\n\n{how}\n"
    text = README.read_text(encoding="utf-8")
    found = re.compile(rf"^## {name}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if found.search(text):
        text = found.sub(lambda _: f"{section}\n", text)
    else:
        text = f"{text.rstrip()}\n\n{section}"
    README.write_text(text.rstrip() + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sites", type=int, default=1_000_000, help="how many (1,000,000)")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="one of them, or more")
    parser.add_argument("--home", type=Path, help="keep the databases in a folder, to use again")
    asked = parser.parse_args()
    server = cluster.using(asked.home) if asked.home else database.server()
    with server as url:
        place = Place(url)
        for name in asked.only or BENCHMARKS:
            figures = BENCHMARKS[name](place, asked.sites)
            print(f"\n{name}\n{markdown(figures)}", flush=True)
            written(name, figures, asked.sites)


if __name__ == "__main__":
    main()
