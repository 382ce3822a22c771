"""Why a file as a whole cannot be taken."""

from __future__ import annotations

from collections.abc import Iterable

from geo.domain.faults import problem
from geo.errors import Invalid


class FileInvalid(Invalid):
    """A file, or what is said about it, is wrong; `key` is one of the catalogue below `import.`.

    `layers` are those to choose from, where it is wrong or unclear which is meant.
    """

    def __init__(
        self, key: str, *, field: str = "file", layers: Iterable[str] = (), **values: object
    ) -> None:
        self.layers = tuple(layers)
        wrong = problem(f"import.{key}", field=field, **values)
        super().__init__(wrong.reason, [wrong], wrong.phrase)
