"""Duplicates are found by code or by name and place, told with why, and left alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from commandline import CommandLine
from fastapi.testclient import TestClient
from ingesting import csv_file
from sqlalchemy import Engine
from synthetic import put, site_frame

from geo.database.engine import reading
from geo.domain.likeness import are_alike
from geo.operations.duplicates import NEAR_M, look

CODE = "91340100MA2N0K6X0Y"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("合肥市顺达物流有限公司", "合肥市顺达物流有限责任公司", True),
        ("合肥顺达物流（集团）有限公司", "合肥顺达物流集团", True),
        ("Acme Freight, Inc.", "ACME FREIGHT LLC", True),
        ("Acme Freight Forwarding", "Acme Freight Forwardng", True),
        ("顺达物流一号仓", "顺达物流二号仓", False),
        ("Gate 1", "Gate 2", False),
        ("顺达物流", "通达快递", False),
        ("公司", "有限公司", False),
        ("...", "---", False),
    ],
)
def test_names_are_alike_where_only_their_form_differs(one: str, other: str, alike: bool) -> None:
    assert are_alike(one, other) is alike
    assert are_alike(other, one) is alike


@pytest.fixture
def antu(antu: CommandLine, tmp_path: Path) -> CommandLine:
    """The command line on a few sites, some of which are alike."""
    rows = [
        ["id", "name", "credit_code", "lon", "lat"],
        ["A", "顺达物流有限公司", CODE, 117.2, 31.8],
        ["B", "另一个名称", CODE, 118.2, 31.8],
        ["C", "顺达物流", "", 117.2015, 31.8],
        ["D", "顺达物流", "", 117.2045, 31.8],
        ["E", "无坐标", "", "", ""],
    ]
    table = csv_file(tmp_path / "sites.csv", rows)
    loaded = antu.run("load", "sites", str(table), "--category", "logistics_hub")
    assert loaded.code == 0, loaded.err
    return antu


def test_duplicates_are_listed_with_why(antu: CommandLine, client: TestClient) -> None:
    told = json.loads(antu.run("duplicates", "--json").out)
    assert [(pair["first_id"], pair["second_id"], pair["why"]) for pair in told["pairs"]] == [
        ("A", "B", "same_code"),
        ("A", "C", "alike"),
    ]
    assert told["pairs"][1]["distance_m"] == pytest.approx(142, abs=1)
    assert told["after"] is None
    assert client.get("/api/duplicates").json() == told
    assert "the same credit code" in antu.run("duplicates").out
    assert len(client.get("/api/sites").json()["features"]) == 5


def test_a_cut_list_says_where_to_go_on(antu: CommandLine, client: TestClient) -> None:
    first = client.get("/api/duplicates", params={"limit": 1}).json()
    assert len(first["pairs"]) == 2, "all pairs of a site come together"
    rest = client.get("/api/duplicates", params={"limit": 1, "after": first["after"]}).json()
    assert rest == {"pairs": [], "after": None}


def test_all_that_is_near_is_found_everywhere_on_earth(engine: Engine) -> None:
    rng = np.random.default_rng(5)
    centres = [(180, 0), (-180, 65), (30, 89.9), (30, 89.9999), (-100, -90), (117, 31), (0, 0)]
    near = np.repeat(np.asarray(centres, dtype=float), 12, axis=0)
    offset = rng.uniform(-300, 300, near.shape) / 111_000
    lat = np.clip(near[:, 1] + offset[:, 1], -90, 90)
    lon = near[:, 0] + offset[:, 0] / np.maximum(np.cos(np.radians(near[:, 1])), 1e-3)
    lon = (lon + 180) % 360 - 180
    frame = site_frame(list(shapely.points(lon, lat))).assign(name="顺达物流有限公司")
    put(engine, frame)
    one, other = np.triu_indices(len(frame), 1)
    *_, distance = pyproj.Geod(ellps="WGS84").inv(lon[one], lat[one], lon[other], lat[other])
    ids = frame["id"].to_numpy()
    expected = {
        tuple(sorted(pair))
        for pair in zip(ids[one[distance <= NEAR_M]], ids[other[distance <= NEAR_M]], strict=True)
    }
    told: list[int] = []
    with reading(engine) as connection:
        found = look(connection, limit=10_000, progress=told.append)
    assert {(pair.first_id, pair.second_id) for pair in found.pairs} == expected
    assert len(expected) > 7 * 5
    assert told[-1] >= len(frame)
