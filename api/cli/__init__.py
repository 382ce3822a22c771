"""The command line: `antu`. The same functions as behind HTTP, printed for a person or as JSON."""

from __future__ import annotations

import os
import signal

INTERRUPTED = 128 + signal.SIGINT


def main() -> None:
    """Run a command; an input error exits with 2, any other failure with 1, Ctrl-C with 130."""
    # To read all the modules takes a while, in which nothing begins that would have to be ended.
    # Where Ctrl-C is not for us (nohup), it stays so.
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listens:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from api.cli import commands

    if listens:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    commands.main()
