"""antu duplicates: sites that look like one workplace written down twice."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from api.cli.output import JsonFlag, print_json, print_table
from api.cli.progress import progress_bar
from geo.database.engine import reading
from geo.domain.words import word
from geo.operations.database import opened
from geo.operations.duplicates import Pair, look
from geo.settings import Language, Settings


def duplicates(
    limit: Annotated[int, typer.Option(min=1)] = 100,
    as_json: JsonFlag = False,
) -> None:
    """List sites with the same credit code, or names alike within 200 m; nothing is merged."""
    settings = Settings()
    lang = settings.language
    with opened(settings) as engine, reading(engine) as connection, progress_bar() as bar:
        task = bar.add_task("", total=None)
        found = look(
            connection,
            limit=limit,
            progress=lambda n: bar.update(task, description=word("duplicates.walked", lang, n=n)),
        )
    if as_json:
        print_json({"pairs": [asdict(pair) for pair in found.pairs], "after": found.after})
        return
    if not found.pairs:
        typer.echo(word("duplicates.none", lang))
        return
    print_table([_row(pair, lang) for pair in found.pairs], ("first", "second", "why"), lang)
    if found.after is not None:
        typer.echo(word("duplicates.more", lang, n=len(found.pairs)))


def _row(pair: Pair, lang: Language) -> dict[str, str]:
    distance = None if pair.distance_m is None else round(pair.distance_m)
    return {
        "first": f"{pair.first_name} ({pair.first_id})",
        "second": f"{pair.second_name} ({pair.second_id})",
        "why": word(f"duplicates.{pair.why}", lang, distance_m=distance),
    }
