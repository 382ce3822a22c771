"""Import batches: what was loaded, when, by whom, and what became of its rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select

from geo.database.schema import import_batch
from geo.domain.faults import fault
from geo.errors import NotFound

Batch = dict[str, Any]
_COLUMNS = [column for column in import_batch.columns if column.name != "options"]


def record(connection: Connection, values: Mapping[str, Any]) -> int:
    """Keep a batch (columns of import_batch); returns its number."""
    statement = insert(import_batch).values(values).returning(import_batch.c.id)
    return int(connection.execute(statement).scalar_one())


def sources(connection: Connection) -> tuple[str, ...]:
    """The names of the files that the data come from, those loaded last first."""
    last = func.max(import_batch.c.id)
    statement = (
        select(import_batch.c.file_name)
        .where(import_batch.c.undone_at.is_(None))
        .group_by(import_batch.c.file_name)
    )
    return tuple(connection.scalars(statement.order_by(last.desc())))


def is_loaded(connection: Connection, file_name: str, kinds: Collection[str]) -> bool:
    """Whether a file was loaded for each of these kinds, and not undone."""
    statement = select(import_batch.c.kind).where(
        import_batch.c.file_name == file_name, import_batch.c.undone_at.is_(None)
    )
    return set(connection.scalars(statement)) >= set(kinds)


def listed(connection: Connection, *, before: int | None = None, limit: int = 100) -> list[Batch]:
    """Batches, the last first; `before` continues after the one with that number."""
    statement = select(*_COLUMNS).order_by(import_batch.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(import_batch.c.id < before)
    return [dict(row) for row in connection.execute(statement).mappings()]


def one(connection: Connection, batch_id: int) -> Batch:
    """A batch with all that is known of it; raises NotFound."""
    statement = select(import_batch).where(import_batch.c.id == batch_id)
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise fault(NotFound, "error.batch", batch=str(batch_id))
    return dict(row)
