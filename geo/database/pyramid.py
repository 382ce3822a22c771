"""Counts that are kept: sites, workers and gap by cell of a Web Mercator grid and by division.

Each count is split into parts, one for each category and state of coverage, so that what is asked
by these is a sum of few rows, however many sites there are. The counts follow every change of the
sites in its transaction: what touched sites added before is taken out, what they add now is put in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from sqlalchemy import Connection, text

from geo.database import blocks, working
from geo.database.arrays import Numbers
from geo.database.blocks import FINEST, TILE, Cells
from geo.database.engine import fetch_one, query
from geo.domain.site import Category, Coverage
from geo.domain.site_filter import EVERYTHING, SiteFilter

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
CATEGORIES = [str(category) for category in Category]
# So many sites are summed up at once, which bounds what it takes of memory.
_AT_ONCE = 1_000_000
_PARTS = 1 + len(CATEGORIES) * len(_STATES)


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


def category_of(part: Numbers) -> Numbers:
    """Which category (its place in CATEGORIES) each part is of; that of all has none."""
    return (part - 1) // len(_STATES)


def note(connection: Connection) -> None:
    """Note what the assessed sites count for, and counted for as they are stored; before they are
    written."""
    _count(connection, -1, assessed=True)


def note_removed(connection: Connection) -> None:
    """Note what the sites in `change` count for; before they are deleted."""
    _count(connection, -1, removed=True)


def put_in(
    connection: Connection, table: Literal["heat_block", "dated_block"] = "heat_block"
) -> None:
    """Bring the counts to what was noted, those of cells in a table."""
    for noted in _noted(connection):
        for level, changed in blocks.levels(noted):
            blocks.write(connection, table, level, _with_all(changed))
    _count_divisions(connection)
    connection.execute(query("division_part_save"))


def rebuild(connection: Connection) -> None:
    """Count everything anew."""
    connection.execute(text("DELETE FROM heat_block"))
    connection.execute(text("DELETE FROM division_part"))
    working.create(connection)
    _count(connection, 1)
    put_in(connection)


def check(connection: Connection) -> Check:
    """Recount from the sites, and compare; changes nothing but temporary tables."""
    working.create(connection)
    _count(connection, 1)
    cells = wrong = 0
    for level, counted in blocks.levels(blocks.summed(blocks.together(_noted(connection)))):
        everywhere = blocks.lines(level, 0, 0, TILE << level, TILE << level)
        kept = blocks.summed(blocks.read(connection, everywhere | {"parts": [*range(_PARTS)]}))
        cells += len(kept["part"])
        wrong += blocks.differing(kept, _with_all(counted))
    _count_divisions(connection)
    row = connection.execute(query("division_check")).one()
    return Check(cells, row.divisions, wrong, row.wrong_divisions)


def _count(connection: Connection, sign: int, **which: bool) -> None:
    values = {"sign": sign, "categories": CATEGORIES, "world": TILE << FINEST}
    connection.execute(query("counted", which), values)


def _noted(connection: Connection) -> Iterator[Cells]:
    """What was noted, added up by part and cell of the finest level; so many at once."""
    located = connection.scalar(text("SELECT count(*) FROM counted WHERE x IS NOT NULL"))
    for start in range(0, located or 0, _AT_ONCE):
        yield blocks.summed(_fetched(connection, start))


def _fetched(connection: Connection, start: int) -> Cells:
    asked = {"start": start, "size": _AT_ONCE}
    columns = fetch_one(connection, "counted_cells", asked)
    return dict(zip(("part", "x", "y", *blocks.COUNTS), columns, strict=True))


def _with_all(cells: Cells) -> Cells:
    """Cells of parts, and those of the part of all."""
    of_all = cells | {"part": np.full_like(cells["part"], ALL)}
    return blocks.together([cells, blocks.summed(of_all)])


def _count_divisions(connection: Connection) -> None:
    connection.execute(text("ANALYZE counted"))
    connection.execute(query("division_change"))
