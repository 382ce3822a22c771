"""Running `antu` inside the test process."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from unittest import mock

import pytest

from api.cli import main
from geo.settings import Settings


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


class CommandLine:
    """`run("coverage", "--json")` is `antu coverage --json` on a database."""

    def __init__(
        self, settings: Settings, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        patch.setenv("DATABASE_URL", str(settings.database_url))
        patch.setenv("ANTU_TODAY", str(settings.today))
        patch.setenv("ANTU_LANGUAGE", settings.language)
        self._capsys = capsys

    def run(self, *arguments: str) -> Result:
        """Run a command; its exit code and what it printed."""
        self._capsys.readouterr()
        code = 0
        with mock.patch.object(sys, "argv", ["antu", *arguments]):
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        out, err = self._capsys.readouterr()
        return Result(code, out, err)
