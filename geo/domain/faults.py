"""Errors in the words of the catalogue: raised in no language, told in that of their reader."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from geo.domain.words import said
from geo.errors import GeoError, Phrase, Problem
from geo.settings import Language

E = TypeVar("E", bound=GeoError)
# What an error says until somebody reads it: in logs, and to programs.
_UNTOLD: Language = "en"


def problem(key: str, /, *, field: str | None = None, **values: object) -> Problem:
    """A problem of an input as a whole, whose reason is a phrase of the catalogue."""
    phrase = Phrase(key, values)
    return Problem(said(phrase, _UNTOLD), field=field, phrase=phrase)


def fault(kind: type[E], key: str, /, *, field: str | None = None, **values: object) -> E:
    """An error whose message is a phrase of the catalogue; `field` is what was wrong, if known."""
    wrong = problem(key, field=field, **values)
    return kind(wrong.reason, [] if field is None else [wrong], wrong.phrase)


def told(error: GeoError, language: Language) -> tuple[str, list[Problem]]:
    """The message and the problems of an error in a language, as far as they are phrases."""
    message = error.message if error.phrase is None else said(error.phrase, language)
    problems = [
        each if each.phrase is None else replace(each, reason=said(each.phrase, language))
        for each in error.problems
    ]
    return message, problems
