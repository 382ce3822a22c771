"""What people take along of a panel: what the API says, and the same columns when it is empty."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from fastapi.testclient import TestClient
from page_reading import counted, get
from sqlalchemy import Engine

PLACE = {"lon": 117.25, "lat": 31.85}


def table(client: TestClient, path: str, **params: Any) -> tuple[list[str], list[dict[str, str]]]:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    reader = csv.DictReader(answer.content.decode("utf-8-sig").splitlines())
    return list(reader.fieldnames or []), list(reader)


@pytest.mark.parametrize(
    ("name", "params"), [("categories", {}), ("coverage", {}), ("hotspots", {}), ("nearby", PLACE)]
)
def test_an_empty_list_has_the_columns_of_a_full_one(
    demo_client: TestClient, name: str, params: dict[str, Any]
) -> None:
    columns, rows = table(demo_client, f"/downloads/{name}.csv", **params)
    empty, none = table(demo_client, f"/downloads/{name}.csv", q="nothing is called so", **params)
    assert rows
    assert empty == columns
    assert name == "coverage" or none == []


def test_categories_are_those_of_the_database(demo_client: TestClient, demo_engine: Engine) -> None:
    _, rows = table(demo_client, "/downloads/categories.csv", adcode="340104")
    for row in rows:
        known = counted(demo_engine, f"category = '{row['category']}' AND adcode = '340104'")
        assert {name: int(row[name]) for name in ("sites", "sites_none", "gap", "workers")} == {
            name: known[name] for name in ("sites", "sites_none", "gap", "workers")
        }


def test_hotspots_are_those_of_the_same_box_and_density(demo_client: TestClient) -> None:
    asked = {"bbox": "117.1,31.7,117.4,31.95", "density": 20, "category": "other"}
    found = get(demo_client, "/api/hotspots", **asked)["features"]
    _, rows = table(demo_client, "/downloads/hotspots.csv", **asked)
    assert found
    assert [(int(row["rank"]), int(row["gap"])) for row in rows] == [
        (each["properties"]["rank"], each["properties"]["gap"]) for each in found
    ]
    drawn = demo_client.get("/downloads/hotspots.geojson", params=asked).json()["features"]
    assert [each["properties"]["gap"] for each in drawn] == [int(row["gap"]) for row in rows]
