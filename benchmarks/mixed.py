"""Load by many connections while sites are being loaded: no error, no wrong total."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from dataclasses import dataclass, field

from benchmarks import data
from benchmarks.database import put
from benchmarks.servers import serving
from benchmarks.table import Figure
from geo.database.engine import create_engine
from geo.domain.kind import Kind
from geo.settings import Settings

# Half of the sites come and go as a whole, so a total is one of two.
PATHS = (
    "/api/coverage",
    "/api/heat?bbox=100,20,125,45&zoom=2",
    "/api/nearby?lon=113&lat=32&coverage=none&coverage=direct&coverage=secondary",
    "/api/sites?limit=20&count=true",
    "/tiles/heat/5/26/12.png",
    "/tiles/sites/5/26/12.mvt",
)


@dataclass
class Whole:
    """What was answered: how often, how often data changed meanwhile, and what was wrong."""

    answers: int = 0
    loads: int = 0
    failures: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def mixed(url: str, *, seconds: float, connections: int, sites: int) -> Whole:
    """Serve a database, ask from many connections, and load into it all the while."""
    engine = create_engine(url, Settings())
    (frame,) = data.sites(sites)
    frame["started_on"] = None
    frame["ended_on"] = None
    coming = frame.iloc[sites // 2 :].assign(row=range(1, sites - sites // 2 + 1))
    put(engine, Kind.SITES, [frame])
    found = Whole()
    totals = {sites // 2, sites}
    stop = threading.Event()

    def load() -> None:
        gone = coming.assign(ended_on=data.TODAY.astype(object).replace(year=2020))
        while not stop.is_set():
            put(engine, Kind.SITES, [gone])
            put(engine, Kind.SITES, [coming])
            found.loads += 2

    with serving("api.app:create_app", url, factory=True) as port:
        loading = threading.Thread(target=load)
        loading.start()
        try:
            asyncio.run(_ask(port, connections, time.monotonic() + seconds, totals, found))
        finally:
            stop.set()
            loading.join()
    engine.dispose()
    return found


def measure(url: str, sites: int, seconds: float = 60, connections: int = 64) -> list[Figure]:
    """A minute of it; an error or a wrong total is told, and would be the end of any budget."""
    found = mixed(url, seconds=seconds, connections=connections, sites=sites)
    wrong = len(found.failures) + len(found.wrong)
    for message in (found.failures + found.wrong)[:5]:
        print(message)
    return [
        Figure(
            f"{connections} connections for {seconds:.0f} s: errors and wrong totals",
            f"{wrong:,} of {found.answers:,} answers ({found.answers / seconds:,.0f}/s)",
            f"{found.loads:,} loads of {sites // 2:,} sites meanwhile",
            wrong / max(found.answers, 1),
            "<= 0",
        )
    ]


async def _ask(port: int, connections: int, end: float, totals: set[int], found: Whole) -> None:
    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        turn = number
        while time.monotonic() < end:
            path = PATHS[turn % len(PATHS)]
            turn += 1
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode()
            )
            status, body = await _answer(reader)
            found.answers += 1
            if status != 200:
                found.failures.append(f"{path}: {status} {body[:200]!r}")
            elif (total := _total(path, body)) is not None and total not in totals:
                found.wrong.append(f"{path}: {total}")
        writer.close()

    await asyncio.gather(*(client(number) for number in range(connections)))


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    if "content-length" in fields:
        body = await reader.readexactly(int(fields["content-length"]))
    else:
        chunks = []
        while size := int(await reader.readuntil(b"\r\n"), 16):
            chunks.append((await reader.readexactly(size + 2))[:-2])
        await reader.readexactly(2)
        body = b"".join(chunks)
    if fields.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return int(head[9:12]), body


def _total(path: str, body: bytes) -> int | None:
    """How many sites an answer speaks of in all, if it does."""
    if path.startswith("/api/coverage"):
        return sum(row["sites"] for row in json.loads(body))
    if path.startswith("/api/heat"):
        return sum(cell["sites"] for cell in json.loads(body)["cells"])
    if path.startswith("/api/sites"):
        found = json.loads(body)
        return int(found["numberMatched"]) if found["numberMatchedIsExact"] else None
    return None
