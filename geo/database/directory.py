"""The directory as a table: rows in the order of a column, page by page, and counts of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy import Connection

from geo.database import divisions, pyramid
from geo.database.engine import query
from geo.database.schema import Code, division, site
from geo.domain.area import BoundingBox
from geo.domain.crs import SRID
from geo.domain.site_filter import SiteFilter

Column = Literal["name", "workers", "gap"]

# Chinese names by pinyin.
_COLLATION = "zh-x-icu"


@dataclass(frozen=True)
class Order:
    """By which column a table is sorted; unknown values come last either way."""

    column: Column = "gap"
    descending: bool = True


@dataclass(frozen=True)
class Listing:
    """Rows (id, name, category, grade, workers, coverage, needs_own_union, gap, adcode, lon, lat,
    division, division_en), and the value and id after which the next page begins, if there is
    one."""

    rows: list[dict[str, Any]]
    after: tuple[str | int | None, str] | None


def listing(
    connection: Connection,
    wanted: SiteFilter,
    order: Order,
    *,
    box: BoundingBox | None = None,
    after: tuple[str | int | None, str] | None = None,
    limit: int = 50,
) -> Listing:
    """The sites that pass, and touch a box, in an order, from the one after `after` on; equal
    values by id."""
    # The reach as well: of the exact test alone the planner cannot tell how much passes.
    values = divisions.spelled_out(connection, wanted)
    values |= box.as_values() | box.as_reach() if box else {}
    rows: list[dict[str, Any]] = []
    # Unknown values are asked for by themselves: so an index serves the order either way.
    for unknown in (False, True):
        beyond_known = after is not None and after[0] is None
        if (beyond_known and not unknown) or len(rows) > limit:
            continue
        begun = after if beyond_known is unknown else None
        rows += _ordered(connection, values, order, begun, limit + 1 - len(rows), unknown)
    more, rows = len(rows) > limit, rows[:limit]
    last = (rows[-1][order.column], rows[-1]["id"]) if more else None
    return Listing(rows, last)


def _ordered(
    connection: Connection,
    values: dict[str, object],
    order: Order,
    after: tuple[str | int | None, str] | None,
    limit: int,
    unknown: bool,
) -> list[dict[str, Any]]:
    passing = _passing(values)
    place = passing.c[order.column]
    sorted_by = place.collate(_COLLATION) if order.column == "name" else place
    statement = (
        sa.select(
            *(column for column in passing.c if column.name != "point"),
            sa.func.ST_X(passing.c.point).label("lon"),
            sa.func.ST_Y(passing.c.point).label("lat"),
            division.c.name.label("division"),
            division.c.name_en.label("division_en"),
        )
        .select_from(passing.outerjoin(division, division.c.adcode == passing.c.adcode))
        .where(place.is_(None) if unknown else place.is_not(None))
        .order_by(sorted_by.desc() if order.descending else sorted_by.asc(), passing.c.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(_beyond(sorted_by, passing.c.id, after, order.descending))
    return [dict(row) for row in connection.execute(statement, values).mappings()]


def categories(connection: Connection, wanted: SiteFilter) -> list[dict[str, Any]]:
    """Coverage by category: category, sites, sites_direct, sites_secondary, sites_none,
    sites_unknown_workers, workers, gap; a row for each that occurs, most sites first."""
    parts = pyramid.parts(wanted)
    values: dict[str, object] = {"all_categories": pyramid.CATEGORIES}
    if parts is None:
        values |= wanted.as_values() | {"parts": [], "counting": True}
    else:
        values |= {"parts": parts, "within": wanted.division}
    return [dict(row) for row in connection.execute(query("categories", values), values).mappings()]


def _passing(values: dict[str, object]) -> sa.Subquery:
    names = ("category", "grade", "workers", "coverage", "needs_own_union", "gap", "adcode")
    typed = [sa.column(name, site.c[name].type) for name in names]
    return (
        query("passing", values)
        .columns(
            sa.column("id", Code),
            sa.column("name", sa.Text),
            sa.column("point", Geometry("POINT", srid=SRID)),
            *typed,
        )
        .subquery("passing")
    )


def _beyond(
    place: sa.ColumnElement[Any],
    site_id: sa.ColumnElement[Any],
    after: tuple[str | int | None, str],
    descending: bool,
) -> sa.ColumnElement[bool]:
    value, last_id = after
    if value is None:
        return site_id > last_id
    # Said twice, so that an index can begin there.
    here = place <= value if descending else place >= value
    return here & ((place != value) | (site_id > last_id))
