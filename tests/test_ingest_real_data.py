"""The real data sets in every format: read, written, read again, unchanged."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from ingesting import load

from geo.domain.site import Category
from geo.ingest.rows import Options
from geo.ingest.write import EXPORTS, write

pytestmark = pytest.mark.real_data
FORMATS = [suffix for suffix in EXPORTS if suffix != ".json"]


@pytest.fixture(scope="session")
def data() -> Path:
    return Path(os.environ["ANTU_REAL_DATA"])


def same(stated: gpd.GeoDataFrame, found: gpd.GeoDataFrame) -> None:
    for name in stated.columns.drop("row"):
        if name == "geometry":
            left, right = stated.geometry.to_numpy(), found.geometry.to_numpy()
            assert shapely.to_wkb(left).tolist() == shapely.to_wkb(right).tolist()
        else:
            left, right = stated[name], found[name]
            assert (left.isna() == right.isna()).all(), name
            assert (left.dropna().to_numpy() == right.dropna().to_numpy()).all(), name


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    ("name", "category", "mapping"),
    [
        ("us_union_elections/sites.csv", "other", {"stated_division": "state"}),
        (
            "socal_warehouses/warehouses.parquet",
            "logistics_hub",
            {"id": "apn", "name": "place_name", "category": ""},
        ),
        (
            "socal_warehouses/planned_projects.parquet",
            "building_project",
            {"id": "ceqa_url", "stated_division": "county"},
        ),
    ],
)
def test_sites(
    data: Path, tmp_path: Path, suffix: str, name: str, category: str, mapping: dict[str, str]
) -> None:
    options = Options(category=Category(category))
    first = load(data / name, "sites", options, mapping)
    path = tmp_path / f"out{suffix}"
    write(first.frame.drop(columns="row"), path)
    again = load(path, "sites", Options())
    assert again.problems == []
    same(first.frame, again.frame)


@pytest.mark.parametrize("suffix", FORMATS)
def test_unions(data: Path, tmp_path: Path, suffix: str) -> None:
    first = load(data / "us_union_elections/unions.csv", "unions", Options())
    assert first.read == len(first.frame) == 4738
    path = tmp_path / f"out{suffix}"
    write(first.frame.drop(columns="row"), path)
    same(first.frame, load(path, "unions", Options()).frame)


def test_the_elections_are_read_as_their_readme_counts_them(data: Path) -> None:
    loaded = load(data / "us_union_elections/sites.csv", overrides={"stated_division": "state"})
    assert loaded.read == len(loaded.frame) == 6441
    assert sum(g is None for g in loaded.frame.geometry) == 64
    assert loaded.frame["workers"].isna().sum() == 1
    assert (loaded.frame["workers"] == 0).sum() == 12
    assert loaded.frame["workers"].sum() == 412_448
    assert [note.reason for note in loaded.notes] == ["without coordinates"] * 64


def test_the_warehouses_are_those_that_geopandas_reads(data: Path) -> None:
    path = data / "socal_warehouses/warehouses.parquet"
    loaded = load(path, overrides={"id": "apn", "name": "place_name", "category": ""})
    stated = gpd.read_parquet(path)
    assert loaded.read == len(loaded.frame) == 9388
    assert loaded.frame["id"].nunique() >= stated["apn"].nunique()
    given = stated["apn"].notna().to_numpy()
    assert loaded.frame["id"][given].tolist() == stated["apn"][given].tolist()
    assert loaded.frame["id"][~given].str.startswith("antu-").all()
    valid = stated.geometry.is_valid.to_numpy()
    moved = shapely.hausdorff_distance(
        loaded.frame.geometry.to_numpy()[valid], stated.geometry.to_numpy()[valid]
    )
    assert moved.max() < 1e-8
    assert len([n for n in loaded.notes if n.field == "geometry"]) == (~valid).sum()


def test_the_counties_are_divisions(data: Path) -> None:
    loaded = load(
        data / "socal_warehouses/counties_us_atlas.geojson", "divisions", Options(level="county")
    )
    assert sorted(loaded.column("adcode")) == ["06037", "06059", "06065", "06071"]
    assert "Los Angeles" in loaded.column("name")
