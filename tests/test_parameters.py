"""Groups of parameters that one model reads, and links that hand them on."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi.testclient import TestClient

TILE = "/tiles/heat/8/211/104"


def test_the_path_says_which_tile(demo_client: TestClient) -> None:
    tile = demo_client.get(f"{TILE}.png").content
    assert demo_client.get(f"{TILE}.png?z=1&x=0&y=0").content == tile
    found = demo_client.get("/openapi.json").json()["paths"]["/tiles/heat/{z}/{x}/{y}.png"]["get"]
    places = {each["name"]: each["in"] for each in found["parameters"]}
    assert {name for name, place in places.items() if place == "path"} == {"z", "x", "y"}
    assert places["measure"] == "query"


@pytest.mark.parametrize(
    ("path", "status"),
    [("z/211/104", 422), ("99/211/104", 422), ("8/1.5/104", 422), ("8/211/y", 404)],
)
def test_no_tile_is_said_to_be_none(demo_client: TestClient, path: str, status: int) -> None:
    answer = demo_client.get(f"/tiles/heat/{path}.png")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "asked",
    [
        "limit=2",
        "after=&limit=2&after=",
        "limit=2&category=logistics_hub&category=building_project",
        "limit=2&q=%E5%90%88%E8%82%A5+%E5%85%AC%E5%8F%B8&note=%26x=1",
        "q=合肥&limit=2",
        "limit=2&bbox=116,30,118,33&note=a=b&other",
        'limit=2&note="<b>\\',
    ],
)
def test_the_next_page_is_asked_as_this_one(demo_client: TestClient, asked: str) -> None:
    """Whatever stands in the address, and however it is written there."""
    first = demo_client.get(f"/api/sites?{asked.replace('after=', f'after={begin(demo_client)}')}")
    assert first.status_code == 200
    found = first.json()
    assert found["numberReturned"] == 2
    (link,) = found["links"]
    assert link["href"].isascii()
    kept = [pair for pair in parse_qsl(asked, keep_blank_values=True) if pair[0] != "after"]
    *same, (name, _) = parse_qsl(urlsplit(link["href"]).query, keep_blank_values=True)
    assert (same, name) == (kept, "after")
    following = demo_client.get(link["href"]).json()["features"]
    assert not {each["id"] for each in following} & {each["id"] for each in found["features"]}


def begin(client: TestClient) -> str:
    """A cursor: after the first site."""
    (link,) = client.get("/api/sites?limit=1").json()["links"]
    return dict(parse_qsl(urlsplit(link["href"]).query))["after"]
