"""The export says everything the history says: read back by hand it is the same record."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
from scipy import stats

from funnelsim.history.record import NEVER, day_of
from funnelsim.history.synthetic import Company, make, write_salesforce
from funnelsim.history.synthetic.hazards import straight

TABLE = straight(
    (0.6, 0.5, 0.6), [stats.expon(scale=2), stats.gamma(2, scale=6), stats.gamma(2, scale=5)], also={(1, 0): 0.2}
)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_export_read_back_is_the_history(tmp_path: Path) -> None:
    history, _ = make(Company(TABLE, deals_per_day=3, n_days=120), 3)
    deals, moves = (read(path) for path in write_salesforce(history, tmp_path / "export"))
    by_deal: dict[str, list[dict[str, str]]] = {row["Id"]: [] for row in deals}
    for row in moves:
        by_deal[row["OpportunityId"]].append(row)
    assert list(by_deal) == history.deals.id.tolist()
    found = []
    for number, log in enumerate(by_deal.values()):
        stamps = [row["CreatedDate"] for row in log]
        assert stamps == sorted(set(stamps))
        days = [day_of(date.fromisoformat(stamp[:10])) for stamp in stamps]
        ends = [*zip(days[1:], [row["StageName"] for row in log[1:]], strict=True), (NEVER, "open")]
        for day, row, (left, to) in zip(days, log, ends, strict=True):
            if not row["StageName"].startswith("Closed"):
                found.append((number, row["StageName"], day, left, to))
    names = np.array([*history.stages, "open", "Closed Lost", "Closed Won"])
    visits = history.visits
    columns = (visits.deal, names[visits.stage], visits.entered, visits.left, names[visits.exit])
    assert found == list(zip(*(column.tolist() for column in columns), strict=True))


def test_an_opportunity_stands_where_its_log_ends(tmp_path: Path) -> None:
    history, _ = make(Company(TABLE, deals_per_day=3, n_days=120), 4)
    deals, moves = (read(path) for path in write_salesforce(history, tmp_path))
    last = {row["OpportunityId"]: row["StageName"] for row in moves}
    assert {row["Id"]: row["StageName"] for row in deals} == last
    won = [row["IsWon"] == "true" for row in deals]
    assert sum(won) == list(last.values()).count("Closed Won")
    assert {row["CloseDate"] == "" for row in deals if row["IsClosed"] == "false"} == {True}
    assert np.allclose([float(row["Amount"]) for row in deals], history.deals.amount)
