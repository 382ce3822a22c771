"""When two names are those of one workplace, as far as names can tell."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

ALIKE = 0.9
# What says how a company is held, not which one it is.
_FORMS = re.compile(
    r"(股份|有限|责任|集团|公司)+|\b(co|corp|corporation|company|inc|incorporated|llc|ltd|limited)\b"
)


def are_alike(one: str, other: str) -> bool:
    """Whether two names are the same, or nearly so.

    Letter case, width, punctuation and the legal form do not count; figures do: `Gate 1` and
    `Gate 2` are two.
    """
    first, second = _essence(one), _essence(other)
    if first == second:
        return bool(first)
    if _figures(first) != _figures(second):
        return False
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return (
        matcher.real_quick_ratio() >= ALIKE
        and matcher.quick_ratio() >= ALIKE
        and matcher.ratio() >= ALIKE
    )


@lru_cache(maxsize=100_000)
def _essence(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    bare = re.sub(r"[\W_]+", "", _FORMS.sub("", plain))
    return bare or re.sub(r"[\W_]+", "", plain)


def _figures(name: str) -> list[str]:
    return re.findall(r"\d+|[一二三四五六七八九十]+", name)
