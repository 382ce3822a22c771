"""Cells: Web-Mercator tile arithmetic, and how large a cell is on the ground.

At level z the world is 64 * 2^z cells across, x eastward from 180° W, y southward from 85.0511° N.
Lengths are those of the WGS 84 ellipsoid (Snyder 1987, Map projections: a working manual, eq. 4-18
and 4-20 give the radii of the meridian and the parallel).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Bbox = tuple[float, float, float, float]
Floats = NDArray[np.float64]

CELLS = 64
# Cells of this level are small against the bandwidth; finer levels would only cost.
FINEST_LEVEL = 11
BANDWIDTH_M = 1000.0
# A Gaussian narrower than this is not caught by the cells.
LEAST_SIGMA_CELLS = 1.5
# What lies further out is less than 4e-6 of the peak.
REACH_SIGMAS = 5.0
# Cells beyond a picture that its interpolation looks at.
RIM = 2
# Cells beyond a bbox from which the hexagons at its edge may be made (see hexagons.py).
_HEXAGONS = 26
_LATITUDE_END = 85.0511287798066

_SEMI_MAJOR_M = 6378137.0
_ECCENTRICITY_SQUARED = 0.00669437999014


@dataclass(frozen=True)
class Window:
    """A range of cells of one level; x1 and y1 are not part of it.

    x goes on beyond the antimeridian, below 0 and above the width of the world.
    """

    level: int
    x0: int
    y0: int
    x1: int
    y1: int


@dataclass(frozen=True)
class Extent:
    """Where a picture lies, in cells of a level; fractions are allowed."""

    level: int
    west: float
    north: float
    east: float
    south: float

    def columns(self, count: int) -> Floats:
        """Centres of the pixels of a row, in cells."""
        return self.west + (np.arange(count) + 0.5) * (self.east - self.west) / count

    def rows(self, count: int) -> Floats:
        """Centres of the pixels of a column, in cells."""
        return self.north + (np.arange(count) + 0.5) * (self.south - self.north) / count

    def turned(self, x: Floats) -> Floats:
        """Positions in cells on that turn around the earth on which the picture lies."""
        world = CELLS << self.level
        return x + world * np.round(((self.west + self.east) / 2 - x) / world)

    def window(self, margin: int) -> Window:
        """The cells of the picture and a margin around them, from pole to pole at most."""
        return Window(
            self.level,
            math.floor(self.west) - margin,
            max(0, math.floor(self.north) - margin),
            math.ceil(self.east) + margin,
            min(CELLS << self.level, math.ceil(self.south) + margin),
        )

    def inside(self) -> Window:
        """The cells of the picture, each once, also where its edges meet around the earth."""
        window = self.window(0)
        return replace(window, x1=min(window.x1, window.x0 + (CELLS << self.level)))

    def margin(self, bandwidth_m: float) -> int:
        """How far cells beyond the picture reach into it."""
        edges = np.array([self.north, self.south])
        widest = max(float(each.max()) for each in sigmas(edges, self.level, bandwidth_m))
        return RIM + math.ceil(REACH_SIGMAS * widest)

    def source(self, bandwidth_m: float) -> Window:
        """The cells that the picture is made from: its own, and those whose count reaches it."""
        return self.window(self.margin(bandwidth_m))


def eastward(bbox: Bbox) -> Bbox:
    """A bbox whose east lies east of its west, beyond 180 where it crosses the antimeridian."""
    west, south, east, north = bbox
    return west, south, east if east >= west else east + 360, north


def widened(bbox: Bbox, least_m: float) -> Bbox:
    """The bbox, or around its middle one of at least so many metres each way: a place by itself
    has no extent, and could not be looked at."""
    west, south, east, north = eastward(bbox)
    lon, lat = (west + east) / 2, (south + north) / 2
    high = max(north - south, math.degrees(least_m / _SEMI_MAJOR_M))
    # Of a short parallel near a pole no more than half is taken.
    parallel_m = max(_SEMI_MAJOR_M * math.cos(math.radians(lat)), least_m / math.pi)
    wide = max(east - west, math.degrees(least_m / parallel_m))
    if (wide, high) == (east - west, north - south):
        return bbox
    edges = ((each + 180) % 360 - 180 for each in (lon - wide / 2, lon + wide / 2))
    west, east = edges if wide < 360 else (-180.0, 180.0)
    return west, max(-90.0, lat - high / 2), east, min(90.0, lat + high / 2)


def reached(bbox: Bbox, bandwidth_m: float = BANDWIDTH_M) -> Bbox:
    """A bbox and what lies so near that counts of the bbox are spread there: a heat picture of it
    ends in nothing."""
    extent = bbox_extent(bbox)
    window = extent.window(extent.margin(bandwidth_m))
    world = CELLS << window.level
    edges = ((x / world * 360) % 360 - 180 for x in (window.x0, window.x1))
    west, east = edges if window.x1 - window.x0 < world else (-180.0, 180.0)
    south, north = (float(_latitude(y, window.level)) for y in (window.y1, window.y0))
    return west, south, east, north


def smallest_box(boxes: Floats) -> Bbox:
    """The box around boxes (rows of west, south, east, north) that leaves out the most of the
    earth's round; west > east across the antimeridian."""
    west, south, east, north = boxes.T
    order = np.argsort(west)
    reached = np.maximum.accumulate(east[order])
    gaps = west[order][1:] - reached[:-1]
    widest = int(gaps.argmax()) if len(gaps) else 0
    if len(gaps) and gaps[widest] > 360 - (east.max() - west.min()):
        edges = west[order][widest + 1], reached[widest]
    else:
        edges = west.min(), east.max()
    return float(edges[0]), float(south.min()), float(edges[1]), float(north.max())


def cell_window(z: int, x: int, y: int, bandwidth_m: float = BANDWIDTH_M) -> Window:
    """The cells that the heat tile z/x/y is made from."""
    return tile_extent(z, x, y).source(bandwidth_m)


def bbox_window(bbox: Bbox, bandwidth_m: float = BANDWIDTH_M, most_cells: int = 1024) -> Window:
    """The cells that heat and hexagons of a bbox are made from, at a level fine enough for it."""
    extent = bbox_extent(bbox, most_cells)
    return extent.window(max(extent.margin(bandwidth_m), _HEXAGONS))


def tile_extent(z: int, x: int, y: int) -> Extent:
    """A tile in cells of its level, or of the finest."""
    level = min(z, FINEST_LEVEL)
    side = CELLS / (1 << (z - level))
    return Extent(level, x * side, y * side, (x + 1) * side, (y + 1) * side)


def bbox_extent(bbox: Bbox, most_cells: int = 1024, finest: int = FINEST_LEVEL) -> Extent:
    """A bbox in cells of the finest level at which it is at most so many cells wide and high.

    Where west > east it crosses the antimeridian.
    """
    west, south, east, north = eastward(bbox)
    left, top = cell_position(west, north, 0)
    right, bottom = cell_position(east, south, 0)
    span = max(float(right - left), float(bottom - top), 1e-9)
    level = min(finest, max(0, math.floor(math.log2(most_cells / span))))
    edges = [float(each) * (1 << level) for each in (left, top, right, bottom)]
    return Extent(level, *edges)


def sigma_m(bbox: Bbox, bandwidth_m: float = BANDWIDTH_M, most_cells: int = 1024) -> float:
    """What a heat picture of a bbox is smoothed with: the bandwidth, or more for coarse cells."""
    extent = bbox_extent(bbox, most_cells)
    width_m, _ = cell_size_m(np.array([(extent.north + extent.south) / 2]), extent.level)
    return max(bandwidth_m, LEAST_SIGMA_CELLS * float(width_m[0]))


def cell_position(lon: ArrayLike, lat: ArrayLike, level: int) -> tuple[Floats, Floats]:
    """Coordinates as x, y in cells, with fractions."""
    world = CELLS << level
    phi = np.radians(np.clip(np.asarray(lat, dtype=np.float64), -_LATITUDE_END, _LATITUDE_END))
    x = (np.asarray(lon, dtype=np.float64) + 180) / 360 * world
    y = (1 - np.arcsinh(np.tan(phi)) / np.pi) / 2 * world
    return x, y


def cell_of(lon: ArrayLike, lat: ArrayLike, level: int) -> tuple[NDArray[np.int64], ...]:
    """The cell x, y that holds each coordinate."""
    last = (CELLS << level) - 1
    return tuple(
        np.clip(np.floor(each), 0, last).astype(np.int64) for each in cell_position(lon, lat, level)
    )


def cell_centre(x: ArrayLike, y: ArrayLike, level: int) -> tuple[Floats, Floats]:
    """Lon, lat of the middle of cells."""
    world = CELLS << level
    lon = (np.asarray(x) + 0.5) / world * 360 - 180
    return lon, _latitude(np.asarray(y) + 0.5, level)


def cell_size_m(y: ArrayLike, level: int) -> tuple[Floats, Floats]:
    """Width and height on the ground of cells whose centres have these y."""
    phi = np.radians(_latitude(y, level))
    angle = 2 * np.pi / (CELLS << level)
    bulge = 1 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    parallel = _SEMI_MAJOR_M / np.sqrt(bulge) * np.cos(phi)
    meridian = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_SQUARED) / bulge**1.5 * np.cos(phi)
    return parallel * angle, meridian * angle


def sigmas(y: ArrayLike, level: int, bandwidth_m: float) -> tuple[Floats, Floats]:
    """Sigma across and along the meridian, in cells, for cells whose centres have these y."""
    width_m, height_m = cell_size_m(y, level)
    return (
        np.maximum(bandwidth_m / width_m, LEAST_SIGMA_CELLS),
        np.maximum(bandwidth_m / height_m, LEAST_SIGMA_CELLS),
    )


def _latitude(y: ArrayLike, level: int) -> Floats:
    world = CELLS << level
    turned: Floats = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * np.asarray(y) / world))))
    return turned
