"""GET /api/sites: the directory, page by page, and one site with all that is known of it."""

from __future__ import annotations

import json
import math
import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api import caching
from api.cursor import cursor, not_a_place, place_of
from api.dependencies import InBox, OfSites, On, OnDay, reading
from api.parameters import Straight, read_by
from api.rooted import root_path
from geo.database import sites

GEOJSON = "application/geo+json"
MAX_LIMIT = 10_000
# Further than this nobody counts while somebody waits.
MAX_COUNT = 10_000
_AFTER = re.compile(rb"^after=[^&]*&?|&after=[^&]*")
# What may stand in a query as it is (RFC 3986); all else is not taken for part of it.
_WRITTEN = "!$&'()*+,;=:@/?%"

router = APIRouter(prefix="/api/sites", route_class=Straight, tags=["sites"])


class _Page(OfSites, InBox, OnDay):
    limit: int = Field(100, ge=1, le=MAX_LIMIT)
    after: str | None = Field(None, description="Where the last page ended.")
    count: bool = Field(False, description="Say how many there are, up to 10,000.")


@router.get("", response_class=Response)
def page(request: Request, asked: Annotated[_Page, read_by(_Page)]) -> Response:
    """The sites that pass, with a link to the next page where there is one.

    They come by id, but those of a box that no filter narrows from west to east.
    With `count` also `numberMatched`; where `numberMatchedIsExact` is false, there are more.
    """
    wanted, box = asked.sites(), asked.box()
    after = None if asked.after is None else _place(asked.after)
    plan_once = sites.serves_all(wanted, box)
    with reading(request, asked.on, plan_once=plan_once) as connection:
        caching.spare(request, connection)
        found = sites.page(connection, wanted, box=box, after=after, limit=asked.limit)
    matched = ""
    if asked.count:
        # How many there may be decides how they are best counted.
        with reading(request, asked.on) as connection:
            matched = _matched(sites.count(connection, wanted, box=box, most=MAX_COUNT))
    link = "" if found.after is None else _next(request, found.after)
    text = (
        f'{{"type":"FeatureCollection",{matched}"numberReturned":{found.returned},'
        f'"links":[{link}],"features":[{found.features}]}}'
    )
    headers = caching.headers_of(request, found.stamp)
    return Response(text, media_type=GEOJSON, headers=headers)


@router.get("/{site_id:path}", response_class=Response)
def detail(request: Request, site_id: str, on: On = None) -> Response:
    """One site, with why it counts as covered and by whom."""
    with reading(request, on, plan_once=True) as connection:
        headers = caching.headers(request, connection)
        feature = sites.detail(connection, site_id)
    return Response(feature, media_type=GEOJSON, headers=headers)


def _matched(count: int) -> str:
    exact = json.dumps(count <= MAX_COUNT)
    return f'"numberMatched":{min(count, MAX_COUNT)},"numberMatchedIsExact":{exact},'


def _next(request: Request, after: sites.Place) -> str:
    asked = quote(_AFTER.sub(b"", request.scope["query_string"]), safe=_WRITTEN)
    query = f"{asked}{'&' if asked else ''}after={cursor(after)}"
    href = json.dumps(f"{root_path(request)}{router.prefix}?{query}")
    return f'{{"rel":"next","type":"{GEOJSON}","href":{href}}}'


def _place(text: str) -> sites.Place:
    match place_of(text):
        case [float(lon), str(site_id)] if math.isfinite(lon) and site_id and "\x00" not in site_id:
            return sites.Place(lon, site_id)
    raise not_a_place()
