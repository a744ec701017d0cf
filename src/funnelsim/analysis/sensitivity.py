"""What moves a forecast: one input at a time, all inputs together, and what a point of each conversion is worth."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from funnelsim.analysis.conditional import Answers, answers_of, outputs_of
from funnelsim.analysis.gradient import Gradient, gradient
from funnelsim.analysis.hops import HopWorth, hops_worth
from funnelsim.analysis.input import Inputs
from funnelsim.analysis.inputs import inputs_of
from funnelsim.analysis.shapley_effects import ShapleyEffects, shapley_effects
from funnelsim.analysis.sobol import Estimate, SobolIndices, sobol_indices
from funnelsim.analysis.tornado import Tornado, points, tornado_of
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case
from funnelsim.model.opening import Range
from funnelsim.model.target import Target

Progress = Callable[[int, int], None]
SCHEMA = "funnelsim.sensitivity/1"
N_POINTS = 256
WALKS_A_ROW = 4  # Shapley effects are noisier than indices
N_TRIALS = 4_000
N_POINTS_FITTED, N_TRIALS_FITTED = 64, 1_000  # every setting is lowered anew
N_TRIALS_OF_GRADIENT = 20_000
MAX_POINTS = 1 << 16


@dataclass(frozen=True)
class Plan:
    """How a sensitivity is worked out.

    Parameters
    ----------
    engine : {"exact", "simulate"}, optional
        Default: exact where that answers within bearable work.
    points : int, optional
        Rows of the design of Sobol' indices; Shapley effects take four walks a row. 0: the tornado alone. Default 256,
        and 64 of fitted tables.
    trials : int, optional
        Of every setting, where it is simulated. Default 4,000, and 1,000 of fitted tables.
    gradient_trials : int
        Of the one run that the gradient comes from; 0 for none.
    shapley : bool
        Whether Shapley effects are told also where inputs are independent.
    confidence : float
        Of the intervals.
    """

    engine: str | None = None
    points: int | None = None
    trials: int | None = None
    gradient_trials: int = N_TRIALS_OF_GRADIENT
    shapley: bool = False
    confidence: float = 0.95
    seed: int | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        n = self.points
        if n and not (2 <= n <= MAX_POINTS and n & (n - 1) == 0):
            raise InputError.of(f"{n}; give a power of 2 from 2 to {MAX_POINTS:,}, or 0", "--points")

    def sized(self, case: Case) -> Plan:
        """Return the plan with the default sizes for a case where it states none."""
        points, trials = (N_POINTS, N_TRIALS) if case.fitted is None else (N_POINTS_FITTED, N_TRIALS_FITTED)
        return replace(self, points=points if self.points is None else self.points, trials=self.trials or trials)

    @property
    def n_points(self) -> int:
        """Return the rows of the design."""
        return N_POINTS if self.points is None else self.points

    @property
    def n_trials(self) -> int:
        """Return the trials of a setting."""
        return self.trials or N_TRIALS


@dataclass(frozen=True)
class Sensitivity:
    """The answers.

    Parameters
    ----------
    outputs : tuple of str
        ``mean``, ``p10``, ``p50``, ``p90`` of bookings, booked counted in, and ``target_1`` .. the chances.
    sobol : SobolIndices or None
        None where inputs are correlated.
    shapley : ShapleyEffects or None
        None where inputs are independent and it was not asked for.
    engine, trials
        What gave the answers at every setting; no trials if the exact engine did.
    seed : int
        Of the design and of all trials; drawn if neither plan nor case states one.
    why_simulated : RefusedError, optional
        Why the exact engine did not answer, None if it did or was not asked.
    """

    inputs: Inputs
    outputs: tuple[str, ...]
    tornado: Tornado
    sobol: SobolIndices | None
    shapley: ShapleyEffects | None
    gradient: Gradient | None
    hops: tuple[HopWorth, ...]
    plan: Plan
    engine: str
    trials: int | None
    seed: int
    why_simulated: RefusedError | None = None

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.inputs.case

    @property
    def n_settings(self) -> int:
        """Return at how many settings of the inputs the answers were worked out."""
        return _n_settings(self.inputs, self.plan)

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.sensitivity/1`` as plain values."""
        case = self.case
        return {
            "schema": SCHEMA,
            "case": case.name,
            "currency": case.money.currency,
            "unit": case.money.unit,
            "as_of": case.as_of.isoformat(),
            "outputs": list(self.outputs),
            "targets": [_target_json(target) for target in case.targets],
            "inputs": [one.as_json() for one in self.inputs.inputs],
            "tornado": {name: getattr(self.tornado, name).tolist() for name in ("base", "low", "high")},
            "sobol": _indices_json(self.sobol),
            "shapley": _effects_json(self.shapley),
            "gradient": self.gradient.as_json() if self.gradient else None,
            "hops": [hop.as_json() for hop in self.hops],
            "engine": self.engine,
            "points": self.plan.points,
            "trials": self.trials,
            "seed": self.seed,
            "confidence": self.plan.confidence,
            "why_simulated": str(self.why_simulated or ""),
            "config": case.origin.config,
            "config_sha256": case.origin.config_sha256,
            "overrides": list(case.origin.overrides),
            "scenario": case.origin.scenario,
        }


def sensitivity(
    case: Case,
    plan: Plan | None = None,
    ranges: Mapping[str, Range] | None = None,
    *,
    on_progress: Progress | None = None,
) -> Sensitivity:
    """Return what moves the forecast of a case.

    Parameters
    ----------
    case : Case
    plan : Plan, optional
    ranges : mapping of str to (low, high), optional
        Ranges by the name of an input, in place of its belief or its default.
    on_progress : callable, optional
        Called with (settings done, all settings).

    Raises
    ------
    InputError
        For an unknown input, or a range out of bounds.
    RefusedError
        If the exact engine is asked for and does not answer the case.
    """
    plan = (plan or Plan()).sized(case)
    inputs = inputs_of(case, ranges)
    report = on_progress or _silent
    seed = next((s for s in (plan.seed, case.seed) if s is not None), secrets.randbelow(2**31))
    answers, why = answers_of(
        inputs, _n_settings(inputs, plan), plan.n_trials, engine=plan.engine, seed=seed, threads=plan.threads
    )
    tornado = tornado_of(answers(points(inputs.base, inputs.low, inputs.high)))
    sobol, shapley = _shares(inputs, answers, plan, seed, report)
    slopes = None
    if plan.gradient_trials:
        slopes = gradient(case, trials=plan.gradient_trials, seed=seed, threads=plan.threads)
    return Sensitivity(
        inputs,
        outputs_of(case),
        tornado,
        sobol,
        shapley,
        slopes,
        hops_worth(inputs, answers),
        plan,
        answers.engine,
        answers.trials,
        seed,
        why,
    )


def output_number(case: Case, name: str | None) -> int:
    """Return the number of an output; by default the chance of the first target, or else the even chance.

    Raises
    ------
    InputError
        If the case has no such output.
    """
    names = outputs_of(case)
    wanted = name or ("target_1" if case.targets else "p50")
    if wanted not in names:
        raise InputError.of(f"no output '{wanted}'; take {', '.join(names)}", "--of")
    return names.index(wanted)


def _n_settings(inputs: Inputs, plan: Plan) -> int:
    """Return at how many settings of the inputs a plan asks for answers."""
    hops = sum(one.kind == "keeps" for one in inputs.inputs)
    d, n = len(inputs), 1 + 2 * len(inputs) + 2 * hops
    if not inputs.are_correlated:
        n += plan.n_points * (d + 2)
    if inputs.are_correlated or plan.shapley:
        n += WALKS_A_ROW * plan.n_points * (d + 1)
    return n


def _shares(
    inputs: Inputs, answers: Answers, plan: Plan, seed: int, report: Progress
) -> tuple[SobolIndices | None, ShapleyEffects | None]:
    n, confidence = plan.n_points, plan.confidence
    sobol = shapley = None
    if not n:
        return None, None
    if not inputs.are_correlated:
        sobol = sobol_indices(
            lambda u: answers(inputs.figures(u), report), len(inputs), n_points=n, seed=seed, confidence=confidence
        )
    if inputs.are_correlated or plan.shapley:
        shapley = shapley_effects(
            lambda z: answers(inputs.from_scores(z), report),
            inputs.correlation,
            n_points=WALKS_A_ROW * n,
            seed=seed,
            confidence=confidence,
        )
    return sobol, shapley


def _target_json(target: Target) -> dict[str, Any]:
    by = target.by.isoformat() if target.by else None
    return {"measure": target.measure, "amount": target.amount, "by": by, "group": dict(target.group)}


def _indices_json(found: SobolIndices | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"first": _estimate_json(found.first), "total": _estimate_json(found.total), **_moments_json(found)}


def _effects_json(found: ShapleyEffects | None) -> dict[str, Any] | None:
    return None if found is None else {"share": _estimate_json(found.share), **_moments_json(found)}


def _estimate_json(estimate: Estimate) -> dict[str, Any]:
    return {name: getattr(estimate, name).tolist() for name in ("value", "low", "high")}


def _moments_json(found: SobolIndices | ShapleyEffects) -> dict[str, Any]:
    return {"mean": found.mean.tolist(), "sd": found.sd.tolist()}


def _silent(_done: int, _all: int) -> None:
    """Say nothing."""
