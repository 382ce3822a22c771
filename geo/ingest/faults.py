"""Why a file as a whole cannot be taken, in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from geo.domain.words import word
from geo.errors import Invalid, Problem
from geo.settings import Language


class FileInvalid(Invalid):
    """A file, or what is said about it, is wrong; `key` is one of the catalogue below `import.`."""

    def __init__(
        self, key: str, *, field: str = "file", language: Language = "en", **values: object
    ) -> None:
        reason = word(f"import.{key}", language, **values)
        super().__init__(reason, [Problem(reason, field=field)])
        self._said = (key, field, values)

    def in_language(self, language: Language) -> FileInvalid:
        """The same error in another language."""
        key, field, values = self._said
        return FileInvalid(key, field=field, language=language, **values)


@contextmanager
def worded(language: Language) -> Iterator[None]:
    """Errors of a file in a language."""
    try:
        yield
    except FileInvalid as fault:
        raise fault.in_language(language) from fault
