"""Companies whose reps say something of every open deal on the day before each window: well, badly or for nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.stats import gamma

from funnelsim.history.calls import Calls
from funnelsim.history.record import WON, History
from funnelsim.history.synthetic import Company, make
from funnelsim.history.synthetic.hazards import straight

WINDOW = 30
N_WINDOWS = 12
SELLING = straight((0.7, 0.5), [gamma(2, scale=6), gamma(2, scale=9)], [gamma(1.5, scale=6), gamma(2, scale=12)])
COMPANY = Company(SELLING, deals_per_day=4, n_days=28 + 7 + WINDOW * N_WINDOWS)
CATEGORIES = ("commit", "best case", "pipeline", "omitted")
# what a rep says: from (row of the deal, won within the window, stage, random) to (category, chance)
Rep = Callable[[np.ndarray, np.ndarray, np.ndarray, np.random.Generator], tuple[np.ndarray, np.ndarray]]


def called(seed: int, rep: Rep, company: Company = COMPANY, window: int = WINDOW) -> History:
    """Return a company with the calls of one rep, made on the day before each window and before its end."""
    history, truth = make(company, seed)
    rng, after = np.random.default_rng(seed), truth.whole
    whole = {str(one): i for i, one in enumerate(after.deals.id)}
    row = np.array([whole[str(one)] for one in history.deals.id])
    closed, outcome = after.deals.closed[row], after.deals.outcome[row]
    columns = []
    for k in range((company.n_days - 28) // window + 1):
        start = history.as_of - k * window
        book = history.known_at(start).book()
        known = history.known_at(start)
        at = {str(one): i for i, one in enumerate(history.deals.id)}
        deal = np.array([at[str(one)] for one in known.deals.id[book.deal]], np.int64)
        is_won = (outcome[deal] == WON) & (closed[deal] >= start) & (closed[deal] < start + window)
        category, chance = rep(deal, is_won, book.stage, rng)
        columns.append((deal, np.full(len(deal), start - 1), category, chance))
    deal, day, category, chance = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.lexsort((day, deal))
    calls = Calls(
        ("rep",), CATEGORIES, deal[order], day[order], np.zeros(len(deal), np.int64),
        category[order].astype(np.int64), chance[order],
    )  # fmt: skip
    return replace(history, calls=calls)


def _categories(p_commit: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return np.where(rng.random(len(p_commit)) < p_commit, 0, 2), np.full(len(p_commit), np.nan)


def knowing(deal, is_won, stage, rng):  # type: ignore[no-untyped-def]
    """Say commit of 7 in 10 deals that will be won, and of 1 in 10 others: evidence beside stage and age."""
    return _categories(np.where(is_won, 0.7, 0.1), rng)


def guessing(deal, is_won, stage, rng):  # type: ignore[no-untyped-def]
    """Say commit of a third of the deals, whatever they are."""
    return _categories(np.full(len(deal), 1 / 3), rng)


def repeating(deal, is_won, stage, rng):  # type: ignore[no-untyped-def]
    """Say commit in the last stage and pipeline before it, as a CRM does by default."""
    return np.where(stage == 1, 0, 2), np.full(len(deal), np.nan)


def hopeful(deal, is_won, stage, rng):  # type: ignore[no-untyped-def]
    """Say commit of nearly all, and nothing by it."""
    return _categories(np.full(len(deal), 0.9), rng)


def hopeful_figures(deal, is_won, stage, rng):  # type: ignore[no-untyped-def]
    """Say 90 % where 70 % of the knowing would, and 60 % elsewhere: informed, and far too high."""
    sure = rng.random(len(deal)) < np.where(is_won, 0.7, 0.1)
    return np.full(len(deal), -1), np.where(sure, 0.9, 0.6)
