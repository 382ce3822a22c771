"""The command line: `antu`. The same functions as behind HTTP, printed for a person or as JSON."""

from api.cli.commands import main

__all__ = ["main"]
