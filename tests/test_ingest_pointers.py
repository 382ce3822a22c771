"""Files that point at what is not theirs: entities, links, other files, other hosts."""

from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyogrio
import pytest
from ingesting import (
    POINT,
    SHEET,
    csv_file,
    load,
    refused,
    sheet_of,
    workbook_with,
    xlsx_file,
    zip_file,
)

from geo.errors import Invalid
from geo.ingest import sniff
from geo.ingest.read import open_source

COLLECTION = {"type": "FeatureCollection", "features": []}


def test_external_entities_in_kml(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret")
    (tmp_path / "in.kml").write_text(
        f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file://{secret}">]>'
        "<kml><Document><Placemark><name>&x;</name></Placemark></Document></kml>"
    )
    refused(tmp_path / "in.kml", "declares a document type or entities")


def test_a_billion_laughs_in_kml(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    (tmp_path / "in.kml").write_text(
        f'<!DOCTYPE kml [<!ENTITY l0 "lol">{entities}]><kml><name>&l9;</name></kml>'
    )
    refused(tmp_path / "in.kml", "declares a document type or entities")


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_entities_in_a_workbook(tmp_path: Path, part: str) -> None:
    honest = xlsx_file(tmp_path / "honest.xlsx", [["name"], ["a"]])
    with zipfile.ZipFile(honest) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    declaration = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    content = members[part]
    at = content.index(b"?>") + 2 if b"?>" in content else 0
    members[part] = content[:at] + declaration + content[at:]
    refused(zip_file(tmp_path / "in.xlsx", members), "declares a document type")


def test_paths_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    POINT.to_file(folder / "in.shp")
    members = {f"../../../../escaped{p.suffix}": p.read_bytes() for p in folder.glob("in.*")}
    path = zip_file(folder / "in.zip", members)
    before = set(tmp_path.rglob("*"))
    assert load(path).column("name") == ["a"]
    assert set(tmp_path.rglob("*")) == before


def test_links_of_a_workbook_to_others_are_not_followed(tmp_path: Path) -> None:
    secret = csv_file(tmp_path / "secret.csv", [["a secret"]])
    space = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath"
    relation = (
        f'<Relationships {space}><Relationship Id="rId1" Type="{kind}" Target="{secret}" '
        'TargetMode="External"/></Relationships>'
    )
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
        f'<row r="2"><c r="A2"><f>\'file://{secret}\'#Sheet1.A1</f><v>7</v></c></row>'
    )
    changed = {
        SHEET: sheet_of(rows),
        "xl/externalLinks/_rels/externalLink1.xml.rels": relation.encode(),
        "xl/worksheets/_rels/sheet1.xml.rels": relation.encode(),
    }
    assert load(workbook_with(tmp_path / "in.xlsx", changed)).column("name") == ["7"]


def pointer_to(victim: Path) -> str:
    """What GDAL takes for a data source that is only a pointer to another one."""
    return (
        f"<OGRVRTDataSource><OGRVRTLayer name='in'><SrcDataSource>{victim}</SrcDataSource>"
        "<SrcLayer>victim</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
    )


def test_a_file_that_points_at_another_one(tmp_path: Path) -> None:
    victim = tmp_path / "victim.geojson"
    POINT.to_file(victim)
    (tmp_path / "in.vrt").write_text(pointer_to(victim))
    refused(tmp_path / "in.vrt", "XML or a web page but not KML")


def test_a_pointer_inside_of_geojson(tmp_path: Path) -> None:
    """GDAL itself would open this GeoJSON as the other file."""
    victim = tmp_path / "victim.geojson"
    POINT.to_file(victim)
    path = tmp_path / "in.geojson"
    path.write_text(json.dumps(COLLECTION | {"x": pointer_to(victim)}))
    refused(path, "points at other sources")
    path.write_text(json.dumps({"x": pointer_to(victim)} | COLLECTION))
    refused(path, "points at other sources")


def test_a_pointer_inside_of_kml(tmp_path: Path) -> None:
    victim = tmp_path / "victim.geojson"
    POINT.to_file(victim)
    path = tmp_path / "in.kml"
    path.write_text(f"<kml>{pointer_to(victim)}</kml>")
    refused(path, "points at other sources")


def test_gdal_tells_what_a_file_is_by_less_than_we_look_at(tmp_path: Path) -> None:
    """A pointer deeper in a file is text to it: what is loaded are the features of the file."""
    victim = tmp_path / "victim.geojson"
    POINT.to_file(victim)
    path = tmp_path / "in.geojson"
    padding = {"x": "y" * sniff.HEAD_BYTES, "z": pointer_to(victim)}
    feature = {"type": "Feature", "properties": {"name": "mine"}, "geometry": None}
    path.write_text(json.dumps(COLLECTION | padding | {"features": [feature]}))
    assert load(path).column("name") == ["mine"]
    path.write_text(json.dumps(COLLECTION | {"x": "y" * 8_000, "z": pointer_to(victim)}))
    assert pyogrio.read_info(path)["driver"] == "GeoJSON"
    refused(path, "points at other sources")


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of a web server, and what it was asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "member",
    [
        '"crs": {"type": "link", "properties": {"href": "@", "type": "proj4"}}',
        '"crs": {"properties": {"url": "@"}, "type": "URL"}',
        # What is written like this no search finds: then nothing is fetched all the same.
        '"cr\\u0073": {"type": "l\\u0069nk", "properties": {"href": "@"}}',
        '"links": [{"rel": "next", "href": "@"}], "exceededTransferLimit": true',
    ],
)
def test_a_json_that_refers_to_an_address_reaches_no_other_host(
    tmp_path: Path, asked: tuple[str, list[str]], member: str
) -> None:
    address, paths = asked
    path = tmp_path / "in.geojson"
    features = json.dumps([{"type": "Feature", "properties": {"name": "a"}, "geometry": None}])
    head = f'{{"type": "FeatureCollection", "features": {features}, '
    path.write_text(head + member.replace("@", address) + "}")
    if '"crs"' in member:
        refused(path, "points at other sources")
    else:
        assert load(path).column("name") == ["a"]
    assert paths == []


@pytest.mark.parametrize("name", ["EPSG:99999999", "/etc/passwd", "urn:ogc:def:crs:nobody"])
def test_an_unknown_crs_never_passes_for_wgs84(tmp_path: Path, name: str) -> None:
    path = tmp_path / "in.geojson"
    crs = {"type": "name", "properties": {"name": name}}
    path.write_text(json.dumps(COLLECTION | {"crs": crs}))
    refused(path, "a CRS that cannot be understood")
    POINT.to_file(tmp_path / "in.shp")
    (tmp_path / "in.prj").write_text(f"LOCAL[{name}")
    refused(tmp_path / "in.shp", "a CRS that cannot be understood")


def test_links_of_kml_are_not_followed(tmp_path: Path, asked: tuple[str, list[str]]) -> None:
    address, paths = asked
    (tmp_path / "in.kml").write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:xi="http://www.w3.org/2001/XInclude" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a {address}">'
        f"<Document><NetworkLink><Link><href>{address}/x.kml</href></Link></NetworkLink>"
        f'<xi:include href="{address}/y.kml"/><Placemark><name>a</name>'
        f"<styleUrl>{address}/s.kml#s</styleUrl><Point><coordinates>1,2</coordinates></Point>"
        "</Placemark></Document></kml>"
    )
    assert load(tmp_path / "in.kml").column("name") == ["a"]
    assert paths == []


@pytest.mark.parametrize(
    "table",
    [
        "CREATE VIRTUAL TABLE points USING VirtualText('{victim}', 'UTF-8', 1)",
        "CREATE VIRTUAL TABLE points USING VirtualShape('{victim}', 'UTF-8', 4326)",
        "create/**/virtual table points using rtree_like('{victim}')",
    ],
)
def test_a_table_of_a_geopackage_that_is_another_file(tmp_path: Path, table: str) -> None:
    victim = csv_file(tmp_path / "victim.csv", [["name"], ["a secret"]])
    path = tmp_path / "in.gpkg"
    POINT.to_file(path, layer="points")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute("DELETE FROM sqlite_master WHERE tbl_name = 'points'")
        database.execute(
            "INSERT INTO sqlite_master VALUES ('table', 'points', 'points', 0, ?)",
            (table.format(victim=victim),),
        )
    refused(path, "points at other sources")


def test_a_view_of_a_geopackage_opens_nothing(tmp_path: Path) -> None:
    victim = tmp_path / "victim.geojson"
    POINT.to_file(victim)
    path = tmp_path / "in.gpkg"
    POINT.to_file(path, layer="points")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("ALTER TABLE points RENAME TO hidden")
        database.execute(
            "CREATE VIEW points AS SELECT fid, geom, "
            f"ogr_datasource_load_layers('{victim}') AS name FROM hidden"
        )
    refused(path, "cannot be read")


def test_a_pipeline_as_json(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    pipeline = {"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read x"}
    path.write_text(json.dumps(pipeline))
    refused(path, "points at other sources")


@pytest.mark.parametrize("name", ["/vsicurl/http://127.0.0.1:9/x.geojson", "PG:dbname=x", "-"])
def test_a_name_that_gdal_would_take_for_a_service(name: str) -> None:
    with pytest.raises(Invalid, match="there is no file"):
        open_source(name)
