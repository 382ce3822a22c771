"""Hexagons: each cell in the one that holds it, nothing lost, and as large as they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st
from pyproj import Geod

from maps.cells import CELLS, bbox_window, cell_centre, cell_of
from maps.hexagons import (
    FINEST,
    RADIUS,
    corners,
    hexagon_extent,
    hexagon_window,
    hexagons,
    middle,
    width_m,
)

HEFEI = (116.68, 30.95, 117.97, 32.55)
GEOD = Geod(ellps="WGS84")


def binned(lon: object, lat: object, level: int) -> pd.DataFrame:
    x, y = cell_of(lon, lat, level)  # type: ignore[arg-type]
    frame = pd.DataFrame({"x": x, "y": y, "sites": 1, "workers": 10, "gap": np.arange(len(x))})
    return frame.groupby(["x", "y"], as_index=False).sum()


def inside(cells: pd.DataFrame, extent_bbox: tuple[float, ...], zoom: int) -> pd.DataFrame:
    """The cells that a query of the window would give."""
    window = hexagon_window(hexagon_extent(extent_bbox, zoom))  # type: ignore[arg-type]
    return cells[
        cells["x"].between(window.x0, window.x1 - 1) & cells["y"].between(window.y0, window.y1 - 1)
    ]


@pytest.mark.parametrize("zoom", [5, 9, 11, 13])
def test_each_cell_counts_in_the_hexagon_that_is_drawn_around_it(zoom: int) -> None:
    random = np.random.default_rng(zoom)
    spread = 40 / 2**zoom
    lon, lat = random.normal(117.3, spread, 500), random.normal(31.8, spread, 500)
    box = (117.3 - 4 * spread, 31.8 - 4 * spread, 117.3 + 4 * spread, 31.8 + 4 * spread)
    extent = hexagon_extent(box, zoom)
    cells = binned(lon, lat, extent.level)
    found = hexagons(cells, extent)
    assert found[["sites", "workers", "gap"]].sum().tolist() == (
        cells[["sites", "workers", "gap"]].sum().tolist()
    )
    drawn = shapely.polygons(corners(found["i"], found["j"], extent.level))
    middles = shapely.points(*cell_centre(cells["x"], cells["y"], extent.level))
    cell, hexagon = shapely.STRtree(drawn).query(middles, predicate="dwithin", distance=1e-9)
    by_drawing = cells.iloc[cell].groupby(hexagon)[["sites", "workers", "gap"]].sum()
    pd.testing.assert_frame_equal(
        by_drawing.reset_index(drop=True), found[["sites", "workers", "gap"]], check_names=False
    )
    # They lie beside each other: none covers another.
    assert shapely.area(drawn).sum() == pytest.approx(shapely.union_all(drawn).area, rel=1e-6)


@given(st.floats(-179, 179), st.floats(-75, 75), st.integers(7, FINEST))
def test_they_are_as_large_on_the_ground_as_they_say(lon: float, lat: float, level: int) -> None:
    extent = hexagon_extent((lon - 1e-6, lat - 1e-6, lon + 1e-6, lat + 1e-6), level)
    found = hexagons(binned([lon], [lat], level), extent)
    (ring,) = corners(found["i"], found["j"], level)
    true = abs(GEOD.polygon_area_perimeter(*ring.T)[0]) / 1e6
    assert found["area_km2"].iloc[0] == pytest.approx(true, rel=0.02)
    across = GEOD.inv(*ring[1:3].mean(axis=0), *ring[4:6].mean(axis=0))[2]
    assert width_m(extent) == pytest.approx(across, rel=0.04)


def test_those_at_the_edge_of_a_box_are_whole() -> None:
    random = np.random.default_rng(7)
    lon, lat = random.uniform(115, 119, 20_000), random.uniform(29, 34, 20_000)
    everywhere = (116.0, 30.7, 118.6, 32.8)
    level = hexagon_extent(everywhere, 10).level
    assert level == 10
    cells = binned(lon, lat, level)
    whole = hexagons(cells, hexagon_extent(everywhere, level)).set_index(["i", "j"])
    part = hexagons(inside(cells, HEFEI, level), hexagon_extent(HEFEI, level))
    part = part.set_index(["i", "j"])
    assert 200 < len(part) < len(whole)
    pd.testing.assert_frame_equal(part, whole.loc[part.index])
    # A file has the cells of its heat, which may be a level finer: they are the same.
    window = bbox_window(HEFEI)
    assert window.level == 11
    fine = binned(lon, lat, window.level)
    fine = fine[
        fine["x"].between(window.x0, window.x1 - 1) & fine["y"].between(window.y0, window.y1 - 1)
    ]
    coarse = hexagons(fine, hexagon_extent(HEFEI, level), finer=window.level - level)
    pd.testing.assert_frame_equal(coarse.set_index(["i", "j"]), part)


@given(st.integers(-180, 180), st.integers(1, 90), st.sampled_from([0, 3]))
@example(-180, 0, 3)
@example(-150, 60, 0)
def test_around_the_earth_each_that_touches_comes_once(west: int, gap: int, zoom: int) -> None:
    random = np.random.default_rng(8)
    lon, lat = random.uniform(-180, 180, 5000), random.uniform(-84, 84, 5000)
    east = (west - gap + 180) % 360 - 180 if gap else 180
    extent = hexagon_extent((float(west), -85.0, float(east), 85.0), zoom)
    cells = binned(lon, lat, extent.level)
    turn = CELLS << extent.level
    window = hexagon_window(extent)
    turns = (-turn, 0, turn)
    around = pd.concat([cells.assign(x=cells["x"] + by) for by in turns])
    found = hexagons(around[around["x"].between(window.x0, window.x1 - 1)], extent)
    found = found.assign(i=found["i"] % (12 << extent.level))
    assert not found.duplicated(["i", "j"]).any()
    whole = hexagon_extent((-180.0, -85.0, 180.0, 85.0), zoom)
    every = hexagons(around, whole)
    assert every["sites"].sum() == 5000
    middles = middle(every["i"], every["j"])[0]
    touching = np.zeros(len(every), dtype=bool)
    for by in turns:
        touching |= (middles + by > extent.west - RADIUS) & (middles + by < extent.east + RADIUS)
    assert set(zip(found["i"], found["j"], strict=True)) == set(
        every.loc[touching, ["i", "j"]].itertuples(index=False, name=None)
    )
    assert found["sites"].sum() == every.loc[touching, "sites"].sum()


def test_a_wide_box_has_coarse_hexagons_and_not_too_many() -> None:
    for box in (HEFEI, (73.0, 18.0, 135.0, 54.0), (170.0, -40.0, -170.0, -30.0)):
        for zoom in (0, 6, 13, 22):
            extent = hexagon_extent(box, zoom)
            assert extent.level <= min(zoom, FINEST)
            assert (extent.east - extent.west) * (extent.south - extent.north) <= 512**2


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"category": "logistics_hub"},
        {"coverage": "none"},
        {"min_workers": 30},
        {"adcode": "340104"},
        {"on": "2025-06-30"},
    ],
)
@pytest.mark.parametrize("zoom", [0, 7, 11])
def test_at_every_zoom_they_add_up_to_the_located_sites(
    demo_client: TestClient, params: dict[str, Any], zoom: int
) -> None:
    answer = demo_client.get(
        "/api/hexagons", params=params | {"bbox": "-180,-85,180,85", "zoom": zoom}
    ).json()
    cells = demo_client.get(
        "/api/heat", params=params | {"bbox": "-180,-85,180,85", "zoom": 0}
    ).json()["cells"]
    parent = {"parent": params["adcode"]} if "adcode" in params else {}
    asked = {name: value for name, value in params.items() if name != "adcode"}
    rows = demo_client.get("/api/coverage", params=asked | parent).json()
    for name in ("sites", "workers", "gap"):
        assert sum(answer[name]) == sum(cell[name] for cell in cells)
        assert 0 < sum(answer[name]) <= sum(row[name] for row in rows)
    # What is missing of the table has no coordinates.
    if not params:
        listed = demo_client.get("/api/sites", params={"limit": 10_000}).json()["features"]
        assert sum(answer["sites"]) == sum(each["geometry"] is not None for each in listed)
        assert sum(row["sites"] for row in rows) == len(listed)


def test_a_box_is_needed_and_said_to_be(demo_client: TestClient) -> None:
    answer = demo_client.get("/api/hexagons", params={"zoom": 3})
    assert answer.status_code == 422
    assert "bbox" in answer.json()["detail"]


def test_an_unchanged_map_costs_a_304(demo_client: TestClient) -> None:
    params = {"bbox": "117,31,118,32", "zoom": 9}
    first = demo_client.get("/api/hexagons", params=params)
    again = demo_client.get(
        "/api/hexagons", params=params, headers={"If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304
