"""Dates in the forms that Chinese and international spreadsheets have."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from geo.ingest.headings import normalise, table
from geo.ingest.values import Parsed, Read, Reason, RefusedError, clean, plain, settle, shown

# Day 60 of the 1900 system never was: serials from there on count from 1899-12-30.
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = (20_000, 80_000)  # 1954 to 2119
_YEARS = (1800, 2200)

_TIME = r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
_DAY = re.compile(rf"(\d{{4}})\s*([-/.年])\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*[日号]?{_TIME}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?(?:份)?")
_YEAR = re.compile(r"(\d{4})\s*年?")
_NAMED_MONTH = re.compile(
    r"(\d{1,2})[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4})|([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})"
)
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_HAN = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def day(texts: pa.Array, *, end: bool = False) -> Parsed:
    """Days as date32; where only a month or year is given its first day, or with `end` its last.

    An open end (`长期`, `present`) is null.
    """
    values = clean(texts)
    iso = pc.match_substring_regex(values, r"^(1[89]|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}$")
    candidates = pc.if_else(iso, values, pa.scalar(None, pa.string()))
    try:
        fast = candidates.cast(pa.date32())
    except pa.ArrowInvalid:
        fast = pc.strptime(candidates, format="%Y-%m-%d", unit="s", error_is_null=True).cast(
            pa.date32()
        )
        fast = pc.if_else(pc.equal(fast.cast(pa.string()), candidates), fast, None)
    return settle(values, fast, lambda value: _read(value, end))


def _read(value: str, end: bool) -> Read:
    said = plain(value)
    if end and normalise(said) in {normalise(word) for word in table("words", "open_end")}:
        return Read(None)
    said = _without_han(said)
    if match := _DAY.fullmatch(said):
        return Read(_date(value, match[1], match[3], match[4]))
    if match := _COMPACT.fullmatch(said):
        return Read(_date(value, *match.groups()))
    if match := _NAMED_MONTH.fullmatch(said.lower()):
        number, name, year = match.groups()[:3] if match[1] else (match[5], match[4], match[6])
        month = _MONTHS.get(str(name)[:3])
        if month is not None:
            return Read(_date(value, year, month, number))
    if re.fullmatch(r"\d{5}(\.\d+)?", said):
        serial = int(float(said))
        if _SERIALS[0] <= serial <= _SERIALS[1]:
            return Read(_SERIAL_ZERO + timedelta(days=serial))
    if match := _MONTH.fullmatch(said):
        return _period(value, int(match[1]), int(match[2]), end)
    if match := _YEAR.fullmatch(said):
        return _period(value, int(match[1]), None, end)
    raise RefusedError("date", value=shown(value))


def _date(value: str, year: object, month: object, number: object) -> date:
    try:
        found = date(int(str(year)), int(str(month)), int(str(number)))
    except ValueError as error:
        raise RefusedError("date.impossible", value=shown(value)) from error
    if not _YEARS[0] <= found.year <= _YEARS[1]:
        raise RefusedError("date.impossible", value=shown(value))
    return found


def _period(value: str, year: int, month: int | None, end: bool) -> Read:
    first, last = (month, month) if month else (1, 12)
    if not 1 <= last <= 12:
        raise RefusedError("date.impossible", value=shown(value))
    found = (
        _date(value, year, last, calendar.monthrange(year, last)[1])
        if end
        else _date(value, year, first, 1)
    )
    return Read(found, Reason("date.period", {"value": shown(value), "date": found.isoformat()}))


def _without_han(said: str) -> str:
    """`二〇二〇年十二月三十一日` in digits."""
    if not re.search("[〇○零一二三四五六七八九十]", said):
        return said
    said = re.sub("([二三])十(?=[一二三四五六七八九])", r"\1", said)
    said = re.sub("([二三])十", r"\g<1>0", said)
    said = re.sub("十(?=[一二三四五六七八九])", "1", said)
    return said.replace("十", "10").translate(_HAN)
