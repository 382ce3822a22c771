"""Files are read in batches: what a reader holds does not grow with the file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

ROWS, BATCH = 100_000, 5_000
# Read in a process of its own: the most memory it had after some batches, and after all.
READER = r"""
import json, re, sys
from pathlib import Path
from geo.ingest import headings
from geo.ingest.check import check_sites
from geo.ingest.read import open_source
from geo.ingest.rows import Options

source = open_source(Path(sys.argv[1]))
mapping = headings.understand(source.columns, "sites")
peaks, read = [], 0
for batch in source.batches(int(sys.argv[2])):
    read += check_sites(batch, mapping, Options(category="other")).n_read
    status = Path("/proc/self/status").read_text()
    peaks.append(int(re.search('VmHWM:\s+(\d+) kB', status)[1]) / 1024)
print(json.dumps({"read": read, "early": peaks[len(peaks) // 4], "late": peaks[-1]}))
"""


def sites(rows: int) -> gpd.GeoDataFrame:
    number = np.arange(rows)
    names = pd.Series(number).map("合肥第{}物流有限公司，安徽省合肥市蜀山区".format)
    frame = pd.DataFrame({"id": number, "name": names, "workers": number % 500})
    places = gpd.points_from_xy(117 + number * 1e-6, 31.5 + number * 1e-6, crs=4326)
    return gpd.GeoDataFrame(frame, geometry=places)


def as_csv(path: Path) -> int:
    frame = sites(ROWS)
    frame.assign(lon=frame.geometry.x, lat=frame.geometry.y).drop(columns="geometry").to_csv(path)
    return ROWS


def as_geojson(path: Path) -> int:
    few = sites(ROWS // 2)
    few.to_file(path, engine="pyogrio")
    return len(few)


def as_parquet(path: Path) -> int:
    sites(ROWS).to_parquet(path, row_group_size=BATCH)
    return ROWS


@pytest.mark.parametrize("make", [as_csv, as_geojson, as_parquet])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, make: Callable[[Path], int]) -> None:
    path = tmp_path / f"in.{make.__name__.removeprefix('as_')}"
    rows = make(path)
    command = [sys.executable, "-c", READER, str(path), str(BATCH)]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert told["read"] == rows
    assert told["late"] - told["early"] < 24
