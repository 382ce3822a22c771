"""Counts of cells as they are kept: by level, block of 16 x 16 cells and part, in arrays.

What a block holds is the sum of its rows, so a change only adds rows; where some have piled up they
become one. Rows of a tile are few, however many sites there are, and go straight to and from NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from sqlalchemy import Connection

from geo.database.arrays import Numbers, unpacked
from geo.database.engine import fetch_one, send

# Columns part, x, y and counts, of the same length.
Cells = dict[str, Numbers]

# So many cells across a tile, or a block.
TILE = 64
BLOCK = 16
FINEST = 11
# What is counted of a cell, in the order of queries/heat_blocks.sql.
COUNTS = ("sites", "workers", "gap", "sites_unknown_workers")
_PLACE = ("part", "x", "y")
# So many rows are sent at once, which bounds what it takes of memory, here and there.
_AT_ONCE = 20_000
_NOTHING = np.zeros(0, dtype=np.int64)
NO_CELLS: Cells = dict.fromkeys((*_PLACE, *COUNTS), _NOTHING)
# Bits that tell x, and y, of any level that is asked for.
_BITS = 28


def lines(level: int, x0: int, y0: int, x1: int, y1: int) -> dict[str, Any]:
    """The blocks of a window of cells (without x1 and y1), as binds of queries: of each line of
    blocks the first and the last.

    Beyond the world x goes on around the earth, but no block comes twice.
    """
    across = _across(level)
    first, last = x0 // BLOCK, (x1 - 1) // BLOCK
    if last - first + 1 >= across:
        runs = [(0, across - 1)]
    elif first % across <= last % across:
        runs = [(first % across, last % across)]
    else:
        runs = [(first % across, across - 1), (0, last % across)]
    starts = [row * across for row in range(max(0, y0 // BLOCK), min(across, -(-y1 // BLOCK)))]
    return {
        "level": level,
        "firsts": [start + run[0] for start in starts for run in runs],
        "lasts": [start + run[1] for start in starts for run in runs],
    }


def read(connection: Connection, asked: Mapping[str, Any], counts: Sequence[str] = COUNTS) -> Cells:
    """The cells of blocks with some of their counts; a cell may be there more than once.

    `asked` are `lines`, and parts.
    """
    return read_stamped(connection, asked, counts)[1]


def read_stamped(
    connection: Connection, asked: Mapping[str, Any], counts: Sequence[str]
) -> tuple[str, Cells]:
    """The same in one statement with the stamp of the data that they are of."""
    wanted = {**asked, **dict.fromkeys(counts, True)}
    block, part, size, *packed, stamp = fetch_one(connection, "heat_blocks", wanted)
    if block is None:
        return stamp, dict.fromkeys((*_PLACE, *counts), _NOTHING)
    *held, cell = (unpacked(each, size) for each in packed)
    row, column = np.divmod(np.repeat(block, size), _across(asked["level"]))
    place = np.repeat(part, size), column * BLOCK + cell % BLOCK, row * BLOCK + cell // BLOCK
    names = (*_PLACE, *(name for name in COUNTS if name in counts))
    return stamp, dict(zip(names, (*place, *held), strict=True))


def write(
    connection: Connection, table: Literal["heat_block", "dated_block"], level: int, cells: Cells
) -> None:
    """Add to the counts of cells of a level, each of which is there once."""
    block = cells["y"] // BLOCK * _across(level) + cells["x"] // BLOCK
    number = cells["y"] % BLOCK * BLOCK + cells["x"] % BLOCK
    key = cells["part"] << 2 * _BITS | block
    order = np.argsort(key, kind="stable")
    starts = _starts(key[order])
    ends = np.append(starts[1:], len(key))
    for row in range(0, len(starts), _AT_ONCE):
        rows = slice(row, row + _AT_ONCE)
        first, last = starts[row], ends[rows][-1]
        some, heads = order[first:last], order[starts[rows]]
        sent = {name: cells[name][some] for name in COUNTS} | {
            "cells": number[some],
            "blocks": block[heads],
            "parts": cells["part"][heads],
            "firsts": starts[rows] - first + 1,
            "lasts": ends[rows] - first,
        }
        send(connection, f"{table}_save", sent | {"level": level})


def levels(cells: Cells) -> Iterator[tuple[int, Cells]]:
    """Cells of the finest level, each there once, summed up: at each level, each cell that holds
    anything once."""
    for level in reversed(range(FINEST + 1)):
        yield level, cells
        cells = summed(cells | {"x": cells["x"] >> 1, "y": cells["y"] >> 1})


def summed(cells: Cells) -> Cells:
    """Cells of which each that holds anything is there once."""
    key = (cells["part"] << _BITS | cells["y"]) << _BITS | cells["x"]
    order = np.argsort(key)
    starts = _starts(key[order])
    found = {name: cells[name][order][starts] for name in _PLACE}
    found |= {
        name: np.add.reduceat(cells[name][order], starts) if len(starts) else _NOTHING
        for name in COUNTS
    }
    held = np.any([found[name] for name in COUNTS], axis=0)
    return {name: column[held] for name, column in found.items()}


def together(parts: Iterable[Cells]) -> Cells:
    """All cells of some, which may then be there more than once."""
    whole = [NO_CELLS, *parts]
    return {name: np.concatenate([part[name] for part in whole]) for name in NO_CELLS}


def differing(cells: Cells, others: Cells) -> int:
    """How many cells do not hold the same."""
    less = others | {name: -others[name] for name in COUNTS}
    return len(summed(together([cells, less]))["part"])


def _starts(ordered: Numbers) -> Numbers:
    """Where each number of those in order is first."""
    return np.flatnonzero(np.diff(ordered, prepend=-1))


def _across(level: int) -> int:
    """How many blocks lie around the earth."""
    return (TILE << level) // BLOCK
