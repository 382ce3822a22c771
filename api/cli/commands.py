"""All commands, and what happens when one fails."""

from __future__ import annotations

import signal
import sys
from importlib.metadata import version
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_command

from api.cli import INTERRUPTED, data, database, duplicates, heat, history, maps, serving
from api.cli.help import explain
from api.cli.output import fail, language

app = typer.Typer(
    name="antu",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(database.app, name="db")
app.add_typer(data.load, name="load")
app.command()(data.export)
app.add_typer(history.batches, name="batches")
app.command()(history.undo)
app.command()(duplicates.duplicates)
app.command()(maps.coverage)
# What begins with a minus may be a longitude in the west.
app.command(context_settings={"ignore_unknown_options": True})(maps.nearby)
app.command("map")(maps.write_map)
app.add_typer(heat.app, name="heat")
app.command()(serving.serve)
app.command()(serving.demo)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"antu {version('antu')}")
        raise typer.Exit


@app.callback()
def antu(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """Where union coverage is missing, by the map."""


def main() -> None:
    """Run the command that was typed."""
    # Ends as Ctrl-C does, so that a database which was started for this command is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        command = get_command(app)
        assert isinstance(command, TyperGroup)  # noqa: S101 - since it holds others
        explain(command, language())
        command()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the border to the person at the terminal
        sys.exit(fail(error))
