"""What leaves the planner's page: its address, embeds, files, and paper."""

from __future__ import annotations

import re
from io import BytesIO
from urllib.parse import parse_qsl, urlencode

import pytest
from browser import Visitor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_reading import SHUSHAN, number, state
from PIL import Image
from playwright.sync_api import expect

from geo.domain.site import Category, Coverage, Grade
from geo.domain.words import word

DAYS = st.sampled_from(["2026-10-31", "2026-02-10", "2025-01-31"])
STATES = st.fixed_dictionaries(
    {},
    optional={
        "adcode": st.sampled_from(["340000", "340100", SHUSHAN]),
        "category": st.lists(st.sampled_from([*map(str, Category)]), min_size=1, unique=True),
        "coverage": st.lists(st.sampled_from([*map(str, Coverage)]), min_size=1, unique=True),
        "grade": st.lists(st.sampled_from([*map(str, Grade)]), min_size=1, unique=True),
        "needs_own_union": st.just("true"),
        "min_workers": st.integers(0, 30).map(str),
        "max_workers": st.integers(30, 9000).map(str),
        "unknown_workers": st.just("true"),
        "q": st.sampled_from(["物流", "合肥", "9134"]),
        "on": DAYS,
        "tab": st.sampled_from(["hotspots", "nearby", "sites", "share"]),
        "layer": st.sampled_from(["heat_sites", "site_rate", "worker_rate", "plain"]),
        "opacity": st.sampled_from(["30", "70"]),
        "sort": st.sampled_from(["name", "-workers", "workers"]),
        "rank": st.sampled_from(["name", "-rate", "uncovered"]),
        "unit": st.just("percent"),
    },
)

# What the controls of the page show of its state.
SHOWN = """() => {
  const of = (selector, value) => [...document.querySelectorAll(selector)].map(value);
  const all = (name) => of(`[name=${name}]:checked`, (e) => e.value).sort();
  const field = (name) => document.forms.filters.elements[name].value || undefined;
  const head = document.querySelector("#ranking [aria-sort]");
  return {
    category: all("category"), coverage: all("coverage"), grade: all("grade"),
    needs_own_union: all("needs_own_union")[0], unknown_workers: all("unknown_workers")[0],
    min_workers: field("min_workers"), max_workers: field("max_workers"), on: field("on"),
    q: document.forms.search.elements.q.value || undefined,
    tab: document.querySelector("#panel [role=tab][aria-selected=true]").dataset.tab,
    layer: of(".leaflet-control-layers-base input:checked + span", (e) => e.textContent.trim())[0],
    opacity: document.getElementById("opacity").value,
    unit: document.querySelector("[data-unit][aria-pressed=true]")?.dataset.unit,
    rank: head && (head.getAttribute("aria-sort") === "descending" ? "-" : "") + head.dataset.key,
  };
}"""


def test_whatever_is_chosen_is_in_the_address_and_comes_back(visitor: Visitor) -> None:
    """Opening an address sets every control by it, and writes the same address again."""
    visitor.forget()

    @settings(max_examples=10, suppress_health_check=list(HealthCheck))
    @given(STATES)
    def holds(chosen: dict[str, str | list[str]]) -> None:
        page = visitor("/?" + urlencode(chosen, doseq=True))
        shown = page.evaluate(SHOWN)
        for name in ("category", "coverage", "grade"):
            assert shown[name] == sorted(chosen.get(name, []))
        for name in ("needs_own_union", "min_workers", "max_workers", "unknown_workers", "q"):
            assert shown.get(name) == chosen.get(name)
        assert shown["on"] == chosen.get("on", "2026-11-20")
        assert shown["tab"] == chosen.get("tab", "overview")
        # Where no headcount is known, heat and rates of workers are not offered.
        if page.locator("#overview :is(.figure:nth-child(2) a)").count():
            assert shown["rank"] == chosen.get("rank", "-gap")
            assert shown["layer"] == word(f"layer.{chosen.get('layer', 'heat_gap')}", "en")
        assert shown["opacity"] == chosen.get("opacity", "100")
        if shown["rank"]:
            assert shown["unit"] == chosen.get("unit", "number")
        kept = {name: value for name, value in state(page).items() if name in chosen}
        asked = parse_qsl(urlencode(chosen, doseq=True))
        assert sorted((name, each) for name in kept for each in kept[name]) == sorted(asked)

    holds()
    assert visitor.said == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_link_the_code_and_the_preview(visit: Visitor, lang: str) -> None:
    page = visit(f"/?tab=share&adcode={SHUSHAN}&layer=site_rate&lang={lang}", lang=lang)
    assert page.input_value("#share-link") == page.url
    page.click("[data-copy=share-link]")
    expect(page.locator("[data-copy=share-link]")).to_have_text(word("share.copied", lang))
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.fill("#embed-width", "900")
    page.fill("#embed-height", "600")
    page.press("#embed-height", "Tab")
    page.click("[data-copy=share-embed]")
    expect(page.locator("[data-copy=share-embed]")).to_have_text(word("share.copied", lang))
    code = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(
        rf'<iframe src="{visit.address}/embed/coverage\?adcode={SHUSHAN}&amp;layer=site_rate[^"]*"'
        r' width="900" height="600" loading="lazy" title="[^"]+"></iframe>',
        code,
    )
    page.click("#embed-show")
    frame = page.frame_locator("#embed-preview iframe")
    expect(frame.locator("h1")).to_have_text(word("map.title.coverage", lang))
    assert SHUSHAN in (frame.locator("#full").get_attribute("href") or "")
    inner = page.locator("#embed-preview iframe").bounding_box()
    outer = page.locator("#embed-preview").bounding_box()
    assert inner is not None
    assert outer is not None
    assert inner["width"] <= outer["width"] + 1
    assert inner["width"] / inner["height"] == pytest.approx(1.5, abs=0.01)
    assert page.locator("#embed-preview iframe").evaluate("e => e.clientWidth") == 900


@pytest.mark.parametrize(
    ("typed", "said"), [("-5", "320"), ("99999", "2000"), ("640.6", "641"), ("", "640")]
)
def test_a_width_that_no_embed_can_have_is_not_in_the_code(
    visit: Visitor, typed: str, said: str
) -> None:
    page = visit("/?tab=share")
    page.fill("#embed-width", typed)
    page.press("#embed-width", "Tab")
    expect(page.locator("#share-embed")).to_have_value(re.compile(rf' width="{said}" height="480"'))


def test_every_download_of_the_share_panel_is_of_what_is_chosen(visit: Visitor) -> None:
    page = visit(f"/?tab=share&adcode={SHUSHAN}&category=logistics_hub&layer=site_rate")
    starts = {
        "png": b"\x89PNG",
        "svg": b"<?xml",
        "pdf": b"%PDF",
        "html": b"<!doctype html>",
        "xlsx": b"PK",
        "geojson": b"{",
        "gpkg": b"SQLite",
        "fgb": b"fgb",
        "parquet": b"PAR1",
    }
    links = page.locator("#share :is([data-figure], a[download])")
    hrefs = {link.get_attribute("href") or "" for link in links.all()}
    assert len(hrefs) == 10
    page.select_option("#figure-size", label=word("share.size.a4_portrait", "en"))
    portrait = page.locator("[data-figure=png]").get_attribute("href") or ""
    picture = Image.open(BytesIO(page.request.get(visit.address + portrait).body()))
    assert picture.height / picture.width == pytest.approx(297 / 210, abs=0.01)
    for href in hrefs:
        assert f"adcode={SHUSHAN}" in href
        assert "category=logistics_hub" in href
        answer = page.request.get(visit.address + href)
        assert answer.ok, href
        form = re.search(r"\.(\w+)\?", href)
        assert form is not None
        if form[1] in starts:
            assert answer.body().startswith(starts[form[1]]), href


def test_paper_shows_the_site_that_is_open_and_not_the_list_below_it(visit: Visitor) -> None:
    page = visit("/?tab=sites")
    page.click("a.site >> nth=0")
    expect(page.locator("#drawer h2")).to_be_visible()
    page.emulate_media(media="print")
    for what in ("#drawer h2", "#about"):
        expect(page.locator(what)).to_be_visible()
    expect(page.locator("#sites")).to_be_hidden()
    page.emulate_media(media="screen")


def test_an_embed_tells_its_height_and_describes_itself(visit: Visitor) -> None:
    page = visit("/embed/hotspots?lang=zh", width=390)
    page.set_viewport_size({"width": 320, "height": 400})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.locator("h1").inner_text() == word("map.title.hotspots", "zh")
    link = page.locator("link[type='application/json+oembed']").get_attribute("href")
    assert link is not None
    described = page.request.get(visit.address + link).json()
    assert described["type"] == "rich"
    assert "/embed/hotspots?lang=zh" in described["html"]
    told = page.evaluate(
        "new Promise(done => { addEventListener('message', e => done(e.data));"
        " document.body.style.width = '319px'; })"
    )
    assert told["type"] == "antu:height"
    assert 320 <= told["height"] <= 720
    page.set_viewport_size({"width": 390, "height": 844})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_paper_shows_what_the_map_is_of_and_no_buttons(visit: Visitor, lang: str) -> None:
    page = visit(f"/?adcode={SHUSHAN}&category=logistics_hub", lang=lang)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 971})  # A4 without its margins, at 96 dpi
    for what in ("#heading", "#caption time", ".badge", "#legend .ramp", "#ranking", "#kinds"):
        expect(page.locator(what).first).to_be_visible()
    for text in ("about.source", "about.method", "category.logistics_hub"):
        expect(page.locator("body")).to_contain_text(word(text, lang))
    expect(page.locator("#about")).to_be_visible()
    for what in (
        ".tabs",
        ".filters",
        "#search",
        "#time",
        ".help",
        "#fold",
        ".languages",
        ".button",
    ):
        for each in page.locator(what).all():
            expect(each).to_be_hidden()
    box = page.locator(".folium-map").bounding_box()
    assert box is not None
    assert box["width"] <= 688
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#tab-share")).to_be_visible()
    paper = page.pdf(format="A4", print_background=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 3
    assert number(page.locator("[data-figure-of=sites]").inner_text()) > 0


SEEN = """() => {
  const map = document.querySelector(".folium-map").getBoundingClientRect();
  const within = (each) => {
    const box = each.getBoundingClientRect();
    return [(box.x - map.x) / map.width, (box.y - map.y) / map.height,
      box.width / map.width, box.height / map.height];
  };
  return [...document.querySelectorAll("path.division, .leaflet-heat-pane img")].flatMap(within);
}"""


@pytest.mark.parametrize(
    ("width", "place"),
    [(1440, ""), (1440, "&lon=117.3&lat=31.8&zoom=11"), (390, ""), (390, "&lon=117&lat=32&zoom=9")],
)
def test_paper_shows_what_the_screen_shows(visit: Visitor, width: int, place: str) -> None:
    """It kept the zoom of the screen, so that its edges were others."""
    page = visit(f"/?layer=heat_gap{place}", width=width)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.getElementById('legend').open = false")
    far = page.locator("#sites-far").evaluate("line => !line.hidden")
    before, size = page.evaluate(SEEN), page.locator(".folium-map").bounding_box()
    assert len(before) > 40
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate(SEEN) == pytest.approx(before, abs=0.005)
    expect(page.locator("#legend .ramp:visible")).to_have_count(1)
    expect(page.locator("#sites-far")).to_be_visible(visible=far)
    paper = page.locator(".folium-map").bounding_box()
    assert paper is not None
    wide, high = paper["width"] / 684, paper["height"] / 605
    assert max(wide, high) == pytest.approx(1, abs=0.005)
    assert page.evaluate("document.documentElement.scrollWidth") <= max(width, 688)
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(SEEN) == pytest.approx(before, abs=0.005)
    assert page.locator(".folium-map").bounding_box() == size
    expect(page.locator("#legend [data-brief=heat_gap]")).to_be_visible()
