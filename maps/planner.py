"""What the planner's page has beyond its map: where it is, what is chosen, what can be chosen."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.domain.site import Category, Coverage, Grade
from geo.domain.words import word
from maps.address import REPEATED, Address
from maps.view import MapView, Row, plain

MONTHS = 24
TABS = ("overview", "hotspots", "nearby", "sites", "share")
# Shown like a tab, but called by a sign in the header.
ABOUT = "about"
_CHOICES = {"category": Category, "coverage": Coverage, "grade": Grade}

NOWHERE = Address()


@dataclass(frozen=True)
class Planner:
    """`path` leads from the highest division to the chosen one, `categories` are coverage rows by
    category, `today` ends the months to choose from."""

    address: Address = NOWHERE
    path: Sequence[Row] = ()
    categories: Sequence[Row] = ()
    today: date | None = None
    oembed: str = ""

    def context(self, view: MapView) -> dict[str, Any]:
        """The values of the page's templates."""
        english = view.language == "en"
        tab = self.address.get("tab")
        kinds = [{name: plain(value) for name, value in row.items()} for row in self.categories]
        return {
            "address": self.address,
            "path": [
                {"adcode": step["adcode"], "name": (english and step["name_en"]) or step["name"]}
                for step in self.path
            ],
            "categories": kinds,
            "widest": max((row["sites"] for row in kinds), default=1) or 1,
            "choices": {name: list(values) for name, values in _CHOICES.items()},
            "days": [day.isoformat() for day in month_ends(self.today or view.on)],
            "tab_names": [(name, f"tab.{name}") for name in TABS],
            "tab": tab if tab in (*TABS, ABOUT) else TABS[0],
            "shown_unit": "percent" if self.address.get("unit") == "percent" else "number",
            "droppable": droppable(self.address, view.language),
            "oembed": self.oembed,
        }


def month_ends(today: date, months: int = MONTHS) -> list[date]:
    """The last days of the months before this one, and today."""
    ends = [today]
    year, month = today.year, today.month
    for _ in range(months - 1):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
        ends.append(date(year, month, calendar.monthrange(year, month)[1]))
    return ends[::-1]


def droppable(address: Address, language: Any) -> list[tuple[str, str]]:
    """The filters that are set, with the words for each: which of them leaves nothing over?"""
    found = []
    for name, value in address.filters.pairs:
        if name in REPEATED:
            said = word(f"filter.{name}", language)
        elif name == "needs_own_union":
            said = word("site.needs_own_union", language)
        else:
            said = word(f"filter.said.{name}", language, value=value)
        if (name, said) not in found:
            found.append((name, said))
    return found
