"""Sites: the workplaces of the directory, and the rules of their coverage."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class Category(StrEnum):
    """The six kinds of workplaces that the campaign aims at, and the rest."""

    DEVELOPMENT_ZONE = "development_zone"
    BUILDING_PROJECT = "building_project"
    LOGISTICS_HUB = "logistics_hub"
    HOUSEHOLD_SERVICE = "household_service"
    FARM_COOPERATIVE = "farm_cooperative"
    LABOUR_DISPATCH = "labour_dispatch"
    OTHER = "other"


class Grade(StrEnum):
    """By whom a site is ranked as a key site."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    MUNICIPAL = "municipal"
    OTHER = "other"


class Coverage(StrEnum):
    """How a site is covered: by its own union, by a federation, or not at all."""

    DIRECT = "direct"
    SECONDARY = "secondary"
    NONE = "none"


def is_active(on: date, first: date | None, last: date | None) -> bool:
    """Whether a period holds a date; both ends belong to it, an unknown end is open."""
    return (first is None or first <= on) and (last is None or on <= last)


def needs_own_union(workers: int | None, coverage: Coverage, threshold: int) -> bool:
    """Whether a site is large enough for a union of its own and has none.

    Secondary coverage is meant for small sites; an unknown headcount asks for nothing.
    """
    return workers is not None and workers >= threshold and coverage is not Coverage.DIRECT


def gap(
    workers: int | None, members: int | None, coverage: Coverage, needs_own: bool
) -> int | None:
    """Workers not reached at a site: 0 where nothing is missing, None where nobody knows."""
    if coverage is not Coverage.NONE and not needs_own:
        return 0
    if workers is None:
        return None
    return max(0, workers - (members or 0))
