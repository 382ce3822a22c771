"""What the planner's page is made of, gathered for one request."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Request
from sqlalchemy import Connection

from api.rooted import root_path
from api.writing import may_write
from geo.database import directory
from geo.domain.site_filter import SiteFilter
from geo.operations.database import today
from geo.settings import Settings
from maps.address import Address
from maps.planner import Planner


def address(request: Request) -> Address:
    """The state of the page that a request is made with."""
    return Address.of(request.query_params.multi_items(), root_path(request))


def planner(
    request: Request, connection: Connection, settings: Settings, wanted: SiteFilter
) -> Planner:
    """The chosen state, and the categories of the sites."""
    return Planner(
        address=address(request),
        categories=directory.categories(connection, wanted),
        today=today(settings),
        oembed=oembed_link(request),
        writable=may_write(request, settings),
    )


def oembed_link(request: Request) -> str:
    """Where the description of this map for embedding is."""
    return f"{root_path(request)}/oembed?" + urlencode({"url": str(request.url), "format": "json"})
