"""antu heat: the counts behind the heat map."""

from __future__ import annotations

from dataclasses import asdict

import typer

from api.cli.output import JsonFlag, print_json
from geo.database import pyramid, state
from geo.database.engine import snapshot, writing
from geo.domain.words import word
from geo.operations.database import keep_current, opened
from geo.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.command()
def check(as_json: JsonFlag = False) -> None:
    """Recount all from the sites; exits with 1 where a count that is kept is wrong."""
    settings = Settings()
    with opened(settings) as engine:
        keep_current(engine, settings)
        with snapshot(engine) as connection:
            found = pyramid.check(connection)
    if as_json:
        print_json(asdict(found))
    else:
        typer.echo(word("heat.checked", settings.language, **asdict(found)))
    if not found.right:
        raise typer.Exit(1)


@app.command()
def rebuild() -> None:
    """Count all anew, and keep that."""
    settings = Settings()
    with opened(settings) as engine, writing(engine) as connection:
        state.lock(connection)
        pyramid.rebuild(connection)
    typer.echo(word("heat.rebuilt", settings.language))
