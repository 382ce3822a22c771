"""Files over HTTP: seen before they are written, written whole, and only by who may."""

from __future__ import annotations

import io
import json
import os
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser
import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from ingesting import csv_file, xlsx_file

from api.app import create_app
from geo.operations import imports, uploads
from geo.operations.understanding import Understood, understand
from geo.settings import Settings

TABLE = (
    "编号,企业名称,类别,职工人数,经度,纬度\nA,甲,物流,30,117.2,31.8\nB,乙,物流,很多,117.3,31.9\n"
)
GOOD = "\n".join(TABLE.splitlines()[:2]) + "\n"
HERE = "http://127.0.0.1:8000"


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"home": tmp_path / "home", "max_upload_mb": 1})


@pytest.fixture
def web(home: Settings) -> Iterator[TestClient]:
    yield from serving(home)


def serving(settings: Settings, **more: Any) -> Iterator[TestClient]:
    options = {"base_url": HERE, "client": ("127.0.0.1", 50000)} | more
    app = create_app(settings)
    with TestClient(app, raise_server_exceptions=False, **options) as client:
        yield client


def send(web: TestClient, content: str | bytes, name: str = "sites.csv", **fields: str) -> Any:
    return web.post("/api/imports", files={"file": (name, content)}, data=fields)


def settled(web: TestClient, address: str) -> dict[str, Any]:
    """The import once nobody works on it any more."""
    for _ in range(300):
        state: dict[str, Any] = web.get(address).json()
        if state["status"] not in ("checking", "loading"):
            return state
        time.sleep(0.05)
    raise AssertionError(state)


def checked(web: TestClient, content: str | bytes, **fields: str) -> tuple[str, dict[str, Any]]:
    answer = send(web, content, **fields)
    assert answer.status_code == 201, answer.text
    address = answer.headers["location"]
    return address, settled(web, address)


def test_a_file_is_understood_corrected_and_loaded(web: TestClient) -> None:
    address, state = checked(web, TABLE.encode("gb18030"))
    assert state["status"] == "checked"
    assert state["file"]["encoding"] == "gb18030"
    assert state["file"]["columns"][:2] == ["编号", "企业名称"]
    assert state["file"]["rows"][1][:2] == ["B", "乙"]
    assert state["mapping"]["columns"]["workers"] == "职工人数"
    report = state["report"]
    assert (report["read"], report["added"], report["refused"]) == (2, 1, 1)
    assert [problem["row"] for problem in report["problems"]] == [3]
    assert report["sample"]["features"][0]["geometry"]["coordinates"] == [117.2, 31.8]
    assert report["unmapped"] == []
    assert web.get("/api/batches").json() == []

    assert web.post(f"{address}/commit").status_code == 409
    again = web.patch(address, json={"mapping": {"workers": ""}, "save_as": "某区"})
    assert again.status_code == 200, again.text
    assert settled(web, address)["report"]["refused"] == 0
    assert web.post(f"{address}/commit").status_code == 202
    done = settled(web, address)
    assert done["report"]["unmapped"] == ["职工人数"]
    assert done["status"] == "loaded", done
    (batch,) = web.get("/api/batches").json()
    assert (batch["id"], batch["file_name"], batch["added"]) == (
        done["report"]["batch"],
        "sites.csv",
        2,
    )
    (found,) = web.get("/api/sites", params={"q": "乙"}).json()["features"]
    assert found["properties"]["workers"] is None
    assert [kept["name"] for kept in web.get("/api/mappings").json()] == ["某区"]
    assert web.post(f"/api/batches/{batch['id']}/undo").json()["undone"]
    assert web.get("/api/sites/B").status_code == 404
    assert web.post(f"/api/batches/{batch['id']}/undo").status_code == 409


def test_refused_rows_are_downloaded_mended_and_loaded(web: TestClient, tmp_path: Path) -> None:
    rows = [line.split(",") for line in TABLE.splitlines()]
    content = xlsx_file(tmp_path / "sites.xlsx", rows).read_bytes()
    address, _ = checked(web, content, name="一区.xlsx", accept_good="true")
    web.post(f"{address}/commit")
    assert settled(web, address)["report"]["added"] == 1
    answer = web.get(f"{address}/refused")
    assert ".xlsx" in answer.headers["content-disposition"]
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book.active
    assert sheet is not None
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == "很多":
                cell.value = "40"
    mended = tmp_path / "mended.xlsx"
    book.save(mended)
    _, state = checked(web, mended.read_bytes(), name="mended.xlsx")
    assert (state["report"]["added"], state["report"]["refused"]) == (1, 0)


def test_what_cannot_be_understood_says_so_and_can_be_mended(web: TestClient) -> None:
    address, state = checked(web, "甲乙,丙丁\n一,5\n")
    assert state["status"] == "failed"
    assert state["file"]["columns"] == ["甲乙", "丙丁"]
    assert state["error"]["problems"][0]["field"] == "name"
    assert "name" in state["fields"]
    assert "lon" in state["fields"]
    web.patch(address, json={"mapping": {"name": "甲乙"}, "category": "other"})
    state = settled(web, address)
    assert (state["status"], state["report"]["added"]) == ("checked", 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no known format"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><kml>&a;</kml>", "document type"),
    ],
)
def test_a_bad_file_is_refused_by_its_content(web: TestClient, content: bytes, said: str) -> None:
    _, state = checked(web, content, name="sites.csv")
    assert state["status"] == "failed"
    assert said in state["error"]["message"]


def test_a_zip_bomb_is_refused(web: TestClient) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (100 * 2**20))
    _, state = checked(web, content.getvalue(), name="bomb.xlsx")
    assert "unpacks to more" in state["error"]["message"]


def test_more_than_the_limit_is_refused_whether_the_length_is_stated_or_not(
    web: TestClient, home: Settings
) -> None:
    answer = send(web, b"x" * (2 * 2**20))
    assert answer.status_code == 422
    assert "larger than 1 MB" in answer.json()["detail"]

    def chunks() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(40):
            yield b"y" * 2**16
        yield b"\r\n--x--\r\n"

    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = web.post("/api/imports", content=chunks(), headers=kind)
    assert answer.status_code == 422
    assert not list(home.home.glob("imports/*"))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\表 一.xlsx", "表 一.xlsx"),
        ("..", "upload"),
        ("", "upload"),
        ("a<b>'\".csv", "a_b_.csv"),
    ],
)
def test_a_file_name_leads_nowhere(name: str, kept: str) -> None:
    assert uploads.harmless(name) == kept


@pytest.mark.parametrize(
    ("mode", "client", "headers", "status"),
    [
        ("loopback", "127.0.0.1", {}, 201),
        ("loopback", "::1", {}, 201),
        ("loopback", "192.0.2.7", {}, 403),
        ("loopback", "127.0.0.1", {"host": "evil.example"}, 403),
        ("loopback", "127.0.0.1", {"x-forwarded-for": "192.0.2.7"}, 403),
        ("loopback", "127.0.0.1", {"origin": "http://evil.example"}, 403),
        ("loopback", "127.0.0.1", {"origin": "null"}, 403),
        ("loopback", "127.0.0.1", {"origin": HERE}, 201),
        ("loopback", "127.0.0.1", {"sec-fetch-site": "cross-site"}, 403),
        ("loopback", "127.0.0.1", {"sec-fetch-site": "same-site"}, 403),
        ("loopback", "127.0.0.1", {"sec-fetch-site": "same-origin"}, 201),
        ("all", "192.0.2.7", {}, 201),
        ("all", "192.0.2.7", {"origin": "http://evil.example"}, 403),
        ("none", "127.0.0.1", {}, 403),
    ],
)
def test_only_who_may_writes(
    home: Settings, mode: str, client: str, headers: dict[str, str], status: int
) -> None:
    settings = home.model_copy(update={"allow_writes": mode})
    for web in serving(settings, client=(client, 50000)):
        files = {"file": ("a.csv", GOOD)}
        answer = web.post("/api/imports", files=files, headers=headers)
        assert answer.status_code == status, answer.text
        if status == 403:
            assert web.post("/api/batches/1/undo", headers=headers).status_code == 403
        else:
            settled(web, answer.headers["location"])


def test_another_process_sees_the_import_and_may_load_it(web: TestClient, home: Settings) -> None:
    address, _ = checked(web, GOOD)
    for other in serving(home):
        assert other.get(address).json()["status"] == "checked"
        assert other.post(f"{address}/commit").status_code == 202
        assert settled(other, address)["status"] == "loaded"
    assert web.get(address).json()["status"] == "loaded"


def test_two_who_load_the_same_upload_hear_that_it_is_done(web: TestClient) -> None:
    address, _ = checked(web, GOOD)
    assert web.post(f"{address}/commit").status_code == 202
    batch = settled(web, address)["report"]["batch"]
    second = web.post(f"{address}/commit")
    assert (second.status_code, f"batch {batch}" in second.json()["detail"]) == (409, True)
    zh = web.post(f"{address}/commit", headers={"accept-language": "zh-CN"})
    assert f"批次 {batch}" in zh.json()["detail"]
    assert len(web.get("/api/batches").json()) == 1


def test_the_sheets_and_layers_of_a_file_are_offered(web: TestClient, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for title, name in (("甲区", "甲"), ("乙区", "乙")):
        sheet = book.create_sheet(title)
        sheet.append(["企业名称", "类别"])
        sheet.append([name, "物流"])
    book.save(tmp_path / "in.xlsx")
    address, state = checked(web, (tmp_path / "in.xlsx").read_bytes(), name="in.xlsx")
    assert state["status"] == "failed"
    assert state["error"]["problems"][0]["field"] == "layer"
    assert state["file"] == {"layers": ["甲区", "乙区"]}
    web.patch(address, json={"layer": "乙区"})
    state = settled(web, address)
    assert state["status"] == "checked"
    assert (state["file"]["layer"], state["file"]["layers"]) == ("乙区", ["Sheet", "甲区", "乙区"])
    assert state["report"]["sample"]["features"][0]["properties"]["name"] == "乙"
    package = tmp_path / "in.gpkg"
    for layer in ("a", "b"):
        points = gpd.GeoDataFrame({"name": [layer]}, geometry=[shapely.Point(117, 31)], crs=4326)
        points.to_file(package, layer=layer)
    address, state = checked(web, package.read_bytes(), category="other")
    assert state["file"]["layers"] == ["a", "b"]
    web.patch(address, json={"layer": "b"})
    assert settled(web, address)["report"]["added"] == 1


@pytest.mark.parametrize(
    "said", [{"encoding": "klingon"}, {"crs": "mars"}, {"layer": "9"}, {"heading_row": "9"}]
)
def test_what_was_said_wrongly_can_be_said_again(
    web: TestClient, tmp_path: Path, said: dict[str, str]
) -> None:
    rows = [line.split(",") for line in GOOD.splitlines()]
    content = GOOD if "encoding" in said else xlsx_file(tmp_path / "a.xlsx", rows).read_bytes()
    address, state = checked(web, content, **said)
    assert (state["status"], state["error"]["problems"][0]["field"]) == ("failed", next(iter(said)))
    assert "layers" in state["file"]
    web.patch(address, json={name: 0 if name == "heading_row" else "" for name in said})
    assert settled(web, address)["status"] == "checked"


def test_an_upload_that_is_cut_off_leaves_nothing(
    home: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with browser.serving(home) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            head = "POST /api/imports HTTP/1.1\r\nContent-Length: 900000\r\n"
            kind = "Content-Type: multipart/form-data; boundary=x\r\n"
            part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
            client.sendall(f"{head}Host: {host}:{port}\r\n{kind}\r\n{part}name\n".encode())
            client.sendall(b"x" * 200_000)
            time.sleep(0.2)
        time.sleep(0.2)
        assert not list(home.home.glob("imports/*"))
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def test_an_import_whose_process_died_is_said_to_be_interrupted(
    web: TestClient, home: Settings
) -> None:
    address, _ = checked(web, GOOD)
    uploads.find(home, address.rpartition("/")[2]).update(status="loading")
    state = web.get(address).json()
    assert state["status"] == "failed"
    assert "interrupted" in state["error"]["message"]
    web.patch(address, json={})
    assert settled(web, address)["status"] == "checked"


def test_uploads_of_yesterday_are_cleared_away(web: TestClient, home: Settings) -> None:
    old, _ = checked(web, GOOD)
    folder = home.home / "imports" / old.rpartition("/")[2]
    past = time.time() - uploads.KEPT_S - 1
    os.utime(folder, (past, past))
    new, _ = checked(web, GOOD)
    assert web.get(old).status_code == 404
    assert web.get(new).status_code == 200
    assert web.delete(new).status_code == 204
    assert web.get(new).status_code == 404


def test_an_upload_may_be_forgotten_while_it_is_checked(
    web: TestClient,
    home: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(*arguments: Any) -> Understood:
        begun.set()
        assert go_on.wait(60)
        return understand(*arguments)

    monkeypatch.setattr(imports, "understand", slowly)
    address = send(web, GOOD).headers["location"]
    assert begun.wait(60)
    assert web.delete(address).status_code == 204
    assert web.get(address).status_code == 404
    go_on.set()
    for thread in threading.enumerate():
        if thread.name.startswith("import-"):
            thread.join(60)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
    assert list((home.home / "imports").iterdir()) == []


def test_an_upload_may_be_forgotten_while_its_failure_is_noted(
    web: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that fails has nobody to tell: the test fails if one does."""
    addresses: list[str] = []
    begun = threading.Event()

    def forgotten(*_: object) -> dict[str, Any]:
        assert begun.wait(60)
        assert web.delete(addresses[0]).status_code == 204
        return {}

    monkeypatch.setattr(imports, "_failure", forgotten)
    monkeypatch.setattr(imports, "understand", lambda *_: 1 / 0)
    addresses.append(send(web, GOOD).headers["location"])
    begun.set()
    for thread in threading.enumerate():
        if thread.name.startswith("import-"):
            thread.join(60)
    assert web.get(addresses[0]).status_code == 404


def test_nonsense_is_answered_as_a_problem(web: TestClient) -> None:
    assert web.post("/api/imports", json={}).status_code == 422
    assert web.post("/api/imports", data={"kind": "sites"}).status_code == 422
    people = send(web, GOOD, kind="people")
    assert people.status_code == 422
    assert "kind" in people.json()["detail"]
    assert [each["field"] for each in people.json()["problems"]] == ["kind"]
    assert web.get("/api/imports/../../state").status_code == 404
    assert web.get("/api/imports/" + "x" * 22).status_code == 404
    address, _ = checked(web, GOOD)
    assert web.patch(address, json={"nonsense": 1}).status_code == 422
    assert web.get(f"{address}/refused").status_code == 404
    web.patch(address, json={"mapping": {"name": "没有"}})
    assert "没有" in json.dumps(settled(web, address)["error"], ensure_ascii=False)
    assert web.post(f"{address}/commit").status_code == 409


def test_the_better_frame_is_told(web: TestClient, tmp_path: Path) -> None:
    from test_load_command import BOUNDARIES, gcj02_rows

    content = BOUNDARIES.read_bytes()
    address, state = checked(web, content, name="counties.geojson", kind="divisions")
    assert state["status"] == "checked", state
    web.post(f"{address}/commit")
    assert settled(web, address)["status"] == "loaded"
    heading = ["企业名称", "所属区县", "职工人数", "经度", "纬度"]
    table = csv_file(tmp_path / "gcj02.csv", [heading, *gcj02_rows()])
    address, state = checked(web, table.read_bytes(), category="logistics_hub")
    assert state["mapping"]["better_crs"] == "gcj02"
    assert "GCJ-02" in state["mapping"]["warning"]
    web.patch(address, json={"crs": "auto"})
    assert settled(web, address)["file"]["crs"] == "gcj02"
