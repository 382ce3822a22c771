"""Places as people write them, and the areas of federations around them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import caching
from api.dependencies import AppSettings, Box, On, Reading, Wanted
from api.tiles import MAX_ZOOM
from geo.database.territories import territories
from geo.domain.coordinates import parse_place
from geo.operations.database import today

router = APIRouter(prefix="/api", tags=["places"])


@router.get("/place")
def place(
    text: Annotated[str, Query(max_length=200, description="Two coordinates in any order.")],
    crs: Annotated[str, Query(description="wgs84, gcj02, bd09 or an EPSG code.")] = "wgs84",
    near: Annotated[str | None, Query(description="lon,lat that decides a doubtful order.")] = None,
) -> dict[str, float]:
    """WGS 84 lon, lat of typed coordinates: decimal or degrees, minutes and seconds."""
    lon, lat = parse_place(text, crs, _near(near))
    return {"lon": round(lon, 7), "lat": round(lat, 7)}


@router.get("/territories", response_class=Response)
def areas(
    request: Request,
    connection: Reading,
    settings: AppSettings,
    wanted: Wanted,
    box: Box,
    on: On = None,
    zoom: Annotated[int | None, Query(ge=0, le=MAX_ZOOM, description="Web map zoom.")] = None,
) -> Response:
    """The territories of the federations active on the day, simplified for a map.

    With `zoom` to half of its pixels, and without those that are smaller.
    """
    headers = caching.headers(request, connection)
    collection = territories(connection, wanted, on or today(settings), box, zoom)
    return Response(collection, media_type="application/geo+json", headers=headers)


def _near(text: str | None) -> tuple[float, float] | None:
    try:
        lon, lat = (float(part) for part in (text or "").split(","))
    except ValueError:
        return None
    return lon, lat
