"""Heat: counts in cells become a smoothed density per km², and that a picture.

Each cell spreads its count as a Gaussian whose sigma is a distance on the ground at that cell's own
latitude. So no count is lost, the same place looks the same in any tile, and a colour means the
same at every zoom.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from maps.cells import (
    BANDWIDTH_M,
    REACH_SIGMAS,
    RIM,
    Bbox,
    Extent,
    Floats,
    bbox_extent,
    cell_position,
    cell_size_m,
    sigmas,
    tile_extent,
)
from maps.colours import HEAT, HEAT_ALPHA, HEAT_BREAKS, HEAT_NOTHING, THEMES, Measure, Theme, rgb

TILE_PX = 256
# Between two classes the palette has this many steps, so that edges are smooth and not jagged.
_SOFT = 8


def heat_png(
    cells: pd.DataFrame,
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
    if cells.empty:
        return _nothing(size)
    density = tile_density(cells, z, x, y, measure, size, bandwidth_m=bandwidth_m)
    return _png(palette_index(density, measure), theme)


def tile_density(
    cells: pd.DataFrame,
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
    return _sampled(_surface(cells, extent, measure, bandwidth_m), extent, size, size)


def heat_images(
    cells: pd.DataFrame,
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
    density = _sampled(_surface(cells, extent, measure, bandwidth_m), extent, width, height)
    index = palette_index(density, measure)
    return {theme: _png(index, theme) for theme in THEMES}


def density_at(
    cells: pd.DataFrame,
    bbox: Bbox,
    lon: Floats,
    lat: Floats,
    measure: Measure,
    *,
    bandwidth_m: float = BANDWIDTH_M,
) -> Floats:
    """Density per km² at coordinates inside a bbox, from the cells of `bbox_window`; 0 outside."""
    extent = bbox_extent(bbox)
    surface = _surface(cells, extent, measure, bandwidth_m)
    x, y = cell_position(lon, lat, extent.level)
    return _at(surface, extent.turned(x), y)


def dense_cells(
    cells: pd.DataFrame,
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
    surface = _surface(cells, extent, measure, bandwidth_m)
    window = extent.window(0)
    density = surface.density[
        window.y0 - surface.y0 : window.y1 - surface.y0,
        window.x0 - surface.x0 : window.x1 - surface.x0,
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


def palette_index(density: Floats, measure: Measure) -> NDArray[np.uint8]:
    """A picture of densities as indexes of `palette`: 0 is nothing, edges of classes are soft."""
    index = np.zeros(density.shape, dtype=np.uint8)
    part = _around(density > 0)
    if part is not None:
        index[part] = _soft_classes(density[part], measure)
    return index


def _around(there: NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """The rows and columns of a picture in which there is anything, and a pixel around them."""
    lines = [np.flatnonzero(there.any(axis=axis)) for axis in (1, 0)]
    if not lines[0].size:
        return None
    rows, columns = (slice(max(0, int(line[0]) - 1), int(line[-1]) + 2) for line in lines)
    return rows, columns


def _soft_classes(density: Floats, measure: Measure) -> NDArray[np.uint8]:
    breaks = HEAT_BREAKS[measure]
    # Whole numbers are the breaks; what lies between them only matters within a pixel of an edge.
    edges = np.log([breaks[0] * HEAT_NOTHING, *breaks])
    edges = np.array([2 * edges[0] - edges[1], *edges, 2 * edges[-1] - edges[-2]])
    log = np.log(np.maximum(density, math.exp(edges[0])))
    position = np.interp(log, edges, np.arange(-1, len(edges) - 1))
    nearest = np.round(position)
    per_pixel = np.maximum(np.hypot(*np.gradient(position)), 1e-9)
    blend = np.clip((position - nearest) / per_pixel + 0.5, 0, 1)
    index = np.clip(np.round((nearest + blend) * _SOFT), 0, len(HEAT) * _SOFT)
    return np.asarray(index, dtype=np.uint8)


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
    return _png(np.zeros((size, size), dtype=np.uint8), "light")


def _png(index: NDArray[np.uint8], theme: Theme) -> bytes:
    colours = palette(theme)
    image = Image.fromarray(index)
    image.putpalette(colours[:, :3].tobytes())
    file = io.BytesIO()
    image.save(file, format="PNG", transparency=colours[:, 3].tobytes())
    return file.getvalue()


@dataclass(frozen=True)
class _Surface:
    """Density per km² at the centres of a block of cells."""

    x0: int
    y0: int
    density: Floats


def _surface(cells: pd.DataFrame, extent: Extent, measure: Measure, bandwidth_m: float) -> _Surface:
    source = extent.source(bandwidth_m)
    target = extent.window(RIM)
    counts = np.zeros((source.y1 - source.y0, source.x1 - source.x0))
    x, y = cells["x"].to_numpy() - source.x0, cells["y"].to_numpy() - source.y0
    inside = (x >= 0) & (x < counts.shape[1]) & (y >= 0) & (y < counts.shape[0])
    values = cells[measure].to_numpy(dtype=np.float64, na_value=0.0)
    np.add.at(counts, (y[inside], x[inside]), values[inside])

    rows = np.arange(source.y0, source.y1) + 0.5
    across, along = sigmas(rows, source.level, bandwidth_m)
    spread = _spread_along_rows(counts, across, source.x0, target.x0, target.x1)
    spread = _spread_down(spread, along, source.y0, target.y0, target.y1)
    width_m, height_m = cell_size_m(np.arange(target.y0, target.y1) + 0.5, target.level)
    return _Surface(target.x0, target.y0, spread / (width_m * height_m / 1e6)[:, None])


def _kernel(sigma: Floats) -> tuple[int, Floats]:
    """Reach in cells, and for each sigma the weights of the cells from -reach to +reach."""
    reach = math.ceil(REACH_SIGMAS * float(sigma.max()))
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (steps / sigma[:, None]) ** 2)
    return reach, weights / weights.sum(axis=1, keepdims=True)


def _spread_along_rows(counts: Floats, sigma: Floats, start: int, first: int, last: int) -> Floats:
    """Smooth each row with its own sigma; from columns start.. to columns first..last."""
    reach, weights = _kernel(sigma)
    padded = _placed(counts.T, start - first + reach, last - first + 2 * reach).T
    out = np.zeros((counts.shape[0], last - first))
    for step in range(2 * reach + 1):
        out += weights[:, step, None] * padded[:, step : step + out.shape[1]]
    return out


def _spread_down(counts: Floats, sigma: Floats, start: int, first: int, last: int) -> Floats:
    """Smooth each column, what is in a row with that row's sigma; from rows start.. likewise."""
    reach, weights = _kernel(sigma)
    shift, height = start - first + reach, last - first + 2 * reach
    padded, weights = _placed(counts, shift, height), _placed(weights, shift, height)
    out = np.zeros((last - first, counts.shape[1]))
    for step in range(2 * reach + 1):
        rows = slice(step, step + out.shape[0])
        out += weights[rows, step, None] * padded[rows]
    return out


def _placed(block: Floats, shift: int, height: int) -> Floats:
    """A block of rows moved down by `shift` in a frame of zeros; what sticks out is dropped."""
    frame = np.zeros((height, block.shape[1]))
    low, high = max(0, -shift), min(block.shape[0], height - shift)
    frame[low + shift : high + shift] = block[low:high]
    return frame


def _sampled(surface: _Surface, extent: Extent, width: int, height: int) -> Floats:
    """Density at the centres of a picture's pixels, by cubic interpolation."""
    tall = _interpolated(surface.density, extent.rows(height) - surface.y0)
    return _interpolated(tall.T, extent.columns(width) - surface.x0).T


def _interpolated(grid: Floats, at: Floats) -> Floats:
    """Rows of a grid at positions in cells (a row's centre is at .5), by Catmull-Rom's cubic."""
    base = np.floor(at - 0.5).astype(np.int64)
    t = at - 0.5 - base
    parts = (
        (-t + 2 * t**2 - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (-(t**2) + t**3) / 2,
    )
    out = np.zeros((len(at), grid.shape[1]))
    for step, part in enumerate(parts, start=-1):
        out += part[:, None] * grid[np.clip(base + step, 0, len(grid) - 1)]
    return out


def _at(surface: _Surface, x: Floats, y: Floats) -> Floats:
    """Density at scattered positions (in cells), bilinear; zero outside the surface."""
    height, width = surface.density.shape
    column, row = x - surface.x0 - 0.5, y - surface.y0 - 0.5
    inside = (column >= 0) & (column < width - 1) & (row >= 0) & (row < height - 1)
    i = np.clip(np.floor(row).astype(np.int64), 0, height - 2)
    j = np.clip(np.floor(column).astype(np.int64), 0, width - 2)
    down, right = row - i, column - j
    grid = surface.density
    value = (grid[i, j] * (1 - right) + grid[i, j + 1] * right) * (1 - down) + (
        grid[i + 1, j] * (1 - right) + grid[i + 1, j + 1] * right
    ) * down
    return np.where(inside, value, 0.0)
