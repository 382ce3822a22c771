"""POST /demo: the demo at the press of a button, where there is nothing yet."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from api.dependencies import AppEngine, AppSettings
from api.rooted import root_path
from api.writing import Writer
from geo.database import sites
from geo.database.engine import reading
from geo.domain.faults import fault
from geo.domain.site_filter import SiteFilter
from geo.errors import Conflict
from geo.operations.demo import load_demo

router = APIRouter(include_in_schema=False)


@router.post("/demo", response_class=RedirectResponse, status_code=303)
def demo(request: Request, engine: AppEngine, settings: AppSettings, _writer: Writer) -> str:
    """Load the illustrative data and show the map; Conflict beside data of somebody's own."""
    with reading(engine) as connection:
        if sites.count(connection, SiteFilter(active=False), most=1):
            raise fault(Conflict, "error.demo")
    load_demo(engine, settings)
    return f"{root_path(request)}/"
