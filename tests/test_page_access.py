"""The planner's page for everyone: assistive technology, keyboard, phone, either theme."""

from __future__ import annotations

from itertools import combinations

import pytest
from browser import Visitor, apart, violations
from page_reading import SHUSHAN
from playwright.sync_api import Page, expect

from geo.domain.words import word

TABS = ("overview", "hotspots", "nearby", "sites", "share", "about")
# Language, theme, width of the window.
EYES = [("en", "light", 1440), ("zh", "dark", 1440), ("zh", "light", 390), ("en", "dark", 390)]

# What is too small to read or to hit, and what is wider than the panel.
FLAWS = """least => {
  const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && !e.closest(".unseen, .symbols, .skip") && e.getClientRects().length;
  const called = (e) => `${e.tagName} ${e.id} ${e.className} ${e.textContent.trim().slice(0, 30)}`;
  const flaws = [];
  for (const e of document.querySelectorAll("body *")) {
    const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (text && seen(e) && !e.closest("svg, .dot") && parseFloat(getComputedStyle(e).fontSize) < 14) {
      flaws.push(`small text: ${called(e)}`);
    }
  }
  const targets = "button, summary, select, input:not([type=checkbox], [type=range]), .tabs button,"
    + " .filters label, a.button, .top a";
  for (const e of document.querySelectorAll(targets)) {
    if (!seen(e) || e.closest(".leaflet-container, table, .legend, #drawer dl")) continue;
    const { width, height } = e.getBoundingClientRect();
    if (Math.min(width, height) + 0.5 < least) flaws.push(`small target ${width}x${height}: ${called(e)}`);
  }
  for (const e of document.querySelectorAll("table a, table button, .key-figures a, .fold, .legend summary")) {
    const { width, height } = e.getBoundingClientRect();
    if (seen(e) && height + 0.5 < 24) flaws.push(`small target ${width}x${height}: ${called(e)}`);
  }
  const panel = document.getElementById("panel");
  if (panel.scrollWidth > panel.clientWidth) flaws.push(`panel ${panel.scrollWidth}>${panel.clientWidth}`);
  if (document.documentElement.scrollWidth > innerWidth) flaws.push("page wider than window");
  return flaws;
}"""  # noqa: E501


# Neighbours that lie over each other.
OVERLAPPING = """(selector) => {
  const seen = [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
  const boxes = seen.map((e) => [e, e.getBoundingClientRect()]);
  return boxes.flatMap(([e, a], i) => boxes.slice(i + 1)
    .filter(([f, b]) => e.parentElement === f.parentElement && a.left < b.right - 1
      && a.right > b.left + 1 && a.top < b.bottom - 1 && a.bottom > b.top + 1)
    .map(([f]) => `${e.outerHTML.slice(0, 60)} over ${f.outerHTML.slice(0, 60)}`));
}"""

# What a Tab must reach, numbered.
REACHABLE = """() => [...document.querySelectorAll(
    "a[href], button, input, select, summary, [tabindex='0']")]
  .filter(e => e.checkVisibility({ visibilityProperty: true }) && e.tabIndex >= 0 && !e.disabled)
  .map((e, i) => (e.dataset.reach = String(i)))"""
# The number of what has the focus, whether that can be seen, and what it is.
FOCUSED = """() => {
  const ringed = (e) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(e);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  const e = document.activeElement;
  return [e.dataset.reach, ringed(e) || ringed(e.parentElement), e.outerHTML.slice(0, 80)];
}"""


def flaws(page: Page, least: int) -> list[str]:
    found: list[str] = page.evaluate(FLAWS, least)
    return found + violations(page)


@pytest.mark.parametrize(("lang", "theme", "width"), EYES)
def test_every_panel_is_for_everyone(visit: Visitor, lang: str, theme: str, width: int) -> None:
    """axe-core finds nothing, nothing is too small, nothing is cut off."""
    page = visit("/?at=117.25,31.85&tab=nearby", lang=lang, theme=theme, width=width)
    phone = width < 720
    expect(page.locator("#nearby-list ol li")).to_have_count(20)
    if phone:
        page.click("#handle")
    for tab in TABS:
        page.click(f"#tab-{tab}" if tab != "about" else "[data-tab-link=about]")
        loaded = page.locator(
            f"#{tab} :is(.figure, .ranked, .listing, .known, .about, #share-link, .nearby)"
        )
        expect(loaded.first).to_be_visible()
        assert flaws(page, 44 if phone else 24) == [], tab
    page.click("#tab-sites")
    page.locator(".listing tbody a").first.click()
    expect(page.locator("#drawer h2")).to_be_visible()
    assert flaws(page, 44 if phone else 24) == [], "drawer"
    page.click("#drawer-close")
    if phone:
        page.click("#open-filters")
    for each in page.locator(".filter summary").all():
        each.click()
    assert flaws(page, 44 if phone else 24) == [], "filters"
    assert page.evaluate("document.documentElement.lang") == {"zh": "zh-CN"}.get(lang, lang)
    assert page.title() == word("map.title.hotspots", lang)


@pytest.mark.parametrize("width", [1280, 1024, 768])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_is_cut_off_between(visit: Visitor, lang: str, width: int) -> None:
    page = visit("/?adcode=340100&unit=percent&category=other&min_workers=25", lang=lang)
    page.set_viewport_size({"width": width, "height": 768})
    for tab in TABS[:-1]:
        page.click(f"#tab-{tab}")
        assert page.evaluate(FLAWS, 24) == [], tab
    assert page.evaluate(OVERLAPPING, ".top > *, .filters > *") == []
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.parametrize(("lang", "length"), [("en", "30 km"), ("zh", "30 公里")])
def test_the_scale_is_in_the_units_of_the_language(visit: Visitor, lang: str, length: str) -> None:
    expect(visit(lang=lang).locator(".leaflet-control-scale-line")).to_have_text(length)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_numbers_of_a_million_sites_have_room(visit: Visitor, lang: str) -> None:
    page = visit(lang=lang)
    page.set_viewport_size({"width": 1024, "height": 768})
    page.evaluate(
        """() => {
          const say = (where, text) => document.querySelectorAll(`#overview td${where}`)
            .forEach((each) => { each.textContent = text; });
          say(" .quiet", "/ 114,705");
          say(" .as-number", "32,712");
          say(":last-child .as-number", "2,283,300");
        }"""
    )
    for table in ("#ranking", "#kinds"):
        room = page.locator("#overview-live").bounding_box()
        taken = page.locator(table).bounding_box()
        assert room is not None
        assert taken is not None
        assert taken["width"] <= room["width"], table
    page.set_viewport_size({"width": 1440, "height": 900})


def test_what_is_left_out_is_said_on_small_screens_too(visit: Visitor) -> None:
    page = visit(width=1024)
    expect(page.locator("[data-legend=heat_gap]")).to_contain_text("170")
    expect(page.get_by_text(word("legend.heat_partial", "en", n=170)).first).to_be_visible()


def in_a_window(visit: Visitor, lang: str, width: int, height: int) -> Page:
    """The page, opened in a window of such a size."""
    page = visit(lang=lang, width=width)
    page.set_viewport_size({"width": width, "height": height})
    page.reload()
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    return page


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (720, 450), (960, 450)])
def test_a_small_window_hides_neither_tabs_nor_the_map(
    visit: Visitor, lang: str, width: int, height: int
) -> None:
    """A phone, or a screen at 200 %: text of tabs is below the handle, the legend is folded."""
    page = in_a_window(visit, lang, width, height)
    assert page.locator("#legend").get_attribute("open") is None
    covered = page.evaluate(
        """() => {
          const text = document.createRange();
          return [...document.querySelectorAll("[role=tab]")].filter((tab) => {
            text.selectNodeContents(tab);
            const { left, top } = text.getBoundingClientRect();
            return document.elementFromPoint(left + 4, top + 1) !== tab;
          }).map((tab) => tab.id);
        }"""
    )
    assert covered == []


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), [(512, 384), (720, 450), (960, 450)])
def test_in_a_low_window_nothing_on_the_map_lies_over_the_rest(
    visit: Visitor, lang: str, width: int, height: int
) -> None:
    """The switch of layers hid the colours of the legend."""
    page = in_a_window(visit, lang, width, height)
    names = ("#legend", "#caption", ".leaflet-control-layers", ".leaflet-control-zoom")
    boxes = {name: page.locator(name).bounding_box() for name in names}
    for (one, box), (other, also) in combinations(boxes.items(), 2):
        assert box is not None, one
        assert also is not None, other
        assert apart(box, also), (one, other)


def test_the_keyboard_reaches_and_shows_everything(visit: Visitor) -> None:
    page = visit("/")
    wanted: list[str] = page.evaluate(REACHABLE)
    reached, unseen = set(), []
    for _ in range(len(wanted) + 10):
        page.keyboard.press("Tab")
        at, shown, what = page.evaluate(FOCUSED)
        reached.add(at)
        if at and not shown:
            unseen.append(what)
    missing = [each for each in wanted if each not in reached]
    assert (
        page.evaluate(
            "ids => ids.map(id => document.querySelector(`[data-reach='${id}']`).outerHTML)",
            missing,
        )
        == []
    )
    assert unseen == []


def test_the_keyboard_operates_everything(visit: Visitor) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "panel"
    page.focus("#tab-overview")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#hotspots")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "tab-hotspots"
    expect(page.locator(".ranked li").first).to_be_visible()
    page.locator(".ranked button").nth(2).focus()
    expect(page.locator(".numbered .emphasis")).to_have_text("3")
    before = page.url
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)
    page.focus("#tab-hotspots")
    page.keyboard.press("ArrowRight")
    page.focus("#nearby-centre")
    page.keyboard.press("Enter")
    expect(page.locator("#nearby-list ol li")).to_have_count(20)
    assert page.get_attribute("#nearby-list", "aria-live") == "polite"
    page.locator("#nearby-list ol button").first.focus()
    expect(page.locator(".ring")).to_be_attached()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup .card")).to_be_visible()
    page.focus(".filter summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#announce")).to_have_text(word("state.updated", "en", n=50))
    page.keyboard.press("Escape")
    expect(page.locator(".filter[open]")).to_have_count(0)
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.focus(".below summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#crumbs li")).to_have_count(4)
    page.focus("#fold")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_visible()
    page.focus(".leaflet-container")
    before = page.url
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda url: url != before)


def test_less_motion_where_less_is_asked_for(visit: Visitor) -> None:
    page = visit(f"/?adcode={SHUSHAN}", width=390)
    moving = """[...document.querySelectorAll("*")].filter(e => {
        const s = getComputedStyle(e);
        return Math.max(...s.transitionDuration.split(",").map(parseFloat)) > MOST; }).length"""
    assert page.evaluate(moving.replace("MOST", "0")) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving.replace("MOST", "0")) > 0
    assert page.evaluate(moving.replace("MOST", "0.2")) == 0
    page.emulate_media(reduced_motion="reduce")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_a_phone_the_sheet_pulls_up_and_filters_are_a_sheet(visit: Visitor, lang: str) -> None:
    page = visit(lang=lang, width=390)
    panel = page.locator("#panel")

    def share() -> float:
        box = panel.bounding_box()
        assert box is not None
        return (844 - box["y"]) / 844

    assert share() == pytest.approx(1 / 3, abs=0.02)
    page.click("#handle")
    assert share() == pytest.approx(2 / 3, abs=0.02)
    page.click("#handle")
    assert share() > 0.9
    page.mouse.move(195, 844 * (1 - share()) + 16)
    page.mouse.down()
    page.mouse.move(195, 400, steps=4)
    page.mouse.move(195, 540, steps=4)
    page.mouse.up()
    assert share() == pytest.approx(1 / 3, abs=0.02)
    for what in ("#search", "#filters", "#time"):
        expect(page.locator(what)).to_be_hidden()
    page.click("#open-search")
    page.keyboard.type("物流")
    page.keyboard.press("Enter")
    expect(page.locator("#sites-title")).to_be_visible()
    page.click("#open-filters")
    expect(page.locator("#time")).to_be_visible()
    page.click("#large")
    shown = page.locator("#show-sites")
    found = "/api/sites?q=物流&min_workers=25&count=true&limit=1"
    n = page.evaluate("path => fetch(path).then(r => r.json())", found)["numberMatched"]
    expect(shown).to_have_text(word("page.show_sites", lang, n=n))
    expect(page.locator("#sites-title")).to_contain_text(str(n))
    shown.click()
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#filters-set")).to_have_text("1")
    assert page.evaluate("document.activeElement.id") == "open-filters"
