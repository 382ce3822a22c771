"""Ctrl-C, at whatever moment: no word, the usual exit code, and no server left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geo.database import cluster

ANTU = Path(sys.executable).with_name("antu")
PATIENCE_S = 120


@pytest.mark.parametrize("module", ["pydantic", "sqlalchemy"])
def test_while_the_modules_are_read(module: str) -> None:
    command = [sys.executable, "-X", "importtime", ANTU, "--version"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any(line.endswith(f" {module}\n") for line in process.stderr)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130
    assert [line for line in said.splitlines() if not line.startswith("import time:")] == []


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_while_the_database_starts(open_home: Path, command: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    process = subprocess.Popen(
        [ANTU, command],
        env=environment | {"ANTU_HOME": str(open_home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + PATIENCE_S
    while not cluster.status(open_home).running and time.monotonic() < end:
        time.sleep(0.02)
    # A terminal tells all that it has started.
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, said) == (130, "")
    assert not cluster.status(open_home).running
    assert cluster.up(open_home).started
