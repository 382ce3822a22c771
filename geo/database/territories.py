"""Reading the territories of federations."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from geo.database.engine import query
from geo.domain.site_filter import SiteFilter

# About 20 m; a territory on a screen needs no more.
_TOLERANCE = 0.0002


def territories(connection: Connection, wanted: SiteFilter, on: date) -> str:
    """The text of a GeoJSON FeatureCollection: name, kind and categories of the federations that
    are active on a day, take a wanted category and touch the wanted division; largest first."""
    values = {
        "on": on,
        "categories": list(wanted.categories) or None,
        "division": wanted.division,
        "tolerance": _TOLERANCE,
    }
    return str(connection.execute(query("territories"), values).scalar_one())
