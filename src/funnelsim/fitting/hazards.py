"""Daily chances of exit by stage and age: a posterior on four levels, each shrunk to the one above (M12.4).

For stage s, cell a and exit e, with N deal-days at risk and D exits, q[s,a,.] the daily chances (the last component
is to stay):

    base        q_s = (sum_a D0 + .05) / (sum_a N0 + 1), exits never seen left at 0
    coarse      A ~ Dirichlet(D0_A + k_A q_s),  k_A = 1/4 event / sum_e q_s       all of history
    recent      B ~ Dirichlet(D_B + k_B A),     k_B = 2 events / sum_e A          old days forgotten
    day cell    q ~ Dirichlet(D_a + k_a B),     k_a = 3 events / sum_e B

A spike (a timer on day 30) needs nothing more: a day cell with many exits overrules its bin.

In dated stages losses fall by days to the date r and age a, lambda[r,a] ~ Gamma(D + 3, N + 3 / lambda0) with lambda0
the product of a row and a column fitted to the counts, and on the date a deal is won with chance
Beta(won + 9, not + 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import LOST
from funnelsim.fitting.diary import Counts
from funnelsim.fitting.layout import Layout

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
BASE_EVENTS = 0.05
ALL_TIME_EVENTS = 0.25
RECENT_EVENTS = 2.0
CELL_EVENTS = 3.0
DATED_EVENTS = 3.0
_SMALLEST, _SMALLEST_STAY, _TINY = 1e-9, 1e-3, 1e-12
_ROUNDS = 8
_N_AXES = 4
_WON_BEFORE, _NOT_BEFORE = 9.0, 1.0


def draw_chances(layout: Layout, all_time: Counts, recent: Counts, n_draws: int, rng: np.random.Generator) -> Floats:
    """Draw daily chances, shape (draw, cell, E), cells of all stages one after the other.

    Parameters
    ----------
    all_time, recent : Counts
        Unweighted, and with old days forgotten.
    n_draws : int
        0 gives the means, in place of one draw.
    """
    draw = _Dirichlet(n_draws, rng)
    if layout.is_dated:
        q = _dated(layout, recent, draw)
    else:
        seen = _Seen.of(all_time)
        q = seen.spread(_aged(layout, seen.only(all_time), seen.only(recent), draw))
    return np.ascontiguousarray(q.reshape(len(q), -1, layout.targets.shape[1]))


@dataclass(frozen=True)
class _Seen:
    """The exits that ever came about, per stage: those never seen keep a chance of 0 and need no draws.

    Parameters
    ----------
    exits : int array (S, width)
        Their numbers, in order; padded with others that were never seen.
    n_exits : int
        Of the layout.
    """

    exits: Ints
    n_exits: int

    @classmethod
    def of(cls, counts: Counts) -> _Seen:
        is_seen = counts.ended.any(axis=1)
        width = max(int(is_seen.sum(axis=1).max(initial=0)), 1)
        return cls(np.argsort(~is_seen, axis=1, kind="stable")[:, :width], is_seen.shape[1])

    def only(self, counts: Counts) -> Counts:
        """Return the counts of these exits."""
        return Counts(counts.at_risk, np.take_along_axis(counts.ended, self.exits[:, None], axis=2))

    def spread(self, q: Floats) -> Floats:
        """Return chances (draw, S, cell, E) from those of these exits."""
        every = np.zeros((*q.shape[:3], self.n_exits))
        for stage, exits in enumerate(self.exits):
            every[:, stage][..., exits] = q[:, stage]
        return every


class _Dirichlet:
    """Draws of the exits of a Dirichlet law, or its mean where no draws are asked for."""

    def __init__(self, n_draws: int, rng: np.random.Generator) -> None:
        self.n, self.rng = n_draws, rng

    def __call__(self, exits: Floats, stay: Floats) -> Floats:
        """Return (draw, S, cell, E) from shapes (S, cell, E) or (draw, S, cell, E), and those of `stay`."""
        if exits.ndim < _N_AXES:
            exits, stay = (np.broadcast_to(x, (max(self.n, 1), *x.shape)) for x in (exits, stay))
        if self.n == 0:
            return np.asarray(exits / np.maximum(exits.sum(axis=-1) + stay, _TINY)[..., None])
        log_exits = self._log_gamma(np.maximum(exits, _SMALLEST))
        log_stay = self._log_gamma(np.maximum(stay, _SMALLEST_STAY))
        top = np.maximum(log_exits.max(axis=-1), log_stay)
        shares = np.exp(log_exits - top[..., None])
        drawn = shares / (shares.sum(axis=-1) + np.exp(log_stay - top))[..., None]
        return np.asarray(np.where(exits > 0, drawn, 0.0))

    def _log_gamma(self, shape: Floats) -> Floats:
        """Return the log of a gamma draw: log G(a + 1) + log(U) / a, which a tiny shape does not drown."""
        return np.asarray(np.log(self.rng.standard_gamma(shape + 1.0)) + np.log(self.rng.random(shape.shape)) / shape)

    def gamma(self, shape: Floats) -> Floats:
        """Return (draw, ...) gamma draws of scale 1, or the shape itself."""
        return self.rng.standard_gamma(shape, (self.n, *shape.shape)) if self.n else shape[None]

    def beta(self, a: float, b: float) -> Floats:
        """Return (draw,) beta draws, or the mean."""
        return self.rng.beta(a, b, self.n) if self.n else np.array([a / (a + b)])


def _aged(layout: Layout, all_time: Counts, recent: Counts, draw: _Dirichlet) -> Floats:
    seen = all_time.ended.sum(axis=1)
    base = (seen + BASE_EVENTS * (seen > 0)) / (all_time.at_risk.sum(axis=1) + 1.0)[:, None]
    coarse = layout.coarse_of_cell
    far = _shrunk(draw, _binned(layout, all_time), base[:, None, :], ALL_TIME_EVENTS)
    near = _shrunk(draw, _binned(layout, recent), far, RECENT_EVENTS)
    return _shrunk(draw, recent, near[:, :, coarse], CELL_EVENTS)


def _shrunk(draw: _Dirichlet, counts: Counts, toward: Floats, events: float) -> Floats:
    """Return chances from counts and `events` exits' worth of the level above, which has draws or not yet."""
    leaving = toward.sum(axis=-1)
    weight = np.where(leaving > 0, events / np.maximum(leaving, _TINY), 0.0)
    exits = counts.ended + weight[..., None] * toward
    stay = np.maximum(counts.at_risk - counts.ended.sum(axis=-1), 0.0) + weight * (1.0 - leaving)
    return draw(exits, stay)


def _binned(layout: Layout, counts: Counts) -> Counts:
    """Return the counts gathered into coarse bins."""
    first = layout.first_of_coarse
    return Counts(np.add.reduceat(counts.at_risk, first, axis=1), np.add.reduceat(counts.ended, first, axis=1))


def _dated(layout: Layout, counts: Counts, draw: _Dirichlet) -> Floats:
    lost, won = (int(np.flatnonzero(layout.targets[0] == LOST)[0]), int(np.flatnonzero(layout.targets[0] != LOST)[0]))
    shape = (len(layout.dues), len(layout.ages))
    stood = counts.at_risk[0, :-1].reshape(shape)
    losses = counts.ended[0, :-1, lost].reshape(shape)
    usual = _row_times_column(stood, losses)
    rate = draw.gamma(losses + DATED_EVENTS) / (stood + DATED_EVENTS / usual)
    on_date = counts.ended[0, -1]
    stays = draw.beta(on_date[won] + _WON_BEFORE, on_date[lost] + _NOT_BEFORE)
    q = np.zeros((len(rate), 1, layout.n_cells, 2))
    q[:, 0, :-1, lost] = 1.0 - np.exp(-rate.reshape(len(rate), -1))
    q[:, 0, -1, won], q[:, 0, -1, lost] = stays, 1.0 - stays
    return q


def _row_times_column(stood: Floats, losses: Floats) -> Floats:
    """Return rates that are a row's factor times a column's, fitted by proportions."""
    row = np.full(len(stood), (losses.sum() + 0.5) / (stood.sum() + 1.0))
    column = np.ones(stood.shape[1])
    for _ in range(_ROUNDS):
        row = (losses.sum(axis=1) + 0.5) / (stood @ column + 1.0)
        column = (losses.sum(axis=0) + 0.5) / (row @ stood + 1.0)
    return np.outer(row, column)
