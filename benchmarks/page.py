"""The planner's page in a browser: when it can be used, how large its answers are, how fast its
panels are."""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from benchmarks.servers import fetch, serving
from benchmarks.table import Figure

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
RUNS = 5
# What was asked for since the page was opened, and how large the answers were, unpacked.
SIZES = """Object.fromEntries(["navigation", "resource"].flatMap((kind) =>
    performance.getEntriesByType(kind).map((each) => [each.name, each.decodedBodySize])))"""
READY = "html[data-ready=yes]"
# Budgets: seconds until the page can be used, bytes of an answer, seconds of a panel.
INTERACTIVE_S, LARGEST_BYTES, PANEL_S = 2.0, 1_000_000, 0.3

PANELS = (
    "/panels/frame",
    "/panels/frame?category=other",
    "/panels/frame?coverage=none",
    "/panels/frame?adcode={province}",
    "/panels/frame?adcode={prefecture}",
    "/panels/frame?adcode={county}",
    "/panels/hotspots",
    "/panels/hotspots?adcode={province}",
    "/panels/hotspots?bbox=112,31,114,33",
    "/panels/sites",
    "/panels/sites?adcode={prefecture}",
    "/panels/sites?coverage=none&category=other",
    "/panels/sites?sort=-workers",
    "/panels/sites/S00012345",
)
EMBEDS = ("hotspots", "coverage", "sites", "hotspots?layer=hex_gap", "coverage?layer=worker_rate")
LAYERS = ("heat_gap", "heat_sites", "hex_gap", "hex_workers", "site_rate", "worker_rate", "plain")


def measure(url: str) -> list[Figure]:
    """Of the page on a database of the benchmark."""
    with serving("api.app:create_app", url, factory=True) as port, browser() as running:
        address = f"http://127.0.0.1:{port}"
        fetch(port, "/")
        return [
            _interactive(running, f"{address}/", "page: can be used"),
            _embeds(running, address),
            _largest(running, address),
            *_panels(port),
        ]


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


def _interactive(running: Browser, address: str, work: str) -> Figure:
    """Milliseconds from the click on a link until all scripts have begun, nothing kept before."""
    took = []
    for _ in range(RUNS):
        page = _fresh(running)
        page.goto(address, wait_until="commit")
        page.wait_for_selector(READY, state="attached")
        took.append(page.evaluate("performance.now()") / 1e3)
        page.context.close()
    return _seconds(work, float(np.median(took)), INTERACTIVE_S)


def _embeds(running: Browser, address: str) -> Figure:
    """Five maps in somebody's page, until the last can be used."""
    frames = "".join(
        f"<iframe src='{address}/embed/{view}' width=400 height=400></iframe>" for view in EMBEDS
    )
    took = []
    with _host(frames) as host:
        for _ in range(RUNS):
            page = _fresh(running)
            started = time.perf_counter()
            page.goto(host, wait_until="commit")
            for number in range(len(EMBEDS)):
                page.frame_locator("iframe").nth(number).locator(READY).wait_for(state="attached")
            took.append(time.perf_counter() - started)
            page.context.close()
    return _seconds("page: five embeds can be used", float(np.median(took)), 5 * INTERACTIVE_S)


@contextmanager
def _host(content: str) -> Iterator[str]:
    """The address of a page on another server of this machine."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def _largest(running: Browser, address: str) -> Figure:
    """The largest answer to anything asked by the page, its panels, layers and ways down."""
    page = _fresh(running)
    sizes: dict[str, int] = {}

    def looked() -> None:
        page.wait_for_load_state("networkidle")
        sizes.update(page.evaluate(SIZES))

    for state in ("", "?adcode=A00001", "?adcode=B00001", "?adcode=C00001"):
        page.goto(f"{address}/{state}")
        looked()
        for tab in ("hotspots", "sites"):
            page.click(f"#tab-{tab}")
            looked()
    for layer in LAYERS:
        for zoom in (5, 8, 11):
            place = f"lon=113&lat=32&zoom={zoom}&over=territories,sites,names"
            page.goto(f"{address}/?layer={layer}&{place}")
            looked()
    page.context.close()
    largest = max(sizes, key=sizes.__getitem__)
    said = f"{sizes[largest] / 1e3:,.0f} kB ({largest.removeprefix(address)[:40]})"
    budget = LARGEST_BYTES / 1e6
    share = sizes[largest] / LARGEST_BYTES
    return Figure("page: largest answer, unpacked", said, f"{budget:g} MB", share, "<= 1")


def _panels(port: int) -> Iterator[Figure]:
    """Each panel asked for in turn, one at a time."""
    codes = {"province": "A00001", "prefecture": "B00001", "county": "C00001"}
    paths = [path.format(**codes) for path in PANELS]
    took: dict[str, list[float]] = {path: [] for path in paths}
    for _ in range(RUNS):
        for path in paths:
            started = time.perf_counter()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
                answer.read()
            took[path].append(time.perf_counter() - started)
    everything = np.concatenate(list(took.values()))
    slowest = max(took, key=lambda path: float(np.median(took[path])))
    yield _seconds("panels: p95", float(np.percentile(everything, 95)), PANEL_S)
    median = float(np.median(took[slowest]))
    yield Figure(f"panels: slowest, {slowest}", f"{median * 1e3:,.0f} ms", "", None)


def _fresh(running: Browser) -> Tab:
    return running.new_context(viewport={"width": 1440, "height": 900}).new_page()


def _seconds(work: str, took: float, budget: float) -> Figure:
    return Figure(work, f"{took * 1e3:,.0f} ms", f"{budget * 1e3:,.0f} ms", took / budget, "<= 1")
