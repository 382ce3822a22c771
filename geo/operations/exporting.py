"""Writing the directory into files that load again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
from sqlalchemy import Connection, Engine

from geo.database import divisions, sites, unions
from geo.database.engine import snapshot
from geo.domain.crs import parse_crs
from geo.domain.kind import Kind
from geo.domain.site_filter import SiteFilter
from geo.ingest.write import write

ALL_SITES = SiteFilter(active=False)


def export(
    engine: Engine, kind: Kind, out: Path, *, crs: str = "wgs84", wanted: SiteFilter = ALL_SITES
) -> int:
    """Write everything of a kind (sites: what passes) to a file; returns the number of rows."""
    frame = parse_crs(crs)
    with snapshot(engine) as connection:
        return write(frames(connection, kind, wanted), out, crs=frame)


def frames(connection: Connection, kind: Kind, wanted: SiteFilter) -> Iterator[gpd.GeoDataFrame]:
    """Everything of a kind (sites: what passes) in batches, with the fields of a file."""
    match kind:
        case Kind.SITES:
            yield from sites.export(connection, wanted)
        case Kind.UNIONS:
            yield unions.export(connection)
        case Kind.DIVISIONS:
            yield divisions.export(connection)
