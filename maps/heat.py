"""Heat: counts in cells become a smoothed density per km² (maps/surface.py), and that a picture.

Each cell spreads its count as a Gaussian whose sigma is a distance on the ground at that cell's own
latitude. So no count is lost, the same place looks the same in any tile, and a colour means the
same at every zoom.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maps.cells import (
    BANDWIDTH_M,
    Bbox,
    Extent,
    Floats,
    bbox_extent,
    cell_position,
    cell_size_m,
    tile_extent,
)
from maps.colours import (
    HEAT,
    HEAT_ALPHA,
    HEAT_BREAKS,
    HEAT_NOTHING,
    HEAT_RATIO,
    THEMES,
    Measure,
    Theme,
    rgb,
)
from maps.png import indexed_png
from maps.surface import Cells, Surface, around, surface

TILE_PX = 256
# Pixels that are coloured at once.
_BAND_PX = 1 << 14
# Between two classes the palette has this many steps, so that edges are smooth and not jagged.
_SOFT = 8


def heat_png(
    cells: Cells,
    z: int,
    x: int,
    y: int,
    measure: Measure,
    scale: int = 1,
    *,
    bandwidth_m: float = BANDWIDTH_M,
    theme: Theme = "light",
) -> bytes:
    """The heat tile z/x/y as PNG, 256 * scale px wide, transparent where nothing is.

    `cells` has columns x, y and the measure: the cells of `cell_window` that are not empty.
    """
    size = TILE_PX * scale
    if not len(cells["x"]):
        return _nothing(size)
    extent = tile_extent(z, x, y)
    found = surface(cells, extent, measure, bandwidth_m)
    return indexed_png(_picture(found, extent, size, size, measure), palette(theme))


def tile_density(
    cells: Cells,
    z: int,
    x: int,
    y: int,
    measure: Measure,
    size: int = TILE_PX,
    *,
    bandwidth_m: float = BANDWIDTH_M,
) -> Floats:
    """Density per km² at the centres of a tile's size x size pixels, from the north-west."""
    extent = tile_extent(z, x, y)
    density = np.zeros((size, size))
    part, found = surface(cells, extent, measure, bandwidth_m).sampled(extent, size, size)
    density[part] = found
    return density


def heat_images(
    cells: Cells,
    bbox: Bbox,
    measure: Measure,
    *,
    bandwidth_m: float = BANDWIDTH_M,
    pixels_per_cell: int = 2,
) -> dict[Theme, bytes]:
    """The heat of a bbox (lon, lat) as PNG in Web Mercator, from the cells of `bbox_window`."""
    extent = bbox_extent(bbox)
    width = max(2, round((extent.east - extent.west) * pixels_per_cell))
    height = max(2, round((extent.south - extent.north) * pixels_per_cell))
    found = surface(cells, extent, measure, bandwidth_m)
    index = _picture(found, extent, width, height, measure)
    return {theme: indexed_png(index, palette(theme)) for theme in THEMES}


def density_at(
    cells: Cells,
    bbox: Bbox,
    lon: Floats,
    lat: Floats,
    measure: Measure,
    *,
    bandwidth_m: float = BANDWIDTH_M,
) -> Floats:
    """Density per km² at coordinates inside a bbox, from the cells of `bbox_window`; 0 outside."""
    extent = bbox_extent(bbox)
    x, y = cell_position(lon, lat, extent.level)
    return surface(cells, extent, measure, bandwidth_m).at(extent.turned(x), y)


def dense_cells(
    cells: Cells,
    bbox: Bbox,
    measure: Measure,
    at_least: float,
    *,
    bandwidth_m: float = BANDWIDTH_M,
    most_cells: int = 1024,
) -> pd.DataFrame:
    """The cells of a bbox that reach a density per km², from the cells of `bbox_window`.

    Columns: x, y, density, area_km2; also of cells that hold no site themselves.
    """
    extent = bbox_extent(bbox, most_cells)
    found = surface(cells, extent, measure, bandwidth_m)
    window = extent.inside()
    density = found.density[
        window.y0 - found.y0 : window.y1 - found.y0, window.x0 - found.x0 : window.x1 - found.x0
    ]
    rows, columns = np.nonzero(density >= at_least)
    width_m, height_m = cell_size_m(rows + window.y0 + 0.5, extent.level)
    return pd.DataFrame(
        {
            "x": columns + window.x0,
            "y": rows + window.y0,
            "density": density[rows, columns],
            "area_km2": width_m * height_m / 1e6,
        }
    )


def _picture(
    found: Surface, extent: Extent, width: int, height: int, measure: Measure
) -> NDArray[np.uint8]:
    """A surface as indexes of `palette`."""
    index = np.zeros((height, width), dtype=np.uint8)
    part, density = found.sampled(extent, width, height)
    index[part] = palette_index(density, measure)
    return index


def palette_index(density: Floats, measure: Measure) -> NDArray[np.uint8]:
    """A picture of densities as indexes of `palette`: 0 is nothing, edges of classes are soft."""
    index = np.zeros(density.shape, dtype=np.uint8)
    rows, columns = around(density > 0, 1)
    # Band by band, each with a line of its neighbours, so that what is worked on stays small.
    band = max(2, _BAND_PX // max(1, columns.stop - columns.start))
    for top in range(rows.start, rows.stop, band):
        low, bottom = max(top - 1, rows.start), min(top + band, rows.stop)
        classes = _soft_classes(density[low : bottom + 1, columns], measure)
        index[top:bottom, columns] = classes[top - low : bottom - low]
    return index


def _soft_classes(density: Floats, measure: Measure) -> NDArray[np.uint8]:
    first, step = HEAT_BREAKS[measure][0], math.log(HEAT_RATIO)
    # Whole numbers are the breaks, 1 is the first, 0 is nothing; what lies between them only
    # matters within a pixel of an edge.
    position = np.maximum(density.astype(np.float32), first * HEAT_NOTHING**2)
    np.log(position, out=position)
    position -= math.log(first)
    position /= step
    np.maximum(position, position * (step / -math.log(HEAT_NOTHING)), out=position)
    position += 1
    np.minimum(position, len(HEAT), out=position)
    nearest = np.rint(position)
    blend = (position - nearest) / np.maximum(_per_pixel(position), 1e-9)
    blend += 0.5
    np.clip(blend, 0, 1, out=blend)
    blend += nearest
    blend *= _SOFT
    return np.clip(np.rint(blend, out=blend), 0, len(HEAT) * _SOFT, out=blend).astype(np.uint8)


def _per_pixel(position: NDArray[np.float32]) -> NDArray[np.float32]:
    """How steep a surface is, per pixel; np.gradient for small arrays."""
    squares = np.zeros_like(position)
    for along, total in ((position, squares), (position.T, squares.T)):
        slope = np.empty_like(along)
        np.subtract(along[2:], along[:-2], out=slope[1:-1])
        slope[1:-1] /= 2
        slope[0], slope[-1] = along[1] - along[0], along[-1] - along[-2]
        slope *= slope
        total += slope
    return np.sqrt(squares, out=squares)


@lru_cache(maxsize=2)
def palette(theme: Theme) -> NDArray[np.uint8]:
    """RGBA rows for `palette_index`."""
    colours = np.array([rgb(shade.on(theme)) for shade in HEAT], dtype=np.float64)
    stops = np.column_stack([np.vstack([colours[:1], colours]), [0, *np.array(HEAT_ALPHA) * 255]])
    at = np.arange(len(HEAT) * _SOFT + 1) / _SOFT
    rows = [np.interp(at, np.arange(len(stops)), channel) for channel in stops.T]
    rgba: NDArray[np.uint8] = np.round(np.column_stack(rows)).astype(np.uint8)
    return rgba


@lru_cache(maxsize=4)
def _nothing(size: int) -> bytes:
    return indexed_png(np.zeros((size, size), dtype=np.uint8), palette("light"))
