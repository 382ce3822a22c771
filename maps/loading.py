"""The page on which a clerk loads files: drop one, see what it is, correct it, load it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.domain.union import UnionKind
from geo.domain.words import LANGUAGES, word
from geo.settings import Language
from maps import payload
from maps.page import environment, language_context, linked, looks, modules
from maps.payload import json_text

FRAMES = ("wgs84", "gcj02", "bd09")
# The rooms of the catalogue that the scripts of this page speak from.
_SPOKEN = (
    *("load", "batches", "field", "frame", "category", "union"),
    *("number", "unit", "direction", "state"),
)
_STYLES = ("/vendor/leaflet/leaflet.css", "/static/map.css", "/static/page.css", "/static/load.css")
_SCRIPTS = ("/vendor/leaflet/leaflet.js",)


@dataclass(frozen=True)
class _Heading:
    """What the frame of every page asks of what it shows."""

    language: Language
    heading: str


def load_page(
    language: Language,
    nonce: str,
    root: str = "",
    *,
    divisions: gpd.GeoDataFrame,
    max_upload_mb: int,
    writable: bool,
) -> str:
    """The page; `divisions` (adcode, name, geometry) lie under the small map of the preview."""
    data = {
        "root": root,
        "language": language,
        "words": payload.phrases(language, _SPOKEN),
        "divisions": payload.divisions(divisions) if len(divisions) else None,
        "maxUploadMb": max_upload_mb,
    }
    context: dict[str, Any] = language_context(language) | looks(nonce, root)
    context |= modules("served", "load.js", root) | {
        "view": _Heading(language, word("load.title", language)),
        "policy": None,
        "languages": [(code, word("language.name", code)) for code in LANGUAGES],
        "styles": [linked(address, "served", root) for address in _STYLES],
        "scripts": [linked(address, "served", root) for address in _SCRIPTS],
        "data": json_text(data),
        "kinds": [Kind.SITES, Kind.UNIONS, Kind.DIVISIONS],
        "categories": list(Category),
        "union_kinds": list(UnionKind),
        "frames": FRAMES,
        "max_upload_mb": max_upload_mb,
        "writable": writable,
    }
    return environment().get_template("load.html").render(context)
