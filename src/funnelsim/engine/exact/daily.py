"""Fitted stages in the exact engine: chances by the recursion over stage, age and day (model page, M1.2 and M11).

The points are the posterior draws, each as likely, and under each draw values of the hazard shock u. Where its law has
more values than are taken, every draw takes its own even choice of them; a choice half as large tells the error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from funnelsim.engine.exact.amounts import AS_QUOTED, Realisation, realisation_of
from funnelsim.engine.exact.cash_days import entry_shares
from funnelsim.engine.exact.flows import HUNDREDTHS, Flows, Kinds, drawn_together
from funnelsim.engine.exact.nodes import Axes, Nodes
from funnelsim.engine.exact.outcomes import Outcomes
from funnelsim.engine.kernel.plan import WON, Daily
from funnelsim.engine.laws import Curve
from funnelsim.engine.parameters import Draws
from funnelsim.engine.program import Program
from funnelsim.engine.program import Row as ResultRow
from funnelsim.engine.recursion import Asked, Calendar, end_chances
from funnelsim.errors import RefusedError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
N_SHOCKS = 16
N_MONEY_FACTORS = 32
MAX_CHANCES = 1 << 26
N_DAYS_READ = 400
N_POINTS_OF_DAYS = 256
_GOLDEN = 0.6180339887498949


def daily_of(program: Program) -> Daily:
    """Return the tables of a program that has them; few draws are repeated, so that each value of a belief has one."""
    daily = program.arrays.daily
    if daily is None:
        raise RefusedError("this case has no fitted tables")
    n_times = -(-N_MONEY_FACTORS // len(daily.chance)) if program.parameters.n else 1
    return daily._replace(chance=np.repeat(daily.chance, n_times, axis=0)) if n_times > 1 else daily


def is_thinned(program: Program) -> bool:
    """Tell whether not every value of the shock, or of a belief, is taken."""
    return program.parameters.n > 0 or _is_shock_thinned(program)


def _is_shock_thinned(program: Program) -> bool:
    return len(daily_of(program).shock) > _n_shocks(program)


def daily_nodes(program: Program, axes: Axes, *, coarser: float = 1.0) -> Nodes:
    """Return posterior draws (n), each with a factor on open amounts, and values of u (n, J, 1) for a shock."""
    daily = daily_of(program)
    n, shock = len(daily.chance), np.sort(daily.shock)
    n_shocks = max(1, int(_n_shocks(program) / coarser)) if _is_shock_thinned(program) else len(shock)
    at = (np.arange(n_shocks) + (np.arange(n)[:, None] * _GOLDEN + 0.5) % 1.0) / n_shocks
    chosen = shock[np.minimum((at * len(shock)).astype(int), len(shock) - 1)]
    if not _is_shock_thinned(program):
        chosen = np.repeat(shock[None], n, axis=0)
    one = np.ones(1)
    return Nodes(
        axes=axes,
        draws=_with_factors(program, n, int(N_MONEY_FACTORS / coarser)),
        shock=chosen[:, :, None],
        stretch=np.ones((n, n_shocks)),
        weight=np.full(n, 1.0 / n),
        outer_weight=np.full((n, n_shocks), 1.0 / n_shocks),
        inner_weight=one,
        without=np.empty((0, n)),
        blur=0.0,
    )


def _with_factors(program: Program, n: int, n_values: int) -> Draws:
    """Return n points of the belief in the realisation: values alike in weight, dealt out evenly among the draws."""
    parameters = program.parameters
    rank = np.argsort(np.argsort(np.arange(n) * _GOLDEN % 1.0))
    at = (rank * n_values // n + 0.5) / n_values if n > n_values else (rank + 0.5) / n
    draws = parameters.at(np.repeat(at[:, None], parameters.n, axis=1))
    for parameter in parameters.parameters:
        draws.realisation[:] *= parameter.curve.mean * parameter.factor / draws.realisation.mean()
    return draws


def _n_shocks(program: Program) -> int:
    daily, plan = daily_of(program), program.arrays
    size = len(plan.class_stage) * len(daily.chance) * plan.n_bins
    return int(np.clip(MAX_CHANCES // max(size, 1), 4, N_SHOCKS))


@dataclass(frozen=True)
class Chances:
    """Chances to end before each bound.

    `stood` (class, n, J, 1, bin) are those of open deals, `entered` (arrival, stratum, n, J, 1, bin) of new ones.
    """

    stood: Floats
    entered: Floats


def daily_chances(program: Program, nodes: Nodes, outcome: int, ends: Floats, *, enters: bool = True) -> Chances:
    """Return the chances of all classes, and with `enters` of the new deals of each arrival."""
    daily, plan = daily_of(program), program.arrays
    arrivals, n_strata = plan.business.arrivals, daily.chance.shape[1]
    lanes = _Lanes()
    standing = [
        [lanes.of(int(daily.class_stratum[c]), float(daily.class_boost[c])), int(stage), int(age), int(due)]
        for c, (stage, age, due) in enumerate(zip(plan.class_stage, plan.class_age, daily.class_due, strict=True))
    ]
    entering = [
        [
            lanes.of(g, float(daily.kind_boost[kind, g])),
            int(plan.business.kind_stage[kind]),
            int(start),
            max(round(float(days)), 1),
        ]
        for kind, start, days in zip(arrivals.kind, arrivals.start, arrivals.days, strict=True)
        for g in range(n_strata if enters else 0)
    ]
    asked = Asked(
        np.asarray(ends, np.int64),
        np.array([stratum for stratum, _ in lanes.known], np.int64),
        np.array(standing, np.int64).reshape(-1, 4),
        np.array(entering, np.int64).reshape(-1, 4),
    )
    boosts = np.array([boost for _, boost in lanes.known])
    factor = np.exp(nodes.shock[..., None] * [1.0, -1.0]) * np.stack([boosts, np.ones(len(boosts))], axis=1)
    calendar = Calendar(daily.multiplier, daily.kind_of_day)
    stood, entered = end_chances(daily.cells, daily.chance, calendar, asked, factor, outcome)
    entered = entered.reshape(*entered.shape[:2], -1, n_strata, len(ends)) if enters else entered[..., None, :]
    return Chances(np.moveaxis(stood, 2, 0)[:, :, :, None], np.moveaxis(entered, (2, 3), (0, 1))[:, :, :, :, None])


class _Lanes:
    """Pairs of stratum and factor, each numbered once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, float], int] = {}

    def of(self, stratum: int, boost: float) -> int:
        return self.known.setdefault((stratum, boost), len(self.known))


def daily_outcomes(program: Program, nodes: Nodes, outcome: int) -> Outcomes:
    """Return with what chance every class ends in `outcome` before each end of a bin."""
    found = daily_chances(program, nodes, outcome, program.bin_ends_days, enters=False)
    return Outcomes(None, found.stood, np.zeros(nodes.shape[:2], np.int64))


def daily_days_of_win(program: Program, nodes: Nodes) -> tuple[Floats, Floats]:
    """Return whole days (E,) and (class, E): P(win before that day), averaged.

    Of the points as many as N_POINTS_OF_DAYS are read, one value of u for each draw: days are whole, and read from
    the mean.
    """
    last = round(float(program.arrays.end_days))
    days = np.unique(np.rint(np.linspace(1.0, last, min(last, N_DAYS_READ))))
    n, n_shocks, _ = nodes.shape
    rows = np.unique(np.linspace(0, n - 1, min(n, N_POINTS_OF_DAYS)).astype(int))
    per_draw = max(1, min(n_shocks, N_POINTS_OF_DAYS // len(rows)))
    step = (np.arange(per_draw) + ((np.arange(len(rows))[:, None] * _GOLDEN) % 1.0)) / per_draw
    chosen = np.take_along_axis(nodes.shock[rows, :, 0], (step * n_shocks).astype(int), axis=1)
    daily = daily_of(program)
    fewer = program.arrays._replace(daily=daily._replace(chance=np.ascontiguousarray(daily.chance[rows])))
    few = Nodes(
        nodes.axes, nodes.draws, chosen[:, :, None], np.ones_like(chosen), np.full(len(rows), 1.0 / len(rows)),
        np.full(chosen.shape, 1.0 / per_draw), nodes.inner_weight, np.empty((0, len(rows))), 0.0,
    )  # fmt: skip
    return days, daily_chances(replace(program, arrays=fewer), few, WON, days, enters=False).stood.mean(axis=(1, 2, 3))


# ---- new deals


@dataclass(frozen=True)
class Entries:
    """Chances of new deals: `won` (arrival, stratum, n, J, 1, bin), `entered` (arrival, bin)."""

    won: Floats
    entered: Floats

    def chance_of(self, measure: str, first_bin: int, last_bin: int) -> Floats:
        """Return (arrival, stratum, n, J, 1): the chance of a new deal to count in a run of bins."""
        if measure == "new_deals":
            share = self.entered[:, last_bin] - (self.entered[:, first_bin - 1] if first_bin else 0.0)
            return np.asarray(np.ones(self.won.shape[:-1]) * share[:, None, None, None, None])
        upto = self.won[..., last_bin]
        return np.asarray(np.maximum(upto - self.won[..., first_bin - 1], 0.0) if first_bin else upto)


def daily_entries(program: Program, nodes: Nodes) -> Entries:
    """Return the chances of all arrivals."""
    ends = program.bin_ends_days
    return Entries(daily_chances(program, nodes, WON, ends).entered, entry_shares(program, ends))


def daily_flows(program: Program, row: ResultRow, chance: Floats, *, counts: bool) -> Flows | None:
    """Return the factors of a row's sources, a source's deals told apart by stratum; None where nothing new counts.

    Parameters
    ----------
    chance : array (arrival, stratum, n, J, 1)
    """
    cuts = np.asarray(program.case.fitted.cuts if program.case.fitted else (), float)
    strata = {
        number: _strata(program.curves[program.arrays.business.kind_amount_row[number]], cuts, counts=counts)
        for number in range(len(program.case.sources))
    }

    def of_arrival(a: int, number: int) -> Kinds:
        chances = tuple(chance[a, g] * share for g, (share, _) in enumerate(strata[number]))
        return chances, tuple(worth for _, worth in strata[number])

    return drawn_together(program, row, of_arrival)


def _strata(curve: Curve, cuts: Floats, *, counts: bool) -> list[tuple[float, Realisation]]:
    """Return, per stratum of the amount, its share and the law of what a deal of it is worth."""
    law = realisation_of(curve)
    if not counts and not np.isfinite(law.square):
        raise RefusedError("an amount without a finite variance; use --engine simulate", "variance")
    is_discrete = len(curve.atoms[0]) > 0
    order = np.argsort(law.values, kind="stable")
    values, probability = law.values[order], law.probability[order] / law.probability.sum()
    upto = np.concatenate([[0.0], np.cumsum(probability)])
    below = [
        float(probability[values < cut - 1e-9].sum()) if is_discrete else 1.0 - float(curve.survival(cut))
        for cut in cuts
    ]
    edges, found = [0.0, *below, 1.0], []
    for low, high in pairwise(edges):
        mass = np.maximum(np.minimum(upto[1:], high) - np.maximum(upto[:-1], low), 0.0)
        share = high - low
        if counts or share <= 0:
            found.append((share, AS_QUOTED))
            continue
        kept = mass > 0
        worth, weight = values[kept] * HUNDREDTHS, mass[kept] / mass.sum()
        worth = np.floor(worth + 0.5) if is_discrete else worth
        square = float(weight @ worth**2)
        if not len(cuts):
            square = law.square * HUNDREDTHS**2
        found.append((share, Realisation(worth, weight, float(weight @ worth), square)))
    return found
