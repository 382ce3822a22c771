"""Plans: every query file, run as loads, dates and maps run it, uses the indexes its header names.

What is chosen depends on the data and on what is asked, so a query is run for several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from planned import Plans, analyse, indexes, indexes_named, large_database, told
from sqlalchemy import Connection, Engine
from synthetic import THRESHOLD, TODAY

from benchmarks import data
from geo.database import (
    batches,
    coverage,
    dated,
    directory,
    divisions,
    duplicates,
    heat,
    history,
    loading,
    sites,
    summary,
    territories,
    tiles,
)
from geo.database.engine import QUERIES, snapshot, writing
from geo.domain.area import BoundingBox
from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.domain.site_filter import EVERYTHING, SiteFilter

SMALL = BoundingBox(113.0, 32.0, 113.05, 32.05)
ASKED = (
    EVERYTHING,
    SiteFilter(attention=True),
    SiteFilter(min_workers=2000),
    SiteFilter(categories=(Category.LOGISTICS_HUB,), min_workers=500),
    SiteFilter(division="B00001"),
)
FILES = {path.stem: path for path in sorted(Path(QUERIES).glob("*.sql"))}


@pytest.fixture(scope="module")
def plans(server: str, template: str) -> Iterator[Plans]:
    """The plans of all queries, with many zones beside the other sites."""
    with large_database(server, template) as url, told(url) as (engine, found):
        with writing(engine) as connection:
            load(connection, Kind.SITES, zones(range(1000, 4000), 0.01))
        analyse(engine)
        for change in CHANGES:
            with writing(engine) as connection:
                change(connection)
                connection.rollback()
        look(engine)
        yield found


@pytest.mark.parametrize("name", [name for name, path in FILES.items() if indexes_named(path)])
def test_a_query_uses_the_indexes_of_its_header(plans: Plans, name: str) -> None:
    # A view is in the plans of what reads it.
    using = FILES if name.endswith("_view") else users(name)
    found = [plan for user in using for plan in plans[user]]
    assert found, f"{name} was not run"
    assert indexes_named(FILES[name]) <= set().union(*map(indexes, found))


def users(name: str) -> set[str]:
    """A query and those that read from it."""
    using = rf"^-- Uses:\s+{name}\.sql$|^FROM {name}$"
    above = [
        other
        for other, path in FILES.items()
        if re.search(using, path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    return {name}.union(*(users(other) for other in above if other != name))


def load(connection: Connection, kind: Kind, frame: gpd.GeoDataFrame) -> int:
    """Load a frame as a file of it is loaded; returns its batch."""
    loading.stage(connection, kind, [frame.assign(row=range(1, len(frame) + 1))])
    if kind is Kind.UNIONS:
        loading.attach(connection, str)
        loading.take_out_unknown_territories(connection, "{}{}".format)
    if kind is Kind.DIVISIONS:
        loading.take_out_circular(connection, "{}{}".format)
    counts = loading.compare(connection, kind)
    said = {"kind": kind, "file_name": "made up", "read": len(frame), "refused": 0}
    batch_id = batches.record(connection, said | vars(counts))
    loading.write(connection, kind, batch_id, TODAY, THRESHOLD)
    return batch_id


def some_sites(rows: range) -> gpd.GeoDataFrame:
    return next(data.sites(50_000)).iloc[list(rows)].copy()


def zones(rows: range, radius: float = 0.003) -> gpd.GeoDataFrame:
    areas = some_sites(rows).assign(category="development_zone")
    return areas.set_geometry(shapely.buffer(areas.geometry.to_numpy(), radius), crs=4326)


def federations(count: int, **changed: object) -> gpd.GeoDataFrame:
    unions = data.unions(50_000, 200)
    return unions[unions["kind"] == "regional_federation"].head(count).assign(**changed)


def sites_move(connection: Connection) -> None:
    moved = some_sites(range(50))
    load(connection, Kind.SITES, moved.assign(geometry=moved.geometry.translate(0.01, 0.01)))


def zones_grow(connection: Connection) -> None:
    of_zone = {"territory_site_id": zones(range(1000, 1001)).iloc[0]["id"]}
    load(connection, Kind.UNIONS, federations(1, id="Z1", geometry=None, **of_zone))
    load(connection, Kind.SITES, zones(range(1000, 1002), 0.004))


def unions_change(connection: Connection) -> None:
    wider = federations(2)
    areas = [shapely.multipolygons([each]) for each in shapely.buffer(wider.geometry, 0.01)]
    load(connection, Kind.UNIONS, wider.assign(geometry=areas))
    named = federations(1, id="D1", geometry=None)
    named["territory_adcodes"] = [["C00001", "C00002"]]
    load(connection, Kind.UNIONS, named)


def unions_find_their_site(connection: Connection) -> None:
    coded = some_sites(range(50))
    load(connection, Kind.SITES, coded.assign(credit_code=[f"9{n:017d}" for n in range(50)]))
    found = {"kind": "enterprise", "categories": None, "geometry": None, "site_id": None}
    load(connection, Kind.UNIONS, federations(1, id="E1", site_credit_code=f"9{1:017d}", **found))


def divisions_change(connection: Connection) -> None:
    every = data.divisions(600)
    some = every[every["adcode"] == "C00001"].copy()
    load(connection, Kind.DIVISIONS, some.assign(name="Renamed", parent="A00001"))
    load(connection, Kind.DIVISIONS, some.assign(adcode="N1", level="new", parent=None))


def loads_are_undone(connection: Connection) -> None:
    for frame in (some_sites(range(50)).assign(id="X"), zones(range(1000, 1001), 0.004)):
        frame["id"] = [f"{each}{n}" for n, each in enumerate(frame["id"])]
        history.undo(connection, load(connection, Kind.SITES, frame), TODAY, THRESHOLD)


def policy_changes(connection: Connection) -> None:
    coverage.refresh(connection, TODAY, THRESHOLD + 1)


def days_pass(connection: Connection) -> None:
    coverage.refresh(connection, TODAY + timedelta(days=3), THRESHOLD)


def other_days_are_looked_at(connection: Connection) -> None:
    for days in (700, 699):
        dated.look_at(connection, TODAY - timedelta(days=days), THRESHOLD)
    heat.cells(connection, EVERYTHING, 8, 13400, 6640, 13410, 6650)


CHANGES = (
    sites_move,
    zones_grow,
    unions_change,
    unions_find_their_site,
    divisions_change,
    loads_are_undone,
    policy_changes,
    days_pass,
    other_days_are_looked_at,
)


def look(engine: Engine) -> None:
    """Ask what maps, lists and files ask."""
    with snapshot(engine) as connection:
        for wanted in ASKED:
            look_for(connection, wanted)
        summary.stated_coverage(connection)
        next(sites.export(connection, EVERYTHING, size=100))
        tiles.divisions(connection, 10, 834, 415, "county")
        tiles.territories(connection, TODAY, 10, 834, 415)
        for level in ("province", "county"):
            divisions.boxes(connection, level, "B00001")
            divisions.boxes(connection, level)
        divisions.of_places(connection, np.array([113.0]), np.array([32.0]))
        territories.territories(connection, EVERYTHING, TODAY, SMALL)
        duplicates.candidates(connection, "S00001000", "S00001200", 50.0)
        sites.detail(connection, "S00000001")


def look_for(connection: Connection, wanted: SiteFilter) -> None:
    for level in ("province", "county"):
        summary.coverage_summary(connection, wanted, level=level)
    summary.coverage_summary(connection, wanted, parent="A00001")
    summary.sites_by_division(connection, wanted, ["C00001"])
    directory.categories(connection, wanted)
    for box in (None, SMALL):
        sites.page(connection, wanted, box=box)
    sites.count(connection, wanted, box=SMALL, most=1000)
    sites.nearby(connection, wanted, lon=113.0, lat=32.0, k=20)
    sites.frame(connection, wanted, limit=100)
    sites.extent(connection, wanted)
    tiles.sites(connection, wanted, 12, 3336, 1660)
    for z in (8, 14):
        x, y = 13400 << z >> 8, 6640 << z >> 8
        heat.cells(connection, wanted, z, x, y, x + 64, y + 64)
    # All of a division, which its own index finds.
    heat.cells(connection, wanted, 0, 0, 0, 64, 64)
