"""Mappings of columns that are kept under a name, for files that come again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from geo.database.schema import saved_mapping
from geo.domain.faults import fault
from geo.domain.kind import Kind
from geo.errors import NotFound


def save(connection: Connection, kind: Kind, name: str, columns: Mapping[str, str]) -> None:
    """Keep which column holds which field; a mapping of the same kind and name is replaced."""
    statement = insert(saved_mapping).values(kind=kind, name=name, columns=dict(columns))
    new = {"columns": statement.excluded.columns, "saved_at": statement.excluded.saved_at}
    connection.execute(statement.on_conflict_do_update(index_elements=["kind", "name"], set_=new))


def saved(connection: Connection, kind: Kind, name: str) -> dict[str, str]:
    """A mapping (field -> column) by its name; raises NotFound, which says what there is."""
    mappings = {row["name"]: row["columns"] for row in listed(connection, kind)}
    if name not in mappings:
        key = "error.mapping" if mappings else "error.mapping.none"
        raise fault(NotFound, key, field="mapping", name=name, known=", ".join(mappings))
    return dict(mappings[name])


def listed(connection: Connection, kind: Kind) -> list[dict[str, Any]]:
    """The mappings of a kind, by name: name, columns, saved_at."""
    columns = (saved_mapping.c.name, saved_mapping.c.columns, saved_mapping.c.saved_at)
    statement = select(*columns).where(saved_mapping.c.kind == kind)
    found = connection.execute(statement.order_by(saved_mapping.c.name)).mappings()
    return [dict(row) for row in found]
