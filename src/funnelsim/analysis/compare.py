"""Several assumptions on one pipeline, in the same futures (model page, M9, M14.4).

Every case is walked on the same random numbers: a deal whose chances two cases share ends on the same day in both, and
one whose chances differ ends differently only in the futures where that matters. So the difference has a law of its
own, much narrower than that of either forecast, and a standard error to match.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.answer import forecast
from funnelsim.analysis.booked import booked_in
from funnelsim.analysis.coupling_bound import least_variance
from funnelsim.analysis.differing import Between
from funnelsim.analysis.dominance import Dominance, dominance
from funnelsim.analysis.forecast import Summary, TargetForecast
from funnelsim.analysis.method import Gain, Method, gain_of_chance
from funnelsim.analysis.shapley import LARGEST_EXACT
from funnelsim.analysis.waterfall import N_ORDERS, Waterfall, figures_of, reporting, waterfall
from funnelsim.engine.ensemble import Ensemble
from funnelsim.engine.exact import exact
from funnelsim.engine.simulate import Simulation, simulate
from funnelsim.errors import InputError, Problem, RefusedError
from funnelsim.model.case import Case

SCHEMA = "funnelsim.compare/1"
Floats = npt.NDArray[np.float64]
Engine = Literal["auto", "exact", "simulate"]
Progress = Callable[[int, int], None]
LEVELS = {"p10": 0.10, "p50": 0.50, "p90": 0.90}


@dataclass(frozen=True)
class Assumption:
    """One case of the comparison: bookings with what is booked, and its chance of each target.

    `targets` are those of the first case, so that every chance speaks of the same thing.
    """

    name: str
    case: Case
    bookings: Summary
    booked: float
    targets: tuple[TargetForecast, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "name": self.name,
            "bookings": self.bookings.as_json(),
            "booked": self.booked,
            "targets": [target.as_json() for target in self.targets],
            "config": self.case.origin.config,
            "scenario": self.case.origin.scenario,
            "overrides": list(self.case.origin.overrides),
        }


@dataclass(frozen=True)
class Pair:
    """By how much an assumption is above the first one, future by future.

    Parameters
    ----------
    name : str
        The assumption held against the first one.
    mean, mean_se, sd : float
        Of the difference in one future, in the unit.
    quantiles : dict of str to float
        p10, p50 and p90 of that difference.
    higher, lower : float
        In which share of the futures it is above, and below; equal in the others.
    chances : tuple of Gain
        What the chance of each target gains.
    dominance : Dominance
        Of this assumption over the first one.
    independent_se : float
        Standard error of the mean difference on random numbers of their own, as measured.
    gain : float
        How many times as many futures independent draws would need for the same standard error.
    best_gain : float, optional
        The most that any way of sharing the luck of deals could gain; None where deals hang together.
    waterfall : Waterfall, optional
        From the first assumption to this one; None if it was not asked for.
    """

    name: str
    mean: float
    mean_se: float
    sd: float
    quantiles: dict[str, float]
    higher: float
    lower: float
    chances: tuple[Gain, ...]
    dominance: Dominance
    independent_se: float
    gain: float
    best_gain: float | None = None
    waterfall: Waterfall | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "name": self.name,
            "mean": self.mean,
            "mean_se": self.mean_se,
            "sd": self.sd,
            "quantiles": self.quantiles,
            "higher": self.higher,
            "lower": self.lower,
            "equal": 1.0 - self.higher - self.lower,
            "targets": [{"chance": gain.value, "chance_se": gain.error} for gain in self.chances],
            "dominance": self.dominance.as_json(),
            "independent_se": self.independent_se,
            "gain": self.gain if np.isfinite(self.gain) else None,
            "best_gain": self.best_gain,
            "waterfall": self.waterfall.as_json() if self.waterfall else None,
        }


@dataclass(frozen=True)
class Comparison:
    """Every assumption, and every one but the first held against the first."""

    assumptions: tuple[Assumption, ...]
    pairs: tuple[Pair, ...]
    trials: int
    seed: int

    @property
    def first(self) -> Assumption:
        """Return what the others are held against."""
        return self.assumptions[0]

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from funnelsim.analysis.notebook import comparison_html

        return comparison_html(self)

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.compare/1``."""
        case = self.first.case
        return {
            "schema": SCHEMA,
            "case": case.name,
            "currency": case.money.currency,
            "unit": case.money.unit,
            "as_of": case.as_of.isoformat(),
            "trials": self.trials,
            "seed": self.seed,
            "assumptions": [one.as_json() for one in self.assumptions],
            "against_first": [pair.as_json() for pair in self.pairs],
        }


def compare(
    cases: Mapping[str, Case],
    *,
    trials: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    engine: Engine = "auto",
    steps: bool = True,
    on_progress: Progress | None = None,
) -> Comparison:
    """Compare cases by name with the first one of them.

    Parameters
    ----------
    cases : mapping of str to Case
        Two at least, of one day and one unit. The targets of the first are asked of all.
    trials, seed : int, optional
        Default: the first case's own.
    engine : {"auto", "exact", "simulate"}
        What computes the waterfalls: exact laws where they apply, them alone, or the same trials.
    steps : bool
        Whether waterfalls are worked out.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        For fewer than two cases, or cases of another day or unit.
    RefusedError
        As from the engine.
    """
    if len(cases) < 2:
        raise InputError.of("one case alone; name two or more to compare")
    prepared = _alike(cases)
    names, first = list(prepared), next(iter(prepared.values()))
    betweens = _betweens(prepared)
    chosen = Simulation(first, seed=seed).seed
    n = first.trials if trials is None else trials
    # waterfalls first: they tell of inputs that do not go together before anything long is computed
    method = Method("simulate", n, chosen, threads)
    falls = _waterfalls(betweens, method, engine, on_progress) if steps else {}
    base = _walked(first, method)
    assumptions, pairs = [_assumption(names[0], cases[names[0]], base)], []
    for name in names[1:]:
        other = _walked(prepared[name], method)
        assumptions.append(_assumption(name, cases[name], other))
        afresh = simulate(prepared[name], trials=n, seed=chosen, threads=threads, measures=("bookings",), first_trial=n)
        pairs.append(_pair(name, base, other, afresh, falls.get(name)))
    return Comparison(tuple(assumptions), tuple(pairs), n, chosen)


def _alike(cases: Mapping[str, Case]) -> dict[str, Case]:
    """Return the cases under the names they are compared by, with the targets of the first and the groups of those."""
    first = next(iter(cases.values()))
    return {
        name: replace(case, name=name or case.name, targets=first.targets, groups=()) for name, case in cases.items()
    }


def _betweens(cases: Mapping[str, Case]) -> dict[str, Between]:
    """Return what lies between the first case and each of the others, or tell of all that cannot be compared."""
    first, *others = cases
    found, problems = dict[str, Between](), list[Problem]()
    for name in others:
        try:
            found[name] = Between(cases[first], cases[name])
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def _walked(case: Case, method: Method) -> Ensemble:
    wanted = {"bookings", *(target.measure for target in case.targets)}
    return simulate(
        case, trials=method.trials, seed=method.seed, threads=method.threads,
        measures=tuple(name for name in case.measures if name in wanted),
    )  # fmt: skip


def _assumption(name: str, case: Case, ensemble: Ensemble) -> Assumption:
    told = forecast(ensemble)
    return Assumption(name, case, told.bookings.total, told.bookings.booked, told.targets)


def totals(ensemble: Ensemble) -> Floats:
    """Return (trial,) bookings in the unit, what is booked counted in."""
    return np.asarray(ensemble.total("bookings") / 100.0 + booked_in(ensemble.case, "bookings", {}))


def _pair(name: str, base: Ensemble, other: Ensemble, afresh: Ensemble, fall: Waterfall | None) -> Pair:
    a, b = totals(base), totals(other)
    apart, n = b - a, len(a)
    least = least_variance(base.case, other.case)
    se, alone = float(apart.std()) / sqrt(n), float((totals(afresh) - a).std()) / sqrt(n)
    return Pair(
        name,
        float(apart.mean()),
        se,
        float(apart.std()),
        {key: float(np.quantile(apart, p, method="inverted_cdf")) for key, p in LEVELS.items()},
        float((apart > _SAME).mean()),
        float((apart < -_SAME).mean()),
        tuple(gain_of_chance(base, other, target) for target in base.case.targets),
        dominance(b, a),
        alone,
        (alone / se) ** 2 if se > 0 else float("inf"),
        alone**2 * n / least if least else None,
        fall,
    )


_SAME = 0.005  # half a hundredth of the unit


# ---- waterfalls


def _waterfalls(
    betweens: Mapping[str, Between], method: Method, engine: Engine, on_progress: Progress | None
) -> dict[str, Waterfall]:
    n_values = sum(_n_values(len(between.inputs)) for between in betweens.values())
    chosen = method if engine == "simulate" or not _answers_exactly(betweens, engine) else Method("exact")
    told, done = {}, 0

    def report(known: int, _: int) -> None:
        if on_progress is not None:
            on_progress(done + known, n_values)

    for name, between in betweens.items():
        value = reporting(_value_between(between, chosen), n_values, report)
        told[name] = waterfall(between.inputs, value, chosen.engine, seed=method.seed or 0)
        done += told[name].n_cases
    return told


def _value_between(between: Between, method: Method) -> Callable[[frozenset[Any]], Floats]:
    def figures(taken: frozenset[Any]) -> Floats:
        try:
            return figures_of(method.answer(between.case(taken)))
        except InputError as error:
            names = ", ".join(sorted(map(str, taken)))
            raise InputError.of(
                f"no waterfall: the inputs {names} of '{between.second.name}' do not go with the others of "
                f"'{between.first.name}' ({error}); leave it out with --no-waterfall"
            ) from error

    return figures


def _answers_exactly(betweens: Mapping[str, Between], engine: Engine) -> bool:
    """Tell whether the exact engine answers every case; refuse where it must and does not."""
    try:
        for between in betweens.values():
            for case in (between.first, between.second):
                exact(case).total("bookings")
    except RefusedError:
        if engine == "exact":
            raise
        return False
    return True


def _n_values(n_inputs: int) -> int:
    return 2**n_inputs if n_inputs <= LARGEST_EXACT else N_ORDERS * (n_inputs - 1) + 2
