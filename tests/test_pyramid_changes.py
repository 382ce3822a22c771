"""The counts that are kept follow changes of every kind, in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine
from stored import cells, same
from synthetic import THRESHOLD, TODAY, put, site_frame

from geo.database import coverage, history, pyramid
from geo.database.engine import reading, snapshot, writing
from geo.domain.kind import Kind
from geo.domain.site_filter import EVERYTHING


@dataclass
class World:
    """Sites, divisions and unions as they stand, and the means to change them."""

    engine: Engine
    rng: np.random.Generator
    sites: gpd.GeoDataFrame = field(init=False)
    on: date = TODAY
    threshold: int = THRESHOLD
    batches: int = 0

    def __post_init__(self) -> None:
        put(self.engine, grid(4), Kind.DIVISIONS)
        put(self.engine, self.federations(6), Kind.UNIONS)
        self.sites = self.new_sites(120, "A")
        self.load(self.sites)

    def new_sites(self, count: int, prefix: str) -> gpd.GeoDataFrame:
        points = shapely.points(self.rng.uniform(-0.2, 4.2, (count, 2)))
        areas = shapely.buffer(points[: count // 10], 0.3)
        frame = site_frame([*areas, *points[len(areas) :]], seed=int(self.rng.integers(1e6)))
        days = self.rng.integers(-400, 400, (2, count))
        begins = [TODAY + timedelta(days=int(min(pair))) for pair in days.T]
        ends = [TODAY + timedelta(days=int(max(pair))) for pair in days.T]
        frame["id"] = [f"{prefix}{number:04d}" for number in range(count)]
        frame["started_on"] = [day if n % 3 else None for n, day in enumerate(begins)]
        frame["ended_on"] = [day if n % 4 == 0 else None for n, day in enumerate(ends)]
        frame["members"] = pd.array(self.rng.integers(0, 50, count), dtype="Int64")
        return frame

    def federations(self, count: int) -> gpd.GeoDataFrame:
        places = shapely.points(self.rng.uniform(0, 4, (count, 2)))
        sectoral = self.rng.random(count) < 0.4
        return gpd.GeoDataFrame(
            {
                "row": range(1, count + 1),
                "id": [f"F{number}" for number in range(count)],
                "name": "Federation",
                "kind": np.where(sectoral, "sectoral_federation", "regional_federation"),
                "categories": [["other", "logistics_hub"] if each else None for each in sectoral],
                "founded_on": [
                    TODAY + timedelta(days=int(day)) for day in self.rng.integers(-500, 200, count)
                ],
            },
            geometry=shapely.buffer(places, self.rng.uniform(0.1, 1.2, count)),
            crs=4326,
        )

    def load(self, frame: gpd.GeoDataFrame, kind: Kind = Kind.SITES) -> None:
        frame = frame.assign(row=range(1, len(frame) + 1))
        put(self.engine, frame, kind, self.threshold, on=self.on)
        self.batches += 1

    def add(self) -> None:
        added = self.new_sites(25, f"N{self.batches}")
        self.sites = gpd.GeoDataFrame(pd.concat([self.sites, added]), crs=4326)
        self.load(added)

    def move(self) -> None:
        moved = self.sites.sample(15, random_state=int(self.rng.integers(1e6)))
        shift = self.rng.normal(0, 1, 2)
        moved["geometry"] = moved.geometry.translate(*shift)
        self.load(moved)

    def resize(self) -> None:
        some = self.sites.sample(20, random_state=int(self.rng.integers(1e6)))
        some["workers"] = pd.array(self.rng.integers(1, 400, len(some)), dtype="Int64")
        some["category"] = "other"
        some = some[some.geometry.geom_type == "Point"]
        some["ended_on"] = [self.on - timedelta(days=1)] * len(some)
        some["started_on"] = None
        self.load(some)

    def unions(self) -> None:
        self.load(self.federations(6), Kind.UNIONS)

    def enterprise(self) -> None:
        some = self.sites.sample(10, random_state=int(self.rng.integers(1e6)))
        ids = some["id"].to_numpy()
        self.load(
            gpd.GeoDataFrame(
                {
                    "id": [f"E{site_id}" for site_id in ids],
                    "name": "Union",
                    "kind": "enterprise",
                    "site_id": ids,
                    "members": pd.array(self.rng.integers(1, 90, len(ids)), dtype="Int64"),
                },
                geometry=[None] * len(ids),
                crs=4326,
            ),
            Kind.UNIONS,
        )

    def divisions(self) -> None:
        self.load(grid(int(self.rng.integers(2, 6))), Kind.DIVISIONS)

    def day(self) -> None:
        self.on += timedelta(days=int(self.rng.integers(-150, 250)))
        self.refresh()

    def policy(self) -> None:
        self.threshold = int(self.rng.integers(5, 100))
        self.refresh()

    def refresh(self) -> None:
        with writing(self.engine) as connection:
            coverage.refresh(connection, self.on, self.threshold)

    def undo(self) -> None:
        with writing(self.engine) as connection:
            last = connection.scalar(
                sa.text("SELECT max(id) FROM import_batch WHERE undone_at IS NULL AND id > 3")
            )
            if last is not None:
                history.undo(connection, last, self.on, self.threshold)


STEPS = [
    World.add,
    World.move,
    World.resize,
    World.unions,
    World.enterprise,
    World.divisions,
    World.day,
    World.policy,
    World.undo,
]


def grid(side: int) -> gpd.GeoDataFrame:
    """Squares over 0..4, with one above them all."""
    edge = 4 / side
    boxes = [
        shapely.box(x * edge, y * edge, (x + 1) * edge, (y + 1) * edge)
        for x in range(side)
        for y in range(side)
    ]
    codes = [f"D{number:02d}" for number in range(len(boxes))]
    return gpd.GeoDataFrame(
        {
            "row": range(1, len(boxes) + 2),
            "adcode": [*codes, "TOP"],
            "name": [*codes, "TOP"],
            "level": [*["county"] * len(boxes), "city"],
            "parent": [*["TOP"] * len(boxes), None],
        },
        geometry=[*boxes, shapely.box(0, 0, 4, 4)],
        crs=4326,
    )


@hypothesis_settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=7), seed=st.integers(0, 999))
def test_counts_follow_any_changes(engine: Engine, steps: list, seed: int) -> None:
    with writing(engine) as connection:
        tables = "site, division, union_organisation, site_version, division_version,"
        tables += " union_organisation_version, heat_block, division_part, import_batch"
        connection.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY"))
        coverage.refresh(connection, TODAY, THRESHOLD)
    world = World(engine, np.random.default_rng(seed))
    for step in steps:
        step(world)
        with snapshot(engine) as connection:
            check = pyramid.check(connection)
            assert check.right, (step.__name__, check)
            assert check.cells > 0
    with snapshot(engine) as connection:
        kept = stored_state(connection)
        coverage_again(connection, world)
        assert stored_state(connection) == kept


def stored_state(connection: Connection) -> list[tuple]:
    names = "id, active, adcode, zone_id, coverage, covered_by, union_members, needs_own_union,"
    names += " counted_workers, counted_members, gap"
    return list(map(tuple, connection.execute(sa.text(f"SELECT {names} FROM site ORDER BY id"))))


def coverage_again(connection: Connection, world: World) -> None:
    """Assess everything from scratch."""
    connection.execute(sa.text("UPDATE data_state SET covered_on = NULL"))
    coverage.refresh(connection, world.on, world.threshold)


def test_replacing_nothing_changes_nothing(engine: Engine) -> None:
    world = World(engine, np.random.default_rng(3))
    with reading(engine) as connection:
        before = cells(connection, EVERYTHING, 4)
    world.load(world.sites)
    with reading(engine) as connection:
        same(cells(connection, EVERYTHING, 4), before)


def test_sites_are_counted_some_at_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid, "_AT_ONCE", 50)
    world = World(engine, np.random.default_rng(5))
    for step in (World.add, World.move, World.policy):
        step(world)
    with writing(engine) as connection:
        assert pyramid.check(connection).right
        pyramid.rebuild(connection)
    monkeypatch.undo()
    with snapshot(engine) as connection:
        assert pyramid.check(connection).right


def test_rows_of_a_block_do_not_pile_up(engine: Engine) -> None:
    """Each change adds a row to the blocks that it is in; a few of them become one, or none."""
    piles = "SELECT count(*) FROM heat_block GROUP BY level, block, part"
    most = []
    for number in range(12):
        put(engine, site_frame([shapely.Point(117 if number % 2 else -63, 31)]))
        with snapshot(engine) as connection:
            most.append(max(connection.scalars(sa.text(piles))))
            assert pyramid.check(connection).right
            assert cells(connection, EVERYTHING, 4).sites.tolist() == [1]
    assert max(most) == 4
