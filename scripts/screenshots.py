"""Take the pictures of the README anew: .venv/bin/python scripts/screenshots.py ADDRESS

ADDRESS is that of a running demo, as `make demo` prints it. Each picture has few colours, so that
it stays small; look at them before they are committed.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parent.parent / "docs"
# The system's; else (None) the one that Playwright has fetched.
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
# Name, path, language, theme, width and height of the window.
PICTURES = (
    ("map", "/?tab=hotspots", "en", "light", 1280, 800),
    ("map-zh", "/", "zh-CN", "light", 1280, 800),
    ("nearby-dark", "/?tab=nearby&at=117.25,31.85", "en", "dark", 1280, 800),
    ("phone-zh", "/?tab=hotspots", "zh-CN", "light", 390, 800),
)


def main(address: str) -> None:
    """Open each picture's page and write what it shows into docs/."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, path, locale, theme, width, height in PICTURES:
            page = browser.new_page(
                viewport={"width": width, "height": height},
                locale=locale,
                color_scheme=theme,
                reduced_motion="reduce",
            )
            page.goto(address.rstrip("/") + path)
            page.wait_for_load_state("networkidle")
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            few = picture.quantize(255, kmeans=1, dither=Image.Dither.NONE)
            few.save(DOCS / f"{name}.png", optimize=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
