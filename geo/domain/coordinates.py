"""A place as somebody types it: decimal or sexagesimal, in either order, in any frame."""

from __future__ import annotations

import math
import re
import unicodedata

from geo.domain.area import place
from geo.domain.faults import fault
from geo.errors import Invalid

_SAID = {
    "经度": "E",
    "纬度": "N",
    "东": "E",
    "東": "E",
    "西": "W",
    "南": "S",
    "北": "N",
    "经": "",
    "經": "",
    "纬": "",
    "緯": "",
    "度": "°",
    "分": "'",
    "秒": '"',
}
_BETWEEN = re.compile(r"[\s,;、/]*")
_ONE = re.compile(
    r"""(?P<before>[NSEW])?\s*:?\s*
    (?P<degrees>[+-]?\d{1,3}(?:\.\d+)?)
    (?:\s*°
        (?:\s*(?P<minutes>\d{1,2}(?:\.\d+)?)\s*'
            (?:\s*(?P<seconds>\d{1,2}(?:\.\d+)?)\s*")?
        )?
    )?
    (?(before)|(?:\s*(?P<after>[NSEW])(?![A-Z]))?)""",
    re.VERBOSE,
)


def parse_place(text: str, crs: str, near: tuple[float, float] | None) -> tuple[float, float]:
    """WGS 84 lon, lat of two typed coordinates in a frame (geo.domain.crs).

    Letters (N, E, 北纬 ...) tell which is which; without them, what can only be a longitude does;
    else the order that lies nearer to `near` (lon, lat), or lon before lat. Raises Invalid.
    """
    found = _two(text)
    if found is None:
        raise _not_a_place(text)
    (first, first_is), (second, second_is) = found
    if first_is == second_is and first_is is not None:
        raise _not_a_place(text)
    if first_is == "lat" or second_is == "lon":
        orders = [(second, first)]
    elif first_is == "lon" or second_is == "lat":
        orders = [(first, second)]
    else:
        orders = [(first, second), (second, first)]
    possible = [(lon, lat) for lon, lat in orders if abs(lon) <= 180 and abs(lat) <= 90]
    if not possible:
        raise _not_a_place(text)
    if near is not None:
        possible.sort(key=lambda each: math.dist(each, near))
    return place(*possible[0], crs)


def _two(text: str) -> list[tuple[float, str | None]] | None:
    said = unicodedata.normalize("NFKC", text.replace("º", "°")).upper()
    for word_, letter in _SAID.items():
        said = said.replace(word_, letter)
    said = re.sub(r"[‘’′`]", "'", said)
    said = re.sub(r"[“”]|''", '"', said)
    said = re.sub(r"^[(\[]|[)\]]$", "", said.strip()).strip()
    found: list[tuple[float, str | None] | None] = []
    at = 0
    while at < len(said):
        match = _ONE.match(said, at)
        if match is None or len(found) == 2:
            return None
        found.append(_value(match))
        separator = _BETWEEN.match(said, match.end())
        at = separator.end() if separator else match.end()
        apart = at > match.end() or match["after"] or said[at : at + 1].isalpha()
        if len(found) == 1 and not apart:
            return None
    values = [each for each in found if each is not None]
    return values if len(values) == 2 and len(found) == 2 else None


def _value(match: re.Match[str]) -> tuple[float, str | None] | None:
    minutes, seconds = float(match["minutes"] or 0), float(match["seconds"] or 0)
    letters = {match["before"], match["after"]} - {None}
    if minutes >= 60 or seconds >= 60 or len(letters) > 1:
        return None
    degrees = float(match["degrees"])
    value = abs(degrees) + minutes / 60 + seconds / 3600
    if match["degrees"].startswith("-"):
        value = -value
    letter = letters.pop() if letters else None
    if letter in ("S", "W"):
        value = -value
    return value, None if letter is None else "lat" if letter in ("N", "S") else "lon"


def _not_a_place(text: str) -> Invalid:
    return fault(Invalid, "place.unreadable", field="text", text=text.strip()[:60])
