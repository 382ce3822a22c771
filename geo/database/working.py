"""Tables that live as long as one transaction: what a change touches, and how it is assessed.

Their rows come and go by the million and are read as a whole, so they have no keys.
"""

from __future__ import annotations

from threading import Lock

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.schema import SchemaItem

from geo.database.schema import Code, geometry_column, state_columns

_working = MetaData()
# GeoAlchemy2 rearranges a table while it is created; two requests at once would see that.
CREATING = Lock()


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

# The sites whose state may have changed, and what is asked of them anew: `own`, what their dates
# and headcounts decide; `coverage`, also who covers them; `division`, also where they lie. A site
# may be marked more than once; the most is asked of it.
touched = transient(
    "touched",
    _working,
    Column("site_id", Code, nullable=False),
    Column("anew", Text, nullable=False, server_default="coverage"),
)

# The touched sites of which more than `own` is asked: as they are to be, with all that the rule of
# coverage looks at, and the state in which they are stored. One that is located keeps its division.
candidate = transient(
    "candidate",
    _working,
    Column("id", Code, nullable=False),
    Column("category", Text),
    Column("workers", Integer),
    Column("members", Integer),
    Column("started_on", Date),
    Column("ended_on", Date),
    Column("geom", geometry_column("GEOMETRY")),
    Column("point", geometry_column("POINT")),
    Column("located", Boolean, nullable=False, server_default=text("false")),
    *(
        Column(f"former_{column.name}", column.type)
        for column in state_columns()
        if column.computed is None
    ),
)
# Made when the table is full, which takes a tenth of the time.
candidate_point = Index("candidate_point", candidate.c.point, postgresql_using="gist")
candidate.indexes.discard(candidate_point)

# The answer of the rule for each of them, with what else they are counted by, and the zone that
# they were in.
assessed = transient(
    "assessed",
    _working,
    Column("site_id", Code, nullable=False),
    Column("category", Text),
    Column("workers", Integer),
    Column("members", Integer),
    Column("point", geometry_column("POINT")),
    Column("former_zone_id", Code),
    *state_columns(),
)

# What sites counted for before a change (sign -1) and count for after it (sign 1).
counted = transient(
    "counted",
    _working,
    Column("sign", SmallInteger),
    Column("adcode", Code),
    Column("part", SmallInteger),
    Column("x", Integer),
    Column("y", Integer),
    Column("workers", Integer),
    Column("members", Integer),
    Column("gap", Integer),
    Column("members_exceed_workers", Boolean),
)

# The sums of that by division, see division_part.
division_change = transient(
    "division_change",
    _working,
    Column("adcode", Code),
    Column("part", SmallInteger),
    Column("sites", Integer),
    Column("sites_unknown_workers", Integer),
    Column("sites_members_exceed_workers", Integer),
    Column("workers", BigInteger),
    Column("members", BigInteger),
    Column("gap", BigInteger),
)


def create(connection: Connection) -> None:
    """Make the tables, empty, for the rest of this transaction."""
    _working.drop_all(connection)
    with CREATING:
        _working.create_all(connection)
