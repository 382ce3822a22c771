"""A database large enough to need its indexes, and the plans that statements really get on it."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.errors import Diagnostic
from sqlalchemy import Engine, TextClause
from sqlalchemy.engine import make_url
from synthetic import TODAY

from benchmarks.database import fill
from geo.database import engine as engines
from geo.database.engine import create_engine
from geo.settings import Settings

SITES = 50_000
# Plans, as EXPLAIN gives them, by the name of the query.
Plans = dict[str, list[dict[str, Any]]]

_EXPLAINING = {"log_min_duration": "0", "log_format": "json", "log_level": "notice"}
# A statement says which file it is of.
_NAME = re.compile(r"/\* (\w+)\.sql \*/")
_statement = engines._statement


@contextmanager
def large_database(server: str, template: str) -> Iterator[str]:
    """The URL of a database with SITES sites, analysed."""
    name = f"large_{uuid4().hex}"
    admin = create_engine(server, Settings())
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    engine = create_engine(url, Settings(today=TODAY))
    fill(engine, SITES, counties=600, federations=200)
    analyse(engine)
    engine.dispose()
    yield url
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def analyse(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


@contextmanager
def told(url: str) -> Iterator[tuple[Engine, Plans]]:
    """An engine on a database, and the plans of all queries that run on it: PostgreSQL tells of
    each as it runs (auto_explain)."""
    found: Plans = defaultdict(list)

    def note(said: Diagnostic) -> None:
        _, _, plan = (said.message_primary or "").partition("plan:\n")
        if plan and (name := _NAME.search(json.loads(plan)["Query Text"])):
            found[name[1]].append(json.loads(plan)["Plan"])

    def listen(connection: psycopg.Connection[Any], _record: object) -> None:
        connection.add_notice_handler(note)
        connection.execute("LOAD 'auto_explain'")
        for name, value in _EXPLAINING.items():
            connection.execute(f"SET auto_explain.{name} = {value}".encode())
        connection.commit()

    engine = create_engine(url, Settings(today=TODAY))
    sa.event.listen(engine, "connect", listen)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engines, "_statement", _named)
        patched.setattr(engines, "_driver_text", cache(engines._driver_text.__wrapped__))
        yield engine, found
    engine.dispose()


def _named(name: str, given: frozenset[str]) -> TextClause:
    return sa.text(f"/* {name}.sql */\n{_statement(name, given).text}")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node of a plan, and all below it."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def indexes(plan: dict[str, Any]) -> set[str]:
    """The indexes that a plan reads, or asks whether a row is there."""
    found = set()
    for node in nodes(plan):
        found |= {node.get("Index Name"), *node.get("Conflict Arbiter Indexes", [])} - {None}
    return found


def header(path: Path) -> str:
    """The comment that a query file begins with."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(itertools.takewhile(lambda line: line.startswith("--"), lines))


def indexes_named(path: Path) -> set[str]:
    """The indexes that the header of a query file says to serve it, without those in brackets."""
    _, _, said = header(path).partition("Index:")
    meant = re.sub(r"\([^()]*\)", "", said)
    tables = "site|division|division_part|heat_block|union_organisation|dated_\\w+"
    return set(re.findall(rf"\b(?:{tables})_(?:\w+)", meant))
