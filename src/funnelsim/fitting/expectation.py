"""What a day's past expects of the window that begins on it: chances of open and of new deals, and their sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.recursion import Asked, end_chances
from funnelsim.fitting.arrivals import Inflow, arrivals_of, entry_stages, leads
from funnelsim.fitting.chronicle import Chronicle, Standing
from funnelsim.fitting.rates import Rates, rates_at
from funnelsim.fitting.workdays import Workdays
from funnelsim.history.record import NEVER

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
RECENT_DAYS = 56
FEWEST_RECENT_WINS = 20


@dataclass(frozen=True)
class NewDeals:
    """Kinds of deals that arrive within the window.

    Parameters
    ----------
    share : array (kind,)
        Of the arrivals.
    pools : tuple of arrays, per kind
        Amounts that wins of the kind are drawn from, each as likely.
    """

    share: Floats
    pools: tuple[Floats, ...]


@dataclass(frozen=True)
class Expectation:
    """Chances to be won within the window.

    Parameters
    ----------
    u : array (M,)
        The shocks at which they were worked out.
    open_chance : array (draw, M, class)
    new_chance : array (draw, M, kind)
    """

    day: int
    n_days: int
    rates: Rates
    standing: Standing
    inflow: Inflow
    new: NewDeals
    u: Floats
    open_chance: Floats
    new_chance: Floats


def expect(
    chronicle: Chronicle, day: int, n_days: int, u: Sequence[float], n_draws: int, seed: int, threads: int = 1,
    clock: Workdays | None = None,
) -> Expectation:  # fmt: skip
    """Return what was to be expected, at 00:00 of a day, of the next `n_days` days.

    Parameters
    ----------
    u : sequence of float
        Shocks on log hazards: advancing ones times exp(u), losing ones times exp(-u).
    clock : Workdays, optional
        The chronicle's, with closures to come.
    """
    rates = rates_at(chronicle, day, n_days, n_draws, seed)
    standing = chronicle.standing(day, rates.strata.cuts, clock)
    inflow = arrivals_of(chronicle, n_days).inflow(day)
    n_strata = rates.chance.shape[1]
    new, rows, entering = _newcomers(chronicle, day, n_days, rates.strata.cuts)
    # a deal whose date lies beyond the window is not won within it
    is_near = standing.classes[:, 3] < n_days
    near, n_near = standing.classes[is_near], int(is_near.sum())
    asked = Asked(np.array([n_days]), np.arange(n_strata), np.concatenate([near, rows]), entering)
    factor = np.exp(np.multiply.outer(np.asarray(u, float), [1.0, -1.0]))[None, :, None]
    factor = np.repeat(factor, n_strata, axis=2)
    calendar = rates.calendar(chronicle, n_days, clock)
    stood, entered = end_chances(chronicle.layout.cells, rates.chance, calendar, asked, factor, threads=threads)
    of_new = np.concatenate([stood[:, :, n_near:, 0], entered[..., 0]], axis=2)
    of_open = np.zeros((*stood.shape[:2], len(is_near)))
    of_open[:, :, is_near] = stood[:, :, :n_near, 0]
    return Expectation(day, n_days, rates, standing, inflow, new, np.asarray(u, float), of_open, of_new)


def _newcomers(chronicle: Chronicle, day: int, n_days: int, cuts: Floats) -> tuple[NewDeals, Ints, Ints]:
    """Return the kinds of new deals, as rows that stand with their date before them, or as rows that enter."""
    no_rows = np.zeros((0, 4), np.int64)
    pools, of_stratum = amounts_of_new(chronicle, day, n_days, cuts)
    if chronicle.is_dated:
        # a deal with lead l must arrive early enough for its date to fall into the window
        share = leads(chronicle, day, RECENT_DAYS, n_days) * (n_days - np.arange(n_days)) / n_days
        kinds = np.flatnonzero(share > 0)
        rows = np.zeros((len(kinds), 4), np.int64)
        rows[:, 3] = kinds
        return NewDeals(share[kinds], tuple(pools) * len(kinds)), rows, no_rows
    stages, of_stage = entry_stages(chronicle, day, 2 * RECENT_DAYS)
    entering = [[g, s, 0, n_days] for g in range(len(of_stratum)) for s in stages]
    share = np.outer(of_stratum, of_stage).ravel()
    return NewDeals(share, tuple(p for p in pools for _ in stages)), no_rows, np.array(entering, np.int64)


def amounts_of_new(chronicle: Chronicle, day: int, n_days: int, cuts: Floats) -> tuple[list[Floats], Floats]:
    """Return, per stratum, amounts that new wins are drawn from, and the shares of new deals (stratum,)."""
    pool = _pool(chronicle, day, n_days)
    if chronicle.is_dated:
        return [pool], np.ones(1)
    return _by_stratum(pool, chronicle, day, cuts), _stratum_shares(chronicle, day, cuts)


def _pool(chronicle: Chronicle, day: int, n_days: int) -> Floats:
    """Return amounts of recent wins; of dated deals, those of recent ones whose date was as near."""
    deals = chronicle.stated(day)
    if chronicle.is_dated:
        recent = (deals.created < day) & (deals.created >= day - RECENT_DAYS) & (chronicle.lead < n_days)
    else:
        recent = chronicle.won_between(day - RECENT_DAYS, day)
    if recent.sum() < FEWEST_RECENT_WINS:
        recent = chronicle.won_between(-NEVER, day)
    amount = deals.amount[recent]
    amount = amount[np.isfinite(amount)]
    return amount if len(amount) else np.zeros(1)


def _by_stratum(pool: Floats, chronicle: Chronicle, day: int, cuts: Floats) -> list[Floats]:
    deals = chronicle.stated(day)
    every = deals.amount[(deals.created < day) & np.isfinite(deals.amount)]
    found = []
    for g in range(len(cuts) + 1):
        own = pool[np.searchsorted(cuts, pool, side="right") == g]
        if not len(own):
            own = every[np.searchsorted(cuts, every, side="right") == g]
        found.append(own if len(own) else pool)
    return found


def _stratum_shares(chronicle: Chronicle, day: int, cuts: Floats) -> Floats:
    deals = chronicle.stated(day)
    recent = (deals.created < day) & (deals.created >= day - 2 * RECENT_DAYS)
    if not recent.any():
        recent = deals.created < day
    stratum = np.searchsorted(cuts, np.nan_to_num(deals.amount[recent]), side="right")
    n = np.bincount(stratum, minlength=len(cuts) + 1) + 1.0 / (len(cuts) + 1)
    return np.asarray(n / n.sum())
