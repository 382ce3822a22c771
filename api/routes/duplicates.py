"""GET /api/duplicates: sites that look like one workplace written down twice."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import Reading
from geo.operations import duplicates

# So many sites are looked through for one answer.
_WALK = 5_000

router = APIRouter(prefix="/api", tags=["sites"])


@router.get("/duplicates")
def pairs(
    connection: Reading,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str, Query(description="Where the last answer ended.")] = "",
) -> dict[str, Any]:
    """Pairs with the same credit code, or with names alike within 200 m; never merged by itself.

    Looks through a bounded number of sites; `after` says where to look on, null at the end.
    """
    found = duplicates.look(connection, after=after, limit=limit, walk=_WALK)
    return {"pairs": [asdict(pair) for pair in found.pairs], "after": found.after}
