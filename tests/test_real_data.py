"""The main job on real input: `make test-real DATA=...` names the folder of the data sets."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from pyproj import Geod
from sqlalchemy import Engine

from api.app import create_app
from geo.database import sites
from geo.database.engine import reading
from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.domain.site_filter import SiteFilter
from geo.ingest.rows import Options
from geo.operations.loading import Report, Request, load
from geo.settings import Settings

pytestmark = pytest.mark.real_data

BOUNDARIES = Path(__file__).parents[1] / "data" / "boundaries"


@pytest.fixture(scope="session")
def data() -> Path:
    return Path(os.environ["ANTU_REAL_DATA"])


@pytest.fixture
def elections(engine: Engine, settings: Settings, data: Path) -> list[Report]:
    """Sites and unions of the United States, over the states."""
    folder = data / "us_union_elections"
    requests = [
        Request(BOUNDARIES / "us_states.geojson", Kind.DIVISIONS),
        Request(
            folder / "sites.csv",
            Kind.SITES,
            mapping={"stated_division": "state"},
            options=Options(category=Category.OTHER),
        ),
        Request(folder / "unions.csv", Kind.UNIONS),
    ]
    return [load(engine, settings, request) for request in requests]


@pytest.fixture
def warehouses(engine: Engine, settings: Settings, data: Path) -> list[Report]:
    """Warehouses and planned projects of Southern California, over their four counties."""
    folder = data / "socal_warehouses"
    requests = [
        Request(
            folder / "counties_us_atlas.geojson",
            Kind.DIVISIONS,
            mapping={"adcode": "id"},
            options=Options(level="county"),
        ),
        Request(
            folder / "warehouses.parquet",
            Kind.SITES,
            mapping={
                "id": "apn",
                "name": "place_name",
                "category": "",
                "stated_division": "county",
            },
            options=Options(category=Category.LOGISTICS_HUB),
            accept_good=True,
        ),
        Request(
            folder / "planned_projects.parquet",
            Kind.SITES,
            mapping={"id": "sch_number", "category": "", "stated_division": "county"},
            options=Options(category=Category.BUILDING_PROJECT),
            accept_good=True,
        ),
    ]
    return [load(engine, settings, request) for request in requests]


@pytest.fixture
def web(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client


def test_every_row_of_the_elections_is_taken(elections: list[Report]) -> None:
    assert [(each.read, each.counts.added, each.refused) for each in elections] == [
        (56, 56, 0),
        (6441, 6441, 0),
        (4738, 4738, 0),
    ]


def test_elections_give_the_figures_of_their_readme(
    elections: list[Report], web: TestClient, engine: Engine
) -> None:
    rows = web.get("/api/coverage", params={"level": "state"}).json()
    total = pd.DataFrame(rows).select_dtypes("number").sum()
    assert total["sites"] == 6441
    assert total["sites_direct"] == 4738
    assert total["sites_none"] == 1703
    assert total["sites_need_own_union"] == 928
    assert total["sites_unknown_workers"] == 1
    assert total["workers"] == 412_448
    assert total["workers_covered"] == 278_746
    assert total["gap"] == 412_448 - 278_746
    assert all(row["site_rate"] is None or 0 <= row["site_rate"] <= 1 for row in rows)
    with reading(engine) as connection:
        unlocated = sa.text("SELECT count(*) FROM site WHERE geom IS NULL")
        empty = sa.text("SELECT count(*) FROM site WHERE workers = 0")
        assert connection.scalar(unlocated) == 64
        assert connection.scalar(empty) == 12


def test_elections_by_stated_state_give_the_figures_of_their_readme(
    elections: list[Report], web: TestClient
) -> None:
    rows = web.get("/api/coverage", params={"stated": True}).json()
    found = {row["name"]: (row["sites"], row["sites_direct"]) for row in rows}
    assert (found["CA"], found["NY"], found["IL"]) == ((988, 753), (776, 584), (426, 301))
    assert sum(row["sites"] for row in rows) == 6441


def test_elections_by_state_of_the_point_equal_a_spatial_join(
    elections: list[Report], web: TestClient, data: Path
) -> None:
    table = pd.read_csv(data / "us_union_elections" / "sites.csv")
    unions = pd.read_csv(data / "us_union_elections" / "unions.csv")
    table["covered"] = table["site_id"].isin(unions["site_id"])
    points = gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=4326
    )
    states = gpd.read_file(BOUNDARIES / "us_states.geojson")[["adcode", "geometry"]]
    joined = gpd.sjoin(points[points["lon"].notna()], states, how="left", predicate="intersects")
    expected = joined.groupby("adcode").agg(
        sites=("site_id", "size"), covered=("covered", "sum"), workers=("workers", "sum")
    )
    for row in web.get("/api/coverage", params={"level": "state"}).json():
        if row["adcode"] in expected.index:
            found = (row["sites"], row["sites_direct"], row["workers"])
            assert found == tuple(expected.loc[row["adcode"]].astype(int)), row["name"]
        elif row["adcode"] is not None:
            assert row["sites"] == 0
        else:
            assert row["sites"] == int(joined["adcode"].isna().sum()) + 64


def test_warehouses_have_no_headcount_and_say_so(warehouses: list[Report], web: TestClient) -> None:
    read, counted = [each.read for each in warehouses], [each.counts.added for each in warehouses]
    assert read == [4, 9388, 369]
    assert all(
        each.read == each.counts.added + each.counts.updated + each.counts.unchanged + each.refused
        for each in warehouses
    )
    rows = web.get("/api/coverage", params={"level": "county"}).json()
    total = pd.DataFrame(rows).select_dtypes("number").sum()
    assert total["sites"] == counted[1] + counted[2]
    assert total["sites_unknown_workers"] == total["sites"]
    assert all(row["worker_rate"] is None for row in rows)
    features = web.get("/api/nearby", params={"lon": -117.4, "lat": 34.0}).json()["features"]
    assert {feature["properties"]["workers"] for feature in features} == {None}
    assert {feature["properties"]["gap"] for feature in features} == {None}
    for path in ("/", "/embed/hotspots", "/maps/hotspots.html"):
        page = web.get(path, params={"lang": "en"})
        assert page.status_code == 200
        assert "headcount" in page.text.lower()


@pytest.mark.parametrize(
    ("loaded", "queries"), [("elections", 400), ("warehouses", 50), ("warehouses", 51)]
)
def test_nearby_equals_brute_force(
    request: pytest.FixtureRequest, engine: Engine, loaded: str, queries: int
) -> None:
    request.getfixturevalue(loaded)
    rng = np.random.default_rng(queries)
    with reading(engine) as connection:
        rows = connection.execute(
            sa.text(
                "SELECT ST_X(point) AS lon, ST_Y(point) AS lat FROM site"
                " WHERE point IS NOT NULL ORDER BY id"
            )
        ).all()
        for number in range(queries):
            if number % 2:
                near = rows[int(rng.integers(len(rows)))]
                lon, lat = near.lon + rng.normal(0, 0.05), near.lat + rng.normal(0, 0.05)
            else:
                lon, lat = float(rng.uniform(-180, 180)), float(rng.uniform(-89, 89))
            k = int(rng.integers(1, 40))
            found = json.loads(
                sites.nearby(connection, SiteFilter(attention=True), lon=lon, lat=lat, k=k)
            )["features"]
            expected = connection.execute(
                sa.text(
                    "SELECT id, ST_Distance(geom::geography,"
                    " ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography) AS distance_m,"
                    " ST_GeometryType(geom) = 'ST_Point' AS is_point,"
                    " ST_X(point) AS lon, ST_Y(point) AS lat FROM site"
                    " WHERE geom IS NOT NULL AND (coverage = 'none' OR needs_own_union)"
                    " ORDER BY distance_m, id LIMIT :k"
                ),
                {"lon": lon, "lat": lat, "k": k},
            ).all()
            assert [each["id"] for each in found] == [row.id for row in expected]
            for feature, row in zip(found, expected, strict=True):
                assert feature["properties"]["distance_m"] == pytest.approx(
                    row.distance_m, abs=0.06
                )
                if row.is_point:
                    _, _, metres = Geod(ellps="WGS84").inv(lon, lat, row.lon, row.lat)
                    assert row.distance_m == pytest.approx(metres, abs=1e-3)


def test_loading_again_changes_nothing(
    elections: list[Report], engine: Engine, settings: Settings, data: Path
) -> None:
    again = load(
        engine,
        settings,
        Request(
            data / "us_union_elections" / "sites.csv",
            Kind.SITES,
            mapping={"stated_division": "state"},
            options=Options(category=Category.OTHER),
        ),
    )
    assert (again.counts.added, again.counts.updated, again.counts.unchanged) == (0, 0, 6441)
