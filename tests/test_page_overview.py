"""The overview on the planner's page over the demo: its numbers, ranking, the way down and back."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from browser import Visitor
from fastapi.testclient import TestClient
from page_reading import SHUSHAN, counted, get, number, state, totals
from playwright.sync_api import expect
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


def test_a_number_leads_to_the_sites_behind_it(visit: Visitor, demo_engine: Engine) -> None:
    page, known = visit(), counted(demo_engine)
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
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "en", n=known["unknown"]))
    expect(page.locator("[data-count=headcount]")).to_have_text("1")
    page.click("#tab-overview")
    page.click("#clear")
    page.click("[data-figure-of=outside]")
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "en", n=known["outside"]))
    page.click("#outside")
    expect(page.locator("#sites-title")).to_have_text(word("sites.count", "en", n=known["sites"]))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_drilling_down_and_back(visit: Visitor, demo_engine: Engine, lang: str) -> None:
    page = visit(lang=lang)
    whole = page.locator("#overview .figure strong").first.inner_text()
    page.click(f"#ranking [data-adcode='{SHUSHAN}']")
    name = "Shushan" if lang == "en" else "蜀山区"
    here = page.locator("#crumbs [aria-current]")
    expect(here).to_have_text(name)
    sites = counted(demo_engine, f"adcode = '{SHUSHAN}'")["sites"]
    expect(page.locator("#announce")).to_have_text(word("state.updated", lang, n=sites))
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


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_large_figures_stand_side_by_side(visit: Visitor, lang: str) -> None:
    for width in (1024, 390):
        figures = visit("/", lang=lang, width=width).locator("#overview .figure")
        tops = {each.bounding_box()["y"] for each in figures.all()}  # type: ignore[index]
        assert len(tops) == 1, width


def test_figures_of_nine_digits_do_not_overlap_on_a_phone(visit: Visitor) -> None:
    page = visit("/?site=91340104MA59GL721R", width=390)
    page.locator(".tiles").wait_for()
    boxes = page.locator(".tiles dd").evaluate_all(
        """cells => cells.map(cell => {
            cell.textContent = "987,654,321";
            const text = document.createRange();
            text.selectNodeContents(cell);
            return text;
        }).map(text => text.getBoundingClientRect().toJSON())"""
    )
    for one, other in combinations(boxes, 2):
        apart = one["right"] < other["left"] or one["bottom"] <= other["top"]
        assert apart, (one, other)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
