"""antu serve, antu demo: the map in a browser."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from geo.database import migrate
from geo.domain.faults import fault
from geo.domain.words import word
from geo.errors import Conflict
from geo.operations.database import adopt, opened
from geo.settings import Settings
from maps.basemap import basemap

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

# So many connections may wait to be taken; as many as uvicorn lets.
_BACKLOG = 2048
Port = Annotated[int, typer.Option(min=1, max=65535)]


def serve(
    host: str = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1)] = 1,
    root_path: str | None = None,
) -> None:
    """Serve the map, the API and the tiles until Ctrl-C."""
    settings = Settings() if root_path is None else Settings(root_path=root_path)
    _serve(settings, host, port, workers)


def demo(
    port: Port = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve")] = False,
) -> None:
    """Set everything up, load a made-up directory of Hefei, and serve the map of it."""
    settings = Settings()
    if not no_serve:
        _check_free("127.0.0.1", port)
    from geo.operations.demo import load_demo

    with opened(settings) as engine:
        migrate.upgrade(engine)
        load_demo(engine, settings)
        typer.echo(word("demo.loaded", settings.language))
        if not no_serve:
            _serve(settings, "127.0.0.1", port, 1)


def _serve(settings: Settings, host: str, port: int, workers: int) -> None:
    import uvicorn

    _check_free(host, port)
    # What is wrong is said once and here, and not by each worker again and again.
    basemap(settings)
    # Held open here, so that the owned cluster outlives the worker processes.
    with opened(settings) as engine, _measured_together() if workers > 1 else nullcontext():
        adopt(engine, settings)
        config = uvicorn.Config(
            "api.cli.serving:application",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            root_path=settings.root_path,
            forwarded_allow_ips=",".join(settings.trusted_proxies.split()),
            # One that starts on a busy machine is not taken for dead.
            timeout_worker_healthcheck=60,
            log_level="warning",
        )
        with _listening(host, port) as listening:
            address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
            typer.echo(word("serve.address", settings.language, address=address))
            _run(config, listening)


def _run(config: uvicorn.Config, listening: socket.socket) -> None:
    """Answer until Ctrl-C, in this process or in several; a server that cannot start exits."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    with suppress(KeyboardInterrupt):
        if config.workers > 1:
            Multiprocess(config, sockets=[listening]).run()
        else:
            server = uvicorn.Server(config)
            server.run(sockets=[listening])
            if not server.started:
                raise typer.Exit(1)


def application() -> FastAPI:
    """The application; that of a worker process ends when whoever started it has been killed."""
    from api.app import create_app

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.join,), daemon=True).start()
    return create_app()


def _end_after(wait: Callable[[], None]) -> None:
    wait()
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _measured_together() -> Iterator[None]:
    """Let the worker processes count in one folder, so that each tells the metrics of all."""
    with tempfile.TemporaryDirectory(prefix="antu-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        try:
            yield
        finally:
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]


def _check_free(host: str, port: int) -> None:
    _bound(host, port).close()


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The port, from now on ours: two that are only bound to it do not hear of each other."""
    with _bound(host, port) as listening:
        with _explained(host, port):
            listening.listen(_BACKLOG)
        yield listening


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with _explained(host, port):
            bound.bind((host, port))
    except BaseException:
        bound.close()
        raise
    return bound


@contextmanager
def _explained(host: str, port: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror
        raise fault(Conflict, "error.port", port=str(port), host=host, why=why) from error
