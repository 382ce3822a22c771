"""The state of the page as its address: whatever is chosen is in the URL, and nowhere else.

static/state.js keeps the same names in the same order, so that a link is written the same way by
the server and by the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

# What is counted, listed, drawn and downloaded: the parameters that every route of the API takes.
FILTERS = (
    "adcode",
    "category",
    "coverage",
    "grade",
    "needs_own_union",
    "min_workers",
    "max_workers",
    "unknown_workers",
    "outside",
    "q",
    "on",
)
# How it is looked at.
CHOICES = (
    "tab",
    "layer",
    "over",
    "opacity",
    "lon",
    "lat",
    "zoom",
    "at",
    "site",
    "sort",
    "rank",
    "unit",
    "area",
    "density",
    "lang",
    "title",
)
REPEATED = frozenset({"category", "coverage", "grade"})
# Only for this look at the map: a link to another division, list or map leaves them behind.
_PASSING = ("lon", "lat", "zoom", "site")


@dataclass(frozen=True)
class Address:
    """Pairs of name and value, in the order of FILTERS and CHOICES; no value is empty.

    `root` is the path of the server's root on its host, without a slash at the end.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    root: str = ""

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], root: str = "") -> Address:
        """The known pairs of a query, in order; of a name that is not repeated, the last."""
        given = [(name, value) for name, value in pairs if value]
        kept: list[tuple[str, str]] = []
        for name in (*FILTERS, *CHOICES):
            values = dict.fromkeys(value for each, value in given if each == name)
            wanted = list(values) if name in REPEATED else list(values)[-1:]
            kept += [(name, value) for value in wanted]
        return cls(tuple(kept), root)

    def get(self, name: str, default: str = "") -> str:
        """The value of a name, or the default."""
        return next((value for each, value in self.pairs if each == name), default)

    def every(self, name: str) -> list[str]:
        """All values of a name."""
        return [value for each, value in self.pairs if each == name]

    @property
    def filters(self) -> Address:
        """Only what decides which sites are meant."""
        return Address(tuple(pair for pair in self.pairs if pair[0] in FILTERS), self.root)

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the division and the date narrows the sites down."""
        return any(name not in ("adcode", "on") for name, _ in self.filters.pairs)

    def changed(self, **changes: Any) -> Address:
        """With other values; None or nothing drops a name, a list gives it several."""
        pairs = [pair for pair in self.pairs if pair[0] not in changes]
        for name, value in changes.items():
            values = value if isinstance(value, list | tuple) else [value]
            pairs += [(name, str(each)) for each in values if each not in (None, "")]
        return Address.of(pairs, self.root)

    def go(self, **changes: Any) -> Markup:
        """The attributes of a link to other values, seen as a whole again.

        The page itself makes the changes in the state that it has by then; the address is for who
        opens the link in a window of its own.
        """
        return self.stay(**dict.fromkeys(_PASSING), **changes)

    def stay(self, **changes: Any) -> Markup:
        """The attributes of a link to other values, in the same place on the map."""
        said = json.dumps(changes, ensure_ascii=False, separators=(",", ":"))
        return Markup('href="{}" data-state="{}"').format(self.changed(**changes).at("/"), said)

    def at(self, path: str) -> str:
        """The pairs as the query of a path of the server."""
        query = urlencode(self.pairs)
        return f"{self.root}{path}?{query}" if query else f"{self.root}{path}"
