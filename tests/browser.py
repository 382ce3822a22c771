"""A browser and a server for tests of pages."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, FloatRect, Page, expect

from api.app import create_app
from geo.settings import Settings

# The system's; else (None) the one that Playwright has fetched.
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Only a test that fails waits so long; a busy machine may need some of it.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
# Names that would do something, were they taken for code.
HOSTILE = [
    "<img src=x onerror=\"window.owned='img'\">",
    "${window.owned='template'}`${window.owned='tick'}`",
    "</script><script>window.owned='script'</script>",
    "]]><!--<svg onload=window.owned='svg'>",
    "line\u2028separator\u2029'\"&amp;",
]
AXE = Path(__file__).parent.parent / "maps/node_modules/axe-core/axe.min.js"


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The address of a running server on these settings, on a free port of this machine."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        config = uvicorn.Config(create_app(settings), log_level="error", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(20)


def _page(
    browser: Browser, said: list[str], asked: list[str], *, lang: str, theme: str, **context: Any
) -> Page:
    """A page with a context of its own, whose complaints go into `said`, requests into `asked`."""
    made = browser.new_context(
        color_scheme=theme,
        locale={"zh": "zh-CN"}.get(lang, lang),
        reduced_motion="reduce",
        **context,
    )
    page = made.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", lambda told: told.type == "error" and said.append(told.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    return page


@dataclass
class Opened:
    """Opens pages of a server; `said` and `asked` are what they complained of and asked for."""

    browser: Browser
    address: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _pages: list[Page] = field(default_factory=list)

    def __call__(
        self,
        path: str = "/",
        *,
        lang: str = "en",
        theme: str = "light",
        width: int = 1440,
        height: int = 900,
        wait: bool = True,
        prepare: Callable[[Page], None] | None = None,
        **context: Any,
    ) -> Page:
        window = {"width": width, "height": height}
        page = _page(
            self.browser, self.said, self.asked, lang=lang, theme=theme, viewport=window, **context
        )
        self._pages.append(page)
        if prepare:
            prepare(page)
        page.goto(self.address + path)
        if wait:
            page.wait_for_selector("html[data-ready=yes]", state="attached")
        return page

    def close(self) -> None:
        for page in self._pages:
            page.context.close()


def apart(one: FloatRect, other: FloatRect) -> bool:
    """Whether two boxes share no point."""
    return (
        one["x"] + one["width"] <= other["x"]
        or other["x"] + other["width"] <= one["x"]
        or one["y"] + one["height"] <= other["y"]
        or other["y"] + other["height"] <= one["y"]
    )


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong: rule, element, and why."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@dataclass
class Visitor:
    """Shows pages of a server to somebody; who comes again with the same eyes keeps the window.

    `said` and `asked` are what the pages complained of and asked for since `forget`.
    """

    browser: Browser
    address: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _pages: dict[tuple[str, str, int], Page] = field(default_factory=dict)

    def __call__(
        self,
        path: str = "/",
        *,
        lang: str = "en",
        theme: str = "light",
        width: int = 1440,
        wait: bool = True,
    ) -> Page:
        eyes = (lang, theme, width)
        if eyes not in self._pages:
            self._pages[eyes] = self._opened(lang, theme, width)
        page = self._pages[eyes]
        page.context.clear_cookies()
        page.goto(self.address + path)
        if wait:
            page.wait_for_selector("html[data-ready=yes]", state="attached")
        return page

    def forget(self) -> None:
        """Forget what was said and asked."""
        self.said.clear()
        self.asked.clear()

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()

    def _opened(self, lang: str, theme: str, width: int) -> Page:
        return _page(
            self.browser,
            self.said,
            self.asked,
            lang=lang,
            theme=theme,
            viewport={"width": width, "height": 844 if width < 720 else 900},
            has_touch=width < 720,
            accept_downloads=True,
            permissions=["clipboard-read", "clipboard-write", "geolocation"],
            geolocation={"latitude": 31.86, "longitude": 117.28},
        )
