"""What a map is made of: its view, its boundaries, its assets; no browser is involved."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import shapely
from map_views import counties, hefei_sites, hefei_view

from maps import assets, view
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
