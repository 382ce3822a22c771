"""What --help says, in the language of the settings."""

from __future__ import annotations

from typer import Context
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from geo.domain.words import words
from geo.settings import Language


def explain(command: TyperCommand | TyperGroup, lang: Language, path: str = "") -> None:
    """Give a command, its parameters and the commands below it their words of the catalogue.

    Those of a command are under `command.<path>`; of a parameter under `option.<path>.<name>`, or
    `option.<name>` where it means the same in all commands. Raises KeyError for one without words.
    """
    known = words(lang)
    command.help = known[f"command{path}"]
    # What is made of the help by itself ends at a full stop, which Chinese writes otherwise.
    command.short_help = command.help.partition("\n")[0]
    for each in (*command.params, command.get_help_option(Context(command))):
        if isinstance(each, TyperArgument | TyperOption):
            own, common = f"option{path}.{each.name}", f"option.{each.name}"
            each.help = known[own if own in known else common]
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            if isinstance(below, TyperCommand | TyperGroup):
                explain(below, lang, f"{path}.{name}")
