"""Sites in the map as a single file: the nearest ones, those at one place, areas, too many."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pytest
import shapely
from map_files import OpenMap, click_map, painted
from map_views import hefei_sites, hefei_view
from pyproj import Geod

from geo.domain.words import word

GEOD = Geod(ellps="WGS84")


def test_a_click_lists_the_nearest_uncovered_sites(open_map: OpenMap) -> None:
    sites = hefei_sites()
    page = open_map(hefei_view(sites))
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


def expected_nearest(sites: gpd.GeoDataFrame, lon: float, lat: float) -> list[str]:
    """Names of the 20 nearest that need attention, by pyproj."""
    wanted = sites[(sites["coverage"] == "none") | sites["needs_own_union"]]
    count = len(wanted)
    metres = GEOD.inv(
        np.full(count, lon), np.full(count, lat), wanted.geometry.x, wanted.geometry.y
    )[2]
    return list(wanted["name"].iloc[np.argsort(metres)[:20]])


def test_distances_in_the_file_are_geodesic_also_to_areas(open_map: OpenMap) -> None:
    page = open_map(hefei_view(hefei_sites(20)))
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


def test_a_list_entry_opens_the_site_on_the_map(open_map: OpenMap) -> None:
    page = open_map(hefei_view())
    click_map(page, 0.5, 0.5)
    first = page.locator(".nearby button").first
    name = first.locator(".name").inner_text()
    first.click()
    card = page.locator(".leaflet-popup .card")
    card.wait_for()
    assert card.locator("h3").inner_text() == name


def test_several_sites_at_one_place_are_all_there(open_map: OpenMap) -> None:
    sites = hefei_sites(30)
    sites.geometry = [shapely.Point(117.3, 31.8)] * 30
    page = open_map(hefei_view(sites, view="sites", bbox=(117.2, 31.7, 117.4, 31.9)))
    click_map(page, 0.5, 0.5)
    assert page.locator(".leaflet-popup .card h3").inner_text() == word("map.here", "en", n=30)
    assert page.locator(".leaflet-popup .card li").count() == 30


def test_a_site_that_is_an_area_keeps_its_shape(open_map: OpenMap) -> None:
    sites = hefei_sites(30)
    zone = shapely.box(117.25, 31.78, 117.32, 31.84)
    sites.geometry = [zone, *sites.geometry[1:]]
    sites.loc[0, ["name", "coverage"]] = ["Zone", "none"]
    page = open_map(hefei_view(sites, bbox=(117.2, 31.7, 117.4, 31.9)))
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


def test_where_sites_are_too_many_cells_count_them_all(
    open_map: OpenMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maps.map.SITES_BOUND", 100)
    shown = hefei_view(view="sites")
    page = open_map(shown)
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
