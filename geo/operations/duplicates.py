"""Sites that look like one workplace written down twice: listed with why, never merged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from geo.database import duplicates
from geo.domain.likeness import are_alike

NEAR_M = 200.0
_STRETCH = 500


@dataclass(frozen=True)
class Pair:
    """Two sites, why they look like one, and how far apart they are (None: one is unlocated)."""

    first_id: str
    first_name: str
    second_id: str
    second_name: str
    why: Literal["same_code", "alike"]
    distance_m: float | None


@dataclass(frozen=True)
class Found:
    """Pairs by id, and the site after which to look on; None where all were looked at."""

    pairs: list[Pair]
    after: str | None


def look(
    connection: Connection,
    *,
    after: str = "",
    limit: int = 100,
    walk: int | None = None,
    progress: Callable[[int], None] = lambda _walked: None,
) -> Found:
    """Look through the sites by id until `limit` pairs are found, or `walk` sites are behind.

    Where the last site that was looked at has more pairs, these come along: none is left out.
    `progress` is told how many sites are behind.
    """
    pairs: list[Pair] = []
    walked = 0
    while walk is None or walked < walk:
        last = duplicates.stretch_end(connection, after, _STRETCH)
        if last is None:
            return Found(pairs, None)
        for row in duplicates.candidates(connection, after, last, NEAR_M):
            if len(pairs) >= limit and row.first_id != pairs[-1].first_id:
                return Found(pairs, pairs[-1].first_id)
            if row.same_code or are_alike(row.first_name, row.second_name):
                pairs.append(
                    Pair(
                        first_id=row.first_id,
                        first_name=row.first_name,
                        second_id=row.second_id,
                        second_name=row.second_name,
                        why="same_code" if row.same_code else "alike",
                        distance_m=None if row.distance_m is None else round(row.distance_m, 1),
                    )
                )
        after, walked = last, walked + _STRETCH
        progress(walked)
        if len(pairs) >= limit:
            break
    return Found(pairs, after)
