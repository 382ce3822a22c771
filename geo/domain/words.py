"""The one catalogue of what people read, in Chinese and English, and how numbers are written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import get_args

from geo.errors import Phrase
from geo.settings import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)


@lru_cache(maxsize=len(LANGUAGES))
def words(lang: Language) -> Mapping[str, str]:
    """All phrases of a language by key, with their `{name}` places still open.

    The form that a phrase has for a single thing, as in English, is under its key and `=1`.
    """
    text = resources.files("geo.domain").joinpath("words.toml").read_text(encoding="utf-8")
    catalogue = tomllib.loads(text).items()
    single = {
        f"{key}=1": forms["one"] for key, forms in catalogue if lang == "en" and "one" in forms
    }
    return MappingProxyType({key: forms[lang] for key, forms in catalogue} | single)


def word(key: str, lang: Language, /, **values: object) -> str:
    """A phrase with its places filled in: numbers as the language writes them, None as unknown.

    Raises KeyError for a key that is not in the catalogue, or a place that is given no value.
    """
    known = words(lang)
    phrase = (values.get("n") == 1 and known.get(f"{key}=1")) or known[key]
    return phrase.format(**{name: _written(value, lang) for name, value in values.items()})


def said(phrase: Phrase, lang: Language) -> str:
    """A phrase in a language; see `word`."""
    return word(phrase.key, lang, **phrase.values)


def number(value: float | None, lang: Language, digits: int = 0) -> str:
    """A number with thousands separators; None is said to be unknown, never shown as zero."""
    if value is None:
        return words(lang)["number.unknown"]
    return f"{value:,.{digits}f}"


def rate(value: float | None) -> str:
    """A rate in [0, 1] as a percentage with one decimal; None, a rate of nothing, is a dash."""
    return "–" if value is None else f"{value:.1%}"


def distance(metres: float, lang: Language) -> str:
    """A distance as a person would say it: whole metres, from 1 km on kilometres."""
    if round(metres) < 1000:
        return word("unit.metres", lang, n=round(metres))
    kilometres = metres / 1000
    digits = 1 if kilometres < 100 else 0
    written = number(kilometres, lang, digits)
    return word("unit.kilometres", lang, n=written.removesuffix(".0"))


def _written(value: object, lang: Language) -> str:
    if value is None:
        return words(lang)["number.unknown"]
    if isinstance(value, Phrase):
        return said(value, lang)
    if isinstance(value, int) and not isinstance(value, bool):
        return number(value, lang)
    return str(value)
