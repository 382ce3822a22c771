"""Coverage in SQL against the same rule written independently with geopandas, on the demo."""

from __future__ import annotations

from datetime import date

import oracle
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from geo.database.engine import read_frame
from geo.demo import demo_divisions, demo_sites, demo_unions
from geo.operations.database import looking_at
from geo.settings import Settings

STATE = [
    "adcode",
    "coverage",
    "covered_by",
    "needs_own_union",
    "counted_workers",
    "counted_members",
    "gap",
]


@pytest.mark.parametrize("on", [date(2026, 11, 20), date(2019, 6, 30), date(2030, 1, 1)])
def test_equals_the_rule_on_the_demo(
    demo_engine: Engine, demo_settings: Settings, on: date
) -> None:
    sites = demo_sites()
    expected = oracle.assess(sites, demo_unions(sites), demo_divisions(), on, 25)
    with looking_at(demo_engine, demo_settings, on) as connection:
        found = read_frame(
            connection, sa.text("SELECT id, " + ", ".join(STATE) + " FROM site WHERE active")
        ).set_index("id")
    assert set(found.index) == set(expected.index)
    for column in STATE:
        left = found[column].reindex(expected.index).astype(object).where(lambda v: v.notna(), None)
        right = expected[column].astype(object).where(lambda v: v.notna(), None)
        differing = left[[a != b for a, b in zip(left, right, strict=True)]]
        assert differing.empty, (column, differing.head(), right[differing.index].head())


def test_coverage_by_the_stated_division_adds_up_and_takes_no_level(
    demo_client: TestClient,
) -> None:
    rows = demo_client.get("/api/coverage", params={"stated": True}).json()
    whole = demo_client.get("/api/coverage").json()
    for figure in ("sites", "workers", "gap"):
        assert sum(row[figure] for row in rows) == sum(row[figure] for row in whole)
    for asked in ({"level": "county"}, {"parent": "340100"}):
        answer = demo_client.get("/api/coverage", params={"stated": True, **asked})
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["field"] == next(iter(asked))


@pytest.mark.parametrize("level", [None, "prefecture", "county"])
@pytest.mark.parametrize("parent", [None, "340100", "340104"])
def test_the_rows_add_up_to_what_they_are_of(
    demo_client: TestClient, level: str | None, parent: str | None
) -> None:
    """Also where the level lies above the parent: then all of it is outside the divisions."""
    asked = {name: each for name, each in (("level", level), ("parent", parent)) if each}
    rows = demo_client.get("/api/coverage", params=asked).json()
    inside = {"adcode": parent} if parent else {}
    whole = demo_client.get("/api/sites", params={"limit": 10_000, **inside}).json()["features"]
    assert sum(row["sites"] for row in rows) == len(whole) > 0
    assert rows[-1]["adcode"] is None
    assert len({row["adcode"] for row in rows}) == len(rows)
    assert all(row["level"] == level for row in rows[:-1] if level)
