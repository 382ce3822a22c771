"""Pages around the map: the planner's, the embedded one, and the document that is a single file."""

from __future__ import annotations

import hashlib
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from geo.domain.site import Coverage
from geo.domain.words import LANGUAGES, number, rate, word
from geo.settings import Language
from maps import assets, colours, icons, legend, payload
from maps.address import Address
from maps.assets import Mode
from maps.chosen import subject
from maps.map import bounds, map_parts
from maps.payload import json_text
from maps.planner import Planner
from maps.view import MapView, plain


def planner_page(view: MapView, nonce: str, planner: Planner | None = None) -> str:
    """The planner's page; it asks the server for heat, sites and what is nearby.

    `nonce` is that of the Content-Security-Policy header; every script and style bears it.
    """
    more = (planner or Planner()).context(view)
    return _page("page.html", "planner.js", view, "served", nonce, more["address"].root, **more)


def frame(view: MapView, planner: Planner) -> str:
    """What of the page changes with filters, division and date: markup, and the map's new data."""
    data = {
        "divisions": payload.divisions(view.divisions),
        "bounds": bounds(view),
        "firstHeat": view.first_heat,
        "sites": view.site_count,
    }
    context = view_context(view, view.bandwidth_m) | planner.context(view)
    return environment().get_template("frame.html").render(data=json_text(data), **context)


def embed_page(view: MapView, nonce: str, address: Address | None = None, oembed: str = "") -> str:
    """The map with its title and legend only, for an iframe; asks the server like the page."""
    address = address or Address()
    more = {"address": address, "oembed": oembed}
    return _page("embed.html", "embed.js", view, "served", nonce, address.root, **more)


def document(view: MapView) -> str:
    """A single file that shows the map anywhere, and asks nobody for anything."""
    # The same view gives the same file: the nonce only has to differ from what data could hold.
    nonce = hashlib.sha256(repr((view.heading, view.bbox, view.on)).encode()).hexdigest()[:24]
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}' data:; style-src 'nonce-{nonce}';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )
    return _page("file.html", "map.js", view, "file", nonce, policy=policy)


def error_page(
    lang: Language,
    nonce: str,
    root: str = "",
    *,
    missing: bool,
    detail: str,
    reference: str | None,
    again: str,
) -> str:
    """What went wrong, in place of a page: what it was, its id in the log, and how to go on."""
    context = language_context(lang) | looks(nonce, root)
    values = {"missing": missing, "detail": detail, "reference": reference, "again": again}
    styles = [linked(url, "served", root) for url in _styles("served")]
    return (
        environment()
        .get_template("error.html")
        .render(context | values | {"styles": styles, "lang": lang})
    )


def looks(nonce: str, root: str = "") -> dict[str, Any]:
    """What every page looks like: the colours of both themes, its icon, and the nonce of it all;
    and the path on its host below which it finds everything."""
    return {
        "nonce": nonce,
        "root": root,
        "light": Markup(colours.css("light")),  # noqa: S704 - our own constants
        "dark": Markup(colours.css("dark")),  # noqa: S704
        "favicon": _favicon(),
        "marks": icons.MARKS,
        "icons": icons.ICONS,
    }


def _page(
    template: str,
    entry: str,
    view: MapView,
    mode: Mode,
    nonce: str,
    root: str = "",
    **more: Any,
) -> str:
    parts = map_parts(view, mode)
    smoothing_m = view.sigma_m if mode == "file" else view.bandwidth_m
    context = view_context(view, smoothing_m) | looks(nonce, root)
    context |= {
        "mode": mode,
        "policy": None,
        "languages": [(code, word("language.name", code)) for code in LANGUAGES],
        "styles": [linked(url, mode, root) for url in (*parts.styles, *_styles(mode))],
        "scripts": [linked(url, mode, root) for url in parts.scripts],
        "map": parts.html,
        "map_name": Markup(parts.name),  # noqa: S704 - a name that we gave
        "script": parts.script,
        "data": json_text(parts.data | {"root": root}),
    } | modules(mode, entry, root)
    return environment().get_template(template).render(context | more)


def modules(mode: Mode, entry: str, root: str = "") -> dict[str, Any]:
    """Where base.html finds the modules of a page; a browser is told before it reads the first."""
    found = assets.import_map(mode, entry, root)
    ahead = list(found["imports"].values()) if mode == "served" else []
    return {"import_map": json_text(found), "ahead": ahead}


def _styles(mode: Mode) -> tuple[str, ...]:
    shared = ("/static/page.css",)
    return shared if mode == "file" else (*shared, "/static/planner.css")


def view_context(view: MapView, smoothing_m: float) -> dict[str, Any]:
    """What templates say about a view, and how they say it."""
    return language_context(view.language) | {
        "view": view,
        "legends": legend.legends(view, smoothing_m),
        "smoothed": legend.smoothed(smoothing_m, view.language),
        "facts": legend.facts(view),
        "methods": legend.methods(view, smoothing_m),
        "subject": subject(view),
        "dates": legend.dates(view),
        "sources": legend.sources(view),
        "source": legend.source(view),
        "rows": _rows(view),
    }


def language_context(lang: Language) -> dict[str, Any]:
    """Words `t`, numbers `n` and rates `percent` of a language."""
    return {"t": partial(_translated, lang), "n": partial(_number, lang), "percent": rate}


def _favicon() -> str:
    """The mark of an uncovered site, as the icon of the page."""
    fill = colours.COVERAGE[Coverage.NONE].fill.light
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<path d="{icons.MARKS[Coverage.NONE]}" fill="{fill}"/></svg>'
    )
    return "data:image/svg+xml," + quote(svg)


def _translated(lang: Any, key: str, **values: object) -> str:
    return word(key, lang, **values)


def _number(lang: Any, value: Any) -> str:
    return number(plain(value), lang)


def linked(address: str, mode: Mode, root: str = "") -> dict[str, str | None]:
    """A script or style as base.html takes it: by its address, or with its content."""
    if mode == "served":
        return {"href": assets.versioned(address, root), "content": None}
    return {"href": None, "content": Markup(assets.text(address))}  # noqa: S704 - our own files


def _rows(view: MapView) -> list[dict[str, Any]]:
    """Divisions as the table shows them, the largest gap (or most uncovered sites) first."""
    frame = pd.DataFrame(view.divisions.drop(columns="geometry", errors="ignore"))
    rows = [{str(k): plain(v) for k, v in row.items()} for row in frame.to_dict("records")]
    for row in rows:
        row["name"] = (view.language == "en" and row.get("name_en")) or row["name"]
    by = "gap" if view.has_headcount else "sites_none"
    return sorted(rows, key=lambda row: -(row[by] or 0))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates; whatever they are given is escaped."""
    return Environment(
        loader=PackageLoader("maps", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
