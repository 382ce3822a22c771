"""Figures in print quality: the same frames, colours and legend as the page, as PNG, SVG or PDF."""

from __future__ import annotations

import io
import threading
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.figure import Figure
from pyproj import CRS

from geo.domain.site import Coverage
from geo.domain.words import word
from geo.errors import Invalid
from maps import legend
from maps.chart import draw_map, draws_each_site, metric_crs, north_bearing
from maps.colours import COVERAGE, INK, PAPER, QUIET
from maps.furniture import (
    Sheet,
    draw_legend,
    draw_locator,
    draw_north,
    draw_scale_bar,
    font,
)
from maps.legend import Legend
from maps.view import SITES_BOUND, MapView

Format = Literal["png", "svg", "pdf"]

_MM = 1 / 25.4
# The sheet that all measures are made for: A4, landscape.
_DESIGN = (297.0, 210.0)
_MARGIN = 10.0
_COLUMN = 74.0
_HEAD = 19.0
_FOOT = 9.0
_FEET_OF_PORTRAIT = 92.0
_LIMITS_MM = (80.0, 1200.0)
_LIMITS_DPI = (50, 600)
# Ids inside an SVG are the same in every run.
mpl.rcParams["svg.hashsalt"] = "antu"
# matplotlib shares caches of fonts and text between figures; they are not made for threads.
_one_at_a_time = threading.Lock()


def figure(
    view: MapView,
    form: Format,
    *,
    width_mm: float = _DESIGN[0],
    height_mm: float = _DESIGN[1],
    dpi: int = 200,
) -> bytes:
    """The map of a view as the bytes of a PNG, SVG or PDF; the same view gives the same bytes.

    Raises Invalid for a size or resolution that cannot be printed, Unavailable without a Chinese
    font.
    """
    _check(width_mm, height_mm, dpi)
    with _one_at_a_time:
        drawn = composed(view, width_mm, height_mm)
        file = io.BytesIO()
        stamps: dict[Format, dict[str, Any]] = {
            "png": {"Software": None},
            "svg": {"Date": None, "Creator": None, "Title": view.heading},
            "pdf": {"CreationDate": None, "Creator": None, "Producer": None, "Title": view.heading},
        }
        drawn.savefig(file, format=form, dpi=dpi, metadata=stamps[form])
    return file.getvalue()


def _check(width_mm: float, height_mm: float, dpi: int) -> None:
    low, high = _LIMITS_MM
    if not (low <= width_mm <= high and low <= height_mm <= high):
        raise Invalid(f"A figure is {low:g} to {high:g} mm wide and high")
    if not _LIMITS_DPI[0] <= dpi <= _LIMITS_DPI[1]:
        raise Invalid(f"A figure has {_LIMITS_DPI[0]} to {_LIMITS_DPI[1]} dpi")


def composed(view: MapView, width_mm: float, height_mm: float) -> Figure:
    """The figure as matplotlib holds it; one at a time, see `figure`."""
    paper = Figure(figsize=(width_mm * _MM, height_mm * _MM), facecolor="white")
    short, long = sorted((width_mm, height_mm))
    zoom = min(2.5, max(0.4, min(short / _DESIGN[1], long / _DESIGN[0])))
    ax = paper.add_axes((0, 0, 1, 1))
    sheet = Sheet(ax, width_mm / zoom, height_mm / zoom, zoom)
    ax.set(xlim=(0, sheet.width), ylim=(sheet.height, 0))
    ax.axis("off")

    landscape = sheet.width >= sheet.height
    left, top = _MARGIN, _HEAD
    right = sheet.width - _MARGIN - (_COLUMN if landscape else 0)
    bottom = sheet.height - _FOOT - (_MARGIN if landscape else _FEET_OF_PORTRAIT)
    place = (
        left / sheet.width,
        1 - bottom / sheet.height,
        (right - left) / sheet.width,
        (bottom - top) / sheet.height,
    )
    crs = metric_crs(view.bbox)
    chart = paper.add_axes(place, facecolor=PAPER.light)
    drawn = draw_map(chart, view, crs, (right - left) / (bottom - top), zoom)
    metres_per_mm = (chart.get_xlim()[1] - chart.get_xlim()[0]) / (right - left)
    # What lies on the map is drawn last: on a sheet of its own above it.
    over = paper.add_axes((0, 0, 1, 1))
    over.set(xlim=(0, sheet.width), ylim=(sheet.height, 0))
    over.axis("off")
    above = Sheet(over, sheet.width, sheet.height, zoom)
    draw_scale_bar(above, left + 6, bottom - 5, metres_per_mm, view.language)
    draw_north(above, right - 8, top + 13, view.language, north_bearing(view.bbox, crs))
    _heading(sheet, view)
    if landscape:
        column, width = right + 6, sheet.width - _MARGIN - right - 6
        end = bottom - _methods_height(sheet, view, width)
        y = _explain(sheet, view, drawn, column, top, width)
        _locate(sheet, view, column, y, end)
        _methods(sheet, view, column, end, width)
    else:
        column, width = left + (right - left) / 2 + 4, (right - left) / 2 - 4
        end = sheet.height - _FOOT - 6 - _methods_height(sheet, view, width)
        _explain(sheet, view, drawn, left, bottom + 5, width)
        _locate(sheet, view, column, bottom + 5, end)
        _methods(sheet, view, column, end, width)
    _foot(sheet, view, crs)
    return paper


def _heading(sheet: Sheet, view: MapView) -> None:
    sheet.text(_MARGIN, 5.5, view.heading, 16, bold=True)
    if view.illustrative:
        badge = word("about.illustrative", view.language)
        sheet.ax.text(
            sheet.width - _MARGIN - 2,
            8.8,
            badge,
            fontproperties=font(10 * sheet.zoom, bold=True),
            color=INK.light,
            ha="right",
            va="center",
            bbox={
                "boxstyle": "round,pad=0.35",
                "facecolor": "white",
                "edgecolor": COVERAGE[Coverage.NONE].fill.light,
                "linewidth": 1.2 * sheet.zoom,
            },
        )
    sheet.text(_MARGIN, 13, " · ".join(legend.dates(view)), 8.5, colour=QUIET.light)


def _explain(
    sheet: Sheet, view: MapView, drawn: list[Legend], x: float, y: float, width: float
) -> float:
    sheet.text(x, y, word("legend.title", view.language), 9.5, bold=True)
    y += 6
    for each in drawn:
        y = draw_legend(sheet, each, x, y, width)
    if not drawn:
        y += 2
    if view.first_layer == "plain" and not draws_each_site(view):
        note = word("figure.sites_as_heat", view.language, n=view.site_count, bound=SITES_BOUND)
        y = sheet.paragraph(x, y, note, width, 7.5) + 2
    sheet.text(x, y, word("about.counts", view.language), 9.5, bold=True)
    y += 5.5
    for line in legend.headlines(view) + legend.facts(view):
        y = sheet.paragraph(x, y, line, width, 8) + 0.6
    return y + 3


def _locate(sheet: Sheet, view: MapView, x: float, y: float, bottom: float) -> None:
    """The locator, where there is room for it."""
    size = min(32.0, bottom - y - 10)
    if size >= 14:
        sheet.text(x, y, word("figure.locator", view.language), 9.5, bold=True)
        draw_locator(sheet, view, x, y + 6, size)


def _methods(sheet: Sheet, view: MapView, x: float, y: float, width: float) -> None:
    sheet.text(x, y, word("about.method", view.language), 9.5, bold=True)
    y += 5.5
    for line in legend.methods(view, view.sigma_m):
        y = sheet.paragraph(x, y, line, width, 6.5, QUIET.light) + 0.8


def _methods_height(sheet: Sheet, view: MapView, width: float) -> float:
    lines = legend.methods(view, view.sigma_m)
    return 5.5 + sum(sheet.fits(line, width, 6.5) + 0.8 for line in lines)


def _foot(sheet: Sheet, view: MapView, crs: CRS) -> None:
    lang = view.language
    y = sheet.height - _FOOT - 1
    name = crs.name if crs.to_epsg() else word("figure.equal_area", lang)
    source = f"{word('about.source', lang)}: {legend.sources(view)}"
    maker = f"{word('figure.projection', lang, crs=name)} · {word('about.made_with', lang)}"
    sheet.paragraph(_MARGIN, y, source, sheet.width * 0.55, 7, QUIET.light)
    sheet.text(sheet.width - _MARGIN, y, maker, 7, colour=QUIET.light, align="right")
