"""What the planner's page has beyond its map: where it is, what is chosen, what can be chosen."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.domain.site import Category, Coverage, Grade
from geo.domain.words import word
from maps.address import Address
from maps.chosen import droppable, named, narrowing
from maps.view import MapView, Row, plain

MONTHS = 24
TABS = ("overview", "hotspots", "nearby", "sites", "share")
# Shown like a tab, but called by a sign in the header.
ABOUT = "about"
_CHOICES = {"category": Category, "coverage": Coverage, "grade": Grade}

# What a figure is made for, as parameters of its address; the first is what none asks for.
PAPERS = {
    "a4": "",
    "a4_portrait": "width_mm=210&height_mm=297",
    "a3": "width_mm=420&height_mm=297",
    "slide": "width_mm=254&height_mm=143&dpi=150",
}

NOWHERE = Address()


@dataclass(frozen=True)
class Planner:
    """`categories` are coverage rows by category, `today` ends the months to choose from;
    `writable` where data may be loaded."""

    address: Address = NOWHERE
    categories: Sequence[Row] = ()
    today: date | None = None
    oembed: str = ""
    writable: bool = False

    def context(self, view: MapView) -> dict[str, Any]:
        """The values of the page's templates."""
        tab = self.address.get("tab")
        kinds = [{name: plain(value) for name, value in row.items()} for row in self.categories]
        path = [
            {"adcode": step["adcode"], "name": named(step, view.language)} for step in view.path
        ]
        return {
            "address": self.address,
            "path": path,
            "place": path[-1]["name"] if path else word("crumbs.all", view.language),
            "below": _below(view),
            "figures": _figures(view),
            "categories": kinds,
            "widest": max((row["sites"] for row in kinds), default=1) or 1,
            "choices": {name: list(values) for name, values in _CHOICES.items()},
            "days": [day.isoformat() for day in month_ends(self.today or view.on)],
            "tab_names": [(name, f"tab.{name}") for name in TABS],
            "tab": tab if tab in (*TABS, ABOUT) else TABS[0],
            "shown_unit": "percent" if self.address.get("unit") == "percent" else "number",
            "droppable": droppable(self.address, view.language),
            "narrowing": narrowing(self.address, view.language),
            "oembed": self.oembed,
            "papers": PAPERS,
            "writable": self.writable,
        }


def month_ends(today: date, months: int = MONTHS) -> list[date]:
    """The last days of the months before this one, and today."""
    ends = [today]
    year, month = today.year, today.month
    for _ in range(months - 1):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
        ends.append(date(year, month, calendar.monthrange(year, month)[1]))
    return ends[::-1]


def _figures(view: MapView) -> list[dict[str, Any]]:
    """The counts beside the two large ones: label, value, whole, and the filters that list it."""
    totals, sites = view.totals, view.site_count
    by_union = {"coverage": [str(Coverage.DIRECT), str(Coverage.SECONDARY)]}
    # Without a headcount these are not known; a zero would say something else.
    workers, worker_rate, needs_own = (
        totals[name] if view.has_headcount else None
        for name in ("workers", "worker_rate", "sites_need_own_union")
    )
    known: list[tuple[str, Any, Any, dict[str, Any]]] = [
        ("sites", sites, None, {}),
        ("workers", workers, None, {"sort": "-workers"}),
        ("site_rate", totals["site_rate"], sites, by_union),
        ("worker_rate", worker_rate, workers, by_union),
        ("needs_own_union", needs_own, sites, {"needs_own_union": "true"}),
        ("unknown", view.unknown_count, sites, {"unknown_workers": "true"}),
    ]
    if view.outside is not None:
        level = next(iter(view.divisions.get("level", [])), None)
        link = {"outside": level} if level else {}
        known.append(("outside", view.outside["sites"], sites, link))
    return [
        {"name": name, "value": plain(value), "whole": whole, "link": {"tab": "sites"} | link}
        for name, value, whole, link in known
    ]


def _below(view: MapView) -> list[dict[str, Any]]:
    """The divisions to go down to from here: adcode and name, by code."""
    here = view.path[-1]["adcode"] if view.path else None
    rows = view.divisions.drop(columns="geometry", errors="ignore").to_dict("records")
    return [
        {"adcode": row["adcode"], "name": named(row, view.language)}
        for row in sorted(rows, key=lambda row: str(row["adcode"]))
        if row["adcode"] != here
    ]
