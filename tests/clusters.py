"""Real clusters: made, asked, killed and cleared away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg

from geo.database import cluster


@contextmanager
def cluster_home(home: Path) -> Iterator[Path]:
    """A home, whose cluster is stopped and removed in the end, if there is one."""
    home.mkdir(exist_ok=True)
    try:
        yield home
    finally:
        folder = (home / "cluster").resolve()
        if pid := pid_of(home):
            os.kill(pid, signal.SIGQUIT)
            wait_until(lambda: not alive(pid))
        shutil.rmtree(folder, ignore_errors=True)


def pid_of(home: Path) -> int | None:
    """The postmaster, if the pid file names a living PostgreSQL."""
    try:
        pid = int((home / "cluster/data/postmaster.pid").read_text().split()[0])
        return pid if alive(pid) and psutil.Process(pid).name() == "postgres" else None
    except (FileNotFoundError, NotADirectoryError):
        return None


def alive(pid: int) -> bool:
    """Not ended; a zombie, which nobody has asked how it ended, is not alive."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def up(home: Path) -> cluster.Cluster:
    """The cluster of a home, made and started as needed; it need not outlive a power cut."""
    return cluster.up(home, durable=False)


def up_elsewhere(home: Path, before: str = "") -> subprocess.Popen[str]:
    """`up` in a process of its own, which prints whether it started the server."""
    code = f"""
from pathlib import Path
from geo.database import cluster
{before}
print(cluster.up(Path({str(home)!r}), durable=False).started)
"""
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def value(url: str, query: LiteralString) -> Any:
    """The one value that a query answers with."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.005)


def kill(home: Path) -> None:
    """End the postmaster with SIGKILL; its children may live on."""
    pid = pid_of(home)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not alive(pid))
