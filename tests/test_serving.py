"""HTTP that fits: a 304 for what is unchanged, bounded waits, and no work for nobody."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import shapely
import sqlalchemy as sa
from fastapi.testclient import TestClient
from servers import served, until
from sqlalchemy import Engine
from synthetic import TODAY, put, site_frame

from api import dependencies
from api.app import create_app
from geo.database.engine import reading
from geo.settings import Settings

TAGGED = [
    "/api/sites?limit=5",
    "/api/coverage",
    "/api/heat?bbox=100,20,130,40&zoom=4",
    "/api/territories?bbox=100,20,130,40&zoom=4",
    "/tiles/heat/4/13/6.png",
    "/tiles/sites/4/13/6.mvt",
    "/tiles/divisions/4/13/6.mvt",
    "/tiles/territories/4/13/6.mvt",
]


@pytest.mark.parametrize("path", TAGGED)
def test_unchanged_is_not_sent_again(client: TestClient, engine: Engine, path: str) -> None:
    put(engine, site_frame([shapely.Point(117, 31)]))
    first = client.get(path)
    assert first.status_code == 200
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    again = client.get(path, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert client.get(path, headers={"if-none-match": f'"other", {tag}'}).status_code == 304
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200

    put(engine, site_frame([shapely.Point(118, 32)] * 2))
    changed = client.get(path, headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_no_tag_outlives_its_data(client: TestClient, engine: Engine) -> None:
    """Who asks again after a change is never told to keep what he has."""
    path = "/api/sites"
    put(engine, site_frame([shapely.Point(117, 31)]))
    for count in (2, 3, 4):
        before = client.get(path)
        put(engine, site_frame([shapely.Point(118, 32)] * count))
        after = client.get(path)
        assert after.json()["numberReturned"] == count
        assert after.headers["etag"] != before.headers["etag"]
        again = client.get(path, headers={"if-none-match": before.headers["etag"]})
        assert again.json()["numberReturned"] == count
        settled = client.get(path, headers={"if-none-match": after.headers["etag"]})
        assert settled.status_code == 304


def test_what_is_asked_is_part_of_the_tag(demo_client: TestClient) -> None:
    paths = [
        "/api/coverage",
        "/api/coverage?coverage=none",
        "/api/coverage?on=2024-01-01",
        "/tiles/heat/4/13/6.png",
        "/tiles/heat/4/13/6.png?measure=sites",
        "/tiles/heat/4/13/6@2x.png",
    ]
    tags = [demo_client.get(path).headers["etag"] for path in paths]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("path", TAGGED)
def test_no_date_is_looked_at_to_say_that_it_is_unchanged(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    put(engine, site_frame([shapely.Point(117, 31)]))
    path += f"{'&' if '?' in path else '?'}on=2024-01-01"
    known = {"if-none-match": client.get(path).headers["etag"]}
    with monkeypatch.context() as patched:
        patched.setattr("api.dependencies.looking_at", None)
        assert client.get(path, headers=known).status_code == 304
    put(engine, site_frame([shapely.Point(118, 32)] * 2))
    assert client.get(path, headers=known).status_code == 200


def test_another_policy_is_another_answer(settings: Settings, engine: Engine) -> None:
    put(engine, site_frame([shapely.Point(117, 31)]))
    tags = set()
    for threshold in (25, 50):
        changed = settings.model_copy(update={"own_union_threshold": threshold})
        with TestClient(create_app(changed)) as client:
            tags.add(client.get("/api/coverage").headers["etag"])
    assert len(tags) == 2


@pytest.mark.parametrize("z", range(6))
def test_heat_around_the_earth(client: TestClient, engine: Engine, z: int) -> None:
    """From afar a tile looks beyond the antimeridian, where there may be nothing."""
    put(engine, site_frame([shapely.Point(117, 31), shapely.Point(-180, 0)]))
    drawn = [
        client.get(f"/tiles/heat/{z}/{x}/{y}.png?measure=sites")
        for x, y in {(0, 0), ((1 << z) - 1, (1 << z) - 1), (int(297 * 2**z / 360), int(0.4 * 2**z))}
    ]
    assert {answer.status_code for answer in drawn} == {200}
    cells = client.get(f"/api/heat?bbox=100,-10,-170,40&zoom={z}").json()["cells"]
    assert sum(cell["sites"] for cell in cells) == 2


@pytest.mark.parametrize("box", ["117.1,-85,117,85", "-63,-85,-63.1,85", "117,20,-180,40"])
def test_no_cell_is_told_twice(client: TestClient, engine: Engine, box: str) -> None:
    """Nearly around the earth, a box ends in the cell in which it began."""
    put(engine, site_frame([shapely.Point(117.05, 31), shapely.Point(-180, 31)]))
    for zoom in range(3):
        cells = client.get("/api/heat", params={"bbox": box, "zoom": zoom}).json()["cells"]
        assert len({(cell["x"], cell["y"]) for cell in cells}) == len(cells)
        assert sum(cell["sites"] for cell in cells) == 2
        assert all(-180 < cell["lon"] < 180 for cell in cells)


def test_large_answers_are_packed(demo_client: TestClient) -> None:
    plain = demo_client.get("/api/sites?limit=500", headers={"accept-encoding": "identity"})
    packed = demo_client.get("/api/sites?limit=500", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < len(plain.content) / 3
    for accepted in ("gzip;q=0", "gzip; q=0.000, identity", "br, gzip;q=0"):
        refused = demo_client.get("/api/sites?limit=500", headers={"accept-encoding": accepted})
        assert "content-encoding" not in refused.headers
        assert "Accept-Encoding" in refused.headers["vary"]
    weighed = demo_client.get("/api/sites?limit=500", headers={"accept-encoding": "gzip;q=0.5"})
    assert weighed.headers["content-encoding"] == "gzip"
    picture = demo_client.get("/tiles/heat/8/211/104.png", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in picture.headers


def test_a_count_is_exact_or_says_that_it_is_not(
    demo_client: TestClient, demo_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading(demo_engine) as connection:
        total = connection.scalar(sa.text("SELECT count(*) FROM site WHERE active"))
    assert "numberMatched" not in demo_client.get("/api/sites?limit=1").json()
    found = demo_client.get("/api/sites?limit=1&count=true").json()
    assert (found["numberMatched"], found["numberMatchedIsExact"]) == (total, True)
    monkeypatch.setattr("api.routes.sites.MAX_COUNT", 100)
    found = demo_client.get("/api/sites?limit=1&count=true").json()
    assert (found["numberMatched"], found["numberMatchedIsExact"]) == (100, False)
    monkeypatch.setattr("api.routes.sites.MAX_COUNT", total)
    found = demo_client.get("/api/sites?limit=1&count=true").json()
    assert (found["numberMatched"], found["numberMatchedIsExact"]) == (total, True)


def test_who_waits_too_long_is_told_when_to_come_back(settings: Settings) -> None:
    narrow = settings.model_copy(update={"pool_size": 1, "pool_timeout_s": 0.2})
    with TestClient(create_app(narrow), raise_server_exceptions=False) as client:
        with client.app.state.engine.connect():
            answer = client.get("/api/coverage")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["content-type"] == "application/problem+json"
        assert client.get("/api/coverage").status_code == 200


def test_a_database_that_is_away_takes_a_line_of_the_log(
    settings: Settings, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        assert client.get("/api/coverage").status_code == 200
        with reading(engine) as connection:
            ended = "pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            connection.execute(sa.text(f"SELECT {ended} AND datname = current_database()"))
        time.sleep(dependencies.TRUST_S)
        assert client.get("/api/coverage").status_code == 503
        assert client.get("/api/coverage").status_code == 200
    (record,) = (each for each in caplog.records if each.levelname == "WARNING")
    assert record.exc_info is None
    assert "terminating connection due to administrator command" in record.getMessage()


def test_what_may_be_asked_is_told_whole(demo_client: TestClient) -> None:
    for path, allowed in (("/api/sites", {"GET", "HEAD"}), ("/demo", {"POST"})):
        answer = demo_client.put(path)
        assert answer.status_code == 405
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.headers["allow"].split(", ")) == allowed


def test_a_busy_server_lives(settings: Settings) -> None:
    """More requests than there are threads wait: who asks whether it lives does not."""
    narrow = settings.model_copy(update={"pool_size": 1, "pool_timeout_s": 3})
    with (
        TestClient(create_app(narrow)) as client,
        client.app.state.engine.connect(),
        ThreadPoolExecutor(50) as pool,
    ):
        waiting = [pool.submit(client.get, "/api/coverage") for _ in range(50)]
        time.sleep(1)
        assert client.get("/healthz").status_code == 200
        assert not any(each.done() for each in waiting)


def test_a_statement_ends_after_its_time(settings: Settings, engine: Engine) -> None:
    hasty = settings.model_copy(update={"statement_timeout_ms": 300})
    with (
        TestClient(create_app(hasty), raise_server_exceptions=False) as client,
        engine.execution_options(isolation_level="READ COMMITTED").begin() as connection,
    ):
        connection.execute(sa.text("LOCK TABLE site IN ACCESS EXCLUSIVE MODE"))
        start = time.monotonic()
        answer = client.get("/api/nearby?lon=117&lat=31")
        assert answer.status_code == 503
        assert "took too long" in answer.json()["detail"]
        assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    "path", ["/api/nearby?lon=117&lat=31", "/api/coverage", "/tiles/heat/3/6/3.png"]
)
def test_a_server_that_was_away_is_found_again(
    settings: Settings, engine: Engine, path: str
) -> None:
    """All connections end when the server restarts; no more than one request is lost by that."""
    app = create_app(settings)
    with TestClient(app, raise_server_exceptions=False) as client:
        idle = [app.state.engine.connect() for _ in range(3)]
        for connection in idle:
            connection.close()
        with reading(engine) as connection:
            connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        found = [client.get(path).status_code for _ in range(4)]
    assert found[0] in (200, 503)
    assert found[1:] == [200, 200, 200]


def test_requests_are_measured(demo_client: TestClient) -> None:
    demo_client.get("/api/nearby?lon=117&lat=31")
    demo_client.get("/api/nearby?lon=x&lat=31")
    text = demo_client.get("/metrics").text
    for status in (200, 422):
        expected = f'method="GET",route="/api/nearby",status="{status}"'
        assert f"antu_request_seconds_count{{{expected}}}" in text


# With a real server


def running(engine: Engine) -> int:
    """How many queries of others wait for a lock."""
    with reading(engine) as connection:
        return connection.scalar(
            sa.text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock'"
            )
        )


def test_a_query_ends_when_its_client_has_gone(
    settings: Settings, engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        served(settings) as port,
        engine.execution_options(isolation_level="READ COMMITTED").begin() as connection,
    ):
        connection.execute(sa.text("LOCK TABLE site IN ACCESS EXCLUSIVE MODE"))
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"GET /api/nearby?lon=117&lat=31 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert until(lambda: running(engine) == 1)
        time.sleep(1)
        assert running(engine) == 1
        client.close()
        assert until(lambda: running(engine) == 0, 5)
        time.sleep(0.5)
    assert capfd.readouterr().err == ""


def test_nothing_is_asked_for_who_went_while_waiting(settings: Settings, engine: Engine) -> None:
    """Else a server that was too busy answers them all before whoever comes next."""
    with (
        served(settings.model_copy(update={"pool_size": 1})) as port,
        engine.execution_options(isolation_level="READ COMMITTED").begin() as connection,
    ):
        connection.execute(sa.text("LOCK TABLE site IN ACCESS EXCLUSIVE MODE"))
        clients = []
        for _ in range(2):
            clients.append(socket.create_connection(("127.0.0.1", port)))
            clients[-1].sendall(
                b"GET /api/nearby?lon=117&lat=31 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            )
            assert until(lambda: running(engine) == 1)
        time.sleep(1)
        for client in reversed(clients):
            client.close()
            time.sleep(0.5)
        assert until(lambda: running(engine) == 0, 5)
        time.sleep(0.5)
        assert running(engine) == 0


def test_a_head_is_that_of_a_get(demo_address: str) -> None:
    """On one connection, so that a body would be taken for the next answer."""
    connection = HTTPConnection(urlsplit(demo_address).netloc, timeout=30)
    for path in (*TAGGED, "/healthz", "/docs", "/tiles/heat.json", "/api/sites/nobody"):
        heads = []
        for method in ("HEAD", "GET"):
            connection.request(method, path, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            assert (len(answer.read()) > 0) == (method == "GET")
            told = {name: value for name, value in answer.getheaders() if name != "date"}
            heads.append((answer.status, told))
        assert heads[0] == heads[1]
    connection.request("HEAD", "/api/imports")
    assert connection.getresponse().status == 405
    connection.close()


@pytest.mark.parametrize(
    ("allowed", "told"),
    [("", None), ("*", "*"), ("https://a.example https://b.example", "https://b.example")],
)
def test_pages_of_other_sites_may_read_where_the_settings_say_so(
    settings: Settings, engine: Engine, allowed: str, told: str | None
) -> None:
    put(engine, site_frame([shapely.Point(117, 31)]))
    there = {"Origin": "https://b.example"}
    app = create_app(settings.model_copy(update={"allow_origins": allowed}))
    with TestClient(app) as client:
        for path in (*TAGGED, "/tiles/sites.json", "/api/sites?limit=x"):
            answer = client.get(path, headers=there)
            assert answer.headers.get("access-control-allow-origin") == told
        asked = there | {"Access-Control-Request-Method": "POST"}
        assert client.options("/api/imports", headers=asked).status_code in (400, 405)
        assert client.post("/demo", headers=there).status_code == 403


def test_several_workers(settings: Settings, engine: Engine) -> None:
    put(engine, site_frame([shapely.Point(117, 31)] * 50))
    with served(settings, workers=2) as port:
        found = []

        def ask() -> None:
            address = f"http://127.0.0.1:{port}/api/sites?limit=1000"
            request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                found.append(json.loads(gzip.decompress(answer.read()))["numberReturned"])

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            metrics = answer.read().decode()
    assert found == [50] * 16
    assert 'count{method="GET",route="/api/sites",status="200"} 16.0' in metrics


def test_workers_end_with_who_started_them(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    with served(settings, workers=2, TMPDIR=str(tmp_path)) as port:
        (parent,) = (each for each in psutil.Process().children() if str(port) in each.cmdline())
        workers = [each for each in parent.children() if "spawn_main" in " ".join(each.cmdline())]
        parent.kill()
        _, alive = psutil.wait_procs(workers, timeout=30)
    assert len(workers) == 2
    assert not alive


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_is_had_by_one(settings: Settings, workers: str) -> None:
    """Also where both have looked whether it is free before either has begun to listen."""
    environment = {"DATABASE_URL": str(settings.database_url), "ANTU_LANGUAGE": "en"}
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
        command = [Path(sys.executable).with_name("antu"), "serve", "--port", port]
        with subprocess.Popen(
            [*command, "--workers", workers], env=environment, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            try:
                assert port in process.stdout.readline().decode()
                with pytest.raises(OSError, match="in use"):
                    other.listen()
            finally:
                process.terminate()


def test_readers_never_see_half(settings: Settings, engine: Engine) -> None:
    """While sites come and go in whole batches, every answer is of a whole state."""
    frame = site_frame([shapely.Point(117 + n / 1000, 31) for n in range(300)])
    put(engine, frame)
    ended = frame.assign(ended_on=TODAY.replace(year=2020))
    seen: set[tuple[int, int]] = set()
    stop = threading.Event()
    with TestClient(create_app(settings)) as client:

        def read() -> None:
            while not stop.is_set():
                rows = client.get("/api/coverage").json()
                cells = client.get("/api/heat?bbox=100,20,130,40&zoom=3").json()["cells"]
                seen.add((sum(row["sites"] for row in rows), sum(cell["sites"] for cell in cells)))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(4):
            put(engine, ended)
            put(engine, frame.assign(ended_on=None))
        stop.set()
        for thread in threads:
            thread.join()
    assert {count for pair in seen for count in pair} <= {0, 300}
    assert len(seen) > 1
