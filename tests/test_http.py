"""The API as clients use it: pages, boxes, filters, and what they are told when they are wrong."""

from __future__ import annotations

import logging
import re
from base64 import urlsafe_b64encode
from collections import Counter
from itertools import chain
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from synthetic import put, site_frame

from api.app import create_app
from api.errors import STATUS
from geo.database.engine import create_engine, reading
from geo.errors import GeoError
from geo.settings import Settings


def get(client: TestClient, path: str, **params: Any) -> Any:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def pages(client: TestClient, **asked: Any) -> list[list[str]]:
    """The ids of every page, following the links."""
    found: list[list[str]] = []
    path, params = "/api/sites", asked or None
    while True:
        answer = client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["numberReturned"] == len(page["features"])
        found.append([feature["id"] for feature in page["features"]])
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            return found
        path, params = following[0], None


def stored(engine: Engine, condition: str) -> list[str]:
    with reading(engine) as connection:
        statement = f"SELECT id FROM site WHERE active AND {condition} ORDER BY id"
        return list(connection.scalars(sa.text(statement)))


@pytest.mark.parametrize("limit", [7, 500, 10_000])
def test_paging_gives_every_site_once(
    demo_client: TestClient, demo_engine: Engine, limit: int
) -> None:
    wanted: dict[str, Any] = {} if limit > 100 else {"category": "development_zone"}
    condition = "TRUE" if limit > 100 else "category = 'development_zone'"
    found = pages(demo_client, limit=limit, **wanted)
    assert all(len(page) == limit for page in found[:-1])
    assert [site_id for page in found for site_id in page] == stored(demo_engine, condition)


def test_a_last_page_that_is_full_has_no_next(demo_client: TestClient, demo_engine: Engine) -> None:
    total = len(stored(demo_engine, "category = 'development_zone'"))
    assert len(pages(demo_client, limit=total, category="development_zone")) == 1


@pytest.mark.parametrize(
    ("asked", "condition"),
    [
        (
            {"category": ["logistics_hub", "farm_cooperative"]},
            "category IN ('logistics_hub', 'farm_cooperative')",
        ),
        ({"coverage": ["none", "direct"]}, "coverage <> 'secondary'"),
        ({"grade": "national"}, "grade = 'national'"),
        ({"needs_own_union": "true"}, "needs_own_union"),
        ({"min_workers": 100, "max_workers": 200}, "workers BETWEEN 100 AND 200"),
        ({"unknown_workers": "true"}, "counted_workers IS NULL"),
        (
            {"outside": "county"},
            "coalesce(adcode NOT IN (SELECT adcode FROM division WHERE level = 'county'), true)",
        ),
        ({"adcode": "340104"}, "adcode LIKE '340104%'"),
        ({"q": " 物流 "}, "concat_ws(' ', name, address, id, credit_code) LIKE '%物流%'"),
        ({"q": "ma"}, "concat_ws(' ', name, address, id, credit_code) ILIKE '%ma%'"),
        ({"q": "蜀山\u3000物流"}, "address LIKE '%蜀山%' AND name LIKE '%物流%'"),
        (
            {"bbox": "117.2,31.8,117.3,31.9"},
            "ST_Intersects(geom, ST_MakeEnvelope(117.2, 31.8, 117.3, 31.9, 4326))",
        ),
        (
            {
                "bbox": "117.2,31.8,117.3,31.9",
                "category": "other",
                "coverage": "none",
                "min_workers": 25,
            },
            (
                "ST_Intersects(geom, ST_MakeEnvelope(117.2, 31.8, 117.3, 31.9, 4326))"
                " AND category = 'other' AND coverage = 'none' AND workers >= 25"
            ),
        ),
    ],
)
def test_filters(
    demo_client: TestClient, demo_engine: Engine, asked: dict[str, Any], condition: str
) -> None:
    expected = stored(demo_engine, condition)
    assert expected
    found = list(chain.from_iterable(pages(demo_client, limit=1000, **asked)))
    assert (sorted(found) if "bbox" in asked else found) == expected


def test_a_box_across_the_antimeridian(engine: Engine, client: TestClient) -> None:
    points = [(179.5, -17), (-179.5, -17), (180, -17), (-180, -16.5), (178, -17), (-178, -17)]
    put(engine, site_frame([shapely.Point(point) for point in points]))
    found = get(client, "/api/sites", bbox="179,-18,-179,-16")["features"]
    assert {tuple(each["geometry"]["coordinates"]) for each in found} == set(points[:4])
    assert get(client, "/api/sites", bbox="-179,-18,179,-16")["numberReturned"] == 2


EDGES = st.sampled_from([-3, -2.0000005, -2, -1, -0.9999995, 0, 0.5, 1, 1.0000005, 2, 3])


def test_a_box_is_paged_from_west_to_east(engine: Engine, client: TestClient) -> None:
    """Whatever touches it comes once: on its edges, across them, a thousand to a point."""
    rng = np.random.default_rng(4)
    points = shapely.points(rng.integers(-3, 4, (90, 2)) + rng.choice([0, 1e-7, -1e-7], (90, 2)))
    corners = rng.integers(-3, 3, (30, 2)) + rng.choice([0, 0.5], (30, 2))
    areas = shapely.box(*corners.T, *(corners + rng.choice([0.5, 1, 4], (30, 2))).T)
    lines = shapely.linestrings(rng.integers(-3, 4, (20, 1, 2)) + rng.random((20, 3, 2)))
    frame = site_frame([*points, *areas, *lines])
    put(engine, frame)
    west_of = dict(zip(frame["id"], frame.geometry.bounds["minx"], strict=True))

    @given(
        st.lists(EDGES, min_size=2, max_size=2).map(sorted),
        st.lists(EDGES, min_size=2, max_size=2).map(sorted),
        st.integers(1, 9),
    )
    def once(across: list[float], along: list[float], limit: int) -> None:
        (west, east), (south, north) = across, along
        found = pages(client, bbox=f"{west},{south},{east},{north}", limit=limit)
        assert all(len(page) == limit for page in found[:-1])
        ids = list(chain.from_iterable(found))
        # A line or a point where the edges are the same.
        box = shapely.MultiPoint([(west, south), (east, north)]).envelope
        touching = frame["id"][frame.intersects(box)]
        assert sorted(ids) == sorted(touching)
        assert ids == sorted(ids, key=lambda each: (max(west_of[each], west), each))

    once()


def test_a_box_narrowed_by_a_filter_is_paged_by_id(
    demo_client: TestClient, demo_engine: Engine
) -> None:
    box = "ST_Intersects(geom, ST_MakeEnvelope(117.2, 31.8, 117.3, 31.9, 4326))"
    found = pages(demo_client, bbox="117.2,31.8,117.3,31.9", category="other", limit=7)
    assert list(chain.from_iterable(found)) == stored(demo_engine, f"{box} AND category = 'other'")


@pytest.mark.parametrize("path", ["/embed/sites", "/maps/sites.html"])
def test_a_map_says_of_which_sites_it_is(demo_client: TestClient, path: str) -> None:
    asked = {"adcode": "340104", "category": "farm_cooperative", "needs_own_union": True, "q": "禾"}
    html = demo_client.get(path, params=asked | {"lang": "en"}).text
    told = re.search(r"<p[^>]*>([^<]*Filtered: [^<]*)</p>", html)
    assert told
    for text in ("Farm co-operative", "needs its own union", "“禾”"):
        assert text in told[1]
    assert re.search(r"<p[^>]*>\s*Shushan", html)
    assert "Source: demo" in html or "<dd>demo</dd>" in html


def test_one_site_with_all_that_is_known(demo_client: TestClient, demo_engine: Engine) -> None:
    site_id = stored(demo_engine, "coverage = 'direct' AND started_on IS NOT NULL")[0]
    feature = get(demo_client, f"/api/sites/{site_id}")
    assert feature["id"] == site_id
    assert feature["properties"]["covered_by_name"]
    assert feature["properties"]["covered_by_kind"] == "enterprise"
    assert feature["properties"]["division"]


def test_an_id_may_hold_anything(engine: Engine, client: TestClient) -> None:
    names = ["a/b", "a b?c=d#e", "100%", "测试", "..", "\"'<script>", "x" * 3000]
    frame = site_frame([shapely.Point(1, number) for number in range(len(names))])
    frame["id"] = names
    put(engine, frame)
    assert sorted(chain.from_iterable(pages(client, limit=1))) == sorted(names)
    for name in names:
        if name != "..":  # clients take it out of the path
            assert get(client, f"/api/sites/{quote(name, safe='')}")["id"] == name


def test_coverage_adds_up_under_every_filter(demo_client: TestClient, demo_engine: Engine) -> None:
    for asked in ({}, {"category": "other"}, {"coverage": ["none", "secondary"]}, {"q": "合作社"}):
        total = sum(len(page) for page in pages(demo_client, limit=10_000, **asked))
        for level in ("province", "prefecture", "county"):
            rows = get(demo_client, "/api/coverage", level=level, **asked)
            assert sum(row["sites"] for row in rows) == total
            assert rows[-1]["adcode"] is None


# What goes wrong
PROBLEMS = [
    ("/api/sites?after=%00", 422),
    ("/api/sites?after=!!!", 422),
    ("/api/sites?after=AA", 422),
    ("/api/sites?after=_w", 422),
    ("/api/sites?after=", 422),
    ("/api/sites?limit=0", 422),
    ("/api/sites?limit=10001", 422),
    ("/api/sites?bbox=1,2,3", 422),
    ("/api/sites?bbox=a,b,c,d", 422),
    ("/api/sites?bbox=nan,0,1,1", 422),
    ("/api/sites?bbox=0,0,inf,1", 422),
    ("/api/sites?bbox=0,50,1,40", 422),
    ("/api/sites?bbox=-200,0,1,1", 422),
    ("/api/sites?bbox=", 422),
    ("/api/sites?category=bakery", 422),
    ("/api/sites?coverage=partly", 422),
    ("/api/sites?q=a%00b", 422),
    ("/api/sites?adcode=%00", 422),
    ("/api/sites/%00", 422),
    ("/api/sites/nobody", 404),
    ("/api/coverage?level=moon", 422),
    ("/api/coverage?level=%00", 422),
    ("/api/coverage?parent=%00", 422),
    ("/api/coverage?parent=000000", 404),
    ("/api/coverage?on=2026-02-30", 422),
    ("/api/heat", 422),
    ("/api/heat?bbox=0,0,1,1", 422),
    ("/api/heat?bbox=0,0,1,1&zoom=23", 422),
    ("/api/heat?bbox=0,0,1,1&zoom=3&measure=love", 422),
    ("/tiles/heat/1/2/0.png", 404),
    ("/tiles/heat/1/0/2.png", 404),
    ("/tiles/heat/1/-1/0.png", 404),
    ("/tiles/heat/1/0/x.png", 404),
    ("/tiles/heat/1/0/0@3x.png", 404),
    ("/tiles/heat/1/0/0@.png", 404),
    (f"/tiles/heat/1/0/{'0' * 5000}.png", 404),
    ("/tiles/heat/99/0/0.png", 422),
    ("/maps/hotspots.png?layer=moon", 422),
    ("/maps/hotspots.html?layer=heat_", 422),
    ("/no/such/place", 404),
]
NO_LEVEL = [
    ("/api/coverage?level=moon", "level"),
    ("/tiles/divisions/8/211/103.mvt?level=moon", "level"),
    ("/tiles/sites/8/211/103.mvt?outside=moon", "outside"),
    ("/tiles/heat/8/211/103.png?outside=moon", "outside"),
    ("/api/sites?outside=moon", "outside"),
    ("/api/sites?outside=moon&on=2030-01-01", "outside"),
    ("/api/coverage?outside=moon", "outside"),
    ("/api/export/sites.csv?outside=moon", "outside"),
]


@pytest.mark.parametrize(("path", "status"), PROBLEMS)
def test_problems_are_told(demo_client: TestClient, path: str, status: int) -> None:
    answer = demo_client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["title"]


@pytest.mark.parametrize(("path", "field"), NO_LEVEL)
def test_an_unknown_level_is_answered_with_those_there_are(
    demo_client: TestClient, path: str, field: str
) -> None:
    answer = demo_client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["detail"] == (
        "There is no level moon; the levels are: county, prefecture, province"
    )
    assert [each["field"] for each in problem["problems"]] == [field]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/api/sites?after=", "[" * 20_000),
        ("/api/sites?after=", r'"\ud800"'),  # half a character
        ("/api/sites?after=", '"a"'),
        ("/api/sites?bbox=0,0,1,1&after=", '["0","a"]'),
        ("/api/sites?bbox=0,0,1,1&after=", '[NaN,"a"]'),
        ("/api/sites?bbox=0,0,1,1&after=", '[true,"a"]'),
        ("/panels/sites?sort=-gap&after=", '[true,"a"]'),
        ("/panels/sites?sort=-gap&after=", '["a","a"]'),
        ("/panels/sites?sort=name&after=", '[1,"a"]'),
    ],
)
def test_a_cursor_of_no_page_is_told(demo_client: TestClient, path: str, place: str) -> None:
    after = urlsafe_b64encode(place.encode()).decode().rstrip("=")
    answer = demo_client.get(path + after)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "after"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/sites?category=other&category=bakery", "category"),
        ("/api/sites?limit=0", "limit"),
        ("/tiles/moon.json", "layer"),
    ],
)
def test_what_is_wrong_is_called_by_its_name(
    demo_client: TestClient, path: str, field: str
) -> None:
    problem = demo_client.get(path).json()
    assert [each["field"] for each in problem["problems"]] == [field]
    assert field in problem["detail"]


def test_only_what_is_there_can_be_done(demo_client: TestClient) -> None:
    answer = demo_client.post("/api/nearby")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


def kinds(of: type[GeoError]) -> list[type[GeoError]]:
    return [of, *(each for below in of.__subclasses__() for each in kinds(below))]


def test_every_kind_of_error_has_a_status() -> None:
    raised = kinds(GeoError)[1:]
    assert len(raised) >= 6
    for kind in raised:
        assert any(above in STATUS for above in kind.__mro__), kind
    assert all(count == 1 for count in Counter(STATUS.values()).values())


def test_an_unexpected_error_shows_an_id_and_no_more(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings)

    def broken() -> None:
        raise RuntimeError("the password is swordfish")

    app.add_api_route("/broken", broken)
    with (
        caplog.at_level(logging.ERROR),
        TestClient(app, raise_server_exceptions=False) as client,
    ):
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "swordfish" not in answer.text
    assert answer.json()["id"] in caplog.text
    assert "swordfish" in caplog.text


def test_a_database_that_is_gone_is_unavailable(settings: Settings, server: str) -> None:
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        assert client.get("/readyz").status_code == 200
        client.app.state.engine.dispose()
        elsewhere = settings.model_copy(
            update={"database_url": "postgresql://nobody@127.0.0.1:9/none"}
        )
        client.app.state.engine = create_engine(elsewhere.database_url, elsewhere)
        for path in ("/readyz", "/api/nearby?lon=1&lat=2", "/api/coverage"):
            answer = client.get(path)
            assert answer.status_code == 503, answer.text
            assert int(answer.headers["retry-after"]) > 0
        assert client.get("/healthz").status_code == 200


def test_why_a_value_is_wrong_is_told_in_the_language_of_who_asks(demo_client: TestClient) -> None:
    told, chinese = [], re.compile("[\u4e00-\u9fff]")
    for path, methods in demo_client.get("/openapi.json").json()["paths"].items():
        for each in methods.get("get", {}).get("parameters", []):
            if each["schema"].get("type") == "string":
                continue
            for value in ("x", "-1"):
                query = {each["name"]: value} if each["in"] == "query" else {}
                here = re.sub("{.*?}", "0", path.replace(f"{{{each['name']}}}", value))
                answer = demo_client.get(here, params=query, headers={"Accept-Language": "zh"})
                told += answer.json()["problems"] if answer.status_code == 422 else []
    assert len(told) > 50
    assert [each for each in told if not chinese.search(each["reason"])] == []
