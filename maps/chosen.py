"""What is chosen of all sites, in words: the division, and each filter that narrows them down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo.domain.site_filter import SiteFilter
from geo.domain.words import word
from geo.settings import Language
from maps.address import REPEATED, Address
from maps.view import MapView, plain


def droppable(address: Address, lang: Language) -> list[tuple[str, str]]:
    """The filters that are set, with the words for each: which of them leaves nothing over?"""
    asked = address.filters
    names = dict.fromkeys(name for name, _ in asked.pairs)
    return [(name, _said(name, asked.every(name), lang)) for name in names]


def narrowing(address: Address, lang: Language) -> str | None:
    """The filters beside division and date in one line; None where there are none."""
    words = [said for name, said in droppable(address, lang) if name not in ("adcode", "on")]
    if not words:
        return None
    return word("page.filtered", lang, filters=word("list.comma", lang).join(words))


def subject(view: MapView) -> list[str]:
    """Of which sites a map is; nothing where it is of all."""
    return [said for said in (place(view), filters(view)) if said]


def place(view: MapView) -> str | None:
    """The name of the division that a map is of."""
    return named(view.path[-1], view.language) if view.path else None


def filters(view: MapView) -> str | None:
    """The filters that a map is made with, in one line."""
    return narrowing(address_of(view.wanted), view.language)


def address_of(wanted: SiteFilter) -> Address:
    """The filters of the address that asks for these sites."""
    flags = {None: (), True: ("true",), False: ("false",)}
    asked: dict[str, Sequence[Any]] = {
        "adcode": (wanted.division,),
        "category": wanted.categories,
        "coverage": wanted.coverages,
        "grade": wanted.grades,
        "needs_own_union": flags[wanted.needs_own_union],
        "min_workers": (wanted.min_workers,),
        "max_workers": (wanted.max_workers,),
        "unknown_workers": flags[wanted.unknown_workers or None],
        "outside": (wanted.outside,),
        "q": (wanted.search,),
    }
    return Address().changed(**{name: list(values) for name, values in asked.items()})


def named(row: Mapping[Any, Any], lang: Language) -> str:
    """The name of a division in a language."""
    return str((lang == "en" and plain(row["name_en"])) or row["name"])


def _said(name: str, values: Sequence[str], lang: Language) -> str:
    if name in REPEATED:
        listed = word("list.comma", lang).join(word(f"{name}.{each}", lang) for each in values)
        return word("filter.said.one_of", lang, name=word(f"filter.{name}", lang), values=listed)
    if name == "needs_own_union" and values[-1] != "true":
        name = "needs_no_own_union"
    value = int(float(values[-1])) if name in ("min_workers", "max_workers") else values[-1]
    return word(f"filter.said.{name}", lang, value=value)
