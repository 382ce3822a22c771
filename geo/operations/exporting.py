"""Writing the directory into files that load again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
from sqlalchemy import Connection, Engine

from geo.database import divisions, sites, unions
from geo.domain.area import BoundingBox
from geo.domain.crs import WGS84
from geo.domain.faults import fault
from geo.domain.kind import Kind
from geo.domain.site_filter import EVERYTHING, SiteFilter
from geo.errors import Invalid
from geo.ingest.write import write
from geo.operations.database import looking_at
from geo.settings import Settings

ALL_SITES = SiteFilter(active=False)


def export(
    engine: Engine,
    settings: Settings,
    kind: Kind,
    out: Path,
    *,
    crs: str = WGS84,
    wanted: SiteFilter = ALL_SITES,
    box: BoundingBox | None = None,
    on: date | None = None,
) -> int:
    """Write everything of a kind (sites: what passes on a day) to a file; returns the rows.

    All of it is of one state of the data, whoever loads meanwhile.
    """
    with looking_at(engine, settings, on) as connection:
        return write(frames(connection, kind, wanted, box), out, crs=crs)


def frames(
    connection: Connection, kind: Kind, wanted: SiteFilter, box: BoundingBox | None = None
) -> Iterator[gpd.GeoDataFrame]:
    """Everything of a kind (sites: what passes) in batches, with the fields of a file.

    Raises Invalid for filters on what is no site, NotFound for an unknown division.
    """
    if kind is not Kind.SITES and (box or replace(wanted, active=True) != EVERYTHING):
        raise fault(Invalid, "error.export.filter", kind=kind)
    if wanted.division is not None:
        divisions.path(connection, wanted.division)
    match kind:
        case Kind.SITES:
            yield from sites.export(connection, wanted, box=box)
        case Kind.UNIONS:
            yield from unions.export(connection)
        case Kind.DIVISIONS:
            yield divisions.export(connection)
