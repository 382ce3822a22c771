"""The hotspots on the planner's page over the demo: ranked, on the map, as a file."""

from __future__ import annotations

import csv
from typing import Any

from browser import Visitor
from fastapi.testclient import TestClient
from page_reading import get, state
from playwright.sync_api import expect
from shapely.geometry import shape

from geo.domain.words import word


def test_hotspots_are_those_of_the_api(visit: Visitor, demo_client: TestClient) -> None:
    page = visit("/?tab=hotspots")
    items = page.locator(".ranked li")
    found = get(demo_client, "/api/hotspots")
    expect(items).to_have_count(found["count"])
    for item, feature in zip(items.all(), found["features"], strict=True):
        known, text = feature["properties"], item.inner_text()
        assert f"{known['gap']:,}" in item.locator("strong").inner_text()
        assert word("hotspots.sites", "en", n=known["sites"]) in text
        assert known["name_en"] in text
        assert word(f"category.{known['category']}", "en") in text
        landmark = item.locator(".landmark").inner_text().removeprefix("around ")
        assert landmark in largest_sites(demo_client, feature)
    link = page.locator("#hotspots-live .buttons a").first.get_attribute("href")
    assert link is not None
    rows = list(csv.DictReader(demo_client.get(link).text.splitlines()))
    assert [int(row["gap"]) for row in rows] == [
        each["properties"]["gap"] for each in found["features"]
    ]
    expect(page.locator(".numbered")).to_have_count(found["count"])
    items.nth(3).locator("button").hover()
    expect(page.locator(".numbered .emphasis")).to_have_text("4")
    page.hover(".numbered [data-key='11']")
    expect(page.locator(".ranked .pointed .rank")).to_have_text("11")
    before = page.url
    items.nth(2).locator("button").click()
    page.wait_for_url(lambda url: url != before)
    west, south, east, north = found["features"][2]["bbox"]
    assert west <= float(state(page)["lon"][0]) <= east
    assert south <= float(state(page)["lat"][0]) <= north
    page.select_option("[data-choice=area]", "view")
    expect(items).not_to_have_count(found["count"])
    listed = items.count()
    page.locator(".leaflet-control-zoom-out").click()
    page.locator(".leaflet-control-zoom-out").click()
    expect(items).not_to_have_count(listed)
    page.select_option("[data-choice=density]", "320")
    expect(page.locator(".method")).to_contain_text("320")
    assert state(page)["density"] == ["320"]
    page.click("#tab-overview")
    expect(page.locator(".numbered")).to_have_count(0)


def largest_sites(client: TestClient, area: dict[str, Any]) -> set[str]:
    """The names of the sites in an area with its largest gap."""
    box = ",".join(map(str, area["bbox"]))
    listed = get(client, "/api/sites", bbox=box, limit=1000)["features"]
    inside = [
        each["properties"]
        for each in listed
        if shape(area["geometry"]).contains(shape(each["geometry"]).representative_point())
    ]
    most = max(each["gap"] or 0 for each in inside)
    return {each["name"] for each in inside if each["gap"] == most}
