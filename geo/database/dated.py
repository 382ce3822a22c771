"""Looking at another date: what differs on it is assessed, and kept as long as the connection.

Temporary views take the names of the tables, so every statement of the connection answers for the
date. From one date to the next only what begins or ends between them is assessed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Connection, Date, Index, Integer, MetaData, Table

from geo.database import coverage, pyramid, schema, state, working
from geo.database.engine import query
from geo.database.schema import Code, state_columns
from geo.database.state import DataState

_dated = MetaData()


def _kept(name: str, *columns: Column[object]) -> Table:
    return Table(name, _dated, *columns, prefixes=["TEMPORARY"])


def _like(table: Table) -> list[Column[object]]:
    return [Column(column.name, column.type) for column in table.columns]


# No date moves a site, so its division stays.
_site = _kept(
    "dated_site",
    Column("site_id", Code),
    *(column for column in state_columns() if column.name != "adcode"),
)
_block = _kept("dated_block", *_like(schema.heat_block))
# The version of the data that the differences are to, and the day and policy that they lead to.
_state = _kept(
    "dated_state",
    Column("version", BigInteger),
    Column("covered_on", Date),
    Column("own_union_threshold", Integer),
)
# Filled as it is made, see dated_part.sql.
_part = Table("division_part", MetaData(), *_like(schema.division_part))
# Made when the tables are full for the first time, which takes a fraction of the time.
_keys = (
    Index("dated_site_key", _site.c.site_id, unique=True),
    Index("dated_block_key", _block.c.level, _block.c.block, _block.c.part),
    Index("dated_part_key", _part.c.adcode, _part.c.part, unique=True),
)
for _table in _dated.tables.values():
    _table.indexes.clear()
_VIEWS = ("dated_site_view", "dated_block_view")


def look_at(connection: Connection, on: date, threshold: int) -> None:
    """Let every further statement of this connection answer for a date, as long as the data stay
    as they are; nobody else sees anything of it."""
    stored = state.read(connection)
    seen = _seen(connection, stored)
    if seen is not None and seen.answers_for(on, threshold):
        return
    if seen is not None and _nearer(seen, stored, on):
        _move(connection, seen, on, threshold)
        return
    _begin(connection, stored)
    # Of what is stored, not of the views, which say the same at more cost.
    _move(connection, stored, on, threshold)
    for key in _keys:
        key.create(connection)
    for view in _VIEWS:
        connection.execute(query(view))


def _seen(connection: Connection, stored: DataState) -> DataState | None:
    """What this connection answers for, if it is of the data as they are."""
    if connection.scalar(sa.text("SELECT to_regclass('pg_temp.dated_state')")) is None:
        return None
    seen = connection.execute(sa.select(_state)).one()
    if seen.version != stored.version:
        return None
    covered_on, threshold = seen.covered_on, seen.own_union_threshold
    return replace(stored, covered_on=covered_on, own_union_threshold=threshold)


def _nearer(seen: DataState, stored: DataState, on: date) -> bool:
    """Whether a date is reached from the day that is seen rather than from the one stored."""
    if seen.covered_on is None or stored.covered_on is None:
        return False
    return abs(seen.covered_on - on) <= abs(stored.covered_on - on)


def _begin(connection: Connection, stored: DataState) -> None:
    """Make the tables anew: nothing differs from what is stored."""
    for table in (*_dated.tables.values(), _part):
        connection.execute(sa.text(f"DROP TABLE IF EXISTS pg_temp.{table.name} CASCADE"))
    with working.CREATING:
        _dated.create_all(connection, checkfirst=False)
    connection.execute(query("dated_part"))
    connection.execute(_state.insert().values(version=stored.version))


def _move(connection: Connection, before: DataState, on: date, threshold: int) -> None:
    """Bring the differences from one day and policy to another."""
    coverage.assess_difference(connection, before, on, threshold)
    pyramid.note(connection)
    connection.execute(query("dated_site_save"))
    pyramid.put_in(connection, "dated_block")
    connection.execute(_state.update().values(covered_on=on, own_union_threshold=threshold))
