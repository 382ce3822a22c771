"""The rules of coverage once more, written plainly: what the SQL is compared with.

Follows design and rules alone, and shares no code with `geo.database`: geopandas frames in the
columns of a load, one site after the other, areas on the ellipsoid by pyproj.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import Geod

GEOD = Geod(ellps="WGS84")


def assess(
    sites: gpd.GeoDataFrame,
    unions: gpd.GeoDataFrame,
    divisions: gpd.GeoDataFrame,
    on: date,
    threshold: int = 25,
) -> pd.DataFrame:
    """The state of every site that is active on a date, by id.

    Columns coverage, covered_by, needs_own_union, gap, adcode, zone_id, counted_workers,
    counted_members; None where there is none or nobody knows.
    """
    present = [
        site for site in sites.to_dict("records") if active(site, "started_on", "ended_on", on)
    ]
    founded = [
        union
        for union in unions.to_dict("records")
        if active(union, "founded_on", "dissolved_on", on)
    ]
    points = {site["id"]: point_of(site["geometry"]) for site in present}
    zones = areas(site for site in present if is_zone(site))
    territories = areas(union for union in founded if known(union["geometry"]))
    places = depths(divisions.to_dict("records"))
    states: dict[str, dict[str, Any]] = {}
    for site in present:
        point = points[site["id"]]
        direct = min(
            (union["id"] for union in founded if text(union["site_id"]) == site["id"]), default=None
        )
        federation = smallest(point, [t for t in territories if takes(t[2], site["category"])])
        coverage = "direct" if direct else "secondary" if federation else "none"
        needs_own = known(site["workers"]) and site["workers"] >= threshold and not direct
        members = number(site["members"])
        if members is None and direct:
            members = number(next(union for union in founded if union["id"] == direct)["members"])
        own = next((zone for zone in zones if zone[1] == site["id"]), None)
        around = [zone for zone in zones if own is None or zone[:2] > own[:2]]
        states[site["id"]] = {
            "coverage": coverage,
            "covered_by": direct or federation,
            "needs_own_union": needs_own,
            "adcode": finest(point, places),
            "zone_id": smallest(point, around),
            "counted_workers": number(site["workers"]),
            "counted_members": members,
        }
    for figure in ("counted_workers", "counted_members"):
        leave_out_what_lies_inside(states, [zone[1] for zone in zones], figure)
    for state in states.values():
        state["gap"] = gap(state)
    frame = pd.DataFrame([*states.values()], index=pd.Index(states, name="id"), dtype=object)
    whole = dict.fromkeys(["counted_workers", "counted_members", "gap"], "Int64")
    return frame.astype({"needs_own_union": bool, **whole})


def leave_out_what_lies_inside(states: dict[str, Any], zones: list[str], figure: str) -> None:
    """Reduce a zone's figure by all that lies inside, and inside the zones inside; `zones` is
    ordered from small to large. What stays unknown counts as nothing for the zone around it."""
    own = {zone: states[zone][figure] for zone in zones}
    for zone in zones:
        inside = sum(
            states[other][figure] or 0 for other in states if zone in chain_of_zones(states, other)
        )
        if own[zone] is not None:
            states[zone][figure] = max(0, own[zone] - inside)


def chain_of_zones(states: dict[str, Any], site_id: str) -> list[str]:
    """The zone a site belongs to, the zone that this one belongs to, and so on."""
    chain = []
    while (zone := states[site_id]["zone_id"]) is not None:
        chain.append(zone)
        site_id = zone
    return chain


def gap(state: dict[str, Any]) -> int | None:
    if state["coverage"] != "none" and not state["needs_own_union"]:
        return 0
    if state["counted_workers"] is None:
        return None
    return int(max(0, state["counted_workers"] - (state["counted_members"] or 0)))


def active(record: dict[str, Any], first: str, last: str, on: date) -> bool:
    begun = not known(record[first]) or record[first] <= on
    return begun and (not known(record[last]) or on <= record[last])


def is_zone(site: dict[str, Any]) -> bool:
    outline = site["geometry"]
    return (
        site["category"] == "development_zone"
        and known(outline)
        and outline.geom_type in ("Polygon", "MultiPolygon")
    )


def takes(union: dict[str, Any], category: str) -> bool:
    if union["kind"] == "sectoral_federation":
        return category in union["categories"]
    return bool(union["kind"] == "regional_federation")


def areas(records: Any) -> list[tuple[float, str, dict[str, Any]]]:
    """Area on the ellipsoid, id and record, smallest first, then lowest id."""
    measured = [(area_m2(record["geometry"]), record["id"], record) for record in records]
    return sorted(measured, key=lambda entry: entry[:2])


def area_m2(outline: Any) -> float:
    oriented = shapely.orient_polygons(outline)
    return abs(GEOD.geometry_area_perimeter(oriented)[0])


def smallest(point: Any, ordered: list[tuple[float, str, dict[str, Any]]]) -> str | None:
    """The id of the first area that holds a point, its border included."""
    if point is None:
        return None
    return next((key for _, key, record in ordered if record["geometry"].intersects(point)), None)


def depths(divisions: list[dict[str, Any]]) -> list[tuple[int, float, str, Any]]:
    """How deep each division lies below the top (negative, so that the deepest is first), its
    area, code and outline, in the order in which they claim a point."""
    parent = {row["adcode"]: text(row["parent"]) for row in divisions}

    def depth(adcode: str) -> int:
        above = parent[adcode]
        return 0 if above not in parent else 1 + depth(above)

    rows = [
        (-depth(row["adcode"]), area_m2(row["geometry"]), row["adcode"], row["geometry"])
        for row in divisions
    ]
    return sorted(rows, key=lambda row: row[:3])


def finest(point: Any, places: list[tuple[int, float, str, Any]]) -> str | None:
    if point is None:
        return None
    return next((code for _, _, code, outline in places if outline.intersects(point)), None)


def point_of(outline: Any) -> Any:
    return outline.representative_point() if known(outline) else None


def number(value: Any) -> int | None:
    return int(value) if known(value) else None


def text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def known(value: Any) -> bool:
    return value is not None and not pd.isna(value)
