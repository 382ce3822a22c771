"""The demo data: reproducible, sound, and as varied as a real directory."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.demo import demo_divisions, demo_sites, demo_unions, places
from geo.domain import credit_code
from geo.domain.site import Category, Grade
from geo.domain.union import UnionKind
from tests.oracle import assess

ON = date(2026, 11, 20)
METRIC = 4548


@cache
def sites() -> gpd.GeoDataFrame:
    return demo_sites()


@cache
def unions() -> gpd.GeoDataFrame:
    return demo_unions(sites())


@cache
def divisions() -> gpd.GeoDataFrame:
    return demo_divisions()


@cache
def states() -> pd.DataFrame:
    return assess(sites(), unions(), divisions(), ON)


def zones() -> gpd.GeoDataFrame:
    zone = sites()[sites()["category"] == "development_zone"].set_index("id")
    return zone[zone.geom_type.isin(["Polygon", "MultiPolygon"])]


def text_of(frame: gpd.GeoDataFrame) -> str:
    return pd.DataFrame(frame).assign(geometry=frame.geometry.to_wkt()).to_csv()


def test_the_same_seed_gives_the_same_data_and_another_seed_other_data() -> None:
    for cached in (places.streets, places.zones, places.sketch, places.counties):
        cached.cache_clear()
    again = demo_sites()
    assert text_of(again) == text_of(sites())
    assert text_of(demo_unions(again)) == text_of(unions())
    other = demo_sites(seed=1)
    assert len(other) == len(sites())
    assert len(set(other["id"]) & set(sites()["id"])) < 60


@pytest.mark.parametrize("seed", [1, 2])
def test_any_seed_and_date_makes_sound_data(seed: int) -> None:
    on = date(2027, 2, 28)
    frame = demo_sites(seed, on)
    assert frame["id"].is_unique
    assert set(demo_unions(frame, seed, on)["site_id"].dropna()) <= set(frame["id"])
    assert not frame["stated_division"].isna().all()


def test_dates_move_with_the_day_of_the_demo() -> None:
    later = demo_sites(on=ON + timedelta(days=30))
    kept = sites().merge(later, on="id", suffixes=("", "_later")).dropna(subset="started_on")
    assert len(kept) > 2000
    assert (kept["started_on_later"] - kept["started_on"] == timedelta(days=30)).all()


def test_divisions_come_parents_first() -> None:
    frame = divisions()
    assert frame["level"].tolist() == ["province"] + ["prefecture"] * 16 + ["county"] * 9
    known: set[str] = set()
    for adcode, parent in zip(frame["adcode"], frame["parent"], strict=True):
        assert pd.isna(parent) or parent in known
        known.add(adcode)
    assert list(frame.columns) == ["adcode", "name", "name_en", "level", "parent", "geometry"]


def test_there_are_sites_of_every_category_and_grade() -> None:
    frame = sites()
    assert len(frame) == 4000
    assert frame["id"].is_unique
    assert frame["id"].is_monotonic_increasing
    assert set(frame["category"]) == set(Category)
    assert set(frame["grade"]) == set(Grade)
    assert frame["category"].value_counts().min() >= 50
    assert frame[["name", "address"]].notna().all(axis=None)


def test_headcounts_are_skewed_as_headcounts_are() -> None:
    workers = sites()["workers"]
    assert 0.03 < workers.isna().mean() < 0.06
    assert workers.min() >= 2
    assert 0.6 < workers.between(2, 24).sum() / workers.notna().sum() < 0.8
    assert 5 <= (workers >= 1000).sum() <= 40
    assert workers.mean() > 2.5 * workers.median()


def test_parts_of_a_headcount_do_not_exceed_it_but_for_a_few_members() -> None:
    frame = sites()
    assert (frame["migrant_workers"] <= frame["workers"]).all()
    assert frame["migrant_workers"][frame["workers"].isna()].isna().all()
    assert (frame["members"] > frame["workers"]).sum() == 3
    assert frame["members"].notna().mean() < 0.3
    shares = frame["migrant_workers"].astype(float) / frame["workers"].astype(float)
    by_category = shares.groupby(frame["category"]).mean()
    assert by_category["building_project"] > 0.75 > 0.35 > by_category["other"]


def test_some_projects_are_over_and_some_not_yet_begun() -> None:
    frame = sites()
    project = frame[frame["category"] == "building_project"]
    assert 0.1 < (project["ended_on"].dropna() < ON).sum() / len(project) < 0.35
    assert 0.03 < (project["started_on"] > ON).mean() < 0.15
    assert (frame["started_on"] == ON).any()
    assert (frame["ended_on"] == ON).any()
    both = frame.dropna(subset=["started_on", "ended_on"])
    assert (both["started_on"] <= both["ended_on"]).all()
    assert {type(day) for day in frame["started_on"].dropna()} == {date}


def test_sites_lie_on_the_land_of_hefei_but_for_a_few() -> None:
    located = sites()[sites().geometry.notna()]
    assert len(sites()) - len(located) == 40
    assert located.is_valid.all()
    points = located.representative_point()
    counties = divisions()[divisions()["level"] == "county"]
    held = shapely.STRtree(counties.geometry.to_numpy()).query(points.to_numpy(), "intersects")[0]
    times = np.bincount(held, minlength=len(points))
    assert (times == 0).sum() == 10, "outside Hefei"
    assert (times > 1).sum() == 3, "on a border"
    outside = points[times == 0]
    anhui = divisions().geometry.iloc[0]
    assert (~outside.within(anhui)).sum() == 2, "outside Anhui"
    # A vertex of the county border may lie on water; nothing else does.
    water = places.sketch().query("kind == 'water'").buffer(-1).to_crs(4326).union_all()
    assert not points.intersects(water).any()


def test_coordinates_stand_on_the_grid_of_six_decimals() -> None:
    for frame in (sites(), unions()):
        xy = shapely.get_coordinates(frame.geometry.dropna().to_numpy())
        assert np.abs(xy * 1e6 - np.round(xy * 1e6)).max() < 1e-6


def test_the_city_is_denser_than_the_country() -> None:
    counted = states()["adcode"].value_counts()
    area_km2 = divisions().set_index("adcode").to_crs(METRIC).area / 1e6
    density = (counted / area_km2).dropna()
    urban, rural = ["340102", "340103", "340104", "340111"], ["340121", "340122", "340124"]
    assert density[urban].min() > 3 * density[rural].max()
    farms = states()["adcode"][sites().set_index("id")["category"] == "farm_cooperative"]
    assert farms.isin(urban).mean() < 0.15


def test_most_sites_state_the_division_they_lie_in() -> None:
    found = states()["adcode"]
    stated = sites().set_index("id")["stated_division"].reindex(found.index)
    both = found.notna() & stated.notna()
    assert 0.98 < (found[both] == stated[both]).mean() < 1.0
    assert 0.01 < stated.isna().mean() < 0.03


def test_every_code_is_sound_and_was_never_issued() -> None:
    codes = [*sites()["credit_code"].dropna(), *unions()["id"]]
    assert len(set(codes)) == len(codes) > 3500
    assert [code for code in codes if credit_code.problem(code)] == []
    # GB 11714: the ninth character of a real organisation code checks the eight before it.
    weights = [3, 7, 9, 10, 5, 8, 4, 2]
    for code in codes:
        total = sum(w * int(c, 36) for w, c in zip(weights, code[8:16], strict=True))
        real = "0123456789X0"[11 - total % 11]
        assert code[16] != real


def test_projects_are_known_by_their_permit() -> None:
    project = sites()[sites()["category"] == "building_project"]
    assert project["credit_code"].isna().all()
    assert project["id"].str.fullmatch(r"3401\d{14}").all()
    assert (project["id"].str[6:14] == project["started_on"].map("{:%Y%m%d}".format)).all()


def test_zones_count_for_more_and_for_less_than_what_lies_inside() -> None:
    frame = states().join(sites().set_index("id")[["name", "workers"]])
    inside = frame.groupby("zone_id")["counted_workers"].sum()
    zone = frame.loc[zones().index]
    own = zone["workers"].astype("Float64")
    assert (zone["counted_workers"] > 0).sum() >= 5
    assert ((own < inside.reindex(zone.index)) & (zone["counted_workers"] == 0)).sum() >= 1
    assert own.isna().sum() == 1
    assert zone["zone_id"].notna().sum() == 1, "a zone inside a zone"
    assert zones().geom_type.isin(["MultiPolygon"]).any()
    drawn = zone["name"].str.cat()
    for part in ("高新", "经济技术", "新站", "安巢"):
        assert part in drawn


def test_unions_refer_to_what_there_is() -> None:
    frame = unions()
    assert frame["id"].is_unique
    assert set(frame["kind"]) == set(UnionKind)
    enterprise = frame["kind"] == UnionKind.ENTERPRISE
    assert (frame["site_id"].notna() == enterprise).all()
    assert (frame.geometry.notna() == ~enterprise).all()
    assert frame.geometry.dropna().is_valid.all()
    assert set(frame["site_id"].dropna()) <= set(sites()["id"])
    sectoral = frame["kind"] == UnionKind.SECTORAL_FEDERATION
    assert (frame["categories"].map(bool) == sectoral).all()
    assert {trade for trades in frame["categories"][sectoral] for trade in trades} <= set(Category)
    lived = frame.dropna(subset=["founded_on", "dissolved_on"])
    assert (lived["founded_on"] <= lived["dissolved_on"]).all()
    assert frame["founded_on"].min() >= date(2010, 1, 1)


def test_every_union_has_the_city_federation_above_it() -> None:
    parent = unions().set_index("id")["parent"]
    (top,) = parent.index[parent.isna()]
    federations = set(unions()["id"][unions()["kind"] != UnionKind.ENTERPRISE])
    for union_id in parent.index:
        above = [union_id]
        while above[-1] != top:
            above.append(parent[above[-1]])
            assert above[-1] in federations
            assert len(above) < 5


def test_unions_hold_the_cases_that_decide() -> None:
    frame = unions()
    federation = frame[frame["kind"] != UnionKind.ENTERPRISE]
    assert (federation["dissolved_on"].dropna() < ON).sum() == 1
    assert (federation["founded_on"] > ON).sum() == 1
    assert federation.geometry.to_wkb().duplicated().sum() == 1, "equal territories"
    assert frame["exemplar"].sum() > 10
    enterprise = frame[frame["kind"] == UnionKind.ENTERPRISE]
    assert enterprise["site_id"].duplicated().sum() == 5
    assert enterprise["members"].isna().any()
    members = sites().set_index("id")["members"]
    assert members[enterprise["site_id"]].isna().any()
    regional = frame[frame["kind"] == UnionKind.REGIONAL_FEDERATION].geometry.to_numpy()
    assert len(shapely.STRtree(regional).query(regional, "overlaps")[0]) > 4
    assert len(shapely.STRtree(regional).query(regional, "covers")[0]) > len(regional) + 5


def test_about_three_in_ten_sites_are_uncovered_and_not_evenly() -> None:
    uncovered = states()["coverage"] == "none"
    assert 0.25 < uncovered.mean() < 0.35
    assert 0.10 < (states()["coverage"] == "direct").mean() < 0.20
    share = uncovered.groupby(states()["adcode"]).mean()
    assert share["340122"] > 0.6 > 0.15 > share["340103"]
    point = gpd.GeoSeries(sites().set_index("id").geometry, crs=4326).representative_point()
    there = point.reindex(states().index).to_crs(METRIC)
    cells = places.streets()
    code = gpd.GeoDataFrame(geometry=there).sjoin(cells[["geometry"]])["code"]
    by_street = uncovered.groupby(code[~code.index.duplicated()]).agg(["mean", "size"])
    large = by_street[by_street["size"] >= 25]
    assert (large["mean"] > 0.6).sum() >= 8
    assert (large["mean"] < 0.1).sum() >= 8


def test_no_worker_of_a_zone_is_counted_twice() -> None:
    frame = states().join(sites().set_index("id")[["workers"]])
    for zone_id in zones().index:
        inside = frame[frame["zone_id"] == zone_id]
        below = frame[frame["zone_id"].isin(inside.index)]
        total = inside["counted_workers"].sum() + below["counted_workers"].sum()
        own = frame.loc[zone_id, "workers"]
        if pd.notna(own):
            assert frame.loc[zone_id, "counted_workers"] + total == max(own, total)
