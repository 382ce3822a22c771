"""Maps in somebody's page: five of them, narrow ones, and one that nobody may frame."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from browser import apart, serving
from playwright.sync_api import Browser, Page, Response, expect

from geo.domain.words import word
from geo.settings import Language, Settings
from maps.colours import HEAT_BREAKS

VIEWS = ("hotspots", "coverage", "sites", "hotspots?layer=hex_gap", "coverage?adcode=340104")
READY = "html[data-ready=yes]"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="en", viewport={"width": 1200, "height": 900})
    yield context.new_page()
    context.close()


@contextmanager
def host(content: str) -> Iterator[str]:
    """The address of somebody's page."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_five_in_one_page_share_what_they_need_and_stay_light(
    page: Page, demo_address: str
) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    listening = (
        "<script>window.heights = []; addEventListener('message', ({ data }) => {"
        " if (data.type === 'antu:height') heights.push(data.height); });</script>"
    )
    frames = [
        f"<iframe src='{demo_address}/embed/{view}' width=380 height=400></iframe>"
        for view in VIEWS
    ]
    with host(listening + "".join(frames)) as there:
        page.goto(there, wait_until="commit")
        for number, view in enumerate(VIEWS):
            frame = page.frame_locator("iframe").nth(number)
            frame.locator(READY).wait_for(state="attached")
            expect(frame.locator("h1")).to_have_text(word(f"map.title.{view.split('?')[0]}", "en"))
        page.wait_for_load_state("networkidle")
        page.wait_for_function(f"heights.length >= {len(VIEWS)}")
        assert all(320 <= height <= 720 for height in page.evaluate("heights"))
    fetched = [each for each in answers if each.ok and each.url.startswith(demo_address)]
    pages = [each for each in fetched if "/embed/" in each.url]
    assert len(pages) == len(VIEWS)
    assert all(len(each.body()) < 250_000 for each in pages)
    # The page answers while the maps are there.
    lag = page.evaluate(
        "new Promise((done) => { const start = performance.now();"
        " setTimeout(() => done(performance.now() - start), 0); })"
    )
    assert lag < 2000
    # Scripts and styles bear the digest of their content, so another map brings none.
    another = page.frames[-1]
    another.goto(f"{demo_address}/embed/sites?category=other")
    another.wait_for_selector(READY, state="attached")
    brought = another.evaluate(
        "performance.getEntriesByType('resource').filter((each) => each.name.includes('?v='))"
        ".map((each) => each.transferSize)"
    )
    assert len(brought) > 10
    assert sum(brought) == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_from_320_px_nothing_is_cut_off(page: Page, demo_address: str, lang: str) -> None:
    page.set_viewport_size({"width": 320, "height": 420})
    page.goto(f"{demo_address}/embed/hotspots?lang={lang}")
    page.wait_for_selector(READY, state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for name in ("h1", ".dates", "#full", "#legend summary", ".leaflet-control-zoom"):
        box = page.locator(name).first.bounding_box()
        assert box is not None, name
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= 320, name
        assert box["y"] + box["height"] <= 420, name
    map_box = page.locator(".folium-map").bounding_box()
    assert map_box is not None
    assert map_box["height"] >= 200
    assert "2026-11-20" in page.locator(".dates").inner_text()


@pytest.mark.parametrize(("width", "height"), [(800, 500), (400, 300)])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_where_the_map_is_small_a_line_explains_it(
    page: Page, demo_address: str, lang: Language, width: int, height: int
) -> None:
    """The open legend lay over a third of it; folded, it did not say what the colours are."""
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{demo_address}/embed/hotspots?lang={lang}")
    page.wait_for_selector(READY, state="attached")
    legend, brief = page.locator("#legend"), page.locator("#legend [data-brief=heat_gap]")
    expect(brief).to_be_visible()
    said = " ".join(brief.inner_text().split())
    assert said == f"{word('legend.heat_gap', lang)} 0 {HEAT_BREAKS['gap'][-1]}"
    assert brief.locator("rect").count() == len(HEAT_BREAKS["gap"]) + 1
    expect(legend.locator("[data-brief=sites]")).to_be_hidden()
    box, whole = legend.bounding_box(), page.locator(".folium-map").bounding_box()
    scale = page.locator(".leaflet-control-scale").bounding_box()
    layers = page.locator(".leaflet-control-layers").bounding_box()
    assert box is not None
    assert whole is not None
    assert box["height"] <= 40
    assert box["x"] >= 0
    assert box["width"] * box["height"] < whole["width"] * whole["height"] / 5
    for other in (scale, layers):
        assert other is not None
        assert apart(box, other)
    page.click("#legend summary")
    expect(legend.locator("[data-legend=heat_gap] .ramp")).to_be_visible()
    expect(brief).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1200, 800)])
def test_where_there_is_room_the_legend_is_open(
    page: Page, demo_address: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{demo_address}/embed/hotspots?lang=en")
    page.wait_for_selector(READY, state="attached")
    expect(page.locator("#legend [data-legend=heat_gap] .ramp")).to_be_visible()
    expect(page.locator("#legend summary")).to_have_text(
        word("legend.title", "en"), use_inner_text=True
    )


def test_a_folded_legend_follows_the_layer(page: Page, demo_address: str) -> None:
    page.set_viewport_size({"width": 600, "height": 400})
    page.goto(f"{demo_address}/embed/hotspots?layer=site_rate&lang=en")
    page.wait_for_selector(READY, state="attached")
    summary = page.locator("#legend summary")
    said = f"{word('legend.site_rate', 'en')} 0% 100%"
    expect(summary).to_have_text(said, use_inner_text=True)
    page.hover(".leaflet-control-layers")
    page.get_by_label(word("layer.plain", "en"), exact=True).check()
    sites = " ".join(word(f"coverage.{each}", "en") for each in ("none", "secondary", "direct"))
    expect(summary).to_have_text(sites, use_inner_text=True)
    page.get_by_label(word("layer.sites", "en"), exact=True).uncheck()
    expect(summary).to_have_text(word("legend.title", "en"), use_inner_text=True)


def test_the_link_leads_to_the_same_place_on_the_full_page(page: Page, demo_address: str) -> None:
    page.goto(f"{demo_address}/embed/coverage?adcode=340104&layer=worker_rate&lang=en")
    page.wait_for_selector(READY, state="attached")
    page.locator(".leaflet-control-zoom-in").click()
    expect(page.locator("#full")).to_have_attribute(
        "href", re.compile(r"/\?adcode=340104&.*layer=worker_rate.*zoom=\d+.*lang=en")
    )


@pytest.mark.parametrize(("opacity", "shown"), [("30", "0.3"), ("-5", "0.1"), ("x", "1")])
def test_the_colours_are_as_strong_as_on_the_page(
    page: Page, demo_address: str, opacity: str, shown: str
) -> None:
    page.goto(f"{demo_address}/embed/hotspots?opacity={opacity}")
    page.wait_for_selector(READY, state="attached")
    for pane in ("heat", "divisions"):
        expect(page.locator(f".leaflet-{pane}-pane")).to_have_css("opacity", shown)


def test_who_may_frame_it_is_a_setting(chromium: Browser, demo_settings: Settings) -> None:
    closed = demo_settings.model_copy(update={"frame_ancestors": "'self'"})
    with serving(closed) as address:
        frame = f"<iframe src='{address}/embed/sites' width=400 height=400></iframe>"
        page = chromium.new_page()
        with host(frame) as there:
            page.goto(there)
            page.wait_for_load_state("networkidle")
        assert page.frames[1].url.startswith("chrome-error:")
        page.close()
