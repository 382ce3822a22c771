"""Servers in processes of their own, as people start them."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from synthetic import TODAY

from geo.settings import Settings


@contextmanager
def served(settings: Settings, workers: int = 1, *options: str, **more: str) -> Iterator[int]:
    """The port of an `antu serve` in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert settings.database_url is not None
    environment = {
        "DATABASE_URL": settings.database_url,
        "ANTU_TODAY": TODAY.isoformat(),
        "ANTU_POOL_SIZE": str(settings.pool_size),
        "PATH": "/usr/bin",
    }
    antu = str(Path(sys.executable).with_name("antu"))
    command = [antu, "serve", "--port", str(port), "--workers", str(workers), *options]
    process = subprocess.Popen(command, env=environment | more)
    try:
        assert until(lambda: answers(port), 90)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def answers(port: int) -> bool:
    """Whether a server is there."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
    except OSError:
        return False
    return True


def until(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    """Wait for something to be so; whether it came in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
