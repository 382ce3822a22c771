"""Every row of a file is accounted for, whatever is in it, and what is refused comes back."""

from __future__ import annotations

import csv
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from ingesting import csv_file
from sqlalchemy import Engine

from geo.database import batches
from geo.database.engine import reading
from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.ingest.refused import write_refused
from geo.ingest.rows import Options
from geo.operations.loading import load
from geo.operations.understanding import Request
from geo.settings import Settings

DIRT = st.sampled_from(
    [
        "",
        "无",
        "N/A",
        "0",
        "12",
        "约120人",
        "100-200",
        "-3",
        "1e9999",
        "1.2.3",
        "９",
        "=1+1",
        "合计",
        "x",
    ]
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["A", "B", "C", "D", "", "9.13401E+17", "合计"]),
            "name": st.sampled_from(["甲", "乙", "", "a\nb", '"quoted"', "合计", "=cmd()"]),
            "category": st.sampled_from(["物流", "other", "nonsense", ""]),
            "workers": DIRT,
            "members": DIRT,
            "lon": st.sampled_from(["117.2", "31.8", "0", "", "abc", "999", "117°12'E"]),
            "lat": st.sampled_from(["31.8", "117.2", "0", "", "abc", "nan"]),
            "started_on": st.sampled_from(["2020-01-31", "2020年1月", "31/12/2020", "", "43861"]),
        }
    ),
    min_size=1,
    max_size=12,
)
LOADS = st.lists(st.tuples(ROWS, st.booleans(), st.booleans()), min_size=1, max_size=3)


@given(loads=LOADS)
@profile(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_read_is_added_updated_unchanged_and_refused(
    engine: Engine,
    settings: Settings,
    tmp_path: Path,
    loads: list[tuple[list[dict[str, str]], bool, bool]],
) -> None:
    for rows, accept_good, falls_back in loads:
        before = stored(engine)
        table = csv_file(tmp_path / "dirt.csv", [list(rows[0]), *(row.values() for row in rows)])
        options = Options(category=Category.OTHER if falls_back else None)
        wanted = Request(table, Kind.SITES, options=options, accept_good=accept_good)
        report = load(engine, settings, wanted)
        counts = report.counts
        filled = [row for row in rows if any(cell.strip() for cell in row.values())]
        assert report.read == len(filled)
        assert report.read == counts.added + counts.updated + counts.unchanged + report.refused
        written = report.batch_id is not None
        assert written is (accept_good or not report.refused)
        assert stored(engine) == before + (counts.added if written else 0)
        if report.batch_id is not None:
            with reading(engine) as connection:
                batch = batches.one(connection, report.batch_id)
            assert (batch["read"], batch["refused"]) == (report.read, report.refused)
        if report.problems:
            out = tmp_path / f"{uuid4().hex}.csv"
            written_rows = write_refused(report.understood.source, report.problems, out)
            with out.open(encoding="utf-8-sig", newline="") as file:
                back = list(csv.reader(file))[1:]
            assert written_rows == len(back) == report.refused
            assert all(row[0] for row in back), "each says what is wrong"


def stored(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM site")) or 0)
