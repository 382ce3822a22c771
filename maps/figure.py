"""Figures in print quality: the same frames, colours and legend as the page, as PNG, SVG or PDF."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.figure import Figure
from pyproj import CRS

from geo.domain.faults import fault
from geo.domain.site import Coverage
from geo.domain.words import word
from geo.errors import Invalid
from maps import chart, chosen, legend
from maps.cells import Bbox
from maps.chart import draw_map, draws_each_site, metric_crs, north_bearing
from maps.colours import COVERAGE, INK, PAPER, QUIET
from maps.furniture import (
    Sheet,
    draw_legend,
    draw_locator,
    draw_north,
    draw_scale_bar,
    font,
    lines,
    paragraph_height,
)
from maps.legend import Legend
from maps.view import A4, SITES_BOUND, MapView, Size

Format = Literal["png", "svg", "pdf"]

_MM = 1 / 25.4
# Measures of the sheet, in mm, made for A4.
_MARGIN = 10.0
_COLUMN = 74.0
_HEAD = 5.5
_BADGE = 35.0
_FOOT = 9.0
_FEET_OF_PORTRAIT = 91.0
# Sizes of text, in points; a title of more than one line is smaller.
_TITLE, _LONG_TITLE, _TOLD, _SOURCE = 16.0, 12.0, 8.5, 7.0
_SOURCE_SHARE = 0.55
_LIMITS_MM = (80.0, 1200.0)
_LIMITS_DPI = (50, 600)
# Ids inside an SVG are the same in every run.
mpl.rcParams["svg.hashsalt"] = "antu"
# matplotlib shares caches of fonts and text between figures; they are not made for threads.
_one_at_a_time = threading.Lock()


def figure(view: MapView, form: Format, size: Size = A4) -> bytes:
    """The map of a view as the bytes of a PNG, SVG or PDF; the same view gives the same bytes.

    Raises Invalid for a size or resolution that cannot be printed, Unavailable without a Chinese
    font.
    """
    check(size)
    with _one_at_a_time:
        drawn = composed(view, size)
        file = io.BytesIO()
        stamps: dict[Format, dict[str, Any]] = {
            "png": {"Software": None},
            "svg": {"Date": None, "Creator": None, "Title": view.heading},
            "pdf": {"CreationDate": None, "Creator": None, "Producer": None, "Title": view.heading},
        }
        drawn.savefig(file, format=form, dpi=size.dpi, metadata=stamps[form])
    return file.getvalue()


@dataclass(frozen=True)
class _Layout:
    """Where the map and the foot lie, in mm of a page `zoom` times smaller than the paper."""

    width: float
    height: float
    zoom: float
    top: float
    foot: float
    left: float = _MARGIN

    @property
    def landscape(self) -> bool:
        return self.width >= self.height

    @property
    def right(self) -> float:
        return self.width - _MARGIN - (_COLUMN if self.landscape else 0)

    @property
    def bottom(self) -> float:
        return self.foot - (_MARGIN - 1 if self.landscape else _FEET_OF_PORTRAIT)

    @property
    def shape(self) -> float:
        return (self.right - self.left) / (self.bottom - self.top)


def _layout(view: MapView, size: Size) -> _Layout:
    width_mm, height_mm = size.width_mm, size.height_mm
    short, long = sorted((width_mm, height_mm))
    zoom = min(2.5, max(0.4, min(short / A4.height_mm, long / A4.width_mm)))
    width, height = width_mm / zoom, height_mm / zoom
    title = paragraph_height(view.heading, _title_width(width), _title_size(view, width))
    told = paragraph_height(_told(view), width - 2 * _MARGIN, _TOLD)
    source = paragraph_height(legend.source(view), width * _SOURCE_SHARE, _SOURCE)
    foot = height - max(_FOOT + 1, source + 3)
    return _Layout(width, height, zoom, _HEAD + title + told + 1.4, foot)


def _title_width(width: float) -> float:
    return width - 2 * _MARGIN - _BADGE


def _title_size(view: MapView, width: float) -> float:
    one = len(lines(view.heading, _title_width(width), _TITLE)) == 1
    return _TITLE if one else _LONG_TITLE


def _told(view: MapView) -> str:
    """Of which sites and when the map is."""
    return " · ".join([*chosen.subject(view), *legend.dates(view)])


def seen(view: MapView, size: Size) -> Bbox:
    """What the map of a figure of this size shows around the bbox of a view."""
    return chart.seen(view.bbox, _layout(view, size).shape)


def check(size: Size) -> None:
    """Raise Invalid for a size or resolution that cannot be printed."""
    low, high = _LIMITS_MM
    if not (low <= size.width_mm <= high and low <= size.height_mm <= high):
        raise fault(Invalid, "error.figure.size", low=f"{low:g}", high=f"{high:g}")
    low, high = _LIMITS_DPI
    if not low <= size.dpi <= high:
        raise fault(Invalid, "error.figure.dpi", low=low, high=high)


def composed(view: MapView, size: Size = A4) -> Figure:
    """The figure as matplotlib holds it; one at a time, see `figure`."""
    paper = Figure(figsize=(size.width_mm * _MM, size.height_mm * _MM), facecolor="white")
    on = _layout(view, size)
    sheet = _sheet(paper, on)
    place = (
        on.left / on.width,
        1 - on.bottom / on.height,
        (on.right - on.left) / on.width,
        (on.bottom - on.top) / on.height,
    )
    crs = metric_crs(view.bbox)
    ax = paper.add_axes(place, facecolor=PAPER.light)
    drawn = draw_map(ax, view, crs, on.shape, on.zoom)
    metres_per_mm = (ax.get_xlim()[1] - ax.get_xlim()[0]) / (on.right - on.left)
    # What lies on the map is drawn last: on a sheet of its own above it.
    above = _sheet(paper, on)
    draw_scale_bar(above, on.left + 6, on.bottom - 5, metres_per_mm, view.language)
    draw_north(above, on.right - 8, on.top + 13, view.language, north_bearing(view.bbox, crs))
    left, top, right, bottom = on.left, on.top, on.right, on.bottom
    _heading(sheet, view)
    if on.landscape:
        column, width = right + 6, _COLUMN - 6
        end = bottom - _methods_height(view, width)
        y = _explain(sheet, view, drawn, column, top, width)
        _locate(sheet, view, column, y, end)
        _methods(sheet, view, column, end, width)
    else:
        column, width = left + (right - left) / 2 + 4, (right - left) / 2 - 4
        end = on.foot - 5 - _methods_height(view, width)
        _explain(sheet, view, drawn, left, bottom + 5, width)
        _locate(sheet, view, column, bottom + 5, end)
        _methods(sheet, view, column, end, width)
    _foot(sheet, view, crs, on.foot)
    return paper


def _sheet(paper: Figure, on: _Layout) -> Sheet:
    ax = paper.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, on.width), ylim=(on.height, 0))
    ax.axis("off")
    return Sheet(ax, on.width, on.height, on.zoom)


def _heading(sheet: Sheet, view: MapView) -> None:
    size = _title_size(view, sheet.width)
    y = sheet.paragraph(_MARGIN, _HEAD, view.heading, _title_width(sheet.width), size, bold=True)
    sheet.paragraph(_MARGIN, y - 0.4, _told(view), sheet.width - 2 * _MARGIN, _TOLD, QUIET.light)
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
    for line in [*legend.headlines(view), *legend.facts(view)]:
        y = sheet.paragraph(x, y, line, width, 8) + 0.6
    if view.framed:
        y = sheet.paragraph(x, y, word("figure.framed", view.language), width, 7.5, QUIET.light)
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
    for line in legend.methods(view, view.sigma_m, chart.shown_layer(view)):
        y = sheet.paragraph(x, y, line, width, 6.5, QUIET.light) + 0.8


def _methods_height(view: MapView, width: float) -> float:
    told = legend.methods(view, view.sigma_m, chart.shown_layer(view))
    return 5.5 + sum(paragraph_height(line, width, 6.5) + 0.8 for line in told)


def _foot(sheet: Sheet, view: MapView, crs: CRS, y: float) -> None:
    lang = view.language
    name = crs.name if crs.to_epsg() else word("figure.equal_area", lang)
    maker = f"{word('figure.projection', lang, crs=name)} · {word('about.made_with', lang)}"
    width = sheet.width * _SOURCE_SHARE
    sheet.paragraph(_MARGIN, y, legend.source(view), width, _SOURCE, QUIET.light)
    sheet.text(sheet.width - _MARGIN, y, maker, _SOURCE, colour=QUIET.light, align="right")
