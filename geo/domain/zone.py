"""A development zone is a site and an area: nobody inside it is counted twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Zone:
    """A zone with one of its figures (workers or members).

    `within` is the id of the smallest zone around it; `inside` the sum of that figure over the
    plain sites that belong to it.
    """

    id: str
    within: str | None
    figure: int | None
    inside: int


def remainders(zones: Iterable[Zone]) -> Mapping[str, int | None]:
    """What counts for each zone itself: its figure less that of everything inside it, at least 0.

    Innermost zones first, so that an outer zone leaves out what its inner zones stand for. An
    unknown figure stays unknown; what lies inside such a zone still counts for the zone around it.
    """
    by_id = {zone.id: zone for zone in zones}
    children: dict[str | None, list[Zone]] = defaultdict(list)
    for zone in by_id.values():
        children[zone.within if zone.within in by_id else None].append(zone)
    outermost_first: list[Zone] = []
    level = children[None]
    while level:
        outermost_first += level
        level = [inner for zone in level for inner in children[zone.id]]
    totals: dict[str, int] = {}
    remaining: dict[str, int | None] = {}
    for zone in reversed(outermost_first):
        inside = zone.inside + sum(totals[inner.id] for inner in children[zone.id])
        totals[zone.id] = max(zone.figure or 0, inside)
        remaining[zone.id] = None if zone.figure is None else totals[zone.id] - inside
    return remaining
