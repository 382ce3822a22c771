"""Hotspot areas against a plain flood fill, and what the API says of them."""

from __future__ import annotations

import io
from collections import deque
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from sqlalchemy import Engine
from synthetic import put

from geo.analysis.hotspots import areas, hotspots, with_leading

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
    cells = cells.assign(area=areas(cells, 80))
    first, second, third, _ = cells["area"]
    assert first == second
    by_category = pd.DataFrame(
        {
            "area": [first, first, second, third],
            "category": ["a", "b", "a", "b"],
            "gap": [10, 15, 5, 40],
        }
    )
    by_division = pd.DataFrame({"area": [first, second, third], "adcode": ["1", "2", None]})
    found = with_leading(hotspots(cells), by_category, "category")
    found = with_leading(found, by_division.assign(gap=[10, 15, 40]), "adcode")
    assert found["rank"].tolist() == [1, 2]
    assert found["gap"].tolist() == [40, 30]
    assert found["sites"].tolist() == [1, 5]
    assert found["cells"].tolist() == [1, 2]
    assert found["peak"].tolist() == [200.0, 90.0]
    assert found["category"].tolist() == ["b", "a"]
    assert found["adcode"].tolist()[1] == "2"
    assert pd.isna(found["adcode"].iloc[0])
    none = cells[cells["density"] > 1000]
    assert hotspots(none.assign(area=areas(none, 1000))).empty


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


def test_nearly_around_the_earth_nothing_is_counted_twice(demo_client: TestClient) -> None:
    whole = demo_client.get("/api/hotspots", params={"bbox": "-180,-80,180,80"}).json()
    asked = {"bbox": "117.2,-80,117.19,80"}
    assert (
        demo_client.get("/api/hotspots", params=asked).json()["gap_in_box"] == whole["gap_in_box"]
    )


def test_an_area_goes_on_across_the_antimeridian(client: TestClient, engine: Engine) -> None:
    lon = [179.99, 179.995, -179.998, -179.99, 178.0]
    frame = gpd.GeoDataFrame(
        {
            "row": range(1, 6),
            "id": [f"S{n}" for n in range(5)],
            "name": [f"Cannery {n}" for n in range(5)],
            "category": "other",
            "grade": "other",
            "workers": [400, 300, 200, 100, 900],
        },
        geometry=gpd.points_from_xy(lon, [-16.5] * 5),
        crs=4326,
    )
    put(engine, frame)
    answer = client.get("/api/hotspots", params={"bbox": "179,-17,-179,-16"}).json()
    assert answer["gap_in_box"] == 1000
    (area,) = answer["features"]
    assert area["properties"]["gap"] == 1000
    assert area["properties"]["sites"] == 4
    west, _, east, _ = area["bbox"]
    assert 179.9 < west < 179.99
    assert -179.99 < east < -179.9
    outline = shapely.geometry.shape(area["geometry"])
    assert outline.geom_type == "MultiPolygon"
    assert shapely.covers(outline, shapely.points(lon[:4], -16.5)).all()
    # Beside the antimeridian it is the same ground, so the same density.
    tiles = [client.get(f"/tiles/heat/9/{x}/279.png").content for x in (0, 511)]
    west_edge, east_edge = (
        np.asarray(Image.open(io.BytesIO(tile)).convert("RGBA")).astype(int) for tile in tiles
    )
    assert west_edge[:, :20, 3].any()
    assert np.abs(west_edge[:, 0] - east_edge[:, -1]).max() < 30
