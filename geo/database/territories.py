"""Reading the territories of federations."""

from __future__ import annotations

import math
from datetime import date

from sqlalchemy import Connection

from geo.database.engine import query
from geo.domain.area import BoundingBox
from geo.domain.site_filter import SiteFilter

# About 20 m; a territory on a screen needs no more.
_FINEST = 0.0002


def territories(
    connection: Connection,
    wanted: SiteFilter,
    on: date,
    box: BoundingBox | None = None,
    zoom: int | None = None,
) -> str:
    """The text of a GeoJSON FeatureCollection: name, kind and categories of the federations that
    are active on a day, take a wanted category and touch the wanted division and the box; largest
    first. With the zoom of a web map to half of its pixels, and without what is smaller."""
    tolerance = _FINEST if zoom is None else max(_FINEST, 180 / (256 << zoom))
    values: dict[str, object] = {
        "on": on,
        "categories": list(wanted.categories) or None,
        "division": wanted.division,
        "tolerance": tolerance,
        "digits": math.ceil(-math.log10(tolerance)) + 1,
    }
    values |= {} if box is None else box.as_values()
    return str(connection.execute(query("territories", values), values).scalar_one())
