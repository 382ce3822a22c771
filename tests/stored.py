"""What a database holds, to be compared before and after."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine


def everything(engine: Engine) -> dict[str, list[Any]]:
    """All rows of the directory with their state."""
    with engine.connect() as connection:
        return {
            table: [tuple(row) for row in connection.execute(sa.text(f"TABLE {table} ORDER BY 1"))]
            for table in ("division", "site", "union_organisation")
        }
