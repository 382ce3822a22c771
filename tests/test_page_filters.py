"""The planner's page over the demo, filtered and searched."""

from __future__ import annotations

import csv
import re

import pytest
from browser import Visitor
from fastapi.testclient import TestClient
from page_reading import counted, get, state, totals
from playwright.sync_api import expect
from sqlalchemy import Engine

from geo.domain.words import word


def test_a_filter_acts_on_everything(
    visit: Visitor, demo_client: TestClient, demo_engine: Engine
) -> None:
    every = counted(demo_engine)["sites"]
    hubs = counted(demo_engine, "category = 'logistics_hub'")["sites"]
    page = visit("/?zoom=12&lon=117.25&lat=31.85")
    page.click(".filter >> nth=0")
    visit.asked.clear()
    page.check("[name=category][value=logistics_hub]")
    expect(page.locator("[data-count=category]")).to_have_text("1")
    expect(page.locator("#announce")).to_have_text(word("state.updated", "en", n=hubs))
    page.wait_for_load_state("networkidle")
    for kind in ("/tiles/heat/", "/api/heat", "/api/sites", "/panels/frame"):
        asked = [url for url in visit.asked if kind in url]
        assert asked, kind
        assert all("category=logistics_hub" in url for url in asked), kind
    page.keyboard.press("Escape")
    expect(page.locator(".filter[open]")).to_have_count(0)
    page.click("#tab-sites")
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "en", n=hubs))
    link = page.locator("#sites-live .buttons a").nth(1).get_attribute("href")
    assert link is not None
    assert len(list(csv.reader(demo_client.get(link).text.splitlines()))) == hubs + 1
    page.click("#tab-hotspots")
    expect(page.locator("#hotspots-title")).to_be_visible()
    listed = get(demo_client, "/api/hotspots", category="logistics_hub")
    expect(page.locator(".ranked li")).to_have_count(listed["count"])
    page.click("#tab-share")
    for link in page.locator("#share :is([data-figure], [download])").all():
        assert "category=logistics_hub" in (link.get_attribute("href") or "")
    page.click("#clear")
    expect(page.locator("#announce")).to_have_text(word("state.updated", "en", n=every))
    assert "category" not in state(page)


def test_every_filter_narrows_as_the_database_does(visit: Visitor, demo_engine: Engine) -> None:
    page = visit("/?tab=sites")
    title = page.locator("#sites-title")

    def shows(condition: str) -> None:
        expect(title).to_have_text(
            word("sites.count", "en", n=counted(demo_engine, condition)["sites"])
        )

    page.click("#large")
    shows("workers >= 25")
    expect(page.locator("#large")).to_have_attribute("aria-pressed", "true")
    page.get_by_text(word("site.needs_own_union", "en"), exact=True).first.click()
    shows("workers >= 25 AND needs_own_union")
    page.go_back()
    expect(page.locator("[name=needs_own_union]")).not_to_be_checked()
    page.click(".filter:has([name=max_workers]) summary")
    page.fill("[name=max_workers]", "40")
    page.press("[name=max_workers]", "Tab")
    shows("workers BETWEEN 25 AND 40")
    page.click(".filter:has([name=grade]) summary")
    page.check("[name=grade][value=municipal]")
    page.check("[name=grade][value=provincial]")
    shows("workers BETWEEN 25 AND 40 AND grade IN ('municipal', 'provincial')")
    page.click("#clear")
    page.click(".filter:has([name=coverage]) summary")
    page.check("[name=coverage][value=secondary]")
    shows("coverage = 'secondary'")


@pytest.mark.parametrize("text", ["物流", "安徽省合肥市蜀山区", "91340104MA59GL721R"])
def test_search_by_name_address_and_code(
    visit: Visitor, demo_client: TestClient, text: str
) -> None:
    page = visit(lang="zh")
    page.fill("#search input", text)
    page.press("#search input", "Enter")
    count = totals(get(demo_client, "/api/coverage", q=text))["sites"]
    assert count
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "zh", n=count))
    assert state(page) | {"q": [text], "tab": ["sites"]} == state(page)


@pytest.mark.parametrize(("typed", "asked"), [("1e2", "100"), ("025", "25"), ("0", "0")])
def test_a_headcount_however_it_is_typed(visit: Visitor, typed: str, asked: str) -> None:
    """A field of numbers takes 1e2, which the server does not: every panel failed."""
    page = visit()
    page.click(".filter:has([name=min_workers]) summary")
    page.fill("[name=min_workers]", typed)
    page.press("[name=min_workers]", "Tab")
    page.wait_for_url(re.compile(rf"min_workers={asked}(&|$)"))
    expect(page.locator("#overview-live:not([aria-busy=true]) .figure").first).to_be_visible()
    assert page.input_value("[name=min_workers]") == asked
