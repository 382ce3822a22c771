"""Addresses of XYZ tiles."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from geo.domain.faults import fault
from geo.errors import NotFound

MAX_ZOOM = 22
Zoom = Annotated[int, Path(ge=0, le=MAX_ZOOM)]


def check_tile(z: int, x: int, y: int) -> None:
    """Raise NotFound unless there is such a tile."""
    if not (0 <= x < 2**z and 0 <= y < 2**z):
        raise fault(NotFound, "error.tile", tile=f"{z}/{x}/{y}", most=2**z - 1)
