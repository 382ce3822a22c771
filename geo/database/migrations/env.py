"""Alembic's entry point: all that is missing in one transaction, behind a lock, with timeouts."""

from __future__ import annotations

from typing import Any

from alembic import context
from geoalchemy2.alembic_helpers import render_item
from sqlalchemy import Connection, text

from geo.database.schema import metadata

# Any number, the same for every Antu: two migrations of one database wait for each other.
_LOCK = 0x616E7475


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """PostGIS keeps tables of its own in the same schema."""
    return kind != "table" or name in metadata.tables


def _run(connection: Connection) -> None:
    with connection.begin():
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        connection.execute(text("SET LOCAL statement_timeout = '30min'"))
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_name=_is_ours,
            render_item=render_item,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()


_run(context.config.attributes["connection"])
