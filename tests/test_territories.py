"""Territories for a map: those in sight, as fine as the zoom shows."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from geo.demo import demo_divisions


def features(client: TestClient, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/territories", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["features"]
    return found


def asked(client: TestClient, **params: Any) -> dict[str, shapely.Geometry]:
    found = features(client, **params)
    return {each["id"]: shapely.geometry.shape(each["geometry"]) for each in found}


@pytest.mark.parametrize("box", [(117.2, 31.8, 117.3, 31.9), (117.1, 31.75, 117.15, 31.8)])
def test_those_that_touch_the_box(demo_client: TestClient, box: tuple[float, ...]) -> None:
    everywhere = asked(demo_client)
    there = {
        name for name, area in everywhere.items() if shapely.intersects(area, shapely.box(*box))
    }
    assert 0 < len(there) < len(everywhere)
    # Borders are simplified for the answer, not for the question.
    found = asked(demo_client, bbox=",".join(map(str, box)))
    near = {name for name, area in everywhere.items() if area.dwithin(shapely.box(*box), 3e-4)}
    assert there <= set(found) | (near - there)
    assert set(found) <= near


@pytest.mark.parametrize("zoom", [5, 8, 11])
def test_borders_are_off_by_half_a_pixel_at_most(demo_client: TestClient, zoom: int) -> None:
    fine, coarse = asked(demo_client), asked(demo_client, zoom=zoom)
    half_px = max(180 / (256 * 2**zoom), 2e-4)
    assert set(coarse) <= set(fine)
    for name, (west, south, east, north) in ((name, fine[name].bounds) for name in fine):
        wide = max(east - west, north - south)
        assert wide < 1.05 * half_px or name in coarse
        assert wide > 0.95 * half_px or name not in coarse
    for name, area in coarse.items():
        assert shapely.hausdorff_distance(area, fine[name]) < 2 * half_px
    if zoom < 11:
        assert sum(map(shapely.get_num_coordinates, coarse.values())) < sum(
            map(shapely.get_num_coordinates, fine.values())
        )


def test_across_the_antimeridian_there_are_none_of_hefei(demo_client: TestClient) -> None:
    assert asked(demo_client, bbox="170,30,-170,33") == {}
    assert asked(demo_client, bbox="100,30,-170,33")


def test_those_that_take_a_category(demo_client: TestClient) -> None:
    everything = features(demo_client)
    takers = [
        each["id"]
        for each in everything
        if "building_project" in (each["properties"]["categories"] or ["building_project"])
    ]
    assert 0 < len(takers) < len(everything)
    assert [each["id"] for each in features(demo_client, category="building_project")] == takers


def test_those_that_touch_a_division(demo_client: TestClient) -> None:
    everywhere = asked(demo_client)
    county = demo_divisions().set_index("adcode").geometry["340181"]
    found = set(asked(demo_client, adcode="340181"))
    assert {name for name, area in everywhere.items() if area.intersects(county)} <= found
    # Borders are simplified for the answer, not for the question.
    assert found <= {name for name, area in everywhere.items() if area.dwithin(county, 3e-4)}
    assert 0 < len(found) < len(everywhere)


def test_those_that_are_active_on_a_day(demo_client: TestClient) -> None:
    given_up, not_yet = "撮镇商贸物流园工会联合会", "合肥新站高新区工会联合会"
    for on, there in (("2025-01-01", given_up), ("2027-06-01", not_yet)):
        names = {each["properties"]["name"] for each in features(demo_client, on=on)}
        assert names & {given_up, not_yet} == {there}
