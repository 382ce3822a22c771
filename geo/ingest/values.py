"""What the cells of a column mean: fast for clean columns, patient with each value that is not.

Every function takes a text array (null: an empty cell) and returns Parsed. A value that cannot be
understood is null in `values` and has its reason in `problems`; one that was understood with a
grain of salt has it in `notes`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.domain import credit_code as codes
from geo.ingest.headings import normalise, table

MAX_COUNT = 2**31 - 1
SUSPICIOUS_COUNT = 500_000
Ranges = Literal["refuse", "lower"]
# What a formula leaves of a whole number: 35.00000000000001.
_NOISE = 1e-6
# What is copied along from chats and web pages unseen: marks of width, joining and direction.
_INVISIBLE = "\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_INVISIBLE_BEGIN = (b"\xe2\x80", b"\xe2\x81", b"\xef\xbb")


class Reason(NamedTuple):
    """Why, as a key of the catalogue of words (below `import.`) and what fills its places."""

    key: str
    values: dict[str, object]


class RefusedError(ValueError):
    """Raised by a slow reader for a value that it cannot take."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.reason = Reason(key, values)


class Read(NamedTuple):
    """What a slow reader made of a value."""

    value: Any
    note: Reason | None = None


@dataclass
class Parsed:
    """A column understood: values, and what is to be said about some of its positions."""

    values: pa.Array
    problems: dict[int, Reason] = field(default_factory=dict)
    notes: dict[int, Reason] = field(default_factory=dict)


def clean(texts: pa.Array) -> pa.Array:
    """Trimmed texts; null where a cell says that nothing is known."""
    texts = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.is_in(texts, value_set=_nothing()), pa.scalar(None, pa.string()), texts)


def text(texts: pa.Array) -> Parsed:
    """Names and addresses: line breaks and other control characters become spaces."""
    values = clean(texts)
    if _has_control(values):
        values = pc.replace_substring_regex(values, rf"[\x00-\x1f\x7f{_INVISIBLE}]+", " ")
        values = clean(values)
    return Parsed(values)


def identifier(texts: pa.Array) -> Parsed:
    """Ids and codes: text, but not a number that a spreadsheet has shortened."""
    values = text(texts).values
    shortened = pc.match_substring_regex(values, _SHORTENED)
    return settle(values, _where(pc.invert(shortened), values), _refuse_shortened)


def adcode(texts: pa.Array) -> Parsed:
    """Codes or names of divisions; a code made a number (`340100.0`) or an object is mended."""
    parsed = identifier(texts)
    parsed.values = pc.replace_substring_regex(parsed.values, r"^(\d{2,12})\.0+$", r"\1")
    wrapped = r'^\{\s*"adcode"\s*:\s*"?(\d+)"?.*\}$'
    parsed.values = pc.replace_substring_regex(parsed.values, wrapped, r"\1")
    return parsed


def credit_code(texts: pa.Array) -> Parsed:
    """Unified social credit codes, in capitals; one that fails its check digit is refused."""
    values = pc.utf8_upper(clean(texts))
    whole = pc.match_substring_regex(values, r"^[0-9A-Z]{18}$")
    fast = _where(whole, values)
    valid = np.zeros(len(values), dtype=bool)
    places = np.flatnonzero(fast.is_valid().to_numpy(zero_copy_only=False))
    if places.size:
        letters = "".join(fast.take(pa.array(places)).to_pylist()).encode("ascii")
        characters = np.frombuffer(letters, np.uint8).reshape(-1, codes.LENGTH)
        valid[places] = codes.are_valid(characters)
    return settle(values, _where(pa.array(valid), values), _read_credit_code)


def count(texts: pa.Array, ranges: Ranges = "refuse") -> Parsed:
    """Headcounts as int64; `100-200` is refused, or read as its lower end with a note."""
    values = clean(texts)
    digits = pc.match_substring_regex(values, r"^[0-9]{1,5}$")
    fast = _where(digits, values).cast(pa.int64())
    return settle(values, fast, lambda value: _read_count(value, ranges))


def settle_rates(parsed: Parsed, texts: pa.Array, whole: pa.Array) -> None:
    """Take the percentages among refused counts as that part of `whole`, where it is known."""
    found = parsed.values.to_pylist()
    for place, reason in list(parsed.problems.items()):
        rate = re.fullmatch(r"(\d+(?:\.\d+)?)%", plain(texts[place].as_py()))
        if reason.key == "count.percent" and rate is not None and whole[place].is_valid:
            found[place] = round(whole[place].as_py() * float(rate[1]) / 100)
            said = {"value": rate[0], "n": found[place]}
            parsed.notes[place] = Reason("count.rate", said)
            del parsed.problems[place]
    parsed.values = pa.array(found, pa.int64())


def choice(texts: pa.Array, name: str, wording: str) -> Parsed:
    """One of a few words, by the table `choices.<name>`; `wording` is the reason for all others."""
    values = clean(texts)
    known = _choices(name)

    def read(value: str) -> Read:
        found = known.get(normalise(value) or plain(value))
        if found is None:
            raise RefusedError(wording, value=shown(value))
        return Read(found)

    return _settle_each(values, read)


def flag(texts: pa.Array) -> Parsed:
    """Yes or no as bool."""
    parsed = choice(texts, "flag", "flag")
    return Parsed(pc.equal(parsed.values, "yes"), parsed.problems, parsed.notes)


def industry(texts: pa.Array) -> Parsed:
    """Categories from industry codes of GB/T 4754, with or without the letter of the section."""
    return _settle_each(clean(texts), _read_industry)


def listing(texts: pa.Array) -> list[list[str] | None]:
    """Several codes or words in one cell, separated by ; , 、 | or space."""
    return [
        None if value is None else [part for part in re.split(r"[;,、，；|\s]+", value) if part]
        for value in text(texts).values.to_pylist()
    ]


def shown(value: str) -> str:
    """A value as a reason quotes it."""
    return value if len(value) <= 60 else value[:57] + "..."


def plain(value: str) -> str:
    """Full-width characters as the usual ones, without invisible ones and space around."""
    visible = re.sub(f"[{_INVISIBLE}]", "", value)
    return unicodedata.normalize("NFKC", visible).strip()


def settle(texts: pa.Array, fast: pa.Array, slow: Callable[[str], Read]) -> Parsed:
    """Give every text that `fast` has no value for to `slow`, each different one once."""
    left = pc.and_(texts.is_valid(), fast.is_null())
    places = np.flatnonzero(left.to_numpy(zero_copy_only=False))
    parsed = Parsed(fast)
    if not places.size:
        return parsed
    known: dict[str, Read | Reason] = {}
    replacements: list[Any] = []
    for place, value in zip(places.tolist(), texts.take(pa.array(places)).to_pylist(), strict=True):
        result = known.get(value)
        if result is None:
            result = known[value] = _attempt(slow, value)
        if isinstance(result, Reason):
            parsed.problems[place] = result
            replacements.append(None)
        else:
            replacements.append(result.value)
            if result.note is not None:
                parsed.notes[place] = result.note
    parsed.values = pc.replace_with_mask(fast, left, pa.array(replacements, fast.type))
    return parsed


def _settle_each(values: pa.Array, slow: Callable[[str], Read]) -> Parsed:
    """A column of few different texts: read each once."""
    encoded = values.dictionary_encode()
    results = [_attempt(slow, value) for value in encoded.dictionary.to_pylist()]
    taken = pa.array([r.value if isinstance(r, Read) else None for r in results], pa.string())
    parsed = Parsed(taken.take(encoded.indices))
    for number, result in enumerate(results):
        reason = result if isinstance(result, Reason) else result.note
        if reason is None:
            continue
        places = np.flatnonzero(pc.equal(encoded.indices, number).fill_null(False))
        said = parsed.problems if isinstance(result, Reason) else parsed.notes
        said.update(dict.fromkeys(places.tolist(), reason))
    return parsed


def _attempt(slow: Callable[[str], Read], value: str) -> Read | Reason:
    try:
        return slow(value)
    except RefusedError as refused:
        return refused.reason


def _where(condition: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(condition, values, pa.scalar(None, values.type))


@cache
def _nothing() -> pa.Array:
    words: Iterable[str] = table("words", "nothing")
    variants = {form for word in words for form in (word, word.upper(), word.capitalize())}
    return pa.array(sorted(variants | {"NaN", "NaT"}), pa.string())


@cache
def _choices(name: str) -> dict[str, str]:
    return {
        normalise(word) or plain(word): key
        for key, words in table("choices", name).items()
        for word in (key, *words)
    }


def _has_control(values: pa.Array) -> bool:
    """Whether a control character or an invisible one may be anywhere in the texts."""
    data = values.buffers()[2]
    if data is None:
        return False
    raw = np.frombuffer(data, np.uint8)
    if ((raw < 0x20) | (raw == 0x7F)).any():
        return True
    text_bytes = data.to_pybytes()
    return any(mark in text_bytes for mark in _INVISIBLE_BEGIN)


_SHORTENED = r"^[+-]?\d+(\.\d+)?[eE]\+\d+$"


def _refuse_shortened(value: str) -> Read:
    raise RefusedError("shortened", value=shown(value))


def _read_credit_code(value: str) -> Read:
    code = re.sub(r"[\s-]", "", plain(value)).upper()
    if re.fullmatch(_SHORTENED, code) or re.fullmatch(r"\d{15,18}\.0", code):
        raise RefusedError("shortened", value=shown(value))
    problem = codes.problem(code)
    if problem is not None:
        raise RefusedError("credit_code", value=shown(value), why=problem)
    return Read(code)


_DASH = r"\s*(?:-|–|—|~|至|到|to)\s*"
_NUMBER = r"\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_COUNT = re.compile(rf"(?P<low>{_NUMBER})(?P<much>万)?(?:{_DASH}(?P<high>{_NUMBER})(?P<more>万)?)?")
_ABOUT = (
    r"^(?:大约|约|大概|近|将近|about|approx\.?|approximately|ca\.?|circa|≈|~)|(?:左右|上下|余|多)+$"
)
_UNIT = r"(?:人次|人|名|个|位|people|persons?|workers?|employees?|members?)$"


def _read_count(value: str, ranges: Ranges) -> Read:
    said = plain(value).casefold()
    if said.endswith(("%", "‰")):
        raise RefusedError("count.percent", value=shown(value))
    bare = re.sub(_UNIT, "", said).strip()
    if re.match(r"[-−]\s*\d", bare):
        raise RefusedError("count.negative", value=shown(value))
    if re.fullmatch(r"\d+(\.\d+)?e\+?\d+", bare):
        return _whole(value, float(bare), None)
    open_end = re.search(
        r"^(?:>=?|≥|不少于|至少|超过|大于|over|more than|at least)|(?:\+|以上|及以上|or more)$",
        bare,
    )
    bare = bare.replace(open_end.group(), "").strip() if open_end else bare
    bare = re.sub(_UNIT, "", bare).strip()
    about = re.sub(_ABOUT, "", bare).strip()
    about = re.sub(_UNIT, "", about).strip()
    match = _COUNT.fullmatch(about)
    if match is None:
        raise RefusedError("count", value=shown(value))
    low = _figure(match["low"], match["much"] or match["more"])
    if match["high"] is not None or open_end:
        if ranges == "refuse":
            raise RefusedError("count.range", value=shown(value))
        return _whole(value, low, Reason("count.lower", {"value": shown(value), "n": int(low)}))
    note = Reason("count.about", {"value": shown(value), "n": int(low)}) if about != bare else None
    return _whole(value, low, note)


def _figure(digits: str, ten_thousands: str | None) -> float:
    figure = float(re.sub(r"[,' ]", "", digits))
    return round(figure * 10_000, 6) if ten_thousands else figure


def _whole(value: str, figure: float, note: Reason | None) -> Read:
    if figure > MAX_COUNT:
        raise RefusedError("count.large", value=shown(value), most=MAX_COUNT)
    if abs(figure - round(figure)) > _NOISE:
        raise RefusedError("count.fraction", value=shown(value))
    if figure > SUSPICIOUS_COUNT and note is None:
        note = Reason("count.suspicious", {"n": int(figure)})
    return Read(round(figure), note)


def _read_industry(value: str) -> Read:
    match = re.fullmatch(r"[A-T]?\s*(\d{2,4})(?:\D.*)?", plain(value).upper())
    if match is None:
        raise RefusedError("industry", value=shown(value))
    code = match[1]
    by_code = table("industry")
    for length in range(len(code), 1, -1):
        if code[:length] in by_code:
            return Read(by_code[code[:length]])
    return Read("other")
