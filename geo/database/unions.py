"""Reading union organisations."""

from __future__ import annotations

import geopandas as gpd
import sqlalchemy as sa
from sqlalchemy import Connection

from geo.database import loading
from geo.database.engine import read_frame
from geo.database.schema import union_organisation
from geo.domain.kind import Kind


def export(connection: Connection) -> gpd.GeoDataFrame:
    """All union organisations with the fields of a file, geometry in EPSG:4326."""
    statement = sa.select(*loading.fields(Kind.UNIONS)).order_by(union_organisation.c.id)
    return gpd.GeoDataFrame(read_frame(connection, statement))
