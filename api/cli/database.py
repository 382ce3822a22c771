"""antu db: the owned cluster, or the configured server."""

from __future__ import annotations

from dataclasses import asdict

import typer

from api.cli.output import JsonFlag, print_json
from geo.database import cluster, migrate
from geo.database.engine import create_engine, reading
from geo.domain.faults import fault
from geo.domain.words import word
from geo.errors import Conflict
from geo.operations.database import opened
from geo.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.command()
def up() -> None:
    """Start the owned cluster, made on first use, and bring its tables up to date."""
    settings = Settings()
    _must_own(settings)
    started = cluster.up(settings.home)
    with opened(settings):
        pass
    said = "database.started" if started.started else "database.running"
    typer.echo(word(said, settings.language))
    typer.echo(cluster.url(settings.home))


@app.command()
def down() -> None:
    """Stop the owned cluster."""
    settings = Settings()
    _must_own(settings)
    said = "database.stopped" if cluster.down(settings.home) else "database.not_running"
    typer.echo(word(said, settings.language))


@app.command()
def status(as_json: JsonFlag = False) -> None:
    """Whether the database runs, where it is, and whether its tables are up to date."""
    settings = Settings()
    found: dict[str, object] = {"owned": settings.database_url is None}
    url = settings.database_url
    if url is None:
        known = cluster.status(settings.home)
        found |= {"home": str(settings.home)} | asdict(known)
        url = known.url
    if url is not None:
        engine = create_engine(url, settings)
        with reading(engine) as connection:
            found["server"] = connection.exec_driver_sql("SHOW server_version").scalar_one()
        found["tables_current"] = migrate.is_current(engine)
        engine.dispose()
    if settings.database_url is not None:
        found["running"] = True
    if as_json:
        print_json(found)
    else:
        for name, value in found.items():
            typer.echo(f"{name:15} {'-' if value is None else value}")


@app.command("migrate")
def migrate_() -> None:
    """Bring the tables up to date."""
    settings = Settings()
    if settings.database_url is None:
        with opened(settings) as engine:
            migrate.upgrade(engine)
    else:
        engine = create_engine(settings.database_url, settings)
        migrate.upgrade(engine)
        engine.dispose()
    typer.echo(word("database.current", settings.language))


@app.command()
def url() -> None:
    """Print the address of the database, as psql, QGIS and GDAL take it."""
    settings = Settings()
    typer.echo(settings.database_url or cluster.url(settings.home))


def _must_own(settings: Settings) -> None:
    if settings.database_url is not None:
        raise fault(Conflict, "error.database.not_owned")
