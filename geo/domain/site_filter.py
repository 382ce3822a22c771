"""Which sites somebody asks for; lists, maps, counts and downloads all take the same filter."""

from __future__ import annotations

from dataclasses import dataclass

from geo.domain.site import Category, Coverage, Grade


@dataclass(frozen=True)
class SiteFilter:
    """Conditions that all hold at once; an empty tuple or None asks for nothing.

    `active` leaves out what has ended or not begun; `attention` keeps what is uncovered or needs
    its own union; `unknown_workers` keeps those without a headcount; `division` (an adcode) keeps
    the sites of it and of all divisions below it, `outside` (a level) those in no division of that
    level; each word of `search` is to be in name, address, id or code.
    """

    active: bool = True
    attention: bool = False
    coverages: tuple[Coverage, ...] = ()
    categories: tuple[Category, ...] = ()
    grades: tuple[Grade, ...] = ()
    needs_own_union: bool | None = None
    min_workers: int | None = None
    max_workers: int | None = None
    unknown_workers: bool = False
    division: str | None = None
    outside: str | None = None
    search: str | None = None

    def as_values(self) -> dict[str, object]:
        """The values of the binds of queries/passing.sql, without those that ask for nothing."""
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
            if value is not None and value != () and (value or name not in _FLAGS)
        }
        values.pop("search", None)
        if patterns := _patterns(self.search or ""):
            cased = any(each.lower() != each.upper() for each in patterns)
            values["search" if cased else "search_as_written"] = patterns
        return values


# Conditions that False asks nothing of.
_FLAGS = ("active", "attention", "unknown_workers")


def _patterns(words: str) -> list[str]:
    """LIKE patterns that find each word anywhere; their special characters mean themselves."""
    literal = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [f"%{word}%" for word in literal.split()]


EVERYTHING = SiteFilter()
