"""Files that try to do harm, and files that are not what their name says."""

from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import geopandas as gpd
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from ingesting import csv_file, load, xlsx_file, zip_file

from geo.errors import Invalid
from geo.ingest import oversize, parquet, sniff
from geo.ingest.read import open_source
from geo.ingest.sniff import Format, format_of

COLLECTION = {"type": "FeatureCollection", "features": []}
POINT = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(1, 2)], crs=4326)


def refused(path: Path, match: str) -> None:
    with pytest.raises(Invalid, match=match) as caught:
        load(path)
    assert caught.value.problems


def test_a_name_says_nothing(tmp_path: Path) -> None:
    workbook = xlsx_file(tmp_path / "in.csv", [["name"], ["a"]])
    table = csv_file(tmp_path / "in.xlsx", [["name"], ["a"]])
    POINT.to_file(tmp_path / "in.gpkg")
    (tmp_path / "in.gpkg").rename(tmp_path / "in.geojson")
    assert format_of(workbook) is Format.XLSX
    assert format_of(table) is Format.CSV
    assert format_of(tmp_path / "in.geojson") is Format.GEOPACKAGE
    assert load(workbook).column("name") == load(table).column("name") == ["a"]


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"%PDF-1.7\n\x00\x01\x02",
        b"\x7fELF\x02\x01\x01\x00\x00",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    ],
)
def test_other_files_are_of_no_known_format(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    refused(tmp_path / "in.csv", "no known format; CSV, XLSX")


@pytest.mark.parametrize("text", ['{"a": 1}', "[1, 2]", "<html><body></body></html>", "<kml><"])
def test_other_text_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "in").write_text(text)
    refused(tmp_path / "in", "but not|not well-formed|no column is known")


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(Invalid, match="there is no file"):
            open_source(path)


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


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "in.xlsx", {"xl/workbook.xml": b"\x00" * (70 * 2**20)})
    assert path.stat().st_size < 2**20
    refused(path, "unpacks to more than can be taken")


def test_a_zip_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "in.xlsx", {"xl/workbook.xml": b"\x00" * (70 * 2**20)})
    content = path.read_bytes()
    size = (70 * 2**20).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (100).to_bytes(4, "little")))
    refused(path, "unpacks to more than can be taken")


@pytest.mark.parametrize("typed", [True, False])
def test_a_parquet_bomb(tmp_path: Path, typed: bool) -> None:
    """One text for all rows takes next to no room, until each row has it."""
    text, rows = "a" * 20_000, 50_000
    names = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), [text])
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({"name": names}), path, store_schema=typed)
    assert path.stat().st_size < 2**16
    refused(path, "unpacks to more than can be taken")


def test_a_parquet_bomb_of_repetition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "MAX_COLUMN_BYTES", 2**20)
    path, table = tmp_path / "in.parquet", pa.table({"name": ["a" * 20_000] * 100})
    pq.write_table(table, path, use_dictionary=False, compression="zstd")
    refused(path, "unpacks to more than can be taken")
    pq.write_table(table, path, use_dictionary=False, compression="none")
    assert len(load(path).column("name")) == 100


def test_too_many_members(tmp_path: Path) -> None:
    members = {f"{n}.shp": b"" for n in range(sniff.MAX_MEMBERS + 1)}
    refused(zip_file(tmp_path / "in.zip", members), "holds 10,001 files")


def test_an_archive_of_something_else(tmp_path: Path) -> None:
    refused(zip_file(tmp_path / "in.zip", {"a.csv": b"name\na"}), "unpack it and load the file")


def test_a_damaged_archive(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "in.xlsx", [["name"], ["a"]])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    refused(path, "damaged or locked archive")


def test_paths_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    POINT.to_file(folder / "in.shp")
    members = {f"../../../../escaped{p.suffix}": p.read_bytes() for p in folder.glob("in.*")}
    path = zip_file(folder / "in.zip", members)
    before = set(tmp_path.rglob("*"))
    assert load(path).column("name") == ["a"]
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("row", [2_000_000 // 2, 1_048_576])
def test_a_lonely_cell_in_the_last_corner(tmp_path: Path, row: int) -> None:
    """The sheet would be 17 thousand million cells in memory."""
    path = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "name"
    sheet["A2"] = "a"
    sheet[f"XFD{row}"] = 1
    book.save(path)
    refused(path, r"spans 1,0\d\d,\d\d\d rows and 16,384 columns")


def test_absurdly_many_columns(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [["name", *(f"c{n}" for n in range(3000))]])
    refused(path, "3,001 columns, at most 2,000")


def test_the_bound_on_cells_allows_a_full_sheet_of_usual_width() -> None:
    assert oversize.MAX_CELLS > 1_048_576 * 30


def test_one_long_text_in_many_cells(tmp_path: Path) -> None:
    """Each cell has it for itself in memory: 2,000 x 1 MB."""
    names = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 2001))
    text = "y" * (oversize.MAX_TEXT_BYTES - 1000)
    texts = f"<sst><si><t>{text}</t></si><si><t>x</t></si></sst>".encode()
    changed = {SHEET: sheet_of(names), "xl/sharedStrings.xml": texts}
    path = workbook_with(tmp_path / "in.xlsx", changed)
    assert path.stat().st_size < 2**16
    refused(path, "unpacks to more than can be taken")
    once = names.replace("<v>0</v>", "<v>1</v>").replace("<v>1</v>", "<v>0</v>", 1)
    oversize.refuse_oversize(workbook_with(path, changed | {SHEET: sheet_of(once)}))


def test_a_sheet_may_be_any_member(tmp_path: Path) -> None:
    rows = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    refused(workbook_with(tmp_path / "in.xlsx", {"xl/else.bin": sheet_of(rows)}), "spans 1,048,576")


SHEET = "xl/worksheets/sheet1.xml"


def sheet_of(rows: str) -> bytes:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>".encode()


def workbook_with(path: Path, changed: dict[str, bytes]) -> Path:
    """A workbook some of whose parts are other ones."""
    honest = xlsx_file(path.with_name("honest.xlsx"), [["name"], ["a"]])
    with zipfile.ZipFile(honest) as archive:
        return zip_file(path, {n: archive.read(n) for n in archive.namelist()} | changed)


def test_a_million_cells_in_a_row_that_do_not_say_where_they_stand(tmp_path: Path) -> None:
    """With the last row they span 10^12 cells."""
    beside = "<c><v>1</v></c>" * 1_000_000
    rows = f'<row>{beside}</row><row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    refused(workbook_with(tmp_path / "in.xlsx", {SHEET: sheet_of(rows)}), "1,000,001 columns")


def test_cells_that_do_not_say_where_they_stand_are_read(tmp_path: Path) -> None:
    cells = ["name", "workers", "a", "5", "b", "6"]
    written = [f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells]
    rows = "".join(f"<row>{a}{b}</row>" for a, b in zip(*[iter(written)] * 2, strict=True))
    loaded = load(workbook_with(tmp_path / "in.xlsx", {SHEET: sheet_of(rows)}))
    assert loaded.column("name") == ["a", "b"]
    assert loaded.column("workers") == [5, 6]


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml"])
def test_a_cell_of_enormous_length(tmp_path: Path, part: str) -> None:
    text = "y" * (oversize.MAX_TEXT_BYTES + 1)
    content = sheet_of(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>')
    refused(workbook_with(tmp_path / "in.xlsx", {part: content}), "a cell of more than 1,048,576")


def test_a_line_of_enormous_length(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    with path.open("wb") as file:
        file.write(b"name\n")
        file.truncate(80 * 2**20)
    refused(path, "a line of 8.,...,... bytes|no known format")


def test_a_first_line_without_an_end(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name" * 100_000)
    refused(path, "no row 1 to be its heading")


def test_a_million_columns_are_counted_at_once(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name," + "a," * 1_000_000 + "\nx")
    refused(path, "columns, at most 2,000")


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
    refused(tmp_path / "in.vrt", "XML but not KML")


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
    refused(path, "points at other sources|JSON but not GeoJSON")


@pytest.mark.parametrize("name", ["/vsicurl/http://127.0.0.1:9/x.geojson", "PG:dbname=x", "-"])
def test_a_name_that_gdal_would_take_for_a_service(name: str) -> None:
    with pytest.raises(Invalid, match="there is no file"):
        open_source(name)


def test_a_locked_workbook(tmp_path: Path) -> None:
    """An encrypted XLSX is an OLE file of another kind."""
    (tmp_path / "in.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000)
    refused(tmp_path / "in.xlsx", "damaged workbook|password")
