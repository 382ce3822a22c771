"""Every colour, class break and marker shape, in one place: page, tile, legend, figure, file.

The ramps run evenly in CIELAB lightness and keep their order for colour-blind eyes (a test
measures both). What is uncovered is warm, what is covered is blue; against the map the uncovered
stands out most, on light paper by being dark, on dark paper by being bright.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

from geo.domain.site import Coverage

Measure = Literal["gap", "workers", "sites"]
Rate = Literal["site_rate", "worker_rate"]
Shape = Literal["circle", "square", "triangle"]
Theme = Literal["light", "dark"]

MEASURES: tuple[Measure, ...] = ("gap", "workers", "sites")
RATES: tuple[Rate, ...] = ("site_rate", "worker_rate")
THEMES: tuple[Theme, ...] = ("light", "dark")


@dataclass(frozen=True)
class Shade:
    """One colour as sRGB hex, for light and for dark surroundings."""

    light: str
    dark: str

    def on(self, theme: Theme) -> str:
        """The hex of a theme."""
        return self.light if theme == "light" else self.dark


@dataclass(frozen=True)
class Mark:
    """How a site of one coverage is drawn: never by colour alone."""

    fill: Shade
    edge: Shade
    shape: Shape


COVERAGE: dict[Coverage, Mark] = {
    Coverage.DIRECT: Mark(Shade("#4891be", "#458ebb"), Shade("#0d5279", "#14242f"), "circle"),
    Coverage.SECONDARY: Mark(Shade("#9cd4e1", "#2f5f71"), Shade("#3d7b8e", "#89b4c4"), "square"),
    Coverage.NONE: Mark(Shade("#b92a06", "#fca050"), Shade("#650f08", "#35180e"), "triangle"),
}

HEAT: tuple[Shade, ...] = (
    Shade("#f6dfa8", "#62282c"),
    Shade("#f5aa53", "#a13830"),
    Shade("#e36d2b", "#d55c27"),
    Shade("#b6382a", "#f19d40"),
    Shade("#751e2c", "#f6e193"),
)
# The faintest class lets the map through, so that a single small site does not shout.
HEAT_ALPHA: tuple[float, ...] = (0.62, 0.74, 0.8, 0.84, 0.88)
# Per km²: class 1 lies between nothing and the first break. Fixed, so that a colour means the
# same everywhere, at every zoom, on every date.
HEAT_BREAKS: dict[Measure, tuple[float, ...]] = {
    "gap": (5, 20, 80, 320),
    "workers": (5, 20, 80, 320),
    "sites": (0.5, 2, 8, 32),
}
# Each break is so many times the one before.
HEAT_RATIO = 4
# Where density is below this part of the first break there is nothing to see.
HEAT_NOTHING = 0.02

RATE: tuple[Shade, ...] = (
    Shade("#cee9ef", "#253541"),
    Shade("#95cbdb", "#31546b"),
    Shade("#60aac7", "#407996"),
    Shade("#3a83ab", "#57a4be"),
    Shade("#255b85", "#89d2df"),
)
RATE_BREAKS: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)
NO_DATA = Shade("#8d9198", "#7c828a")

ACCENT = Shade("#2e49b2", "#9cb5f8")
PAPER = Shade("#f4f3f0", "#0f1216")
LAND = Shade("#fcfcf9", "#1a1e24")
SURFACE = Shade("#ffffff", "#171b20")
INK = Shade("#22272e", "#ecebe8")
QUIET = Shade("#5a6068", "#a6abb1")
LINE = Shade("#d8d7d4", "#34383e")
BOUNDARY = Shade("#767b82", "#8b9097")


def rate_class(value: float | None) -> int | None:
    """The class of a rate in [0, 1], counted from 0; None where there is no rate."""
    return None if value is None else bisect_right(RATE_BREAKS, value)


def heat_class(density: float, measure: Measure) -> int | None:
    """The class of a density per km², counted from 0; None where there is nothing."""
    return bisect_right(HEAT_BREAKS[measure], density) if density > 0 else None


def css(theme: Theme) -> str:
    """All colours of a theme as CSS custom properties, without a selector."""
    shades = {
        "accent": ACCENT,
        "paper": PAPER,
        "land": LAND,
        "surface": SURFACE,
        "ink": INK,
        "quiet": QUIET,
        "line": LINE,
        "boundary": BOUNDARY,
        "no-data": NO_DATA,
    }
    for coverage, mark in COVERAGE.items():
        shades[f"coverage-{coverage}"] = mark.fill
        shades[f"coverage-{coverage}-edge"] = mark.edge
    shades |= {f"rate-{index}": shade for index, shade in enumerate(RATE)}
    shades |= {f"heat-{index}": shade for index, shade in enumerate(HEAT)}
    alphas = "".join(f"--heat-{index}-alpha:{alpha};" for index, alpha in enumerate(HEAT_ALPHA))
    return "".join(f"--{name}:{shade.on(theme)};" for name, shade in shades.items()) + alphas


def rgb(colour: str) -> tuple[int, int, int]:
    """`#rrggbb` as three numbers of 0 to 255."""
    value = int(colour[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255
