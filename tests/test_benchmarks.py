"""The benchmarks: one command knows them all, and what it writes leaves the rest alone."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from benchmarks import __main__ as runner
from benchmarks.load import Load, ratio
from benchmarks.table import Figure, markdown


@pytest.mark.parametrize("name", runner.BENCHMARKS)
def test_each_says_what_it_measures(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")
    assert module.__doc__
    assert callable(module.measure)


def test_a_table_is_put_under_its_heading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n\nText.\n\n## join\n\nold\n\n## other\n\nstays\n", encoding="utf-8")
    monkeypatch.setattr(runner, "README", readme)
    figures = [Figure("work", "1 s", "2 s", 0.5, "<= 1"), Figure("more", "1 s", "2 s")]
    runner.written("join", figures, 1000)
    runner.written("heat", figures[:1], 1000)
    text = readme.read_text(encoding="utf-8")
    assert "old" not in text
    assert text.startswith("# Title\n\nText.\n")
    assert "## other\n\nstays\n" in text
    assert text.count(markdown(figures)) == 1
    assert text.index("## join") < text.index("## other") < text.index("## heat")
    runner.written("heat", figures[:1], 1000)
    assert readme.read_text(encoding="utf-8") == text


def test_ratios_are_of_the_same_turn() -> None:
    ours = Load(rates=(10, 100, 30), p50_ms=1, p99_ms=2, size=3)
    theirs = Load(rates=(20, 200, 90), p50_ms=1, p99_ms=2, size=3)
    assert ratio(ours, theirs) == 0.5


def test_a_budget_is_kept_or_missed() -> None:
    assert Figure("", "", "", 0.7, ">= 0.7").kept is True
    assert Figure("", "", "", 3.1, "<= 3").kept is False
    assert Figure("", "", "", 3.1).kept is None
