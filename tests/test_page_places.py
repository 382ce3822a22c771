"""The planner's page over the demo: places, months and layers, and what is found near them."""

from __future__ import annotations

import csv
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from browser import Visitor
from fastapi.testclient import TestClient
from page_reading import get, state, totals
from playwright.sync_api import expect

from geo.domain.words import word
from geo.settings import Language
from maps.view import LAYERS, title_key


@pytest.mark.parametrize(
    ("text", "crs", "lon", "lat"),
    [
        ("117.2272, 31.8206", "wgs84", 117.2272, 31.8206),
        ("31.8206 117.2272", "wgs84", 117.2272, 31.8206),
        ("31°49′14″N 117°13′38″E", "wgs84", 117.22722, 31.82056),
        ("117.23267, 31.81872", "gcj02", 117.2272, 31.8206),
        ("117.239183, 31.824663", "bd09", 117.2272, 31.8206),
    ],
)
def test_nearby_a_typed_place(
    visit: Visitor, demo_client: TestClient, text: str, crs: str, lon: float, lat: float
) -> None:
    page = visit("/?tab=nearby")
    page.fill("#place-text", text)
    page.select_option("#place-crs", crs)
    page.click("#place [type=submit]")
    rows = page.locator("#nearby-list ol li")
    expect(rows).to_have_count(20)
    at = [float(each) for each in state(page)["at"][0].split(",")]
    assert at == pytest.approx([lon, lat], abs=4e-4)
    nearest = get(demo_client, "/api/nearby", lon=at[0], lat=at[1])["features"]
    assert rows.evaluate_all("r => r.map(e => e.dataset.id)") == [each["id"] for each in nearest]
    assert float(state(page)["zoom"][0]) > 12


def test_what_is_nearby_follows_filters_and_the_way_back(
    visit: Visitor, demo_client: TestClient
) -> None:
    page = visit("/")
    page.click("#tab-nearby")
    page.click("#nearby-centre")
    rows = page.locator("#nearby-list ol li")
    expect(rows).to_have_count(20)
    page.locator("[name=category][value=farm_cooperative]").dispatch_event("click")
    lon, lat = state(page)["at"][0].split(",")
    asked = {"lon": lon, "lat": lat, "category": "farm_cooperative"}
    nearest = get(demo_client, "/api/nearby", **asked)["features"]
    expect(rows.first).to_have_attribute("data-id", nearest[0]["id"])
    assert rows.evaluate_all("r => r.map(e => e.dataset.id)") == [each["id"] for each in nearest]
    # Coordinates are looked for instead of what was searched for before.
    page.fill("#search input", "合肥")
    page.press("#search input", "Enter")
    page.fill("#search input", "117.2272, 31.8206")
    page.press("#search input", "Enter")
    expect(page.locator("#nearby-list")).to_contain_text("117.22720")
    assert "q" not in state(page)
    expect(page.locator(".chosen")).to_have_count(1)
    page.click(".wordmark")
    expect(page.locator(".chosen")).to_have_count(0)
    expect(rows).to_have_count(0)


def test_a_place_beyond_the_antimeridian_is_found_once_and_stays_in_view(visit: Visitor) -> None:
    page = visit("/?lon=175&lat=30&zoom=4")
    with page.expect_response("**/api/nearby*"):
        page.click("#map", position={"x": 800, "y": 400})
    expect(page.locator("#nearby-list ol li")).to_have_count(20)
    assert float(state(page)["at"][0].split(",")[0]) < -150
    assert [url for url in visit.asked if "/api/nearby" in url][1:] == []
    place, seen = page.locator(".chosen").bounding_box(), page.locator("#map").bounding_box()
    assert place is not None
    assert seen is not None
    assert place["x"] + 11 == pytest.approx(seen["x"] + 800, abs=2)


def test_what_is_nearby_can_be_taken_along(visit: Visitor, demo_client: TestClient) -> None:
    page = visit("/?tab=nearby")
    page.fill("#place-text", "the old town")
    page.click("#place [type=submit]")
    expect(page.locator("#place-problem")).to_contain_text("the old town")
    visit.said.clear()  # The browser notes the 422 of its own accord.
    page.click("#nearby-here")
    rows = page.locator("#nearby-list ol li")
    expect(rows).to_have_count(20)
    assert state(page)["at"] == ["117.280000,31.860000"]
    nearest = get(demo_client, "/api/nearby", lon=117.28, lat=31.86)["features"]
    page.get_by_text(word("nearby.copy", "en")).click()
    expect(page.get_by_text(word("share.copied", "en"), exact=True).first).to_be_visible()
    lines = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert [line.split("\t")[0] for line in lines] == [
        each["properties"]["name"] for each in nearest
    ]
    assert all(re.search(r"\d (k?m) (N|NE|E|SE|S|SW|W|NW)\t", line) for line in lines)
    links = {form: page.locator(f"a[href*='nearby.{form}']") for form in ("csv", "gpx")}
    table = demo_client.get(links["csv"].get_attribute("href") or "").content.decode("utf-8-sig")
    assert [row["id"] for row in csv.DictReader(table.splitlines())] == [
        each["id"] for each in nearest
    ]
    track: Any = ElementTree.fromstring(
        demo_client.get(links["gpx"].get_attribute("href") or "").text
    )
    assert len(track.findall("{*}wpt")) == 20
    rows.nth(4).locator("button").hover()
    expect(page.locator(".numbered .emphasis")).to_have_text("5")
    page.hover(".numbered [data-key] >> nth=0")
    expect(page.locator("#nearby-list .pointed .rank")).to_have_text("1")
    page.mouse.click(900, 500)
    page.wait_for_url(lambda url: "117.280000" not in url)
    expect(rows).to_have_count(20)


def test_time_changes_every_figure(visit: Visitor, demo_client: TestClient) -> None:
    page = visit()
    page.locator("#month").focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("on=2025-11-30"))
    uncovered = page.locator("#overview .figure strong").first

    def shows(on: str) -> None:
        rows = get(demo_client, "/api/coverage", on=on)
        expect(uncovered).to_have_text(f"{totals(rows)['sites_none']:,}")
        expect(page.locator("#caption time")).to_have_text(on)

    shows("2025-11-30")
    rows = get(demo_client, "/api/coverage")
    assert uncovered.inner_text() != f"{totals(rows)['sites_none']:,}"
    expect(page.locator("#month-shown")).to_have_text("2025-11")
    page.click("#play")
    page.wait_for_url(re.compile("on=2025-12-31"))
    page.click("#play")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "false")
    page.click(".filter:has([name=on]) summary")
    page.fill("[name=on]", "2026-02-10")
    page.wait_for_url(re.compile("on=2026-02-10"))
    shows("2026-02-10")
    expect(page.locator("#month-shown")).to_have_text("2026-02-10")
    page.fill("[name=on]", "2026-11-20")
    page.wait_for_url(lambda url: "on=" not in url)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_calls_every_layer_as_the_server_does(visit: Visitor, lang: Language) -> None:
    page = visit(lang=lang)
    titles = {layer: word(title_key(layer), lang) for layer in LAYERS}
    page.hover(".leaflet-control-layers")
    for layer in (*LAYERS[1:], LAYERS[0]):
        page.get_by_label(word(f"layer.{layer}", lang), exact=True).check()
        expect(page.locator("#heading")).to_have_text(titles[layer])
        assert page.title() == titles[layer]


def test_what_is_no_layer_is_the_usual_one_by_name_and_in_what_is_shared(visit: Visitor) -> None:
    """It was called a map of coverage, and shared as one, while the map showed heat."""
    page = visit("/?layer=nonsense&tab=share")
    expect(page.locator("[data-legend=heat_gap]")).to_be_visible()
    assert page.locator("#heading").text_content() == word("map.title.hotspots", "en")
    assert "/embed/hotspots?" in page.input_value("#share-embed")


def test_a_title_that_somebody_gave_stays_as_it_was_written(visit: Visitor) -> None:
    """Another layer gave it back what the server had left out."""
    page = visit("/?title=+Two%07%0A+lines+")
    assert page.locator("#heading").text_content() == "Two lines"
    page.hover(".leaflet-control-layers")
    page.get_by_label(word("layer.worker_rate", "en"), exact=True).check()
    page.wait_for_url(re.compile("layer=worker_rate"))
    expect(page.locator("[data-legend=worker_rate]")).to_be_visible()
    assert page.locator("#heading").text_content() == "Two lines"


def test_layers_are_in_the_address(visit: Visitor) -> None:
    page = visit()
    page.hover(".leaflet-control-layers")
    page.get_by_label(word("layer.worker_rate", "en"), exact=True).check()
    page.wait_for_url(re.compile("layer=worker_rate"))
    expect(page.locator("[data-legend=worker_rate]")).to_be_visible()
    expect(page.locator("#heading")).to_have_text(word("map.title.coverage", "en"))
    page.get_by_label(word("layer.territories", "en"), exact=True).check()
    expect(page.locator(".territory").first).to_be_attached()
    page.reload()
    expect(page.locator("[data-legend=worker_rate]")).to_be_visible()
    expect(page.locator(".territory").first).to_be_attached()
    page.go_back()
    expect(page.locator("[data-legend=heat_gap]")).to_be_visible()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_search_finds_divisions_and_coordinates_too(visit: Visitor, lang: str) -> None:
    page = visit(lang=lang)
    name = "Shushan" if lang == "en" else "蜀山区"
    page.fill("#search input", name[:3])
    page.press("#search input", "Enter")
    page.locator("#sites [aria-labelledby=divisions-title]").get_by_text(name).click()
    expect(page.locator("#crumbs [aria-current]")).to_have_text(name)
    expect(page.locator("#overview .figure").first).to_be_visible()
    assert "q" not in state(page)
    page.fill("#search input", "31°49′14″N 117°13′38″E")
    page.press("#search input", "Enter")
    expect(page.locator("#nearby-list ol li")).to_have_count(20)
    at = [float(each) for each in state(page)["at"][0].split(",")]
    assert at == pytest.approx([117.22722, 31.82056], abs=1e-4)


def test_numbers_near_a_place_lie_over_the_dots_of_those_without_room(visit: Visitor) -> None:
    """Dots further south lay over them, so that none could be read on a phone."""
    page = visit("/?tab=nearby&at=117.25,31.85&lon=117.25&lat=31.85&zoom=13", width=390)
    expect(page.locator(".numbered .dot").first).to_be_attached()
    order = "each => each.map(({ parentElement }) => Number(parentElement.style.zIndex))"
    numbers = page.locator(".numbered span:not(.dot)").evaluate_all(order)
    dots = page.locator(".numbered .dot").evaluate_all(order)
    assert len(numbers) > 1
    assert min(numbers) > max(dots)
    page.locator("#nearby-list li").last.hover()
    lifted = page.locator(".numbered .emphasis").evaluate_all(order)
    assert len(lifted) == 1
    assert lifted[0] > max(numbers)
