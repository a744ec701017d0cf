"""Where the spread of a forecast comes from: layers of chance, one inside the other (model page, M14.3).

The layers are what is not known of the figures, the shared shock, how many new deals come, who wins, and what the
winners sign. In the fixed order L1, L2, ... the variance splits into

    Var(Y) = sum over k of E Var(E[Y | L1 .. Lk] | L1 .. Lk-1),

what each layer adds once those before it are known. Var(E[Y | S]) is the covariance of two runs that share the draws of
the layers in S and of no other, so nothing is nested: one more run a set of layers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import sqrt
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.shapley import in_order, shapley
from funnelsim.engine.redraw import LAYERS, Layer, redrawn
from funnelsim.engine.simulate import Simulation
from funnelsim.errors import RefusedError
from funnelsim.model.case import Case

SCHEMA = "funnelsim.layers/1"
MAX_WALKED = 4e9  # new deals of a run
Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class LayerShare:
    """The part of the variance that a layer brings, in squared units, and one standard error of it."""

    layer: Layer
    variance: float
    error: float


@dataclass(frozen=True)
class Layers:
    """The variance of total bookings, and its parts.

    Parameters
    ----------
    shares : tuple of LayerShare
        In the order of the split; a layer the case does not have is left out.
    is_fair : bool
        Whether shares are averages over all orders (Shapley) or those of the one order.
    n_runs : int
        How many runs it took.
    """

    case: Case
    mean: float
    variance: float
    shares: tuple[LayerShare, ...]
    is_fair: bool
    trials: int
    seed: int
    n_runs: int

    @property
    def sd(self) -> float:
        """Return the standard deviation of bookings."""
        return sqrt(self.variance)

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.layers/1``."""
        return {
            "schema": SCHEMA,
            "case": self.case.name,
            "currency": self.case.money.currency,
            "unit": self.case.money.unit,
            "as_of": self.case.as_of.isoformat(),
            "trials": self.trials,
            "seed": self.seed,
            "mean": self.mean,
            "sd": self.sd,
            "variance": self.variance,
            "basis": "all orders" if self.is_fair else "one order",
            "order": [one.layer for one in self.shares],
            "layers": [
                {
                    "layer": one.layer,
                    "variance": one.variance,
                    "variance_se": one.error,
                    "share": one.variance / self.variance if self.variance else 0.0,
                    "share_se": one.error / self.variance if self.variance else 0.0,
                }
                for one in self.shares
            ],
            "runs": self.n_runs,
        }


def split_layers(
    case: Case,
    *,
    fair: bool = False,
    trials: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    on_progress: Progress | None = None,
) -> Layers:
    """Split the variance of total bookings into layers of chance.

    Parameters
    ----------
    fair : bool
        Average over all orders of the layers (Shapley) rather than take them in the fixed one.
    trials, seed : int, optional
        Default: the case's own.

    Raises
    ------
    RefusedError
        For referral, loyalty and capacity, where the layers hang together, and for crowds of new deals.
    """
    simulation = Simulation(case, seed=seed, threads=threads, measures=("bookings",))
    there = layers_of(simulation)
    n = case.trials if trials is None else trials
    _refuse_crowds(simulation, n)
    runs, n_runs = 0, 2 ** len(there) - 1 if fair else len(there)

    def total(drawn_anew: tuple[Layer, ...]) -> Floats:
        nonlocal runs
        found = redrawn(simulation, drawn_anew).run(n).total("bookings") / 100.0
        runs += 1
        if on_progress is not None:
            on_progress(runs, n_runs)
        return np.asarray(found)

    base = total(())
    apart, mean = base - base.mean(), float(base.mean())

    def shared(kept: frozenset[Hashable]) -> Floats:
        """Return per trial what the run that shares the layers in `kept` adds to the covariance."""
        anew = tuple(layer for layer in there if layer not in kept)
        if not kept:
            return np.zeros(n)  # nothing shared: the covariance is known
        other = apart if not anew else _centred(total(anew))
        return np.asarray(apart * other)

    found = (shapley if fair else in_order)(there, shared)
    shares = tuple(
        LayerShare(cast("Layer", layer), float(one.mean()), float(one.std()) / sqrt(n))
        for layer, one in zip(found.players, found.share, strict=True)
    )
    return Layers(case, mean, float(base.var()), shares, fair, n, simulation.seed, runs)


def _refuse_crowds(simulation: Simulation, trials: int) -> None:
    """Refuse more new deals than can be walked one by one in reasonable time."""
    arrivals = simulation.program.arrays.business.arrivals
    expected = float(np.where(arrivals.exact < 0, arrivals.mean, arrivals.exact).sum())
    if expected * trials > MAX_WALKED:
        raise RefusedError(
            f"{expected:,.0f} new deals a future are too many to be walked one by one in {trials:,} trials; give "
            f"at most --trials {int(MAX_WALKED / expected):,}"
        )


def layers_of(simulation: Simulation) -> tuple[Layer, ...]:
    """Return the layers a case has, in the fixed order."""
    plan = simulation.program.arrays
    daily, arrivals = plan.daily, plan.business.arrivals
    has = {
        "parameters": len(plan.belief_key) > 0 or (daily is not None and daily.chance.shape[0] > 1),
        "shock": plan.is_latent or plan.tau > 0 or (daily is not None and bool(np.ptp(daily.shock) > 0)),
        "arrivals": len(arrivals.key) > 0,
        "wins": True,
        "amounts": plan.realisation_row >= 0 or bool((plan.business.kind_amount_row >= 0).any()),
    }
    return tuple(layer for layer in LAYERS if has[layer])


def _centred(values: Floats) -> Floats:
    return np.asarray(values - values.mean())
