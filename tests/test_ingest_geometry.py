"""Where a site is: points in cells, shapes as text, shapes of files; refused, repaired, cut."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from ingesting import Load, csv_file, load, shapes_file

from geo.domain.crs import from_wgs84
from geo.ingest import shapes


def test_sites_without_coordinates_are_kept(load_sites: Load) -> None:
    loaded = load_sites(
        ["name", "lon", "lat"],
        ["a", "117.28", "31.86"],
        ["b", "", ""],
        ["c", "117.28", ""],
        ["d", "0", "0"],
        ["e", "无", "-"],
    )
    assert [g is not None for g in loaded.frame.geometry] == [True, False, False, False, False]
    assert [loaded.said(row) for row in range(3, 7)] == [
        ["without coordinates"],
        ["only one of two coordinates; kept without"],
        ["the coordinates are (0, 0); kept without"],
        ["without coordinates"],
    ]


def test_swapped_coordinates_are_exchanged(load_sites: Load) -> None:
    loaded = load_sites(["name", "lon", "lat"], ["a", "31.86", "117.28"], ["b", "117.28", "31.86"])
    assert [g.wkt for g in loaded.frame.geometry] == ["POINT (117.28 31.86)"] * 2
    assert loaded.said(2) == ["longitude and latitude were swapped; they were exchanged"]
    assert loaded.said(3) == []


def test_coordinates_off_the_globe_are_refused(load_sites: Load) -> None:
    loaded = load_sites(
        ["name", "lon", "lat"], ["a", "1172800", "31.86"], ["b", "499123", "3526400"]
    )
    assert set(loaded.refused) == {2, 3}
    assert "if they are metres, say in which CRS" in loaded.refused[3]


def test_metres_of_a_stated_crs(load_sites: Load) -> None:
    loaded = load_sites(["name", "x", "y"], ["a", "526522.55", "3526430.1"], crs="EPSG:4548")
    (point,) = loaded.frame.geometry
    assert point.distance(shapely.Point(117.28, 31.86)) < 0.001
    far = load_sites(["name", "x", "y"], ["a", "1e30", "3526430"], crs="EPSG:4548")
    assert far.refused == {2: "the coordinates are outside the area of their CRS"}


def test_degrees_minutes_and_both_in_one_cell(load_sites: Load) -> None:
    loaded = load_sites(["名称", "经纬度"], ["a", "117°16′48″,31°51′36″"], ["b", "31.86，117.28"])
    assert [g.wkt for g in loaded.frame.geometry] == ["POINT (117.28 31.86)"] * 2
    assert loaded.refused == {}
    assert load_sites(["名称", "经纬度"], ["a", "117"]).refused[2].startswith("“117” is not a pair")


@pytest.mark.parametrize(
    "cells",
    [
        ("43.8N", "87.6E"),
        ("43.8", "东经87.6"),
        ("北纬43.8", "87.6"),
        ("N43d48m0s", "87d36m0s"),
        ("43d48m0s", "87d36m0s E"),
    ],
)
def test_letters_say_which_is_the_longitude(load_sites: Load, cells: tuple[str, str]) -> None:
    """West of 90° E both could be either, by their numbers."""
    for columns, row in (
        (["lon", "lat"], cells),
        (["lat", "lon"], cells),
        (["经纬度"], [",".join(cells).replace(" ", "")]),
    ):
        loaded = load_sites(["name", *columns], ["a", *row])
        assert loaded.frame.geometry[0] == shapely.Point(87.6, 43.8)
        swapped = ["longitude and latitude were swapped; they were exchanged"]
        assert loaded.said(2) == (swapped if columns != ["lat", "lon"] else [])
    stated = load_sites(["name", "lon", "lat"], ["a", *cells], crs="swapped")
    assert stated.frame.geometry[0] == shapely.Point(87.6, 43.8)


@pytest.mark.parametrize("frame", ["gcj02", "bd09"])
def test_chinese_frames(load_sites: Load, frame: str) -> None:
    x, y = (float(value) for value in from_wgs84(117.28, 31.86, frame))
    (point,) = load_sites(["name", "lon", "lat"], ["a", repr(x), repr(y)], crs=frame).frame.geometry
    assert (point.x, point.y) == (117.28, 31.86)


def test_a_whole_file_with_swapped_columns(load_sites: Load) -> None:
    """41 and -72 are possible both ways round: only the user, or the divisions, can tell."""
    loaded = load_sites(["name", "lon", "lat"], ["a", "41.3", "-72.9"], crs="swapped")
    assert loaded.frame.geometry[0] == shapely.Point(-72.9, 41.3)


def test_shapes_as_text_and_points_beside_them(load_sites: Load) -> None:
    square = "POLYGON ((117 31, 117 32, 118 32, 118 31, 117 31))"
    loaded = load_sites(
        ["name", "wkt", "lon", "lat"],
        ["a", square, "", ""],
        ["b", "", "117.28", "31.86"],
        ["c", f"SRID=4326;{square}", "", ""],
        ["d", f"SRID=3857;{square}", "", ""],
        ["e", shapely.to_wkb(shapely.Point(117, 31), hex=True), "", ""],
        ["f", shapely.to_wkb(shapely.set_srid(shapely.Point(1, 2), 3857), hex=True,
                             include_srid=True), "", ""],
        ["g", "POLYGON ((117 31", "", ""],
        ["h", "", "", ""],
    )  # fmt: skip
    assert [shapely.get_dimensions(g) for g in loaded.frame.geometry] == [2, 0, 2, 0, -1]
    assert loaded.refused == {
        5: "the geometry says another CRS than the file",
        7: "the geometry says another CRS than the file",
        8: "the geometry cannot be read; write it as WKT or hexadecimal WKB with closed rings",
    }
    assert [n.row for n in loaded.notes if n.reason == "without coordinates"] == [9]


def test_a_shape_of_a_shifted_frame_may_call_itself_wgs84(load_sites: Load) -> None:
    rows = (["name", "wkt"], ["a", "SRID=4326;POINT (117.28 31.86)"])
    assert load_sites(*rows, crs="gcj02").refused == {}
    assert load_sites(*rows, crs="EPSG:4490").refused.keys() == {2}


def test_invalid_shapes_are_repaired_with_a_note(tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)])
    spike = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 5), (1, 1), (0, 1), (0, 0)])
    nothing = shapely.Polygon([(0, 0), (1, 1), (2, 2), (0, 0)])
    loaded = load(shapes_file(tmp_path / "in", bow, spike, nothing, shapely.box(0, 0, 1, 1)))
    assert [g.geom_type for g in loaded.frame.geometry] == ["MultiPolygon", "Polygon", "Polygon"]
    assert all(g.is_valid for g in loaded.frame.geometry)
    assert loaded.frame.geometry[1].area == 1
    assert loaded.said(1) == [
        "the geometry was invalid and was repaired: its outline crosses itself"
    ]
    assert loaded.said(4) == []
    assert "nothing of it could be kept" in loaded.refused[3]


def test_curves_are_refused_and_the_rows_beside_them_are_read(tmp_path: Path) -> None:
    arc = struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 2, 0)
    cells = [
        "POINT (1 2)",
        "CURVEPOLYGON (CIRCULARSTRING (0 0, 4 0, 4 4, 0 4, 0 0))",
        "GEOMETRYCOLLECTION (POINT (1 2), CIRCULARSTRING (0 0, 1 1, 2 0))",
        arc.hex(),
    ]
    path = csv_file(tmp_path / "in.csv", [["name", "wkt"], *([f"n{c[:5]}", c] for c in cells)])
    loaded = load(path)
    curved = "the geometry has curves; turn them into straight segments in a GIS"
    assert loaded.refused == dict.fromkeys((3, 4, 5), curved)
    assert list(loaded.frame.geometry) == [shapely.Point(1, 2)]
    column = pa.array([arc, shapely.to_wkb(shapely.Point(1, 2)), None], pa.binary())
    read = shapes.from_wkb(column, "EPSG:4326")
    assert {place: reason.key for place, reason in read.problems.items()} == {0: "geometry.curved"}
    assert list(read.geometries) == [None, shapely.Point(1, 2), None]


def test_heights_and_measures_are_dropped(tmp_path: Path) -> None:
    shapes = [shapely.Point(1, 2, 3), shapely.from_wkt("POINT ZM (1 2 3 4)")]
    shapes.append(shapely.from_wkt("POLYGON M ((0 0 5, 1 0 5, 1 1 5, 0 0 5))"))
    found = load(shapes_file(tmp_path / "in", *shapes)).frame.geometry
    assert not shapely.has_z(found).any()
    assert not shapely.has_m(found).any()
    assert found[0].wkt == found[1].wkt == "POINT (1 2)"


def test_empty_and_missing_shapes_are_unlocated(tmp_path: Path) -> None:
    path = shapes_file(tmp_path / "in", shapely.Polygon(), None, shapely.Point(1, 1))
    loaded = load(path)
    assert [g is None for g in loaded.frame.geometry] == [True, True, False]
    assert loaded.said(1) == loaded.said(2) == ["without coordinates"]


def test_coordinates_that_are_no_numbers(tmp_path: Path) -> None:
    bad = shapely.from_wkb(shapely.to_wkb(shapely.LineString([(0, 0), (1, 1), (2, np.inf)])))
    loaded = load(shapes_file(tmp_path / "in", bad, shapely.Point(1, 1)))
    assert loaded.refused == {1: "the geometry has coordinates that are no numbers"}


def test_of_a_collection_the_main_part_counts(tmp_path: Path) -> None:
    parts = [shapely.box(0, 0, 1, 1), shapely.LineString([(5, 5), (6, 6)]), shapely.Point(9, 9)]
    collection = shapely.GeometryCollection(parts)
    nested = shapely.GeometryCollection([shapely.GeometryCollection(parts[1:]), parts[2]])
    loaded = load(shapes_file(tmp_path / "in", collection, nested))
    assert loaded.frame.geometry[0].equals(parts[0])
    assert loaded.frame.geometry[1].equals(parts[1])
    assert loaded.said(1) == ["of the collection of shapes only the main part was kept"]


@pytest.mark.parametrize(
    "crossing",
    [
        shapely.box(178, -18, 183, -16),
        shapely.box(-182, -18, -177, -16),
        shapely.Polygon([(178, -18), (-177, -18), (-177, -16), (178, -16), (178, -18)]),
    ],
    ids=["beyond 180", "before -180", "jumping"],
)
def test_shapes_across_the_antimeridian_are_cut(tmp_path: Path, crossing: Any) -> None:
    """Fiji, in the three ways that files have it."""
    loaded = load(shapes_file(tmp_path / "in", crossing))
    (geometry,) = loaded.frame.geometry
    assert geometry.geom_type == "MultiPolygon"
    west, south, east, north = geometry.bounds
    assert (west, south, east, north) == (-180, -18, 180, -16)
    assert geometry.area == pytest.approx(10)
    assert geometry.intersects(shapely.Point(179, -17))
    assert geometry.intersects(shapely.Point(-179, -17))
    assert not geometry.intersects(shapely.Point(0, -17))
    assert loaded.said(1) == ["the geometry crosses the antimeridian and was cut there"]


def test_a_wide_shape_is_left_alone(tmp_path: Path) -> None:
    """An area over all longitudes does not jump: its edges are those of the world."""
    world = shapely.box(-180, -90, 180, -60)
    russia = shapely.MultiPolygon([shapely.box(30, 50, 180, 70), shapely.box(-180, 60, -170, 70)])
    loaded = load(shapes_file(tmp_path / "in", world, russia))
    assert loaded.frame.geometry[0].equals(world)
    assert loaded.frame.geometry[1].equals(russia)
    assert loaded.notes == []


def test_an_edge_half_around_the_globe_is_refused(tmp_path: Path) -> None:
    """PostGIS measures no such area, and would fail the whole load."""
    path = shapes_file(
        tmp_path / "in.parquet",
        shapely.box(-180, -90, 180, 90),
        shapely.Polygon([(-90, 0), (90, 0), (90, 10), (-90, 10)]),
        shapely.box(-180, -89, 180, 89),
        shapely.segmentize(shapely.box(-180, -90, 180, 90), 30),
        shapely.Point(1, 2),
    )
    loaded = load(path)
    reason = "an edge of the geometry spans half the globe; add points on it, or cut the shape"
    assert loaded.refused == {1: reason, 2: reason}


def test_shapes_off_the_globe_are_refused(tmp_path: Path) -> None:
    far = shapely.box(500_000, 3_500_000, 500_100, 3_500_100)
    further, furthest = shapely.Point(1e300, 31), shapely.box(1e300, 31, 1.1e300, 32)
    loaded = load(shapes_file(tmp_path / "in", far, further, furthest))
    assert len(loaded.refused) == 3
    assert all("outside the globe" in reason for reason in loaded.refused.values())


def test_a_huge_number_of_vertices(tmp_path: Path) -> None:
    angle = np.linspace(0, 2 * np.pi, 200_000, endpoint=False)
    circle = shapely.Polygon(np.column_stack([117 + np.cos(angle), 31 + np.sin(angle)]))
    loaded = load(shapes_file(tmp_path / "in", circle))
    assert shapely.get_num_coordinates(loaded.frame.geometry[0]) == 200_001
    assert loaded.said(1) == ["the geometry has more than 100,000 vertices and will be slow"]


def test_a_development_zone_is_no_line(tmp_path: Path) -> None:
    line = shapely.LineString([(0, 0), (1, 1)])
    path = shapes_file(tmp_path / "in", line, line, category=["development_zone", "other"])
    assert load(path).refused == {1: "a development zone is an area or a point, not a line"}


def test_degrees_are_kept_to_a_tenth_of_a_millimetre(load_sites: Load) -> None:
    loaded = load_sites(["name", "lon", "lat"], ["a", "117.12345678949", "31.1"])
    assert loaded.frame.geometry[0].x == 117.123456789
