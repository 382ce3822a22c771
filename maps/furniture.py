"""What a printed map carries besides the map: text, legend, scale bar, north arrow, locator.

All is drawn on a sheet: axes over the whole figure in millimetres, y downward from the top left.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import geopandas as gpd
import numpy as np
import shapely
from matplotlib import font_manager, patheffects
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from pyproj import Transformer

from geo.domain.faults import fault
from geo.domain.words import distance, word
from geo.errors import Unavailable
from geo.settings import Language
from maps.cells import Bbox, eastward
from maps.colours import ACCENT, BOUNDARY, INK, LAND, LINE, PAPER, QUIET, Shape
from maps.legend import Legend, Swatch
from maps.view import MapView, plain, printable

FONTS = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC")
# Comes with matplotlib, and has symbols and scripts that those have not.
_OTHER_FONT = "DejaVu Sans"
_POINT_MM = 25.4 / 72
_LEADING = 1.4
_SCALE_STEPS = (1, 2, 5)

MARKERS: dict[Shape, str] = {"circle": "o", "square": "s", "triangle": "^"}


@lru_cache(maxsize=1)
def font_family() -> str:
    """A font that has Chinese; raises Unavailable where none is installed."""
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    for family in FONTS:
        if family in installed:
            return family
    raise fault(Unavailable, "error.figure.font")


@dataclass(frozen=True)
class Sheet:
    """The page to draw on: `ax` in mm of a page that is `zoom` times smaller than the paper."""

    ax: Axes
    width: float
    height: float
    zoom: float

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 8,
        *,
        bold: bool = False,
        colour: str = INK.light,
        align: str = "left",
    ) -> None:
        """A line of text whose top is at y."""
        self.ax.text(
            x,
            y,
            printable(text),
            parse_math=False,
            fontproperties=font(size * self.zoom, bold=bold),
            color=colour,
            ha=align,
            va="top",
        )

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        size: float = 8,
        colour: str = INK.light,
        *,
        bold: bool = False,
    ) -> float:
        """Lines of text no wider than so many mm; returns the y below them."""
        for line in lines(text, width, size):
            self.text(x, y, line, size, colour=colour, bold=bold)
            y += size * _POINT_MM * _LEADING
        return y


def lines(text: str, width: float, size: float) -> list[str]:
    """Lines no wider than so many mm."""
    return wrapped(text, width / (size * _POINT_MM))


def paragraph_height(text: str, width: float, size: float) -> float:
    """The height in mm that a paragraph takes."""
    return len(lines(text, width, size)) * size * _POINT_MM * _LEADING


def font(size: float, *, bold: bool = False) -> FontProperties:
    """The font of figures in points."""
    return FontProperties(
        family=[font_family(), _OTHER_FONT], size=size, weight="bold" if bold else "normal"
    )


def halo(width: float = 2, colour: str = LAND.light) -> list[patheffects.AbstractPathEffect]:
    """A rim around what is written on the map."""
    return [patheffects.withStroke(linewidth=width, foreground=colour)]


def wrapped(text: str, ems: float) -> list[str]:
    """Lines of at most so many ems: Chinese breaks anywhere, other words at spaces if they fit."""
    lines, line, room = [], "", ems
    for piece in chain.from_iterable(_fitting(each, ems) for each in _pieces(text)):
        wide = sum(_em(character) for character in piece)
        if wide > room and line:
            lines.append(line.rstrip())
            line, room = "", ems
            piece = piece.lstrip()
        line += piece
        room -= wide
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF"
        closing = character in "，。；：、）》”？！"
        if not pieces or (wide and not closing) or pieces[-1].endswith(" "):
            pieces.append(character)
        elif closing or unicodedata.east_asian_width(pieces[-1][-1]) not in "WF":
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _fitting(piece: str, ems: float) -> Iterable[str]:
    """A word, or its characters where it takes more than a line."""
    return [piece] if sum(map(_em, piece)) <= ems else piece


def _em(character: str) -> float:
    """About how wide a character of the font is; a little too much rather than too little."""
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in " .,:;'|!()[]ijlftrI":
        return 0.34
    return 0.7 if character.isupper() or character in "mw%=–" else 0.57


def draw_legend(sheet: Sheet, legend: Legend, x: float, y: float, width: float) -> float:
    """One legend; returns the y below it."""
    y = sheet.paragraph(x, y, legend.title, width, 8.5) + 0.8
    if legend.ticks:
        step = min(13.0, (width - 6) / len(legend.swatches))
        for index, swatch in enumerate(legend.swatches):
            _rectangle(sheet, swatch, x + index * step, y, step)
        for index, tick in enumerate(legend.ticks):
            align = "left" if index == 0 else "center"
            sheet.text(x + index * step, y + 4.6, tick, 7, colour=QUIET.light, align=align)
        y += 9
    else:
        for swatch in legend.swatches:
            _marker(sheet, swatch, x + 2, y + 1.7)
            sheet.text(x + 6, y, swatch.label, 8)
            y += 5
    for swatch in legend.others:
        _rectangle(sheet, swatch, x, y, 8)
        sheet.text(x + 10.5, y + 0.3, swatch.label, 7, colour=QUIET.light)
        y += 5.5
    for note in legend.notes:
        y = sheet.paragraph(x, y, note, width, 7, QUIET.light)
    return y + 2.5


def _rectangle(sheet: Sheet, swatch: Swatch, x: float, y: float, width: float) -> None:
    face = LAND.light if swatch.hatched else swatch.shade.light
    sheet.ax.add_patch(Rectangle((x, y), width, 4, facecolor=LAND.light, linewidth=0))
    sheet.ax.add_patch(
        Rectangle(
            (x, y),
            width,
            4,
            facecolor=face,
            alpha=None if swatch.hatched else swatch.alpha,
            edgecolor=swatch.shade.light if swatch.hatched else "none",
            hatch="/////" if swatch.hatched else None,
            linewidth=0,
        )
    )


def _marker(sheet: Sheet, swatch: Swatch, x: float, y: float) -> None:
    if swatch.shape is None or swatch.edge is None:
        raise ValueError(f"{swatch.name} is no mark")
    sheet.ax.scatter(
        [x],
        [y],
        s=26 * sheet.zoom**2,
        marker=MARKERS[swatch.shape],
        facecolor=swatch.shade.light,
        edgecolor=swatch.edge.light,
        linewidth=0.6 * sheet.zoom,
    )


def draw_scale_bar(sheet: Sheet, x: float, y: float, metres_per_mm: float, lang: Language) -> None:
    """A bar of a round length of at most 40 mm, in four parts."""
    length_m = round_length(40 * metres_per_mm)
    width = length_m / metres_per_mm
    for part in range(4):
        sheet.ax.add_patch(
            Rectangle(
                (x + part * width / 4, y),
                width / 4,
                1.4,
                facecolor=INK.light if part % 2 == 0 else LAND.light,
                edgecolor=INK.light,
                linewidth=0.5 * sheet.zoom,
            )
        )
    for share in (0, 1):
        label = distance(length_m * share, lang) if share else "0"
        sheet.ax.text(
            x + share * width,
            y - 0.9,
            label,
            fontproperties=font(7 * sheet.zoom),
            color=INK.light,
            ha="center",
            va="bottom",
            path_effects=halo(2 * sheet.zoom),
        )


def round_length(metres: float) -> float:
    """The longest length of 1, 2 or 5 times a power of ten that is no longer."""
    power = 10.0 ** np.floor(np.log10(metres))
    return float(max(step * power for step in _SCALE_STEPS if step * power <= metres))


def draw_north(sheet: Sheet, x: float, y: float, lang: Language, turn_degrees: float) -> None:
    """An arrow to geographic north; `turn_degrees` is its bearing on the sheet, clockwise."""
    angle = np.radians(turn_degrees)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    for side, colour in ((-1, INK.light), (1, LAND.light)):
        half = np.array([[0, -5.5], [side * 2.4, 3.5], [0, 1.6]]) @ spin.T + [x, y]
        sheet.ax.add_patch(
            Polygon(half, facecolor=colour, edgecolor=INK.light, linewidth=0.5 * sheet.zoom)
        )
    tip = np.array([0, -8.6]) @ spin.T + [x, y]
    sheet.ax.text(
        float(tip[0]),
        float(tip[1]),
        word("figure.north", lang),
        fontproperties=font(8 * sheet.zoom, bold=True),
        color=INK.light,
        ha="center",
        va="center",
        path_effects=halo(2 * sheet.zoom),
    )


def draw_locator(sheet: Sheet, view: MapView, x: float, y: float, size: float) -> None:
    """Where the map lies: in its surroundings where they are known, else on the globe."""
    middle = y + size / 2
    lines = []
    if view.surroundings is not None and not view.surroundings.empty:
        size = _draw_surroundings(sheet, view.surroundings, view.bbox, x, y, size)
        around = view.surroundings.iloc[0]
        lines.append((view.language == "en" and plain(around.get("name_en"))) or around["name"])
    else:
        _draw_globe(sheet, view.bbox, x + size / 2, y + size / 2, size / 2)
    west, south, east, north = eastward(view.bbox)
    lat, lon = (south + north) / 2, (west + east) / 2
    lon = (lon + 180) % 360 - 180
    lines.append(f"{abs(lat):.1f}° {'N' if lat >= 0 else 'S'}")
    lines.append(f"{abs(lon):.1f}° {'E' if lon >= 0 else 'W'}")
    for index, line in enumerate(lines):
        sheet.text(x + size + 3, middle - 2 * len(lines) + index * 4, line, 7.5, colour=QUIET.light)


def _draw_surroundings(
    sheet: Sheet, around: gpd.GeoDataFrame, bbox: Bbox, x: float, y: float, size: float
) -> float:
    """The outlines of areas in a square, with the box of the map; returns their width."""
    west, south, east, north = around.total_bounds
    squeeze = np.cos(np.radians((south + north) / 2))
    scale = size / max((east - west) * squeeze, north - south)

    def placed(lonlat: np.ndarray) -> np.ndarray:
        return np.column_stack(
            [x + (lonlat[:, 0] - west) * squeeze * scale, y + (north - lonlat[:, 1]) * scale]
        )

    for part in shapely.get_parts(around.geometry.to_numpy()):
        ring = placed(shapely.get_coordinates(shapely.get_exterior_ring(part)))
        sheet.ax.add_patch(
            Polygon(
                ring, facecolor=PAPER.light, edgecolor=BOUNDARY.light, linewidth=0.5 * sheet.zoom
            )
        )
    box = placed(shapely.get_coordinates(shapely.box(*bbox)))
    sheet.ax.add_patch(Polygon(box, fill=False, edgecolor=ACCENT.light, linewidth=1.2 * sheet.zoom))
    return float((east - west) * squeeze * scale)


def _draw_globe(sheet: Sheet, bbox: Bbox, x: float, y: float, radius: float) -> None:
    """The globe as seen from above the map, with its graticule and equator."""
    west, south, east, north = bbox
    lon, lat = (west + east) / 2, (south + north) / 2
    globe = Transformer.from_crs(
        "EPSG:4326", f"+proj=ortho +lon_0={lon} +lat_0={max(-40, min(40, lat))}", always_xy=True
    )
    scale = radius / 6378137
    sheet.ax.add_patch(
        Circle((x, y), radius, facecolor=PAPER.light, edgecolor=QUIET.light, linewidth=0.5)
    )

    def line(lons: np.ndarray, lats: np.ndarray, colour: str, width: float) -> None:
        east_m, north_m = globe.transform(lons, lats)
        seen = np.isfinite(east_m) & np.isfinite(north_m)
        points = np.column_stack(
            [x + np.where(seen, east_m, 0) * scale, y - np.where(seen, north_m, 0) * scale]
        )
        # A line is lifted off the sheet where the globe turns away.
        moves = np.where(seen & np.roll(seen, 1), Path.LINETO, Path.MOVETO)
        moves[0] = Path.MOVETO
        path = Path(points[seen], moves[seen])
        sheet.ax.add_patch(PathPatch(path, fill=False, edgecolor=colour, linewidth=width))

    steps = np.linspace(-180, 180, 181)
    for parallel in range(-60, 90, 30):
        width = 0.9 if parallel == 0 else 0.4
        line(steps, np.full_like(steps, parallel), LINE.light, width * sheet.zoom)
    for meridian in range(-180, 180, 30):
        line(np.full_like(steps, meridian), steps / 2, LINE.light, 0.4 * sheet.zoom)
    edge = np.linspace(0, 1, 13)
    ring = np.concatenate(
        [
            np.column_stack([west + edge * (east - west), np.full(13, south)]),
            np.column_stack([np.full(13, east), south + edge * (north - south)]),
            np.column_stack([east - edge * (east - west), np.full(13, north)]),
            np.column_stack([np.full(13, west), north - edge * (north - south)]),
        ]
    )
    line(ring[:, 0], ring[:, 1], ACCENT.light, 1.2 * sheet.zoom)
    sheet.ax.scatter(
        [x + globe.transform(lon, lat)[0] * scale],
        [y - globe.transform(lon, lat)[1] * scale],
        s=10 * sheet.zoom**2,
        color=ACCENT.light,
    )
