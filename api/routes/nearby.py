"""GET /api/nearby: the sites to go to from here."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.dependencies import AtPoint, OfSites, OnDay, reading
from api.parameters import Straight, read_by
from geo.database import sites

GEOJSON = "application/geo+json"
MAX_K = 1000
MAX_RADIUS_M = 20_100_000.0

router = APIRouter(prefix="/api", route_class=Straight, tags=["nearby"])


class _Nearby(AtPoint, OfSites, OnDay):
    k: int = Field(20, ge=1, le=MAX_K, description="How many.")
    radius_m: float | None = Field(None, gt=0, le=MAX_RADIUS_M)


Asked = Annotated[_Nearby, read_by(_Nearby)]


@router.get("/nearby", response_class=Response)
def nearby(request: Request, asked: Asked) -> Response:
    """The k nearest sites, nearest first, with `distance_m` (geodesic) and `bearing_deg`.

    Without `coverage`: those that need attention, uncovered or in need of their own union.
    """
    lon, lat = asked.place()
    wanted = asked.sites()
    if not wanted.coverages and wanted.needs_own_union is None:
        wanted = replace(wanted, attention=True)
    with reading(request, asked.on, plan_once=sites.serves_all(wanted)) as connection:
        collection = sites.nearby(
            connection, wanted, lon=lon, lat=lat, k=asked.k, radius_m=asked.radius_m
        )
    return Response(collection, media_type=GEOJSON)
