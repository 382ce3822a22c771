"""How the command line prints: tables for a person, JSON for a program, errors on stderr."""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from geo.domain.faults import fault, told
from geo.domain.words import number, rate, word, words
from geo.errors import GeoError, Invalid, NotFound, Phrase, Problem, Unavailable
from geo.settings import Language, Settings

JsonFlag = Annotated[bool, typer.Option("--json")]
MAX_PROBLEMS = 20

# What a disk says that takes no more.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

log = logging.getLogger(__name__)


def fail(error: Exception) -> int:
    """Say what went wrong on stderr; returns the exit code."""
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    lang = language()
    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        error = _wrong_settings(error)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        error = _unwritten(error)
    if not isinstance(error, GeoError):
        reference = uuid.uuid4().hex[:12]
        log.error("unexpected error [%s]", reference, exc_info=error)
        console.print(word("error.unexpected", lang, reference=reference))
        return 1
    message, problems = told(error, lang)
    console.print(message)
    for problem in problems[:MAX_PROBLEMS]:
        if problem.reason != message:
            console.print(f"  {placed(problem, lang)}{problem.reason}")
    hidden = len(problems) - MAX_PROBLEMS
    if hidden > 0:
        console.print(f"  {word('load.more', lang, n=hidden)}")
    for note in getattr(error, "__notes__", ()):
        console.print(f"  {note}")
    return 2 if isinstance(error, Invalid | NotFound) else 1


def _unwritten(error: OSError) -> Unavailable:
    """What was to be printed, or some file by the way, finds no room."""
    # Python would try once more at its end, and complain of that.
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    what = error.filename or Phrase("error.unwritten.output")
    return fault(Unavailable, "error.unwritten", what=what, why=error.strerror)


def _wrong_settings(error: ValidationError) -> Invalid:
    """What is wrong with which settings, without their values: they may be secret."""
    wrong = fault(Invalid, "error.settings")
    wrong.problems.extend(
        Problem(each["msg"], field=f"ANTU_{each['loc'][0]}".upper()) for each in error.errors()
    )
    return wrong


def placed(problem: Problem, lang: Language) -> str:
    """Where a problem is, with a colon, as `Row 3, Workers: `; nothing where that is unknown."""
    row = None if problem.row is None else word("load.row", lang, row=str(problem.row))
    field = problem.field and words(lang).get(f"field.{problem.field}", problem.field)
    parts = [part for part in (row, field) if part]
    return f"{', '.join(parts)}: " if parts else ""


def language() -> Language:
    """That of the settings, or English where they are what is wrong."""
    try:
        return Settings().language
    except ValidationError:
        return "en"


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """A file that cannot be written is said to be so: Invalid, not an unexpected error."""
    try:
        yield
    except OSError as error:
        raise fault(Invalid, "error.out", field="out", path=path) from error


def print_json(value: Any) -> None:
    """JSON on stdout, with text as it is."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], lang: Language, title: str = ""
) -> None:
    """Rows under the words for their columns; figures right-aligned, rates as percentages."""
    heading = words(lang)
    table = Table(title=title or None, box=None, header_style="bold", pad_edge=False)
    for name in columns:
        figures = any(isinstance(row[name], int | float) for row in rows)
        table.add_column(
            heading.get(f"column.{name}") or heading.get(f"field.{name}", name),
            justify="right" if figures else "left",
            overflow="fold",  # where the terminal is narrow, nothing is cut
        )
    for row in rows:
        table.add_row(*(_cell(name, row[name], lang) for name in columns))
    console = Console()
    if not console.is_terminal:
        console.width = 200
    console.print(table)


def _cell(name: str, value: Any, lang: Language) -> str:
    if name.endswith("_rate"):
        return rate(value)
    if value is None:
        return number(None, lang)
    if isinstance(value, bool):
        return words(lang)["answer.yes" if value else "answer.no"]
    if isinstance(value, int):
        return number(value, lang)
    if isinstance(value, float):
        return number(value, lang, 1)
    return words(lang).get(f"{name}.{value}", str(value))
