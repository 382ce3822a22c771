"""Panels of the planner's page that are asked for by themselves: hotspots, sites, one site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import shapely
from shapely.geometry import shape

from geo.domain.words import distance, number
from geo.settings import Language
from maps.address import Address
from maps.chosen import droppable
from maps.colours import HEAT_BREAKS
from maps.page import environment, language_context
from maps.payload import json_text
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
    box: str | None,
    divisions: Sequence[Row] = (),
) -> str:
    """A table of sites; without a count only the rows of a further page, to be appended.

    `count` is exact up to `counted`, and means "more" beyond; `after` leads on. `box` is the bbox
    that was asked for, if one was; `divisions` are those that are called by what was searched for.
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
        area="view" if box else "all",
        listed=_listed(address, bbox=box),
        divisions=[
            {"adcode": each["adcode"], "name": _named(lang, each["name"], each["name_en"])}
            for each in divisions
        ],
        droppable=droppable(address, lang),
    )


def site(
    lang: Language, address: Address, feature: Mapping[str, Any], *, on: date, threshold: int
) -> str:
    """All that is known of a site (a GeoJSON Feature), and why it counts as covered."""
    geometry, known = feature["geometry"], feature["properties"]
    point = shape(geometry).representative_point() if geometry else None
    return _rendered(
        "site.html",
        lang,
        address,
        id=feature["id"],
        site=known,
        geometry=geometry,
        point=(point.x, point.y) if point else None,
        place=_named(lang, known["division"], known["division_en"]),
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
    box: str | None,
    usual_density: float,
    largest: Sequence[Row] = (),
) -> str:
    """The ranked areas (GeoJSON Features, as /api/hotspots gives them) and how they were found.

    `box` is the bbox that was asked for, if one was; `usual_density` is the one of who asks for
    none. `largest` are sites (name, gap, lon, lat), the largest gap first: each area is called by
    the first of them that lies in it.
    """
    density = f"{method['density_per_km2']:g}"
    items = [
        dict(each["properties"])
        | {
            "bbox": each["bbox"],
            "name": _named(lang, each["properties"]["name"], each["properties"]["name_en"]),
            "landmark": landmark,
            "area_km2": number(each["properties"]["area_km2"], lang, 1),
        }
        for each, landmark in zip(features, _landmarks(features, largest), strict=True)
    ]
    return _rendered(
        "hotspots.html",
        lang,
        address,
        items=items,
        outlines=json_text({"type": "FeatureCollection", "features": features}),
        densities=[str(each) for each in HEAT_BREAKS["gap"][1:]],
        usual_density=f"{usual_density:g}",
        density=density,
        listed=_listed(address, density=density, bbox=box),
        sigma=distance(method["sigma_m"], lang),
        cell=distance(method["cell_m"], lang),
        count=count,
        gap=gap,
        gap_in_box=gap_in_box,
        area="view" if box else "all",
        droppable=droppable(address, lang),
    )


def _landmarks(features: Sequence[Mapping[str, Any]], sites: Sequence[Row]) -> list[str | None]:
    """The name of the first site inside each area, if any of them is."""
    known = [each for each in sites if each["lon"] is not None and each["gap"]]
    lon, lat = ([each[name] for each in known] for name in ("lon", "lat"))
    names = []
    for feature in features:
        inside = shapely.contains_xy(shape(feature["geometry"]), lon, lat)
        names.append(known[int(inside.argmax())]["name"] if inside.any() else None)
    return names


def _listed(address: Address, **more: str | None) -> Address:
    """What is asked for to download what a panel lists."""
    added = [(name, value) for name, value in more.items() if value]
    return Address((*address.filters.pairs, *added), address.root)


def _named(lang: Language, name: str | None, english: str | None) -> str | None:
    return (lang == "en" and english) or name


def _rendered(template: str, lang: Language, address: Address, **values: Any) -> str:
    context = language_context(lang) | {"address": address}
    return environment().get_template(template).render(context | values)
