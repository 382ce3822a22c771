"""GET /api/coverage: how far are we, by division."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.caching import AppCaching
from api.dependencies import AppDatabase, Wanted
from geo.database.summary import coverage_summary, stated_coverage

router = APIRouter(prefix="/api", tags=["coverage"])


@router.get("/coverage")
def coverage(
    response: Response,
    database: AppDatabase,
    caching: AppCaching,
    wanted: Wanted,
    level: Annotated[str | None, Query(description="Level of the divisions, as county.")] = None,
    parent: Annotated[str | None, Query(description="Code of the division above.")] = None,
    stated: Annotated[
        bool, Query(description="By the division that the source of a site states.")
    ] = False,
) -> list[dict[str, Any]]:
    """A row a division, then one (adcode null) for what lies outside; rows add up to the table."""
    with database.reading() as connection:
        response.headers.update(caching.headers(connection))
        summary = stated_coverage if stated else coverage_summary
        return summary(connection, wanted, level=level, parent=parent)
