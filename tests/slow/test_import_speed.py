"""One million stays are imported within a minute and 2 GiB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

N_VISITS = 1_000_000
STAGES = np.array(["demo", "quote", "proposal", "negotiation", "contract"])
YAML = """
visits: {file: visits.csv, deal: deal, stage: stage, entered: entered, exit: exit, left: left}
deals: {file: deals.csv, id: id, created: created, amount: amount}
stages: [demo, quote, proposal, negotiation, contract]
won: [signed]
lost: [lost]
currency: EUR
unit: 1
"""
MEASURED = """
import json, resource, sys, time
from funnelsim.config.history import load_history
begun = time.perf_counter()
_, report = load_history(sys.argv[1])
seconds = time.perf_counter() - begun
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "megabytes": megabytes, "visits": report.n_visits, "deals": report.n_deals}))
"""


def write_company(folder: Path) -> None:
    """Write a million stays of deals that pass one to five stages each."""
    draws = np.random.default_rng(5)
    stays = draws.integers(1, 6, N_VISITS // 3)
    stays = stays[: np.searchsorted(np.cumsum(stays), N_VISITS, side="right")]
    stays = np.append(stays, np.ones(N_VISITS - stays.sum(), np.int64))
    deal = np.repeat(np.arange(len(stays)), stays)
    step = np.arange(N_VISITS) - np.repeat(np.cumsum(stays) - stays, stays)
    is_last = np.append(deal[1:] != deal[:-1], True)
    start = np.datetime64("2023-01-01T08:00:00") + draws.integers(0, 60_000_000, len(stays)).astype("timedelta64[s]")
    days = draws.exponential(10 * 86_400, N_VISITS).astype(np.int64)
    passed = np.cumsum(days)
    left = passed - np.repeat((passed - days)[np.cumsum(stays) - stays], stays)
    entered = start[deal] + (left - days).astype("timedelta64[s]")
    exits = np.where(is_last, np.where(draws.random(N_VISITS) < 0.3, "signed", "lost"), STAGES[np.minimum(step + 1, 4)])
    ids = np.char.add("006q000000H", np.char.zfill(np.arange(len(stays)).astype(str), 8))
    columns = {"deal": ids[deal], "stage": STAGES[step], "entered": entered.astype(str), "exit": exits}
    columns["left"] = (start[deal] + left.astype("timedelta64[s]")).astype(str)
    pa.csv.write_csv(pa.table(columns), folder / "visits.csv")
    deals = {"id": ids, "created": start.astype(str), "amount": draws.integers(1, 10**6, len(stays)).astype(str)}
    pa.csv.write_csv(pa.table(deals), folder / "deals.csv")
    (folder / "history.yaml").write_text(YAML, encoding="utf-8")


@pytest.mark.slow
def test_a_million_stays_are_read_within_a_minute_and_two_gigabytes(tmp_path: Path) -> None:
    write_company(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / "history.yaml")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ},
    )
    told = json.loads(done.stdout)
    print(told)
    assert told["visits"] == N_VISITS
    assert told["seconds"] < 60
    assert told["megabytes"] < 2048
