"""Divisions and territories as vector tiles, decoded: neighbours meet, and no land is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from pyproj import Transformer
from shapely.geometry import shape
from sqlalchemy import Connection, Engine
from synthetic import TODAY, put

from geo.database import tiles
from geo.database.engine import reading
from geo.demo import demo_divisions
from geo.domain.kind import Kind
from maps.cells import cell_of

BOUNDARIES = Path(__file__).parents[1] / "data" / "boundaries"
WORLD_M = 2 * 20037508.342789244
RIM = shapely.box(-64, -64, 4096 + 64, 4096 + 64)
# Corners move by half a unit of the grid (8 x 8 units of the tile) each way, once by themselves and
# once where borders meet: together less than a pixel, which is 16 units.
MOVED = 12
SQUARE = 8 * 8
Areas = dict[str, shapely.Geometry]
Place = tuple[int, int, int]


@pytest.fixture(scope="module")
def everywhere() -> Areas:
    """Real divisions in Web Mercator, by code."""
    files = ["anhui_prefectures", "hefei_counties", "us_states", "us_counties"]
    known = pd.concat([gpd.read_file(BOUNDARIES / f"{name}.geojson") for name in files])
    project = Transformer.from_crs(4326, 3857, always_xy=True).transform
    areas = shapely.transform(
        known.geometry.to_numpy(), lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1]))
    )
    return dict(zip(known["adcode"], areas, strict=True))


@pytest.fixture
def america(engine: Engine) -> Engine:
    """A database with the states and counties of the USA."""
    known = pd.concat(
        [gpd.read_file(BOUNDARIES / f"{name}.geojson") for name in ("us_states", "us_counties")]
    )
    put(engine, gpd.GeoDataFrame(known.assign(row=range(1, len(known) + 1))), Kind.DIVISIONS)
    return engine


def drawn(tile: bytes, layer: str, key: str) -> Areas:
    layers = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    features = layers[layer]["features"] if layers else []
    areas = {each["properties"][key]: shape(each["geometry"]) for each in features}
    assert len(areas) == len(features)
    return areas


def in_tile(areas: Areas, place: Place) -> Areas:
    """Areas in the units of a tile, within its rim."""
    z, x, y = place
    side = WORLD_M / (1 << z)
    corner = np.array([x * side - WORLD_M / 2, WORLD_M / 2 - y * side])
    shapes = shapely.transform(
        np.array([*areas.values()]), lambda xy: (xy - corner) * [4096 / side, -4096 / side]
    )
    return dict(zip(areas, shapely.intersection(shapes, RIM), strict=True))


def check(found: Areas, known: Areas) -> None:
    """Areas are what is known of them, but for corners that moved, and share all their borders."""
    assert set(found) <= set(known)
    assert all(map(shapely.is_valid, found.values()))
    for code, area in found.items():
        assert shapely.covers(shapely.buffer(known[code], MOVED), area), code
    whole = shapely.union_all([*found.values()])
    land = shapely.union_all([*known.values()])
    assert shapely.covers(shapely.buffer(land, MOVED), whole)
    # No hole, however small, but where there is no land or its border is near.
    assert shapely.difference(shapely.buffer(land, -MOVED), whole).area == 0
    # No land is in two of them.
    assert sum(area.area for area in found.values()) == pytest.approx(whole.area, abs=1e-6)
    edges = Counter(edge for area in found.values() for edge in edges_of(area))
    assert max(edges.values()) <= 2
    alone = sum(length for (_, _, length), times in edges.items() if times == 1)
    assert alone == pytest.approx(whole.length, abs=1e-6)


def edges_of(
    area: shapely.Geometry,
) -> Iterator[tuple[tuple[float, ...], tuple[float, ...], float]]:
    """The edges of an area, with their length, whichever way they are walked."""
    for part in shapely.get_parts(area):
        for ring in (part.exterior, *part.interiors):
            corners = shapely.get_coordinates(ring)
            for one, other in zip(corners[:-1].tolist(), corners[1:].tolist(), strict=True):
                first, last = sorted([tuple(one), tuple(other)])
                yield first, last, float(np.hypot(one[0] - other[0], one[1] - other[1]))


def level_of(connection: Connection, everywhere: Areas, level: str) -> Areas:
    codes = connection.execute(
        sa.text("SELECT adcode FROM division WHERE level = :level"), {"level": level}
    ).scalars()
    return {code: everywhere[code] for code in codes}


@pytest.mark.parametrize("z", [3, 4, 5, 6, 7, 8, 9, 10, 12])
@pytest.mark.parametrize("level", ["prefecture", "county"])
def test_divisions_of_anhui(demo_engine: Engine, everywhere: Areas, level: str, z: int) -> None:
    """The tiles around Hefei, four where there are as many."""
    x, y = (int(each[0] // 64) for each in cell_of([117.27], [31.86], z))
    with reading(demo_engine) as connection:
        known = level_of(connection, everywhere, level)
        for place in {(z, x, y), (z, x - 1, y), (z, x, y + 1), (z, x + 1, y - 1)}:
            check_tile(connection, known, level, place)


@pytest.mark.parametrize(
    ("level", "places"),
    [
        ("county", [(3, 1, 3), (4, 4, 6), (5, 8, 12), (6, 16, 24), (7, 36, 48), (8, 75, 96)]),
        ("state", [(0, 0, 0), (2, 0, 1), (3, 0, 2), (4, 4, 6), (6, 18, 24)]),
    ],
)
def test_divisions_of_america(
    america: Engine, everywhere: Areas, level: str, places: list[Place]
) -> None:
    with reading(america) as connection:
        known = level_of(connection, everywhere, level)
        for place in places:
            check_tile(connection, known, level, place)


def check_tile(connection: Connection, known: Areas, level: str, place: Place) -> None:
    found = drawn(tiles.divisions(connection, *place, level), "divisions", "adcode")
    there = {code: area for code, area in in_tile(known, place).items() if area.area > 0}
    if there:
        check(found, there)
    else:
        assert found == {}


@pytest.mark.parametrize("z", [6, 7, 9])
def test_territories_differ_by_a_square_of_the_grid_or_two_where_they_touch(
    engine: Engine, everywhere: Areas, z: int
) -> None:
    """Each is drawn by itself: federations of the counties of Hefei, and one of all Hefei."""
    divisions = demo_divisions().set_index("adcode").geometry
    counties = [code for code in divisions.index if code.startswith("3401") and code != "340100"]
    frame = gpd.GeoDataFrame(
        {"row": range(1, 11), "id": ["340100", *counties], "name": "Federation"},
        geometry=divisions[["340100", *counties]].to_numpy(),
        crs=4326,
    )
    put(engine, frame.assign(kind="regional_federation"), Kind.UNIONS)
    x, y = (int(each[0] // 64) for each in cell_of([117.27], [31.86], z))
    with reading(engine) as connection:
        found = drawn(tiles.territories(connection, TODAY, z, x, y), "territories", "id")
    there = in_tile({code: everywhere[code] for code in found}, (z, x, y))
    assert len(found) > 5
    for code, area in found.items():
        assert area.is_valid
        assert shapely.covers(shapely.buffer(there[code], MOVED), area), code
    whole = found.pop("340100")
    parts = shapely.union_all([*found.values()])
    doubled = sum(area.area for area in found.values()) - parts.area
    missing = shapely.difference(shapely.buffer(there["340100"], -MOVED), parts).area
    assert doubled <= 2 * SQUARE
    assert missing <= 2 * SQUARE
    assert shapely.symmetric_difference(whole, parts).area <= 2 * SQUARE


def test_territories_that_lie_across_each_other_are_drawn_in_time(engine: Engine) -> None:
    """Cut where they meet, hundreds of circles would be tens of thousands of faces."""
    rng = np.random.default_rng(4)
    circles = shapely.buffer(shapely.points(rng.uniform((116, 30), (119, 33), (600, 2))), 0.3)
    frame = gpd.GeoDataFrame({"id": [f"F{n}" for n in range(600)]}, geometry=circles, crs=4326)
    frame = frame.assign(row=range(1, 601), name="Federation", kind="regional_federation")
    put(engine, frame, Kind.UNIONS)
    x, y = (int(each[0] // 64) for each in cell_of([117.5], [31.5], 7))
    with reading(engine) as connection:
        connection.execute(sa.text("SET statement_timeout = 2000"))
        found = drawn(tiles.territories(connection, TODAY, 7, x, y), "territories", "id")
    assert len(found) > 300
