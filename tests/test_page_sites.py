"""The sites on the planner's page over the demo: the list of them, and the drawer of one."""

from __future__ import annotations

import csv
import re

import pytest
from browser import Visitor
from fastapi.testclient import TestClient
from page_reading import get, number, state
from playwright.sync_api import Route, expect

from geo.domain.words import word


def test_the_table_of_sites_pages_and_sorts(visit: Visitor, demo_client: TestClient) -> None:
    page = visit("/?tab=sites")
    gap = page.locator(".listing tbody td:nth-child(3)")
    expect(gap).to_have_count(50)
    page.click(".more-rows")
    expect(gap).to_have_count(100)
    gaps = [number(each) for each in gap.all_inner_texts()]
    assert gaps == sorted(gaps, reverse=True)
    ids = page.locator(".listing tbody tr").evaluate_all("rows => rows.map(r => r.dataset.id)")
    assert len(set(ids)) == 100
    page.click("[data-sort=workers]")
    expect(page.locator(".listing [aria-sort]")).to_have_text(word("site.workers", "en"))
    workers = page.locator(".listing tbody td:nth-child(2)").all_inner_texts()
    assert [number(each) for each in workers] == sorted(map(number, workers), reverse=True)
    assert state(page)["sort"] == ["-workers"]
    first = page.locator(".listing tbody tr").first
    shown = get(demo_client, f"/api/sites/{first.get_attribute('data-id')}")["properties"]
    assert first.locator("a").inner_text() == shown["name"]
    assert word(f"coverage.{shown['coverage']}", "en") in (first.locator("th").text_content() or "")
    page.click("[data-sort=name]")
    expect(page.locator(".listing [aria-sort]")).to_have_attribute("aria-sort", "ascending")


def test_more_rows_are_of_the_table_that_asked(visit: Visitor) -> None:
    page = visit("/?tab=sites")
    rows = page.locator(".listing tbody tr")
    expect(rows).to_have_count(50)
    held: list[Route] = []
    page.route("**/panels/sites*after=*", lambda route: held.append(route), times=1)
    page.click(".more-rows")
    page.click("#large")
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "en", n=1194))
    with page.expect_response("**/panels/sites*after=*"):
        held[0].continue_()
    page.route("**/panels/sites*after=*", lambda route: route.abort(), times=1)
    page.click(".more-rows")
    failed = page.locator("#sites .failed")
    expect(failed).to_contain_text(word("state.offline", "en"))
    expect(rows).to_have_count(50)
    failed.get_by_text(word("state.retry", "en")).click()
    expect(rows).to_have_count(100)
    visit.said.clear()  # The browser notes failed requests of its own accord.


def test_a_site_that_is_closed_before_it_came_is_not_pointed_at(
    visit: Visitor, demo_client: TestClient
) -> None:
    site_id = get(demo_client, "/api/sites", limit=1)["features"][0]["id"]
    page = visit(f"/?site={site_id}")
    page.click("#drawer-close")
    expect(page.locator(".ring")).to_have_count(0)
    held: list[Route] = []
    page.route("**/panels/sites/*", lambda route: held.append(route), times=1)
    page.go_back()
    page.click("#drawer-close")
    with page.expect_response("**/panels/sites/*"):
        held[0].continue_()
    expect(page.locator("#drawer h2")).to_have_count(1)
    expect(page.locator(".ring")).to_have_count(0)


def test_the_table_of_sites_follows_the_map(visit: Visitor, demo_client: TestClient) -> None:
    page = visit("/?tab=hotspots")
    before = page.url
    page.locator(".ranked a.number").nth(4).click()
    title = page.locator("#sites-title")
    expect(title).to_be_visible()
    page.wait_for_url(lambda url: url != before and "zoom" in url)
    assert state(page)["area"] == ["view"]

    def counted_in_view() -> int:
        link = page.locator("#sites-live .buttons a", has_text="CSV").get_attribute("href")
        assert link is not None
        assert "bbox=" in link
        return len(list(csv.DictReader(demo_client.get(link).text.splitlines())))

    page.wait_for_load_state("networkidle")
    few = number(title.inner_text())
    assert few == page.locator("#sites tbody tr").count() == counted_in_view()
    page.locator(".leaflet-control-zoom-out").click()
    expect(title).not_to_have_text(word("sites.count", "en", n=few))
    page.wait_for_load_state("networkidle")
    assert number(title.inner_text()) == counted_in_view() > few
    page.select_option("#sites [data-choice=area]", "")
    every = get(demo_client, "/api/sites", count=True, limit=1)["numberMatched"]
    expect(title).to_have_text(word("sites.count", "en", n=every))
    assert "area" not in state(page)


def test_no_coordinates_and_outside_are_told_apart(visit: Visitor) -> None:
    page = visit("/?tab=sites&outside=county")
    expect(page.locator("#caption")).to_contain_text("without coordinates")
    rows = page.locator(".listing tbody tr")
    expect(rows).to_have_count(48)
    told = word("division.no_coordinates", "en")
    unlocated = page.locator(".listing tbody tr:not([data-lon]) .more").all_inner_texts()
    assert unlocated
    assert all(told in each for each in unlocated)
    assert not any(told in each for each in page.locator("tr[data-lon] .more").all_inner_texts())


def test_nothing_in_view_says_so(visit: Visitor) -> None:
    page = visit("/?tab=sites&area=view&lon=100&lat=20&zoom=12")
    expect(page.locator("#sites .nothing")).to_contain_text(word("nothing.in_view", "en"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_drawer_tells_all_and_why(visit: Visitor, demo_client: TestClient, lang: str) -> None:
    page = visit("/?tab=sites", lang=lang)
    first = page.locator(".listing tbody tr").first
    site_id = first.get_attribute("data-id")
    first.locator("a").focus()
    page.keyboard.press("Enter")
    known = get(demo_client, f"/api/sites/{site_id}")["properties"]
    drawer = page.locator("#drawer")
    expect(drawer.locator("h2")).to_have_text(known["name"])
    place = known["division_en"] if lang == "en" else known["division"]
    for text in (
        known["covered_by_name"],
        word(f"union.{known['covered_by_kind']}", lang),
        word(f"coverage.{known['coverage']}", lang),
        word(f"category.{known['category']}", lang),
        f"{known['workers']:,}",
        place,
        known["address"],
        site_id,
    ):
        expect(drawer).to_contain_text(text)
    assert state(page)["site"] == [site_id]
    drawer.get_by_text(word("drawer.show", lang)).click()
    page.wait_for_url(re.compile(r"zoom=15"))
    ring = page.locator(".ring").bounding_box()
    seen = page.locator("#map").bounding_box()
    assert ring is not None
    assert seen is not None
    assert ring["x"] + 12 == pytest.approx(seen["x"] + seen["width"] / 2, abs=24)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('tr')?.dataset.id") == site_id
    page.go_back()
    expect(drawer).to_be_visible()
    drawer.get_by_text(word("nearby.around", lang)).click()
    expect(page.locator("#nearby-list ol li")).to_have_count(20)
    expect(drawer).to_be_hidden()
