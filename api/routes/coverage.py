"""GET /api/coverage: how far are we, by division."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import caching
from api.dependencies import On, Wanted, reading
from geo.database.summary import coverage_summary, stated_coverage

router = APIRouter(prefix="/api", tags=["coverage"])


@router.get("/coverage")
def coverage(
    request: Request,
    response: Response,
    wanted: Wanted,
    level: Annotated[str | None, Query(description="Level of the divisions, as county.")] = None,
    parent: Annotated[str | None, Query(description="Code of the division above.")] = None,
    stated: Annotated[
        bool, Query(description="By the division that the source of a site states.")
    ] = False,
    on: On = None,
) -> list[dict[str, Any]]:
    """A row a division, then one (adcode null) for what lies outside; rows add up to the table."""
    with reading(request, on) as connection:
        response.headers.update(caching.headers(request, connection))
        summary = stated_coverage if stated else coverage_summary
        return summary(connection, wanted, level=level, parent=parent)
