"""Looking at another date: what differs on it is assessed, and kept as long as the connection.

Temporary views take the names of the tables, so every statement of the connection answers for the
date. From one date to the next only what begins or ends between them is assessed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Connection, Date, Integer, MetaData, Table

from geo.database import coverage, pyramid, schema, state, working
from geo.database.engine import query
from geo.database.schema import Code, state_columns
from geo.database.state import DataState

_dated = MetaData()


def _kept(name: str, *columns: Column[object]) -> Table:
    return Table(name, _dated, *columns, prefixes=["TEMPORARY"])


def _like(table: Table) -> list[Column[object]]:
    return [
        Column(column.name, column.type, primary_key=column.primary_key, autoincrement=False)
        for column in table.columns
    ]


_site = _kept("dated_site", Column("site_id", Code, primary_key=True), *state_columns())
_cell = _kept("dated_cell", *_like(schema.heat_cell))
_part = _kept("dated_part", *_like(schema.division_part))
# The version of the data that the differences are to, and the day and policy that they lead to.
_state = _kept(
    "dated_state",
    Column("version", BigInteger),
    Column("covered_on", Date),
    Column("own_union_threshold", Integer),
)


def look_at(connection: Connection, on: date, threshold: int) -> None:
    """Let every further statement of this connection answer for a date, as long as the data stay
    as they are; nobody else sees anything of it."""
    seen = _seen(connection)
    if seen.answers_for(on, threshold):
        return
    coverage.assess_difference(connection, seen, on, threshold)
    pyramid.take_out(connection)
    connection.execute(query("dated_site_save"))
    pyramid.add_changes(connection)
    connection.execute(query("dated_cell_save"))
    connection.execute(query("dated_part_save"))
    connection.execute(_state.update().values(covered_on=on, own_union_threshold=threshold))


def _seen(connection: Connection) -> DataState:
    """What this connection answers for."""
    stored = state.read(connection)
    if connection.scalar(sa.text("SELECT to_regclass('pg_temp.dated_state')")) is None:
        with working.CREATING:
            _dated.create_all(connection, checkfirst=False)
        for view in ("dated_site_view", "dated_cell_view", "dated_part_view"):
            connection.execute(query(view))
    seen = connection.execute(sa.select(_state)).one_or_none()
    if seen is not None and seen.version == stored.version:
        covered_on, threshold = seen.covered_on, seen.own_union_threshold
        return replace(stored, covered_on=covered_on, own_union_threshold=threshold)
    for table in _dated.tables.values():
        connection.execute(sa.text(f"TRUNCATE {table.name}"))
    connection.execute(
        _state.insert().values(
            version=stored.version,
            covered_on=stored.covered_on,
            own_union_threshold=stored.own_union_threshold,
        )
    )
    return stored
