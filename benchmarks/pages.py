"""The page of Antu beside folium's own layers in headless Chromium: weight, and time to be there.

Folium writes every site into its page; its scripts come from the network, which is left out here:
an answer from this machine stands in for each, so that the times are those of a perfect network.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import folium
import numpy as np
import pandas as pd
from folium.plugins import FastMarkerCluster, HeatMap
from playwright.sync_api import Browser, Page, Route, sync_playwright

from benchmarks import data
from benchmarks.serving import antu
from benchmarks.table import Figure

SIZES = (10_000, 100_000, 1_000_000)
PATIENCE_S = 60
PACKAGES = Path(__file__).parent / "node_modules"
# What the layers need of what folium asks other hosts for; the rest decorates.
SCRIPTS = {
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet.awesome-markers.js": "leaflet.awesome-markers/dist/leaflet.awesome-markers.js",
    "leaflet_heat.min.js": "leaflet.heat/dist/leaflet-heat.js",
    "leaflet.markercluster.js": "leaflet.markercluster/dist/leaflet.markercluster.js",
    "MarkerCluster.css": "leaflet.markercluster/dist/MarkerCluster.css",
    "MarkerCluster.Default.css": "leaflet.markercluster/dist/MarkerCluster.Default.css",
}
Build = Callable[[list[list[float]]], folium.Map]


def measure(urls: dict[int, str]) -> list[Figure]:
    """Megabytes and seconds, by number of sites."""
    figures = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        for size in SIZES:
            mine = _opened(browser, urls[size]) if size in urls else None
            for name, build in FOLIUM.items():
                mb, seconds = _folium(browser, size, build)
                figures.append(
                    Figure(
                        f"the page with {size:,} sites",
                        _said(*mine) if mine else "not measured",
                        f"{name} {_said(mb, seconds)}",
                        None if mine is None or seconds is None else seconds / (mine[1] or 1),
                    )
                )
        browser.close()
    return figures


def _heat(points: list[list[float]]) -> folium.Map:
    return _map(HeatMap(points))


def _cluster(points: list[list[float]]) -> folium.Map:
    return _map(FastMarkerCluster(points))


FOLIUM: dict[str, Build] = {"HeatMap": _heat, "FastMarkerCluster": _cluster}


def _map(layer: folium.map.Layer) -> folium.Map:
    made = folium.Map(location=[32, 113], zoom_start=6, tiles=None, maxZoom=18)
    layer.add_to(made)
    return made


def _said(mb: float, seconds: float | None) -> str:
    return f"{mb:.1f} MB, " + (f"{seconds:.1f} s" if seconds is not None else "given up")


def _opened(browser: Browser, url: str) -> tuple[float, float | None]:
    with antu(url) as port:
        address = f"http://127.0.0.1:{port}/?lang=en"
        return _timed(browser, address, "() => document.readyState === 'complete'", idle=True)


def _folium(browser: Browser, size: int, build: Build) -> tuple[float, float | None]:
    points = pd.concat(
        [
            pd.DataFrame({"lat": each.geometry.y, "lon": each.geometry.x})
            for each in data.sites(size)
        ]
    )
    with tempfile.TemporaryDirectory(prefix="antu-bench-") as folder:
        build(np.round(points.to_numpy(), 6).tolist()).save(str(Path(folder) / "map.html"))
        with _folder(Path(folder)) as port:
            # The layer is on the map, or has drawn what it draws.
            drawn = (
                "() => document.querySelector('.leaflet-heatmap-layer, .marker-cluster') !== null"
            )
            return _timed(browser, f"http://127.0.0.1:{port}/map.html", drawn)


def _timed(
    browser: Browser, address: str, ready: str, *, idle: bool = False
) -> tuple[float, float | None]:
    """Megabytes that came, and seconds until what is asked for is true; None: given up."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE_S * 1000)
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.route(lambda url: "127.0.0.1" not in url, _from_here)
    started = time.perf_counter()
    try:
        page.goto(address, wait_until="networkidle" if idle else "load")
        page.wait_for_function(ready)
        seconds: float | None = time.perf_counter() - started
    except Exception as error:  # noqa: BLE001 - Playwright's TimeoutError, or the page has crashed
        print(f"{address}: {error}".splitlines()[0])
        seconds = None
    megabytes = sum(sizes) / 1e6
    _close(page)
    return megabytes, seconds


def _close(page: Page) -> None:
    with contextlib.suppress(Exception):
        page.close()


def _from_here(route: Route) -> None:
    name = route.request.url.rpartition("/")[2].partition("?")[0]
    if name in SCRIPTS:
        route.fulfill(path=PACKAGES / SCRIPTS[name])
    else:
        route.abort()


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[int]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=folder)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
