"""GET /api/nearby: the sites to go to from here."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.dependencies import AppDatabase, Point, Wanted
from geo.database import sites

GEOJSON = "application/geo+json"
MAX_K = 1000
MAX_RADIUS_M = 20_100_000.0

router = APIRouter(prefix="/api", tags=["nearby"])


@router.get("/nearby", response_class=Response)
def nearby(
    database: AppDatabase,
    point: Point,
    wanted: Wanted,
    k: Annotated[int, Query(ge=1, le=MAX_K, description="How many.")] = 20,
    radius_m: Annotated[float | None, Query(gt=0, le=MAX_RADIUS_M)] = None,
) -> Response:
    """The k nearest sites, nearest first, with `distance_m` (geodesic) and `bearing_deg`.

    Without `coverage`: those that need attention, uncovered or in need of their own union.
    """
    if not wanted.coverages and wanted.needs_own_union is None:
        wanted = replace(wanted, attention=True)
    lon, lat = point
    with database.reading() as connection:
        collection = sites.nearby(connection, wanted, lon=lon, lat=lat, k=k, radius_m=radius_m)
    return Response(collection, media_type=GEOJSON)
