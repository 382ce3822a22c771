"""Addresses of XYZ tiles."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from geo.errors import NotFound

MAX_ZOOM = 22
Zoom = Annotated[int, Path(ge=0, le=MAX_ZOOM)]


def check_tile(z: int, x: int, y: int) -> None:
    """Raise NotFound unless there is such a tile."""
    if not (0 <= x < 2**z and 0 <= y < 2**z):
        raise NotFound(f"There is no tile {z}/{x}/{y}: x and y are 0 to {2**z - 1} at zoom {z}")
