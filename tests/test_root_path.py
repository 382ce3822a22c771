"""Antu below a path of its host, behind a reverse proxy that cuts the path off or leaves it on."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser import Opened, serving
from commandline import CommandLine
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, Response, expect
from proxies import proxied
from servers import served

from api.app import create_app
from geo.settings import Settings

ROOT = "/antu"
SITE = "91340104MA59GL721R"
PAGES = [
    "/",
    "/?tab=hotspots",
    "/?tab=nearby&at=117.25,31.85",
    "/?tab=sites",
    f"/?tab=sites&site={SITE}",
    "/?tab=share",
    "/?over=territories,sites&layer=hex_gap",
    "/?zoom=13&lon=117.25&lat=31.85",
    "/load",
    "/embed/hotspots",
    "/embed/sites?adcode=340104",
]


@pytest.fixture(scope="module", params=[True, False], ids=["stripped", "whole"])
def address(request: pytest.FixtureRequest, demo_settings: Settings) -> Iterator[str]:
    """The address of the demo behind a proxy."""
    below = demo_settings.model_copy(update={"root_path": ROOT})
    with serving(below) as upstream, proxied(upstream, ROOT, strips=request.param) as address:
        yield address


@pytest.fixture
def opened(chromium: Browser, address: str) -> Iterator[Opened]:
    opened = Opened(chromium, address)
    yield opened
    opened.close()


def fetched(url: str, **headers: str) -> HTTPResponse:
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60)


def told(url: str) -> Any:
    with fetched(url) as answer:
        return json.load(answer)


def test_every_page_finds_all_it_needs(opened: Opened) -> None:
    answers: list[Response] = []

    def listen(page: Page) -> None:
        page.on("response", lambda answer: answers.append(answer))

    for path in PAGES:
        page = opened(path, prepare=listen)
        page.wait_for_load_state("networkidle")
        links = page.eval_on_selector_all(
            "a[href], form[action], link[href], script[src], iframe[src]",
            "all => all.map(each => each.href || each.action || each.src)",
        )
        ours = [link for link in links if link.startswith("http")]
        assert len(ours) > 3
        assert [link for link in ours if not urlsplit(link).path.startswith(f"{ROOT}/")] == []
    assert [(answer.status, answer.url) for answer in answers if answer.status >= 400] == []
    assert opened.said == []
    asked = {urlsplit(url).path for url in opened.asked if url.startswith("http")}
    assert len(asked) > 50
    assert [path for path in asked if not path.startswith(f"{ROOT}/")] == []


def test_what_is_clicked_stays_below_the_path(opened: Opened, address: str) -> None:
    page = opened("/")
    page.click("#ranking a >> nth=0")
    expect(page.locator("#crumbs [aria-current]")).not_to_have_text("All")
    assert page.url.startswith(f"{address}/?adcode=")
    page.click(".wordmark")
    assert page.url == f"{address}/" or page.url.startswith(f"{address}/?lon=")
    page.click("[data-lang=zh]")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    assert page.url.startswith(f"{address}/?")
    assert {each["path"] for each in page.context.cookies()} == {f"{ROOT}/"}
    page.goto(f"{address}/?tab=share&lang=en")
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    assert page.input_value("#share-link").startswith(f"{address}/?")
    assert f'src="{address}/embed/hotspots' in page.input_value("#share-embed")
    page.click("#embed-show")
    page.frame_locator("#embed-preview iframe").locator("html[data-ready=yes]").wait_for(
        state="attached"
    )
    for link in page.locator("#share a[download]").all():
        with fetched(f"{page.evaluate('location.origin')}{link.get_attribute('href')}") as answer:
            assert answer.status == 200
    assert opened.said == []


def test_the_docs_can_be_tried(opened: Opened, address: str) -> None:
    page = opened("/docs", wait=False)
    page.locator("#operations-health-alive_healthz_get .opblock-summary").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".request-url pre")).to_have_text(f"{address}/healthz")
    expect(page.locator(".live-responses-table td.response-col_status").last).to_have_text("200")
    assert opened.said == []


def test_addresses_in_answers_lead_back(address: str) -> None:
    host = address.removesuffix(ROOT)
    page = told(f"{address}/api/sites?limit=2")
    (link,) = (each for each in page["links"] if each["rel"] == "next")
    following = told(host + link["href"])
    assert following["features"][0]["id"] > page["features"][-1]["id"]
    for layer, tile in (("sites", "4/13/6"), ("heat", "4/13/6")):
        (tiles,) = told(f"{address}/tiles/{layer}.json?category=other")["tiles"]
        assert tiles.startswith(f"{address}/tiles/{layer}/")
        with fetched(tiles.replace("{z}/{x}/{y}", tile)) as answer:
            assert answer.status == 200
    for shown in (f"{address}/", f"{address}/embed/hotspots", f"{ROOT}/embed/hotspots"):
        embed = told(f"{address}/oembed?url={shown}")
        assert f'src="{address}/embed/hotspots' in embed["html"]
        assert embed["provider_url"] == f"{address}/"


def test_the_path_alone_leads_to_the_page(address: str) -> None:
    with fetched(f"{address}?title=A") as answer:
        assert b"<title>A</title>" in answer.read()


def test_what_is_not_there_is_said_with_ways_back(opened: Opened) -> None:
    page = opened("/embed/nothing", wait=False)
    assert page.locator("a.button").first.get_attribute("href") == f"{ROOT}/"
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px"
    again = opened("/?on=someday", wait=False).locator("a.button").nth(1)
    assert again.get_attribute("href") == f"{ROOT}/?on=someday"


@pytest.mark.parametrize("strips", [True, False])
@pytest.mark.parametrize("root", ["/maps", "/api", "/tiles", "/embed", "/static", "/a/maps"])
def test_a_path_may_be_called_like_one_of_ours(
    demo_settings: Settings, root: str, strips: bool
) -> None:
    paths = ["/", "/maps/coverage.svg", "/api/coverage", "/tiles/heat/4/13/6.png", "/embed/sites"]
    below = demo_settings.model_copy(update={"root_path": root})
    with TestClient(create_app(below)) as client:
        for path in [*paths, "/static/page.css", "/api/imports-none"]:
            answer = client.get(path if strips else root + path)
            assert answer.status_code == (404 if path.endswith("none") else 200), path
            again = client.get(path.rstrip("/") if strips else f"{root}{path}")
            assert again.status_code == answer.status_code


def test_the_server_may_be_told_the_path(demo_settings: Settings) -> None:
    """As by `uvicorn --root-path`, which puts the path before what was asked for."""
    with TestClient(create_app(demo_settings), root_path=ROOT) as client:
        for asked in ("/api/sites", f"{ROOT}/api/sites", f"{ROOT}{ROOT}/api/sites"):
            (link,) = client.get(f"{asked}?limit=1").json()["links"]
            assert link["href"].startswith(f"{ROOT}/api/sites?")


def test_who_writes_through_a_proxy_is_not_this_machine(settings: Settings) -> None:
    """nginx, if it is told nothing, asks as 127.0.0.1 for 127.0.0.1, whoever has asked it."""
    here = {"base_url": "http://127.0.0.1", "client": ("127.0.0.1", 5)}
    for root, status in (("", 303), (ROOT, 403)):
        below = settings.model_copy(update={"root_path": root})
        with TestClient(create_app(below), **here) as client:  # type: ignore[arg-type]
            answer = client.post("/demo", follow_redirects=False)
            assert answer.status_code == status
    every = settings.model_copy(update={"root_path": ROOT, "allow_writes": "all"})
    with TestClient(create_app(every), raise_server_exceptions=False) as client:
        sent = client.post("/api/imports?kind=sites", files={"file": ("a.csv", b"id\n1\n")})
        assert sent.headers["location"].startswith(f"{ROOT}/api/imports/")


@pytest.mark.parametrize(("trusted", "scheme"), [("127.0.0.1", "https"), ("10.0.0.1", "http")])
def test_a_served_path_and_who_is_believed(
    demo_settings: Settings, trusted: str, scheme: str
) -> None:
    option = ("--root-path", f"{ROOT}/")
    with (
        served(demo_settings, 2, *option, ANTU_TRUSTED_PROXIES=f"{trusted} ::1") as port,
        proxied(
            f"http://127.0.0.1:{port}",
            ROOT,
            strips=True,
            headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4"},
        ) as address,
    ):
        (tiles,) = told(f"{address}/tiles/sites.json")["tiles"]
        assert tiles.startswith(f"{address.replace('http', scheme, 1)}/tiles/sites/")
        assert told(f"{address}/openapi.json")["servers"] == [{"url": ROOT}]


@pytest.mark.parametrize("root", ["antu", "//antu", "/antu//x", "/an tu", "https://x/antu", "/a?b"])
def test_what_is_no_path_is_refused(
    antu: CommandLine, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    said = antu.run("serve", "--root-path", root)
    assert said.code == 2
    assert "ANTU_ROOT_PATH" in said.err
    monkeypatch.setenv("ANTU_ROOT_PATH", root)
    assert antu.run("serve").code == 2


def test_a_slash_at_the_end_says_nothing() -> None:
    assert Settings(root_path="/antu/").root_path == "/antu"
    assert Settings(root_path="/").root_path == ""
