"""The map as a single file, opened in a browser as a double click opens it."""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient
from map_files import OpenMap, choose, click_map, painted
from map_views import counties, hefei_sites, hefei_view
from PIL import Image
from playwright.sync_api import expect

from geo.domain.site_filter import SiteFilter
from geo.domain.words import word
from geo.settings import Language
from maps.cells import bbox_window, cell_of, smallest_box
from maps.colours import HEAT_BREAKS


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_file_shows_heat_sites_divisions_and_what_they_mean(
    open_map: OpenMap, language: Language
) -> None:
    page = open_map(hefei_view(language=language))
    heat = page.locator(".leaflet-heat-pane img")
    assert heat.evaluate("image => image.complete && image.naturalWidth") > 500
    assert painted(page) > 300
    assert page.locator("path.division").count() == 9
    names = [text for text in page.locator(".place span").all_inner_texts() if text]
    column = "name_en" if language == "en" else "name"
    assert set(names) <= set(counties()[column])
    assert len(names) > 5
    legend = page.locator("#legend").inner_text()
    for key in ("legend.heat_gap", "coverage.none", "coverage.secondary"):
        assert word(key, language) in legend
    assert page.get_attribute("html", "lang") == ("en" if language == "en" else "zh-CN")
    assert page.locator(".leaflet-control-scale-line").inner_text()
    head = page.locator("header").inner_text()
    for part in ("2026-11-20", "2026-11-19", word("about.illustrative", language)):
        assert part in head


def test_hexagons_add_up_and_tell_their_counts_at_a_click(open_map: OpenMap) -> None:
    sites = hefei_sites()
    page = open_map(hefei_view(sites, layer="hex_gap"))
    legend = page.locator("[data-legend=hex_gap]")
    expect(legend).to_contain_text(word("legend.hex_width", "en", width="5.6 km"))
    drawn = page.locator("path.hexagon")
    held = json.loads(page.locator("#antu-data").inner_text())["hexagons"]
    assert [each["level"] for each in held] == [10, 11]
    for each in held:
        assert sum(each["sites"]) == len(sites)
        assert sum(each["gap"]) == sites["gap"].sum()
    assert drawn.count() in [len(each["i"]) for each in held]
    densities = np.array(held[0]["gap"]) / np.array(held[0]["area_km2"])
    for index in range(5):
        low, high = ([0, *HEAT_BREAKS["gap"], np.inf])[index : index + 2]
        wanted = ((densities >= low) & (densities < high) & (densities > 0)).sum()
        assert page.locator(f"path.hexagon.heat-{index}").count() == wanted
    assert page.locator("path.hexagon.heat-none").count() == (densities == 0).sum()
    # A hexagon tells what it holds, where no site is hit.
    hexagon = page.locator("path.hexagon.heat-2, path.hexagon.heat-3, path.hexagon.heat-4").first
    box = hexagon.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.2)
    card = page.locator(".leaflet-popup .card")
    expect(card).to_contain_text(word("map.density", "en"))
    told = [
        int(part)
        for part in re.findall(r"^[\d,]+$|(?<=: )\d+$", card.inner_text(), re.MULTILINE)[:4]
    ]
    names = ("sites", "workers", "gap", "sites_unknown_workers")
    rows = list(zip(*(held[0][name] for name in names), strict=True))
    assert tuple(told) in rows
    density = float(card.locator("dd").last.inner_text())
    assert density == pytest.approx(densities[rows.index(tuple(told))], abs=0.06)
    assert density >= HEAT_BREAKS["gap"][1]


def test_a_map_across_the_antimeridian_is_whole(open_map: OpenMap) -> None:
    """Two islands, one on each side of 180, lie beside each other with all that is on them."""
    west = shapely.box(178.0, -18.0, 180.0, -16.0)
    east = shapely.box(-180.0, -18.0, -178.5, -16.0)
    areas = counties().head(2).set_geometry(gpd.GeoSeries([west, east], crs=4326))
    sites = hefei_sites(6).set_geometry(
        gpd.points_from_xy([179.0, 179.9, 179.99, -179.99, -179.9, -179.0], [-17.0] * 6, crs=4326)
    )
    bbox = smallest_box(shapely.bounds(shapely.get_parts(areas.geometry.to_numpy())))
    assert bbox == (178.0, -18.0, -178.5, -16.0)
    rows = hefei_view().divisions.drop(columns=areas.columns).head(2)
    level = bbox_window(bbox).level
    x, y = cell_of(sites.geometry.x, sites.geometry.y, level)
    turned = np.where(x < 1000, x + (64 << level), x)
    cells = pd.DataFrame({"x": turned, "y": y, "sites": 1, "workers": 500, "gap": 500})
    shown = hefei_view(bbox=bbox, divisions=areas.join(rows), sites=sites, cells=cells)
    page = open_map(shown)
    left, right = (path.bounding_box() for path in page.locator("path.division").all())
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] == pytest.approx(right["x"], abs=1.5)
    assert left["width"] / right["width"] == pytest.approx(2 / 1.5, rel=0.02)
    page.wait_for_timeout(100)
    spread = page.evaluate(
        """() => {
          const canvas = document.querySelector(".leaflet-sites-pane canvas");
          const { left, width } = canvas.getBoundingClientRect();
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const xs = [];
          for (let i = 3; i < data.length; i += 4) {
            if (data[i]) xs.push(left + ((i - 3) / 4 % canvas.width) * width / canvas.width);
          }
          return [Math.min(...xs), Math.max(...xs)];
        }"""
    )
    assert spread[0] == pytest.approx(left["x"] + left["width"] / 2, abs=8)
    assert spread[1] == pytest.approx(right["x"] + right["width"] * 2 / 3, abs=8)
    heat = page.locator(".leaflet-heat-pane img").bounding_box()
    assert heat is not None
    assert heat["x"] == pytest.approx(left["x"], abs=1.5)
    assert heat["x"] + heat["width"] == pytest.approx(right["x"] + right["width"], abs=1.5)
    # A click on the far side knows where it is.
    page.mouse.click(right["x"] + 30, right["y"] + 10)
    expect(page.locator("#nearby-list")).to_contain_text("-179.")


def test_the_file_tells_source_method_and_counts(open_map: OpenMap) -> None:
    shown = hefei_view()
    page = open_map(shown)
    page.get_by_role("tab", name=word("about.title", "en")).click()
    about = page.locator("#about").inner_text()
    assert "made-up.csv" in about
    assert word("about.method.heat", "en", sigma="1 km") in about
    unknown = word("overview.unknown", "en", part=shown.unknown_count, whole=shown.site_count)
    assert unknown in about
    outside = shown.outside
    assert outside is not None
    assert outside["sites"] > 0
    assert word("overview.outside", "en", part=outside["sites"], whole=shown.site_count) in about


def test_the_table_adds_up_and_sorts(open_map: OpenMap) -> None:
    shown = hefei_view()
    page = open_map(shown)
    gaps = [
        int(text.replace(",", ""))
        for text in page.locator("tbody td:last-child, tfoot td:last-child").all_inner_texts()
    ]
    assert sum(gaps) == shown.totals["gap"]
    assert gaps[:-1] == sorted(gaps[:-1], reverse=True)
    page.locator("thead button").first.click()
    page.locator("thead button").first.click()
    names = page.locator("tbody th").all_inner_texts()
    assert names == sorted(names)
    assert page.locator("thead th").first.get_attribute("aria-sort") == "ascending"


def test_layers_are_switched_and_the_legend_follows(open_map: OpenMap) -> None:
    page = open_map(hefei_view())
    choose(page, word("layer.site_rate", "en"))
    assert page.locator(".leaflet-heat-pane img").count() == 0
    classes = page.locator("path.division").evaluate_all(
        "paths => paths.map(path => path.getAttribute('class').match(/rate-\\S+/)[0])"
    )
    assert len(set(classes)) > 1
    assert page.locator("[data-legend=site_rate]").is_visible()
    assert not page.locator("[data-legend=heat_gap]").is_visible()


def test_a_division_without_sites_is_hatched(open_map: OpenMap) -> None:
    sites = hefei_sites()
    sites = sites[sites["adcode"] != "340124"]
    page = open_map(hefei_view(sites, view="coverage"))
    assert page.locator("path.rate-no-data").count() == 1
    assert "hatch" in page.locator("path.rate-no-data").evaluate(
        "path => getComputedStyle(path).fill"
    )


def test_unknown_headcounts_are_said_and_heat_is_of_sites(open_map: OpenMap) -> None:
    page = open_map(hefei_view(hefei_sites(known=False)))
    overview = page.locator("#overview").inner_text()
    assert word("overview.gap_unknown", "en") in overview
    assert word("overview.worker_rate_unknown", "en") in overview
    assert set(page.locator("tbody td:last-child").all_inner_texts()) == {"unknown"}
    assert word("legend.heat_empty", "en") in page.locator("#legend").inner_text()
    assert page.locator(".leaflet-heat-pane img").count() == 1
    click_map(page, 0.5, 0.5)
    listed = page.locator(".nearby .more").first
    assert word("number.headcount_unknown", "en") in listed.inner_text()


def test_without_data_the_page_says_how_to_get_some(open_map: OpenMap) -> None:
    nothing = hefei_sites()[:0]
    page = open_map(hefei_view(nothing, cells=None, view="sites", sources=()))
    panel = page.locator("#panel").inner_text()
    for text in (word("state.empty", "en"), "antu demo", "antu load sites FILE"):
        assert text in panel


def test_the_panel_folds_and_works_by_keyboard(open_map: OpenMap) -> None:
    page = open_map(hefei_view())
    page.get_by_role("tab", name=word("overview.title", "en")).focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#nearby").is_visible()
    page.locator("#nearby-centre").press("Enter")
    page.locator(".nearby button").first.wait_for()
    fold = page.locator("#fold")
    fold.press("Enter")
    assert not page.locator("#panel").is_visible()
    assert fold.get_attribute("aria-expanded") == "false"


def test_on_a_phone_the_panel_is_a_sheet_that_pulls_up(open_map: OpenMap) -> None:
    page = open_map(hefei_view(language="zh"), 390, 844)
    panel = page.locator("#panel")
    low = panel.bounding_box()
    assert low is not None
    assert low["height"] == pytest.approx(844 / 3, abs=12)
    page.locator("#handle").click()
    page.wait_for_timeout(300)
    high = panel.bounding_box()
    assert high is not None
    assert high["height"] > 500
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == 390
    assert not page.locator("#legend section").first.is_visible()


def test_dark_follows_the_system(open_map: OpenMap) -> None:
    page = open_map(hefei_view(), theme="dark")
    heat = page.locator(".leaflet-heat-pane img")
    dark = heat.get_attribute("src")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 18, 22)"
    page.emulate_media(color_scheme="light")
    expect(heat).not_to_have_attribute("src", str(dark))


def test_heat_ends_in_nothing_and_not_in_a_straight_line(demo_client: TestClient) -> None:
    file = demo_client.get("/maps/hotspots.html?adcode=340104").text
    pictures = re.findall(r'"light": "data:image/png;base64,([^"]+)', file)
    assert pictures
    for picture in pictures:
        alpha = np.asarray(Image.open(io.BytesIO(b64decode(picture))).convert("RGBA"))[..., 3]
        assert alpha.max() > 0
        assert not np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]]).any()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_paper_has_all_of_the_map_its_legend_its_source_and_its_method(
    open_map: OpenMap, language: Language
) -> None:
    """What is printed was a corner of the map, under its legend, and said nothing of its source."""
    page = open_map(hefei_view(language=language))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 971})  # A4 without its margins, at 96 dpi
    places = [each.bounding_box() for each in page.locator("path.division").all()]
    card = page.locator(".folium-map").bounding_box()
    assert card is not None
    assert 680 <= card["width"] <= 688
    for place in places:
        assert place is not None
        assert place["x"] >= card["x"]
        assert place["y"] >= card["y"]
        assert place["x"] + place["width"] <= card["x"] + card["width"]
        assert place["y"] + place["height"] <= card["y"] + card["height"]
    legend = page.locator("#legend").bounding_box()
    assert legend is not None
    assert legend["y"] >= card["y"] + card["height"]
    for key in ("about.source", "about.method"):
        expect(page.locator("#about")).to_contain_text(word(key, language))
    expect(page.locator("#about")).to_be_visible()


def test_a_file_in_which_no_site_passes_the_filters_does_not_ask_for_data(
    open_map: OpenMap,
) -> None:
    nothing = hefei_sites().head(0)
    page = open_map(hefei_view(nothing, wanted=SiteFilter(min_workers=1000)))
    expect(page.locator("#panel")).to_contain_text(word("nothing.title", "en"))
    expect(page.locator("#panel")).to_contain_text(word("about.method", "en"))
    assert word("state.empty", "en") not in page.locator("body").inner_text()


def test_what_lies_below_the_sites_is_on_paper_too(open_map: OpenMap) -> None:
    """Strokes on a canvas have a white ground in print: heat and boundaries were below it."""
    page = open_map(hefei_view())
    page.evaluate(
        "addEventListener('beforeprint', () => {"
        " window.wide = document.querySelector('.folium-map canvas').width; })"
    )
    paper = page.pdf(format="A4")
    assert f"/Width {page.evaluate('wide')}\n".encode() in paper
