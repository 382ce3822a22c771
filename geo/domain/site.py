"""Sites: the workplaces of the directory, and how each can be graded and covered."""

from __future__ import annotations

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
