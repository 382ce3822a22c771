"""Heat: sites, workers and gap, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from geo.database import blocks, pyramid, state
from geo.database.arrays import Numbers
from geo.database.blocks import COUNTS, FINEST, TILE
from geo.database.engine import fetch_one
from geo.domain.area import BoundingBox
from geo.domain.site_filter import SiteFilter

# What a box reaches beyond its cells, in degrees, so that rounding loses no site on their border.
_RIM = 1e-6


def cells(
    connection: Connection, wanted: SiteFilter, level: int, x0: int, y0: int, x1: int, y1: int
) -> pd.DataFrame:
    """The cells that hold sites, x0 <= x < x1 and y0 <= y < y1 of a level.

    At a level the world is 64 * 2^level cells across, x eastward from 180° W, y southward in Web
    Mercator; an x below 0 or beyond the world is that of the next turn around the earth. Columns:
    x, y, sites, workers, gap, sites_unknown_workers. Levels beyond blocks.FINEST are counted from
    the sites, as is what a filter asks beyond category and coverage; all else costs what its cells
    cost, however many sites they hold.
    """
    _, found = columns(connection, wanted, level, x0, y0, x1, y1, COUNTS)
    one_part = {"part": np.zeros_like(found["x"]), "x": found["x"] - x0}
    whole = blocks.summed(found | one_part)
    counts = {name: whole[name] for name in COUNTS}
    return pd.DataFrame({"x": whole["x"] + x0, "y": whole["y"]} | counts)


def columns(
    connection: Connection,
    wanted: SiteFilter,
    level: int,
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    counts: Sequence[str],
    *,
    by_category: bool = False,
) -> tuple[str, dict[str, Numbers]]:
    """Columns x, y, and some counts of `cells`, which may be there more than once and then add up,
    and the stamp of the data that they are of (or older).

    `by_category`: those of each category, and category, its place in pyramid.CATEGORIES.
    """
    asked = values(wanted, level, x0, y0, x1, y1, by_category=by_category)
    around = turns(x0, x1, TILE << level)
    found: Iterable[dict[str, Numbers]]
    if "counting" in asked:
        stamp = state.stamp(connection)
        found = (
            _counted(connection, values(wanted, level, first, y0, last, y1))
            for _, first, last in around
        )
    else:
        stamp, kept = _kept(connection, asked, counts)
        found = repeat(kept)
    names = ["y", *(["category"] if by_category else []), *counts]
    shown = []
    for (offset, first, last), turn in zip(around, found, strict=False):
        inside = (turn["x"] >= first) & (turn["x"] < last)
        shown.append([turn["x"][inside] + offset, *(turn[name][inside] for name in names)])
    merged = map(np.concatenate, zip(*shown, strict=True))
    return stamp, dict(zip(["x", *names], merged, strict=True))


def _kept(
    connection: Connection, asked: dict[str, Any], counts: Sequence[str]
) -> tuple[str, dict[str, Numbers]]:
    """The columns of kept counts, of one turn around the earth, and their stamp."""
    stamp, found = blocks.read_stamped(connection, asked, counts)
    inside = (found["y"] >= asked["y0"]) & (found["y"] < asked["y1"])
    found["category"] = pyramid.category_of(found["part"])
    return stamp, {name: column[inside] for name, column in found.items()}


def _counted(connection: Connection, asked: dict[str, Any]) -> dict[str, Numbers]:
    """The columns as counted from the sites that pass."""
    row = fetch_one(connection, "heat", asked)
    found = [np.zeros(0, dtype=np.int64) if each is None else each for each in row]
    return dict(zip(("x", "y", "category", *COUNTS), found, strict=True))


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
) -> dict[str, Any]:
    """The binds of queries/cells.sql; `by_category`: with the parts of each, never that of all."""
    window = {"x0": x0, "y0": y0, "x1": x1, "y1": y1}
    parts = pyramid.cell_parts(wanted, by_category) if level <= FINEST else None
    if parts is None:
        world = TILE << level
        counting = {"counting": True, "world": world, "all_categories": pyramid.CATEGORIES}
        passing = wanted.as_values() | box(x0, y0, x1, y1, world).as_reach()
        nothing = {"level": level, "firsts": [], "lasts": [], "parts": []}
        return passing | counting | window | nothing
    return window | blocks.lines(level, x0, y0, x1, y1) | {"parts": parts}


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
