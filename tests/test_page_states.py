"""The planner's page when something is the matter: nothing there, nothing found, no connection."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
import shapely
from browser import Visitor, serving, violations
from page_reading import SHUSHAN, number, state
from playwright.sync_api import Browser, Route, expect
from sqlalchemy import Engine
from synthetic import put, site_frame

from geo.domain.words import word
from geo.settings import Settings
from maps.cells import cell_position, cell_size_m


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_found_says_why_and_what_to_drop(visit: Visitor, lang: str) -> None:
    page = visit("/?q=nothing-is-called-so&category=other&min_workers=25", lang=lang)
    nothing = page.locator("#overview .nothing")
    expect(nothing).to_contain_text(word("nothing.title", lang))
    drops = nothing.locator(".drops a")
    expect(drops).to_have_count(3)
    expect(nothing).to_contain_text(word("category.other", lang))
    page.click("#tab-sites")
    expect(page.locator("#sites .drops a")).to_have_count(3)
    page.click("#tab-hotspots")
    expect(page.locator("#hotspots .nothing")).to_be_visible()
    page.click("#tab-overview")
    drops.filter(has_text="nothing-is-called-so").click()
    expect(page.locator("#overview .figure").first).to_be_visible()
    assert "q" not in state(page)


def test_what_is_known_of_headcounts_follows_the_filters(visit: Visitor) -> None:
    """The map, its legend and its layers, whichever filter the page was opened with."""
    page = visit("/?unknown_workers=true")
    legend, chosen = page.locator("#legends"), page.locator(".leaflet-control-layers-base :checked")
    expect(legend).to_contain_text(word("legend.heat_sites", "en"))
    expect(legend).to_contain_text(word("legend.heat_empty", "en"))
    page.click("#clear")
    expect(legend).to_contain_text(word("legend.heat_gap", "en"))
    expect(legend).not_to_contain_text(word("legend.heat_empty", "en"))
    expect(chosen.locator("xpath=..")).to_have_text(word("layer.heat_gap", "en"))
    assert "layer" not in state(page)
    page.go_back()
    expect(legend).to_contain_text(word("legend.heat_sites", "en"))


def test_the_legend_says_how_wide_heat_is_smoothed_at_each_scale(visit: Visitor) -> None:
    page = visit("/?lon=117.2&lat=31.8&zoom=12")
    said = page.locator("[data-legend=heat_gap] [data-smoothed]")
    expect(said).to_have_text(word("legend.heat_note", "en", sigma="1 km"))
    for zoom in (8, 5):
        page = visit(f"/?lon=117.2&lat=31.8&zoom={zoom}")
        _, y = cell_position(117.2, 31.8, zoom)
        cell_m, _ = cell_size_m(y, zoom)
        text = page.locator("[data-legend=heat_gap] [data-smoothed]").inner_text()
        told = re.findall(r"([\d.]+) km", text)
        assert [float(each) for each in told] == [pytest.approx(1.5 * cell_m / 1000, rel=0.02)]


def test_where_nothing_is_found_headcounts_are_not_what_is_missing(visit: Visitor) -> None:
    page = visit("/?q=nothing-is-called-so&tab=hotspots")
    expect(page.locator("#hotspots .drops a")).to_have_count(1)
    legend = page.locator("#legends")
    expect(legend).to_contain_text(word("legend.heat_gap", "en"))
    expect(legend).not_to_contain_text(word("legend.heat_empty", "en"))


def test_a_failing_panel_says_so_with_an_id_and_can_be_tried_again(visit: Visitor) -> None:
    page = visit()
    problem = json.dumps({"detail": "It broke", "id": "abc123"})
    for tab, pattern, done in (
        ("sites", "**/panels/sites*", ".listing tbody tr"),
        ("hotspots", "**/panels/hotspots*", ".ranked li"),
    ):
        page.route(pattern, lambda route: route.fulfill(status=500, body=problem), times=1)
        page.click(f"#tab-{tab}")
        failed = page.locator(f"#{tab} .failed[role=alert]")
        expect(failed).to_contain_text("It broke")
        expect(failed).to_contain_text(word("state.failed_id", "en", id="abc123"))
        failed.get_by_text(word("state.retry", "en")).click()
        expect(page.locator(done).first).to_be_visible()
    page.route("**/panels/frame*", lambda route: route.abort(), times=1)
    page.click("#large")
    page.click("#tab-overview")
    failed = page.locator("#overview .failed")
    expect(failed).to_contain_text(word("state.offline", "en"))
    failed.get_by_text(word("state.retry", "en")).click()
    expect(page.locator("#overview .figure strong").first).to_be_visible()
    visit.said.clear()  # The browser notes failed requests of its own accord.


def test_who_looks_at_another_panel_is_told_that_the_title_is_not_of_now(visit: Visitor) -> None:
    page = visit("/?tab=sites")
    note = page.locator("#map-note")
    for failing in (["**/panels/frame*"], ["**/panels/frame*", "**/api/heat*"]):
        for pattern in failing:
            page.route(pattern, lambda route: route.abort(), times=1)
        page.click("#large")
        expect(note).to_have_text(word("map.missing", "en"))
        page.click("#large")
        expect(note).to_be_hidden()
    visit.said.clear()  # The browser notes failed requests of its own accord.


def test_a_busy_server_is_asked_again_when_it_says(visit: Visitor) -> None:
    page = visit()
    busy = {"Retry-After": "1"}
    page.route("**/panels/sites*", lambda route: route.fulfill(status=503, headers=busy), times=1)
    page.click("#tab-sites")
    expect(page.locator(".listing tbody tr").first).to_be_visible()
    expect(page.locator("#sites .failed")).to_have_count(0)
    visit.said.clear()  # The browser notes failed requests of its own accord.


def test_heat_that_does_not_come_is_asked_for_again_and_told_of(visit: Visitor) -> None:
    page = visit()
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503)

    page.route("**/tiles/heat/**", refuse)
    page.click("#large")
    note = page.locator("#map-note")
    expect(note).to_contain_text(word("map.missing", "en"))
    # Other tiles may still be waited for: none is asked for a third time.
    assert max(asked.count(url) for url in asked) == 2
    page.unroute("**/tiles/heat/**")
    page.click("#large")
    expect(note).to_be_hidden()
    visit.said.clear()  # As above.


def test_a_slow_panel_shows_a_skeleton_after_300_ms(visit: Visitor) -> None:
    page = visit()
    waiting: list[Route] = []
    page.route("**/panels/sites*", lambda route: waiting.append(route))
    page.click("#tab-sites")
    skeleton = page.locator("#sites .skeleton")
    expect(skeleton).to_be_attached()
    assert page.locator("#sites-live").get_attribute("aria-busy") == "true"
    delay = skeleton.evaluate("e => getComputedStyle(e).animationDelay")
    assert delay == "0.3s"
    expect(skeleton).to_have_css("opacity", "1")
    assert skeleton.get_attribute("aria-label") == word("state.loading", "en")
    waiting[0].continue_()
    expect(page.locator(".listing tbody tr").first).to_be_visible()
    expect(skeleton).to_have_count(0)
    page.unroute("**/panels/sites*")


def test_offline_is_said_and_the_page_comes_back_by_itself(visit: Visitor) -> None:
    page = visit()
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator("#offline")).to_have_text(word("state.offline_now", "en"))
    page.click("#tab-sites")
    expect(page.locator("#sites .failed")).to_contain_text(word("state.offline", "en"))
    assert violations(page) == []
    with page.expect_response("**/panels/frame*"):
        page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    expect(page.locator(".listing tbody tr").first).to_be_visible()
    visit.said.clear()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_address_that_is_wrong_is_a_page_that_leads_back(visit: Visitor, lang: str) -> None:
    page = visit("/?adcode=nowhere", lang=lang, wait=False)
    expect(page.locator("h1")).to_have_text(word("state.unknown_division", lang))
    expect(page.locator("main")).to_contain_text(word("error.division", lang, adcode="nowhere"))
    assert violations(page) == []
    page.click("main a")
    expect(page.locator("#overview .figure").first).to_be_visible()
    page = visit("/?on=someday", lang=lang, wait=False)
    expect(page.locator("h1")).to_have_text(word("state.failed", lang))
    expect(page.locator("main")).to_contain_text(word("error.parameters", lang, fields="on"))
    visit.said.clear()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_data_two_buttons_lead_on(chromium: Browser, settings: Settings, lang: str) -> None:
    with serving(settings) as address:
        visit = Visitor(chromium, address)
        page = visit("/", lang=lang)
        expect(page.locator(".empty h2")).to_have_text(word("state.empty", lang))
        assert violations(page) == []
        ways = page.locator(".empty .button")
        assert ways.all_inner_texts() == [word("state.load", lang), word("state.demo", lang)]
        ways.first.click()
        expect(page.locator("h1")).to_have_text(word("load.title", lang))
        page.go_back()
        page.click(".empty form .button")
        expect(page.locator("#overview .figure strong").first).to_be_visible(timeout=60_000)
        assert number(page.locator("[data-figure-of=sites]").inner_text()) == 3828
        expect(page.locator(".badge")).to_have_text(word("about.illustrative", lang))
        again = page.request.post(f"{address}/demo", headers={"origin": address})
        assert again.status == 409
        visit.close()
        assert visit.said == []


def test_a_single_site_is_shown_with_what_is_around_it(
    chromium: Browser, settings: Settings, engine: Engine
) -> None:
    put(engine, site_frame([shapely.Point(117.2, 31.8)]))
    with serving(settings) as address:
        visit = Visitor(chromium, address)
        page = visit("/?tab=sites")
        expect(page.locator("#sites tbody tr")).to_have_count(1)
        expect(page.locator(".leaflet-control-scale")).to_have_text(re.compile(r"^[1-5]00 m$"))
        for path in ("hotspots.png", "hotspots.html", "hotspots.png?bbox=117.2,31.8,117.2,31.8"):
            assert page.request.get(f"{address}/maps/{path}").status == 200
        visit.close()
        assert visit.said == []


def test_the_language_is_negotiated_switched_in_place_and_remembered(visit: Visitor) -> None:
    page = visit(f"/?tab=sites&adcode={SHUSHAN}", lang="zh")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page = visit(f"/?tab=sites&adcode={SHUSHAN}", lang="en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.click("[data-lang=zh]")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#crumbs [aria-current]")).to_have_text("蜀山区")
    assert state(page) | {"tab": ["sites"], "lang": ["zh"], "adcode": [SHUSHAN]} == state(page)
    page.goto(visit.address)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_hostile_filters_are_only_text(visit: Visitor) -> None:
    hostile = "<img src=x onerror=window.owned=1>${window.owned=2}"
    page = visit(f"/?q={quote(hostile)}&title={quote(hostile)}&tab=sites")
    expect(page.locator("#sites .drops a")).to_contain_text(hostile)
    expect(page.locator("#heading")).to_have_text(hostile)
    assert page.evaluate("window.owned") is None
    assert page.title() == hostile
