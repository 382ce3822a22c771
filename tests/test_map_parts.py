"""What a map is made of: its view, its boundaries, its assets; no browser is involved."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import shapely
from map_views import counties, hefei_sites, hefei_view
from pyproj import Geod

from maps import assets, view
from maps.cells import Bbox, eastward, widened
from maps.map import map_parts
from maps.page import document, embed_page, planner_page
from maps.payload import simplified
from maps.view import MapView


def test_a_view_knows_what_can_be_shown_of_it() -> None:
    assert hefei_view().first_layer == "heat_gap"
    assert hefei_view(hefei_sites(known=False)).first_layer == "heat_sites"
    assert hefei_view(view="coverage").first_layer == "site_rate"


def test_numbers_of_a_frame_are_plain_in_a_view() -> None:
    assert view.plain(np.int64(3)) == 3
    assert view.plain(float("nan")) is None


@pytest.mark.parametrize(
    "bbox",
    [
        (117.2, 31.8, 117.2, 31.8),
        (180, -17, 180, -17),
        (-179.9999, 5, -179.9999, 5.5),
        (179.999, 64, -179.999, 64),
        (10, 89, 10, 89),
    ],
)
def test_a_place_is_looked_at_with_what_is_around_it(bbox: Bbox) -> None:
    west, south, east, north = eastward(bbox)
    wider = eastward(widened(bbox, 2000))
    ground = Geod(ellps="WGS84")
    middle = (wider[1] + wider[3]) / 2
    assert ground.inv(wider[0], middle, wider[2], middle)[2] > 1990
    assert ground.inv(wider[0], wider[1], wider[0], wider[3])[2] > 1980
    turned = round((west - wider[0]) / 360) * 360
    assert wider[0] + turned <= west <= east <= wider[2] + turned
    assert wider[1] <= south <= north <= wider[3]


@pytest.mark.parametrize("bbox", [(117, 31, 118, 32), (179, -18, -179, -16), (-180, -60, 180, 75)])
def test_what_is_wide_enough_stays_as_it_is(bbox: Bbox) -> None:
    assert widened(bbox, 2000) == bbox


def test_the_file_is_small_and_the_same_each_time() -> None:
    shown = hefei_view(hefei_sites(4000))
    text = document(shown)
    assert len(text.encode()) < 3_000_000
    assert text == document(shown)


@pytest.mark.parametrize("make", [planner_page, embed_page])
def test_served_pages_put_the_nonce_on_every_script_and_style(
    make: Callable[[MapView, str], str],
) -> None:
    text = make(hefei_view(), "the-nonce")
    tags = re.findall(r"<(?:script|style)\b[^>]*>", text)
    assert tags
    assert all('nonce="the-nonce"' in tag for tag in tags)
    assert not re.search(r"\son\w+=|\sstyle=", text)
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    addresses = re.findall(r'(?:src|href)="(/(?:static|vendor)/[^"?]+)', text)
    assert addresses
    assert all(assets.asset(address).is_file() for address in addresses)


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
