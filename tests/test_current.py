"""What is stored is of one day and one policy; who asks or loads for others is answered rightly,
and changes nothing of it for everybody else."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from commandline import CommandLine
from conftest import TODAY
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api import dependencies
from api.app import create_app
from geo.database import coverage, state
from geo.database.engine import reading, snapshot, writing
from geo.database.summary import coverage_summary
from geo.domain.kind import Kind
from geo.domain.site_filter import EVERYTHING
from geo.operations import history
from geo.operations.database import today
from geo.operations.demo import load_demo
from geo.operations.loading import load
from geo.operations.understanding import Request
from geo.settings import Settings

OTHERS = {
    "policy": {"own_union_threshold": 60},
    "earlier": {"today": TODAY - timedelta(days=500)},
    "later": {"today": TODAY + timedelta(days=500)},
}


@pytest.fixture
def kept(engine: Engine, settings: Settings) -> Engine:
    """A database with the demo, of TODAY and the usual policy."""
    load_demo(engine, settings)
    return engine


def other(settings: Settings, name: str) -> Settings:
    return settings.model_copy(update=OTHERS[name])


def basis(engine: Engine) -> tuple[object, ...]:
    with reading(engine) as connection:
        stored = state.read(connection)
    return stored.covered_on, stored.own_union_threshold


def figures(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (row["adcode"], row["sites"], row["sites_none"], row["sites_need_own_union"])
        for row in rows
    ]


def expected(engine: Engine, settings: Settings) -> list[tuple[Any, ...]]:
    """By assessing everything anew for a day and a policy, which is taken back."""
    with snapshot(engine) as connection:
        connection.execute(sa.text("UPDATE data_state SET covered_on = NULL"))
        coverage.refresh(connection, today(settings), settings.own_union_threshold)
        return figures(coverage_summary(connection, EVERYTHING, level="county"))


@pytest.mark.parametrize("name", OTHERS)
def test_a_command_asks_for_another_day_or_policy_and_leaves_what_is_stored(
    kept: Engine, settings: Settings, antu: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    asked, before = other(settings, name), basis(kept)
    wanted = expected(kept, asked)
    assert wanted != expected(kept, settings)
    monkeypatch.setenv("ANTU_TODAY", str(asked.today))
    monkeypatch.setenv("ANTU_OWN_UNION_THRESHOLD", str(asked.own_union_threshold))
    assert figures(json.loads(antu.run("coverage", "--level", "county", "--json").out)) == wanted
    assert antu.run("heat", "check").code == 0
    assert (basis(kept) == before) == (name != "later")


@pytest.mark.parametrize("name", OTHERS)
def test_a_server_answers_rightly_whatever_another_process_stores(
    kept: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(dependencies, "TRUST_S", 0.0)
    wanted, asked = expected(kept, settings), other(settings, name)
    with TestClient(create_app(settings)) as client:
        assert figures(client.get("/api/coverage?level=county").json()) == wanted
        with writing(kept) as connection:
            coverage.refresh(connection, today(asked), asked.own_union_threshold)
        assert figures(client.get("/api/coverage?level=county").json()) == wanted
        assert figures(client.get(f"/api/coverage?level=county&on={TODAY}").json()) == wanted


def test_an_answer_of_another_day_is_not_called_unchanged(kept: Engine, settings: Settings) -> None:
    """Also where what is stored is somebody else's, and does not change with the day."""
    tomorrow = settings.model_copy(update={"today": TODAY + timedelta(days=1)})
    with TestClient(create_app(settings)) as today_, TestClient(create_app(tomorrow)) as next_day:
        with writing(kept) as connection:
            coverage.refresh(connection, TODAY + timedelta(days=9), 60)
        tags = {each.get("/api/coverage").headers["etag"] for each in (today_, next_day)}
    assert len(tags) == 2


@pytest.mark.parametrize("name", OTHERS)
def test_a_load_and_its_undoing_are_assessed_as_the_rest_is(
    kept: Engine, settings: Settings, tmp_path: Path, name: str
) -> None:
    asked, before = other(settings, name), basis(kept)
    file = tmp_path / "sites.csv"
    file.write_text(
        "id,name,category,workers,lon,lat\nX1,甲,other,40,117.23,31.82\nX2,乙,other,20,117.3,31.8\n"
    )
    batch = load(kept, asked, Request(file, Kind.SITES)).batch_id
    assert batch is not None
    assert basis(kept) == before
    for _ in range(2):
        with snapshot(kept) as connection:
            stored = states(connection)
            connection.execute(sa.text("UPDATE data_state SET covered_on = NULL"))
            coverage.refresh(connection, TODAY, settings.own_union_threshold)
            assert states(connection) == stored
        if batch:
            history.undo(kept, asked, batch)
            batch = None


def test_a_first_load_is_assessed_at_once(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE data_state SET covered_on = NULL"))
    load_demo(engine, settings)
    assert basis(engine) == (TODAY, settings.own_union_threshold)


def states(connection: sa.Connection) -> list[tuple[Any, ...]]:
    statement = "SELECT id, active, coverage, needs_own_union, gap, adcode FROM site ORDER BY id"
    return list(map(tuple, connection.execute(sa.text(statement))))
