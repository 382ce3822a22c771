"""The map as a single file, opened in a browser as a double click opens it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from map_views import counties, hefei_sites, hefei_view
from playwright.sync_api import Browser, Page, expect
from pyproj import Geod

from geo.domain.words import word
from geo.settings import Language
from maps import assets, view
from maps.cells import bbox_window, cell_of, smallest_box
from maps.colours import HEAT_BREAKS
from maps.map import map_parts
from maps.page import document, embed_page, planner_page
from maps.payload import json_text, simplified
from maps.view import MapView

HOSTILE = [
    "<img src=x onerror=\"window.owned='img'\">",
    "${window.owned='template'}`${window.owned='tick'}`",
    "</script><script>window.owned='script'</script>",
    "]]><!--<svg onload=window.owned='svg'>",
    "line\u2028separator\u2029'\"&amp;",
]
GEOD = Geod(ellps="WGS84")
Open = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a view as a file; afterwards the page must have been quiet and asked nobody."""
    asked: list[str] = []
    said: list[str] = []
    contexts = []

    def opening(shown: MapView, width: int = 1440, height: int = 900, theme: str = "light") -> Page:
        file = tmp_path / f"map {len(contexts)} 地图.html"
        file.write_text(document(shown), encoding="utf-8")
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=20_000)
        return page

    yield opening
    for context in contexts:
        context.close()
    assert said == []
    pages = [url for url in asked if url.startswith("file:")]
    assert len(pages) == len(contexts)
    assert all(url.startswith("data:") for url in asked if url not in pages)


def painted(page: Page) -> int:
    """How many pixels of the canvas of the sites are painted."""
    page.wait_for_timeout(100)
    return int(
        page.evaluate(
            """() => {
              const canvas = document.querySelector(".leaflet-sites-pane canvas");
              const { data } = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height);
              return data.filter((value, i) => i % 4 === 3 && value > 0).length;
            }"""
        )
    )


def choose(page: Page, layer: str) -> None:
    """Choose a layer in the switch, by its words."""
    page.locator(".leaflet-control-layers-toggle").focus()
    page.keyboard.press("Enter")
    label = page.locator(".leaflet-control-layers label", has_text=layer)
    label.hover()
    # Leaflet takes no click in the moment in which the pointer enters the switch.
    page.wait_for_timeout(50)
    label.click()


def click_map(page: Page, x: float, y: float) -> None:
    box = page.locator(".folium-map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_file_shows_heat_sites_divisions_and_what_they_mean(
    opened: Open, language: Language
) -> None:
    page = opened(hefei_view(language=language))
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


def test_hexagons_add_up_and_tell_their_counts_at_a_click(opened: Open) -> None:
    sites = hefei_sites()
    page = opened(hefei_view(sites, layer="hex_gap"))
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


def test_a_map_across_the_antimeridian_is_whole(opened: Open) -> None:
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
    page = opened(shown)
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


def test_the_file_tells_source_method_and_counts(opened: Open) -> None:
    shown = hefei_view()
    page = opened(shown)
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


def test_the_table_adds_up_and_sorts(opened: Open) -> None:
    shown = hefei_view()
    page = opened(shown)
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


def test_layers_are_switched_and_the_legend_follows(opened: Open) -> None:
    page = opened(hefei_view())
    choose(page, word("layer.site_rate", "en"))
    assert page.locator(".leaflet-heat-pane img").count() == 0
    classes = page.locator("path.division").evaluate_all(
        "paths => paths.map(path => path.getAttribute('class').match(/rate-\\S+/)[0])"
    )
    assert len(set(classes)) > 1
    assert page.locator("[data-legend=site_rate]").is_visible()
    assert not page.locator("[data-legend=heat_gap]").is_visible()


def test_a_division_without_sites_is_hatched(opened: Open) -> None:
    sites = hefei_sites()
    sites = sites[sites["adcode"] != "340124"]
    page = opened(hefei_view(sites, view="coverage"))
    assert page.locator("path.rate-no-data").count() == 1
    assert "hatch" in page.locator("path.rate-no-data").evaluate(
        "path => getComputedStyle(path).fill"
    )


def expected_nearest(sites: gpd.GeoDataFrame, lon: float, lat: float) -> list[str]:
    """Names of the 20 nearest that need attention, by pyproj."""
    wanted = sites[(sites["coverage"] == "none") | sites["needs_own_union"]]
    count = len(wanted)
    metres = GEOD.inv(
        np.full(count, lon), np.full(count, lat), wanted.geometry.x, wanted.geometry.y
    )[2]
    return list(wanted["name"].iloc[np.argsort(metres)[:20]])


def test_a_click_lists_the_nearest_uncovered_sites(opened: Open) -> None:
    sites = hefei_sites()
    page = opened(hefei_view(sites))
    for x, y in ((0.5, 0.5), (0.2, 0.8)):
        click_map(page, x, y)
        listed = page.locator(".nearby .name")
        listed.first.wait_for()
        place = re.search(r"([\d.]+), ([\d.]+)", page.locator("#nearby-list").inner_text())
        assert place is not None
        assert listed.all_inner_texts() == expected_nearest(sites, float(place[1]), float(place[2]))
    assert (
        page.get_by_role("tab", name=word("nearby.tab", "en")).get_attribute("aria-selected")
        == "true"
    )


def test_distances_in_the_file_are_geodesic_also_to_areas(opened: Open) -> None:
    page = opened(hefei_view(hefei_sites(20)))
    cases = [(117.2, 31.8, 117.9, 31.1), (-179.9, 10, 179.8, -3), (10, 89.5, -170, 89.9)]
    for case in cases:
        found = page.evaluate(
            "async ([a, b, c, d]) => (await import('antu/geodesy.js')).geodesic(a, b, c, d)",
            list(case),
        )
        azimuth, _, metres = GEOD.inv(*case)
        assert found["metres"] == pytest.approx(metres, abs=1e-3)
        assert found["bearing"] == pytest.approx(azimuth % 360, abs=1e-6)
    square = [[117.0, 31.0], [117.1, 31.0], [117.1, 31.1], [117.0, 31.1], [117.0, 31.0]]
    script = """async ([lon, lat, ring]) =>
      (await import('antu/geodesy.js')).outlineDistance(lon, lat, [ring], true)"""
    assert page.evaluate(script, [117.05, 31.05, square]) == 0
    wanted = GEOD.inv(117.15, 31.05, 117.1, 31.05)[2]
    assert page.evaluate(script, [117.15, 31.05, square]) == pytest.approx(wanted, rel=1e-3)


def test_a_list_entry_opens_the_site_on_the_map(opened: Open) -> None:
    page = opened(hefei_view())
    click_map(page, 0.5, 0.5)
    first = page.locator(".nearby button").first
    name = first.locator(".name").inner_text()
    first.click()
    card = page.locator(".leaflet-popup .card")
    card.wait_for()
    assert card.locator("h3").inner_text() == name


def test_several_sites_at_one_place_are_all_there(opened: Open) -> None:
    sites = hefei_sites(30)
    sites.geometry = [shapely.Point(117.3, 31.8)] * 30
    page = opened(hefei_view(sites, view="sites", bbox=(117.2, 31.7, 117.4, 31.9)))
    click_map(page, 0.5, 0.5)
    assert page.locator(".leaflet-popup .card h3").inner_text() == word("map.here", "en", n=30)
    assert page.locator(".leaflet-popup .card li").count() == 30


def test_hostile_names_stay_text(opened: Open) -> None:
    sites = hefei_sites(60)
    sites["name"] = [HOSTILE[n % len(HOSTILE)] for n in range(60)]
    sites["id"] = [f"{HOSTILE[n % len(HOSTILE)]}{n}" for n in range(60)]
    sites["coverage"] = "none"
    shown = hefei_view(sites, title=HOSTILE[2], sources=tuple(HOSTILE))
    areas = shown.divisions.copy()
    for column in ("name", "name_en"):
        areas[column] = [HOSTILE[n % len(HOSTILE)] for n in range(len(areas))]
    shown = MapView(**{**vars(shown), "divisions": areas})
    page = opened(shown)
    assert page.title() == HOSTILE[2]
    assert page.locator("h1").inner_text() == HOSTILE[2]
    choose(page, word("layer.plain", "en"))
    page.mouse.move(5, 5)
    click_map(page, 0.5, 0.45)
    listed = page.locator(".nearby .name")
    listed.first.wait_for()
    assert set(listed.all_text_contents()) <= set(HOSTILE)
    page.locator(".nearby button").first.click()
    assert page.locator(".leaflet-popup h3").text_content() in HOSTILE
    box = page.locator(".folium-map").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 60)
    page.mouse.move(box["x"] + box["width"] / 2 + 70, box["y"] + box["height"] / 2 + 70)
    assert page.locator(".leaflet-tooltip strong").first.text_content() in HOSTILE
    assert page.locator("tbody th").first.text_content() in HOSTILE
    assert page.evaluate("window.owned") is None
    assert page.locator("img[src=x]").count() == 0


def test_layer_names_are_text(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maps.layers.word", lambda key, lang: HOSTILE[0] + key)
    page = opened(hefei_view(hefei_sites(20)))
    page.locator(".leaflet-control-layers-toggle").focus()
    page.keyboard.press("Enter")
    labels = page.locator(".leaflet-control-layers label").all_inner_texts()
    assert len(labels) == 11
    assert all(label.strip().startswith(HOSTILE[0]) for label in labels)
    assert page.evaluate("window.owned") is None


def test_unknown_headcounts_are_said_and_heat_is_of_sites(opened: Open) -> None:
    page = opened(hefei_view(hefei_sites(known=False)))
    overview = page.locator("#overview").inner_text()
    assert word("overview.gap_unknown", "en") in overview
    assert word("overview.worker_rate_unknown", "en") in overview
    assert set(page.locator("tbody td:last-child").all_inner_texts()) == {"unknown"}
    assert word("legend.heat_empty", "en") in page.locator("#legend").inner_text()
    assert page.locator(".leaflet-heat-pane img").count() == 1
    click_map(page, 0.5, 0.5)
    listed = page.locator(".nearby .more").first
    assert word("number.headcount_unknown", "en") in listed.inner_text()


def test_where_sites_are_too_many_cells_count_them_all(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maps.map.SITES_BOUND", 100)
    shown = hefei_view(view="sites")
    page = opened(shown)
    note = word("map.cells_note_file", "en", n=shown.site_count, bound=100)
    assert page.locator("#map-note").inner_text() == note
    assert painted(page) > 300
    total = page.evaluate(
        """async () => {
          const { source } = await import("antu/source.js");
          const { cells } = await source.sites(null, 8);
          return cells.reduce((sum, cell) => sum + cell.sites, 0);
        }"""
    )
    assert total == shown.site_count
    crossed = page.evaluate(
        """async () => {
          const { sites } = await import("antu/map.js");
          const { overlap } = await import("antu/labels.js");
          const names = [...document.querySelectorAll(".place span:not([hidden])")];
          return names.filter((name) => sites().circles().some(
            (circle) => overlap(circle, name.getBoundingClientRect()))).length;
        }"""
    )
    assert crossed == 0


def test_a_site_that_is_an_area_keeps_its_shape(opened: Open) -> None:
    sites = hefei_sites(30)
    zone = shapely.box(117.25, 31.78, 117.32, 31.84)
    sites.geometry = [zone, *sites.geometry[1:]]
    sites.loc[0, ["name", "coverage"]] = ["Zone", "none"]
    page = opened(hefei_view(sites, bbox=(117.2, 31.7, 117.4, 31.9)))
    shape = page.evaluate(
        """async () => {
          const { source } = await import("antu/source.js");
          return (await source.sites()).sites.find(({ name }) => name === "Zone").parts[0];
        }"""
    )
    np.testing.assert_allclose(shape, shapely.get_coordinates(zone), atol=1e-5)
    found = page.evaluate(
        """async () => {
          const { source } = await import("antu/source.js");
          return (await source.nearby(117.28, 31.80))[0];
        }"""
    )
    assert (found["site"]["name"], found["distance_m"]) == ("Zone", 0)


def test_the_file_is_small_and_the_same_each_time() -> None:
    shown = hefei_view(hefei_sites(4000))
    text = document(shown)
    assert len(text.encode()) < 3_000_000
    assert text == document(shown)


def test_the_panel_folds_and_works_by_keyboard(opened: Open) -> None:
    page = opened(hefei_view())
    page.get_by_role("tab", name=word("overview.title", "en")).focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#nearby").is_visible()
    page.locator("#nearby-centre").press("Enter")
    page.locator(".nearby button").first.wait_for()
    fold = page.locator("#fold")
    fold.press("Enter")
    assert not page.locator("#panel").is_visible()
    assert fold.get_attribute("aria-expanded") == "false"


def test_on_a_phone_the_panel_is_a_sheet_that_pulls_up(opened: Open) -> None:
    page = opened(hefei_view(language="zh"), 390, 844)
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


def test_dark_follows_the_system(opened: Open) -> None:
    page = opened(hefei_view(), theme="dark")
    heat = page.locator(".leaflet-heat-pane img")
    dark = heat.get_attribute("src")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 18, 22)"
    page.emulate_media(color_scheme="light")
    expect(heat).not_to_have_attribute("src", str(dark))


def test_without_data_the_page_says_how_to_get_some(opened: Open) -> None:
    nothing = hefei_sites()[:0]
    page = opened(hefei_view(nothing, cells=None, view="sites"))
    panel = page.locator("#panel").inner_text()
    for text in (word("state.empty", "en"), "antu demo", "antu load sites FILE"):
        assert text in panel


def test_json_in_a_page_cannot_end_its_element() -> None:
    text = str(json_text({"name": HOSTILE}))
    assert json.loads(text) == {"name": HOSTILE}
    assert not set("<>&\u2028\u2029") & set(text)


def test_served_pages_put_the_nonce_on_every_script_and_style() -> None:
    for make in (planner_page, embed_page):
        text = make(hefei_view(), "the-nonce")
        for tag in re.findall(r"<(?:script|style)\b[^>]*>", text):
            assert 'nonce="the-nonce"' in tag
        assert not re.search(r"\son\w+=|\sstyle=", text)
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
        for address in re.findall(r'(?:src|href)="(/(?:static|vendor)/[^"?]+)', text):
            assert assets.asset(address).is_file()


def test_folium_makes_the_map_from_our_assets_only() -> None:
    parts = map_parts(hefei_view(), "served")
    assert parts.scripts == ("/vendor/leaflet/leaflet.js",)
    assert "L.map" not in parts.html
    assert "cdn" not in parts.script
    assert "antu.heatTiles" in parts.script


def test_boundaries_are_thinned_where_they_are_too_fine_and_still_touch() -> None:
    thin = simplified(counties(), 2000)
    assert shapely.get_num_coordinates(thin.geometry.to_numpy()).sum() <= 2000
    assert thin.geometry.is_valid.all()
    assert shapely.coverage_is_valid(thin.geometry.to_numpy())
    assert thin.to_crs(4548).area.sum() == pytest.approx(
        counties().to_crs(4548).area.sum(), rel=0.01
    )


def test_a_view_knows_what_can_be_shown_of_it() -> None:
    assert hefei_view().first_layer == "heat_gap"
    assert hefei_view(hefei_sites(known=False)).first_layer == "heat_sites"
    assert hefei_view(view="coverage").first_layer == "site_rate"
    assert view.plain(np.int64(3)) == 3
    assert view.plain(float("nan")) is None
