"""Load on HTTP servers over keep-alive connections, with as little work on our side as can be."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Paths = Sequence[str]


@dataclass(frozen=True)
class Load:
    """What a server did: requests a second (the median of its turns), latencies in ms, bytes of a
    body."""

    rates: tuple[float, ...]
    p50_ms: float
    p99_ms: float
    size: float

    @property
    def rate(self) -> float:
        return float(np.median(self.rates))

    def __str__(self) -> str:
        return f"{self.rate:,.0f}/s" if self.rate >= 10 else f"{self.rate:.1f}/s"


def ratio(ours: Load, theirs: Load) -> float:
    """Of the rates, turn by turn, so that what else the machine does hits both."""
    return float(np.median(np.divide(ours.rates, theirs.rates)))


def load(
    sides: Mapping[str, tuple[int, Paths]],
    *,
    turns: int = 5,
    seconds: float = 1.0,
    connections: int = 8,
) -> dict[str, Load]:
    """Ask servers (a port, and the paths to ask for in turn) in turns: A B A B.

    Raises RuntimeError for an answer that is not a 200.
    """
    for port, paths in sides.values():
        asyncio.run(_turn(port, paths, seconds / 2, connections))
    found: dict[str, list[_Turn]] = {name: [] for name in sides}
    for _ in range(turns):
        for name, (port, paths) in sides.items():
            found[name].append(asyncio.run(_turn(port, paths, seconds, connections)))
    return {name: _summary(each) for name, each in found.items()}


@dataclass(frozen=True)
class _Turn:
    rate: float
    took_ms: list[float]
    sizes: list[int]


def _summary(turns: list[_Turn]) -> Load:
    took = np.concatenate([turn.took_ms for turn in turns])
    sizes = np.concatenate([turn.sizes for turn in turns])
    return Load(
        rates=tuple(turn.rate for turn in turns),
        p50_ms=float(np.median(took)),
        p99_ms=float(np.percentile(took, 99)),
        size=float(sizes.mean()),
    )


async def _turn(port: int, paths: Paths, seconds: float, connections: int) -> _Turn:
    asked = itertools.cycle(paths)
    took: list[float] = []
    sizes: list[int] = []
    started = time.perf_counter()
    end = started + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        while time.perf_counter() < end:
            path = next(asked)
            start = time.perf_counter()
            status, size = await _get(reader, writer, path)
            took.append((time.perf_counter() - start) * 1e3)
            sizes.append(size)
            if status not in (200, 204):
                raise RuntimeError(f"{path}: {status}")
        writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return _Turn(len(took) / (time.perf_counter() - started), took, sizes)


async def _get(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
) -> tuple[int, int]:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    status, length = int(head[9:12]), None
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line[15:])
    if status == 204:
        return status, 0
    if length is not None:
        await reader.readexactly(length)
        return status, length
    size = 0
    while chunk := int((await reader.readuntil(b"\r\n")).strip(), 16):
        await reader.readexactly(chunk + 2)
        size += chunk
    await reader.readexactly(2)
    return status, size
