"""The tile basemap, from a tile server on this machine: where it lies, and what else it changes."""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from browser import Opened, serving
from fastapi.testclient import TestClient
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from geo.domain.crs import from_wgs84, to_wgs84
from geo.domain.words import word
from geo.errors import Invalid
from geo.settings import Settings
from maps.basemap import basemap

CREDIT = "© <b>Tiles</b> & Co"


class TileServer(ThreadingHTTPServer):
    """Answers any path with a grey picture, or where it `fails` an error; remembers paths."""

    def __init__(self) -> None:
        file = io.BytesIO()
        Image.new("RGB", (256, 256), "#9ab").save(file, format="PNG")
        self.picture = file.getvalue()
        self.asked: list[str] = []
        self.fails = False
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: TileServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(503 if self.server.fails else 200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        # A browser shows a picture whatever its status is.
        self.wfile.write(b"" if self.server.fails else self.server.picture)

    def log_message(self, *_: Any) -> None:
        """Tests are quiet."""


@pytest.fixture(scope="module")
def tiles() -> Iterator[TileServer]:
    with TileServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module", params=["wgs84", "gcj02"])
def opened(
    request: pytest.FixtureRequest, chromium: Browser, demo_settings: Settings, tiles: TileServer
) -> Iterator[Opened]:
    """Opens pages of a server with a basemap; knows its frame."""
    settings = demo_settings.model_copy(
        update={
            "tile_url": f"{tiles.address}/base/{{z}}/{{x}}/{{y}}.png"
            f" {tiles.address}/names/{{z}}/{{x}}/{{-y}}.png",
            "tile_attribution": CREDIT,
            "tile_crs": request.param,
        }
    )
    with serving(settings) as address:
        pages = Opened(chromium, address)
        pages.frame = request.param  # type: ignore[attr-defined]
        yield pages
        pages.close()
        assert pages.said == []


def switch_on(page: Page) -> None:
    page.locator(".leaflet-control-layers-toggle").focus()
    page.keyboard.press("Enter")
    label = page.locator(".leaflet-control-layers label", has_text=word("layer.basemap", "en"))
    label.hover()
    page.wait_for_timeout(50)
    label.click()


def laid_out(page: Page, pane: str) -> list[dict[str, Any]]:
    """The tiles of a pane: z, x, y of their address, and where they are on the window."""
    found = page.eval_on_selector_all(
        f".leaflet-{pane}-pane img",
        """images => images.map((image) => {
             const { left, top, width, height } = image.getBoundingClientRect();
             return { src: image.src, left, top, width, height };
           })""",
    )
    for each in found:
        place = re.search(r"/(\d+)/(\d+)/(\d+)[.@]", each["src"])
        assert place is not None
        each["z"], each["x"], each["y"] = map(int, place.groups())
    return [each for each in found if "/names/" not in each["src"]]


ALL_TILES_ARE_SHOWN = """() => ["/base/", "/names/"].every((name) => {
    const tiles = [...document.querySelectorAll(`img[src*="${name}"]`)];
    return tiles.length && tiles.every((tile) => tile.classList.contains("leaflet-tile-loaded"));
})"""


def world_px(lon: float, lat: float, z: int) -> tuple[float, float]:
    """Web Mercator pixels of a zoom."""
    world = 256 * 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return (lon + 180) / 360 * world, y * world


def test_it_is_off_until_asked_for_and_then_says_whose_it_is(
    opened: Opened, tiles: TileServer
) -> None:
    tiles.asked.clear()
    page = opened("/?lon=117.28&lat=31.86&zoom=12")
    page.wait_for_load_state("networkidle")
    assert tiles.asked == []
    switch_on(page)
    expect(page.locator(".credit")).to_have_text(CREDIT)
    page.wait_for_function(ALL_TILES_ARE_SHOWN)
    assert parse_qs(urlsplit(page.url).query)["over"] == ["basemap,sites,names"]
    rows = {path.split("/")[-1] for path in tiles.asked if path.startswith("/base/12/")}
    mirrored = {path.split("/")[-1] for path in tiles.asked if path.startswith("/names/12/")}
    assert rows
    assert mirrored == {f"{2**12 - 1 - int(row.removesuffix('.png'))}.png" for row in rows}
    land = page.locator("path.division").first
    assert land.evaluate("path => getComputedStyle(path).fillOpacity") == "0"
    page.reload()
    expect(page.locator(".credit")).to_be_visible()
    switch_on(page)
    expect(page.locator(".credit")).to_have_count(0)
    assert land.evaluate("path => getComputedStyle(path).fillOpacity") == "1"


def test_places_lie_where_the_tiles_have_them_and_come_back_as_wgs84(opened: Opened) -> None:
    frame = opened.frame  # type: ignore[attr-defined]
    page = opened("/?lon=117.28&lat=31.86&zoom=15&over=basemap,sites,names")
    page.wait_for_load_state("networkidle")
    tile = laid_out(page, "tile")[0]
    lon, lat = 117.2844, 31.8605
    (x,), (y,) = (each.reshape(1) for each in from_wgs84(lon, lat, frame))
    px, py = world_px(float(x), float(y), tile["z"])
    at = tile["left"] + px - tile["x"] * 256, tile["top"] + py - tile["y"] * 256
    page.mouse.click(*at)
    page.wait_for_url(re.compile("[?&]at="))
    found = [float(part) for part in parse_qs(urlsplit(page.url).query)["at"][0].split(",")]
    # A pixel is 5 m at zoom 15, the shift 500 m.
    assert found == pytest.approx([lon, lat], abs=6e-5)
    chosen = page.locator(".chosen").bounding_box()
    assert chosen is not None
    assert chosen["x"] + chosen["width"] / 2 == pytest.approx(at[0], abs=1)
    assert chosen["y"] + chosen["height"] / 2 == pytest.approx(at[1], abs=1)


@pytest.mark.parametrize("zoom", [9, 13, 16])
def test_heat_lies_on_its_ground_to_a_pixel_and_without_seams(opened: Opened, zoom: int) -> None:
    frame = opened.frame  # type: ignore[attr-defined]
    page = opened(f"/embed/hotspots?lon=117.28&lat=31.86&zoom={zoom}&over=basemap")
    page.wait_for_load_state("networkidle")
    base = laid_out(page, "tile")[0]
    heat = {(each["x"], each["y"]): each for each in laid_out(page, "heat")}
    assert len(heat) >= 12
    size = page.viewport_size
    assert size is not None
    for (x, y), tile in heat.items():
        for across, down in ((0, 0), (0.5, 0.5), (1, 1)):
            place = _lon_lat(x + across, y + down, zoom)
            moved = (float(each) for each in from_wgs84(*place, frame))
            px, py = world_px(*moved, zoom)
            left = base["left"] + px - base["x"] * 256
            top = base["top"] + py - base["y"] * 256
            assert tile["left"] + across * tile["width"] == pytest.approx(left, abs=1)
            assert tile["top"] + down * tile["height"] == pytest.approx(top, abs=1)
        beside, below = heat.get((x + 1, y)), heat.get((x, y + 1))
        if beside:
            assert beside["left"] == pytest.approx(tile["left"] + tile["width"], abs=0.01)
        if below:
            assert below["top"] == pytest.approx(tile["top"] + tile["height"], abs=0.01)
    # All of the map is covered.
    area = page.locator(".folium-map").bounding_box()
    assert area is not None
    assert min(each["left"] for each in heat.values()) <= area["x"]
    assert min(each["top"] for each in heat.values()) <= area["y"]
    assert max(each["left"] + 256 for each in heat.values()) >= area["x"] + area["width"]
    assert max(each["top"] + 256 for each in heat.values()) >= area["y"] + area["height"]


def _lon_lat(x: float, y: float, z: int) -> tuple[float, float]:
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / 2**z))))
    return x / 2**z * 360 - 180, lat


@pytest.mark.parametrize("opened", ["wgs84"], indirect=True)
def test_the_frame_of_the_page_is_that_of_the_library(opened: Opened) -> None:
    page = opened("/embed/sites")
    random = np.random.default_rng(3)
    lon, lat = random.uniform(60, 145, 500), random.uniform(-5, 60, 500)
    for name, convert in (("toGcj02", from_wgs84), ("fromGcj02", to_wgs84)):
        found = page.evaluate(
            """async ([name, points]) => {
                 const moved = await import("antu/gcj02.js");
                 return points.map(([lon, lat]) => moved[name](lon, lat));
               }""",
            [name, np.column_stack([lon, lat]).tolist()],
        )
        wanted = np.column_stack(convert(lon, lat, "gcj02"))
        np.testing.assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize("opened", ["gcj02"], indirect=True)
def test_without_a_connection_the_map_goes_on_and_says_so(
    opened: Opened, tiles: TileServer
) -> None:
    tiles.fails = True
    try:
        page = opened("/embed/sites?over=basemap,sites,names")
        note = page.locator("#map-note")
        expect(note).to_contain_text(word("map.basemap_missing", "en"))
        assert page.locator("path.division").count() == 9
        assert page.locator(".leaflet-tile-pane img").first.is_hidden()
    finally:
        tiles.fails = False
    page.mouse.move(900, 500)
    page.mouse.wheel(0, -300)
    expect(note).to_be_hidden()
    failed = [text for text in opened.said if "503" in text]
    assert failed
    opened.said[:] = [text for text in opened.said if text not in failed]


def test_the_policy_names_the_hosts_and_no_other(demo_settings: Settings) -> None:
    settings = demo_settings.model_copy(
        update={
            "tile_url": "https://t{s}.example.org:8443/{z}/{x}/{y}?tk=K https://o.org/{z}/{x}/{-y}",
            "tile_subdomains": "07",
        }
    )
    with TestClient(create_app(settings)) as client:
        policy = client.get("/embed/hotspots").headers["content-security-policy"]
    images = re.search(r"img-src ([^;]*);", policy)
    assert images is not None
    assert images[1].split() == [
        "'self'",
        "data:",
        "https://t0.example.org:8443",
        "https://t7.example.org:8443",
        "https://o.org",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}.png",
        "https://tiles.example.org/{z}/{x}/{y}/{key}.png",
        "https://tiles.example.org;script-src */{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y};x.png",
        "file:///{z}/{x}/{y}.png",
        "https://a{x}.example.org/{z}/{x}/{y}.png",
    ],
)
def test_an_address_that_gives_no_tiles_is_refused_at_once(address: str) -> None:
    with pytest.raises(Invalid, match="ANTU_TILE_URL"):
        create_app(Settings(tile_url=address))


def test_without_an_address_there_is_no_basemap(demo_client: TestClient) -> None:
    assert basemap(Settings()) is None
    page = demo_client.get("/")
    assert word("layer.basemap", "en") not in re.sub(r'"layer.basemap":"[^"]*"', "", page.text)
    assert "img-src 'self' data:;" in page.headers["content-security-policy"]


@pytest.mark.parametrize("subdomains", ["", "a b", "a;b"])
def test_hosts_are_letters_and_digits(subdomains: str) -> None:
    with pytest.raises(Invalid, match="ANTU_TILE_SUBDOMAINS"):
        basemap(Settings(tile_url="https://{s}.o.org/{z}/{x}/{y}", tile_subdomains=subdomains))
