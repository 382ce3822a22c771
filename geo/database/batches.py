"""Import batches: what was loaded, when, by whom, and what became of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select

from geo.database.schema import import_batch


def record(connection: Connection, values: Mapping[str, Any]) -> int:
    """Keep a batch (columns of import_batch); returns its number."""
    statement = insert(import_batch).values(values).returning(import_batch.c.id)
    return int(connection.execute(statement).scalar_one())


def sources(connection: Connection, most: int = 5) -> tuple[str, ...]:
    """The names of the files that the data come from, those loaded last first."""
    last = func.max(import_batch.c.id)
    statement = select(import_batch.c.file_name).group_by(import_batch.c.file_name)
    return tuple(connection.scalars(statement.order_by(last.desc()).limit(most)))
