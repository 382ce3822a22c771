"""Is it alive, is it ready, and how is it doing."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.dependencies import AppEngine
from api.metrics import measured
from geo.database import migrate
from geo.domain.faults import fault
from geo.errors import Unavailable

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers, also where every thread waits for the database."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(engine: AppEngine) -> dict[str, str]:
    """The database answers and has the tables of this version."""
    if not migrate.is_current(engine):
        raise fault(Unavailable, "error.database.no_tables")
    return {"status": "ready"}


@router.get("/metrics", include_in_schema=False)
def metrics() -> Response:
    """Counts and durations in the text format of Prometheus."""
    return Response(measured(), media_type=CONTENT_TYPE_LATEST)
