"""Which column holds which field: headings in Chinese and English, and what the user says."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections import abc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from geo.domain.faults import problem
from geo.domain.kind import Kind
from geo.errors import Invalid, Phrase, Problem

GEOMETRY = "geometry"
# The fields that say where something is.
PLACES = ("lon", "lat", "lonlat", GEOMETRY)
_HEADING_SEARCHED_ROWS = 30


@dataclass(frozen=True)
class Mapping:
    """Which column of a file holds which field; `unmapped` are the columns that hold none."""

    kind: Kind
    columns: abc.Mapping[str, str]
    unmapped: tuple[str, ...] = field(default=())

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def as_dict(self) -> dict[str, str]:
        """The mapping as it is saved and given again as overrides."""
        return dict(self.columns)


@cache
def _document() -> dict[str, Any]:
    text = resources.files("geo.ingest").joinpath("headings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def table(*path: str) -> Any:
    """A part of headings.toml."""
    part: Any = _document()
    for key in path:
        part = part[key]
    return part


def fields(kind: Kind) -> tuple[str, ...]:
    """The fields that a file of a kind may bring."""
    return tuple(table(kind))


def understand(
    columns: Sequence[str],
    kind: Kind | str,
    overrides: abc.Mapping[str, str] | None = None,
    tells_apart: Callable[[str], bool] = lambda _column: False,
    industry_field: Callable[[str], str | None] = lambda _column: None,
    *,
    is_cut: Callable[[str], bool] = lambda _column: False,
) -> Mapping:
    """Find the column of every field.

    `overrides` (field -> column) go first; an empty column means that the field is not there.
    `tells_apart` says of a column whether its cells can name things, `industry_field` which field
    a column of industries holds, `is_cut` whether the heading may be the beginning of a longer one
    (see Source). Raises Invalid for an unknown field or column, and where a field that must be is
    missing.
    """
    kind = Kind(kind)
    found = _overridden(columns, kind, overrides or {})

    def take(name: str | None, column: str | None) -> None:
        if name is not None and name not in found and column is not None:
            found[name] = column

    def free() -> list[str]:
        taken = set(found.values())
        return [column for column in columns if column not in taken]

    for name, synonyms in table(kind).items():
        if name not in found:
            take(name, _first(synonyms, free()))
    for column in filter(is_cut, free()):
        take(_begun(column, kind), column)
    for name, headings in table("lone").get(kind, {}).items():
        take(name, _only(headings, columns, free()))
    industry = _first(table("industries").get(kind, ()), free())
    if industry is not None and not {"category", "industry_code"} & found.keys():
        take(industry_field(industry), industry)
    if "id" in table(kind) and not {"id", "credit_code"} & found.keys():
        number = _first(table("numbers", "id"), free())
        if number is not None and tells_apart(number):
            take("id", number)
    held = {name: column for name, column in found.items() if column}
    held = _paired(held)
    _require(kind, held, columns)
    unmapped = tuple(column for column in columns if column not in set(held.values()))
    return Mapping(kind, held, unmapped)


def normalise(text: str) -> str:
    """A heading or word as it is compared: without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def heading_index(rows: Sequence[Sequence[str]]) -> int:
    """The row (from 0) that heads a table: the one with most known headings.

    Where none is known: the first row that is as full as any, and of words.
    """
    searched = rows[:_HEADING_SEARCHED_ROWS]
    known = _known()
    hits = [sum(bool(_keys(cell) & known) for cell in set(row)) for row in searched]
    most = max(hits, default=0)
    if most > 1 or (most == 1 and max(len(row) for row in searched) == 1):
        index = hits.index(most)
        while index + 1 < len(searched) and list(searched[index + 1]) == list(searched[index]):
            index += 1
        return index
    filled = [sum(bool(cell.strip()) for cell in row) for row in searched]
    for index, row in enumerate(searched):
        if filled[index] == max(filled) and not any(_is_number(cell) for cell in row):
            return index
    return 0


def groups_of(row: Sequence[str]) -> dict[int, str]:
    """The cells of a row that stand before empty ones, by column: they may head all of these."""
    found: dict[int, str] = {}
    for place in range(1, len(row)):
        if not row[place] and (said := found.get(place - 1) or row[place - 1]):
            found |= {place - 1: said, place: said}
    return found


def heading_of(
    rows: Sequence[Sequence[str]],
    stated: int | None,
    groups_above: Callable[[int], abc.Mapping[int, str]] | None = None,
) -> tuple[int, list[str]]:
    """The row (from 0) that heads a table, unless it is stated, and its cells.

    Of a heading in two rows it is the lower, completed from the upper. `groups_above` are the
    groups of columns that stand above a row, by column.
    """
    index = heading_index(rows) if stated is None else stated
    for upper in (index, index - 1) if stated is None else (index - 1,):
        if 0 <= upper < len(rows) - 1 and len(rows[upper]) == len(rows[upper + 1]):
            groups = groups_above(upper + 1) if groups_above else groups_of(rows[upper])
            found = _of_two_rows(rows[upper], rows[upper + 1], groups)
            if found is not None:
                return upper + 1, found
    return index, list(rows[index])


def _of_two_rows(
    upper: Sequence[str], lower: Sequence[str], groups: abc.Mapping[int, str]
) -> list[str] | None:
    """A heading of which the upper row has groups of columns; None where two rows are none.

    Beside the groups one of the two rows is empty, or they are the same. Below 职工情况 and
    会员情况 both columns are headed 人数: they are 职工 人数 and 会员 人数.
    """
    known = _known()
    names = [below or above for above, below in zip(upper, lower, strict=True)]
    beside = [place for place in range(len(names)) if place not in groups]
    if not beside or any(upper[p] and lower[p] not in ("", upper[p]) for p in beside):
        return None
    whole = {p: f"{re.sub('情况$', '', group)} {lower[p]}" for p, group in groups.items()}
    if not any(lower[p] and (_keys(lower[p]) | _keys(whole[p])) & known for p in groups):
        return None
    for place, name in whole.items():
        cell = lower[place]
        if cell and cell != groups[place] and (lower.count(cell) > 1 or _keys(name) & known):
            names[place] = name
    return names


def column_names(cells: Iterable[str]) -> list[str]:
    """Headings as names of columns: trimmed, never empty, never twice."""
    names: dict[str, None] = {}
    counts: dict[str, int] = {}
    for place, cell in enumerate(cells, start=1):
        name = wanted = " ".join(cell.split()) or f"#{place}"
        while name in names:
            counts[wanted] = counts.get(wanted, 1) + 1
            name = f"{wanted} ({counts[wanted]})"
        names[name] = None
    return list(names)


def frame_said(mapping: Mapping) -> str | None:
    """The coordinate frame that the headings of coordinates or shapes name, if they name one."""
    headed = [normalise(mapping.columns.get(name, "")) for name in PLACES]
    said = {
        frame
        for frame, words in table("frames").items()
        for heading in headed
        if any(normalise(word) in heading for word in words)
    }
    return said.pop() if len(said) == 1 else None


def _keys(heading: str) -> set[str]:
    """The ways to read a heading: whole, without what is in brackets, without a frame."""
    plain = unicodedata.normalize("NFKC", heading)
    bare = re.sub(r"[(\[【〔].*?[)\]】〕]", "", plain)
    return {normalise(plain), normalise(bare), _frame_words().sub("", normalise(plain))} - {""}


@cache
def _frame_words() -> re.Pattern[str]:
    return re.compile(
        "|".join(normalise(word) for words in table("frames").values() for word in words)
    )


@cache
def _known() -> frozenset[str]:
    return frozenset(
        normalise(word)
        for part in (*(table(kind) for kind in Kind), *table("lone").values(), table("industries"))
        for words in part.values()
        for word in words
    )


def _first(synonyms: Iterable[str], columns: Iterable[str]) -> str | None:
    keys = [(column, _keys(column)) for column in columns]
    for synonym in synonyms:
        read = [column for column, readings in keys if normalise(synonym) in readings]
        if read:
            return synonym if synonym in read else read[0]
    return None


def _begun(column: str, kind: Kind) -> str | None:
    """The field whose headings a column begins, unless they are of several."""
    begun = {
        name
        for name, synonyms in table(kind).items()
        if any(normalise(synonym).startswith(normalise(column)) for synonym in synonyms)
    }
    return begun.pop() if len(begun) == 1 else None


def _only(synonyms: Iterable[str], columns: Iterable[str], free: Sequence[str]) -> str | None:
    """The one column with a heading of these, unless there are several or it is not free."""
    known = {normalise(synonym) for synonym in synonyms}
    headed = [column for column in columns if _keys(column) & known]
    return headed[0] if len(headed) == 1 and headed[0] in free else None


def _overridden(
    columns: Sequence[str], kind: Kind, overrides: abc.Mapping[str, str]
) -> dict[str, str]:
    problems = []
    for name, column in overrides.items():
        if name not in table(kind):
            known = ", ".join(fields(kind))
            problems.append(problem("import.mapping.field", field=name, value=name, known=known))
        elif column and column not in columns:
            close = difflib.get_close_matches(column, columns, n=1, cutoff=0.5)
            known = ", ".join(close or columns)
            wrong = problem("import.mapping.column", field=name, value=column, known=known)
            problems.append(wrong)
    if problems:
        raise Invalid(problems[0].reason, problems, problems[0].phrase)
    return dict(overrides)


def _paired(held: dict[str, str]) -> dict[str, str]:
    """Two columns of coordinates belong together, and go before one that holds both."""
    ignored = {"lonlat"} if "lon" in held and "lat" in held else {"lon", "lat"}
    return {name: column for name, column in held.items() if name not in ignored}


_REQUIRED: dict[Kind, list[tuple[str, ...]]] = {
    Kind.SITES: [("name", "id", "credit_code")],
    Kind.UNIONS: [("name", "id")],
    Kind.DIVISIONS: [("adcode",), ("name",), (GEOMETRY,)],
}


def _require(kind: Kind, held: dict[str, str], columns: Sequence[str]) -> None:
    listed = ", ".join(columns)
    problems = [
        _missing(choice[0], listed)
        for choice in _REQUIRED[kind]
        if not any(name in held for name in choice)
    ]
    if problems:
        raise Invalid(problems[0].reason, problems, problems[0].phrase)


def _missing(name: str, listed: str) -> Problem:
    called = Phrase(f"field.{name}")
    return problem("import.mapping.missing", field=name, called=called, name=name, listed=listed)


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[+-]?[\d.,]+", cell.strip()))
