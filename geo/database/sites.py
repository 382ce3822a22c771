"""Reading sites: pages for the API, frames for maps and exports, one with all that is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
from sqlalchemy import Connection

from geo.database.engine import query, read_frame
from geo.domain.area import BoundingBox
from geo.domain.site_filter import SiteFilter
from geo.errors import NotFound


@dataclass(frozen=True)
class Page:
    """GeoJSON Features (texts), and the id after which the next page begins, if there is one."""

    features: list[str]
    after: str | None


def page(
    connection: Connection,
    wanted: SiteFilter,
    *,
    box: BoundingBox | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page:
    """The sites that pass, ordered by id, from the one after `after` on."""
    values = wanted.as_values() | _box_values(box) | {"after": after, "size": limit + 1}
    row = connection.execute(query("sites"), values).one()
    ids, features = row.ids or [], row.features or []
    return Page(features[:limit], ids[limit - 1] if len(ids) > limit else None)


def nearby(
    connection: Connection,
    wanted: SiteFilter,
    *,
    lon: float,
    lat: float,
    k: int,
    radius_m: float | None = None,
) -> str:
    """The k nearest sites that pass, nearest first, as the text of a GeoJSON FeatureCollection.

    `lon`, `lat` are WGS 84 degrees. Distances are geodesic, to the site's geometry (0 inside).
    """
    values = {"lon": lon, "lat": lat, "k": k, "radius_m": radius_m}
    return str(connection.execute(query("nearby"), wanted.as_values() | values).scalar_one())


def detail(connection: Connection, site_id: str) -> str:
    """All that is known of a site, as the text of a GeoJSON Feature; raises NotFound."""
    feature = connection.execute(query("site"), {"id": site_id}).scalar_one_or_none()
    if feature is None:
        raise NotFound(f"There is no site with the id {site_id!r}")
    return str(feature)


def frame(
    connection: Connection, wanted: SiteFilter, *, limit: int | None = None
) -> gpd.GeoDataFrame:
    """The located sites that pass, as maps take them, in EPSG:4326.

    Columns: id, name, category, grade, workers, members, coverage, covered_by, needs_own_union,
    gap, adcode, geometry. With a limit at most that many, those of the largest gap first.
    """
    return gpd.GeoDataFrame(
        read_frame(connection, query("sites_frame"), wanted.as_values() | {"size": limit})
    )


def extent(connection: Connection, wanted: SiteFilter) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the sites that pass; None where there are none on the map."""
    row = connection.execute(query("sites_extent"), wanted.as_values()).one()
    return None if row.west is None else (row.west, row.south, row.east, row.north)


def _box_values(box: BoundingBox | None) -> dict[str, float | None]:
    names = ("west", "south", "east", "north", "west_2", "east_2")
    if box is None:
        return dict.fromkeys(names)
    first, *rest = box.parts()
    second = rest[0] if rest else (None, None, None, None)
    return dict(zip(names, (*first, second[0], second[2]), strict=True))


def export(
    connection: Connection, wanted: SiteFilter, size: int = 20_000
) -> Iterator[gpd.GeoDataFrame]:
    """Every site that passes, located or not, with all fields of a file, in batches by id."""
    after = ""
    while True:
        values = wanted.as_values() | {"after": after, "size": size}
        batch = gpd.GeoDataFrame(read_frame(connection, query("sites_export"), values))
        if batch.empty:
            return
        yield batch
        after = str(batch["id"].iloc[-1])
