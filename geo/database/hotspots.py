"""What hotspots are made of beside the heat: whose gap it is, cell by cell."""

from __future__ import annotations

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
    found = []
    if len(x):
        low, high = int(x.min()), int(x.max()) + 1
        for offset, first, last in heat.turns(low, high, heat.CELLS << level):
            window = (first, int(y.min()), last, int(y.max()) + 1)
            chosen = {"kinds": pyramid.KINDS, "xs": (x - offset).tolist(), "ys": y.tolist()}
            values = heat.values(wanted, level, *window, by_category=True) | chosen
            rows = fetch_all(connection, "hotspot_counts", values)
            found += [(x + offset, y, category, gap) for x, y, category, gap in rows]
    return pd.DataFrame(found, columns=["x", "y", "category", "gap"])
