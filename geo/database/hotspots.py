"""What hotspots are made of beside the heat: whose gap it is, cell by cell."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection

from geo.database.engine import query, read_frame
from geo.domain.site_filter import SiteFilter


def gap_counts(
    connection: Connection,
    wanted: SiteFilter,
    *,
    world: int,
    window: tuple[int, int, int, int],
    box: tuple[float, float, float, float],
) -> pd.DataFrame:
    """The gap in the cells of a window (x0, y0, x1, y1; the last two are not part of it).

    `world` is the number of cells around the earth, `box` the window in degrees. Columns: x, y,
    category, adcode, gap; only where there is one.
    """
    values = wanted.as_values() | {"world": world}
    values |= dict(zip(("x0", "y0", "x1", "y1"), window, strict=True))
    values |= dict(zip(("west", "south", "east", "north"), box, strict=True))
    return read_frame(connection, query("hotspot_counts", values), values)
