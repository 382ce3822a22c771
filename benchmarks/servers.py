"""Servers to measure, each in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(app: str, url: str, *, factory: bool = False, workers: int = 1) -> Iterator[int]:
    """Run an ASGI application with uvicorn until the block ends; yields its port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port)]
    command += ["--log-level", "warning", "--workers", str(workers)]
    command += ["--factory"] if factory else []
    environment = os.environ | {"DATABASE_URL": url, "ANTU_TODAY": "2026-11-20"}
    with running(command, environment, port):
        yield port


@contextmanager
def running(command: list[str], environment: dict[str, str], port: int) -> Iterator[None]:
    """Run a server until the block ends; it is up when its port answers."""
    process = subprocess.Popen(command, env=environment)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(f"{command[2:4]} has ended") from None
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()  # busy with a request that nobody waits for any more
            process.wait()


@contextmanager
def asking(port: int) -> Iterator[Callable[[str], bytes]]:
    """Ask for one path after another over one connection, with as little work as can be."""
    with (
        socket.create_connection(("127.0.0.1", port)) as connection,
        connection.makefile("rb") as told,
    ):

        def get(path: str) -> bytes:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            status, *head = iter(told.readline, b"\r\n")
            if b" 200 " not in status:
                raise RuntimeError(f"{path}: {status.decode()}")
            (length,) = (line[15:] for line in head if line.lower().startswith(b"content-length:"))
            return told.read(int(length))

        yield get


def fetch(port: int, path: str, patience_s: float = 60) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=patience_s) as answer:
        return bytes(answer.read())
