"""Hexagons: counts in cells summed by a honeycomb on the Web Mercator grid, to be seen at a glance.

At level z the earth is 6 * 2^z hexagons around, pointed to the north, so they meet across the
antimeridian. A hexagon bears the numbers i, j: its middle lies i half widths east of 180° W and j
rows south of the upper edge of the map; i + j is even. A cell counts in the hexagon that holds its
middle: so counts add up to those of the cells, and a site may lie over an edge by up to 1/15 of
the width.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from maps.cells import (
    CELLS,
    Bbox,
    Extent,
    Floats,
    Window,
    bbox_extent,
    cell_centre,
    cell_size_m,
)

Whole = NDArray[np.int64]

_AROUND = 6
# In cells of the level; a cell is 4 px on a map of the same zoom.
WIDTH = CELLS / _AROUND
# From one row to the next, and from the middle to a corner, in cells.
ROW = WIDTH * math.sqrt(3) / 2
RADIUS = WIDTH / math.sqrt(3)
# Smaller ones would hold a site each.
FINEST = 13
# A box is at most so many cells wide and high: about 50 hexagons.
_MOST_CELLS = 512

COUNTS = ("sites", "workers", "gap", "sites_unknown_workers")


def hexagon_extent(bbox: Bbox, zoom: int = FINEST) -> Extent:
    """A bbox at the level of a web map's zoom, or at a coarser one that it is not too wide for."""
    return bbox_extent(bbox, _MOST_CELLS, finest=min(zoom, FINEST))


def hexagon_window(extent: Extent) -> Window:
    """The cells of all hexagons that touch an extent."""
    return extent.window(math.ceil(2 * RADIUS))


def hexagons(cells: pd.DataFrame, extent: Extent, finer: int = 0) -> pd.DataFrame:
    """The hexagons that touch an extent and hold sites, from the cells of its `hexagon_window`.

    The cells may be so many levels finer. Columns: i, j, the counts of the cells, and area_km2.
    Each hexagon comes once, also where the edges of an extent around the earth meet.
    """
    x, y = (cells[name].to_numpy(dtype=np.int64) >> finer for name in ("x", "y"))
    i, j = _holder((x + np.float64(0.5)) / WIDTH, (y + np.float64(0.5)) / ROW)
    counts = cells[[name for name in COUNTS if name in cells]]
    summed = counts.assign(i=i, j=j).groupby(["i", "j"], as_index=False).sum()
    middle_x, middle_y = middle(summed["i"], summed["j"])
    seen = (middle_x > extent.west - RADIUS) & (middle_x < extent.east + RADIUS)
    seen &= (middle_y > extent.north - RADIUS) & (middle_y < extent.south + RADIUS)
    turn = 2 * _AROUND << extent.level
    first = math.ceil((extent.west + extent.east) / WIDTH - turn / 2 - 1e-9)
    seen &= summed["i"].between(first, first + turn - 1).to_numpy()
    found: pd.DataFrame = summed[seen].reset_index(drop=True)
    return found.assign(area_km2=area_km2(found["j"], extent.level))


def middle(i: ArrayLike, j: ArrayLike) -> tuple[Floats, Floats]:
    """The middle of hexagons, in cells."""
    return np.asarray(i) * (WIDTH / 2), np.asarray(j) * ROW


def corners(i: ArrayLike, j: ArrayLike, level: int) -> Floats:
    """Lon, lat of the six corners of each hexagon, from the north: an array of n x 6 x 2."""
    x, y = middle(i, j)
    angle = np.radians([0, 60, 120, 180, 240, 300])
    across = x[:, None] + RADIUS * np.sin(angle) - 0.5
    down = y[:, None] - RADIUS * np.cos(angle) - 0.5
    return np.stack(cell_centre(across, down, level), axis=-1)


def area_km2(j: ArrayLike, level: int) -> Floats:
    """The ground that hexagons of these rows cover."""
    across, along = cell_size_m(middle(0, j)[1], level)
    area: Floats = across * along * (WIDTH * ROW / 1e6)
    return area


def width_m(extent: Extent) -> float:
    """How wide a hexagon is on the ground in the middle of an extent."""
    across, _ = cell_size_m(np.array([(extent.north + extent.south) / 2]), extent.level)
    return float(across[0]) * WIDTH


def _holder(u: Floats, v: Floats) -> tuple[Whole, Whole]:
    """The nearest of the two nearest middles: of an even row, and of an odd one.

    u counts widths, v rows.
    """
    even = 2 * np.round(u), 2 * np.round(v / 2)
    odd = 2 * np.floor(u) + 1, 2 * np.floor(v / 2) + 1
    far = [(u - i / 2) ** 2 + 0.75 * (v - j) ** 2 for i, j in (even, odd)]
    first = far[0] <= far[1]
    i, j = (np.where(first, *each) for each in zip(even, odd, strict=True))
    return i.astype(np.int64), j.astype(np.int64)
