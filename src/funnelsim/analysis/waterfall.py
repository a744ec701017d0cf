"""A change of the forecast, cause by cause: from A to B in steps that add up exactly (model page, M14.4)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.booked import booked_in
from funnelsim.analysis.method import Result
from funnelsim.analysis.shapley import Shares, Value, fair_shares, in_order
from funnelsim.engine.ensemble import Ensemble
from funnelsim.engine.quantiles import summarise_sample

Floats = npt.NDArray[np.float64]
FIGURES: dict[str, float | None] = {"mean": None, "p10": 0.10, "p50": 0.50, "p90": 0.90}
Basis = Literal["all orders", "sampled orders", "one order"]
N_ORDERS = 64


@dataclass(frozen=True)
class Step:
    """What one cause adds to each figure, and the error of that where orders were sampled."""

    cause: Hashable
    adds: dict[str, float]
    error: dict[str, float]


@dataclass(frozen=True)
class Waterfall:
    """The steps from one forecast to another.

    Parameters
    ----------
    start, end : dict of str to float
        mean, p10, p50 and p90 of bookings, what is booked counted in.
    steps : tuple of Step
        In the order they were given; they add up to ``end - start`` for every figure.
    basis : str
        Averages over all orders of the causes, over sampled ones, or the one order of the steps.
    engine : {"simulate", "exact"}
    n_cases : int
        How many cases were forecast for it.
    n_orders : int
        How many orders were sampled; 0 where none were.
    """

    start: dict[str, float]
    end: dict[str, float]
    steps: tuple[Step, ...]
    basis: Basis
    engine: Literal["simulate", "exact"]
    n_cases: int
    n_orders: int = 0

    @property
    def residual(self) -> dict[str, float]:
        """Return what the steps leave unexplained: nothing but the rounding of floats."""
        return {
            name: self.end[name] - self.start[name] - sum(step.adds[name] for step in self.steps) for name in FIGURES
        }

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "start": self.start,
            "end": self.end,
            "steps": [{"cause": str(s.cause), "adds": s.adds, "error": s.error} for s in self.steps],
            "basis": self.basis,
            "engine": self.engine,
            "cases": self.n_cases,
            "orders": self.n_orders,
        }


def waterfall(
    causes: Sequence[Hashable],
    value: Value,
    engine: Literal["simulate", "exact"],
    *,
    ordered: bool = False,
    seed: int = 0,
) -> Waterfall:
    """Return the steps by which `value` goes from no cause to all causes.

    Parameters
    ----------
    causes : sequence
    value : callable
        Gives the figures (mean, p10, p50, p90) when a set of causes has acted.
    ordered : bool
        Take the causes one after the other as they come; otherwise average over orders (Shapley).
    seed : int
        Of sampled orders.
    """
    found = in_order(causes, value) if ordered else fair_shares(causes, value, n_orders=N_ORDERS, seed=seed)
    basis: Basis = "one order" if ordered else "sampled orders" if found.n_orders else "all orders"
    n_orders = found.n_orders if basis == "sampled orders" else 0
    return Waterfall(_named(found.start), _named(found.end), _steps(found), basis, engine, found.n_values, n_orders)


def figures_of(result: Result, signed: float | None = None) -> Floats:
    """Return (mean, p10, p50, p90) of total bookings in the unit, `signed` (default: what is booked) added."""
    booked = booked_in(result.case, "bookings", {}) if signed is None else signed
    levels = [p for p in FIGURES.values() if p is not None]
    if isinstance(result, Ensemble):
        told = summarise_sample(result.total("bookings"), levels, result.step("bookings"))
        return booked + np.array([told.mean, *told.quantiles]) / 100.0
    law = result.total("bookings")
    return booked + np.array([law.mean, *(law.quantile(p) for p in levels)])


def reporting(value: Value, n: int, on_progress: Callable[[int, int], None] | None) -> Value:
    """Return the value function that also tells how many of `n` values are known."""
    known: list[None] = []

    def told(acted: frozenset[Hashable]) -> Floats:
        found = value(acted)
        known.append(None)
        if on_progress is not None:
            on_progress(len(known), max(n, len(known)))
        return found

    return told


def _steps(found: Shares) -> tuple[Step, ...]:
    return tuple(
        Step(player, _named(adds), _named(error))
        for player, adds, error in zip(found.players, found.share, found.error, strict=True)
    )


def _named(values: Floats) -> dict[str, float]:
    return {name: float(value) for name, value in zip(FIGURES, values, strict=True)}
