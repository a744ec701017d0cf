"""Goal seek: from a case and a goal to the least of an input that reaches it (model page, M15).

By the exact engine where it applies; otherwise by simulation with a certificate from draws that the search has not
seen.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from math import ceil

import numpy as np
from scipy import special

from funnelsim.analysis.booked import needed_in_unit
from funnelsim.analysis.goal import Certificate, EngineName, Goal, GoalSeek, Held, Rates, Solution
from funnelsim.analysis.levers import Lever, Value
from funnelsim.analysis.search import smallest
from funnelsim.analysis.trials import Draws, certified
from funnelsim.analysis.wanted import Wanted
from funnelsim.engine.exact import exact
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case

ROUNDING = 1e-12
CONFIDENCE = 0.99
N_FOR_THE_LINE = 16
_RATES = {"win_rate", "conversion", "exit"}


class UnreachedError(RefusedError):
    """No value of the input reaches the goal; the message tells how far the largest one gets."""


@dataclass(frozen=True)
class Means:
    """How a goal is worked out.

    Parameters
    ----------
    engine : {"exact", "simulate"}, optional
        Default: the exact one where it applies.
    trials, seed, threads : int, optional
        Of the simulation; default: the case's own.
    confidence : float
        Of the certificate of a simulated answer, whatever number of values it took.
    """

    engine: EngineName | None = None
    trials: int | None = None
    seed: int | None = None
    threads: int | None = None
    confidence: float = CONFIDENCE


def seek(case: Case, goal: Goal, wanted: Wanted | None = None, means: Means | None = None) -> GoalSeek:
    """Solve a case for the least of an input at which a goal is reached.

    Parameters
    ----------
    case : Case
    goal : Goal
    wanted : Wanted, optional
        What to solve for; default: prospects of the first stage, instead of the open deals.
    means : Means, optional

    Raises
    ------
    InputError
        If the input, or what must be known of new deals, cannot be told from case and question.
    UnreachedError
        If no value of the input reaches the goal; the message tells the chance at the largest.
    RefusedError
        If the engine that is asked for does not answer, or so few trials cannot tell.
    """
    wanted, means = wanted or Wanted(), means or Means()
    asked = _asked(case, goal)
    needed = needed_in_unit(replace(asked, booked=()) if wanted.starts_afresh else asked, goal.target)
    if needed <= 0:
        raise InputError.of("what is booked reaches the target already; ask for more", f"--{goal.target.measure}")
    lever = wanted.lever(asked, needed)
    seed = _seed(asked, means)
    questions = [_Question(variant, goal, lever, rates, seed, means) for rates, variant in _variants(asked).items()]
    solutions, unreached = _all_solved(questions)
    is_drawn = any(solution.certificate.engine == "simulate" for solution in solutions)
    return GoalSeek(case, goal, lever, solutions, seed if is_drawn else None, unreached)


def _all_solved(questions: list[_Question]) -> tuple[tuple[Solution, ...], str]:
    """Return the answers; the last question must have one, one before it may be out of reach."""
    *before, main = questions
    found, unreached = [], ""
    for question in before:
        try:
            found.append(_solved(question))
        except UnreachedError as error:
            unreached = str(error)
    try:
        found.append(_solved(main))
    except UnreachedError as error:
        known = "".join(f" (with rates taken as known: {shown(one.answer)})" for one in found)
        raise UnreachedError(f"{error}{known}") from None
    return tuple(found), unreached


def _asked(case: Case, goal: Goal) -> Case:
    """Return the case with the goal's target in place of its own, nothing told apart."""
    by = goal.target.by
    if by is not None and case.end is None:
        raise InputError.of("the horizon is unlimited; leave out --by, or state stays and a horizon", "--by")
    if by is not None and case.end is not None and not case.as_of <= by < case.end:
        raise InputError.of(f"{by} is outside the horizon, {case.as_of} up to and without {case.end}", "--by")
    return replace(case, targets=(goal.target,), groups=())


def _seed(case: Case, means: Means) -> int:
    if means.seed is not None:
        return means.seed
    return case.seed if case.seed is not None else secrets.randbelow(2**31)


def _variants(case: Case) -> dict[Rates, Case]:
    """Return the case with rates known at their means, and as it believes if it believes anything of rates."""
    kept = tuple(belief for belief in case.beliefs if belief.about.kind not in _RATES)
    if len(kept) == len(case.beliefs):
        return {"known": case}
    about = {belief.about for belief in kept}
    correlations = tuple(c for c in case.correlations if set(c.between) <= about)
    return {"known": replace(case, beliefs=kept, correlations=correlations), "learnt": case}


@dataclass(frozen=True)
class _Question:
    """One variant of a case with all it takes to solve it."""

    case: Case
    goal: Goal
    lever: Lever
    rates: Rates
    seed: int
    means: Means

    def at(self, step: int) -> Case:
        return self.lever.put(self.case, step)

    def unreached(self, step: int, chance: float, at_most: str = "") -> UnreachedError:
        """Return what is said where even the last step is too little."""
        value = shown(self.lever.value(step))
        whose = {"known": "with rates taken as known", "learnt": "with rates as learnt"}[self.rates]
        top = {
            "prospects": f"{value} prospects, the most that are tried,",
            "conversion": f"a conversion of {value} in '{self.lever.stage}', the largest there can be,",
            "date": f"{value}, the last day of the horizon,",
            "input": f"{value}, the most favourable end of the range,",
            "latest": f"prospects that enter on {value}, the day of the forecast,",
        }[self.lever.kind]
        remedy = {
            "prospects": "ask for less",
            "conversion": "ask for less, or solve for prospects",
            "input": "ask for less, or give a wider range",
            "latest": "ask for less, or for more prospects",
        }.get(self.lever.kind, "ask for less, or state a longer horizon")
        verb = {"prospects": "give", "date": "leaves", "latest": "give"}.get(self.lever.kind, "gives")
        return UnreachedError(
            f"{whose} the goal is out of reach: {top} {verb} a chance of {at_most}{100 * chance:.4g}%, "
            f"and {100 * self.goal.chance:g}% is asked for; {remedy}"
        )


def _solved(question: _Question) -> Solution:
    engine = question.means.engine
    if engine == "simulate":
        return _by_trials(question, None)
    try:
        return _exactly(question)
    except UnreachedError:
        raise
    except RefusedError as error:
        if engine == "exact":
            raise
        return _by_trials(question, error)


def _measures(question: _Question) -> tuple[str, ...]:
    return (question.goal.target.measure,)


# ---- exactly


def _exactly(question: _Question) -> Solution:
    lever, wanted = question.lever, question.goal.chance - ROUNDING
    known: dict[int, tuple[Held, float]] = {}

    def at(step: int) -> Held:
        if step not in known:
            case = question.at(step)
            law = exact(case, _measures(question)).toward(case.targets[0])
            needed = needed_in_unit(case, case.targets[0])
            chance, error = law.chance_at_least(needed), law.chance_error_at(needed)
            held = Held(lever.value(step), chance, max(chance - error, 0.0), min(chance + error, 1.0))
            known[step] = held, law.mean / needed
        return known[step][0]

    def mean(step: int) -> float:
        at(step)
        return known[step][1]

    if lever.kind == "prospects":
        _refuse_hopeless(question, mean)
    answer = smallest(lambda step: _height(at(step).low, wanted), lever.first, lever.last, lever.guess, lever.stride)
    if answer is None:
        raise question.unreached(lever.last, at(lever.last).chance)
    estimate = smallest(lambda step: _height(at(step).chance, wanted), lever.first, answer, answer)
    average = _on_average(lever, mean, {step: share for step, (_, share) in known.items()}, lever.last)
    return Solution(
        question.rates,
        lever.value(answer),
        lever.value(answer if estimate is None else estimate),
        Certificate("exact", at(answer), at(answer - 1) if answer > lever.first else None),
        None if average is None else at(average),
    )


def _refuse_hopeless(question: _Question, mean: Callable[[int], float]) -> None:
    """Raise where the mean of the most prospects shows the goal out of reach: P(Y >= K) <= E[Y] / K.

    The mean is a straight line in the number of prospects, so two small books tell it, where a search would work out
    a hundred thousand deals before it gives up.
    """
    lever = question.lever
    low, high = lever.first, min(lever.first + N_FOR_THE_LINE, lever.last)
    slope = (mean(high) - mean(low)) / max(high - low, 1)
    most = mean(low) + slope * (lever.last - low)
    if most < question.goal.chance - ROUNDING:
        raise question.unreached(lever.last, most, "at most ")


def _height(chance: float, wanted: float) -> float:
    """Return how far a chance is above the wanted one on the normal scale, where it rises almost straight."""
    if chance >= wanted > chance - ROUNDING:
        return 0.0
    return float(special.ndtri(np.clip(chance, 1e-15, 1 - 1e-15)) - special.ndtri(wanted))


def _on_average(lever: Lever, mean: Callable[[int], float], known: dict[int, float], last: int) -> int | None:
    """Return the step at which the mean (as a share of what is needed) reaches the target.

    Begins where a straight line through what is known already says so: in the number of prospects it is one.
    """
    low, high = min(known), max(known)
    slope = (known[high] - known[low]) / (high - low) if high > low else 0.0
    guess = ceil(high + (1.0 - known[high]) / slope - 1e-6) if slope > 0 else lever.guess
    return smallest(lambda step: mean(step) - (1.0 - 1e-9), lever.first, last, guess)


# ---- by trials


def _by_trials(question: _Question, why: RefusedError | None) -> Solution:
    lever, means = question.lever, question.means
    draws = Draws(question.at, question.goal.target.measure, means.trials or question.case.trials, question.seed,
                  means.threads, lambda step: lever.n_deals(question.case, step))  # fmt: skip
    last = draws.last_step(lever.first, lever.last)
    alpha = 1.0 - means.confidence
    found = certified(draws, question.goal.chance, alpha, lever.first, last, lever.guess, lever.stride)
    if found is None:
        raise question.unreached(last, draws.searched(last).share)

    def held(step: int) -> Held:
        hits = draws.fresh(step)
        return Held(lever.value(step), hits.share, hits.at_least(alpha), hits.at_most(alpha))

    before = held(found.step - 1) if found.step > lever.first else None
    average = _on_average(lever, lambda step: draws.searched(step).mean, draws.means(), last)
    return Solution(
        question.rates,
        lever.value(found.step),
        lever.value(found.estimate),
        Certificate("simulate", held(found.step), before, draws.trials, means.confidence),
        None if average is None else held(average),
        why,
    )


def shown(value: Value) -> str:
    """Return a value of an input as a message quotes it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{100 * value:.6g}%"
