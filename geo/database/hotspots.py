"""What hotspots are made of beside the heat: whose gap it is, cell by cell."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection

from geo.database import heat
from geo.database.engine import query, read_frame
from geo.domain.site_filter import SiteFilter


def gap_counts(
    connection: Connection, wanted: SiteFilter, level: int, x0: int, y0: int, x1: int, y1: int
) -> pd.DataFrame:
    """The gap in the cells x0 <= x < x1 and y0 <= y < y1 of a level, as `heat.cells` counts them.

    Columns: x, y, category, adcode, gap; only where there is one.
    """
    world = heat.CELLS << level
    found = []
    for offset, first, last in heat.turns(x0, x1, world):
        box = vars(heat.box(first, y0, last, y1, world))
        window = {"x0": first, "y0": y0, "x1": last, "y1": y1, "world": world}
        values = wanted.as_values() | box | window
        frame = read_frame(connection, query("hotspot_counts", values), values)
        found.append(frame.assign(x=frame["x"] + offset))
    return pd.concat(found, ignore_index=True)
