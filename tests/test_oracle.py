"""The oracle itself, on cases small enough to work out by hand."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd
import shapely

from tests.oracle import assess

ON = date(2026, 11, 20)
SITE = {"category": "other", "workers": 10, "members": None, "started_on": None, "ended_on": None}
UNION = {
    "kind": "regional_federation",
    "site_id": None,
    "categories": None,
    "members": None,
    "founded_on": None,
    "dissolved_on": None,
}


def frame(rows: list[dict[str, object]], default: dict[str, object]) -> gpd.GeoDataFrame:
    table = pd.DataFrame([default | {"geometry": None} | row for row in rows], dtype=object)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4326)


def state(
    sites: list[dict[str, object]],
    unions: list[dict[str, object]] | None = None,
    divisions: list[dict[str, object]] | None = None,
) -> pd.DataFrame:
    nowhere = {"id": "far", "geometry": shapely.box(50, 50, 51, 51)}
    placeless = {"adcode": "far", "parent": None, "geometry": shapely.box(50, 50, 51, 51)}
    return assess(
        frame(sites, SITE),
        frame([*(unions or []), nowhere], UNION),
        frame([*(divisions or []), placeless], {}),
        ON,
        25,
    )


HERE = shapely.Point(0, 0)


def test_an_own_union_goes_before_a_federation_and_the_lowest_id_counts() -> None:
    own = {"kind": "enterprise", "site_id": "a"}
    found = state(
        [{"id": "a", "geometry": HERE, "workers": 40}],
        [
            {"id": "u2", "members": 7, **own},
            {"id": "u1", "members": 5, **own},
            {"id": "f", "geometry": shapely.box(-1, -1, 1, 1)},
        ],
    ).loc["a"]
    assert (found["coverage"], found["covered_by"], found["needs_own_union"]) == (
        "direct",
        "u1",
        False,
    )
    assert found["counted_members"] == 5
    assert found["gap"] == 0


def test_the_smallest_territory_counts_its_border_belongs_to_it_and_ties_go_by_id() -> None:
    small = shapely.box(0, 0, 1, 1)
    unions = [
        {"id": "wide", "geometry": shapely.box(-2, -2, 2, 2)},
        {"id": "n", "geometry": small},
        {"id": "m", "geometry": small},
        {"id": "gone", "geometry": shapely.box(0, 0, 0.5, 0.5), "dissolved_on": date(2026, 11, 19)},
    ]
    found = state([{"id": "a", "geometry": HERE}], unions).loc["a"]
    assert (found["coverage"], found["covered_by"]) == ("secondary", "m")


def test_a_sectoral_federation_takes_its_categories_only() -> None:
    union = {
        "id": "s",
        "kind": "sectoral_federation",
        "categories": ["logistics_hub"],
        "geometry": shapely.box(-1, -1, 1, 1),
    }
    sites = [
        {"id": "hub", "geometry": HERE, "category": "logistics_hub"},
        {"id": "shop", "geometry": HERE},
    ]
    assert state(sites, [union])["coverage"].to_dict() == {"hub": "secondary", "shop": "none"}


def test_both_ends_of_a_period_belong_to_it() -> None:
    sites = [
        {"id": "first", "started_on": ON},
        {"id": "last", "ended_on": ON},
        {"id": "before", "started_on": date(2026, 11, 21)},
        {"id": "after", "ended_on": date(2026, 11, 19)},
    ]
    assert state(sites).index.tolist() == ["first", "last"]


def test_the_gap_counts_where_something_is_missing() -> None:
    federation = {"id": "f", "geometry": shapely.box(-1, -1, 1, 1)}
    there = {"geometry": HERE}
    sites = [
        {"id": "uncovered", "workers": 30, "members": 4},
        {"id": "overfull", "workers": 3, "members": 4},
        {"id": "unknown", "workers": None},
        {"id": "small, covered", "workers": 24, **there},
        {"id": "large, covered", "workers": 25, **there},
        {"id": "unknown, covered", "workers": None, **there},
    ]
    found = state(sites, [federation])
    assert found["gap"].astype(object).where(found["gap"].notna(), None).to_dict() == {
        "uncovered": 26,
        "overfull": 0,
        "unknown": None,
        "small, covered": 0,
        "large, covered": 25,
        "unknown, covered": 0,
    }
    assert found.index[found["needs_own_union"]].tolist() == ["uncovered", "large, covered"]


def test_nobody_in_a_zone_is_counted_twice() -> None:
    zone = {"category": "development_zone"}
    sites = [
        {"id": "outer", "workers": 1000, "geometry": shapely.box(-3, -3, 3, 3), **zone},
        {"id": "inner", "workers": 400, "geometry": shapely.box(-1, -1, 1, 1), **zone},
        {"id": "in both", "workers": 300, "geometry": HERE},
        {"id": "in outer", "workers": 50, "geometry": shapely.Point(2, 2)},
        {"id": "ended", "workers": 70, "geometry": HERE, "ended_on": date(2020, 1, 1)},
        {"id": "too small", "workers": 10, "geometry": shapely.box(8, 8, 9, 9), **zone},
        {"id": "in that", "workers": 11, "geometry": shapely.Point(8.5, 8.5)},
        {"id": "a point", "workers": 5, "geometry": shapely.Point(2, 2), **zone},
    ]
    found = state(sites)
    assert found["counted_workers"].to_dict() == {
        "outer": 1000 - 50 - 5 - (100 + 300),
        "inner": 100,
        "in both": 300,
        "in outer": 50,
        "too small": 0,
        "in that": 11,
        "a point": 5,
    }
    assert found["zone_id"].dropna().to_dict() == {
        "inner": "outer",
        "in both": "inner",
        "in outer": "outer",
        "in that": "too small",
        "a point": "outer",
    }


def test_a_zone_of_unknown_headcount_stays_unknown_and_hides_nobody() -> None:
    zone = {"category": "development_zone"}
    sites = [
        {"id": "outer", "workers": 100, "geometry": shapely.box(-3, -3, 3, 3), **zone},
        {"id": "inner", "workers": None, "geometry": shapely.box(-1, -1, 1, 1), **zone},
        {"id": "site", "workers": 30, "geometry": HERE},
    ]
    found = state(sites)
    assert found.loc["outer", "counted_workers"] == 70
    assert pd.isna(found.loc["inner", "counted_workers"])
    assert pd.isna(found.loc["inner", "gap"])


def test_a_site_is_in_the_finest_division_that_holds_its_point() -> None:
    divisions = [
        {"adcode": "1", "parent": None, "geometry": shapely.box(-9, -9, 9, 9)},
        {"adcode": "12", "parent": "1", "geometry": shapely.box(-7, -8, 0, 8)},
        {"adcode": "13", "parent": "1", "geometry": shapely.box(0, -8, 8, 8)},
        {"adcode": "131", "parent": "13", "geometry": shapely.box(1, 1, 7, 7)},
    ]
    sites = [
        {"id": "fine", "geometry": shapely.Point(2, 2)},
        {"id": "border", "geometry": HERE},
        {"id": "coarse", "geometry": shapely.Point(8.5, 0)},
        {"id": "outside", "geometry": shapely.Point(20, 20)},
        {"id": "unlocated"},
    ]
    found = state(sites, divisions=divisions)["adcode"]
    assert found.to_dict() == {
        "fine": "131",
        "border": "12",
        "coarse": "1",
        "outside": None,
        "unlocated": None,
    }
