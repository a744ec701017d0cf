"""Strata of amounts: how much sooner or rarer small and large deals leave a stage than all together.

With N[g,s,a] deal-days of stratum g at risk, q[s,a,e] the chances of all and O exits,

    theta[g,s,e] = (O[g,s,e] + 60) / (E[g,s,e] + 60),    E ~ sum_a N[g,s,a] q[s,a,e] c[s,a,e],
    c[s,a,e] = (sum_g N[g,s,a] + 1) / (sum_g N[g,s,a] theta[g,s,e] + 1),

in turns, E scaled so that all strata together expect what came. c takes out of the chances of all what is due to the
strata that are left at an age, so that the strata together still leave as often as all do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.fitting.blanks import blanks_at
from funnelsim.fitting.chronicle import Chronicle
from funnelsim.history.record import NEVER

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
EVENTS = 60.0
FEWEST_WINS = 50
_TERCILES = (1.0 / 3.0, 2.0 / 3.0)
_ROUNDS = 4
_NO_EXIT = -1
_TINY = 1e-12


@dataclass(frozen=True)
class Strata:
    """Where amounts part, and what the chances of each stratum are of those of all.

    Parameters
    ----------
    cuts : array (stratum - 1,)
        A deal of that very amount belongs above.
    came, hoped : array (stratum, S, E)
        O + 60 and E + 60.
    correction : array (S, cell, E)
    """

    cuts: Floats
    came: Floats
    hoped: Floats
    correction: Floats

    @property
    def effect(self) -> Floats:
        """Return theta (stratum, S, E)."""
        return np.asarray(self.came / self.hoped)

    def draw(self, n_draws: int, rng: np.random.Generator) -> Floats:
        """Return draws of theta, (draw, stratum, S, E); its value where none are asked for.

        The shares of the strata in all exits are drawn, Dirichlet(O + 60): how many exits there are is for the draws of
        the chances to say, and would be unsure twice over.
        """
        if n_draws == 0 or not len(self.cuts):
            return np.repeat(self.effect[None], max(n_draws, 1), axis=0)
        drawn = rng.standard_gamma(self.came, (n_draws, *self.came.shape))
        share = drawn / drawn.sum(axis=1, keepdims=True)
        return np.asarray(share * self.came.sum(axis=0) / self.hoped)


def cuts_at(chronicle: Chronicle, day: int) -> Floats:
    """Return the terciles of amounts known by then.

    None where wins are few, amounts all alike or written at closing, or where a date decides.
    """
    return chronicle.kept(("cuts", day), lambda: _cuts(chronicle, day))


def _cuts(chronicle: Chronicle, day: int) -> Floats:
    deals = chronicle.stated(day)
    known = (deals.created < day) & np.isfinite(deals.amount)
    n_wins = int((known & chronicle.won_between(-NEVER, day)).sum())
    if chronicle.is_dated or n_wins < FEWEST_WINS or blanks_at(chronicle, day).are_written_at_closing:
        return np.zeros(0)
    low, high = np.quantile(deals.amount[known], _TERCILES, method="inverted_cdf")
    return np.array([low, high]) if low < high else np.zeros(0)


def strata_at(chronicle: Chronicle, day: int, mean: Floats) -> Strata:
    """Return the strata as known at 00:00 of a day.

    Parameters
    ----------
    mean : array (cell, E)
        Daily chances of all deals, averaged over draws.
    """
    layout = chronicle.layout
    n_exits, cuts = layout.targets.shape[1], cuts_at(chronicle, day)
    shape = (len(cuts) + 1, layout.n_stages, n_exits)
    q = mean.reshape(layout.n_stages, layout.n_cells, n_exits)
    if not len(cuts):
        return Strata(cuts, np.ones(shape), np.ones(shape), np.ones_like(q))
    stood, came = _counts(chronicle, day, cuts)
    theta, hoped, c = np.ones(shape), np.ones(shape), np.ones_like(q)
    for _ in range(_ROUNDS):
        c = (stood.sum(axis=0)[..., None] + 1.0) / (np.einsum("gsa,gse->sae", stood, theta) + 1.0)
        hoped = np.einsum("gsa,sae->gse", stood, q * c)
        every = came.sum(axis=0) / np.maximum(hoped.sum(axis=0), _TINY)  # recent chances against all of the past
        hoped = hoped * every + EVENTS
        theta = (came + EVENTS) / hoped
    return Strata(cuts, came + EVENTS, hoped, c)


def _counts(chronicle: Chronicle, day: int, cuts: Floats) -> tuple[Floats, Floats]:
    """Return deal-days at risk (stratum, S, cell) and exits (stratum, S, E) of all of the past."""
    layout, history = chronicle.layout, chronicle.history
    visits, n_exits = history.visits, layout.targets.shape[1]
    last = np.minimum(visits.left, day - 1)
    seen = np.flatnonzero((visits.entered < day) & (last >= history.observed_from))
    stage, entered = visits.stage[seen], chronicle.begun[seen]
    stratum = np.searchsorted(cuts, np.nan_to_num(chronicle.stated(day).amount), side="right")
    group = stratum[visits.deal[seen]] * layout.n_stages + stage
    n_groups, n_ages = (len(cuts) + 1) * layout.n_stages, len(layout.age_cell)
    from_age = np.minimum(np.maximum(history.observed_from - entered, 0), n_ages - 1)
    to_age = np.minimum(last[seen] - entered, n_ages - 1)
    row, n_bins = group * (n_ages + 1), n_groups * (n_ages + 1)
    change = np.bincount(row + from_age, minlength=n_bins) - np.bincount(row + to_age + 1, minlength=n_bins)
    by_age = np.cumsum(change.reshape(n_groups, -1), axis=1)[:, :-1].astype(float)
    stood = np.add.reduceat(by_age, layout.ages, axis=1)
    exit_ = np.where(visits.left[seen] < day, chronicle.exits[seen], _NO_EXIT)
    has_left = exit_ >= 0
    ended = np.bincount(group[has_left] * n_exits + exit_[has_left], minlength=n_groups * n_exits)
    shape = (len(cuts) + 1, layout.n_stages)
    return stood.reshape(*shape, -1), ended.reshape(*shape, n_exits).astype(float)
