"""What more evidence is worth: which closed deals would narrow the forecast most, and by how much (model page, M14.3).

Suppose m more deals that leave a stage were seen, k of which advance. What would then be forecast is the law of today's
futures, each weighed by how likely it makes that finding: its own draw c of the conversion gives k of m with the weight
c^k (1 - c)^(m - k). So one run tells the width from P10 to P90 after every finding, and before it the mean of these
widths over the findings, each as likely as today's futures say. Nothing is simulated twice, and any law of belief will
do.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.analysis.drawn_conversions import conversions_of_draws
from funnelsim.engine.drawn import drawn_figures, drawn_rows
from funnelsim.engine.ensemble import Ensemble
from funnelsim.engine.kernel.plan import CONVERSION
from funnelsim.engine.simulate import Simulation
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case

SCHEMA = "funnelsim.value/1"
Floats = npt.NDArray[np.float64]
N_BLOCKS = 10  # the spread between parts of the run tells the error
N_SLICES = 25  # of a figure's draws, to tell the width if it were known
LOW, HIGH = 0.10, 0.90


@dataclass(frozen=True)
class Narrowing:
    """By how much the width from P10 to P90 would shrink on average, in the unit, and one standard error."""

    by: float
    error: float

    def as_json(self, width: float) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {"by": self.by, "by_se": self.error, "share": self.by / width if width else 0.0}


@dataclass(frozen=True)
class Worth:
    """What evidence on one believed figure is worth.

    Parameters
    ----------
    figure : str
        Such as ``stages.offer.win_rate``.
    stage : str
        Where deals would be seen to leave; empty for a figure of which closed deals tell nothing directly.
    deals : Narrowing, optional
        With so many more deals closed in the stage.
    certain : Narrowing
        If the figure were known for certain: no evidence on it can be worth more.
    """

    figure: str
    stage: str
    deals: Narrowing | None
    certain: Narrowing


@dataclass(frozen=True)
class ValueOfEvidence:
    """The width of the forecast, and what evidence on each believed figure would take off it."""

    case: Case
    n_deals: int
    width: float
    width_error: float
    low: float
    high: float
    worths: tuple[Worth, ...]
    trials: int
    seed: int

    @property
    def best(self) -> Worth | None:
        """Return the figure on which that many closed deals narrow most, if they narrow at all."""
        known = [(worth.deals.by, worth) for worth in self.worths if worth.deals]
        by, best = max(known, key=lambda pair: pair[0], default=(0.0, None))
        return best if by > 0 else None

    @property
    def rivals(self) -> tuple[Worth, ...]:
        """Return those whose narrowing is within two errors of the best one's."""
        best = self.best
        if best is None or best.deals is None:
            return ()
        top = best.deals
        return tuple(
            w
            for w in self.worths
            if w is not best and w.deals and top.by - w.deals.by < 2 * sqrt(top.error**2 + w.deals.error**2)
        )

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.value/1``."""
        return {
            "schema": SCHEMA,
            "case": self.case.name,
            "currency": self.case.money.currency,
            "unit": self.case.money.unit,
            "as_of": self.case.as_of.isoformat(),
            "trials": self.trials,
            "seed": self.seed,
            "deals": self.n_deals,
            "p10": self.low,
            "p90": self.high,
            "width": self.width,
            "width_se": self.width_error,
            "figures": [
                {
                    "figure": w.figure,
                    "stage": w.stage or None,
                    "closed_deals": w.deals.as_json(self.width) if w.deals else None,
                    "certain": w.certain.as_json(self.width),
                }
                for w in self.worths
            ],
            "best": self.best.stage if self.best else None,
            "rivals": [w.stage for w in self.rivals],
        }


def value_of_evidence(
    case: Case,
    n_deals: int = 20,
    *,
    trials: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
) -> ValueOfEvidence:
    """Tell what `n_deals` more closed deals in each stage would take off the width of total bookings.

    Raises
    ------
    InputError
        For fewer trials than the error asks for.
    RefusedError
        For a case that takes all its figures for certain.
    """
    n = case.trials if trials is None else trials
    if n < (least := 200 * N_SLICES):
        raise InputError.of(f"{n:,} trials; give {least:,} or more, so that their slices have quantiles", "trials")
    simulation = Simulation(case, seed=seed, threads=threads, measures=("bookings",))
    drawn = _drawn(simulation, n)
    if not drawn:
        raise RefusedError("every figure is taken as known, so that no evidence can be worth anything; state beliefs")
    total = smoothed(simulation.run(n), simulation.seed)
    low, high = np.quantile(total, (LOW, HIGH), method="inverted_cdf")
    blocks = [slice(*ends) for ends in _ends(n)]
    widths = np.array([_width(total[block]) for block in blocks])
    worths = tuple(_worth(one, total, n_deals, blocks) for one in drawn)
    return ValueOfEvidence(
        case, n_deals, float(high - low), float(widths.std(ddof=1)) / sqrt(N_BLOCKS), float(low), float(high), worths,
        n, simulation.seed,
    )  # fmt: skip


def smoothed(ensemble: Ensemble, seed: int) -> Floats:
    """Return (trial,) bookings in the unit, each spread evenly over one step of the lattice on which equal amounts lie.

    Without that a width could only be a whole number of steps, and what it shrinks by would be lost in rounding.
    """
    total, step = ensemble.total("bookings"), ensemble.step("bookings")
    spread = np.random.default_rng(seed).uniform(-0.5, 0.5, len(total)) * (step if step > 1 else 0)
    return np.asarray((total + spread) / 100.0)


def width_after(total: Floats, conversion: Floats, n_deals: int) -> tuple[Floats, Floats]:
    """Return, for k = 0 .. n_deals of that many deals that advance, the chance of the finding and the width after it.

    Parameters
    ----------
    total, conversion : array (trial,)
        What each future signs, and the conversion it drew.
    """
    order = np.argsort(total, kind="stable")
    sorted_total, c = total[order], np.clip(conversion[order], 1e-15, 1 - 1e-15)
    chances, widths = np.zeros(n_deals + 1), np.zeros(n_deals + 1)
    for k in range(n_deals + 1):
        log_weight = k * np.log(c) + (n_deals - k) * np.log1p(-c)
        weight = np.exp(log_weight - log_weight.max())
        upto = np.cumsum(weight)
        at = np.searchsorted(upto, np.array([LOW, HIGH]) * upto[-1] * (1 - 1e-12))
        widths[k] = sorted_total[at[1]] - sorted_total[at[0]]
        chances[k] = special.comb(n_deals, k) * upto[-1] / len(c) * np.exp(log_weight.max())
    return chances, widths


@dataclass(frozen=True)
class _Drawn:
    """A figure that every trial draws; `stage` is named where deals that leave it tell of the figure."""

    figure: str
    stage: str
    values: Floats


def _drawn(simulation: Simulation, n: int) -> list[_Drawn]:
    """Return the figures of a case that are drawn: its beliefs, and the conversions of fitted tables."""
    program, case = simulation.program, simulation.program.case
    values = drawn_figures(program, simulation.seed_key, n)
    about = {str(belief.about): belief.about for belief in case.beliefs}
    found = []
    for i, parameter in enumerate(program.parameters.parameters):
        tells = parameter.kind == CONVERSION and parameter.name in about
        found.append(_Drawn(parameter.name, about[parameter.name].stage if tells else "", values[:, i]))
    if case.fitted is not None and case.fitted.n_draws > 1:
        rows = drawn_rows(program, simulation.seed_key, n)
        by_draw = conversions_of_draws(case.fitted)[rows]
        found += [_Drawn(f"stages.{name}.conversion", name, by_draw[:, i]) for i, name in enumerate(case.fitted.names)]
    return found


def _worth(one: _Drawn, total: Floats, n_deals: int, blocks: list[slice]) -> Worth:
    deals = None
    if one.stage:
        deals = _narrowing(total, blocks, lambda part: _mean_width(total[part], one.values[part], n_deals))
    certain = _narrowing(total, blocks, lambda part: _width_if_known(total[part], one.values[part]))
    return Worth(one.figure, one.stage, deals, certain)


def _narrowing(total: Floats, blocks: list[slice], after: Any) -> Narrowing:
    """Return how much narrower the whole run gets, and the error that its parts show."""
    parts = np.array([_width(total[block]) - after(block) for block in blocks])
    whole = slice(0, len(total))
    return Narrowing(float(_width(total) - after(whole)), float(parts.std(ddof=1)) / sqrt(len(blocks)))


def _mean_width(total: Floats, conversion: Floats, n_deals: int) -> float:
    chances, widths = width_after(total, conversion, n_deals)
    return float(chances @ widths / chances.sum())


def _width_if_known(total: Floats, figure: Floats) -> float:
    """Return the mean width within slices of futures that drew about the same figure."""
    order = np.argsort(figure, kind="stable")
    return float(np.mean([_width(part) for part in np.array_split(total[order], N_SLICES)]))


def _width(total: Floats) -> float:
    low, high = np.quantile(total, (LOW, HIGH), method="inverted_cdf")
    return float(high - low)


def _ends(n: int) -> list[tuple[int, int]]:
    bounds = np.linspace(0, n, N_BLOCKS + 1).astype(int).tolist()
    return list(pairwise(bounds))
