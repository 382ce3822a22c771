"""The planner's page over the demo, panel by panel: its numbers, its lists, its state."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
from browser import Visitor
from fastapi.testclient import TestClient
from page_reading import SHUSHAN, counted, get, number, state, totals
from playwright.sync_api import expect
from shapely.geometry import shape
from sqlalchemy import Engine

from geo.domain.words import word


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ({}, "true"),
        ({"adcode": SHUSHAN}, f"adcode = '{SHUSHAN}'"),
        (
            {"category": "building_project", "min_workers": "25"},
            "category = 'building_project' AND workers >= 25",
        ),
    ],
)
def test_every_number_is_that_of_the_api_and_of_the_database(
    visit: Visitor,
    demo_client: TestClient,
    demo_engine: Engine,
    query: dict[str, str],
    condition: str,
) -> None:
    page = visit("/?" + "&".join(f"{k}={v}" for k, v in query.items()))
    asked = {name: value for name, value in query.items() if name != "adcode"}
    below = {"parent": query["adcode"]} if "adcode" in query else {}
    rows = get(demo_client, "/api/coverage", level="county", **below, **asked)
    whole, known = totals(rows), counted(demo_engine, condition)
    assert {name: whole[name] for name in ("sites", "sites_none", "workers", "gap")} == {
        name: known[name] for name in ("sites", "sites_none", "workers", "gap")
    }
    large = page.locator("#overview .figure")
    assert number(large.nth(0).locator("strong").inner_text()) == known["sites_none"]
    assert number(large.nth(1).locator("strong").inner_text()) == known["gap"]
    share = f"of {known['sites']:,} sites ({known['sites_none'] / known['sites']:.1%})"
    assert large.nth(0).locator(".quiet").inner_text() == share
    assert large.nth(1).locator(".quiet").inner_text() == f"of {known['workers']:,} known"
    figures = {
        row.locator("a").get_attribute("data-figure-of"): row.locator("dd").all_inner_texts()
        for row in page.locator(".key-figures > div").all()
    }
    sites, workers = f"of {known['sites']:,}", f"of {known['workers']:,}"
    assert figures == {
        "sites": [f"{known['sites']:,}", ""],
        "workers": [f"{known['workers']:,}", ""],
        "site_rate": [f"{known['covered'] / known['sites']:.1%}", sites],
        "worker_rate": [f"{known['worker_rate'] / known['workers']:.1%}", workers],
        "needs_own_union": [f"{known['needs_own_union']:,}", sites],
        "unknown": [f"{known['unknown']:,}", sites],
        "outside": [f"{known['outside']:,}", sites],
    }
    by_name = {row["name_en"]: row for row in rows if row["adcode"]}
    listed = page.locator("#ranking tbody tr")
    assert listed.count() == len(by_name)
    gaps = []
    for row in listed.all():
        ranked = by_name[row.locator("th").inner_text().strip()]
        cells = [cell.locator(".as-number").first for cell in row.locator("td").all()[1:]]
        assert number(cells[0].inner_text()) == ranked["sites_none"]
        assert row.locator("td").first.inner_text().strip() == f"{ranked['site_rate']:.1%}"
        gaps.append(number(cells[1].inner_text()))
        assert gaps[-1] == ranked["gap"]
    assert gaps == sorted(gaps, reverse=True)
    for row in page.locator("#kinds tbody tr").all():
        href = row.locator("th a").get_attribute("href") or ""
        kind = (re.search(r"category=(\w+)", href) or [""])[1]
        of_kind = counted(demo_engine, f"({condition}) AND category = '{kind}'")
        shown = [number(each) for each in row.locator("a.number").all_inner_texts()]
        assert shown == [of_kind["sites_none"], of_kind["sites"], of_kind["gap"]]


def test_a_number_leads_to_the_sites_behind_it(visit: Visitor) -> None:
    page = visit()
    expect(page.locator("#overview a.number").first).to_be_visible()
    links = page.locator("#overview :is(.key-figures, #ranking, #kinds) a.number")
    said = {
        link.get_attribute("href"): link.inner_text().strip()
        for link in links.all()
        if "sort=" not in (link.get_attribute("href") or "")
    }
    rates = {href for href, text in said.items() if text.endswith("%")}
    assert len(said) > 25
    for href, text in list(said.items())[:6] + list(said.items())[-6:]:
        if href in rates:
            continue
        fragment = page.request.get(visit.address + href.replace("/?", "/panels/sites?")).text()
        if number(text):
            assert word("sites.count", "en", n=number(text)) in fragment, href
        else:
            assert word("nothing.title", "en") in fragment, href
    page.click("[data-figure-of=unknown]")
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "en", n=170))
    expect(page.locator("[data-count=headcount]")).to_have_text("1")
    page.click("#tab-overview")
    page.click("#clear")
    page.click("[data-figure-of=outside]")
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "en", n=48))
    page.click("#outside")
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "en", n=3828))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_drilling_down_and_back(visit: Visitor, lang: str) -> None:
    page = visit(lang=lang)
    whole = page.locator("#overview .figure strong").first.inner_text()
    page.click(f"#ranking [data-adcode='{SHUSHAN}']")
    name = "Shushan" if lang == "en" else "蜀山区"
    here = page.locator("#crumbs [aria-current]")
    expect(here).to_have_text(name)
    expect(page.locator("#announce")).to_contain_text("794")
    path = ["All divisions", "Anhui", "Hefei", name] if lang == "en" else [
        "全部区划", "安徽省", "合肥市", name
    ]  # fmt: skip
    assert page.locator("#crumbs ol li").all_inner_texts() == path
    assert name in page.locator("#caption").inner_text()
    assert state(page)["adcode"] == [SHUSHAN]
    within = page.locator("#overview .figure").first.inner_text()
    page.reload()
    expect(here).to_have_text(name)
    assert page.locator("#overview .figure").first.inner_text() == within
    page.click("#crumbs ol a >> nth=2")
    expect(here).to_have_text(path[2])
    page.click(".below summary")
    expect(page.locator(".below a")).to_have_count(9)
    page.click(f".below [data-adcode='{SHUSHAN}']")
    expect(here).to_have_text(name)
    page.click("#crumbs ol a >> nth=0")
    expect(page.locator("#overview .figure strong").first).to_have_text(whole)
    page.go_back()
    expect(here).to_have_text(name)
    page.go_forward()
    expect(here).to_have_text(path[0])


def test_back_leads_to_where_one_was_on_the_map(visit: Visitor) -> None:
    page = visit(f"/?adcode={SHUSHAN}&lon=117.1&lat=31.85&zoom=13")
    page.locator("#crumbs ol a").first.click()
    page.wait_for_url(re.compile("zoom=9"))
    assert "adcode" not in state(page)
    page.go_back()
    expect(page.locator("#crumbs [aria-current]")).to_have_text("Shushan")
    expect(page.locator("#overview-live[aria-busy]")).to_have_count(0)
    assert {name: state(page)[name] for name in ("lon", "lat", "zoom")} == {
        "lon": ["117.10000"],
        "lat": ["31.85000"],
        "zoom": ["13"],
    }


def test_the_ranking_sorts_and_its_order_stays(visit: Visitor) -> None:
    page = visit("/?unit=percent")
    cells = page.locator("#ranking tbody td:nth-child(3) .as-percent")
    expect(cells.first).to_be_visible()
    page.click("#ranking [data-key=uncovered] button")
    shares = [float(each.rstrip("%")) for each in cells.all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    assert state(page)["rank"] == ["-uncovered"]
    page.click("[data-unit=number]:is(button)")
    expect(cells.first).to_be_hidden()
    page.click("#ranking [data-key=name] button")
    page.click("#ranking [data-key=name] button")
    names = page.locator("#ranking tbody th")
    assert names.all_inner_texts() == sorted(names.all_inner_texts())
    page.click("#large")
    expect(page.locator("#caption")).to_contain_text("at least 25 workers")
    assert names.all_inner_texts() == sorted(names.all_inner_texts())
    expect(page.locator("#ranking [aria-sort]")).to_have_attribute("data-key", "name")
    page.reload()
    expect(page.locator("#ranking [aria-sort]")).to_have_attribute("data-key", "name")
    page.go_back()
    page.go_back()
    expect(page.locator("#ranking [aria-sort]")).to_have_attribute("aria-sort", "descending")


def test_a_filter_acts_on_everything(visit: Visitor, demo_client: TestClient) -> None:
    page = visit("/?zoom=12&lon=117.25&lat=31.85")
    page.click(".filter >> nth=0")
    visit.asked.clear()
    page.check("[name=category][value=logistics_hub]")
    expect(page.locator("[data-count=category]")).to_have_text("1")
    expect(page.locator("#announce")).to_contain_text("556")
    page.wait_for_load_state("networkidle")
    for kind in ("/tiles/heat/", "/api/heat", "/api/sites", "/panels/frame"):
        asked = [url for url in visit.asked if kind in url]
        assert asked, kind
        assert all("category=logistics_hub" in url for url in asked), kind
    page.keyboard.press("Escape")
    expect(page.locator(".filter[open]")).to_have_count(0)
    page.click("#tab-sites")
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "en", n=556))
    link = page.locator("#sites-live .buttons a").nth(1).get_attribute("href")
    assert link is not None
    assert len(list(csv.reader(demo_client.get(link).text.splitlines()))) == 557
    page.click("#tab-hotspots")
    expect(page.locator("#hotspots-title")).to_be_visible()
    listed = get(demo_client, "/api/hotspots", category="logistics_hub")
    expect(page.locator(".ranked li")).to_have_count(listed["count"])
    page.click("#tab-share")
    for link in page.locator("#share :is([data-figure], [download])").all():
        assert "category=logistics_hub" in (link.get_attribute("href") or "")
    page.click("#clear")
    expect(page.locator("#announce")).to_contain_text("3,828")
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
    expect(title).to_have_text(
        word(
            "sites.count",
            "en",
            n=get(demo_client, "/api/sites", count=True, limit=1)["numberMatched"],
        )
    )
    assert "area" not in state(page)


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
