"""One private PostgreSQL for a test run; each test gets a database of its own, made by migrations."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import filelock
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from api.app import create_app
from geo.database import cluster, coverage, migrate
from geo.database.engine import create_engine, writing
from geo.settings import Settings

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
    name = "migrated"
    with filelock.FileLock(Path(os.environ[HOME]) / "template.lock"):
        if not _exists(server, name):
            _run(server, "CREATE DATABASE in_making")
            engine = create_engine(_database(server, "in_making"), Settings())
            migrate.upgrade(engine)
            with writing(engine) as connection:
                coverage.refresh(connection, TODAY, Settings().own_union_threshold)
            engine.dispose()
            _run(server, f"ALTER DATABASE in_making RENAME TO {name}")
    return name


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
def client(settings: Settings) -> Iterator[TestClient]:
    """The web application on that database."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def _copy(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _database(server, name)
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


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
