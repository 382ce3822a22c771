"""Reading divisions: areas for maps, levels and the way up for breadcrumbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa
from sqlalchemy import Connection, or_

from geo.database.engine import fetch_all, fetch_one, read_frame
from geo.database.schema import division
from geo.domain.crs import SRID
from geo.domain.faults import fault
from geo.domain.site_filter import SiteFilter
from geo.errors import Invalid, NotFound


def areas(connection: Connection, adcodes: Sequence[str]) -> gpd.GeoDataFrame:
    """The boundaries of some divisions: adcode, geometry (EPSG:4326)."""
    wanted = sa.select(division.c.adcode, division.c.geom).where(division.c.adcode.in_(adcodes))
    return gpd.GeoDataFrame(read_frame(connection, wanted.order_by(division.c.adcode)))


def boxes(connection: Connection, level: str | None, within: str | None = None) -> pd.DataFrame:
    """The boxes of the parts of boundaries: adcode, west, south, east, north; by adcode.

    Of the divisions of a level (None: the top), or of those that are part of another, itself
    included.
    """
    values = {"level": level, "top": level is None or None, "within": within}
    rows = fetch_all(connection, "division_boxes", values)
    return pd.DataFrame(rows, columns=["adcode", "west", "south", "east", "north"])


def outlines(connection: Connection, level: str | None) -> gpd.GeoDataFrame:
    """The boundaries of a level: adcode, name, geometry (EPSG:4326)."""
    columns = (division.c.adcode, division.c.name, division.c.geom)
    wanted = sa.select(*columns).where(division.c.level == level).order_by(division.c.adcode)
    return gpd.GeoDataFrame(read_frame(connection, wanted))


def around(connection: Connection, lon: float, lat: float) -> gpd.GeoDataFrame:
    """The divisions that hold a place, the smallest first: adcode, name, name_en, geometry."""
    columns = (division.c.adcode, division.c.name, division.c.name_en, division.c.geom)
    place = sa.func.ST_SetSRID(sa.func.ST_Point(lon, lat), SRID)
    wanted = sa.select(*columns).where(sa.func.ST_Intersects(division.c.geom, place))
    return gpd.GeoDataFrame(read_frame(connection, wanted.order_by(division.c.area_m2)))


def of_places(
    connection: Connection, lon: Sequence[float], lat: Sequence[float]
) -> list[str | None]:
    """The code of the finest division that holds each place; None outside every boundary."""
    values = {"lon": list(lon), "lat": list(lat)}
    return [adcode for (adcode,) in fetch_all(connection, "divisions_of_places", values)]


def levels(connection: Connection) -> dict[str, int]:
    """How many divisions each level has, coarsest (largest on average) first."""
    rows = connection.execute(
        sa.select(division.c.level, sa.func.count())
        .group_by(division.c.level)
        .order_by(sa.func.avg(division.c.area_m2).desc())
    )
    return {level: int(count) for level, count in rows}


def check_level(connection: Connection, level: str, field: str = "level") -> None:
    """Raise Invalid, with those that there are, unless there are divisions of a level."""
    wanted = sa.select(division.c.adcode).where(division.c.level == level).limit(1)
    if connection.scalar(wanted) is None:
        known = sorted(levels(connection))
        key = "error.level" if known else "error.level.none"
        raise fault(Invalid, key, field=field, level=level, known=", ".join(known))


def children_level(connection: Connection, adcode: str) -> str | None:
    """The level of the divisions right below one; None where there are none."""
    found: str | None = connection.scalar(
        sa.select(division.c.level).where(division.c.parent == adcode).limit(1)
    )
    return found


def called(connection: Connection, words: str, most: int = 5) -> list[dict[str, Any]]:
    """The divisions with these words in a name, or with this code, the largest first: adcode,
    name, name_en."""
    named = or_(
        division.c.name.icontains(words, autoescape=True),
        division.c.name_en.icontains(words, autoescape=True),
        division.c.adcode == words,
    )
    wanted = sa.select(division.c.adcode, division.c.name, division.c.name_en).where(named)
    largest = wanted.order_by(division.c.area_m2.desc(), division.c.adcode).limit(most)
    return [dict(row) for row in connection.execute(largest).mappings()]


def path(connection: Connection, adcode: str) -> list[dict[str, Any]]:
    """A division and those above it, the highest first: adcode, name, name_en, level.

    Raises NotFound.
    """
    found: list[dict[str, Any]] = []
    columns = (division.c.adcode, division.c.name, division.c.name_en, division.c.level)
    code: str | None = adcode
    while code is not None and all(code != step["adcode"] for step in found):
        row = connection.execute(
            sa.select(*columns, division.c.parent).where(division.c.adcode == code)
        ).one_or_none()
        if row is None:
            break
        found.append({name: value for name, value in row._mapping.items() if name != "parent"})
        code = row.parent
    if not found:
        raise fault(NotFound, "error.division", adcode=adcode)
    return found[::-1]


def export(connection: Connection) -> gpd.GeoDataFrame:
    """All divisions with the fields of a file: adcode, name, name_en, level, parent, geometry."""
    columns = (
        division.c.adcode,
        division.c.name,
        division.c.name_en,
        division.c.level,
        division.c.parent,
        division.c.geom,
    )
    return gpd.GeoDataFrame(read_frame(connection, sa.select(*columns).order_by(division.c.adcode)))


def spelled_out(connection: Connection, wanted: SiteFilter) -> dict[str, object]:
    """The binds of queries/passing.sql, with the codes of a division and of all below it in its
    place: so the planner sees how many sites pass, and whether an order or a distance comes first.
    """
    values = wanted.as_values()
    if wanted.division is not None:
        asked = {"division": values.pop("division")}
        (values["adcodes"],) = fetch_one(connection, "division_codes", asked)
    return values


def names(connection: Connection, adcodes: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """Name and English name of some divisions, by code."""
    columns = (division.c.adcode, division.c.name, division.c.name_en)
    rows = connection.execute(sa.select(*columns).where(division.c.adcode.in_(adcodes)))
    return {adcode: (name, english) for adcode, name, english in rows}
