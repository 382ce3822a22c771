"""What can go wrong, in words a person can act on; knows neither HTTP nor SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as field_of
from types import MappingProxyType
from typing import NamedTuple


class Phrase(NamedTuple):
    """A phrase of the catalogue (geo.domain.words), and what fills its places; in no language."""

    key: str
    values: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True)
class Problem:
    """One thing wrong in an input: where it is, and how to mend it.

    `row` counts as the reader of the file does (the heading of a table is row 1); None where
    the whole input is meant. `phrase` is what `reason` says, where it may be said in another
    language.
    """

    reason: str
    field: str | None = None
    row: int | None = None
    phrase: Phrase | None = field_of(default=None, repr=False, compare=False)

    def as_dict(self) -> dict[str, object]:
        """The problem as JSON takes it, without what is unknown."""
        told = {"reason": self.reason, "field": self.field, "row": self.row}
        return {key: value for key, value in told.items() if value is not None}


class GeoError(Exception):
    """Every error that Antu raises on purpose; its text is fit to be shown.

    `phrase` is what the message says, where it may be said in another language: see
    geo.domain.faults.
    """

    def __init__(
        self,
        message: str,
        problems: list[Problem] | None = None,
        phrase: Phrase | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems or []
        self.phrase = phrase


class NotFound(GeoError):
    """What was asked for does not exist."""


class Invalid(GeoError):
    """The input is wrong; `problems` says what, where and how to mend it."""


class Conflict(GeoError):
    """The request is sound but clashes with the present state."""


class Forbidden(GeoError):
    """Known who asks, and not allowed."""


class Unauthenticated(GeoError):
    """Not known who asks."""


class Unavailable(GeoError):
    """Something Antu needs is not there now: the database, a disk, a program."""
