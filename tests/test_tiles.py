"""Vector tiles, decoded: every site is in one of them, borders stay together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from fastapi.testclient import TestClient
from oracle import active
from pyproj import Transformer
from shapely.geometry import shape
from sqlalchemy import Engine
from synthetic import TODAY, put, site_frame

from geo.database import tiles
from geo.database.engine import reading
from geo.demo import demo_divisions, demo_unions
from geo.demo import demo_sites as the_demo_sites
from geo.domain.site import Category, Coverage
from geo.domain.site_filter import EVERYTHING, SiteFilter
from maps.cells import cell_of

EVERY_TILE = {z: [(x, y) for x in range(1 << z) for y in range(1 << z)] for z in range(4)}


def decoded(tile: bytes) -> dict[str, list[dict[str, Any]]]:
    if not tile:
        return {}
    layers = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    assert all(layer["extent"] == 4096 for layer in layers.values())
    return {name: layer["features"] for name, layer in layers.items()}


def over(engine: Engine, z: int, wanted: SiteFilter = EVERYTHING) -> Iterator[tuple[int, int]]:
    """The tiles of a zoom that hold wanted sites, found by their coordinates."""
    with reading(engine) as connection:
        points = connection.execute(
            sa.text("SELECT ST_X(point), ST_Y(point) FROM site WHERE active AND point IS NOT NULL")
        ).all()
    lon, lat = np.array(points, dtype=float).T
    x, y = cell_of(lon, lat, z)
    yield from sorted(set(zip((x // 64).tolist(), (y // 64).tolist(), strict=True)))


def total(engine: Engine, condition: str) -> int:
    with reading(engine) as connection:
        statement = f"SELECT count(*) FROM site WHERE active AND point IS NOT NULL AND {condition}"
        return connection.scalar(sa.text(statement))


@pytest.mark.parametrize("z", [*range(13), 15])
def test_the_tiles_of_a_zoom_add_up_to_the_table(
    demo_engine: Engine, z: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "MAX_SITES", 400)
    shown: list[str] = []
    counted = workers = 0
    with reading(demo_engine) as connection:
        for x, y in over(demo_engine, z):
            layers = decoded(tiles.sites(connection, EVERYTHING, z, x, y))
            assert not ("cells" in layers and "sites" in layers)
            shown += [each["properties"]["id"] for each in layers.get("sites", [])]
            counted += sum(each["properties"]["sites"] for each in layers.get("cells", []))
            workers += sum(each["properties"]["workers"] for each in layers.get("cells", []))
        assert len(set(shown)) == len(shown)
        assert len(shown) + counted == total(demo_engine, "TRUE")
        rest = connection.scalar(
            sa.text(
                "SELECT coalesce(sum(counted_workers), 0) FROM site"
                " WHERE active AND point IS NOT NULL AND NOT id = any(:shown)"
            ),
            {"shown": shown},
        )
    assert workers == rest
    assert (counted > 0) or z > 10
    assert (len(shown) > 0) or z < 8


@pytest.mark.parametrize(
    ("wanted", "condition"),
    [
        (SiteFilter(coverages=(Coverage.NONE,)), "coverage = 'none'"),
        (SiteFilter(min_workers=30), "workers >= 30"),
        (SiteFilter(categories=(Category.DEVELOPMENT_ZONE,)), "category = 'development_zone'"),
        (SiteFilter(division="340104"), "adcode LIKE '340104%'"),
    ],
)
@pytest.mark.parametrize("most", [50, 100_000])
def test_filters_hold_in_tiles(
    demo_engine: Engine,
    wanted: SiteFilter,
    condition: str,
    most: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tiles, "MAX_SITES", most)
    with reading(demo_engine) as connection:
        for z in (0, 8, 11):
            found = 0
            for x, y in over(demo_engine, z):
                layers = decoded(tiles.sites(connection, wanted, z, x, y))
                found += len(layers.get("sites", []))
                found += sum(each["properties"]["sites"] for each in layers.get("cells", []))
            assert found == total(demo_engine, condition)


def test_sites_are_where_they_are(demo_engine: Engine) -> None:
    z = 14
    x, y = next(iter(over(demo_engine, z)))
    with reading(demo_engine) as connection:
        features = decoded(tiles.sites(connection, EVERYTHING, z, x, y))["sites"]
        for feature in features:
            properties = feature["properties"]
            row = connection.execute(
                sa.text(
                    "SELECT *, ST_X(point) AS lon, ST_Y(point) AS lat FROM site WHERE id = :id"
                ),
                {"id": properties["id"]},
            ).one()
            px, py = feature["geometry"]["coordinates"]
            world = 64 << z
            lon = (x + px / 4096) * 64 / world * 360 - 180
            lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + py / 4096) * 64 / world))))
            unit = 360 / 4096 / (1 << z)
            assert lon == pytest.approx(row.lon, abs=1.01 * unit)
            assert lat == pytest.approx(row.lat, abs=1.01 * unit)
            for name in ("name", "category", "grade", "coverage", "needs_own_union", "adcode"):
                assert properties[name] == getattr(row, name)
            for name in ("workers", "gap"):
                assert properties.get(name) == getattr(row, name)


def test_cells_lie_where_their_sites_do(
    demo_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "MAX_SITES", 0)
    x, y = next(over(demo_engine, 6))
    with reading(demo_engine) as connection:
        cells = decoded(tiles.sites(connection, EVERYTHING, 6, x, y))["cells"]
        points = connection.execute(
            sa.text("SELECT ST_X(point), ST_Y(point) FROM site WHERE active AND point IS NOT NULL")
        ).all()
    cell_x, cell_y = cell_of(*np.array(points, dtype=float).T, 3)
    inside = (cell_x // 8 == x) & (cell_y // 8 == y)
    expected: dict[tuple[int, int], int] = {}
    for at in zip((cell_x[inside] % 8).tolist(), (cell_y[inside] % 8).tolist(), strict=True):
        expected[at] = expected.get(at, 0) + 1
    found = {
        tuple(int(each // 512) for each in cell["geometry"]["coordinates"]): cell["properties"][
            "sites"
        ]
        for cell in cells
    }
    assert found == expected


def test_every_site_of_the_world_is_in_one_tile(engine: Engine) -> None:
    rng = np.random.default_rng(5)
    points = [(-180, 0), (180, 0), (179.99999, 10), (-179.99999, 10), (0, 0), (90, 66.51326)]
    points += [(12, 89), (12, -89), (0, 90), (0, -90), (180, 85.06), (-180, -85.06)]
    points += rng.uniform((-180, -84), (180, 84), (200, 2)).tolist()
    areas = [
        shapely.box(179, -1, 180, 1),
        shapely.box(-180, 84, -170, 90),
        shapely.box(-10, -10, 10, 10),
        shapely.LineString([(170, 5), (180, 5)]),
    ]
    put(engine, site_frame([*map(shapely.Point, points), *areas]))
    with reading(engine) as connection:
        for z, all_tiles in EVERY_TILE.items():
            shown, outlines = [], set()
            for x, y in all_tiles:
                layers = decoded(tiles.sites(connection, EVERYTHING, z, x, y))
                shown += [each["properties"]["id"] for each in layers.get("sites", [])]
                outlines |= {each["properties"]["id"] for each in layers.get("outlines", [])}
            assert len(shown) == len(set(shown)) == len(points) + len(areas)
            assert len(outlines) == len(areas)


@pytest.mark.parametrize("z", [4, 6, 8, 10])
def test_divisions_fill_the_land_without_gaps(demo_engine: Engine, z: int) -> None:
    expected = demo_divisions()
    with reading(demo_engine) as connection:
        level = tiles.level_at(connection, z)
        x, y = (int(each[0] // 64) for each in cell_of([117.27], [31.86], z))
        features = decoded(tiles.divisions(connection, z, x, y))["divisions"]
    known = expected[expected.level == level].set_index("adcode")
    areas = {each["properties"]["adcode"]: shape(each["geometry"]) for each in features}
    assert set(areas) <= set(known.index)
    for feature in features:
        properties = feature["properties"]
        assert properties["name"] == known.name[properties["adcode"]]
        assert properties["level"] == level
    whole = shapely.union_all(list(areas.values()))
    overlap = sum(area.area for area in areas.values()) - whole.area
    # Neighbours share their corners; what they may differ by is a fraction of a pixel.
    assert overlap < 0.001 * whole.area
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(whole) for ring in part.interiors]
    assert all(shapely.minimum_clearance(hole) < 64 or hole.area > 1e5 for hole in holes)
    outline = shapely.union_all(known.geometry.to_numpy())
    assert whole.area / 4096**2 == pytest.approx(share_of_tile(outline, z, x, y), abs=0.02)


def share_of_tile(land: shapely.Geometry, z: int, x: int, y: int) -> float:
    """How much of a tile (with the rim that tiles have) is land, worked out in Web Mercator."""
    rim = 64 / 4096
    world = 20037508.342789244
    side = 2 * world / (1 << z)
    box = shapely.box(
        -world + (x - rim) * side,
        world - (y + 1 + rim) * side,
        -world + (x + 1 + rim) * side,
        world - (y - rim) * side,
    )
    project = Transformer.from_crs(4326, 3857, always_xy=True).transform
    projected = shapely.transform(land, lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1])))
    return shapely.intersection(projected, box).area / side**2


def test_borders_are_simpler_from_afar(demo_engine: Engine) -> None:
    with reading(demo_engine) as connection:
        sizes = []
        for z in (2, 3, 4, 5):
            x, y = (int(each[0] // 64) for each in cell_of([117.27], [31.86], z))
            features = decoded(tiles.divisions(connection, z, x, y, "prefecture"))["divisions"]
            hefei = next(each for each in features if each["properties"]["adcode"] == "340100")
            sizes.append(int(shapely.get_num_coordinates(shape(hefei["geometry"]))))
    source = demo_divisions().set_index("adcode").geometry["340100"]
    assert sizes == sorted(sizes)
    assert sizes[0] < 100
    assert sizes[-1] < shapely.get_num_coordinates(source)


def test_territories_of_a_day(demo_engine: Engine) -> None:
    unions = demo_unions(the_demo_sites())
    federations = unions[unions.geometry.notna()]
    with reading(demo_engine) as connection:
        for on in (TODAY, TODAY.replace(year=2014)):
            features = decoded(tiles.territories(connection, on, 0, 0, 0)).get("territories", [])
            # Very small ones vanish at zoom 0; at zoom 9 none does.
            found = {each["properties"]["id"] for each in features}
            for z in (9,):
                for x, y in {(x, y) for x in range(420, 426) for y in range(204, 212)}:
                    layers = decoded(tiles.territories(connection, on, z, x, y))
                    found |= {each["properties"]["id"] for each in layers.get("territories", [])}
            expected = {
                row["id"]
                for row in federations.to_dict("records")
                if active(row, "founded_on", "dissolved_on", on)
            }
            assert found == expected


def test_over_http(demo_client: TestClient) -> None:
    answer = demo_client.get("/tiles/sites/9/422/208.mvt", params={"coverage": "none"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert decoded(answer.content)
    assert demo_client.get("/tiles/sites/9/0/0.mvt").content == b""
    for path in ("/tiles/divisions/7/105/52.mvt", "/tiles/territories/7/105/52.mvt"):
        assert decoded(demo_client.get(path).content)
    assert len(demo_client.get("/tiles/sites/0/0/0.mvt").content) < 1_000_000
    for path in ("/tiles/sites/1/2/0.mvt", "/tiles/divisions/0/0/1.mvt"):
        assert demo_client.get(path).status_code == 404
    assert demo_client.get("/tiles/sites/23/0/0.mvt").status_code == 422


@pytest.mark.parametrize("layer", ["sites", "divisions", "territories"])
def test_tilejson_leads_to_tiles(demo_client: TestClient, layer: str) -> None:
    found = demo_client.get(f"/tiles/{layer}.json", params={"category": "other"}).json()
    assert found["tilejson"] == "3.0.0"
    (address,) = found["tiles"]
    assert address.endswith("/{z}/{x}/{y}.mvt?category=other")
    tile = demo_client.get(address.format(z=8, x=211, y=104))
    assert tile.status_code == 200
    promised = {layer["id"]: layer["fields"] for layer in found["vector_layers"]}
    for name, features in decoded(tile.content).items():
        for feature in features:
            assert set(feature["properties"]) <= set(promised[name])


def test_tilejson_of_a_picture(demo_client: TestClient) -> None:
    found = demo_client.get("/tiles/heat.json", params={"measure": "sites"}).json()
    assert found["tilejson"] == "3.0.0"
    assert "vector_layers" not in found
    (address,) = found["tiles"]
    assert address.endswith("/tiles/heat/{z}/{x}/{y}.png?measure=sites")
    tile = demo_client.get(address.format(z=8, x=211, y=104))
    assert tile.headers["content-type"] == "image/png"
    assert demo_client.get("/tiles/moon.json").status_code == 422


@pytest.mark.parametrize("layer", ["sites", "divisions", "territories", "heat"])
@pytest.mark.parametrize(
    ("name", "value"), [("category", "NaN"), ("min_workers", "1e400"), ("on", "2026-02-30")]
)
def test_tilejson_refuses_filters_and_dates_that_are_none(
    demo_client: TestClient, layer: str, name: str, value: str
) -> None:
    answer = demo_client.get(f"/tiles/{layer}.json", params={name: value})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == name
