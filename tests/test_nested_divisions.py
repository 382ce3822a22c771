"""Divisions that lie within each other or overlap, also of one level: each site is counted once."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import oracle
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine
from synthetic import put, site_frame

from geo.database import divisions, schema
from geo.database.engine import reading
from geo.database.sites import count
from geo.database.summary import coverage_summary
from geo.domain.kind import Kind
from geo.domain.site_filter import SiteFilter

LEVELS = ["province", "prefecture", "county"]
SITES = 60


def division_frame(
    boxes: list[tuple[float, float, float, float]], parents: list[str | None], levels: list[str]
) -> gpd.GeoDataFrame:
    """Divisions D0, D1 and so on."""
    codes = [f"D{number}" for number in range(len(boxes))]
    columns = {"row": range(1, len(boxes) + 1), "adcode": codes, "name": codes}
    return gpd.GeoDataFrame(
        columns | {"level": levels, "parent": parents},
        geometry=[shapely.box(*box) for box in boxes],
        crs=4326,
    )


@st.composite
def nested(draw: st.DrawFn) -> gpd.GeoDataFrame:
    """A few boxes, each in itself or in one before it, of levels that need not follow from that."""
    edges = st.lists(st.integers(0, 8), min_size=2, max_size=2, unique=True).map(sorted)
    boxes, parents = [], []
    for number in range(draw(st.integers(1, 6))):
        (west, east), (south, north) = draw(edges), draw(edges)
        boxes.append((west, south, east, north))
        upper = draw(st.integers(0, number))
        parents.append(f"D{upper}" if upper < number else None)
    levels = draw(st.lists(st.sampled_from(LEVELS), min_size=len(boxes), max_size=len(boxes)))
    return division_frame(boxes, parents, levels)


def chain(parents: dict[str, str | None], adcode: str | None) -> list[str]:
    """A division and those above it, the lowest first."""
    found = []
    while adcode is not None:
        found.append(adcode)
        adcode = parents[adcode]
    return found


def expected_rows(
    known: gpd.GeoDataFrame, places: list[str | None], level: str | None, parent: str | None
) -> dict[str | None, int]:
    """The sites of each row: each in the lowest of those listed that its division lies in."""
    parents = dict(zip(known["adcode"], map(oracle.text, known["parent"]), strict=True))
    levels = dict(zip(known["adcode"], known["level"], strict=True))

    def is_listed(code: str) -> bool:
        if level is not None:
            return levels[code] == level and (parent is None or parent in chain(parents, code))
        return bool(parents[code] == parent)

    rows: dict[str | None, int] = {code: 0 for code in parents if is_listed(code)} | {None: 0}
    for place in places:
        above = chain(parents, place)
        if parent is None or parent in above:
            rows[next((code for code in above if code in rows), None)] += 1
    return rows


def check(connection: Connection, known: gpd.GeoDataFrame) -> None:
    """Each site is in its finest division, and every summary adds up."""
    located = connection.execute(
        sa.select(
            schema.site.c.adcode,
            sa.func.ST_X(schema.site.c.point),
            sa.func.ST_Y(schema.site.c.point),
        )
    ).all()
    order = oracle.depths(known.to_dict("records"))
    places = [oracle.finest(shapely.Point(lon, lat), order) for _, lon, lat in located]
    assert [adcode for adcode, _, _ in located] == places
    lon, lat = ([float(row[number]) for row in located] for number in (1, 2))
    assert divisions.of_places(connection, lon, lat) == places
    for level in (None, *sorted(set(known["level"]))):
        for parent in (None, *known["adcode"]):
            rows = coverage_summary(connection, level=level, parent=parent)
            found = {row["adcode"]: row["sites"] for row in rows}
            assert found == expected_rows(known, places, level, parent), (level, parent)
            assert len(found) == len(rows)
            wanted = SiteFilter(division=parent)
            assert sum(found.values()) == count(connection, wanted, most=SITES)


@hypothesis_settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(worlds=st.lists(nested(), min_size=1, max_size=3))
def test_totals_of_every_level_add_up_however_divisions_lie(
    engine: Engine, worlds: list[gpd.GeoDataFrame]
) -> None:
    """Also when they are loaded one after the other, with other boundaries, parents and levels."""
    with engine.begin() as connection:
        for table in (schema.division, schema.site, schema.division_part, schema.heat_block):
            connection.execute(table.delete())
    points = np.random.default_rng(3).uniform(-0.5, 8.5, (SITES, 2))
    put(engine, site_frame([*map(shapely.Point, points)]))
    there: dict[str, dict[str, object]] = {}
    for world in worlds:
        put(engine, world, Kind.DIVISIONS)
        there |= {row["adcode"]: row for row in world.to_dict("records")}
        with reading(engine) as connection:
            check(connection, gpd.GeoDataFrame([*there.values()], geometry="geometry", crs=4326))


@pytest.mark.parametrize("parent", ["D0", None])
def test_a_city_in_a_prefecture_of_its_level_is_counted_in_the_city(
    engine: Engine, parent: str | None
) -> None:
    known = division_frame([(0, 0, 4, 4), (1, 1, 2, 2)], [None, parent], ["prefecture"] * 2)
    put(engine, known, Kind.DIVISIONS)
    put(engine, site_frame([shapely.Point(*at) for at in [(1.5, 1.5), (3, 3), (0.5, 3), (5, 5)]]))
    with reading(engine) as connection:
        rows = coverage_summary(connection, level="prefecture")
        assert {row["adcode"]: row["sites"] for row in rows} == {"D0": 2, "D1": 1, None: 1}
        check(connection, known)


def test_a_division_that_comes_to_lie_deeper_takes_its_sites_from_others(engine: Engine) -> None:
    """Also where the division above it, which alone is loaded anew, holds none of them."""
    boxes = [(5, 5, 6, 6), (7, 7, 8, 8), (0, 0, 4, 4), (1, 1, 2, 2), (1, 1, 3, 3)]
    levels = ["province", "prefecture", "county", "county", "prefecture"]
    known = division_frame(boxes, [None, None, "D1", "D4", None], levels)
    put(engine, known, Kind.DIVISIONS)
    put(engine, site_frame([shapely.Point(*at) for at in [(1.5, 1.5), (2.5, 2.5), (7.5, 7.5)]]))
    moved = division_frame(boxes, [None, "D0", "D1", "D4", None], levels)
    put(engine, moved[moved["adcode"] == "D1"], Kind.DIVISIONS)
    with reading(engine) as connection:
        check(connection, moved)
    put(engine, known[known["adcode"] == "D1"], Kind.DIVISIONS)
    with reading(engine) as connection:
        check(connection, known)
