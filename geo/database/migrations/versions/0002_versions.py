"""What batches overwrote, so that they can be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of kept rows."""
    op.create_table(
        "division_version",
        sa.Column("adcode", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("parent", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("by_batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("adcode", "by_batch_id", name=op.f("division_version_pkey")),
    )
    op.create_index(
        op.f("division_version_batch_id"), "division_version", ["batch_id"], unique=False
    )
    op.create_index(
        op.f("division_version_by_batch_id"), "division_version", ["by_batch_id"], unique=False
    )
    op.create_table(
        "site_version",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("workers", sa.Integer(), nullable=True),
        sa.Column("migrant_workers", sa.Integer(), nullable=True),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=True),
        sa.Column("stated_division", sa.Text(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("by_batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", "by_batch_id", name=op.f("site_version_pkey")),
    )
    op.create_index(op.f("site_version_batch_id"), "site_version", ["batch_id"], unique=False)
    op.create_index(op.f("site_version_by_batch_id"), "site_version", ["by_batch_id"], unique=False)
    op.create_table(
        "union_organisation_version",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("site_id", sa.Text(collation="C"), nullable=True),
        sa.Column("categories", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("dissolved_on", sa.Date(), nullable=True),
        sa.Column("parent", sa.Text(collation="C"), nullable=True),
        sa.Column("exemplar", sa.Boolean(), nullable=True),
        sa.Column("territory_adcodes", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("territory_site_id", sa.Text(collation="C"), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("by_batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", "by_batch_id", name=op.f("union_organisation_version_pkey")),
    )
    op.create_index(
        op.f("union_organisation_version_batch_id"),
        "union_organisation_version",
        ["batch_id"],
        unique=False,
    )
    op.create_index(
        op.f("union_organisation_version_by_batch_id"),
        "union_organisation_version",
        ["by_batch_id"],
        unique=False,
    )
    op.add_column("import_batch", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget what batches overwrote."""
    op.drop_column("import_batch", "undone_at")
    op.drop_table("union_organisation_version")
    op.drop_table("site_version")
    op.drop_table("division_version")
