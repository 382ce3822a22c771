"""Import batches: what was loaded, when, by whom, and what became of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert

from geo.database.schema import import_batch


def record(connection: Connection, values: Mapping[str, Any]) -> int:
    """Keep a batch (columns of import_batch); returns its number."""
    statement = insert(import_batch).values(values).returning(import_batch.c.id)
    return int(connection.execute(statement).scalar_one())
