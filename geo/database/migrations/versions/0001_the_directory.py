"""The directory: divisions, sites, union organisations and import batches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.create_table(
        "data_state",
        sa.Column("id", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("covered_on", sa.Date(), nullable=True),
        sa.Column("own_union_threshold", sa.Integer(), nullable=True),
        sa.Column("illustrative", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("data_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("data_state_pkey")),
    )
    op.execute("INSERT INTO data_state (id) VALUES (1)")
    op.create_table(
        "division",
        sa.Column("adcode", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
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
        sa.Column(
            "area_m2",
            sa.Double(),
            sa.Computed("ST_Area(geom::geography)", persisted=True),
            nullable=True,
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("adcode <> '' AND parent <> adcode", name=op.f("division_adcode")),
        sa.CheckConstraint(
            "ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("division_geom_valid")
        ),
        sa.CheckConstraint(
            "ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90",
            name=op.f("division_geom_range"),
        ),
        sa.PrimaryKeyConstraint("adcode", name=op.f("division_pkey")),
    )
    op.create_index("division_geom", "division", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("division_level"), "division", ["level"], unique=False)
    op.create_index(op.f("division_parent"), "division", ["parent"], unique=False)
    op.create_table(
        "import_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=True),
        sa.Column(
            "options",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("loaded_by", sa.Text(), nullable=True),
        sa.Column(
            "loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('divisions', 'sites', 'unions')", name=op.f("import_batch_kind")
        ),
        sa.CheckConstraint(
            "added + updated + unchanged + refused = read",
            name=op.f("import_batch_every_row_accounted"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("import_batch_pkey")),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), server_default="other", nullable=False),
        sa.Column("workers", sa.Integer(), nullable=True),
        sa.Column("migrant_workers", sa.Integer(), nullable=True),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=True),
        sa.Column("stated_division", sa.Text(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
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
        sa.Column(
            "point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_PointOnSurface(geom)", persisted=True),
            nullable=True,
        ),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("adcode", sa.Text(collation="C"), nullable=True),
        sa.Column("zone_id", sa.Text(collation="C"), nullable=True),
        sa.Column("coverage", sa.Text(), server_default="none", nullable=False),
        sa.Column("covered_by", sa.Text(collation="C"), nullable=True),
        sa.Column("union_members", sa.Integer(), nullable=True),
        sa.Column("needs_own_union", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("counted_workers", sa.Integer(), nullable=True),
        sa.Column("counted_members", sa.Integer(), nullable=True),
        sa.Column(
            "gap",
            sa.Integer(),
            sa.Computed(
                "CASE WHEN coverage <> 'none' AND NOT needs_own_union THEN 0 WHEN counted_workers IS NULL THEN NULL ELSE greatest(counted_workers - coalesce(counted_members, 0), 0) END",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "category <> 'development_zone' OR ST_Dimension(geom) IN (0, 2)",
            name=op.f("site_zone_is_an_area"),
        ),
        sa.CheckConstraint(
            "category IN ('development_zone', 'building_project', 'logistics_hub', 'household_service', 'farm_cooperative', 'labour_dispatch', 'other')",
            name=op.f("site_category"),
        ),
        sa.CheckConstraint(
            "coverage IN ('direct', 'secondary', 'none')", name=op.f("site_coverage")
        ),
        sa.CheckConstraint(
            "grade IN ('national', 'provincial', 'municipal', 'other')", name=op.f("site_grade")
        ),
        sa.CheckConstraint("id <> ''", name=op.f("site_id")),
        sa.CheckConstraint(
            "ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("site_geom_valid")
        ),
        sa.CheckConstraint(
            "ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90",
            name=op.f("site_geom_range"),
        ),
        sa.CheckConstraint("members >= 0", name=op.f("site_members")),
        sa.CheckConstraint("migrant_workers >= 0", name=op.f("site_migrant_workers")),
        sa.CheckConstraint("started_on <= ended_on", name=op.f("site_period")),
        sa.CheckConstraint("workers >= 0", name=op.f("site_workers")),
        sa.PrimaryKeyConstraint("id", name=op.f("site_pkey")),
    )
    op.create_index(op.f("site_adcode"), "site", ["adcode"], unique=False)
    op.create_index(
        "site_attention_geography",
        "site",
        [sa.literal_column("(geom::geography)")],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("active AND (coverage = 'none' OR needs_own_union)"),
    )
    op.create_index(op.f("site_batch_id"), "site", ["batch_id"], unique=False)
    op.create_index(op.f("site_category_workers"), "site", ["category", "workers"], unique=False)
    op.create_index(
        op.f("site_credit_code"),
        "site",
        ["credit_code"],
        unique=False,
        postgresql_where=sa.text("credit_code IS NOT NULL"),
    )
    op.create_index(
        op.f("site_ended_on"),
        "site",
        ["ended_on"],
        unique=False,
        postgresql_where=sa.text("ended_on IS NOT NULL"),
    )
    op.create_index(
        "site_geography",
        "site",
        [sa.literal_column("(geom::geography)")],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index("site_geom", "site", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(
        op.f("site_started_on"),
        "site",
        ["started_on"],
        unique=False,
        postgresql_where=sa.text("started_on IS NOT NULL"),
    )
    op.create_index(op.f("site_workers"), "site", ["workers"], unique=False)
    op.create_index(
        "site_zone_geom",
        "site",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("category = 'development_zone'"),
    )
    op.create_index(
        op.f("site_zone_id"),
        "site",
        ["zone_id"],
        unique=False,
        postgresql_where=sa.text("zone_id IS NOT NULL"),
    )
    op.create_table(
        "union_organisation",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(collation="C"), nullable=True),
        sa.Column("categories", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("dissolved_on", sa.Date(), nullable=True),
        sa.Column("parent", sa.Text(collation="C"), nullable=True),
        sa.Column("exemplar", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("territory_adcodes", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("territory_site_id", sa.Text(collation="C"), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
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
        sa.Column(
            "area_m2",
            sa.Double(),
            sa.Computed("ST_Area(geom::geography)", persisted=True),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(kind = 'enterprise') = (site_id IS NOT NULL)", name=op.f("union_organisation_site_id")
        ),
        sa.CheckConstraint(
            "(kind = 'sectoral_federation') = (categories IS NOT NULL) AND cardinality(categories) > 0",
            name=op.f("union_organisation_categories"),
        ),
        sa.CheckConstraint("id <> ''", name=op.f("union_organisation_id")),
        sa.CheckConstraint(
            "kind <> 'enterprise' OR geom IS NULL", name=op.f("union_organisation_territory")
        ),
        sa.CheckConstraint(
            "kind IN ('enterprise', 'regional_federation', 'sectoral_federation')",
            name=op.f("union_organisation_kind"),
        ),
        sa.CheckConstraint(
            "ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("union_organisation_geom_valid")
        ),
        sa.CheckConstraint(
            "ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90",
            name=op.f("union_organisation_geom_range"),
        ),
        sa.CheckConstraint("founded_on <= dissolved_on", name=op.f("union_organisation_period")),
        sa.CheckConstraint("members >= 0", name=op.f("union_organisation_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("union_organisation_pkey")),
    )
    op.create_index(
        "union_organisation_geom",
        "union_organisation",
        ["geom"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index(
        op.f("union_organisation_parent"), "union_organisation", ["parent"], unique=False
    )
    op.create_index(
        op.f("union_organisation_site_id"), "union_organisation", ["site_id"], unique=False
    )


def downgrade() -> None:
    """Leave no table of Antu."""
    op.drop_table("union_organisation")
    op.drop_table("site")
    op.drop_table("import_batch")
    op.drop_table("division")
    op.drop_table("data_state")
