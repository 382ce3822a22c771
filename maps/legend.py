"""The legend: one model that page, file and figure draw each in its own way."""

from __future__ import annotations

from dataclasses import dataclass

from geo.domain.site import Coverage
from geo.domain.words import distance, number, rate, word
from geo.settings import Language
from maps.colours import (
    COVERAGE,
    HEAT,
    HEAT_ALPHA,
    HEAT_BREAKS,
    NO_DATA,
    RATE,
    RATE_BREAKS,
    Measure,
    Rate,
    Shade,
    Shape,
)
from maps.view import MapView

# More files than these are counted.
_MOST_SOURCES = 5


@dataclass(frozen=True)
class Swatch:
    """A colour with its words; `name` is that of the CSS property."""

    name: str
    shade: Shade
    label: str = ""
    alpha: float = 1.0
    edge: Shade | None = None
    shape: Shape | None = None
    hatched: bool = False


@dataclass(frozen=True)
class Legend:
    """The explanation of one layer.

    A ramp is a strip of `swatches` with `ticks`, the value at the left border of each (and, one
    tick more, at its end); `others` stand apart with their own label. Marks have no ticks.
    """

    layer: str
    title: str
    swatches: tuple[Swatch, ...]
    ticks: tuple[str, ...] = ()
    others: tuple[Swatch, ...] = ()
    notes: tuple[str, ...] = ()


def legends(view: MapView, smoothing_m: float) -> list[Legend]:
    """The legends of all layers of a view; `smoothing_m` is the sigma of its heat."""
    lang = view.language
    return [
        *(_density("heat", each, view, smoothed(smoothing_m, lang)) for each in view.measures),
        *(_density("hex", each, view, word("legend.hex_note", lang)) for each in view.measures),
        *(_rate(each, lang) for each in view.rates),
        sites(lang),
    ]


def sites(lang: Language) -> Legend:
    """How sites of each coverage are drawn."""
    swatches = tuple(
        Swatch(
            f"coverage-{coverage}",
            mark.fill,
            word(f"coverage.{coverage}", lang),
            edge=mark.edge,
            shape=mark.shape,
        )
        for coverage, mark in ((each, COVERAGE[each]) for each in reversed(Coverage))
    )
    return Legend("sites", word("legend.sites", lang), swatches)


def smoothed(sigma_m: float, lang: Language) -> str:
    """How heat is smoothed; a page says it anew for each scale of its map."""
    return word("legend.heat_note", lang, sigma=distance(sigma_m, lang))


def _density(kind: str, measure: Measure, view: MapView, note: str) -> Legend:
    """Heat (`heat`) and hexagons (`hex`) share unit, breaks and colours."""
    lang = view.language
    swatches = tuple(
        Swatch(f"heat-{index}", shade, alpha=alpha)
        for index, (shade, alpha) in enumerate(zip(HEAT, HEAT_ALPHA, strict=True))
    )
    ticks = ["0", *(_brief(each, lang) for each in HEAT_BREAKS[measure])]
    notes = [note]
    if measure != "sites" and view.unknown_count:
        notes.append(word("legend.heat_partial", lang, n=view.unknown_count))
    if not view.has_headcount:
        notes.insert(0, word("legend.heat_empty", lang))
    title = word(f"legend.heat_{measure}", lang)
    return Legend(f"{kind}_{measure}", title, swatches, tuple(ticks), notes=tuple(notes))


def _rate(column: Rate, lang: Language) -> Legend:
    swatches = tuple(Swatch(f"rate-{index}", shade) for index, shade in enumerate(RATE))
    ticks = tuple(f"{each:.0%}" for each in (0, *RATE_BREAKS, 1))
    missing = Swatch("no-data", NO_DATA, word("number.no_data", lang), hatched=True)
    return Legend(column, word(f"legend.{column}", lang), swatches, ticks, others=(missing,))


def _brief(value: float, lang: Language) -> str:
    return number(value, lang, 0 if float(value).is_integer() else 1)


def headlines(view: MapView) -> list[str]:
    """What the page writes large: uncovered sites, and workers not reached."""
    lang, totals = view.language, view.totals
    uncovered, gap = totals["sites_none"], totals["gap"]
    share = rate(uncovered / view.site_count if view.site_count else None)
    return [
        word("overview.uncovered", lang, part=uncovered, whole=view.site_count, rate=share),
        word("overview.not_reached", lang, part=gap, whole=totals["workers"])
        if view.has_headcount
        else word("overview.not_reached_unknown", lang),
    ]


def facts(view: MapView) -> list[str]:
    """The counts that every map states, each with its denominator."""
    lang, totals = view.language, view.totals
    covered = totals["sites_direct"] + totals["sites_secondary"]
    lines = [
        word(
            "overview.site_rate",
            lang,
            rate=rate(totals["site_rate"]),
            part=covered,
            whole=view.site_count,
        ),
        word(
            "overview.worker_rate",
            lang,
            rate=rate(totals["worker_rate"]),
            part=totals["workers_covered"],
            whole=totals["workers"],
        )
        if view.has_headcount
        else word("overview.worker_rate_unknown", lang),
        word("overview.unknown", lang, part=view.unknown_count, whole=view.site_count),
    ]
    if view.has_headcount:
        lines.append(
            word(
                "overview.needs_own_union",
                lang,
                n=totals["sites_need_own_union"],
                threshold=view.threshold,
            )
        )
    if view.outside is not None:
        lines.append(
            word("overview.outside", lang, part=view.outside["sites"], whole=view.site_count)
        )
    return lines


def methods(view: MapView, smoothing_m: float, layer: str | None = None) -> list[str]:
    """How the map was made, with its parameters; of one layer only, if it is named."""
    lang = view.language
    sigma = distance(smoothing_m, lang)
    if view.is_served:
        sigma = word("about.method.least", lang, sigma=sigma)
    told = {
        "": word("about.method.coverage", lang, threshold=view.threshold),
        "gap": word("about.method.gap", lang),
        "heat": word("about.method.heat", lang, sigma=sigma),
        "hex": word("about.method.hex", lang),
        "rate": word("about.method.rate", lang),
        "plain": word("about.simplified", lang),
    }
    always = {"", "gap", "plain"}
    parts = {*(layer or "").split("_"), *always}
    return [text for part, text in told.items() if layer is None or part in parts]


def dates(view: MapView) -> list[str]:
    """Of when the map is."""
    lang = view.language
    lines = [word("about.on", lang, date=view.on.isoformat())]
    if view.data_as_of is not None:
        lines.insert(0, word("about.as_of", lang, date=view.data_as_of.isoformat()))
    return lines


def sources(view: MapView) -> str:
    """From what the map is, in one line."""
    named, others = view.sources[:_MOST_SOURCES], view.sources[_MOST_SOURCES:]
    more = [word("about.source_more", view.language, n=len(others))] if others else []
    return "; ".join([*named, *more]) or word("about.source_unknown", view.language)


def source(view: MapView) -> str:
    """The same, with the word for it."""
    lang = view.language
    return f"{word('about.source', lang)}{word('list.colon', lang)}{sources(view)}"
