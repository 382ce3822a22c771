"""The density surface: counts in cells, spread as Gaussians, sampled where somebody asks.

Each cell spreads its count with the sigma of its own row (see maps.cells.sigmas), so that nothing
is lost. Only the part of a surface that holds anything is worked out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from maps.cells import REACH_SIGMAS, RIM, Extent, Floats, Window, cell_size_m, sigmas
from maps.colours import Measure

# Columns x, y and the measures; a cell may be there more than once, its counts add up.
Cells = pd.DataFrame | Mapping[str, NDArray[np.int64]]
Part = tuple[slice, slice]
# Some lines, the rows of a grid that they are sums of, and each row's weight in each line.
Band = tuple[slice, slice, Floats]
# Lines that are worked out at once.
_BLOCK = 32
# Up to so many multiplications OpenBLAS works in one thread; waking others costs more than they do.
_SMALL_PRODUCT = 1 << 18


@dataclass(frozen=True)
class Surface:
    """Density per km² at the centres of a block of cells; beyond `part` there is nothing."""

    x0: int
    y0: int
    density: Floats
    part: Part

    def sampled(self, extent: Extent, width: int, height: int) -> tuple[Part, Floats]:
        """Density at the centres of a picture's pixels, by cubic interpolation.

        Of a part of the picture in which there is all that there is, and a pixel around it.
        """
        y, x = extent.rows(height) - self.y0, extent.columns(width) - self.x0
        rows, columns = _seen(self.part[0], y), _seen(self.part[1], x)
        if rows.start == rows.stop or columns.start == columns.stop:
            return (slice(0, 0), slice(0, 0)), np.zeros((0, 0))
        wide = _interpolated(self.density.T, x[columns]).T
        return (rows, columns), _interpolated(wide, y[rows])

    def at(self, x: Floats, y: Floats) -> Floats:
        """Density at scattered positions (in cells), bilinear; zero outside the surface."""
        height, width = self.density.shape
        column, row = x - self.x0 - 0.5, y - self.y0 - 0.5
        inside = (column >= 0) & (column < width - 1) & (row >= 0) & (row < height - 1)
        i = np.clip(np.floor(row).astype(np.int64), 0, height - 2)
        j = np.clip(np.floor(column).astype(np.int64), 0, width - 2)
        down, right = row - i, column - j
        grid = self.density
        value = (grid[i, j] * (1 - right) + grid[i, j + 1] * right) * (1 - down) + (
            grid[i + 1, j] * (1 - right) + grid[i + 1, j + 1] * right
        ) * down
        return np.where(inside, value, 0.0)


def surface(cells: Cells, extent: Extent, measure: Measure, bandwidth_m: float) -> Surface:
    """The density of a measure in the cells of an extent and RIM around it, from the cells of
    `extent.source(bandwidth_m)`."""
    source, target = extent.source(bandwidth_m), extent.window(RIM)
    density = np.zeros((target.y1 - target.y0, target.x1 - target.x0))
    counts = _counts(cells, source, measure)
    held = around(counts > 0)
    across, along = _kernels(source.level, source.y0, source.y1, bandwidth_m)
    rows, down = _reached(held[0], source.y0 - target.y0, along, density.shape[0])
    columns, right = _reached(held[1], source.x0 - target.x0, across, density.shape[1])
    if rows.start < rows.stop and columns.start < columns.stop:
        width = columns.stop - columns.start
        spread = _spread_along_rows(counts[held], across[held[0]], right, width)
        spread = _spread_down(spread, along[held[0]], down, rows.stop - rows.start)
        middle = np.arange(target.y0 + rows.start, target.y0 + rows.stop) + 0.5
        width_m, height_m = cell_size_m(middle, target.level)
        density[rows, columns] = spread / (width_m * height_m / 1e6)[:, None]
    return Surface(target.x0, target.y0, density, (rows, columns))


def around(there: NDArray[np.bool_], rim: int = 0) -> Part:
    """The rows and columns of a picture in which there is anything, and a rim around them."""
    rows, columns = (
        slice(max(0, int(line[0]) - rim), min(int(line[-1]) + 1 + rim, size))
        if line.size
        else slice(0, 0)
        for line, size in zip(
            (np.flatnonzero(there.any(axis=axis)) for axis in (1, 0)), there.shape, strict=True
        )
    )
    return rows, columns


def _counts(cells: Cells, window: Window, measure: Measure) -> Floats:
    """What is counted in the cells of a window, row by row; an unknown count is none."""
    counts = np.zeros((window.y1 - window.y0, window.x1 - window.x0))
    x, y = np.asarray(cells["x"]) - window.x0, np.asarray(cells["y"]) - window.y0
    inside = (x >= 0) & (x < counts.shape[1]) & (y >= 0) & (y < counts.shape[0])
    values = np.nan_to_num(np.asarray(cells[measure], dtype=np.float64))
    np.add.at(counts, (y[inside], x[inside]), values[inside])
    return counts


def _reached(held: slice, shift: int, weights: Floats, size: int) -> tuple[slice, int]:
    """Which of so many lines those held are spread to, and where the first one held lies there.

    Line 0 of what holds is line `shift`.
    """
    if held.start == held.stop:
        return slice(0, 0), 0
    reach, first = weights.shape[1] // 2, held.start + shift
    reached = slice(max(0, first - reach), min(held.stop + shift + reach, size))
    return reached, first - reached.start


@lru_cache(maxsize=16)
def _kernels(level: int, y0: int, y1: int, bandwidth_m: float) -> tuple[Floats, Floats]:
    """For each row of cells the weights of the cells from -reach to +reach, across and along the
    meridian; the same for all tiles side by side."""
    middle = np.arange(y0, y1) + 0.5
    across, along = (_kernel(each) for each in sigmas(middle, level, bandwidth_m))
    return across, along


def _kernel(sigma: Floats) -> Floats:
    reach = math.ceil(REACH_SIGMAS * float(sigma.max()))
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (steps / sigma[:, None]) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _spread_along_rows(counts: Floats, weights: Floats, shift: int, width: int) -> Floats:
    """Smooth each row with its own weights; column 0 of the counts is column `shift` of these."""
    steps = weights.shape[1]
    padded = _placed(counts, shift + steps // 2, width + steps - 1)
    around = sliding_window_view(padded, steps, axis=1)
    return np.asarray(np.einsum("rcs,rs->rc", around, weights))


def _spread_down(counts: Floats, weights: Floats, shift: int, height: int) -> Floats:
    """Smooth each column, what is in a row with that row's weights; rows likewise."""
    steps = np.arange(weights.shape[1])
    size = height + len(steps) - 1
    padded, padded_weights = (
        _placed(each.T, shift + len(steps) // 2, size).T for each in (counts, weights)
    )
    rows = np.arange(height)[:, None] + steps
    return _mixed(padded, _bands(rows, padded_weights[rows, steps]))


def _placed(block: Floats, shift: int, width: int) -> Floats:
    """A block of columns moved right by `shift` in a frame of zeros; what sticks out is dropped."""
    frame = np.zeros((len(block), width))
    low, high = max(0, -shift), min(block.shape[1], width - shift)
    frame[:, low + shift : high + shift] = block[:, low:high]
    return frame


def _seen(part: slice, at: Floats) -> slice:
    """Which of ascending positions in cells are interpolated from a part of the cells, and one
    more on either side, in whole blocks, which are few; none from none."""
    if part.start >= part.stop:
        return slice(0, 0)
    low, high = (int(each) for each in np.searchsorted(at, (part.start - 1.5, part.stop + 1.5)))
    first = max(0, low - 1) // _BLOCK * _BLOCK
    return slice(first, min(len(at), -(-(high + 1) // _BLOCK) * _BLOCK))


def _interpolated(grid: Floats, at: Floats) -> Floats:
    """Rows of a grid at evenly spaced positions in cells (a row's centre is at .5)."""
    return _mixed(grid, _cubic(float(at[0]), float(at[-1]), len(at), len(grid)))


@lru_cache(maxsize=256)
def _cubic(first: float, last: float, count: int, size: int) -> list[Band]:
    """Catmull-Rom's cubic at so many positions among rows of a grid; tiles have the same ones."""
    at = np.linspace(first, last, count)
    base = np.floor(at - 0.5).astype(np.int64)
    t = at - 0.5 - base
    weights = (
        (-t + 2 * t**2 - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (-(t**2) + t**3) / 2,
    )
    rows = np.clip(base[:, None] + np.arange(-1, 3), 0, size - 1)
    return _bands(rows, np.column_stack(weights))


def _bands(rows: NDArray[np.int64], weights: Floats) -> list[Band]:
    """Lines each of which is the sum of some rows of a grid, weighted; `rows` ascend from line to
    line."""
    bands = []
    for top in range(0, len(rows), _BLOCK):
        near = rows[top : top + _BLOCK]
        low, high = int(near[0, 0]), int(near[-1, -1]) + 1
        matrix = np.zeros((len(near), high - low))
        np.add.at(matrix, (np.arange(len(near))[:, None], near - low), weights[top : top + _BLOCK])
        bands.append((slice(top, top + len(near)), slice(low, high), matrix))
    return bands


def _mixed(grid: Floats, bands: list[Band]) -> Floats:
    """The lines of such bands."""
    out = np.empty((bands[-1][0].stop, grid.shape[1]))
    for lines, rows, matrix in bands:
        width = max(1, _SMALL_PRODUCT // matrix.size)
        for left in range(0, grid.shape[1], width):
            some = slice(left, left + width)
            np.matmul(matrix, grid[rows, some], out=out[lines, some])
    return out
