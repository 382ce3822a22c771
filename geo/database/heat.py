"""Heat: how many sites and workers there are, and are missed, cell by cell."""

from __future__ import annotations

import math

import pandas as pd
from sqlalchemy import Connection

from geo.database.engine import query, read_frame
from geo.domain.site_filter import SiteFilter

CELLS = 64


def cells(
    connection: Connection, wanted: SiteFilter, level: int, x0: int, y0: int, x1: int, y1: int
) -> pd.DataFrame:
    """The cells that hold sites, x0 <= x < x1 and y0 <= y < y1 of a level.

    At a level the world is 64 * 2^level cells across, x eastward from 180° W, y southward in Web
    Mercator. Columns: x, y, sites, workers, gap, sites_unknown_workers.
    """
    world = CELLS << level
    window = {"world": world, "x0": x0, "y0": y0, "x1": x1, "y1": y1}
    box = {
        "west": x0 / world * 360 - 180,
        "east": x1 / world * 360 - 180,
        "north": 90.0 if y0 <= 0 else _latitude(y0, world),
        "south": -90.0 if y1 >= world else _latitude(y1, world),
    }
    values = wanted.as_values() | window | box
    return read_frame(connection, query("heat", values), values)


def _latitude(y: int, world: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / world))))
