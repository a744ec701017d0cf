"""Companies and plans for backtests."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from pyarrow import parquet
from scipy import stats

from funnelsim.analysis.backtest import Plan
from funnelsim.history.canonical import tables_of, yaml_of
from funnelsim.history.record import AMOUNT, NEVER, OPEN, WON, Changes, History
from funnelsim.history.synthetic import Company, DatedCompany, make
from funnelsim.history.synthetic.hazards import straight

H = 21


def stay(mean: float, cv: float):
    return stats.gamma(1 / cv**2, scale=mean * cv**2)


STAGES = straight((0.6, 0.5), [stay(5, 0.8), stay(14, 0.7)], [stay(4, 0.9), stay(10, 0.8)])


@cache
def company(deals_per_day: float = 3.0, n_days: int = 300, seed: int = 5) -> History:
    return make(Company(STAGES, deals_per_day, n_days), seed)[0]


@cache
def dated(n_days: int = 260, seed: int = 3) -> History:
    losing = np.full((60, 60), 0.01)
    return DatedCompany(np.full(60, 1 / 60), losing, deals_per_day=4.0, n_days=n_days).make(seed)[0]


def with_changes(history: History, seed: int = 1) -> History:
    """The same history, in which the amounts of a third of the deals were doubled some days after they came."""
    rng, deals = np.random.default_rng(seed), history.deals
    chosen = np.flatnonzero(rng.random(len(deals)) < 1 / 3)
    day = deals.created[chosen] + rng.integers(1, 30, len(chosen))
    is_known = (day < history.as_of) & (day <= deals.closed[chosen])
    chosen, day = chosen[is_known], day[is_known]
    before = deals.amount[chosen]
    amount = deals.amount.copy()
    amount[chosen] *= 2
    changes = Changes(chosen, day, np.full(len(chosen), AMOUNT), 2 * before, before)
    return replace(history, deals=replace(deals, amount=amount), changes=changes)


def nothing_more(history: History, day: int, until: int) -> History:
    """What was known at a day, and no event after it until another day."""
    return replace(history.known_at(day), as_of=until)


def all_won_at_once(history: History, day: int, until: int) -> History:
    """What was known at a day; on it everything open is won, for a million each, and a thousand deals appear."""
    known = history.known_at(day)
    deals, visits = known.deals, known.visits
    is_open = deals.outcome == OPEN
    deals = replace(
        deals,
        outcome=np.where(is_open, WON, deals.outcome),
        closed=np.where(is_open, day, deals.closed),
    )
    stays = visits.exit == OPEN
    visits = replace(visits, exit=np.where(stays, WON, visits.exit), left=np.where(stays, day, visits.left))
    n, last = 1000, len(deals)
    rows = np.arange(n) % last
    fresh = replace(
        deals.rows(rows), created=np.full(n, day), closed=np.full(n, NEVER), outcome=np.full(n, OPEN),
        amount=np.full(n, 1e6), expected_close=np.full(n, NEVER),
    )  # fmt: skip
    deals = type(deals)(*(np.concatenate([getattr(d, f) for d in (deals, fresh)]) for f in deals.__dataclass_fields__))
    more = visits.rows(np.zeros(n, int))
    more = replace(
        more, deal=last + np.arange(n), stage=np.zeros(n, int), entered=np.full(n, day), left=np.full(n, NEVER),
        exit=np.full(n, OPEN),
    )  # fmt: skip
    visits = type(visits)(
        *(np.concatenate([getattr(v, f) for v in (visits, more)]) for f in visits.__dataclass_fields__)
    )
    return replace(known, deals=deals, visits=visits, as_of=until)


def plan(history: History, first: int = 150, n: int = 3, n_days: int = H, **more: int) -> Plan:
    """Weekly origins from the `first` day on; small ensembles, since nothing here hangs on their size."""
    day = history.observed_from + first
    return Plan(day, day + 7 * (n - 1), 7, n_days, **{"seed": 7, "n_samples": 300, "n_draws": 10, **more})


def write_history(history: History, folder: Path) -> Path:
    """Write a history as tables, and return the YAML that reads them."""
    folder.mkdir()
    for name, table in tables_of(history).items():
        parquet.write_table(table, folder / f"{name}.parquet")
    place = folder / "history.yaml"
    place.write_text(yaml_of(history, "history"), encoding="utf-8")
    return place
