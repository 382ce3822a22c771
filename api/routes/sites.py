"""GET /api/sites: the directory, page by page, and one site with all that is known of it."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import Box, Reading, Wanted
from geo.database import sites
from geo.errors import Invalid, Problem

GEOJSON = "application/geo+json"
MAX_LIMIT = 10_000

router = APIRouter(prefix="/api/sites", tags=["sites"])


@router.get("", response_class=Response)
def page(
    request: Request,
    connection: Reading,
    wanted: Wanted,
    box: Box,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 100,
    after: Annotated[str | None, Query(description="Where the last page ended.")] = None,
) -> Response:
    """The sites that pass, ordered by id, with a link to the next page where there is one."""
    found = sites.page(
        connection, wanted, box=box, after=None if after is None else _id(after), limit=limit
    )
    links = []
    if found.after is not None:
        url = request.url.include_query_params(after=_cursor(found.after))
        href = f"{url.path}?{url.query}"
        links.append({"rel": "next", "type": GEOJSON, "href": href})
    text = (
        f'{{"type":"FeatureCollection","numberReturned":{found.returned},'
        f'"links":{json.dumps(links)},"features":[{found.features}]}}'
    )
    return Response(text, media_type=GEOJSON)


@router.get("/{site_id:path}", response_class=Response)
def detail(connection: Reading, site_id: str) -> Response:
    """One site, with why it counts as covered and by whom."""
    return Response(sites.detail(connection, site_id), media_type=GEOJSON)


def _cursor(site_id: str) -> str:
    return base64.urlsafe_b64encode(site_id.encode()).decode().rstrip("=")


def _id(cursor: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        site_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError) as error:
        reason = "after is not a place in this list; take it from the link to the next page"
        raise Invalid(reason, [Problem(reason, field="after")]) from error
    if "\x00" in site_id or not site_id:
        reason = "after is not a place in this list; take it from the link to the next page"
        raise Invalid(reason, [Problem(reason, field="after")])
    return site_id
