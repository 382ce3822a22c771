"""What a database holds, to be compared before and after."""

from __future__ import annotations

from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from geo.database import blocks, heat
from geo.domain.site_filter import SiteFilter


def everything(engine: Engine) -> dict[str, list[Any]]:
    """All rows of the directory with their state."""
    with engine.connect() as connection:
        return {
            table: [tuple(row) for row in connection.execute(sa.text(f"TABLE {table} ORDER BY 1"))]
            for table in ("division", "site", "union_organisation")
        }


def cells(connection: Connection, wanted: SiteFilter, level: int) -> pd.DataFrame:
    """All cells of a level with their counts."""
    world = blocks.TILE << level
    return heat.cells(connection, wanted, level, 0, 0, world, world)


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Cells are the same, in any order."""
    pd.testing.assert_frame_equal(
        found.sort_values(["x", "y"], ignore_index=True),
        expected.sort_values(["x", "y"], ignore_index=True)[found.columns.tolist()],
    )
