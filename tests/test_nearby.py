"""The k nearest, against the distance to every site."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from fastapi.testclient import TestClient
from pyproj import Geod, Transformer
from sqlalchemy import Connection, Engine
from synthetic import put, site_frame

from geo.database import sites
from geo.database.engine import read_frame, reading
from geo.domain.area import BoundingBox
from geo.domain.crs import from_wgs84
from geo.domain.site import Category, Coverage, Grade
from geo.domain.site_filter import EVERYTHING, SiteFilter
from geo.settings import Settings

GEOD = Geod(ellps="WGS84")
ALL = """
    SELECT
        site.*, coalesce(name, '') || ' ' || coalesce(address, '') || ' ' || id AS words,
        coalesce(ST_Distance(geom::geography, ST_MakePoint(:lon, :lat)::geography), 'NaN') AS metres
    FROM site
"""
FILTERS: dict[str, tuple[SiteFilter, Callable[[pd.DataFrame], pd.Series]]] = {
    "everything": (EVERYTHING, lambda f: f.active),
    "also what has ended": (SiteFilter(active=False), lambda f: f.active | ~f.active),
    "attention": (
        SiteFilter(attention=True),
        lambda f: f.active & ((f.coverage == "none") | f.needs_own_union),
    ),
    "coverage": (
        SiteFilter(coverages=(Coverage.DIRECT, Coverage.SECONDARY)),
        lambda f: f.active & f.coverage.isin(["direct", "secondary"]),
    ),
    "category": (
        SiteFilter(categories=(Category.FARM_COOPERATIVE, Category.LABOUR_DISPATCH)),
        lambda f: f.active & f.category.isin(["farm_cooperative", "labour_dispatch"]),
    ),
    "zones, which are areas": (
        SiteFilter(categories=(Category.DEVELOPMENT_ZONE,)),
        lambda f: f.active & (f.category == "development_zone"),
    ),
    "grade": (SiteFilter(grades=(Grade.NATIONAL,)), lambda f: f.active & (f.grade == "national")),
    "needs its own": (SiteFilter(needs_own_union=True), lambda f: f.active & f.needs_own_union),
    "needs none": (SiteFilter(needs_own_union=False), lambda f: f.active & ~f.needs_own_union),
    "headcount": (
        SiteFilter(min_workers=30, max_workers=60),
        lambda f: f.active & f.workers.between(30, 60),
    ),
    "few are so large": (
        SiteFilter(min_workers=2000),
        lambda f: f.active & (f.workers >= 2000),
    ),
    "division": (
        SiteFilter(division="340104"),
        lambda f: f.active & (f.adcode.str.startswith("340104").fillna(False)),
    ),
    "search": (SiteFilter(search="物流"), lambda f: f.active & f.words.str.contains("物流")),
    "all at once": (
        SiteFilter(
            attention=True,
            coverages=(Coverage.NONE,),
            categories=(Category.BUILDING_PROJECT, Category.LOGISTICS_HUB),
            grades=(Grade.OTHER, Grade.MUNICIPAL),
            needs_own_union=True,
            min_workers=26,
            max_workers=5000,
            division="340100",
        ),
        lambda f: (
            f.active
            & (f.coverage == "none")
            & f.category.isin(["building_project", "logistics_hub"])
            & f.grade.isin(["other", "municipal"])
            & f.needs_own_union
            & f.workers.between(26, 5000)
            & f.adcode.notna()
        ),
    ),
}


def nearest(connection: Connection, wanted: SiteFilter, **where: Any) -> list[tuple[str, float]]:
    collection = json.loads(sites.nearby(connection, wanted, **where))
    return [(f["id"], f["properties"]["distance_m"]) for f in collection["features"]]


def by_brute_force(
    connection: Connection,
    passes: Callable[[pd.DataFrame], pd.Series],
    lon: float,
    lat: float,
    k: int,
    radius_m: float | None = None,
) -> list[tuple[str, float]]:
    frame = pd.DataFrame(read_frame(connection, sa.text(ALL), {"lon": lon, "lat": lat}))
    frame = frame[passes(frame).astype(bool) & frame.metres.notna()]
    if radius_m is not None:
        frame = frame[frame.metres <= radius_m]
    frame = frame.sort_values(["metres", "id"]).head(k)
    return list(zip(frame.id, frame.metres, strict=True))


def agree(found: list[tuple[str, float]], expected: list[tuple[str, float]]) -> None:
    assert [site_id for site_id, _ in found] == [site_id for site_id, _ in expected]
    np.testing.assert_allclose(
        [metres for _, metres in found], [metres for _, metres in expected], atol=0.051
    )


@pytest.mark.parametrize("sorting", [True, False])
@pytest.mark.parametrize("name", FILTERS)
def test_exact_on_the_demo_under_every_filter(
    demo_engine: Engine, name: str, sorting: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways to find them, whichever would be chosen."""
    monkeypatch.setattr(sites, "_sorting_is_cheaper", lambda *_: sorting)
    wanted, passes = FILTERS[name]
    rng = np.random.default_rng(len(name))
    with reading(demo_engine) as connection:
        for number in range(12):
            lon, lat = rng.normal(117.27, 0.4), rng.normal(31.85, 0.4)
            k = int(rng.choice([1, 3, 20, 100, 1000]))
            radius_m = float(rng.choice([300, 3000, 30000])) if number % 3 == 0 else None
            found = nearest(connection, wanted, lon=lon, lat=lat, k=k, radius_m=radius_m)
            expected = by_brute_force(connection, passes, lon, lat, k, radius_m)
            agree(found, expected)


def around(lon: float, lat: float, count: int, spread: float, seed: int) -> gpd.GeoSeries:
    rng = np.random.default_rng(seed)
    x = (lon + rng.normal(0, spread, count) + 180) % 360 - 180
    y = np.clip(lat + rng.normal(0, spread, count), -90, 90)
    return shapely.points(x, y)


@pytest.fixture
def world(engine: Engine) -> Engine:
    """Sites where geometry is awkward: dense, on one spot, on the edge and the ends of the map."""
    shapes = [
        *around(117.2, 31.8, 2000, 0.01, 1),
        *around(180, -17, 300, 0.5, 2),
        *around(0, 89.9, 300, 0.2, 3),
        *around(0, -89.9, 100, 0.2, 4),
        *[shapely.Point(100, 10)] * 50,
        *[shapely.Point(each, 0) for each in (-180, 180, 179.9999, -179.9999)],
        *[shapely.Point(0, 90), shapely.Point(90, 90), shapely.Point(0, -90)],
        *shapely.buffer(around(117.2, 31.8, 100, 0.05, 5), 0.004),
        shapely.box(-120, -20, -80, 20),
        shapely.LineString([(170, 60), (179, 61)]),
    ]
    put(engine, site_frame(shapes))
    return engine


PLACES = [
    *[(117.2, 31.8), (117.21, 31.79), (100, 10), (100.0001, 10), (180, -17), (-180, -17)],
    *[(179.99, -17.2), (-179.7, -16.8), (0, 90), (123, 90), (45, 89.8), (-135, -89.9), (10, -90)],
    *[(0, 0), (-179.99995, 0), (60, 45), (-63, -31.8), (175, 60.6)],
]


@pytest.mark.parametrize("k", [1, 7, 60, 500])
def test_exact_where_geometry_is_awkward(world: Engine, k: int) -> None:
    with reading(world) as connection:
        for lon, lat in PLACES:
            expected = by_brute_force(connection, lambda f: f.active, lon, lat, k)
            assert len(expected) == k
            agree(nearest(connection, EVERYTHING, lon=lon, lat=lat, k=k), expected)


def test_distances_are_those_of_an_independent_library(world: Engine) -> None:
    statement = sa.text(
        "SELECT id, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM site WHERE ST_Dimension(geom) = 0"
    )
    with reading(world) as connection:
        points = read_frame(connection, statement).set_index("id").astype(float)
        for lon, lat in PLACES:
            for site_id, metres in nearest(connection, EVERYTHING, lon=lon, lat=lat, k=200):
                if site_id in points.index:
                    there = points.loc[site_id]
                    true = GEOD.inv(lon, lat, there.lon, there.lat)[2]
                    assert metres == pytest.approx(true, abs=0.051)


def test_inside_an_area_is_no_distance(world: Engine) -> None:
    with reading(world) as connection:
        found = nearest(connection, EVERYTHING, lon=-100, lat=0, k=1)
    assert [metres for _, metres in found] == [0.0]


def test_ties_go_by_id(world: Engine) -> None:
    with reading(world) as connection:
        found = nearest(connection, EVERYTHING, lon=100, lat=10, k=30)
        again = nearest(connection, EVERYTHING, lon=100, lat=10, k=10)
    ids = [site_id for site_id, _ in found]
    assert ids == sorted(ids)
    assert {metres for _, metres in found} == {0.0}
    assert found[:10] == again


def test_more_than_there_are(demo_engine: Engine, engine: Engine) -> None:
    few = SiteFilter(categories=(Category.DEVELOPMENT_ZONE,), grades=(Grade.NATIONAL,))
    with reading(demo_engine) as connection:
        found = nearest(connection, few, lon=117.2, lat=31.8, k=1000)
        expected = by_brute_force(
            connection,
            lambda f: f.active & (f.category == "development_zone") & (f.grade == "national"),
            117.2,
            31.8,
            1000,
        )
    assert 0 < len(found) < 20
    agree(found, expected)
    with reading(engine) as connection:
        assert nearest(connection, EVERYTHING, lon=117.2, lat=31.8, k=20) == []


def test_many_filtered_queries_in_a_dense_place(world: Engine) -> None:
    rng = np.random.default_rng(7)
    with reading(world) as connection:
        for _ in range(60):
            least = int(rng.choice([0, 10, 200, 900]))
            categories = tuple(rng.choice(list(Category)[1:], rng.integers(0, 3), replace=False))
            wanted = SiteFilter(min_workers=least, categories=tuple(map(Category, categories)))
            lon, lat = rng.normal(117.2, 0.02), rng.normal(31.8, 0.02)
            k = int(rng.integers(1, 80))
            expected = by_brute_force(
                connection,
                lambda f, least=least, categories=categories: (
                    f.active
                    & (f.workers >= least).fillna(False)
                    & (f.category.isin(categories) | (not categories))
                ),
                lon,
                lat,
                k,
            )
            agree(nearest(connection, wanted, lon=lon, lat=lat, k=k), expected)


# Over HTTP


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    return [feature["id"] for feature in answer.json()["features"]]


def test_over_http_what_needs_attention_comes_first(demo_client: TestClient) -> None:
    answer = demo_client.get("/api/nearby", params={"lon": 117.28, "lat": 31.86})
    features = answer.json()["features"]
    assert len(features) == 20
    distances = [feature["properties"]["distance_m"] for feature in features]
    assert distances == sorted(distances)
    for feature in features:
        properties = feature["properties"]
        assert properties["coverage"] == "none" or properties["needs_own_union"]
        assert set(properties) >= {
            *("name", "category", "grade", "workers", "members", "coverage"),
            *("needs_own_union", "gap", "adcode", "distance_m"),
        }
        assert round(properties["distance_m"], 1) == properties["distance_m"]


def test_over_http_equals_the_library(demo_client: TestClient, demo_engine: Engine) -> None:
    asked = {
        "lon": 117.3,
        "lat": 31.8,
        "k": 50,
        "coverage": ["direct", "secondary"],
        "category": ["logistics_hub", "other"],
        "min_workers": 30,
        "radius_m": 9000,
    }
    wanted = SiteFilter(
        coverages=(Coverage.DIRECT, Coverage.SECONDARY),
        categories=(Category.LOGISTICS_HUB, Category.OTHER),
        min_workers=30,
    )
    with reading(demo_engine) as connection:
        expected = nearest(connection, wanted, lon=117.3, lat=31.8, k=50, radius_m=9000)
    assert ids(demo_client.get("/api/nearby", params=asked)) == [each for each, _ in expected]
    assert len(expected) > 5


@pytest.mark.parametrize("frame", ["gcj02", "bd09", "GCJ02"])
def test_a_chinese_frame_finds_the_same(demo_client: TestClient, frame: str) -> None:
    lon, lat = 117.28, 31.86
    there = from_wgs84(lon, lat, frame.lower())
    asked = {"lon": float(there[0]), "lat": float(there[1]), "crs": frame}
    expected = ids(demo_client.get("/api/nearby", params={"lon": lon, "lat": lat}))
    assert ids(demo_client.get("/api/nearby", params=asked)) == expected
    misread = ids(demo_client.get("/api/nearby", params=asked | {"crs": "wgs84"}))
    assert misread != expected


@pytest.mark.parametrize("code", [3857, 32650, 4549])
def test_an_epsg_frame_finds_the_same(demo_client: TestClient, code: int) -> None:
    lon, lat = 117.28, 31.86
    x, y = Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
    expected = ids(demo_client.get("/api/nearby", params={"lon": lon, "lat": lat}))
    for name in (str(code), f"EPSG:{code}"):
        asked = {"lon": x, "lat": y, "crs": name}
        assert ids(demo_client.get("/api/nearby", params=asked)) == expected


def bad_requests() -> Iterable[Any]:
    fine = {"lon": "117.2", "lat": "31.8"}
    changes: list[dict[str, str | None]] = [
        *(
            {"lon": bad}
            for bad in ("nan", "inf", "-inf", "", "east", "181", "1e400", "1;drop", None)
        ),
        *({"lat": bad} for bad in ("NaN", "infinity", "90.1", "-91", "\x00", None)),
        {"lon": "31.8", "lat": "117.2"},
        *({"k": bad} for bad in ("0", "-1", "1001", "2.5", "many", "9" * 30)),
        *({"radius_m": bad} for bad in ("0", "-5", "nan", "inf", "1e9", "far")),
        *({"min_workers": bad} for bad in ("-1", "2147483648", "1e3", "x")),
        *({"category": bad} for bad in ("bakery", "", "other,other", "logistics_hub\x00")),
        *({"coverage": bad} for bad in ("partly", "\x00", "none'--")),
        *({"grade": bad} for bad in ("best",)),
        *({"crs": bad} for bad in ("", "mars", "EPSG:0", "999999", "\x00")),
        *({"on": bad} for bad in ("yesterday", "2026-13-01")),
        *({field: "a\x00b"} for field in ("adcode", "q")),
    ]
    for change in changes:
        yield pytest.param(fine | change, id=repr(change))


def test_coordinates_of_numpy_are_as_good_as_those_of_python(demo_engine: Engine) -> None:
    """NumPy writes its floats in another way than Python, though they are floats."""
    lon, lat = np.array([117.23, 31.824])
    box = BoundingBox(lon, lat, *np.array([117.3, 31.9]))
    plain = BoundingBox(*map(float, box.edges))
    with reading(demo_engine) as connection:
        near = sites.nearby(connection, EVERYTHING, lon=lon, lat=lat, k=5)
        assert near == sites.nearby(connection, EVERYTHING, lon=117.23, lat=31.824, k=5)
        inside = sites.page(connection, EVERYTHING, box=box, limit=5)
        assert inside.returned == 5
        assert inside.features == sites.page(connection, EVERYTHING, box=plain, limit=5).features


@pytest.mark.parametrize("asked", list(bad_requests()))
def test_bad_input_is_explained(demo_client: TestClient, asked: dict[str, str | None]) -> None:
    params = {name: value for name, value in asked.items() if value is not None}
    answer = demo_client.get("/api/nearby", params=params)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    assert "Traceback" not in answer.text


def test_swapped_coordinates_are_guessed(demo_client: TestClient) -> None:
    answer = demo_client.get("/api/nearby", params={"lon": 31.8, "lat": 117.2})
    assert "swapped" in answer.json()["detail"]


def test_no_value_reaches_sql_as_code(demo_client: TestClient, demo_settings: Settings) -> None:
    for nasty in ("'; DROP TABLE site; --", "%", "_", "\\", "%%s", ":lon", "{lon}", "a' OR '1'='1"):
        answer = demo_client.get(
            "/api/nearby", params={"lon": 117.2, "lat": 31.8, "q": nasty, "adcode": nasty}
        )
        assert ids(answer) == []
    assert replace(EVERYTHING, search="a_% b").as_values()["search"] == ["%a\\_\\%%", "%b%"]
    assert replace(EVERYTHING, search="100%").as_values()["search_as_written"] == ["%100\\%%"]
