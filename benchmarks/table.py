"""What benchmarks find: figures, each beside its yardstick from the same run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HEADINGS = ("work", "measured", "yardstick", "ratio", "budget", "")


@dataclass(frozen=True)
class Figure:
    """A line of the table; `budget` is what the ratio is to be, such as `<= 4`, or nothing."""

    work: str
    measured: str
    yardstick: str
    ratio: float | None = None
    budget: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether the budget is kept; None where there is none."""
        if not self.budget or self.ratio is None:
            return None
        sign, most = self.budget.split()
        return self.ratio <= float(most) if sign == "<=" else self.ratio >= float(most)


def markdown(figures: Iterable[Figure]) -> str:
    """The figures as a table."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *map(_cells, figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(figure: Figure) -> tuple[str, ...]:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    verdict = {None: "", True: "kept", False: "missed"}[figure.kept]
    return figure.work, figure.measured, figure.yardstick, ratio, figure.budget, verdict
