"""What GDAL would pass over: records of a sequence, members of a collection or a topology."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from ingesting import FEATURE, load, refused

from geo.ingest.sniff import HEAD_BYTES, Format


@pytest.mark.parametrize(
    "wrong",
    [
        "not json",
        '{"type": "Feature", "properties": {"name": "cut off',
        '{"name": "of no type"}',
        "// a remark",
        f"{FEATURE},",
        FEATURE * 2,
        json.dumps(json.loads(FEATURE), indent=1),
        '{"type": "FeatureCollection", "features": []}',
        "[" * 9_999,
    ],
)
@pytest.mark.parametrize("place", [1, 3])
@pytest.mark.parametrize("separator", ["", "\x1e"])
def test_no_record_of_a_sequence_is_passed_over(
    tmp_path: Path, wrong: str, place: int, separator: str
) -> None:
    records = [FEATURE, FEATURE, FEATURE]
    records.insert(place, wrong)
    path = tmp_path / "in.geojsonl"
    path.write_text("\n".join(f"{separator}{record}" for record in records))
    if separator and wrong.startswith("{\n"):  # which is no matter between separators
        assert load(path).read == 4
    else:
        refused(path, f"record {place + 1} is not one: {re.escape(wrong.splitlines()[0][:20])}")


@pytest.mark.parametrize(
    "wrong",
    [
        "null",
        "{}",
        "[]",
        "3",
        '"甲"',
        '{"type": "Point", "coordinates": [1, 2]}',
        '{"properties": {"name": "of no type"}, "geometry": null}',
        f'{{"type": "FeatureCollection", "features": [{FEATURE}]}}',
    ],
)
@pytest.mark.parametrize("place", [0, 2, 20_000])
def test_no_member_of_a_collection_is_passed_over(tmp_path: Path, wrong: str, place: int) -> None:
    members = [FEATURE] * max(3, place)
    members.insert(place, wrong)
    head = '{"type": "FeatureCollection", "n": 12, "about": {"features": [null]}, "features": ['
    path = tmp_path / "in.geojson"
    for mark, between in (("", ","), ("\ufeff", "\r\n,\t")):
        path.write_text(f"{mark}{head}{between.join(members)}]}}", encoding="utf-8")
        refused(path, f"member {place + 1:,} is not one: {re.escape(wrong[:8])}")
    members.remove(wrong)
    path.write_text(f"{head}{','.join(members)}]}}")
    assert load(path).read == len(members)


def test_a_feature_may_have_a_property_called_features(tmp_path: Path) -> None:
    feature = json.loads(FEATURE)
    feature["properties"]["features"] = ["gate", None]
    (tmp_path / "in.geojson").write_text(json.dumps(feature, indent=1))
    assert load(tmp_path / "in.geojson").read == 1


def test_a_member_may_be_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    angles = np.linspace(0, 2 * np.pi, 90_000, endpoint=False)
    ring = np.column_stack([117 + np.cos(angles), 31 + np.sin(angles)])
    shape = shapely.to_geojson(shapely.Polygon(ring))
    long = f'{{"type": "Feature", "properties": {{"name": "b"}}, "geometry": {shape}}}'
    for members, read in (([FEATURE, long, FEATURE], 3), ([long, "null"], None)):
        path = tmp_path / "in.geojson"
        path.write_text(f'{{"type": "FeatureCollection", "features": [{", ".join(members)}]}}')
        assert path.stat().st_size > 3 * 2**20
        if read:
            assert load(path).read == read
        else:
            refused(path, "member 2 is not one: null")


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": None, "properties": {"name": "without a shape"}},
        {"type": "GeometryCollection", "geometries": [], "properties": {"name": "empty"}},
        {"properties": {"name": "of no type"}},
        None,
    ],
)
def test_no_shape_of_a_topology_is_passed_over(tmp_path: Path, wrong: object) -> None:
    point = {"type": "Point", "coordinates": [117, 31], "properties": {"name": "a"}}
    path = tmp_path / "in.topojson"
    for members in ([point, point], [point, wrong]):
        sites = {"type": "GeometryCollection", "geometries": members}
        path.write_text(json.dumps({"type": "Topology", "objects": {"sites": sites}, "arcs": []}))
        if wrong in members:
            refused(path, "member 2 of the TopoJSON in.topojson is no point, line or area: ")
        else:
            assert load(path).read == 2


@pytest.mark.parametrize("first", [f"{FEATURE},", FEATURE * 3])
def test_features_that_only_stand_side_by_side_are_no_geojson(tmp_path: Path, first: str) -> None:
    (tmp_path / "in.json").write_text(f"{first}\n{FEATURE}")
    refused(tmp_path / "in.json", "record 1 is not one: ")
    pretty = json.dumps(json.loads(FEATURE), indent=1)
    for mark in ("", "\ufeff"):
        for between in ("", ",\n", "\n;"):
            (tmp_path / "in.json").write_text(mark + pretty + between + pretty)
            refused(tmp_path / "in.json", "begins with a GeoJSON feature, but is not one")
        (tmp_path / "in.json").write_text(mark + pretty + "\n")
        assert load(tmp_path / "in.json").read == 1


def test_a_sequence_may_have_blank_lines_and_shapes_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "in.geojsonl"
    path.write_text(
        f'\ufeff{FEATURE}\n\n{{"type": "Point", "coordinates": [1, 2]}}\r\n\n{FEATURE}\n'
    )
    loaded = load(path)
    assert (loaded.read, set(loaded.refused)) == (3, {2})


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_sequence_may_begin_with_a_long_feature(tmp_path: Path, end: str) -> None:
    """Longer than what is looked at to tell the format."""
    ring = [[117 + math.cos(n / 800) / 9, 31 + math.sin(n / 800) / 9] for n in range(5_000)]
    shapes = [shapely.Polygon(ring), shapely.Point(117, 31), shapely.Point(118, 32)]
    frame = gpd.GeoDataFrame({"name": ["a", "b", "c"]}, geometry=shapes, crs=4326)
    frame.to_file(tmp_path / "in.geojsonl")
    lines = (tmp_path / "in.geojsonl").read_text().splitlines()
    assert len(lines[0]) > HEAD_BYTES
    (tmp_path / "in.geojsonl").write_text(end.join(lines), newline="")
    loaded = load(tmp_path / "in.geojsonl")
    assert loaded.source.format is Format.GEOJSONSEQ
    assert loaded.column("name") == ["a", "b", "c"]
