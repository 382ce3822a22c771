"""The counts that are kept: whatever happens to the sites, they are what a recount gives."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import product

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
from synthetic import THRESHOLD, TODAY, put, site_frame
from typer.testing import CliRunner

from api.cli import commands
from geo.database import blocks, coverage, heat, history, pyramid
from geo.database.engine import read_frame, reading, snapshot, writing
from geo.database.summary import coverage_summary
from geo.domain.kind import Kind
from geo.domain.site import Category, Coverage, Grade
from geo.domain.site_filter import EVERYTHING, SiteFilter
from geo.operations.database import looking_at
from geo.settings import Settings
from maps.cells import cell_of

MEASURES = ["sites", "workers", "gap", "sites_unknown_workers"]
FILTERS = {
    "everything": EVERYTHING,
    "coverage": SiteFilter(coverages=(Coverage.NONE,)),
    "two coverages": SiteFilter(coverages=(Coverage.NONE, Coverage.DIRECT)),
    "category": SiteFilter(categories=(Category.LOGISTICS_HUB,)),
    "both": SiteFilter(
        categories=(Category.OTHER, Category.BUILDING_PROJECT), coverages=(Coverage.SECONDARY,)
    ),
    "attention": SiteFilter(attention=True),
    "own union": SiteFilter(needs_own_union=True, coverages=(Coverage.SECONDARY,)),
    "no own union": SiteFilter(needs_own_union=False),
    "headcount": SiteFilter(min_workers=40),
    "grade": SiteFilter(grades=(Grade.MUNICIPAL,)),
    "division": SiteFilter(division="340104"),
    "division and coverage": SiteFilter(division="340100", coverages=(Coverage.NONE,)),
    "ended too": SiteFilter(active=False),
}


def passing(connection: Connection, wanted: SiteFilter) -> pd.DataFrame:
    """The wanted sites, found without any of the queries under test."""
    frame = pd.DataFrame(
        read_frame(
            connection,
            sa.text("SELECT site.*, ST_X(point) AS lon, ST_Y(point) AS lat FROM site"),
        ).drop(columns="geometry", errors="ignore")
    )
    keep = pd.Series(True, index=frame.index)
    if wanted.active:
        keep &= frame.active
    if wanted.attention:
        keep &= (frame.coverage == "none") | frame.needs_own_union
    if wanted.coverages:
        keep &= frame.coverage.isin(wanted.coverages)
    if wanted.categories:
        keep &= frame.category.isin(wanted.categories)
    if wanted.grades:
        keep &= frame.grade.isin(wanted.grades)
    if wanted.needs_own_union is not None:
        keep &= frame.needs_own_union == wanted.needs_own_union
    if wanted.min_workers is not None:
        keep &= frame.workers >= wanted.min_workers
    if wanted.division is not None:
        keep &= (
            frame.adcode.astype("string").str.startswith(wanted.division.rstrip("0")).fillna(False)
        )
    return frame[keep]


def binned(frame: pd.DataFrame, level: int) -> pd.DataFrame:
    located = frame[frame.lon.notna()]
    x, y = cell_of(located.lon.to_numpy(float), located.lat.to_numpy(float), level)
    counts = pd.DataFrame(
        {
            "x": x,
            "y": y,
            "sites": 1,
            "workers": located.counted_workers.astype(float).fillna(0).to_numpy(),
            "gap": located.gap.astype(float).fillna(0).to_numpy(),
            "sites_unknown_workers": located.counted_workers.isna().astype(int).to_numpy(),
        }
    )
    return counts.groupby(["x", "y"], as_index=False).sum().astype("int64")


def cells(connection: Connection, wanted: SiteFilter, level: int) -> pd.DataFrame:
    world = blocks.TILE << level
    found = heat.cells(connection, wanted, level, 0, 0, world, world)
    return found[["x", "y", *MEASURES]].astype("int64")


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(
        found.sort_values(["x", "y"], ignore_index=True),
        expected.sort_values(["x", "y"], ignore_index=True)[found.columns.tolist()],
    )


@pytest.mark.parametrize("name", FILTERS)
def test_cells_at_every_level_under_every_filter(demo_engine: Engine, name: str) -> None:
    with reading(demo_engine) as connection:
        frame = passing(connection, FILTERS[name])
        assert len(frame) > 10
        for level in range(9 if name in ("everything", "coverage") else 3):
            found = cells(connection, FILTERS[name], level)
            same(found, binned(frame, level))
            assert found.sites.sum() == frame.lon.notna().sum()


@pytest.mark.parametrize("level", [9, 10, 11, 12, 14])
def test_a_window_of_a_fine_level(demo_engine: Engine, level: int) -> None:
    (x0,), (y0,) = cell_of([117.1], [31.95], level)
    (x1,), (y1,) = cell_of([117.4], [31.75], level)
    with reading(demo_engine) as connection:
        for wanted in (EVERYTHING, SiteFilter(attention=True), SiteFilter(min_workers=30)):
            found = heat.cells(connection, wanted, level, int(x0), int(y0), int(x1), int(y1))
            expected = binned(passing(connection, wanted), level)
            expected = expected[expected.x.between(x0, x1 - 1) & expected.y.between(y0, y1 - 1)]
            assert len(expected) > 100
            same(found[["x", "y", *MEASURES]].astype("int64"), expected)


@pytest.mark.parametrize("name", FILTERS)
def test_coverage_by_division_under_every_filter(demo_engine: Engine, name: str) -> None:
    with reading(demo_engine) as connection:
        frame = passing(connection, FILTERS[name])
        rows = pd.DataFrame(coverage_summary(connection, FILTERS[name], level="county"))
    rows = rows.set_index("adcode")
    assert rows.sites.sum() == len(frame)
    county = frame.adcode.astype("string").where(frame.adcode.isin(rows.index))
    for adcode, group in frame.groupby(county):
        row = rows.loc[adcode]
        assert row.sites == len(group)
        assert row.sites_need_own_union == group.needs_own_union.sum()
        assert row.sites_unknown_workers == group.counted_workers.isna().sum()
        assert row.workers == group.counted_workers.sum()
        assert row.workers_covered == group.counted_workers[group.coverage != "none"].sum()
        assert row.members == group.counted_members.sum()
        assert row.gap == group.gap.sum()
        for state in Coverage:
            assert row[f"sites_{state}"] == (group.coverage == state).sum()


@pytest.mark.parametrize("on", [date(2019, 6, 30), date(2024, 2, 29), date(2027, 5, 1)])
def test_another_date(demo_engine: Engine, demo_settings: Settings, on: date) -> None:
    with looking_at(demo_engine, demo_settings, on) as connection:
        for wanted in (EVERYTHING, SiteFilter(attention=True), SiteFilter(min_workers=40)):
            frame = passing(connection, wanted)
            for level in (1, 6):
                same(cells(connection, wanted, level), binned(frame, level))
            rows = pd.DataFrame(coverage_summary(connection, wanted, level="prefecture"))
            assert rows.sites.sum() == len(frame)
            assert rows.workers.sum() == frame.counted_workers.sum()
            assert rows.sites_none.sum() == (frame.coverage == "none").sum()
    with snapshot(demo_engine) as connection:
        assert pyramid.check(connection).right


def test_a_wrong_count_is_found(engine: Engine) -> None:
    put(engine, site_frame([shapely.Point(117, 31), shapely.Point(118, 31)]))
    with snapshot(engine) as connection:
        check = pyramid.check(connection)
    assert check.right
    # At each level a cell at least, in one part and in all.
    assert check.cells >= 2 * (blocks.FINEST + 1)
    assert check.divisions >= 1
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE heat_block SET gap[1] = gap[1] + 1 WHERE level = 5"))
        connection.execute(sa.text("DELETE FROM division_part WHERE part > 0"))
    with snapshot(engine) as connection:
        check = pyramid.check(connection)
    assert not check.right
    assert check.wrong_cells >= 2
    assert check.wrong_divisions >= 1
    with writing(engine) as connection:
        pyramid.rebuild(connection)
    with snapshot(engine) as connection:
        assert pyramid.check(connection).right


def test_the_command_says_whether_counts_are_right(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ANTU_TODAY", TODAY.isoformat())
    put(engine, site_frame([shapely.Point(117, 31)]))
    run = CliRunner().invoke
    good = run(commands.app, ["heat", "check", "--json"])
    assert good.exit_code == 0, good.output
    assert json.loads(good.stdout)["wrong_cells"] == 0
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE heat_block SET sites[1] = 2"))
    assert run(commands.app, ["heat", "check"]).exit_code == 1
    assert run(commands.app, ["heat", "rebuild"]).exit_code == 0
    assert run(commands.app, ["heat", "check"]).exit_code == 0


def test_sites_everywhere_are_counted(engine: Engine) -> None:
    places = [*product((-180, -179.9999, -0.1, 0, 179.9999, 180), (-90, -86, -85, 0, 85, 86, 90))]
    put(engine, site_frame([*map(shapely.Point, places), *[None] * 3]))
    with reading(engine) as connection:
        frame = passing(connection, EVERYTHING)
        for level in range(4):
            found = cells(connection, EVERYTHING, level)
            assert found.sites.sum() == len(places)
            same(found, binned(frame, level))
        rows = coverage_summary(connection)
    assert rows[-1]["sites"] == len(places) + 3


# Changes of every kind, in any order


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


def test_parts_of_a_filter() -> None:
    assert pyramid.cell_parts(EVERYTHING) == [pyramid.ALL]
    every = pyramid.parts(EVERYTHING)
    assert every == list(range(1, 5 * len(Category) + 1))
    split = [
        pyramid.parts(SiteFilter(categories=(category,), coverages=(state,)))
        for category, state in product(Category, Coverage)
    ]
    assert sorted(part for each in split for part in each or []) == every
    for wanted in (
        SiteFilter(min_workers=1),
        SiteFilter(max_workers=1),
        SiteFilter(search="x"),
        SiteFilter(grades=(Grade.OTHER,)),
        replace(EVERYTHING, active=False),
    ):
        assert pyramid.parts(wanted) is None
    assert pyramid.cell_parts(SiteFilter(division="1")) is None
