"""GET /api/coverage: how far are we, by division."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import Reading
from geo.database.summary import coverage_summary
from geo.domain.site import Category

router = APIRouter(prefix="/api", tags=["coverage"])


@router.get("/coverage")
def coverage(
    connection: Reading,
    level: Annotated[str | None, Query(description="Level of the divisions, as county.")] = None,
    parent: Annotated[str | None, Query(description="Code of the division above.")] = None,
    category: Annotated[list[Category] | None, Query()] = None,
) -> list[dict[str, Any]]:
    """A row a division, then one (adcode null) for what lies outside; rows add up to the table."""
    return coverage_summary(connection, level=level, parent=parent, categories=category)
