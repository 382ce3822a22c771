"""A kill -9 in the middle of a load leaves the previous state or the new one, never between."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from geo.database import cluster, migrate, pyramid
from geo.database.engine import create_engine, snapshot
from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.errors import Unavailable
from geo.ingest.rows import Options
from geo.operations.database import keep_current
from geo.operations.loading import load
from geo.operations.understanding import Request
from geo.settings import Settings

ROWS = 2_000
CLIENT_KILLS, SERVER_KILLS = 26, 4
FORKED = get_context("fork")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster of its own: one that keeps what is committed, and may be killed."""
    folder = tmp_path_factory.mktemp("kill")
    folder.chmod(0o755)
    yield folder
    cluster.down(folder)


@pytest.fixture(scope="module")
def settings(home: Path) -> Settings:
    return Settings(database_url=cluster.up(home, durable=True).url)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two states of one directory, that differ in every row."""
    folder = tmp_path_factory.mktemp("files")
    paths = []
    for state in (1, 2):
        path = folder / f"state{state}.csv"
        lines = (
            f"S{row:05d},name {state},{state},{117 + row / 1e4:.4f},{31.5 + state / 10}"
            for row in range(ROWS)
        )
        path.write_text("\n".join(["id,name,workers,lon,lat", *lines]), encoding="utf-8")
        paths.append(path)
    return paths


def load_file(settings: Settings, path: Path) -> None:
    engine = create_engine(str(settings.database_url), settings)
    options = Options(category=Category.OTHER)
    load(engine, settings, Request(path, Kind.SITES, options=options))
    engine.dispose()


def found(engine: Engine) -> dict[str, Any]:
    """The state of the directory, and whether all that hangs together does."""
    with engine.connect() as connection:
        states = connection.execute(
            sa.text(
                "SELECT name, workers, count(*) AS n, count(DISTINCT batch_id) AS batches,"
                " max(batch_id) AS batch FROM site GROUP BY name, workers"
            )
        ).all()
        last = connection.scalar(sa.text("SELECT max(id) FROM import_batch"))
        versions = connection.scalar(
            sa.text("SELECT count(*) FROM site_version WHERE by_batch_id = :last"), {"last": last}
        )
        locks = connection.scalar(
            sa.text("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in trans%'")
        )
    assert len(states) == 1, states
    assert (states[0].n, states[0].batches, states[0].batch) == (ROWS, 1, last)
    assert states[0].name == f"name {states[0].workers}"
    assert (versions, locks) == (ROWS, 0)
    return {"state": states[0].workers, "batch": last}


def counts_are_right(engine: Engine) -> bool:
    """Whether what is kept of cells and divisions is what the sites add up to."""
    with snapshot(engine) as connection:
        return pyramid.check(connection).right


@pytest.fixture(scope="module")
def prepared(settings: Settings, files: list[Path]) -> float:
    """The first state is loaded; how many seconds the second takes."""
    engine = create_engine(str(settings.database_url), settings)
    migrate.upgrade(engine)
    keep_current(engine, settings)
    engine.dispose()
    load_file(settings, files[0])
    started = time.monotonic()
    load_file(settings, files[1])
    return time.monotonic() - started


def start(settings: Settings, path: Path) -> Any:
    process = FORKED.Process(target=_quietly, args=(settings, path))
    process.start()
    return process


def _quietly(settings: Settings, path: Path) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    load_file(settings, path)


def test_a_killed_client_leaves_one_state_or_the_other(
    settings: Settings, files: list[Path], prepared: float
) -> None:
    chance = random.Random(1)
    engine = create_engine(str(settings.database_url), settings)
    outcomes = set()
    for _ in range(CLIENT_KILLS):
        before = found(engine)
        process = start(settings, files[2 - before["state"]])
        time.sleep(chance.uniform(0, 1.2) * prepared)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        _wait_for_the_server_to_notice(engine)
        after = found(engine)
        loaded = after["batch"] != before["batch"]
        assert (after["state"] != before["state"]) is loaded
        outcomes.add(loaded)
    assert False in outcomes, "no kill came before the commit"
    assert counts_are_right(engine)
    engine.dispose()


def test_a_killed_server_leaves_one_state_or_the_other(
    home: Path, settings: Settings, files: list[Path], prepared: float
) -> None:
    chance = random.Random(2)
    outcomes = set()
    for _ in range(SERVER_KILLS):
        engine = create_engine(str(settings.database_url), settings)
        before = found(engine)
        engine.dispose()
        process = start(settings, files[2 - before["state"]])
        time.sleep(chance.uniform(0, 1.2) * prepared)
        _kill_server(home)
        process.join()
        cluster.up(home, durable=True)
        engine = create_engine(str(settings.database_url), settings)
        after = found(engine)
        assert counts_are_right(engine)
        engine.dispose()
        loaded = after["batch"] != before["batch"]
        assert (after["state"] != before["state"]) is loaded
        outcomes.add(loaded)
    assert False in outcomes, "no kill came before the commit"


def _kill_server(home: Path) -> None:
    """Kill the postmaster and every process of it, as a power cut would."""
    pid = cluster.status(home).pid
    assert pid is not None
    postmaster = psutil.Process(pid)
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family, timeout=10)


def _wait_for_the_server_to_notice(engine: Engine) -> None:
    """Until no backend of the killed client is at work any more."""
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        " AND pid <> pg_backend_pid()"
    )
    for _ in range(200):
        with engine.connect() as connection:
            if not connection.scalar(others):
                return
        time.sleep(0.05)
    raise Unavailable("the server still works for a client that is dead")
