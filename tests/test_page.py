"""The planner's page in a browser, over the demo: what a person would notice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from browser import ARGUMENTS, CHROMIUM, Opened, serving, violations
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect, sync_playwright

from geo.domain.words import word
from geo.settings import Settings

SHUSHAN = "340104"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    with serving(demo_settings) as address:
        yield address


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Opened]:
    """Opens pages; afterwards they must have been quiet and have asked no other host."""
    pages = Opened(browser, address)
    yield pages
    pages.close()
    assert pages.said == []
    assert {urlsplit(url).netloc for url in pages.asked if url.startswith("http")} == {
        urlsplit(address).netloc
    }


def number(text: str) -> int:
    return int(re.sub(r"[^\d-]", "", text))


def state(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def get(client: TestClient, path: str, **params: Any) -> Any:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def totals(rows: list[dict[str, Any]]) -> dict[str, int]:
    names = ("sites", "sites_none", "gap", "workers", "sites_unknown_workers")
    return {name: sum(row[name] for row in rows) for name in names}


@pytest.mark.parametrize("query", [{}, {"adcode": "340104"}, {"category": "building_project"}])
def test_numbers_are_those_of_the_api(
    opened: Opened, demo_client: TestClient, query: dict[str, str]
) -> None:
    page = opened("/?" + "&".join(f"{k}={v}" for k, v in query.items()))
    asked = {name: value for name, value in query.items() if name != "adcode"}
    parent = query.get("adcode")
    rows = get(
        demo_client,
        "/api/coverage",
        level="county",
        **({"parent": parent} if parent else {}),
        **asked,
    )
    whole = totals(rows)
    large = page.locator("#overview .figure strong")
    assert number(large.nth(0).inner_text()) == whole["sites_none"]
    assert number(large.nth(1).inner_text()) == whole["gap"]
    assert f"{whole['sites']:,}" in page.locator("#overview .figure").nth(0).inner_text()
    by_name = {row["name_en"]: row for row in rows if row["adcode"]}
    listed = page.locator("#ranking tbody tr")
    assert listed.count() == len(by_name)
    gaps = []
    for row in listed.all():
        known = by_name[row.locator("th").inner_text().strip()]
        assert number(row.locator(".as-number").first.inner_text()) == known["sites_none"]
        gaps.append(number(row.locator("td").nth(2).locator(".as-number").inner_text()))
        assert gaps[-1] == known["gap"]
    assert gaps == sorted(gaps, reverse=True)
    kinds = [
        number(each) for each in page.locator("#kinds tbody td:nth-child(3)").all_inner_texts()
    ]
    assert sum(kinds) == whole["sites"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_drilling_down_and_back(opened: Opened, lang: str) -> None:
    page = opened(lang=lang)
    whole = page.locator("#overview .figure").first.inner_text()
    page.click(f"#ranking [data-adcode='{SHUSHAN}']")
    name = "Shushan" if lang == "en" else "蜀山区"
    expect(page.locator("#crumbs [aria-current]")).to_have_text(name)
    expect(page.locator("#announce")).to_contain_text("794")
    assert page.locator("#crumbs li").all_inner_texts()[0] == ("All" if lang == "en" else "全部")
    assert state(page)["adcode"] == [SHUSHAN]
    within = page.locator("#overview .figure").first.inner_text()
    page.reload()
    expect(page.locator("#crumbs [aria-current]")).to_have_text(name)
    assert page.locator("#overview .figure").first.inner_text() == within
    page.click("#crumbs a >> nth=0")
    expect(page.locator("#crumbs li")).to_have_count(1)
    expect(page.locator("#overview .figure").first).to_have_text(
        re.compile(re.escape(whole.split()[0]))
    )
    page.go_back()
    expect(page.locator("#crumbs [aria-current]")).to_have_text(name)
    page.go_forward()
    expect(page.locator("#crumbs li")).to_have_count(1)


def test_a_filter_acts_on_everything(opened: Opened, demo_client: TestClient) -> None:
    page = opened("/?zoom=12&lon=117.25&lat=31.85")
    page.click(".filter >> nth=0")
    opened.asked.clear()
    page.check("[name=category][value=logistics_hub]")
    expect(page.locator("[data-count=category]")).to_have_text("1")
    expect(page.locator("#announce")).to_contain_text("556")
    page.wait_for_load_state("networkidle")
    for kind in ("/tiles/heat/", "/api/heat", "/api/sites", "/panels/frame"):
        asked = [url for url in opened.asked if kind in url]
        assert asked, kind
        assert all("category=logistics_hub" in url for url in asked), kind
    page.keyboard.press("Escape")
    page.click("#tab-sites")
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "en", n=556))
    link = page.locator("#sites-live .buttons a").nth(1).get_attribute("href")
    assert link is not None
    rows = demo_client.get(link).text.splitlines()
    assert len(rows) == 557
    page.click("#clear")
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "en", n=3828))
    assert "category" not in state(page)


def test_headcount_and_union_filters(opened: Opened, demo_client: TestClient) -> None:
    page = opened("/?tab=sites")
    page.click("#large")
    expect(page.locator("#large")).to_have_attribute("aria-pressed", "true")
    page.check("[name=needs_own_union]")
    rows = get(demo_client, "/api/coverage", min_workers=25, needs_own_union=True)
    expect(page.locator("#sites-title")).to_have_text(
        word("sites.count", "en", n=totals(rows)["sites"])
    )
    page.go_back()
    expect(page.locator("[name=needs_own_union]")).not_to_be_checked()


@pytest.mark.parametrize("text", ["物流", "安徽省合肥市蜀山区"])
def test_search_in_chinese(opened: Opened, demo_client: TestClient, text: str) -> None:
    page = opened(lang="zh")
    page.fill("#search input", text)
    page.press("#search input", "Enter")
    count = totals(get(demo_client, "/api/coverage", q=text))["sites"]
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "zh", n=count))
    assert state(page) | {"q": [text], "tab": ["sites"]} == state(page)


def test_nothing_found_says_what_to_drop(opened: Opened) -> None:
    page = opened("/?q=nothing-is-called-so&category=other")
    drops = page.locator("#overview .drops a")
    expect(drops).to_have_count(2)
    drops.filter(has_text="nothing-is-called-so").click()
    expect(page.locator("#overview .figure").first).to_be_visible()
    assert "q" not in state(page)


def test_the_table_of_sites_pages_and_sorts(opened: Opened) -> None:
    page = opened("/?tab=sites")
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


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_drawer_tells_why(opened: Opened, demo_client: TestClient, lang: str) -> None:
    page = opened("/?tab=sites", lang=lang)
    first = page.locator(".listing tbody tr").first
    site_id = first.get_attribute("data-id")
    first.locator("a").focus()
    page.keyboard.press("Enter")
    known = get(demo_client, f"/api/sites/{site_id}")["properties"]
    drawer = page.locator("#drawer")
    expect(drawer.locator("h2")).to_have_text(known["name"])
    if known["covered_by_name"]:
        expect(drawer).to_contain_text(known["covered_by_name"])
    expect(drawer).to_contain_text(word(f"coverage.{known['coverage']}", lang))
    expect(drawer).to_contain_text(f"{known['workers']:,}")
    assert state(page)["site"] == [site_id]
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('tr')?.dataset.id") == site_id


def test_hotspots_are_those_of_the_api(opened: Opened, demo_client: TestClient) -> None:
    page = opened("/?tab=hotspots")
    items = page.locator(".ranked li")
    found = get(demo_client, "/api/hotspots")
    expect(items).to_have_count(found["count"])
    for item, feature in zip(items.all(), found["features"], strict=True):
        known = feature["properties"]
        assert f"{known['gap']:,}" in item.locator("strong").inner_text()
        assert known["name_en"] in item.inner_text()
    expect(page.locator(".hotspot-rank")).to_have_count(found["count"])
    before = page.url
    items.nth(2).locator("button").click()
    page.wait_for_url(lambda url: url != before)
    west, south, east, north = found["features"][2]["bbox"]
    assert west <= float(state(page)["lon"][0]) <= east
    assert south <= float(state(page)["lat"][0]) <= north
    page.select_option("[data-choice=area]", "view")
    expect(items).not_to_have_count(found["count"])
    page.select_option("[data-choice=density]", "320")
    expect(page.locator(".method")).to_contain_text("320")
    assert state(page)["density"] == ["320"]
    page.click("#tab-overview")
    expect(page.locator(".hotspot-rank")).to_have_count(0)


@pytest.mark.parametrize(
    ("text", "crs", "lon", "lat"),
    [
        ("117.2272, 31.8206", "wgs84", 117.2272, 31.8206),
        ("31.8206 117.2272", "wgs84", 117.2272, 31.8206),
        ("31°49′14″N 117°13′38″E", "wgs84", 117.22722, 31.82056),
        ("117.23267, 31.81872", "gcj02", 117.2272, 31.8206),
    ],
)
def test_nearby_a_typed_place(
    opened: Opened, demo_client: TestClient, text: str, crs: str, lon: float, lat: float
) -> None:
    page = opened("/?tab=nearby")
    page.fill("#place-text", text)
    page.select_option("#place-crs", crs)
    page.click("#place [type=submit]")
    rows = page.locator("#nearby-list ol li")
    expect(rows).to_have_count(20)
    at = [float(each) for each in state(page)["at"][0].split(",")]
    assert at == pytest.approx([lon, lat], abs=3e-4)
    nearest = get(demo_client, "/api/nearby", lon=at[0], lat=at[1])["features"]
    assert rows.evaluate_all("r => r.map(e => e.dataset.id)") == [each["id"] for each in nearest]
    gpx = page.get_by_text("GPX", exact=True).get_attribute("href")
    assert gpx is not None
    assert demo_client.get(gpx).text.count("<wpt") == 20


def test_nearby_says_what_it_cannot_read(opened: Opened) -> None:
    page = opened("/?tab=nearby")
    page.fill("#place-text", "the old town")
    page.click("#place [type=submit]")
    expect(page.locator("#place-problem")).to_contain_text("the old town")
    opened.said.clear()  # The browser notes the 422 of its own accord.


def test_nearby_the_device_and_a_click(opened: Opened) -> None:
    place = {"latitude": 31.86, "longitude": 117.28}
    page = opened("/?tab=nearby", permissions=["geolocation"], geolocation=place)
    page.click("#nearby-here")
    expect(page.locator("#nearby-list ol li")).to_have_count(20)
    assert state(page)["at"] == ["117.280000,31.860000"]
    page.mouse.click(500, 500)
    page.wait_for_url(lambda url: "117.280000" not in url)
    expect(page.locator("#nearby-list ol li")).to_have_count(20)


def test_time_changes_every_figure(opened: Opened, demo_client: TestClient) -> None:
    page = opened()
    page.locator("#month").focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("on=2025-11-30"))
    rows = get(demo_client, "/api/coverage", on="2025-11-30")
    uncovered = totals(rows)["sites_none"]
    expect(page.locator("#overview .figure strong").first).to_have_text(f"{uncovered:,}")
    assert uncovered != totals(get(demo_client, "/api/coverage"))["sites_none"]
    expect(page.locator("#month-shown")).to_have_text("2025-11")
    page.click("#play")
    page.wait_for_url(re.compile("on=2025-12-31"))
    page.click("#play")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "false")


def test_layers_are_in_the_address(opened: Opened) -> None:
    page = opened()
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


def test_percent_and_sorting(opened: Opened) -> None:
    page = opened("/?unit=percent")
    cells = page.locator("#ranking tbody td:nth-child(3) .as-percent")
    expect(cells.first).to_be_visible()
    page.click("#ranking th button >> nth=2")
    shares = [float(each.rstrip("%")) for each in cells.all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    page.click("[data-unit=number]:is(button)")
    expect(cells.first).to_be_hidden()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_sharing(opened: Opened, demo_client: TestClient, lang: str) -> None:
    page = opened(f"/?tab=share&adcode={SHUSHAN}&layer=site_rate&lang={lang}", lang=lang)
    assert page.input_value("#share-link") == page.url
    code = page.input_value("#share-embed")
    assert f"/embed/coverage?adcode={SHUSHAN}" in code
    page.click("#embed-show")
    frame = page.frame_locator("#embed-preview iframe")
    expect(frame.locator("h1")).to_have_text(word("map.title.coverage", lang))
    assert SHUSHAN in (frame.locator("#full").get_attribute("href") or "")
    figure = page.locator("[data-figure=png]").get_attribute("href")
    assert figure is not None
    assert figure.startswith(f"/maps/coverage.png?adcode={SHUSHAN}")


def test_the_language_is_switched_where_one_is(opened: Opened) -> None:
    page = opened(f"/?tab=sites&adcode={SHUSHAN}")
    page.click("[data-lang=zh]")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#crumbs [aria-current]")).to_have_text("蜀山区")
    assert state(page)["tab"] == ["sites"]


def test_an_embed_tells_its_height_and_describes_itself(
    opened: Opened, demo_client: TestClient
) -> None:
    page = opened("/embed/hotspots?lang=zh", width=320, height=400)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.locator("h1").inner_text() == word("map.title.hotspots", "zh")
    link = page.locator("link[type='application/json+oembed']").get_attribute("href")
    assert link is not None
    described = page.request.get(opened.address + link).json()
    assert described["type"] == "rich"
    assert "/embed/hotspots?lang=zh" in described["html"]
    told = page.evaluate(
        "new Promise(done => { addEventListener('message', e => done(e.data));"
        " document.body.style.width = '319px'; })"
    )
    assert told["type"] == "antu:height"
    assert 320 <= told["height"] <= 720


def test_a_failing_panel_says_so_and_can_be_tried_again(opened: Opened) -> None:
    def broken(page: Page) -> None:
        problem = json.dumps({"detail": "It broke", "id": "abc123"})
        page.route(
            "**/panels/sites*", lambda route: route.fulfill(status=500, body=problem), times=1
        )

    page = opened("/?tab=sites", prepare=broken)
    expect(page.locator("#sites .failed")).to_contain_text("It broke")
    expect(page.locator("#sites .failed")).to_contain_text("abc123")
    page.get_by_text(word("state.retry", "en")).click()
    expect(page.locator(".listing tbody tr")).to_have_count(50)
    opened.said.clear()  # The browser notes the 500 of its own accord.


def test_offline_and_back(opened: Opened) -> None:
    page = opened()
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    page.wait_for_load_state("networkidle")
    opened.said.clear()


def test_a_wrong_division_is_a_page_that_leads_back(opened: Opened) -> None:
    page = opened("/?adcode=nowhere", wait=False)
    expect(page.locator("h1")).to_have_text(word("state.unknown_division", "en"))
    opened.said.clear()
    page.click("main a")
    expect(page.locator("#overview .figure").first).to_be_visible()


def test_without_data_the_page_shows_two_ways_on(browser: Browser, settings: Settings) -> None:
    with serving(settings) as address:
        pages = Opened(browser, address)
        page = pages("/")
        expect(page.locator(".empty h2")).to_have_text(word("state.empty", "en"))
        assert violations(page) == []
        pages.close()
        assert pages.said == []


VIEWS = ["/", "/?tab=hotspots", "/?tab=nearby&at=117.25,31.85", "/?tab=sites", "/?tab=share"]


@pytest.mark.parametrize("path", [*VIEWS, "/?tab=about&layer=site_rate", "/embed/coverage"])
@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("zh", "dark")])
def test_axe_finds_nothing(opened: Opened, path: str, lang: str, theme: str) -> None:
    page = opened(path, lang=lang, theme=theme, width=390 if theme == "dark" else 1440)
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_drawer_passes_axe(opened: Opened) -> None:
    page = opened("/?tab=sites")
    page.click(".listing tbody a >> nth=0")
    expect(page.locator("#drawer h2")).to_be_visible()
    assert violations(page) == []


def test_the_keyboard_reaches_everything(opened: Opened) -> None:
    page = opened()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(() => { const e = document.activeElement; const s = getComputedStyle(e);"
                " return e.id || e.className || e.tagName; })()"
            )
        )
    for wanted in ("month", "play", "large", "tab-overview", "fold"):
        assert wanted in reached, wanted
    page.focus("#tab-overview")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#hotspots")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "tab-hotspots"


def test_urls_of_hostile_filters_are_only_text(opened: Opened) -> None:
    hostile = "<img src=x onerror=window.owned=1>${window.owned=2}"
    page = opened(f"/?q={quote(hostile)}&title={quote(hostile)}&tab=sites")
    expect(page.locator("#sites .drops a")).to_contain_text(hostile)
    assert page.evaluate("window.owned") is None
    assert page.title() == hostile
