"""How the command line prints: tables for a person, JSON for a program, errors on stderr."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from geo.domain.words import number, rate, words
from geo.errors import GeoError, Invalid, NotFound
from geo.settings import Language

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
MAX_PROBLEMS = 20

log = logging.getLogger(__name__)


def fail(error: Exception) -> int:
    """Say what went wrong on stderr; returns the exit code."""
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    if not isinstance(error, GeoError):
        reference = uuid.uuid4().hex[:12]
        log.error("unexpected error [%s]", reference, exc_info=error)
        console.print(f"Something went wrong that should not; the log knows it as {reference}")
        return 1
    console.print(error.message)
    for problem in error.problems[:MAX_PROBLEMS]:
        if problem.reason != error.message:
            place = ", ".join(
                f"{name} {value}"
                for name, value in (("row", problem.row), ("field", problem.field))
                if value is not None
            )
            console.print(f"  {place}: {problem.reason}" if place else f"  {problem.reason}")
    hidden = len(error.problems) - MAX_PROBLEMS
    if hidden > 0:
        console.print(f"  ... and {hidden:,} more")
    return 2 if isinstance(error, Invalid | NotFound) else 1


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
            heading.get(f"column.{name}", name), justify="right" if figures else "left"
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
