"""Hotspot areas against a plain flood fill, and what the API says of them."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geo.analysis.hotspots import areas, hotspots

GRIDS = arrays(
    np.float64, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.floats(0, 9)
)


def cells_of(grid: Any) -> pd.DataFrame:
    rows, columns = np.mgrid[: grid.shape[0], : grid.shape[1]]
    frame = pd.DataFrame({"x": columns.ravel(), "y": rows.ravel(), "density": grid.ravel()})
    return frame.assign(area_km2=0.25, sites=1, gap=np.arange(len(frame)))


def flooded(grid: Any, at_least: float) -> set[frozenset[tuple[int, int]]]:
    """Areas of dense cells, by walking from each to its eight neighbours."""
    dense = {(int(x), int(y)) for y, x in np.argwhere(grid >= at_least)}
    found = set()
    while dense:
        start = dense.pop()
        area, queue = {start}, deque([start])
        while queue:
            x, y = queue.popleft()
            near = {(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)} & dense
            dense -= near
            area |= near
            queue.extend(near)
        found.add(frozenset(area))
    return found


@given(GRIDS, st.randoms())
def test_areas_are_those_of_a_flood_fill(grid: Any, random: Any) -> None:
    cells = cells_of(grid).sample(frac=1, random_state=random.randrange(1000))
    area = areas(cells, 5)
    dense = cells.loc[area.index]
    found = {
        frozenset(zip(part["x"].tolist(), part["y"].tolist(), strict=True))
        for _, part in dense.groupby(area)
    }
    assert found == flooded(grid, 5)


def test_rank_sums_and_leaders() -> None:
    cells = pd.DataFrame(
        {
            "x": [0, 1, 5, 9],
            "y": [0, 1, 5, 9],
            "density": [90.0, 80.0, 200.0, 500.0],
            "area_km2": [0.25] * 4,
            "sites": [2, 3, 1, 4],
            "gap": [10, 20, 40, 0],
        }
    )
    counts = pd.DataFrame(
        {
            "x": [0, 1, 1, 5],
            "y": [0, 1, 1, 5],
            "category": ["a", "b", "a", "b"],
            "adcode": ["1", "2", None, None],
            "gap": [10, 15, 5, 40],
        }
    )
    found = hotspots(cells, counts, 80)
    assert found["rank"].tolist() == [1, 2]
    assert found["gap"].tolist() == [40, 30]
    assert found["sites"].tolist() == [1, 5]
    assert found["cells"].tolist() == [1, 2]
    assert found["peak"].tolist() == [200.0, 90.0]
    assert found["category"].tolist() == ["b", "a"]
    assert found["adcode"].tolist()[1] == "2"
    assert pd.isna(found["adcode"].iloc[0])
    assert hotspots(cells, counts, 1000).empty


@pytest.mark.parametrize("density", [20, 80, 320])
def test_the_gap_of_an_area_is_that_of_its_sites(demo_client: TestClient, density: int) -> None:
    answer = demo_client.get("/api/hotspots", params={"density": density}).json()
    assert answer["features"]
    page = demo_client.get("/api/sites", params={"limit": 10_000}).json()
    sites = [
        (shapely.geometry.shape(each["geometry"]).representative_point(), each["properties"])
        for each in page["features"]
        if each["geometry"]
    ]
    gaps = [each["properties"]["gap"] for each in answer["features"]]
    assert gaps == sorted(gaps, reverse=True)
    first = answer["features"][0]
    area = shapely.geometry.shape(first["geometry"])
    within = [known for point, known in sites if area.covers(point)]
    # The representative point of an area may differ from the database's by a cell.
    assert sum(known["gap"] or 0 for known in within) == pytest.approx(
        first["properties"]["gap"], rel=0.02
    )
    if answer["count"] == len(answer["features"]):
        assert answer["gap"] == sum(gaps)
    assert answer["gap"] <= answer["gap_in_box"]


def test_hotspots_refuse_the_other_side_of_the_world(demo_client: TestClient) -> None:
    answer = demo_client.get("/api/hotspots", params={"bbox": "170,0,-170,10"})
    assert answer.status_code == 422
    assert "antimeridian" in answer.json()["detail"]
