"""antu batches, antu undo: what was loaded, and taking it back."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.output import JsonFlag, print_json, print_table
from geo.database import batches as stored
from geo.database.engine import reading
from geo.domain.words import word
from geo.operations import history
from geo.operations.database import opened
from geo.settings import Settings

batches = typer.Typer(invoke_without_command=True)

COLUMNS = (
    *("batch", "loaded_at", "holds", "file_name", "loaded_by"),
    *("read", "added", "updated", "unchanged", "refused", "undone_at"),
)


@batches.callback()
def listed(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1)] = 100,
    as_json: JsonFlag = False,
) -> None:
    """List the batches, the last first."""
    if context.invoked_subcommand is not None:
        return
    settings = Settings()
    lang = settings.language
    with opened(settings) as engine, reading(engine) as connection:
        rows = stored.listed(connection, limit=limit)
    if as_json:
        print_json(rows)
        return
    shown = [
        row
        | {name: str(row[name] or "-")[:16] for name in ("loaded_at", "undone_at")}
        | {"holds": word(f"load.kind.{row['kind']}", lang), "batch": str(row["id"])}
        for row in rows
    ]
    print_table(shown, COLUMNS, lang)
    if len(rows) == limit:
        typer.echo(word("batches.more", lang, n=limit))


@batches.command()
def show(batch_id: Annotated[int, typer.Argument(metavar="N")]) -> None:
    """Print all that is known of a batch as JSON."""
    settings = Settings()
    with opened(settings) as engine, reading(engine) as connection:
        print_json(stored.one(connection, batch_id))


def undo(batch_id: Annotated[int, typer.Argument(metavar="N")]) -> None:
    """Take back what a batch changed, if no newer batch changed the same rows."""
    settings = Settings()
    with opened(settings) as engine:
        history.undo(engine, settings, batch_id)
    typer.echo(word("batches.undone.now", settings.language, batch=str(batch_id)))
