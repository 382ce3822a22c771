"""Taking back a batch. Every row that a batch overwrote is kept as it was before.

An added row needs no version: it is a row of its batch that the batch kept no version of.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy import Connection

from geo.database import loading
from geo.database.schema import TABLES, VERSIONS, import_batch
from geo.domain.faults import fault, problem
from geo.domain.kind import Kind
from geo.errors import Conflict, NotFound

MAX_NAMED = 100


def undo(connection: Connection, batch_id: int, on: date, threshold: int) -> None:
    """Restore what a batch overwrote, and remove what it added.

    Raises NotFound, and Conflict where it is undone already or a newer batch changed its rows.
    """
    batch = connection.execute(
        sa.select(import_batch).where(import_batch.c.id == batch_id)
    ).one_or_none()
    if batch is None:
        raise fault(NotFound, "error.batch", batch=str(batch_id))
    if batch.undone_at is not None:
        raise fault(Conflict, "error.batch.undone", batch=str(batch_id))
    kind = Kind(batch.kind)
    _refuse_if_changed_since(connection, kind, batch_id)
    table, version = TABLES[kind], VERSIONS[kind]
    key = loading.key_of(table)
    kept = sa.select(version).where(version.c.by_batch_id == batch_id).subquery("kept")
    added = sa.select(key).where(
        table.c.batch_id == batch_id, ~sa.exists().where(kept.c[key.name] == key)
    )
    loading.remove(connection, kind, added, on, threshold)
    loading.stage_from(connection, kind, kept)
    loading.compare(connection, kind)
    loading.write_changed(connection, kind, batch_id, on, threshold)
    connection.execute(
        table.update().values(batch_id=kept.c.batch_id).where(key == kept.c[key.name])
    )
    connection.execute(version.delete().where(version.c.by_batch_id == batch_id))
    connection.execute(
        import_batch.update().values(undone_at=sa.func.now()).where(import_batch.c.id == batch_id)
    )


def _refuse_if_changed_since(connection: Connection, kind: Kind, batch_id: int) -> None:
    version = VERSIONS[kind]
    key = version.c[loading.key_of(TABLES[kind]).name]
    newer = connection.execute(
        sa.select(key, version.c.by_batch_id)
        .where(version.c.batch_id == batch_id)
        .order_by(key)
        .limit(MAX_NAMED)
    ).all()
    if newer:
        refusal = fault(Conflict, "error.batch.under_newer", batch=str(batch_id))
        refusal.problems = [
            problem("error.batch.changed_by", id=row[0], batch=str(row.by_batch_id))
            for row in newer
        ]
        raise refusal
