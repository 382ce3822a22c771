"""Rows of a file as canonical frames, and what is to be said about each row that is not clean.

Every row is either in the frame or has a problem, never both: read = kept + refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geo.domain.site import Category, Grade
from geo.errors import Phrase
from geo.ingest import shapes, unions, values
from geo.ingest.faults import FileInvalid
from geo.ingest.headings import GEOMETRY, Mapping
from geo.ingest.read import RawBatch
from geo.ingest.rows import DEFAULTS, Checked, Options, Rows
from geo.ingest.values import Parsed, Reason, plain

DERIVED_PREFIX = "antu-"
# Where the first batch of a file begins, below its titles.
_FIRST_ROWS = 100


def check_sites(batch: RawBatch, mapping: Mapping, options: Options = DEFAULTS) -> Checked:
    """Sites; raises Invalid where nothing says of which category they are."""
    if options.category is None and not {"category", "industry_code"} & set(mapping.columns):
        raise _unsaid("category", mapping)
    rows = Rows(batch, mapping, options)
    for name in ("id", "name", "address", "stated_division", "credit_code", "source"):
        rows.take(name, _TEXTS[name])
    rows.take_counts("workers", "migrant_workers", "members")
    if "grade" in mapping:
        rows.take_choice("grade", Grade.OTHER)
    rows.take_period("started_on", "ended_on")
    rows.columns["category"] = rows.category()
    rows.locate()
    rows.note_unlocated()
    rows.refuse_asides()
    _name(rows, "stated_division", "address")
    line = shapely.get_dimensions(rows.geometries) == 1
    zone = pc.equal(rows.columns["category"], Category.DEVELOPMENT_ZONE.value).fill_null(False)
    rows.refuse(line & zone.to_numpy(zero_copy_only=False), GEOMETRY, "zone.line")
    return rows.checked()


def check_unions(batch: RawBatch, mapping: Mapping, options: Options = DEFAULTS) -> Checked:
    """Union organisations; raises Invalid where nothing says of which kind they are.

    Those to be attached by more than a site id keep the columns `site_credit_code`, `site_name`
    and `site_division` that the file has.
    """
    if options.kind is None and "kind" not in mapping:
        raise _unsaid("kind", mapping)
    rows = Rows(batch, mapping, options)
    for name in _UNION_TEXTS:
        rows.take(name, _TEXTS.get(name, values.identifier))
    rows.take_counts("members")
    rows.take_period("founded_on", "dissolved_on")
    rows.take("exemplar", values.flag)
    rows.take_choice("kind", options.kind)
    rows.locate()
    rows.refuse_asides()
    unions.settle(rows)
    _name(rows, "kind", "site_id", "site_credit_code", "site_division", "site_name")
    return rows.checked()


def check_divisions(batch: RawBatch, mapping: Mapping, options: Options = DEFAULTS) -> Checked:
    """Divisions: code, name, level and an area."""
    if options.level is None and "level" not in mapping:
        raise _unsaid("level", mapping)
    rows = Rows(batch, mapping, options)
    rows.take("adcode", values.adcode)
    rows.take("name", values.text)
    rows.take("name_en", values.text)
    rows.take("parent", values.adcode)
    rows.take("level", values.text)
    if options.level is not None:
        rows.columns["level"] = pa.repeat(pa.scalar(options.level), rows.n)
    for name in ("adcode", "name", "level"):
        rows.require(name, f"{name}.missing")
    if "parent" in rows.columns:
        own = pc.equal(rows.columns["parent"], rows.columns["adcode"])
        rows.refuse(own, "parent", "parent.itself")
    rows.locate()
    area = shapes.Shapes(rows.geometries)
    shapes.polygonal(area)
    rows.geometries = area.geometries
    rows.say(GEOMETRY, area.problems, area.notes)
    missing = shapes.missing(rows.geometries)
    missing[list(rows.places_with_problems(GEOMETRY))] = False
    rows.refuse(missing, GEOMETRY, "geometry.missing")
    return rows.checked()


def _unsaid(name: str, mapping: Mapping) -> FileInvalid:
    """That nothing says a field which all rows must have; a column that is left out might."""
    listed = ", ".join(mapping.unmapped) or Phrase("load.unmapped.none")
    return FileInvalid(f"unsaid.{name}", field=name, listed=listed)


_TEXTS: dict[str, Callable[[pa.Array], Parsed]] = {
    "id": values.identifier,
    "name": values.text,
    "address": values.text,
    "stated_division": values.adcode,
    "credit_code": values.credit_code,
    "source": values.text,
    "site_credit_code": values.credit_code,
    "site_name": values.text,
    "site_division": values.adcode,
}
_UNION_TEXTS = (
    "id",
    "name",
    "site_id",
    "site_credit_code",
    "site_name",
    "site_division",
    "parent",
    "territory_site_id",
    "source",
)


def _name(rows: Rows, *identity: str) -> None:
    """A row needs a name or an id; without an id it gets one that is always the same for it."""
    nothing = pa.nulls(rows.n, pa.string())
    ids = rows.columns.get("id", nothing)
    code = rows.columns.get("credit_code", nothing)
    names = pc.coalesce(rows.columns.get("name", nothing), ids, code)
    rows.refuse_missing(names, "name", "name.missing")
    for name, key in (("id", "id.derived"), ("name", "name.from_id")):
        if name in rows.columns:
            lacking = pc.and_(rows.columns[name].is_null(), names.is_valid())
            rows.note(lacking, name, key)
    _note_running(rows, ids)
    rows.columns["name"] = names
    found = pc.coalesce(ids, _own_code(rows, code))
    lacking = found.is_null()
    derived = _derived(rows, np.flatnonzero(lacking), ["name", *identity])
    rows.columns["id"] = pc.replace_with_mask(found, lacking, pa.array(derived, pa.string()))


def _own_code(rows: Rows, code: pa.Array) -> pa.Array:
    """Credit codes that tell a site: that of a building project is its builder's, who has many."""
    category = rows.columns.get("category")
    if category is None:
        return code
    own = pc.not_equal(category, Category.BUILDING_PROJECT.value)
    return pc.if_else(own, code, pa.scalar(None, pa.string()))


def _note_running(rows: Rows, ids: pa.Array) -> None:
    """Ids that only count the rows are those of other sites in the next file."""
    numbers = rows.batch.numbers
    if rows.n < 3 or ids.null_count or numbers[0] > _FIRST_ROWS:
        return
    if any(ids.equals(pa.array(range(n, rows.n + n)).cast(pa.string())) for n in (0, 1)):
        rows.say("id", {}, {0: Reason("id.running", {})})


def _derived(rows: Rows, places: NDArray[np.intp], identity: list[str]) -> list[str]:
    """Ids from what identifies the rows at `places`, always the same for the same row.

    Headcounts and dates change, names and addresses hardly: only these are hashed, and where the
    last field of `identity` is unknown the point, to about 10 m.
    """
    where = pa.array(places)
    nothing = pa.nulls(rows.n, pa.string())
    texts = [rows.columns.get(name, nothing).take(where).to_pylist() for name in identity]
    geometries = rows.geometries[places]
    spots = np.full(places.size, "", dtype=object)
    located = ~shapely.is_missing(geometries)
    points = shapely.get_coordinates(shapely.point_on_surface(geometries[located]))
    spots[located] = [f"{x:.4f},{y:.4f}" for x, y in points.tolist()]
    return [
        DERIVED_PREFIX + _hash([*parts, "" if parts[-1] else spot])
        for *parts, spot in zip(*texts, spots.tolist(), strict=True)
    ]


def _hash(parts: list[str | None]) -> str:
    said = "\x1f".join("".join(plain(part or "").casefold().split()) for part in parts)
    return hashlib.blake2b(said.encode(), digest_size=10).hexdigest()
