"""Panels of the planner's page that are asked for by themselves: hotspots, sites, one site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from geo.domain.words import distance, number
from geo.settings import Language
from maps.address import Address
from maps.colours import HEAT_BREAKS
from maps.page import environment, language_context
from maps.payload import json_text
from maps.planner import droppable
from maps.view import Row


def sites(
    lang: Language,
    address: Address,
    rows: Sequence[Row],
    *,
    sort: str,
    count: int | None,
    counted: int,
    after: str | None,
) -> str:
    """A table of sites; without a count only the rows of a further page, to be appended.

    `count` is exact up to `counted`, and means "more" beyond; `after` leads on.
    """
    return _rendered(
        "sites.html",
        lang,
        address,
        rows=[
            row | {"place": _named(lang, row["division"], row["division_en"])}
            for row in map(dict, rows)
        ],
        sort=sort,
        count=count,
        counted=counted,
        after=after,
    )


def site(
    lang: Language, address: Address, feature: Mapping[str, Any], *, on: date, threshold: int
) -> str:
    """All that is known of a site (a GeoJSON Feature), and why it counts as covered."""
    return _rendered(
        "site.html",
        lang,
        address,
        id=feature["id"],
        site=feature["properties"],
        geometry=feature["geometry"],
        on=on,
        threshold=threshold,
    )


def hotspots(
    lang: Language,
    address: Address,
    features: Sequence[Mapping[str, Any]],
    *,
    method: Mapping[str, float],
    count: int,
    gap: int,
    gap_in_box: int,
    area: str,
) -> str:
    """The ranked areas (GeoJSON Features, as /api/hotspots gives them) and how they were found."""
    items = [
        dict(each["properties"])
        | {
            "bbox": each["bbox"],
            "name": _named(lang, each["properties"]["name"], each["properties"]["name_en"]),
            "area_km2": number(each["properties"]["area_km2"], lang, 1),
        }
        for each in features
    ]
    return _rendered(
        "hotspots.html",
        lang,
        address,
        items=items,
        outlines=json_text({"type": "FeatureCollection", "features": features}),
        densities=[str(each) for each in HEAT_BREAKS["gap"][1:]],
        density=f"{method['density_per_km2']:g}",
        sigma=distance(method["sigma_m"], lang),
        cell=distance(method["cell_m"], lang),
        count=count,
        gap=gap,
        gap_in_box=gap_in_box,
        area=area,
    )


def _named(lang: Language, name: str | None, english: str | None) -> str | None:
    return (lang == "en" and english) or name


def _rendered(template: str, lang: Language, address: Address, **values: Any) -> str:
    context = language_context(lang) | {
        "address": address,
        "droppable": droppable(address, lang),
    }
    return environment().get_template(template).render(context | values)
