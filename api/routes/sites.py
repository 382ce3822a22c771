"""GET /api/sites: the directory, page by page, and one site with all that is known of it."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from api.caching import AppCaching
from api.cursor import cursor, not_a_place, place_of
from api.dependencies import AppDatabase, Box, Wanted
from geo.database import sites

GEOJSON = "application/geo+json"
MAX_LIMIT = 10_000
# Further than this nobody counts while somebody waits.
MAX_COUNT = 10_000

router = APIRouter(prefix="/api/sites", tags=["sites"])


@router.get("", response_class=Response)
def page(
    request: Request,
    database: AppDatabase,
    caching: AppCaching,
    wanted: Wanted,
    box: Box,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 100,
    after: Annotated[str | None, Query(description="Where the last page ended.")] = None,
    count: Annotated[bool, Query(description="Say how many there are, up to 10,000.")] = False,
) -> Response:
    """The sites that pass, ordered by id, with a link to the next page where there is one.

    With `count` also `numberMatched`; where `numberMatchedIsExact` is false, there are more.
    """
    start = None if after is None else _id(after)
    with database.reading() as connection:
        caching.spare(connection)
        found = sites.page(connection, wanted, box=box, after=start, limit=limit)
        matched = sites.count(connection, wanted, box=box, most=MAX_COUNT) if count else None
    headers = caching.headers_of(found.state)
    links = []
    if found.after is not None:
        asked = [pair for pair in request.query_params.multi_items() if pair[0] != "after"]
        href = f"{router.prefix}?{urlencode([*asked, ('after', cursor(found.after))])}"
        links.append({"rel": "next", "type": GEOJSON, "href": href})
    text = (
        f'{{"type":"FeatureCollection",{_matched(matched)}"numberReturned":{found.returned},'
        f'"links":{json.dumps(links)},"features":[{found.features}]}}'
    )
    return Response(text, media_type=GEOJSON, headers=headers)


@router.get("/{site_id:path}", response_class=Response)
def detail(database: AppDatabase, caching: AppCaching, site_id: str) -> Response:
    """One site, with why it counts as covered and by whom."""
    with database.reading() as connection:
        headers = caching.headers(connection)
        feature = sites.detail(connection, site_id)
    return Response(feature, media_type=GEOJSON, headers=headers)


def _matched(count: int | None) -> str:
    if count is None:
        return ""
    exact = json.dumps(count <= MAX_COUNT)
    return f'"numberMatched":{min(count, MAX_COUNT)},"numberMatchedIsExact":{exact},'


def _id(text: str) -> str:
    site_id = place_of(text)
    if not isinstance(site_id, str) or "\x00" in site_id or not site_id:
        raise not_a_place()
    return site_id
