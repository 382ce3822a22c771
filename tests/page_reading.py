"""What tests read on the planner's page, and what the API and the database say of the same."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from sqlalchemy import Engine

from geo.database.engine import reading

SHUSHAN = "340104"


def number(text: str) -> int:
    return int(re.sub(r"[^\d-]", "", text))


def state(page: Page) -> dict[str, list[str]]:
    """The state of a page, as its address has it."""
    return parse_qs(urlsplit(page.url).query)


def get(client: TestClient, path: str, **params: Any) -> Any:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def totals(rows: list[dict[str, Any]]) -> dict[str, int]:
    """The sums of coverage rows."""
    names = [name for name, value in rows[-1].items() if isinstance(value, int)]
    return {name: sum(row[name] for row in rows) for name in names}


def counted(engine: Engine, condition: str = "true") -> dict[str, int]:
    """Counted in the database by a statement of its own: the sites of today that fit."""
    statement = f"""
        SELECT count(*) AS sites,
               count(*) FILTER (WHERE coverage = 'none') AS sites_none,
               count(*) FILTER (WHERE coverage <> 'none') AS covered,
               count(*) FILTER (WHERE needs_own_union) AS needs_own_union,
               count(*) FILTER (WHERE counted_workers IS NULL) AS unknown,
               coalesce(sum(counted_workers), 0) AS workers,
               coalesce(sum(counted_workers) FILTER (WHERE coverage <> 'none'), 0) AS worker_rate,
               coalesce(sum(gap), 0) AS gap,
               count(*) FILTER (WHERE coalesce(adcode, '') NOT IN
                   (SELECT adcode FROM division WHERE level = 'county')) AS outside
        FROM site WHERE active AND ({condition})"""
    with reading(engine) as connection:
        row = connection.execute(sa.text(statement)).mappings().one()
    return {name: int(value) for name, value in row.items()}
