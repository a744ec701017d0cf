"""Histories that the tests of fits share: companies that never were, real ones, and pasts with another future."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from scipy.stats import gamma

from funnelsim.config.history import load_history
from funnelsim.history.record import AMOUNT, EXPECTED_CLOSE, LOST, NEVER, OPEN, WON, Changes, Deals, History, Visits
from funnelsim.history.synthetic import Company, DatedCompany
from funnelsim.history.synthetic.hazards import straight
from funnelsim.model.money import Money

SELLING = straight((0.6, 0.5), [gamma(2, scale=6), gamma(2, scale=9)], [gamma(1.5, scale=6), gamma(2, scale=12)])
SELLER = Company(SELLING, deals_per_day=8, n_days=240, amount_effect=0.5)
RETURNING = straight(
    (0.5, 0.5, 0.6),
    [gamma(2, scale=4), gamma(2, scale=6), gamma(2, scale=5)],
    [gamma(2, scale=4), gamma(2, scale=5), gamma(2, scale=8)],
    also={(1, 0): 0.2, (2, 1): 0.1, (0, 2): 0.1},
)
HOTEL = DatedCompany(leads=np.full(60, 1 / 60), losing=np.full((60, 60), 0.01), deals_per_day=12, n_days=220)

TABLES = """
visits:
  {file: "DATA/NAME/visits.csv.gz", deal: deal_id, stage: stage, entered: entered, exit: exit, left: left}
deals: {file: "DATA/NAME/deals.csv.gz", id: deal_id, created: created, amount: amount}
currency: EUR
unit: 1
"""
REAL = {
    "loans": TABLES
    + """
stages: [SUBMITTED, PREACCEPTED, ACCEPTED, OFFER_SENT, DOCS_BACK]
won: [WON]
lost: [DECLINED, CANCELLED]
open: [OPEN]
""",
    "payments": TABLES + "stages: [SUBMITTED, APPROVED, REQUESTED]\nwon: [PAID]\nlost: [REJECTED]\n",
    "hotel": """
deals:
  {file: DATA/hotel/city_deals.csv.gz, id: deal_id, created: created, closed: closed, outcome: outcome,
   amount: amount, expected_close: expected_close}
observed: 2015-07-01..2017-08-31
currency: EUR
unit: 1
""",
}


def real(name: str, data: Path, folder: Path) -> History:
    place = folder / f"{name}.yaml"
    place.write_text(REAL[name].replace("NAME", name).replace("DATA", str(data)), encoding="utf-8")
    return load_history(place)[0]


def standing_still(history: History, start: int) -> History:
    """Return a company that stands still for a fortnight from a day on: what was due then comes on the day after it."""
    visits = history.visits
    is_shut = (visits.left >= start) & (visits.left < start + 14) & (visits.exit != OPEN)
    goes_on = np.flatnonzero(is_shut & (visits.exit >= 0))
    left, entered = visits.left.copy(), visits.entered.copy()
    left[is_shut] = start + 14
    entered[goes_on + 1] = start + 14
    left = np.maximum(left, entered)
    closed = history.deals.closed.copy()
    closed[(closed >= start) & (closed < start + 14)] = start + 14
    deals = replace(history.deals, closed=closed)
    return replace(history, visits=replace(visits, left=left, entered=entered), deals=deals)


def history_of(
    rows: list[tuple[int, int, float, list[tuple[int, int, int]]]],
    *,
    n_stages: int,
    observed_from: int,
    as_of: int,
    due: list[int] | None = None,
) -> History:
    """Return a history from (created, outcome, amount, [(entered, left, exit), ...]); stages follow from the exits."""
    n, none = len(rows), np.full(len(rows), "", object)
    closed, table = np.full(n, NEVER), []
    for deal, (_, _, _, stays) in enumerate(rows):
        stage = 0
        for entered, left, exit_ in stays:
            table.append((deal, stage, entered, left, exit_))
            stage = exit_ if exit_ >= 0 else stage
            if exit_ in (WON, LOST):
                closed[deal] = left
    visits = Visits(*np.array(table, np.int64).reshape(-1, 5).T)
    deals = Deals(
        np.array([f"d{i}" for i in range(n)], object),
        np.array([row[0] for row in rows], np.int64),
        closed,
        np.array([row[1] for row in rows], np.int64),
        none,
        np.array([row[2] for row in rows], float),
        np.array(due if due is not None else np.full(n, NEVER), np.int64),
        none,
        none,
        none,
    )
    names = tuple(f"stage {i}" for i in range(n_stages))
    return History(names, deals, visits, Money("EUR"), observed_from, as_of)


def with_changes(history: History, seed: int, share: float = 0.6) -> History:
    """Return the history with a log in which amounts and dates moved, on random days, to what the deals state now."""
    rng = np.random.default_rng(seed)
    columns: list[list[float]] = []
    for field in (AMOUNT, EXPECTED_CLOSE):
        for deal in np.flatnonzero(rng.random(len(history.deals)) < share):
            if field == EXPECTED_CLOSE and history.deals.expected_close[deal] == NEVER:
                continue
            end = min(history.deals.closed[deal], history.as_of - 1)
            days = np.sort(rng.integers(history.deals.created[deal], end + 1, size=rng.integers(1, 4)))
            last = history.deals.amount[deal] if field == AMOUNT else history.deals.expected_close[deal]
            values = [last * rng.uniform(0.3, 3) if field == AMOUNT else last + rng.integers(-9, 30) for _ in days]
            values.append(last)
            columns += [[deal, day, field, values[i + 1], values[i]] for i, day in enumerate(days)]
    deal, day, kind, value, before = np.array(columns, float).reshape(-1, 5).T
    log = Changes(deal.astype(np.int64), day.astype(np.int64), kind.astype(np.int64), value, before)
    return replace(history, changes=log)


def with_another_future(history: History, day: int, seed: int) -> History:
    """Return a history of which the same was known at 00:00 of a day, and nothing after it is as it was.

    Every deal that was open moves to a random stage or end, steps back and skips included; won deals are reopened; a
    storm of new deals is won at once; all amounts and dates move.
    """
    rng, known = np.random.default_rng(seed), history.known_at(day)
    n_stages, end = len(known.stages), day + 120
    visits, deals = known.visits, known.deals
    is_open = visits.exit == OPEN
    n_open = int(is_open.sum())
    left, exit_ = visits.left.copy(), visits.exit.copy()
    left[is_open] = day + rng.integers(0, 60, n_open)
    exit_[is_open] = rng.choice([WON, LOST, *range(n_stages)], n_open)
    moves = np.flatnonzero(is_open & (exit_ >= 0))
    again = np.flatnonzero((visits.exit == WON) & (rng.random(len(visits)) < 0.3))
    n_old, n_new = len(deals), 700
    new = n_old + np.arange(n_new)
    created = day + rng.integers(0, 40, n_new)
    more = [
        Visits(visits.deal[moves], exit_[moves], left[moves], np.full(len(moves), NEVER), np.full(len(moves), OPEN)),
        Visits(visits.deal[again], visits.stage[again], *_later(day, len(again), rng)),
        Visits(new, rng.integers(n_stages, size=n_new), created, created + 1, np.full(n_new, WON)),
    ]
    every = [replace(visits, left=left, exit=exit_), *more]
    table = Visits(*(np.concatenate([getattr(part, f.name) for part in every]) for f in fields(Visits)))
    table = table.rows(np.argsort(table.deal, kind="stable"))
    closed, outcome = deals.closed.copy(), deals.outcome.copy()
    ends = is_open & (exit_ < 0)
    closed[visits.deal[ends]], outcome[visits.deal[ends]] = left[ends], exit_[ends]
    closed[visits.deal[again]], outcome[visits.deal[again]] = day + 80, LOST
    none = np.full(n_new, "", object)
    late = Deals(
        np.array([f"late {i}" for i in range(n_new)], object), created, created + 1, np.full(n_new, WON), none,
        np.full(n_new, 1e6), created + 1, none, none, none,
    )  # fmt: skip
    old = replace(deals, closed=closed, outcome=outcome)
    whole = Deals(*(np.concatenate([getattr(old, f.name), getattr(late, f.name)]) for f in fields(Deals)))
    return replace(known, deals=whole, visits=table, as_of=end, changes=_moved(known, day, rng))


def _later(day: int, n: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    entered = day + rng.integers(0, 30, n)
    return entered, np.full(n, day + 80), np.full(n, LOST)


def _moved(known: History, day: int, rng: np.random.Generator) -> Changes | None:
    if known.changes is None:
        return None
    n, deals = len(known.deals), known.deals
    dates = np.where(deals.expected_close == NEVER, np.nan, deals.expected_close)
    amounts = Changes(np.arange(n), np.full(n, day), np.full(n, AMOUNT), 1000 * rng.random(n), deals.amount)
    closes = Changes(np.arange(n), np.full(n, day + 1), np.full(n, EXPECTED_CLOSE), day + 90.0 * rng.random(n), dates)
    parts = [known.changes, amounts, closes]
    return Changes(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Changes)))


def won_day(history: History) -> Callable[[int, int], np.ndarray]:
    """Return a slow twin of wins between days, from what was known at the end."""

    def between(first: int, end: int) -> np.ndarray:
        known = history.known_at(end).deals
        found = np.zeros(len(history.deals), bool)
        rows = np.flatnonzero(history.deals.created < end)
        found[rows] = (known.outcome == WON) & (known.closed >= first) & (known.closed < end)
        return found

    return between
