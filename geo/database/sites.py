"""Reading sites: pages for the API, frames for maps and exports, one with all that is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import geopandas as gpd
from sqlalchemy import Connection

from geo.database import divisions
from geo.database.engine import estimated, fetch_one, in_batches, query, read_frame
from geo.domain.area import BoundingBox
from geo.domain.faults import fault
from geo.domain.site_filter import EVERYTHING, SiteFilter
from geo.errors import NotFound

# The sphere by which the index orders differs from the ellipsoid by up to 0.6 % of a distance, so
# among a few more candidates than wanted are nearly always the nearest.
_SPARE = 2
_SPARE_SHARE = 1 / 20
_ENLARGED = 8
# What a step outward costs, in units of the planner.
_STEP_COST = 0.8


class Place(NamedTuple):
    """Where a page ended: at a site, in a box with its westernmost longitude there."""

    lon: float
    id: str


@dataclass(frozen=True)
class Page:
    """GeoJSON Features (texts, joined by commas), how many they are, the place after which the next
    page begins, if there is one, and the stamp of the data that they are of (or older)."""

    features: str
    returned: int
    after: Place | None
    stamp: str


def page(
    connection: Connection,
    wanted: SiteFilter,
    *,
    box: BoundingBox | None = None,
    after: Place | None = None,
    limit: int = 100,
) -> Page:
    """The sites that pass, from the one after `after` on: those of a box from west to east; by id
    without a box, across the antimeridian, and where a filter may leave few of a box."""
    values = wanted.as_values()
    by_id = not serves_all(wanted, box)
    listed: list[str] = []
    stamps = []
    more = True
    while more and len(listed) < limit:
        size = limit - len(listed)
        features, stamp, last_lon, last_id = fetch_one(
            connection, "sites", values | _rest(box, after, by_id=by_id) | {"size": size}
        )
        stamps.append(stamp)
        listed += [feature for feature in (features or [])[:size] if feature is not None]
        more = len(features or []) > size
        after = Place(last_lon, last_id) if more else None
    return Page(",".join(listed), len(listed), after, stamps[0])


def serves_all(wanted: SiteFilter, box: BoundingBox | None = None) -> bool:
    """Whether one plan serves a page, or the nearest, wherever that is: not where a filter or two
    boxes may let few sites pass."""
    return not _is_selective(wanted) and (box is None or box.west <= box.east)


def _rest(box: BoundingBox | None, after: Place | None, *, by_id: bool) -> dict[str, object]:
    """The binds of queries/sites.sql for what comes after a place."""
    if box is None or by_id:
        begun = {"by_id": True, "after": after.id if after else None}
        return {**begun, **(box.as_reach() if box else {})}
    edge = f"SRID=4326;LINESTRING({float(box.west)!r} -90,{float(box.west)!r} 90)"
    if after is None:
        return {"west": edge, **box.as_reach()}
    rest = replace(box, west=min(max(after.lon, box.west), box.east))
    return {"west": edge, "lon": after.lon, "lon_id": after.id, **rest.as_reach()}


def count(
    connection: Connection, wanted: SiteFilter, *, box: BoundingBox | None = None, most: int
) -> int:
    """How many sites pass; counting ends beyond `most`, at most + 1."""
    values = wanted.as_values() | (box.as_values() if box else {}) | {"most": most}
    (found,) = fetch_one(connection, "sites_count", values)
    return int(found)


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
    place = f"POINT({float(lon)!r} {float(lat)!r})"
    values = divisions.spelled_out(connection, wanted)
    values |= {"place": place, "k": k, "radius_m": radius_m}
    size = k + _SPARE + int(k * _SPARE_SHARE)
    if _is_selective(wanted):
        values["sorting"] = _sorting_is_cheaper(connection, values, size) or None
    while True:
        collection, complete = fetch_one(connection, "nearby", values | {"size": size})
        if complete:
            return str(collection)
        size *= _ENLARGED


def _is_selective(wanted: SiteFilter) -> bool:
    """Whether it may be that few sites pass, and a walk to them is long."""
    return vars(wanted) | {"active": True, "attention": False} != vars(EVERYTHING)


def _sorting_is_cheaper(connection: Connection, values: dict[str, object], size: int) -> bool:
    """Whether to sort all sites that pass by distance, instead of walking outward until enough do.

    The planner does not count what the distances of a walk cost, and would walk to the end of the
    earth for a filter that few sites pass.
    """
    everything, _ = estimated(connection, "passing", {})
    passing, cost = estimated(connection, "passing", values)
    return cost < min(size / max(passing, 1.0), 1.0) * everything * _STEP_COST


def detail(connection: Connection, site_id: str) -> str:
    """All that is known of a site, as the text of a GeoJSON Feature; raises NotFound."""
    found = fetch_one(connection, "site", {"id": site_id})
    if not found:
        raise fault(NotFound, "error.site", id=site_id)
    return str(found[0])


def frame(
    connection: Connection, wanted: SiteFilter, *, limit: int | None = None
) -> gpd.GeoDataFrame:
    """The located sites that pass, as maps take them, in EPSG:4326.

    Columns: id, name, category, grade, workers, members, coverage, covered_by, needs_own_union,
    gap, adcode, geometry. With a limit at most that many, those of the largest gap first.
    """
    values = wanted.as_values() | {"size": limit}
    return gpd.GeoDataFrame(read_frame(connection, query("sites_frame", values), values))


def extent(connection: Connection, wanted: SiteFilter) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the sites that pass; None where there are none on the map."""
    values = wanted.as_values()
    row = connection.execute(query("sites_extent", values), values).one()
    return None if row.west is None else (row.west, row.south, row.east, row.north)


def export(
    connection: Connection,
    wanted: SiteFilter,
    *,
    box: BoundingBox | None = None,
    size: int = 20_000,
) -> Iterator[gpd.GeoDataFrame]:
    """Every site that passes, located or not, with all fields of a file; see `in_batches`."""
    asked = wanted.as_values() | (box.as_values() if box else {})

    def read(after: str) -> gpd.GeoDataFrame:
        values = asked | {"after": after, "size": size}
        return gpd.GeoDataFrame(read_frame(connection, query("sites_export", values), values))

    return in_batches(read, size)
