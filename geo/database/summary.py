"""Coverage by division."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from geo.database import pyramid
from geo.database.divisions import check_level
from geo.database.engine import fetch_all, query
from geo.database.schema import division
from geo.domain.faults import fault
from geo.domain.site_filter import EVERYTHING, SiteFilter
from geo.errors import Invalid, NotFound


def coverage_summary(
    connection: Connection,
    wanted: SiteFilter = EVERYTHING,
    *,
    level: str | None = None,
    parent: str | None = None,
) -> list[dict[str, Any]]:
    """Coverage of the divisions of a level, a row each, and of what lies outside them all.

    Without a level: the children of `parent`, or without a parent the top level. Fields: adcode,
    name, name_en, level, sites, sites_direct, sites_secondary, sites_none, sites_need_own_union,
    sites_unknown_workers, sites_members_exceed_workers, workers, workers_covered, members, gap,
    site_rate, worker_rate. A site counts in the first division of the level on its way up; the
    last row (adcode None) is what lies outside; rows add up to the wanted sites of the table, or
    of the parent. Raises Invalid for an unknown level, NotFound for an unknown parent.
    """
    if level is not None:
        check_level(connection, level)
    if parent is not None:
        _check_division(connection, parent)
    parts = pyramid.parts(wanted)
    values: dict[str, object] = {"level": level, "parent": parent}
    if parts is None:
        values |= wanted.as_values() | {"parts": [], "counting": True, "as_stated": False}
    else:
        values |= {"parts": parts, "within": wanted.division}
    rows = connection.execute(query("coverage_summary", values), values).mappings()
    return [dict(row) for row in rows]


def sites_by_division(
    connection: Connection, wanted: SiteFilter, adcodes: Sequence[str]
) -> pd.Series[int]:
    """How many wanted sites lie in each of some divisions, by adcode in their order."""
    parts = pyramid.parts(wanted)
    values: dict[str, object] = {"wholes": list(adcodes)}
    if parts is None:
        values |= wanted.as_values() | {"parts": [], "counting": True, "as_stated": False}
    else:
        values |= {"parts": parts}
    found = dict(fetch_all(connection, "sites_by_division", values))
    counts = {adcode: found.get(adcode, 0) for adcode in adcodes}
    return pd.Series(counts, dtype="int64")


def stated_coverage(
    connection: Connection,
    wanted: SiteFilter = EVERYTHING,
    *,
    level: str | None = None,
    parent: str | None = None,
) -> list[dict[str, Any]]:
    """Coverage by the division that each site's source states, to compare with its own figures.

    Fields as in `coverage_summary`; `name` is the text as stated, `adcode` that of the division
    so called, if there is one. The last row (name None), if any, is of sites that state none.
    Raises Invalid where a level or a parent is asked for: what sources state has neither.
    """
    for field, asked in (("level", level), ("parent", parent)):
        if asked is not None:
            raise fault(Invalid, "error.stated", field=field, option=field)
    values = wanted.as_values() | {"parts": [], "counting": True, "as_stated": True}
    rows = connection.execute(query("coverage_stated", values), values).mappings()
    return [dict(row) for row in rows]


def _check_division(connection: Connection, adcode: str) -> None:
    if connection.scalar(select(division.c.adcode).where(division.c.adcode == adcode)) is None:
        raise fault(NotFound, "error.division", field="parent", adcode=adcode)
