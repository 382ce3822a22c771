"""Which frame a file is in, measured against real boundaries."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from ingesting import csv_file, load

from geo.domain.crs import from_wgs84
from geo.ingest import frames
from geo.ingest.headings import understand
from geo.ingest.read import open_source

BOUNDARIES = Path(__file__).parent.parent / "data/boundaries"


@pytest.fixture(scope="module")
def hefei() -> gpd.GeoDataFrame:
    return gpd.read_file(BOUNDARIES / "hefei_counties.geojson")


@pytest.fixture(scope="module")
def points(hefei: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sites near the borders of their counties, where a wrong frame shows."""
    rng = np.random.default_rng(7)
    parts = []
    for row in hefei.to_dict("records"):
        strip = row["geometry"].difference(row["geometry"].buffer(-0.006))
        west, south, east, north = strip.bounds
        spots = shapely.points(rng.uniform(west, east, 3000), rng.uniform(south, north, 3000))
        inside = spots[shapely.contains(strip, spots)]
        parts += [(row["adcode"], row["name"], spot) for spot in inside]
    codes, names, kept = zip(*parts, strict=True)
    frame = gpd.GeoDataFrame({"adcode": codes, "name": names}, geometry=list(kept))
    assert len(frame) > 500
    return frame


def moved(points: gpd.GeoDataFrame, frame: str) -> tuple[np.ndarray, np.ndarray]:
    x, y = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
    return (y, x) if frame == "swapped" else from_wgs84(x, y, frame)


@pytest.mark.parametrize("frame", frames.FRAMES)
@pytest.mark.parametrize("stated", ["adcode", "name"])
def test_the_true_frame_fits_best(
    points: gpd.GeoDataFrame, hefei: gpd.GeoDataFrame, frame: str, stated: str
) -> None:
    x, y = moved(points, frame)
    counts = frames.best_frame(x, y, points[stated].tolist(), hefei)
    assert counts["rows"] == len(points)
    assert counts[frame] == len(points)
    assert all(counts[other] < len(points) for other in frames.FRAMES if other != frame)
    for other in frames.FRAMES:
        assert frames.better_frame(counts, other) == (None if other == frame else frame)


def test_counts_are_those_of_a_spatial_join(
    points: gpd.GeoDataFrame, hefei: gpd.GeoDataFrame
) -> None:
    """An independent count: GCJ-02 points taken for WGS 84, joined with geopandas."""
    x, y = moved(points, "gcj02")
    counts = frames.best_frame(x, y, points["adcode"].tolist(), hefei)
    wrong = gpd.GeoDataFrame(points[["adcode"]], geometry=gpd.points_from_xy(x, y), crs=4326)
    joined = wrong.sjoin(hefei[["adcode", "geometry"]], lsuffix="stated", rsuffix="found")
    inside = joined[joined["adcode_stated"] == joined["adcode_found"]].index.nunique()
    assert counts["wgs84"] == inside


def test_divisions_may_be_written_in_many_ways(hefei: gpd.GeoDataFrame) -> None:
    row = hefei.iloc[0]
    point = row.geometry.representative_point()
    ways = [
        row.adcode,
        row["name"],
        f" {row.adcode} ",
        f"{row.adcode}001000",
        f"安徽省合肥市{row['name']}",
        f"合肥市 {row['name']}",
    ]
    counts = frames.best_frame([point.x] * 6, [point.y] * 6, ways, hefei)
    assert counts["rows"] == counts["wgs84"] == 6


def test_unknown_divisions_and_empty_coordinates_do_not_count(hefei: gpd.GeoDataFrame) -> None:
    row = hefei.iloc[0]
    point = row.geometry.representative_point()
    lon = [point.x, np.nan, point.x, point.x, np.inf]
    counts = frames.best_frame(
        lon, [point.y] * 5, [row.adcode, row.adcode, "火星", None, row.adcode], hefei
    )
    assert counts["rows"] == 1
    assert frames.better_frame(counts, "wgs84") is None


@pytest.mark.parametrize(
    ("wgs84", "gcj02", "better"), [(0, 3, "gcj02"), (1, 3, None), (990, 1000, None), (5, 2, None)]
)
def test_a_few_rows_tell_if_they_agree(wgs84: int, gcj02: int, better: str | None) -> None:
    counts = {"rows": 1000, "wgs84": wgs84, "gcj02": gcj02, "bd09": 0, "swapped": 0}
    assert frames.better_frame(counts, "wgs84") == better


@pytest.mark.parametrize("as_shapes", [False, True])
def test_a_file_is_measured_and_read_in_the_best_frame(
    tmp_path: Path, points: gpd.GeoDataFrame, hefei: gpd.GeoDataFrame, as_shapes: bool
) -> None:
    x, y = moved(points, "gcj02")
    if as_shapes:
        path = tmp_path / "in.gpkg"
        columns = {"name": points["adcode"], "stated_division": points["name"]}
        gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(x, y), crs=4326).to_file(path)
    else:
        rows = zip(points.index, points["name"], x, y, strict=True)
        path = csv_file(tmp_path / "in.csv", [["名称", "所属区县", "经度", "纬度"], *rows])
    source = open_source(path, crs="auto")
    mapping = understand(source.columns, "sites")
    counts = frames.measure(source.batches(100), mapping, hefei)
    assert counts["gcj02"] == counts["rows"] == len(points)
    best = frames.better_frame(counts, source.crs)
    assert best == "gcj02"
    assert replace(source, crs=best).crs == "gcj02"
    found = load(path, crs=best).frame.geometry
    assert shapely.distance(found.to_numpy(), points.geometry.to_numpy()).max() < 1e-8


def test_metres_and_files_without_divisions_are_not_measured(
    tmp_path: Path, hefei: gpd.GeoDataFrame
) -> None:
    path = csv_file(tmp_path / "in.csv", [["name", "lon", "lat"], ["a", "117.2", "31.8"]])
    for crs in (None, "EPSG:4548"):
        source = open_source(path, crs=crs)
        counts = frames.measure(source.batches(), understand(source.columns, "sites"), hefei)
        assert counts["rows"] == 0
        assert frames.better_frame(counts, source.crs) is None


def test_auto_without_evidence_is_wgs84(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [["name", "lon", "lat"], ["a", "117.2", "31.8"]])
    assert load(path, crs="auto").frame.geometry[0] == shapely.Point(117.2, 31.8)
