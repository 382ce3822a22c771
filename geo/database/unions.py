"""Reading union organisations."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import sqlalchemy as sa
from sqlalchemy import Connection

from geo.database import loading
from geo.database.engine import in_batches, read_frame
from geo.database.schema import union_organisation
from geo.domain.kind import Kind


def export(connection: Connection, size: int = 20_000) -> Iterator[gpd.GeoDataFrame]:
    """All union organisations with the fields of a file, EPSG:4326; see `in_batches`."""
    everything = sa.select(*loading.fields(Kind.UNIONS)).order_by(union_organisation.c.id)

    def read(after: str) -> gpd.GeoDataFrame:
        statement = everything.where(union_organisation.c.id > after).limit(size)
        return gpd.GeoDataFrame(read_frame(connection, statement))

    return in_batches(read, size)
