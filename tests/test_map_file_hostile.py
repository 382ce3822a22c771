"""Names that look like code stay text in the map as a single file."""

from __future__ import annotations

import json

import pytest
from browser import HOSTILE
from map_files import OpenMap, choose, click_map, layers
from map_views import hefei_sites, hefei_view

from geo.domain.words import word
from maps.payload import json_text


def test_hostile_names_stay_text(open_map: OpenMap) -> None:
    sites = hefei_sites(60)
    sites["name"] = [HOSTILE[n % len(HOSTILE)] for n in range(60)]
    sites["id"] = [f"{HOSTILE[n % len(HOSTILE)]}{n}" for n in range(60)]
    sites["coverage"] = "none"
    areas = hefei_view(sites).divisions
    for column in ("name", "name_en"):
        areas[column] = [HOSTILE[n % len(HOSTILE)] for n in range(len(areas))]
    shown = hefei_view(sites, title=HOSTILE[2], sources=tuple(HOSTILE), divisions=areas)
    page = open_map(shown)
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


def test_layer_names_are_text(open_map: OpenMap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maps.layers.word", lambda key, lang: HOSTILE[0] + key)
    page = open_map(hefei_view(hefei_sites(20)))
    labels = layers(page).all_inner_texts()
    assert len(labels) == 11
    assert all(label.strip().startswith(HOSTILE[0]) for label in labels)
    assert page.evaluate("window.owned") is None


def test_json_in_a_page_cannot_end_its_element() -> None:
    text = str(json_text({"name": HOSTILE}))
    assert json.loads(text) == {"name": HOSTILE}
    assert not set("<>&\u2028\u2029") & set(text)
