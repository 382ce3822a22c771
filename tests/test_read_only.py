"""A database user who may only read: other days are answered in a session of its own, or it is said
which right is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from commandline import CommandLine
from conftest import TODAY
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from api import dependencies
from api.app import create_app
from geo.operations.demo import load_demo
from geo.settings import Settings

LATER = TODAY + timedelta(days=500)


@pytest.fixture
def reader(engine: Engine, settings: Settings) -> Iterator[Settings]:
    """Settings of somebody who may read the demo, of TODAY, and nothing else."""
    load_demo(engine, settings)
    role = f"reader_{uuid4().hex[:8]}"
    run = statements(engine)
    run(f"CREATE ROLE {role} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    url = make_url(str(settings.database_url)).set(username=role)
    address = url.render_as_string(hide_password=False)
    yield settings.model_copy(update={"database_url": address})
    run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def statements(engine: Engine) -> Callable[..., None]:
    def run(*said: str) -> None:
        with engine.connect() as connection:
            for each in said:
                connection.execute(sa.text(each))

    return run


def on(settings: Settings, day: object) -> Settings:
    return settings.model_copy(update={"today": day})


def coverage(settings: Settings) -> object:
    with TestClient(create_app(settings)) as client:
        answer = client.get("/api/coverage?level=county")
        assert answer.status_code == 200
        return answer.json()


@pytest.mark.parametrize("day", [TODAY, LATER, TODAY - timedelta(days=500)])
@pytest.mark.parametrize("is_default", [False, True])
def test_another_day_is_answered(
    reader: Settings, settings: Settings, engine: Engine, day: object, is_default: bool
) -> None:
    if is_default:
        role = make_url(str(reader.database_url)).username
        statements(engine)(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    found = coverage(on(reader, day))
    assert found == coverage(on(settings, day))


def test_the_day_may_come_while_it_serves(
    reader: Settings, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "TRUST_S", 0.0)
    with TestClient(create_app(reader)) as client:
        first = client.get("/api/coverage").json()
        client.app.state.settings = on(reader, LATER)  # type: ignore[attr-defined]
        then = client.get("/api/coverage").json()
    assert then != first
    assert then == [
        {name: row[name] for name in then[0]} for row in coverage_of_all(on(settings, LATER))
    ]


def coverage_of_all(settings: Settings) -> list[dict[str, object]]:
    with TestClient(create_app(settings)) as client:
        found: list[dict[str, object]] = client.get("/api/coverage").json()
        return found


def test_the_missing_right_is_named(
    reader: Settings,
    engine: Engine,
    antu: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = make_url(str(reader.database_url))
    grant = f"GRANT TEMPORARY ON DATABASE {url.database} TO {url.username}"
    statements(engine)(f"REVOKE TEMPORARY ON DATABASE {url.database} FROM PUBLIC")
    with TestClient(create_app(reader), raise_server_exceptions=False) as client:
        assert client.get("/api/coverage").status_code == 200
        answer = client.get(f"/api/coverage?on={LATER}")
        assert answer.status_code == 503
        assert answer.json()["detail"].endswith(grant)
    monkeypatch.setenv("DATABASE_URL", str(reader.database_url))
    assert antu.run("coverage").code == 0
    monkeypatch.setenv("ANTU_TODAY", str(LATER))
    for command in (["coverage"], ["serve", "--port", "18473"]):
        said = antu.run(*command)
        assert said.code == 1
        assert said.err.splitlines()[0].endswith(grant)
        assert "Traceback" not in said.err
    statements(engine)(grant)
    assert antu.run("coverage").code == 0
    monkeypatch.setenv("ANTU_TODAY", str(TODAY))
    assert antu.run("undo", "1").code == 1
