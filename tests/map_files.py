"""Maps as single files in a browser: opened, read and clicked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from maps.page import document
from maps.view import MapView

OpenMap = Callable[..., Page]


@contextmanager
def opening(browser: Browser, folder: Path) -> Iterator[OpenMap]:
    """Opens views as files in a folder; asserts that they said nothing and asked nobody."""
    asked: list[str] = []
    said: list[str] = []
    contexts = []

    def open_map(
        shown: MapView, width: int = 1440, height: int = 900, theme: str = "light"
    ) -> Page:
        file = folder / f"map {len(contexts)} 地图.html"
        file.write_text(document(shown), encoding="utf-8")
        context = browser.new_context(
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

    yield open_map
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


def layers(page: Page) -> Locator:
    """The layers that the switch, opened, has to choose from."""
    page.locator(".leaflet-control-layers-toggle").focus()
    page.keyboard.press("Enter")
    return page.locator(".leaflet-control-layers label")


def choose(page: Page, layer: str) -> None:
    """Choose a layer in the switch, by its words."""
    label = layers(page).filter(has_text=layer)
    label.hover()
    # Leaflet takes no click in the moment in which the pointer enters the switch.
    page.wait_for_timeout(50)
    label.click()


def click_map(page: Page, x: float, y: float) -> None:
    """Click at these parts of the width and height of the map."""
    box = page.locator(".folium-map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
