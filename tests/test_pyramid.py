"""The counts that are kept: whatever happens to the sites, they are what a recount gives."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from stored import cells, same
from synthetic import TODAY, put, site_frame
from typer.testing import CliRunner

from api.cli import commands
from geo.database import blocks, heat, pyramid
from geo.database.engine import read_frame, reading, snapshot, writing
from geo.database.summary import coverage_summary
from geo.domain.site import Category, Coverage, Grade
from geo.domain.site_filter import EVERYTHING, SiteFilter
from geo.operations.database import looking_at
from geo.settings import Settings
from maps.cells import cell_of

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
            same(found, expected)


def test_a_window_goes_on_around_the_earth(engine: Engine) -> None:
    """As pictures near the antimeridian, and of the whole world, ask for their margins."""
    lon = np.linspace(-180, 179.9, 160)
    put(engine, site_frame([shapely.Point(x, 80 * np.sin(x)) for x in lon]))
    with reading(engine) as connection:
        for level, wanted in product(range(3), (EVERYTHING, SiteFilter(min_workers=1))):
            world = blocks.TILE << level
            once = binned(passing(connection, wanted), level)
            turned = pd.concat([once.assign(x=once.x + turn * world) for turn in range(-2, 3)])
            for x0, x1 in (
                (-10, 74),
                (world - 10, world + 20),
                (-world - 17, 5),
                (world // 2, world + world // 2 - 3),
                (world // 2 + 5, world + world // 2),
                (3, world),
                (0, 2 * world),
            ):
                found = heat.cells(connection, wanted, level, x0, 0, x1, world)
                same(found, turned[turned.x.between(x0, x1 - 1)])


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
