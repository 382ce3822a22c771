"""What --help says: of every command and option, in both languages, out of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from commandline import CommandLine
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from api.cli.commands import app
from api.cli.help import explain
from geo.domain.words import LANGUAGES, words
from geo.settings import Language


def said(command: object) -> Iterator[str | None]:
    """What a command, its parameters and the commands below it say of themselves."""
    assert isinstance(command, TyperCommand | TyperGroup)
    yield command.help
    for each in command.params:
        assert isinstance(each, TyperArgument | TyperOption)
        yield each.help
    for below in getattr(command, "commands", {}).values():
        yield from said(below)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_command_and_option_is_explained_and_no_word_of_it_is_left(lang: Language) -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    explain(group, lang)
    kept = {word for key, word in words(lang).items() if key.startswith(("command", "option."))}
    assert {*said(group), words(lang)["option.help"]} == kept


@pytest.mark.parametrize(
    ("lang", "told"), [("zh", ("导入站点", "显示此说明")), ("en", ("Load sites:", "Show this"))]
)
def test_help_is_in_the_language_of_the_settings(
    antu: CommandLine, monkeypatch: pytest.MonkeyPatch, lang: Language, told: tuple[str, str]
) -> None:
    monkeypatch.setenv("ANTU_LANGUAGE", lang)
    help_of_sites = antu.run("load", "sites", "--help").out
    assert all(each in help_of_sites for each in told)
    listed = antu.run("--help").out
    assert words(lang)["command.nearby"] in listed
    assert "..." not in listed.partition("[ARGS]...")[2]
