"""Way points for a navigation device: GPX 1.1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from shapely.geometry import shape

from geo.domain.words import word
from geo.settings import Language

_NAMESPACE = "http://www.topografix.com/GPX/1/1"


def gpx(features: Sequence[Mapping[str, Any]], lang: Language) -> bytes:
    """Sites (GeoJSON Features, as /api/nearby gives them) as way points, in their order."""
    root = ET.Element("gpx", {"xmlns": _NAMESPACE, "version": "1.1", "creator": "Antu"})
    for feature in features:
        known = feature["properties"]
        point = shape(feature["geometry"]).representative_point()
        place = {"lat": f"{point.y:.7f}", "lon": f"{point.x:.7f}"}
        way_point = ET.SubElement(root, "wpt", place)
        said = [
            word(f"category.{known['category']}", lang),
            word(f"coverage.{known['coverage']}", lang),
            word("number.headcount_unknown", lang)
            if known["workers"] is None
            else word("unit.people", lang, n=known["workers"]),
            known.get("address"),
        ]
        _say(way_point, "name", known["name"])
        _say(way_point, "desc", " · ".join(each for each in said if each))
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _say(parent: ET.Element, tag: str, text: str) -> None:
    # XML has no place for most control characters.
    kept = "".join(c for c in text if c >= " " or c in "\t\n")
    ET.SubElement(parent, tag).text = kept
