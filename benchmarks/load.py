"""Load on an HTTP server over keep-alive connections, with as little work on our side as can be."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Load:
    """What a server did: requests a second, latencies in ms, bytes of a body, failures."""

    rate: float
    p50_ms: float
    p99_ms: float
    size: float
    failures: int


def load(port: int, paths: Sequence[str], *, seconds: float = 4.0, connections: int = 8) -> Load:
    """Ask for the paths in turn over some connections for some seconds."""
    return asyncio.run(_load(port, paths, seconds, connections))


async def _load(port: int, paths: Sequence[str], seconds: float, connections: int) -> Load:
    turn = itertools.cycle(paths)
    took: list[float] = []
    sizes: list[int] = []
    failures = 0
    end = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal failures
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            start = time.perf_counter()
            status, size = await _get(reader, writer, next(turn))
            took.append(time.perf_counter() - start)
            sizes.append(size)
            failures += status != 200
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    rate = len(took) / (time.perf_counter() - started)
    ms = np.asarray(took) * 1e3
    return Load(
        rate, float(np.median(ms)), float(np.percentile(ms, 99)), float(np.mean(sizes)), failures
    )


async def _get(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
) -> tuple[int, int]:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    status, length = int(head[9:12]), None
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line[15:])
    if length is not None:
        await reader.readexactly(length)
        return status, length
    size = 0
    while chunk := int((await reader.readuntil(b"\r\n")).strip(), 16):
        await reader.readexactly(chunk + 2)
        size += chunk
    await reader.readexactly(2)
    return status, size
