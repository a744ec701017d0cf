"""What a day's past expects of the window that begins on it: chances of open and of new deals, and their sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import Cells
from funnelsim.engine.recursion import Asked, Calendar, end_chances
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
class Query:
    """Whose chances to be won within the window are wanted.

    Parameters
    ----------
    cells : Cells
    calendar : Calendar
    asked : Asked
        Open deals first, then kinds of new deals that stand or enter.
    is_near : bool array (class,)
        The classes of open deals that are asked for; a date beyond the window leaves no chance within it.
    """

    cells: Cells
    calendar: Calendar
    asked: Asked
    is_near: npt.NDArray[np.bool_]

    def answer(self, chance: Floats, u: Sequence[float], threads: int = 1) -> tuple[Floats, Floats]:
        """Return the chances (draw, M, class) of open deals and (draw, M, kind) of new ones.

        Parameters
        ----------
        chance : array (draw, stratum, cell, E)
        u : sequence of float
            Shocks on log hazards: advancing ones times exp(u), losing ones times exp(-u).
        """
        factor = np.exp(np.multiply.outer(np.asarray(u, float), [1.0, -1.0]))[None, :, None]
        factor = np.repeat(factor, chance.shape[1], axis=2)
        stood, entered = end_chances(self.cells, chance, self.calendar, self.asked, factor, threads=threads)
        n_near = int(self.is_near.sum())
        of_open = np.zeros((*stood.shape[:2], len(self.is_near)))
        of_open[:, :, self.is_near] = stood[:, :, :n_near, 0]
        return of_open, np.concatenate([stood[:, :, n_near:, 0], entered[..., 0]], axis=2)


@dataclass(frozen=True)
class Expectation:
    """Chances to be won within the window.

    Parameters
    ----------
    query : Query
        What they answer.
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
    query: Query
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
    new, rows, entering = _newcomers(chronicle, day, n_days, rates.strata.cuts)
    is_near = standing.classes[:, 3] < n_days
    standing_rows = np.concatenate([standing.classes[is_near], rows])
    asked = Asked(np.array([n_days]), np.arange(rates.chance.shape[1]), standing_rows, entering)
    query = Query(chronicle.layout.cells, chronicle.calendar(day, n_days, clock), asked, is_near)
    of_open, of_new = query.answer(rates.chance, u, threads)
    return Expectation(day, n_days, rates, standing, inflow, new, query, np.asarray(u, float), of_open, of_new)


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
