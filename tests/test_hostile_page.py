"""Names that look like code stay text on the served page: in lists, drawer, tips, popups, title."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from browser import HOSTILE, Opened, serving
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.ingest.rows import Options
from geo.operations.loading import Request, load
from geo.settings import Settings


@pytest.fixture
def hostile(engine: Engine, settings: Settings, tmp_path: Path) -> Settings:
    """A directory in which every name is hostile."""
    sites = tmp_path / "sites.geojson"
    rows = [
        {
            "id": f"{name}{n}",
            "name": name,
            "address": name,
            "workers": 30 + n,
            "geometry": shapely.Point(117.2 + n % 6 / 100, 31.8 + n // 6 / 100),
        }
        for n, name in enumerate(islice(cycle(HOSTILE), 36))
    ]
    gpd.GeoDataFrame(rows, geometry="geometry", crs=4326).to_file(sites)
    areas = tmp_path / "areas.geojson"
    area = {"adcode": "<b>1", "name": HOSTILE[0], "geometry": shapely.box(117, 31.6, 117.5, 32)}
    gpd.GeoDataFrame([area], geometry="geometry", crs=4326).to_file(areas)
    options = Options(category=Category.OTHER, level="<i>county")
    for path, kind in ((areas, Kind.DIVISIONS), (sites, Kind.SITES)):
        report = load(engine, settings, Request(path, kind, options=options))
        assert report.batch_id is not None, report.problems
    return settings


def test_hostile_names_stay_text(chromium: Browser, hostile: Settings) -> None:
    with serving(hostile) as address:
        opened = Opened(chromium, address)
        for path in ("/", "/?tab=hotspots", "/?tab=sites", "/?tab=nearby&at=117.2,31.8"):
            page = opened(path)
            expect(page.locator("#panel")).to_contain_text("window.owned")
            assert page.evaluate("window.owned") is None
            assert page.locator("img[src=x]").count() == 0
        page = opened("/?tab=sites")
        page.locator(".listing tbody tr a").first.click()
        expect(page.locator("#drawer h2")).to_contain_text("window.owned")
        assert page.evaluate("window.owned") is None
        page = opened(f"/embed/sites?title={HOSTILE[0]}")
        expect(page.locator("h1")).to_have_text(HOSTILE[0])
        box = page.locator("#map").bounding_box()
        assert box is not None
        for step in range(12):
            page.mouse.move(
                box["x"] + box["width"] * (0.3 + step / 30), box["y"] + box["height"] / 2
            )
        page.mouse.click(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.3)
        expect(page.locator("#nearby")).to_contain_text("window.owned")
        assert page.evaluate("window.owned") is None
        opened.close()
        assert opened.said == []
