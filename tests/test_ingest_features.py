"""GIS files: every format, its layers, encodings and CRS."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from ingesting import FEATURE, load, refused, zip_file

from geo.domain.crs import from_wgs84
from geo.errors import Invalid
from geo.ingest.read import open_source
from geo.ingest.rows import Options
from geo.ingest.sniff import Format

SHAPES = gpd.GeoDataFrame(
    {
        "id": ["a1", "a2", "a3"],
        "name": ["合肥高新区", "Yard", "无坐标公司"],
        "workers": pd.array([120, 0, None], dtype="Int64"),
    },
    geometry=[shapely.box(117.1, 31.8, 117.2, 31.9), shapely.box(117.3, 31.7, 117.4, 31.8), None],
    crs=4326,
)
DRIVERS = {
    Format.GEOJSON: ("in.geojson", "GeoJSON"),
    Format.GEOJSONSEQ: ("in.geojsonl", "GeoJSONSeq"),
    Format.GEOPACKAGE: ("in.gpkg", "GPKG"),
    Format.FLATGEOBUF: ("in.fgb", "FlatGeobuf"),
}


def write(frame: gpd.GeoDataFrame, folder: Path, format_: Format) -> Path:
    """A file of a format, made by the libraries that everybody uses."""
    if format_ is Format.PARQUET:
        frame.to_parquet(folder / "in.parquet")
        return folder / "in.parquet"
    if format_ is Format.SHAPEFILE:
        pyogrio.write_dataframe(frame, folder / "in.shp", encoding="UTF-8")
        return zipped(folder)
    name, driver = DRIVERS[format_]
    options = {"SPATIAL_INDEX": "NO"} if format_ is Format.FLATGEOBUF else {}
    pyogrio.write_dataframe(frame, folder / name, driver=driver, layer_options=options)
    return folder / name


def zipped(folder: Path, parts: str = "in.*") -> Path:
    members = {part.name: part.read_bytes() for part in folder.glob(parts)}
    return zip_file(folder / "zipped.zip", members)


@pytest.mark.parametrize("format_", [*DRIVERS, Format.PARQUET, Format.SHAPEFILE])
def test_every_format_reads_alike(tmp_path: Path, format_: Format) -> None:
    path = write(SHAPES, tmp_path, format_)
    path = path.rename(tmp_path / "upload")  # the name says nothing
    loaded = load(path)
    assert loaded.source.format is format_
    assert loaded.source.file_crs == "wgs84"
    assert loaded.column("row") == [1, 2, 3]
    assert loaded.column("id") == ["a1", "a2", "a3"]
    assert loaded.column("name") == ["合肥高新区", "Yard", "无坐标公司"]
    assert loaded.column("workers") == [120, 0, None]
    assert loaded.frame.crs == 4326
    assert shapely.equals(loaded.frame.geometry[0], SHAPES.geometry[0])
    assert loaded.frame.geometry[2] is None
    assert loaded.said(3) == ["without coordinates"]


# A GeoJSON sequence is always in WGS 84.
@pytest.mark.parametrize(
    "format_",
    [
        Format.GEOJSON,
        Format.GEOPACKAGE,
        Format.FLATGEOBUF,
        Format.PARQUET,
        Format.SHAPEFILE,
    ],
)
@pytest.mark.parametrize("epsg", [4548, 3857, 4490])
def test_the_crs_of_the_file_is_honoured(tmp_path: Path, format_: Format, epsg: int) -> None:
    path = write(SHAPES.to_crs(epsg), tmp_path, format_)
    loaded = load(path)
    assert loaded.source.crs == f"EPSG:{epsg}"
    assert loaded.frame.crs == 4326
    for found, stated in zip(loaded.frame.geometry[:2], SHAPES.geometry[:2], strict=True):
        assert shapely.equals_exact(found.normalize(), stated.normalize(), tolerance=2e-9)


def test_a_stated_crs_overrules_the_file(tmp_path: Path) -> None:
    """A file that calls GCJ-02 coordinates WGS 84, as most in China do."""
    x, y = from_wgs84([117.28], [31.86], "gcj02")
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=gpd.points_from_xy(x, y), crs=4326)
    path = write(frame, tmp_path, Format.GEOJSON)
    (point,) = load(path, crs="gcj02").frame.geometry
    assert abs(point.x - 117.28) < 2e-9
    assert abs(point.y - 31.86) < 2e-9


def test_a_file_without_a_crs_is_taken_for_wgs84(tmp_path: Path) -> None:
    frame = SHAPES.set_crs(None, allow_override=True)
    frame.to_parquet(tmp_path / "in.parquet")
    source = open_source(tmp_path / "in.parquet")
    assert source.file_crs is None
    assert source.crs == "wgs84"


@pytest.mark.parametrize("code_page", ["GBK", "CP936", "ISO-8859-1", None])
def test_a_shapefile_with_gbk_attributes(tmp_path: Path, code_page: str | None) -> None:
    """Whether the code page is stated, stated wrongly (as many tools do) or not at all."""
    pyogrio.write_dataframe(SHAPES, tmp_path / "in.shp", encoding="GBK")
    cpg = tmp_path / "in.cpg"
    cpg.unlink(missing_ok=True)
    if code_page is not None:
        cpg.write_text(code_page)
    dbf = tmp_path / "in.dbf"
    content = bytearray(dbf.read_bytes())
    content[29] = 0  # the language driver, which would tell
    dbf.write_bytes(content)
    assert load(zipped(tmp_path)).column("name") == ["合肥高新区", "Yard", "无坐标公司"]


@pytest.mark.parametrize("code_page", ["UTF-8", None])
@pytest.mark.parametrize("rows", [1, 3])
def test_names_of_columns_cut_in_the_middle_of_a_character(
    tmp_path: Path, code_page: str | None, rows: int
) -> None:
    """What QGIS makes of 企业名称 and 职工人数: ten bytes hold three characters and a third."""
    columns = {"name": "企业名称", "workers": "职工人数"}
    shapes = SHAPES.rename(columns=columns).iloc[:rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that names are cut
        pyogrio.write_dataframe(shapes, tmp_path / "in.shp", encoding="UTF-8")
    if code_page is None:
        (tmp_path / "in.cpg").unlink()
    before = (tmp_path / "in.dbf").read_bytes()
    for path in (zipped(tmp_path), tmp_path / "in.shp"):
        loaded = load(path, overrides={"name": "企业名", "workers": "职工人"})
        assert loaded.column("name") == SHAPES["name"].tolist()[:rows]
        assert loaded.column("workers")[0] == 120
    assert (tmp_path / "in.dbf").read_bytes() == before


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_headings_that_a_shapefile_cuts_are_known_by_their_beginning(
    tmp_path: Path, encoding: str
) -> None:
    held = {
        "name": "企业名称",
        "credit_code": "统一社会信用代码",
        "workers": "在职职工人数",
        "members": "会员人数",
        "address": "生产经营地址",
        "started_on": "成立日期",
    }
    frame = gpd.GeoDataFrame({each: ["1"] for each in held.values()}, geometry=SHAPES.geometry[:1])
    frame = frame.assign(开发区="x", 站点类别="other").set_crs(4326)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that names are cut
        pyogrio.write_dataframe(frame, tmp_path / "in.shp", encoding=encoding)
    loaded = load(tmp_path / "in.shp", options=Options())
    columns = loaded.mapping.columns
    assert columns.keys() == {*held, "category", "geometry"}
    assert all(held[name].startswith(columns[name]) for name in held)
    assert loaded.mapping.unmapped == ("开发区",)


def test_a_shapefile_in_another_encoding_than_stated(tmp_path: Path) -> None:
    shapes = SHAPES.rename(columns={"name": "名称"})
    pyogrio.write_dataframe(shapes, tmp_path / "in.shp", encoding="GBK")
    (tmp_path / "in.cpg").write_text("UTF-8")
    refused(tmp_path / "in.shp", r"is not utf-8 throughout .*, or say which encoding it has")
    assert load(tmp_path / "in.shp", encoding="gbk").column("name")[0] == "合肥高新区"


def test_a_shapefile_beside_its_parts(tmp_path: Path) -> None:
    pyogrio.write_dataframe(SHAPES, tmp_path / "in.shp", encoding="UTF-8")
    assert load(tmp_path / "in.shp").column("name")[0] == "合肥高新区"


def test_a_shapefile_in_a_folder_of_an_archive(tmp_path: Path) -> None:
    pyogrio.write_dataframe(SHAPES, tmp_path / "in.shp", encoding="UTF-8")
    members = {f"数据/{p.name.upper()}": p.read_bytes() for p in tmp_path.glob("in.*")}
    members |= {"__MACOSX/数据/._IN.SHP": b"x", "readme.txt": b"x"}
    assert load(zip_file(tmp_path / "z.zip", members)).column("workers") == [120, 0, None]


def test_parts_that_lack_are_named(tmp_path: Path) -> None:
    pyogrio.write_dataframe(SHAPES, tmp_path / "in.shp", encoding="UTF-8")
    (tmp_path / "in.dbf").unlink()
    with pytest.raises(Invalid, match=r"lacks its \.dbf part"):
        open_source(zipped(tmp_path))


def test_two_shapefiles_in_one_archive(tmp_path: Path) -> None:
    for name in ("one.shp", "two.shp"):
        pyogrio.write_dataframe(SHAPES, tmp_path / name, encoding="UTF-8")
    with pytest.raises(Invalid, match="2 Shapefiles"):
        open_source(zipped(tmp_path, "*.*"))


def test_any_layer_of_a_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "in.gpkg"
    pyogrio.write_dataframe(SHAPES, path, layer="园区")
    pyogrio.write_dataframe(SHAPES.iloc[:1], path, layer="项目")
    assert load(path, layer="园区").read == 3
    assert load(path, layer="项目").read == 1
    with pytest.raises(Invalid, match="2 layers; say which: 园区, 项目"):
        open_source(path)
    with pytest.raises(Invalid, match="has no layer “其他”; there are 园区, 项目"):
        open_source(path, layer="其他")


def test_a_geopackage_with_the_styles_of_qgis(tmp_path: Path) -> None:
    path = tmp_path / "in.gpkg"
    pyogrio.write_dataframe(SHAPES, path, layer="园区")
    pyogrio.write_dataframe(pd.DataFrame({"styleName": ["a"]}), path, layer="layer_styles")
    assert load(path).source.layer == "园区"


def test_texts_cut_in_the_middle_of_a_character(tmp_path: Path) -> None:
    """A field of 80 bytes does not hold 27 characters of three bytes."""
    whole = "安徽省合肥市蜀山区长江西路物流"
    frame = SHAPES.assign(name=[whole * 5, whole, whole])
    pyogrio.write_dataframe(frame, tmp_path / "in.shp", encoding="UTF-8")
    (tmp_path / "in.cpg").unlink()
    dbf = tmp_path / "in.dbf"
    content = bytearray(dbf.read_bytes())
    content[29] = 0
    cut = content.replace(whole.encode() + b" ", whole.encode()[:-1] + b"  ", 1)
    assert cut != content
    dbf.write_bytes(cut)
    source = open_source(zipped(tmp_path))
    assert source.encoding == "UTF-8"
    assert load(zipped(tmp_path)).column("name")[0].startswith("安徽省合肥市蜀山区")


def test_kml(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text(
        """<?xml version="1.0" encoding="UTF-8"?>
        <kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>d</name>
        <Placemark><name>合肥甲公司</name><ExtendedData>
          <Data name="职工人数"><value>12</value></Data></ExtendedData>
          <Point><coordinates>117.28,31.86,25.5</coordinates></Point></Placemark>
        <Placemark><name>乙</name></Placemark></Document></kml>""",
        encoding="utf-8",
    )
    loaded = load(path)
    assert loaded.source.format is Format.KML
    assert loaded.column("name") == ["合肥甲公司", "乙"]
    assert loaded.column("workers") == [12, None]
    assert loaded.frame.geometry[0].wkt == "POINT (117.28 31.86)"
    assert loaded.frame.geometry[1] is None


def test_topojson(tmp_path: Path) -> None:
    arcs = [[[0, 0], [0, 999], [999, 0], [0, -999], [-999, 0]]]
    topology = {
        "type": "Topology",
        "transform": {"scale": [0.001, 0.001], "translate": [117, 31]},
        "objects": {
            "counties": {
                "type": "GeometryCollection",
                "geometries": [
                    {
                        "type": "Polygon",
                        "id": "340111",
                        "properties": {"name": "包河区"},
                        "arcs": [[0]],
                    }
                ],
            }
        },
        "arcs": arcs,
    }
    path = tmp_path / "upload"
    path.write_text(json.dumps(topology))
    loaded = load(path, "divisions", Options(level="county"))
    assert loaded.source.format is Format.TOPOJSON
    assert loaded.column("adcode") == ["340111"]
    assert loaded.column("name") == ["包河区"]
    assert loaded.frame.geometry[0].bounds == (117, 31, 117.999, 31.999)


@pytest.mark.parametrize("name", ["geometry", "wkb_geometry"])
@pytest.mark.parametrize("format_", [*DRIVERS, Format.PARQUET])
def test_a_field_may_be_called_as_the_geometry(tmp_path: Path, format_: Format, name: str) -> None:
    path = write(SHAPES.rename_geometry("place").assign(**{name: "none"}), tmp_path, format_)
    loaded = load(path)
    assert loaded.refused == {}
    assert shapely.equals(loaded.frame.geometry.to_numpy()[:2], SHAPES.geometry[:2]).all()


def test_geojson_text_sequence_with_record_separators(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    features = json.loads(SHAPES.to_json())["features"]
    path.write_text("".join(f"\x1e{json.dumps(feature)}\n" for feature in features))
    assert load(path).source.format is Format.GEOJSONSEQ
    assert load(path).column("id") == ["a1", "a2", "a3"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-32", "utf-32-be"])
@pytest.mark.parametrize(
    "text",
    [
        FEATURE.replace('"a"', '"合肥"'),
        '{"type": "FeatureCollection", "features": [' + FEATURE.replace('"a"', '"合肥"') + "]}",
        '<?xml version="1.0" encoding="GB18030"?><kml><Document><name>合肥</name></Document></kml>',
    ],
)
def test_json_and_kml_are_in_utf8(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(text.encode(encoding))
    refused(path, "is not in UTF-8")


def test_whole_numbers_as_ids_of_geojson(tmp_path: Path) -> None:
    """GDAL makes them the numbers of its features as well."""
    path = tmp_path / "in.geojson"
    point = {"type": "Point", "coordinates": [117, 31]}
    for ids in ([5, 6], [5, 5], [0, 1]):
        for outer in ({}, {"id": 1}):
            features = [
                {
                    "type": "Feature",
                    **outer,
                    "properties": {"id": i, "name": "a"},
                    "geometry": point,
                }
                for i in ids
            ]
            path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
            assert load(path).column("id") == [str(i) for i in ids]


def test_geojson_keeps_texts_that_look_like_dates_or_numbers(tmp_path: Path) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"id": "007", "name": "2020/01/05", "stated_division": "2020-01-05"},
            "geometry": {"type": "Point", "coordinates": [117.1, 31.8]},
        }
    ]
    path = tmp_path / "in.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    loaded = load(path)
    assert loaded.column("id") == ["007"]
    assert loaded.column("name") == ["2020/01/05"]
    assert loaded.column("stated_division") == ["2020-01-05"]


def test_boundaries_as_datav_gives_them(tmp_path: Path) -> None:
    """Codes as numbers, the parent as an object."""
    feature = {
        "type": "Feature",
        "properties": {
            "adcode": 340104,
            "name": "蜀山区",
            "level": "district",
            "parent": {"adcode": 340100},
            "centroid": [117.1, 31.8],
        },
        "geometry": shapely.geometry.mapping(shapely.box(117, 31, 118, 32)),
    }
    path = tmp_path / "in.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    loaded = load(path, "divisions", Options())
    assert loaded.column("adcode") == ["340104"]
    assert loaded.column("parent") == ["340100"]
    assert loaded.column("level") == ["district"]


def test_parquet_of_any_types_and_without_geometry(tmp_path: Path) -> None:
    table = pa.table(
        {
            "name": pa.array(["a", "b"]).dictionary_encode(),
            "workers": pa.array([5.0, None], pa.float64()),
            "started_on": pa.array([18266, None], pa.int32()).cast(pa.date32()),
            "ended_on": pa.array([1.6e18, None]).cast(pa.int64()).cast(pa.timestamp("ns")),
            "lon": pa.array([117.28, 117.3], pa.float64()),
            "lat": pa.array([31.86, 31.9], pa.float32()),
            "tags": pa.array([["x"], None]),
            "extra": pa.array([{"k": 1}, None]),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    loaded = load(tmp_path / "in.parquet")
    assert loaded.column("name") == ["a", "b"]
    assert loaded.column("workers") == [5, None]
    assert [str(day) for day in loaded.column("started_on")] == ["2020-01-05", "None"]
    assert [str(day) for day in loaded.column("ended_on")] == ["2020-09-13", "None"]
    assert loaded.frame.geometry[0].x == 117.28


def test_a_geoparquet_of_another_encoding_is_refused(tmp_path: Path) -> None:
    points = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(1, 2)], crs=4326)
    points.to_parquet(tmp_path / "in.parquet", geometry_encoding="geoarrow")
    with pytest.raises(Invalid, match="keeps geometry as point; write it as WKB"):
        open_source(tmp_path / "in.parquet")


@pytest.mark.parametrize("format_", [Format.GEOPACKAGE, Format.PARQUET, Format.GEOJSON])
def test_a_cut_off_file_is_said_to_be_damaged(tmp_path: Path, format_: Format) -> None:
    frame = SHAPES.iloc[np.zeros(3000, dtype=int)]
    path = write(frame, tmp_path, format_)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(Invalid, match=r"damaged|cannot be read"):
        load(path)


def test_features_come_in_batches(tmp_path: Path) -> None:
    frame = SHAPES.iloc[np.zeros(1000, dtype=int)].assign(id=[str(n) for n in range(1000)])
    for format_ in (Format.GEOPACKAGE, Format.PARQUET, Format.GEOJSON, Format.FLATGEOBUF):
        source = open_source(write(frame, tmp_path, format_))
        batches = list(source.batches(300))
        assert max(batch.rows.num_rows for batch in batches) <= 300
        assert np.concatenate([b.numbers for b in batches]).tolist() == list(range(1, 1001))
        assert source.n_rows == 1000


def test_features_without_attributes_or_geometry(tmp_path: Path) -> None:
    table = pd.DataFrame({"name": ["a"], "workers": [3]})
    pyogrio.write_dataframe(table, tmp_path / "in.gpkg", layer="t")
    assert load(tmp_path / "in.gpkg").column("workers") == [3]


def test_a_crs_without_a_code_is_honoured(tmp_path: Path) -> None:
    local = "+proj=tmerc +lon_0=117.3 +x_0=50000 +y_0=-3400000 +ellps=GRS80"
    SHAPES.to_crs(local).to_parquet(tmp_path / "in.parquet")
    loaded = load(tmp_path / "in.parquet")
    assert shapely.equals_exact(
        loaded.frame.geometry[0].normalize(), SHAPES.geometry[0].normalize(), tolerance=1e-7
    )
