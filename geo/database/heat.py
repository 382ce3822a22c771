"""Heat: how many sites and workers there are, and are missed, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from geo.database import pyramid
from geo.database.engine import fetch_columns
from geo.domain.area import BoundingBox
from geo.domain.site_filter import SiteFilter

Counts = NDArray[np.int64]

CELLS = pyramid.CELLS
COLUMNS = ("x", "y", "sites", "workers", "gap", "sites_unknown_workers")
BY_CATEGORY = ("x", "y", "kind", "sites", "gap")
# What a box reaches beyond its cells, in degrees, so that rounding loses no site on their border.
_RIM = 1e-6


def cells(
    connection: Connection, wanted: SiteFilter, level: int, x0: int, y0: int, x1: int, y1: int
) -> pd.DataFrame:
    """The cells that hold sites, x0 <= x < x1 and y0 <= y < y1 of a level.

    At a level the world is 64 * 2^level cells across, x eastward from 180° W, y southward in Web
    Mercator; an x below 0 or beyond the world is that of the next turn around the earth. Columns:
    x, y, sites, workers, gap, sites_unknown_workers. Levels beyond pyramid.FINEST are counted from
    the sites, as is what a filter asks beyond category and coverage; all else costs what its cells
    cost, however many sites they hold.
    """
    x, y, *counts = columns(connection, wanted, level, x0, y0, x1, y1).values()
    return pd.DataFrame(dict(zip(COLUMNS, _added_up(x, y, counts), strict=True)))


def columns(
    connection: Connection,
    wanted: SiteFilter,
    level: int,
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    *,
    by_category: bool = False,
) -> dict[str, Counts]:
    """The columns of `cells`, of which one may be there more than once: its counts add up.

    `by_category`: those of each category, and x, y, kind (place in pyramid.KINDS), sites, gap.
    """
    query, names = ("heat_by_category", BY_CATEGORY) if by_category else ("heat", COLUMNS)
    found = []
    for offset, first, last in turns(x0, x1, CELLS << level):
        asked = values(wanted, level, first, y0, last, y1, by_category=by_category)
        x, *others = fetch_columns(connection, query, asked)
        found.append([x + offset, *others])
    joined = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return dict(zip(names, joined, strict=True))


def _added_up(x: Counts, y: Counts, counts: Sequence[Counts]) -> list[Counts]:
    """x, y and the sums of the counts there, by x and y; without cells that hold no site, the
    first count."""
    places, place = np.unique((x << 32) + y, return_inverse=True)
    sums = [np.zeros(len(places), dtype=np.int64) for _ in counts]
    for summed, count in zip(sums, counts, strict=True):
        np.add.at(summed, place, count)
    held = sums[0] > 0
    return [column[held] for column in (places >> 32, places & 0xFFFFFFFF, *sums)]


def turns(x0: int, x1: int, world: int) -> list[tuple[int, int, int]]:
    """A range of x on each turn around the earth: what to add to x there, and x0, x1 within it."""
    first, last = x0 // world, max(x0 // world + 1, -(-x1 // world))
    return [
        (turn * world, max(x0 - turn * world, 0), min(x1 - turn * world, world))
        for turn in range(first, last)
    ]


def values(
    wanted: SiteFilter,
    level: int,
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    *,
    by_category: bool = False,
) -> dict[str, object]:
    """The binds of queries/cells.sql; `by_category`: with the parts of each, never that of all."""
    window = {"x0": x0, "y0": y0, "x1": x1, "y1": y1}
    parts = pyramid.cell_parts(wanted, by_category) if level <= pyramid.FINEST else None
    if parts is None:
        world = CELLS << level
        counting = {"counting": True, "world": world, "kinds": pyramid.KINDS}
        passing = wanted.as_values() | box(x0, y0, x1, y1, world).as_reach()
        nothing = {"level": level, "shift": 0, "blocks": [], "parts": []}
        return passing | counting | window | nothing
    stored = pyramid.stored_level(level)
    shift = stored - level
    blocks = _blocks(stored, x0 << shift, y0 << shift, x1 << shift, y1 << shift)
    return window | {"level": stored, "shift": shift, "blocks": blocks, "parts": parts}


def _blocks(level: int, x0: int, y0: int, x1: int, y1: int) -> list[int]:
    across = 1 << level
    rows = range(max(0, y0 // CELLS), min(across, -(-y1 // CELLS)))
    columns = range(max(0, x0 // CELLS), min(across, -(-x1 // CELLS)))
    return [row * across + column for row in rows for column in columns]


def box(x0: int, y0: int, x1: int, y1: int, world: int) -> BoundingBox:
    """The box of cells; those at the top and bottom reach to the poles."""
    return BoundingBox(
        west=max(-180.0, x0 / world * 360 - 180 - _RIM),
        south=-90.0 if y1 >= world else _latitude(y1, world) - _RIM,
        east=min(180.0, x1 / world * 360 - 180 + _RIM),
        north=90.0 if y0 <= 0 else _latitude(y0, world) + _RIM,
    )


def _latitude(y: int, world: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / world))))
