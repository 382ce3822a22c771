"""Tables that live as long as one transaction: what a change touches, and how it is assessed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Connection, Date, Index, Integer, MetaData, Table, Text
from sqlalchemy.schema import SchemaItem

from geo.database.schema import Code, geometry_column, state_columns

_working = MetaData()


def transient(name: str, metadata: MetaData, *parts: SchemaItem) -> Table:
    """A temporary table that the end of the transaction drops."""
    return Table(name, metadata, *parts, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")


# The staged rows that differ from the table.
change = transient(
    "change",
    _working,
    Column("id", Code, primary_key=True),
    Column("added", Boolean, nullable=False),
)

# The sites whose coverage may have changed.
touched = transient("touched", _working, Column("site_id", Code, primary_key=True))

# Those sites as they are to be, with all that the rule of coverage asks about.
candidate = transient(
    "candidate",
    _working,
    Column("id", Code, primary_key=True),
    Column("category", Text),
    Column("workers", Integer),
    Column("members", Integer),
    Column("started_on", Date),
    Column("ended_on", Date),
    Column("geom", geometry_column("GEOMETRY")),
    Column("point", geometry_column("POINT")),
    Index("candidate_point", "point", postgresql_using="gist"),
)

# The answer of the rule for each of them.
assessed = transient(
    "assessed",
    _working,
    Column("site_id", Code, primary_key=True),
    *state_columns(),
)


def create(connection: Connection) -> None:
    """Make the tables, empty, for the rest of this transaction."""
    _working.drop_all(connection)
    _working.create_all(connection)
