"""All tables, with their constraints and indexes; what Alembic compares the database with.

`site.id` is the key and the distribution column: whatever hangs on a site carries `site_id` first
in its key, and no foreign key leaves a site, so the tables can be spread over a Citus cluster as
they are. Divisions, union organisations and batches are small and can be replicated to every node.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from geo.domain.crs import SRID
from geo.domain.kind import Kind
from geo.domain.site import Category, Coverage, Grade
from geo.domain.union import UnionKind

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "ck": "%(table_name)s_%(constraint_name)s",
        "pk": "%(table_name)s_pkey",
    }
)

# Codes and ids sort alike on every machine.
Code = Text(collation="C")


def geometry_column(kind: str) -> Geometry:
    """The type of a geometry column; its index, if any, is written out beside the table."""
    return Geometry(kind, srid=SRID, spatial_index=False)


def _one_of(column: str, words: type[StrEnum], name: str | None = None) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)


def _not_negative(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} >= 0", name=column)


def _sound_geometry(column: str) -> list[CheckConstraint]:
    return [
        CheckConstraint(
            f"ST_IsValid({column}) AND NOT ST_IsEmpty({column})", name=f"{column}_valid"
        ),
        CheckConstraint(
            f"ST_XMin({column}) >= -180 AND ST_XMax({column}) <= 180"
            f" AND ST_YMin({column}) >= -90 AND ST_YMax({column}) <= 90",
            name=f"{column}_range",
        ),
    ]


# The gap of a site, its workers not reached: 0 where nothing is missing, unknown where the
# headcount is. `counted_` figures leave out who is counted elsewhere.
GAP = (
    "CASE WHEN coverage <> 'none' AND NOT needs_own_union THEN 0"
    " WHEN counted_workers IS NULL THEN NULL"
    " ELSE greatest(counted_workers - coalesce(counted_members, 0), 0) END"
)


def state_columns() -> list[Column[Any]]:
    """What coverage derives of a site on a date; kept in `site`, and computed in `assessed`."""
    return [
        Column("active", Boolean, nullable=False, server_default=text("true")),
        Column("adcode", Code),
        Column("zone_id", Code),
        Column("coverage", Text, nullable=False, server_default=Coverage.NONE),
        Column("covered_by", Code),
        Column("union_members", Integer),
        Column("needs_own_union", Boolean, nullable=False, server_default=text("false")),
        Column("counted_workers", Integer),
        Column("counted_members", Integer),
        Column("gap", Integer, Computed(GAP, persisted=True)),
    ]


division = Table(
    "division",
    metadata,
    Column("adcode", Code, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
    Column("level", Text, nullable=False),
    Column("parent", Code),
    Column("geom", geometry_column("MULTIPOLYGON"), nullable=False),
    Column("area_m2", Double, Computed("ST_Area(geom::geography)", persisted=True)),
    # How many divisions lie above it; written by loading.py alone.
    Column("depth", SmallInteger, nullable=False, server_default=text("0")),
    Column("batch_id", BigInteger),
    CheckConstraint("adcode <> '' AND parent <> adcode", name="adcode"),
    *_sound_geometry("geom"),
    Index("division_geom", "geom", postgresql_using="gist"),
    Index(None, "parent"),
    Index(None, "level"),
)

site = Table(
    "site",
    metadata,
    Column("id", Code, primary_key=True),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("grade", Text, nullable=False, server_default=Grade.OTHER),
    Column("workers", Integer),
    Column("migrant_workers", Integer),
    Column("members", Integer),
    Column("address", Text),
    Column("credit_code", Code),
    Column("stated_division", Text),
    Column("started_on", Date),
    Column("ended_on", Date),
    Column("source", Text),
    Column("batch_id", BigInteger),
    Column("geom", geometry_column("GEOMETRY")),
    Column("point", geometry_column("POINT"), Computed("ST_PointOnSurface(geom)", persisted=True)),
    # As of data_state.covered_on; written by coverage.py alone.
    *state_columns(),
    CheckConstraint("id <> ''", name="id"),
    _one_of("category", Category),
    _one_of("grade", Grade),
    _one_of("coverage", Coverage),
    _not_negative("workers"),
    _not_negative("migrant_workers"),
    _not_negative("members"),
    CheckConstraint("started_on <= ended_on", name="period"),
    CheckConstraint(
        "category <> 'development_zone' OR ST_Dimension(geom) IN (0, 2)", name="zone_is_an_area"
    ),
    *_sound_geometry("geom"),
    Index("site_geom", "geom", postgresql_using="gist"),
    Index("site_geography", text("(geom::geography)"), postgresql_using="gist"),
    Index(
        "site_attention_geography",
        text("(geom::geography)"),
        postgresql_using="gist",
        postgresql_where=text("active AND (coverage = 'none' OR needs_own_union)"),
    ),
    Index(
        "site_zone_geom",
        "geom",
        postgresql_using="gist",
        postgresql_where=text("category = 'development_zone'"),
    ),
    Index(None, "category", "workers"),
    Index(None, "workers"),
    Index(None, "gap"),
    Index(None, "adcode"),
    Index(None, "batch_id"),
    Index(None, "zone_id", postgresql_where=text("zone_id IS NOT NULL")),
    Index(None, "credit_code", postgresql_where=text("credit_code IS NOT NULL")),
    Index(None, "started_on", postgresql_where=text("started_on IS NOT NULL")),
    Index(None, "ended_on", postgresql_where=text("ended_on IS NOT NULL")),
)

union_organisation = Table(
    "union_organisation",
    metadata,
    Column("id", Code, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("site_id", Code),
    Column("categories", ARRAY(Text)),
    Column("members", Integer),
    Column("founded_on", Date),
    Column("dissolved_on", Date),
    Column("parent", Code),
    Column("exemplar", Boolean, nullable=False, server_default=text("false")),
    Column("territory_adcodes", ARRAY(Text)),
    Column("territory_site_id", Code),
    Column("source", Text),
    Column("batch_id", BigInteger),
    Column("geom", geometry_column("MULTIPOLYGON")),
    Column("area_m2", Double, Computed("ST_Area(geom::geography)", persisted=True)),
    CheckConstraint("id <> ''", name="id"),
    _one_of("kind", UnionKind),
    CheckConstraint("(kind = 'enterprise') = (site_id IS NOT NULL)", name="site_id"),
    CheckConstraint(
        "(kind = 'sectoral_federation') = (categories IS NOT NULL) AND cardinality(categories) > 0",
        name="categories",
    ),
    CheckConstraint("kind <> 'enterprise' OR geom IS NULL", name="territory"),
    _not_negative("members"),
    CheckConstraint("founded_on <= dissolved_on", name="period"),
    *_sound_geometry("geom"),
    Index("union_organisation_geom", "geom", postgresql_using="gist"),
    Index(None, "site_id"),
    Index(None, "parent"),
    Index(None, "founded_on", postgresql_where=text("founded_on IS NOT NULL")),
    Index(None, "dissolved_on", postgresql_where=text("dissolved_on IS NOT NULL")),
    Index(None, "territory_site_id", postgresql_where=text("territory_site_id IS NOT NULL")),
    Index(
        None,
        "territory_adcodes",
        postgresql_using="gin",
        postgresql_where=text("territory_adcodes IS NOT NULL"),
    ),
)

import_batch = Table(
    "import_batch",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("checksum", Text),
    Column("options", JSONB, nullable=False, server_default=text("'{}'")),
    Column("loaded_by", Text),
    Column("loaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("read", BigInteger, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("undone_at", DateTime(timezone=True)),
    CheckConstraint("kind IN ('divisions', 'sites', 'unions')", name="kind"),
    CheckConstraint("added + updated + unchanged + refused = read", name="every_row_accounted"),
)

# Which column holds which field in files of one origin, kept under a name to be used again.
saved_mapping = Table(
    "saved_mapping",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("columns", JSONB, nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("kind IN ('divisions', 'sites', 'unions')", name="kind"),
)


def _version_of(table: Table, fields: list[Column[Any]]) -> Table:
    """Rows of a table as they were before a batch changed them; they hang on the key of the row."""
    (key,) = table.primary_key.columns
    return Table(
        f"{table.name}_version",
        metadata,
        *(Column(field.name, field.type, primary_key=field.name == key.name) for field in fields),
        Column("by_batch_id", BigInteger, primary_key=True, autoincrement=False),
        Column("batch_id", BigInteger),
        Index(None, "by_batch_id"),
        Index(None, "batch_id"),
    )


def file_fields(table: Table) -> list[Column[Any]]:
    """The columns of a table that a file may bring, the key first."""
    derived = {"batch_id", "depth"}
    if table is site:
        derived |= {column.name for column in state_columns()}
    return [
        column for column in table.columns if column.name not in derived and column.computed is None
    ]


TABLES = {Kind.DIVISIONS: division, Kind.SITES: site, Kind.UNIONS: union_organisation}
VERSIONS = {kind: _version_of(table, file_fields(table)) for kind, table in TABLES.items()}

# Sums over the active sites that are kept, see pyramid.py: for each block of 16 x 16 cells the
# numbers of those that hold any, and what they hold, in the same order. Rows of a block add up.
heat_block = Table(
    "heat_block",
    metadata,
    Column("level", SmallInteger, nullable=False),
    Column("block", Integer, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("cells", ARRAY(SmallInteger), nullable=False),
    Column("sites", ARRAY(Integer), nullable=False),
    Column("sites_unknown_workers", ARRAY(Integer), nullable=False),
    Column("workers", ARRAY(BigInteger), nullable=False),
    Column("gap", ARRAY(BigInteger), nullable=False),
    Index("heat_block_key", "level", "block", "part"),
)

# The same by division; adcode is empty for what lies outside them all.
division_part = Table(
    "division_part",
    metadata,
    Column("adcode", Code, primary_key=True),
    Column("part", SmallInteger, primary_key=True, autoincrement=False),
    Column("sites", Integer, nullable=False),
    Column("sites_unknown_workers", Integer, nullable=False),
    Column("sites_members_exceed_workers", Integer, nullable=False),
    Column("workers", BigInteger, nullable=False),
    Column("members", BigInteger, nullable=False),
    Column("gap", BigInteger, nullable=False),
)

# One row: the day and the policy that the derived columns of `site` answer for, and the version
# of the data.
data_state = Table(
    "data_state",
    metadata,
    Column("id", SmallInteger, primary_key=True, server_default=text("1")),
    Column("version", BigInteger, nullable=False, server_default=text("0")),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("covered_on", Date),
    Column("own_union_threshold", Integer),
    Column("illustrative", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("id = 1", name="one_row"),
)
