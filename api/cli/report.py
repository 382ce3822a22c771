"""What `antu load` says of a file: how it was understood, and what became of its rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import typer

from api.cli.output import MAX_PROBLEMS, placed, print_table
from geo.domain.words import word, words
from geo.errors import Problem
from geo.ingest.frames import FRAMES
from geo.operations.loading import Report
from geo.operations.understanding import Understood, frame_name
from geo.settings import Language

_SHOWN_ROWS = 5
_SHOWN_COLUMNS = 8


def print_report(report: Report, preview: bool, lang: Language) -> None:
    """Print a report for a person; what is wrong goes to stderr."""
    if preview:
        _print_understood(report.understood, lang)
        _print_sample(report, lang)
    warning = report.understood.warning(lang)
    if warning is not None:
        hint = word("load.better.hint", lang, better=report.understood.better)
        typer.echo(f"{warning} {hint}", err=True)
    _print_rows("load.problems", report.problems, len(report.problems), lang)
    _print_rows("load.notes", report.notes, report.n_notes, lang)
    unmapped = report.understood.mapping.unmapped
    if unmapped:
        typer.echo(word("load.unmapped", lang, columns=", ".join(unmapped)))
    counts = vars(report.counts) | {"read": report.read, "refused": report.refused}
    typer.echo(word("load.counts", lang, **counts))
    if preview:
        typer.echo(word("load.preview.nothing", lang))
    elif report.batch_id is None:
        typer.echo(word("load.blocked.hint", lang), err=True)
    else:
        typer.echo(word("load.done", lang, batch=str(report.batch_id)))


def _print_understood(understood: Understood, lang: Language) -> None:
    source = understood.source
    facts = {
        "format": source.format.value,
        "encoding": source.encoding,
        "layer": source.layer,
        "heading_row": source.heading_row,
        "crs": frame_name(source.crs, lang),
    }
    for name, value in facts.items():
        if value is not None:
            typer.echo(f"{word(f'load.{name}', lang)}: {value}")
    if understood.fit.get("rows"):
        for frame in FRAMES:
            n, rows = understood.fit[frame], understood.fit["rows"]
            said = word("load.fit", lang, rows=rows, n=n, frame=frame_name(frame, lang))
            typer.echo(f"  {said}")
    typer.echo(f"{word('load.columns', lang)}:")
    for field, column in understood.mapping.as_dict().items():
        typer.echo(f"  {word(f'field.{field}', lang)} ({field}) <- {column}")


def _print_sample(report: Report, lang: Language) -> None:
    first = report.sample.head(_SHOWN_ROWS)
    names = [name for name in first.columns if name != "geometry"][:_SHOWN_COLUMNS]
    rows: list[dict[str, Any]] = [
        {name: _plain(first[name].iloc[place]) for name in names} for place in range(len(first))
    ]
    if rows:
        print_table(rows, names, lang, title=word("load.preview.rows", lang))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(value)
    if pd.isna(value):
        return None
    return value if isinstance(value, int | float) else str(value)


def _print_rows(title: str, said: list[Problem], n: int, lang: Language) -> None:
    for each in said[:MAX_PROBLEMS]:
        typer.echo(f"{words(lang)[title]}: {placed(each, lang)}{each.reason}", err=True)
    if n > MAX_PROBLEMS:
        more = word("load.more", lang, n=n - MAX_PROBLEMS)
        typer.echo(f"{words(lang)[title]}: {more}", err=True)
