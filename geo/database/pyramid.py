"""Counts that are kept: sites, workers and gap by cell of a Web Mercator grid and by division.

Each count is split into parts, one for each category and state of coverage, so that what is asked
by these is a sum of few rows, however many sites there are. The counts follow every change of the
sites in its transaction: what touched sites added before is taken out, what they add now is put in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from geo.database import working
from geo.database.engine import query
from geo.domain.site import Category, Coverage
from geo.domain.site_filter import EVERYTHING, SiteFilter

Numbers = NDArray[np.int64]

CELLS = 64
# The cells of a block of so many by so many are kept together.
BLOCK = 16
FINEST = 11

# A part of all; in cells only, where it is asked for most.
ALL = 0
# What tells one part of a category from another: coverage, and whether a union of its own is due.
_STATES = (
    (Coverage.DIRECT, False),
    (Coverage.SECONDARY, False),
    (Coverage.SECONDARY, True),
    (Coverage.NONE, False),
    (Coverage.NONE, True),
)
# In the order in which parts are numbered.
KINDS = [str(category) for category in Category]


@dataclass(frozen=True)
class Check:
    """How many counts there are, and how many are not what a recount gives."""

    cells: int
    divisions: int
    wrong_cells: int
    wrong_divisions: int

    @property
    def right(self) -> bool:
        """Whether every count is."""
        return not (self.wrong_cells or self.wrong_divisions)


def parts(wanted: SiteFilter) -> list[int] | None:
    """The parts whose counts add up to what is wanted; None where no parts do.

    What is asked of divisions is not looked at; see tally.sql.
    """
    told = replace(
        wanted,
        attention=False,
        coverages=(),
        categories=(),
        needs_own_union=None,
        division=None,
    )
    if told != EVERYTHING:
        return None
    return [
        1 + number * len(_STATES) + place
        for number, category in enumerate(Category)
        if not wanted.categories or category in wanted.categories
        for place, (coverage, needs_own) in enumerate(_STATES)
        if (not wanted.coverages or coverage in wanted.coverages)
        and wanted.needs_own_union in (None, needs_own)
        and (not wanted.attention or coverage is Coverage.NONE or needs_own)
    ]


def cell_parts(wanted: SiteFilter, by_category: bool = False) -> list[int] | None:
    """The parts of cells, which know no divisions; see `parts`. `by_category`: without ALL."""
    if wanted == EVERYTHING and not by_category:
        return [ALL]
    return None if wanted.division is not None else parts(wanted)


def kind_of(part: Numbers) -> Numbers:
    """Which category (its place in KINDS) each part is of; that of all has none."""
    return (part - 1) // len(_STATES)


def note(connection: Connection) -> None:
    """Note what the assessed sites count for, and counted for as they are stored; before they are
    written."""
    _count(connection, -1, assessed=True)


def note_removed(connection: Connection) -> None:
    """Note what the sites in `change` count for; before they are deleted."""
    _count(connection, -1, removed=True)


def put_in(connection: Connection) -> None:
    """Bring the counts to what was noted."""
    add_up(connection)
    _save(connection)


def rebuild(connection: Connection) -> None:
    """Count everything anew."""
    connection.execute(text("DELETE FROM heat_block"))
    connection.execute(text("DELETE FROM division_part"))
    _count_all(connection)
    _save(connection)


def check(connection: Connection) -> Check:
    """Recount from the sites, and compare; changes nothing but temporary tables."""
    _count_all(connection)
    row = connection.execute(query("heat_check")).one()
    return Check(row.cells, row.divisions, row.wrong_cells, row.wrong_divisions)


def _save(connection: Connection) -> None:
    connection.execute(query("heat_block_save"))
    connection.execute(query("division_part_save"))


def _count_all(connection: Connection) -> None:
    working.create(connection)
    _count(connection, 1)
    add_up(connection)


def _count(connection: Connection, sign: int, **which: bool) -> None:
    values = {"sign": sign, "categories": KINDS, "world": CELLS << FINEST}
    connection.execute(query("counted", which), values)


def add_up(connection: Connection) -> None:
    """Sum what was noted, by part and division and by part and cell, level by level."""
    connection.execute(text("ANALYZE counted"))
    connection.execute(query("division_change"))
    connection.execute(query("heat_change"), {"level": FINEST})
    for level in reversed(range(FINEST)):
        connection.execute(query("heat_change_coarser"), {"level": level})
