"""One private PostgreSQL for a test run; each test gets a database of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import filelock
import pytest
import sqlalchemy as sa
from browser import ARGUMENTS, CHROMIUM, Visitor, serving
from clusters import cluster_home
from commandline import CommandLine
from fastapi.testclient import TestClient
from hypothesis import settings
from ingesting import Load, Loaded, csv_file, load
from map_files import OpenMap, opening
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from api.app import create_app
from geo.database import cluster, migrate
from geo.database.engine import create_engine
from geo.operations.database import keep_current
from geo.operations.demo import load_demo
from geo.settings import Settings

# How long an example takes depends on who else uses the machine.
settings.register_profile("antu", deadline=None)
settings.load_profile("antu")

HOME = "ANTU_TEST_HOME"
TODAY = date(2026, 11, 20)


def pytest_configure(config: pytest.Config) -> None:
    """The home of the test cluster: made by the first process, found by its workers."""
    if not hasattr(config, "workerinput"):
        home = Path(tempfile.mkdtemp(prefix="antu-test-"))
        home.chmod(0o755)
        os.environ[HOME] = str(home)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        home = Path(os.environ.pop(HOME))
        cluster.down(home)
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def server() -> str:
    """The URL of the test cluster."""
    return cluster.up(Path(os.environ[HOME]), durable=False).url


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """The name of a database that has the tables, and is assessed for TODAY, but holds no data."""

    def make(engine: Engine) -> None:
        migrate.upgrade(engine)
        keep_current(engine, Settings(today=TODAY))

    return _made_once(server, "migrated", make)


@pytest.fixture(scope="session")
def demo_url(server: str, template: str) -> str:
    """The URL of a database with the demo, shared by all tests: to be read only."""

    def make(engine: Engine) -> None:
        migrate.upgrade(engine)
        load_demo(engine, Settings(today=TODAY))
        keep_current(engine, Settings(today=TODAY))

    return _database(server, _made_once(server, "demo", make))


@pytest.fixture(scope="session")
def demo_settings(demo_url: str) -> Settings:
    """Settings on the demo, on the day TODAY."""
    return Settings(database_url=demo_url, today=TODAY, language="en")


@pytest.fixture(scope="session")
def demo_engine(demo_url: str, demo_settings: Settings) -> Iterator[Engine]:
    engine = create_engine(demo_url, demo_settings)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def demo_client(demo_settings: Settings) -> Iterator[TestClient]:
    """The web application on the demo: to be read only."""
    with TestClient(create_app(demo_settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def demo_address(demo_settings: Settings) -> Iterator[str]:
    """The address of a server on the demo."""
    with serving(demo_settings) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def visitor(chromium: Browser, demo_address: str) -> Iterator[Visitor]:
    visitor = Visitor(chromium, demo_address)
    yield visitor
    visitor.close()


@pytest.fixture
def visit(visitor: Visitor) -> Iterator[Visitor]:
    """Shows pages of the demo; in the end they must have been quiet, and asked no other host."""
    visitor.forget()
    yield visitor
    assert visitor.said == []
    hosts = {urlsplit(url).netloc for url in visitor.asked if url.startswith("http")}
    assert hosts <= {urlsplit(visitor.address).netloc}


@pytest.fixture
def open_map(chromium: Browser, tmp_path: Path) -> Iterator[OpenMap]:
    """Opens a view as a file; in the end it must have been quiet, and asked nobody."""
    with opening(chromium, tmp_path) as open_map:
        yield open_map


@pytest.fixture
def database_url(server: str, template: str) -> Iterator[str]:
    """The URL of an empty database for one test."""
    yield from _copy(server, template)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings on that database, on the day TODAY."""
    return Settings(database_url=database_url, today=TODAY, language="en")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    assert settings.database_url is not None
    engine = create_engine(settings.database_url, settings)
    yield engine
    engine.dispose()


@pytest.fixture
def antu(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    """The command line on that database."""
    return CommandLine(settings, capsys, monkeypatch)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """The web application on that database."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home for a cluster of one test."""
    with cluster_home(tmp_path / "home") as home:
        yield home


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A home which the server's user can enter, whoever runs the tests."""
    parent = Path(tempfile.mkdtemp(prefix="antu-test-", dir="/tmp"))
    parent.chmod(0o755)
    with cluster_home(parent / "home") as home:
        yield home
    shutil.rmtree(parent)


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose cluster is made; the tests that take it leave its data as it was."""
    with cluster_home(tmp_path_factory.mktemp("shared")) as home:
        yield home


@pytest.fixture
def load_sites(tmp_path: Path) -> Load:
    """Loads a table of sites into a frame: the first row is the heading."""

    def loading(*rows: Sequence[Any], **how: Any) -> Loaded:
        return load(csv_file(tmp_path / "in.csv", rows), **how)

    return loading


def _copy(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _database(server, name)
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _made_once(server: str, name: str, make: Callable[[Engine], None]) -> str:
    """A database that the first worker makes, and all use."""
    with filelock.FileLock(Path(os.environ[HOME]) / f"{name}.lock"):
        if not _exists(server, name):
            _run(server, f"CREATE DATABASE {name}_in_making")
            engine = create_engine(_database(server, f"{name}_in_making"), Settings())
            try:
                make(engine)
            finally:
                engine.dispose()
            _run(server, f"ALTER DATABASE {name}_in_making RENAME TO {name}")
    return name


def _database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _run(server: str, statement: str) -> None:
    engine = create_engine(server, Settings())
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def _exists(server: str, name: str) -> bool:
    engine = create_engine(server, Settings())
    found = sa.text("SELECT count(*) FROM pg_database WHERE datname = :name")
    with engine.connect() as connection:
        count = connection.scalar(found, {"name": name})
    engine.dispose()
    return bool(count)
