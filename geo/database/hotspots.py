"""What hotspots are made of beside the heat: whose gap it is, cell by cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from geo.database import heat, pyramid
from geo.database.engine import fetch_all
from geo.domain.site_filter import SiteFilter


def gap_by_category(
    connection: Connection,
    wanted: SiteFilter,
    level: int,
    x: NDArray[np.int64],
    y: NDArray[np.int64],
) -> pd.DataFrame:
    """The gap of some cells of a level, as `heat.cells` numbers and counts them.

    Columns: x, y, category, gap; only where there is one.
    """
    # Whoever needs no attention has no gap.
    wanted = replace(wanted, attention=True)
    found = []
    if len(x):
        low, high = int(x.min()), int(x.max()) + 1
        for offset, first, last in heat.turns(low, high, heat.CELLS << level):
            window = (first, int(y.min()), last, int(y.max()) + 1)
            chosen = {"kinds": pyramid.KINDS, "xs": (x - offset).tolist(), "ys": y.tolist()}
            values = heat.values(wanted, level, *window, by_category=True) | chosen
            if values["blocks"]:
                values["blocks"] = _blocks(x - offset, y, level)
            rows = fetch_all(connection, "hotspot_counts", values)
            found += [(x + offset, y, category, gap) for x, y, category, gap in rows]
    return pd.DataFrame(found, columns=["x", "y", "category", "gap"])


def _blocks(x: NDArray[np.int64], y: NDArray[np.int64], level: int) -> list[int]:
    """The blocks of the stored level that hold some cells, on this turn around the earth."""
    stored = pyramid.stored_level(level)
    here = (x >= 0) & (x < heat.CELLS << level)
    column, row = ((each[here] << stored - level) // heat.CELLS for each in (x, y))
    return [int(block) for block in np.unique((row << stored) + column)]
