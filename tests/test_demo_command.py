"""`make demo`, as the README has it: started, killed, started again, and twice at once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from geo.database import cluster

ROOT = Path(__file__).parents[1]
PATIENCE_S = 120


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home that the unprivileged server may enter, whoever runs the tests."""
    with tempfile.TemporaryDirectory(prefix="antu-demo-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        cluster.down(Path(folder))


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What the test started; none of it outlives the test."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            stop(process, signal.SIGKILL)


def start(home: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.Popen(
        ["make", "demo", f"PORT={port}"],
        cwd=ROOT,
        env=environment | {"ANTU_HOME": str(home), "ANTU_LANGUAGE": "en"},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def answer(process: subprocess.Popen[bytes], port: int) -> httpx2.Response:
    """The planner's page, as soon as it is served."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        assert process.poll() is None, "the demo ended"
        try:
            return httpx2.get(f"http://127.0.0.1:{port}/", timeout=30)
        except httpx2.ConnectError:
            time.sleep(0.2)
    raise AssertionError(f"no answer within {PATIENCE_S} s")


def stop(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """End make and what it started; they are a session of their own."""
    os.killpg(process.pid, how)
    process.wait(timeout=60)


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def test_two_starts_at_once_then_a_kill_then_a_start(
    home: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    ports = free_ports(2)
    both = [start(home, port) for port in ports]
    started += both
    pages = [answer(process, port) for process, port in zip(both, ports, strict=True)]
    for page in pages:
        assert page.status_code == 200, page.text
        assert "Illustrative data" in page.text
    rows = httpx2.get(f"http://127.0.0.1:{ports[0]}/api/coverage", timeout=30).json()
    assert sum(row["sites"] for row in rows) > 3000
    for process in both:
        stop(process, signal.SIGKILL)

    again = start(home, ports[0])
    started.append(again)
    assert answer(again, ports[0]).status_code == 200
    after = httpx2.get(f"http://127.0.0.1:{ports[0]}/api/coverage", timeout=30).json()
    assert after == rows
    stop(again, signal.SIGINT)
