"""What a file can bring."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """Divisions are areas, sites are workplaces, unions are what covers them."""

    DIVISIONS = "divisions"
    SITES = "sites"
    UNIONS = "unions"
