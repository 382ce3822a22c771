"""What can go wrong, in words a person can act on; knows neither HTTP nor SQL."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong in an input: where it is, and how to mend it.

    `row` counts as the reader of the file does (the heading of a table is row 1); None where
    the whole input is meant.
    """

    reason: str
    field: str | None = None
    row: int | None = None

    def as_dict(self) -> dict[str, object]:
        """The problem as JSON takes it, without what is unknown."""
        return {key: value for key, value in asdict(self).items() if value is not None}


class GeoError(Exception):
    """Every error that Antu raises on purpose; its text is fit to be shown."""

    def __init__(self, message: str, problems: list[Problem] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems or []


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
