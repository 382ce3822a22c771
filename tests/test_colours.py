"""Colours measured: lightness steps, contrast, and what colour-blind eyes are left with.

CIELAB after CIE 15 (D65); colour-blindness after Machado, Oliveira and Fernandes 2009 (severity 1);
distances are CIE 1976 (2.3 is just noticeable).
"""

from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from maps import colours
from maps.colours import THEMES, Theme

# Machado et al. 2009, table of full-severity matrices; they work on linear RGB.
EYES = {
    "usual": np.eye(3),
    "protanope": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranope": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanope": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def seen(rgb: tuple[float, ...], eye: str = "usual") -> NDArray[np.float64]:
    """CIELAB of an sRGB colour of 0 to 255 as an eye sees it."""
    light = np.clip(EYES[eye] @ linear(np.array(rgb) / 255), 0, 1)
    xyz = XYZ @ light / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def lightness(colour: str) -> float:
    return float(seen(colours.rgb(colour))[0])


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    shares = [float(XYZ[1] @ linear(np.array(colours.rgb(c)) / 255)) + 0.05 for c in (one, other)]
    return max(shares) / min(shares)


def heat_on_land(theme: Theme) -> list[tuple[float, ...]]:
    """The heat classes as they come out on the map, with the land shining through."""
    land = np.array(colours.rgb(colours.LAND.on(theme)))
    return [
        tuple(alpha * np.array(colours.rgb(shade.on(theme))) + (1 - alpha) * land)
        for shade, alpha in zip(colours.HEAT, colours.HEAT_ALPHA, strict=True)
    ]


def ramps(theme: Theme) -> dict[str, list[tuple[float, ...]]]:
    return {
        "heat": heat_on_land(theme),
        "rate": [colours.rgb(shade.on(theme)) for shade in colours.RATE],
    }


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ramp", ["heat", "rate"])
def test_ramps_step_evenly_in_lightness(ramp: str, theme: Theme) -> None:
    steps = np.diff([seen(colour)[0] for colour in ramps(theme)[ramp]])
    assert (steps < 0).all() if theme == "light" else (steps > 0).all()
    assert np.abs(steps).min() > 9
    assert np.abs(steps).max() < 2 * np.abs(steps).min()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eye", EYES)
def test_neighbouring_classes_differ_for_every_eye(eye: str, theme: Theme) -> None:
    for ramp in ramps(theme).values():
        for one, other in pairwise(ramp):
            assert np.linalg.norm(seen(one, eye) - seen(other, eye)) > 10


@pytest.mark.parametrize("theme", THEMES)
def test_coverage_differs_in_lightness_shape_and_for_every_eye(theme: Theme) -> None:
    marks = list(colours.COVERAGE.values())
    assert len({mark.shape for mark in marks}) == 3
    for one, other in combinations([mark.fill.on(theme) for mark in marks], 2):
        assert abs(lightness(one) - lightness(other)) > 14
        for eye in EYES:
            apart = seen(colours.rgb(one), eye) - seen(colours.rgb(other), eye)
            assert np.linalg.norm(apart) > 20


@pytest.mark.parametrize("theme", THEMES)
def test_what_must_be_read_has_contrast(theme: Theme) -> None:
    for paper in (colours.PAPER, colours.SURFACE, colours.LAND):
        for text in (colours.INK, colours.QUIET, colours.ACCENT):
            assert contrast(text.on(theme), paper.on(theme)) >= 4.5
    for mark in colours.COVERAGE.values():
        strongest = max(
            contrast(shade.on(theme), colours.LAND.on(theme)) for shade in (mark.fill, mark.edge)
        )
        assert strongest >= 3
    assert contrast(colours.BOUNDARY.on(theme), colours.LAND.on(theme)) >= 3


def test_rates_fall_into_at_most_six_classes() -> None:
    assert len(colours.RATE) == len(colours.RATE_BREAKS) + 1 <= 6
    assert colours.rate_class(None) is None
    assert [colours.rate_class(rate) for rate in (0.0, 0.19, 0.2, 0.5, 1.0)] == [0, 0, 1, 2, 4]


def test_each_heat_class_has_a_colour_and_a_break() -> None:
    for breaks in colours.HEAT_BREAKS.values():
        assert len(colours.HEAT) == len(colours.HEAT_ALPHA) == len(breaks) + 1
        assert [high / low for low, high in pairwise(breaks)] == [colours.HEAT_RATIO] * 3


def test_css_names_every_colour_once() -> None:
    names = [part.split(":")[0] for part in colours.css("dark").split(";") if part]
    assert len(names) == len(set(names)) > 25
    assert colours.css("light") != colours.css("dark")
