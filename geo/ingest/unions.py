"""What holds for each kind of union organisation: to what it belongs, and what it takes."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.domain.union import UnionKind
from geo.ingest import shapes, values
from geo.ingest.headings import GEOMETRY
from geo.ingest.rows import Mask, Rows
from geo.ingest.values import Reason

_SITE_FIELDS = ("site_id", "site_credit_code", "site_name")
_TERRITORY_FIELDS = ("territory_adcodes", "territory_site_id", GEOMETRY)


def settle(rows: Rows) -> None:
    """Check what the kind of each row asks for, and leave out what does not belong to it."""
    enterprise = _is(rows, UnionKind.ENTERPRISE)
    sectoral = _is(rows, UnionKind.SECTORAL_FEDERATION)
    federation = _is(rows, UnionKind.REGIONAL_FEDERATION) | sectoral
    if "territory_adcodes" in rows.mapping:
        rows.lists["territory_adcodes"] = values.listing(rows.raw("territory_adcodes"))
    _take_categories(rows, sectoral)
    attached = _any(rows, _SITE_FIELDS)
    rows.refuse(enterprise & ~attached, "site_id", "union.unattached")
    _drop(rows, federation, _SITE_FIELDS, "site_id", "union.no_site")
    area = shapes.Shapes(rows.geometries)
    shapes.polygonal(area, federation)
    rows.say(GEOMETRY, area.problems, {})
    _drop(rows, enterprise, _TERRITORY_FIELDS, GEOMETRY, "union.no_territory")
    rows.note(federation & ~_any(rows, _TERRITORY_FIELDS), GEOMETRY, "union.covers_nothing")


def _take_categories(rows: Rows, sectoral: Mask) -> None:
    if "categories" not in rows.mapping:
        rows.refuse(sectoral, "categories", "categories.missing")
        return
    said = values.clean(rows.raw("categories")).to_pylist()
    taken: list[list[str] | None] = [None] * rows.n
    for place in np.flatnonzero(sectoral).tolist():
        if said[place] is None:
            rows.say("categories", {place: Reason("categories.missing", {})}, {})
            continue
        words = [part for part in re.split(r"[;,、，；|/\n]+", said[place]) if part.strip()]
        parsed = values.choice(pa.array(words, pa.string()), "category", "category")
        for reason in parsed.problems.values():
            rows.say("categories", {place: reason}, {})
        taken[place] = sorted({found for found in parsed.values.to_pylist() if found})
    rows.lists["categories"] = taken
    stated = np.array([text is not None for text in said], dtype=bool)
    regional = stated & _is(rows, UnionKind.REGIONAL_FEDERATION)
    rows.note(regional, "categories", "categories.all")


def _is(rows: Rows, kind: UnionKind) -> Mask:
    return np.asarray(pc.equal(rows.columns["kind"], kind.value).fill_null(False), dtype=bool)


def _known(rows: Rows, name: str) -> Mask:
    """Where a field has a value."""
    if name == GEOMETRY:
        return ~shapely.is_missing(rows.geometries)
    if name in rows.lists:
        return np.array([bool(item) for item in rows.lists[name]], dtype=bool)
    if name in rows.columns:
        return np.asarray(rows.columns[name].is_valid(), dtype=bool)
    return np.zeros(rows.n, dtype=bool)


def _any(rows: Rows, names: tuple[str, ...]) -> Mask:
    return np.asarray(np.any([_known(rows, name) for name in names], axis=0))


def _drop(rows: Rows, where: Mask, names: tuple[str, ...], said_of: str, key: str) -> None:
    """Leave out fields of the rows at `where`, with a note where there was something."""
    rows.note(where & _any(rows, names), said_of, key)
    for name in names:
        if name == GEOMETRY:
            rows.geometries[where] = None
        elif name in rows.lists:
            rows.lists[name] = [
                None if gone else item
                for item, gone in zip(rows.lists[name], where.tolist(), strict=True)
            ]
        elif name in rows.columns:
            gone = pa.scalar(None, rows.columns[name].type)
            rows.columns[name] = pc.if_else(pa.array(where), gone, rows.columns[name])
