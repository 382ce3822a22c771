"""A batch of rows while it is being checked: fields understood, and what is said about each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geo.domain.crs import SRID
from geo.domain.site import Category
from geo.domain.union import UnionKind
from geo.domain.words import word
from geo.errors import Problem
from geo.ingest import dates, degrees, shapes, values
from geo.ingest.delimited import Misfit
from geo.ingest.frames import SWAPPED
from geo.ingest.headings import GEOMETRY, PLACES, Mapping, table
from geo.ingest.read import RawBatch
from geo.ingest.values import Parsed, Ranges, Reason
from geo.settings import Language

Mask = NDArray[np.bool_]
_PLACES = (GEOMETRY, "lon", "lat", "lonlat")


@dataclass(frozen=True)
class Options:
    """What the user says about all rows of a file.

    `category` is that of sites whose row says none, `kind` that of unions whose row says none,
    `level` that of all divisions; `ranges` what becomes of `100-200`; `language` that of the
    reasons.
    """

    category: Category | None = None
    kind: UnionKind | None = None
    level: str | None = None
    ranges: Ranges = "refuse"
    language: Language = "en"


DEFAULTS = Options()


@dataclass(frozen=True)
class Checked:
    """A batch understood.

    `frame`: the rows that can be stored, EPSG:4326, with the fields that the file speaks of and
    `row`; `problems`: why the other rows cannot; `notes`: what was repaired, assumed or is
    suspicious in the rows that can. `n_read` = len(frame) + n_refused.
    """

    frame: gpd.GeoDataFrame
    problems: list[Problem]
    notes: list[Problem]
    n_read: int

    @property
    def n_refused(self) -> int:
        """How many rows have a problem."""
        return len({problem.row for problem in self.problems})


@dataclass
class Rows:
    """A batch while it is being checked."""

    batch: RawBatch
    mapping: Mapping
    options: Options
    columns: dict[str, pa.Array] = field(default_factory=dict)
    lists: dict[str, list[list[str] | None]] = field(default_factory=dict)
    problems: list[tuple[int, str, Reason]] = field(default_factory=list)
    notes: list[tuple[int, str, Reason]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.n = self.batch.rows.num_rows
        self.geometries: NDArray[np.object_] = np.full(self.n, None, dtype=object)

    def raw(self, name: str) -> pa.Array:
        """The column of the file that holds a field."""
        return self.batch.rows.column(self.mapping.columns[name])

    def take(self, name: str, parse: Callable[[pa.Array], Parsed]) -> None:
        """Understand a field, if the file has it."""
        if name in self.mapping:
            parsed = parse(self.raw(name))
            self.columns[name] = parsed.values
            self.say(name, parsed.problems, parsed.notes)

    def take_counts(self, *names: str) -> None:
        """Understand headcounts; members may be a percentage of the workers."""
        for name in names:
            self.take(name, self._counts)
        for part in ("migrant_workers", "members"):
            if part in self.columns and "workers" in self.columns:
                over = pc.greater(self.columns[part], self.columns["workers"])
                self.note(over, part, f"{part}.more_than_workers")

    def _counts(self, texts: pa.Array) -> Parsed:
        parsed = values.count(texts, self.options.ranges)
        if parsed.problems and "workers" in self.columns:
            values.settle_rates(parsed, texts, self.columns["workers"])
        return parsed

    def take_period(self, first: str, last: str) -> None:
        """Understand two dates, the second of which is not before the first."""
        self.take(first, dates.day)
        self.take(last, lambda texts: dates.day(texts, end=True))
        if first in self.columns and last in self.columns:
            wrong = pc.greater(self.columns[first], self.columns[last])
            self.refuse(wrong, last, "period")

    def take_choice(self, name: str, otherwise: str | None) -> None:
        """Understand one of a few words; rows without one get `otherwise`, or are refused."""
        self.take(name, lambda texts: values.choice(texts, name, name))
        found = self.columns.get(name, pa.nulls(self.n, pa.string()))
        if otherwise is None:
            self.refuse_missing(found, name, f"{name}.missing")
        else:
            found = pc.fill_null(found, str(otherwise))
        self.columns[name] = found

    def category(self) -> pa.Array:
        """By its column, else by the industry code, else the one that is said for all."""
        fallback = self.options.category
        parsed = Parsed(pa.nulls(self.n, pa.string()))
        if "category" in self.mapping:
            parsed = values.choice(self.raw("category"), "category", "category")
            if fallback is not None:
                assumed = {
                    place: Reason("category.assumed", reason.values | {"category": str(fallback)})
                    for place, reason in parsed.problems.items()
                }
                parsed.problems, parsed.notes = {}, assumed
            self.say("category", parsed.problems, parsed.notes)
        found = parsed.values
        if "industry_code" in self.mapping:
            by_code = values.industry(self.raw("industry_code"))
            unread = {
                place: reason
                for place, reason in by_code.problems.items()
                if fallback is None and place not in parsed.problems and not found[place].is_valid
            }
            self.say("industry_code", unread, {})
            found = pc.coalesce(found, by_code.values)
        if fallback is not None:
            found = pc.fill_null(found, str(fallback))
        self.refuse_missing(found, "category", "category.missing")
        return found

    def locate(self) -> None:
        """Geometry from the shapes of the file; in a table also from coordinates."""
        found, drawn = shapes.Shapes(self.geometries), False
        if GEOMETRY in self.mapping:
            column = self.raw(GEOMETRY)
            drawn = not pa.types.is_string(column.type)
            if drawn:
                found = shapes.from_wkb(column, self.batch.crs)
            else:
                found = shapes.from_text(values.clean(column), self.batch.crs)
            self.geometries = found.geometries
            self.columns[GEOMETRY] = pa.nulls(self.n)
        if not drawn and ("lon" in self.mapping or "lonlat" in self.mapping):
            self._locate_points(found)
        self.say(GEOMETRY, found.problems, found.notes)

    def _locate_points(self, found: shapes.Shapes) -> None:
        if "lon" in self.mapping:
            lon_text, lat_text, lon_name, lat_name = self.raw("lon"), self.raw("lat"), "lon", "lat"
        else:
            halves, lat_text = degrees.pair(self.raw("lonlat"))
            lon_text, lon_name, lat_name = halves.values, "lonlat", "lonlat"
            self.say("lonlat", halves.problems, {})
        crossed = np.zeros(self.n, dtype=bool)
        if self.batch.crs != SWAPPED:
            lon_text, lat_text, crossed = degrees.in_order(lon_text, lat_text)
        lon, lat = degrees.number(lon_text), degrees.number(lat_text)
        self.say(lon_name, lon.problems, {})
        self.say(lat_name, lat.problems, {})
        x = lon.values.to_numpy(zero_copy_only=False)
        y = lat.values.to_numpy(zero_copy_only=False)
        points = shapes.points(x, y, self.batch.crs)
        points.note(crossed & ~shapes.missing(points.geometries), "coordinates.swapped")
        unread = lon.problems.keys() | lat.problems.keys()
        lacking = shapely.is_missing(self.geometries)
        self.geometries[lacking] = points.geometries[lacking]
        self.columns[GEOMETRY] = pa.nulls(self.n)
        for said, kind in ((points.problems, found.problems), (points.notes, found.notes)):
            kind.update(
                {
                    place: reason
                    for place, reason in said.items()
                    if lacking[place] and place not in unread and place not in found.problems
                }
            )

    def note_unlocated(self) -> None:
        """Say which rows have no place, if the file speaks of places at all."""
        if GEOMETRY not in self.columns:
            return
        said = {place for place, name, _ in (*self.problems, *self.notes) if name in _PLACES}
        unlocated = shapes.missing(self.geometries)
        unlocated[list(said)] = False
        self.note(unlocated, GEOMETRY, "unlocated")

    def refuse_asides(self) -> None:
        """Rows that add up those above, repeat the heading, or tell who filled in the form."""
        for name in ("name", "id"):
            if name in self.columns:
                self._refuse_asides(name, self.columns[name])
        if "name" in self.columns:
            self._refuse_asides("name", self._first_cells_of_nameless())
            self._refuse_sections()

    def _refuse_asides(self, name: str, texts: pa.Array) -> None:
        remark = rf"^(?i:{'|'.join(table('words', 'remark'))})\s*[:：]"
        said = self.places_with_problems("name", "id")
        for key, found in (
            ("total", pc.match_substring_regex(texts, _total())),
            # Pages that are printed repeat it.
            ("heading", pc.equal(texts, self.mapping.columns[name])),
            ("remark", pc.match_substring_regex(texts, remark)),
        ):
            places = [place for place in _places(found) if place not in said]
            self.say(name, dict.fromkeys(places, Reason(key, {})), {})

    def _refuse_sections(self) -> None:
        """Rows that say nothing but a name: 一、物流企业 heads those below it, others may do so."""
        others = self.mapping.columns.keys() - {"name"}
        # That a place is missing is told of by itself.
        if len(others) < 2 or others <= set(PLACES):
            return
        held = [self.raw(name) for name in others]
        names = self.columns["name"]
        bare = _mask(names.is_valid())
        for column in held:
            bare &= _mask(column.is_null())
        bare[list(self.places_with_problems("name", "id"))] = False
        if not bare.any():
            return
        texts = [each for each in self.batch.rows.columns if pa.types.is_string(each.type)]
        first = pc.coalesce(*texts)
        listed = pc.match_substring_regex(first, r"^[(（]?[一二三四五六七八九十]+[)）、.．]")
        number = pc.match_substring_regex(first, r"^[一二三四五六七八九十]+$")
        numbered = _mask(pc.or_(listed, pc.and_(number, pc.not_equal(first, names))))
        self.refuse(bare & numbered, "name", "section")
        self.note(bare & ~numbered, "name", "name.only")

    def _first_cells_of_nameless(self) -> pa.Array:
        """What rows without a name begin with: 合计 often stands in a column that is not taken."""
        nameless = self.columns["name"].is_null()
        if not pc.any(nameless).as_py():
            return pa.nulls(self.n, pa.string())
        columns = [each for each in self.batch.rows.columns if pa.types.is_string(each.type)]
        first = values.clean(pc.coalesce(*columns))
        return pc.if_else(nameless, first, pa.scalar(None, pa.string()))

    def require(self, name: str, key: str) -> None:
        """Refuse rows without a value."""
        self.refuse_missing(self.columns.get(name, pa.nulls(self.n, pa.string())), name, key)

    def refuse_missing(self, found: pa.Array, name: str, key: str) -> None:
        """Refuse rows where an array is null and nothing is said about it yet."""
        said = self.places_with_problems(name, "industry_code")
        missing = (place for place in _places(found.is_null()) if place not in said)
        self.say(name, dict.fromkeys(missing, Reason(key, {})), {})

    def places_with_problems(self, *names: str) -> set[int]:
        """The positions of rows that are refused for one of some fields."""
        return {place for place, name, _ in self.problems if name in names}

    def refuse(self, where: Mask | pa.Array, name: str, key: str, **said: object) -> None:
        """Refuse the rows where a mask is true."""
        self.say(name, dict.fromkeys(_places(where), Reason(key, said)), {})

    def note(self, where: Mask | pa.Array, name: str, key: str, **said: object) -> None:
        """Say something about the rows where a mask is true."""
        self.say(name, {}, dict.fromkeys(_places(where), Reason(key, said)))

    def say(self, name: str, problems: dict[int, Reason], notes: dict[int, Reason]) -> None:
        """Add reasons by position."""
        self.problems.extend((place, name, reason) for place, reason in problems.items())
        self.notes.extend((place, name, reason) for place, reason in notes.items())

    def checked(self) -> Checked:
        """The rows without a problem as a frame."""
        refused = {place for place, _, _ in self.problems}
        kept = np.ones(self.n, dtype=bool)
        kept[list(refused)] = False
        frame = self._frame(kept)
        misfits = [Problem(self._misfit(bad), row=bad.row) for bad in self.batch.misfits]
        return Checked(
            frame=frame,
            problems=sorted(
                [*self._worded(self.problems, set()), *misfits],
                key=lambda problem: problem.row or 0,
            ),
            notes=sorted(self._worded(self.notes, refused), key=lambda note: note.row or 0),
            n_read=self.batch.n_read,
        )

    def _frame(self, kept: Mask) -> gpd.GeoDataFrame:
        mask = None if kept.all() else pa.array(kept)
        names = [name for name in self.columns if name != GEOMETRY]
        held = pa.table(
            {"row": pa.array(self.batch.numbers)} | {name: self.columns[name] for name in names}
        )
        data = (held if mask is None else held.filter(mask)).to_pandas(
            types_mapper={pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get
        )
        data["row"] = data["row"].astype("int64")
        for name, lists in self.lists.items():
            kept_lists = [item for item, keep in zip(lists, kept.tolist(), strict=True) if keep]
            data[name] = pd.Series(kept_lists, dtype=object, index=data.index)
        if GEOMETRY in self.columns:
            return gpd.GeoDataFrame(data, geometry=self.geometries[kept], crs=SRID)
        return gpd.GeoDataFrame(data)

    def _worded(self, said: list[tuple[int, str, Reason]], without: set[int]) -> list[Problem]:
        numbers = self.batch.numbers
        return [
            Problem(
                word(f"import.{reason.key}", self.options.language, **reason.values),
                field=name,
                row=int(numbers[place]),
            )
            for place, name, reason in said
            if place not in without
        ]

    def _misfit(self, bad: Misfit) -> str:
        width = self.batch.rows.num_columns
        said = {"found": len(bad.cells), "expected": width} if bad.key == "ragged" else {}
        return word(f"import.{bad.key}", self.options.language, **said)


@cache
def _total() -> str:
    """What the name of a row of totals is: 合　计, 物流小计：, 合计(12家), 共12家, Total."""
    space = r"[\s\x{a0}\x{3000}]*"
    words = [space.join(word) for word in table("words", "total")]
    ends = [word for word in words if not word.isascii()]
    counted = rf"共?{space}[0-9０-９]+{space}[家个户项]"
    aside = rf"{space}(?:[(（][^()（）]*[)）])?{space}[:：]?$"
    return rf"(?i)(?:^(?:{'|'.join(words)}|{counted})|(?:{'|'.join(ends)})){aside}"


def _places(where: Mask | pa.Array) -> list[int]:
    return np.flatnonzero(_mask(where) if isinstance(where, pa.Array) else where).tolist()


def _mask(where: pa.Array) -> Mask:
    found: Mask = where.fill_null(False).to_numpy(zero_copy_only=False)
    return found
