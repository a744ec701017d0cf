"""Simulated and exact agree (model page, M11), on 54 random cases and the negative controls.

Each case gives up to 4 periods and a total, 2 measures, 6 statistics, and its targets: under 4,000 comparisons. At
z = 5.2 (two-sided 2e-7) the whole file errs less than once in 1,000 seeds.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from funnelsim.analysis.booked import needed_for
from funnelsim.engine.exact import exact
from funnelsim.engine.quantiles import summarise_sample
from funnelsim.engine.simulate import simulate
from funnelsim.model.funnel import Exit, Funnel
from funnelsim.model.shock import Shock
from tests.engine.random_cases import random_case

Z = 5.2
N_TRIALS = 40_000
LEVELS = (0.1, 0.5, 0.9)


def disagreements(case, law, ensemble, *, with_groups=False):
    """Return in words every statistic on which the engines differ by more than Z standard errors."""
    found = []
    for row in range(len(ensemble.program.rows) if with_groups else 1):
        for measure in ("bookings", "wins"):
            pairs = [("total", ensemble.total(measure, row), law.total(measure, row))]
            pairs += [
                (p.label, ensemble.period(measure, i, row), law.period(measure, i, row))
                for i, p in enumerate(case.periods)
                if row == 0
            ]
            for label, sample, exact_law in pairs:
                words = _sample_against(sample, 100.0 if measure == "bookings" else 1.0, exact_law)
                found += [f"{row} {measure} {label}: {word}" for word in words]
    for target in case.targets:
        reached = ensemble.toward(target) >= needed_for(case, target)
        scale = 100.0 if target.measure == "bookings" else 1.0
        exact_law = law.toward(target)
        chance = exact_law.chance_at_least(needed_for(case, target) / scale)
        if abs(reached.mean() - chance) > Z * _se(chance, len(reached)) + exact_law.chance_error:
            found.append(f"target {target}: {reached.mean()} against {chance}")
    return found


def _se(p, n):
    return sqrt(max(p * (1 - p), 1 / n) / n)


def _sample_against(sample, scale, law):
    n, x = len(sample), sample / scale
    sd = x.std()
    slack = law.numeric_error
    if abs(x.mean() - law.mean) > Z * max(law.sd, sd) / sqrt(n) + slack:
        yield f"mean {x.mean()} against {law.mean}"
    if sd > 0:
        fourth = ((x - x.mean()) ** 4).mean() / sd**4
        if abs(sd - law.sd) > Z * sd * sqrt(max(fourth - 1, 0.1) / (4 * n)) + slack:
            yield f"sd {sd} against {law.sd}"
    for p, value in zip(LEVELS, summarise_sample(sample, LEVELS).quantiles, strict=True):
        below = 1 - law.chance_at_least(value / scale - slack - 0.006)
        upto = 1 - law.chance_at_least(value / scale + slack + 0.006)
        s = Z * sqrt(p * (1 - p) / n) + law.chance_error
        if not below - s <= p <= upto + s:
            yield f"p{100 * p:.0f} at {value / scale}: F from {below} to {upto}"


@pytest.mark.parametrize("seed", range(54))
def test_simulated_and_exact_agree(seed):
    case = random_case(seed)
    assert disagreements(case, exact(case), simulate(case, trials=N_TRIALS), with_groups=seed % 6 == 0) == []


def _with_deals(case, **changes):
    deals = tuple(deal._replace(**{name: of(deal) for name, of in changes.items()}) for deal in case.pipeline.deals)
    return replace(case, pipeline=replace(case.pipeline, deals=deals))


def _with_one_probability_off(case, by):
    """Return the case with the last stage's chance of a win times `by`, the rest of its exits lowered for it."""
    stages = list(case.funnel.stages)
    last = stages[-1]
    won = next(e for e in last.exits if e.to == "won")
    p = won.probability * by
    rest = (1 - p) / (1 - won.probability)
    exits = tuple(Exit(e.to, p if e is won else e.probability * rest, e.stay) for e in last.exits)
    stages[-1] = replace(last, exits=exits, never=last.never * rest)
    return replace(case, funnel=Funnel(tuple(stages)))


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 8])
def test_one_probability_off_by_3_percent_is_noticed(seed):
    """The negative control: wrong by 3 % in one exit, the same comparison fails."""
    case = _with_deals(replace(random_case(seed), shock=Shock(), beliefs=()), win_rate=lambda deal: None)
    p = next(e.probability for e in case.funnel.stages[-1].exits if e.to == "won")
    wrong = _with_one_probability_off(case, 1.03 if p < 0.9 else 0.97)
    trials = 400_000
    assert disagreements(case, exact(case), simulate(case, trials=trials)) == []
    assert disagreements(wrong, exact(wrong), simulate(case, trials=trials)) != []


def test_ages_halved_are_noticed():
    plain = (c for c in map(random_case, range(100)) if c.shock == Shock() and not c.beliefs)
    case = next(c for c in plain if len(c.periods) > 1 and c.funnel.is_linear)
    ensemble = simulate(case, trials=400_000)
    assert disagreements(case, exact(case), ensemble) == []
    slow = _with_deals(case, age_days=lambda deal: deal.age_days * 0.5)
    assert disagreements(slow, exact(slow), ensemble) != []


def test_mean_and_sd_of_a_sample_are_taken_in_the_unit():
    sample = np.array([100, 300], np.int64)

    class Law:
        mean, sd, numeric_error, chance_error = 2.0, 1.0, 0.0, 0.0

        @staticmethod
        def chance_at_least(x):
            return float(np.mean(np.array([1.0, 3.0]) >= x))

    assert list(_sample_against(sample, 100.0, Law)) == []
