"""The value of evidence against closed forms and a nested simulation that learns, and forecasts anew, for real."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import sqrt

import numpy as np
import pytest
from decision_cases import full, learnt, plain
from scipy import stats

import funnelsim as fs
from funnelsim.analysis.drawn_conversions import conversions_of_draws
from funnelsim.analysis.evidence import smoothed, value_of_evidence, width_after
from funnelsim.engine.drawn import drawn_figures, drawn_rows, trial_keys
from funnelsim.engine.kernel.addresses import trial_key
from funnelsim.engine.simulate import Simulation, simulate
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.daily import AgedStage, DailyTables, DatedStage, Figures
from funnelsim.model.horizon import Horizon
from funnelsim.model.implied import implied_funnel
from funnelsim.model.law import Beta, Empirical, Uniform

M, N = 20, 40_000


@pytest.fixture(scope="module")
def found():
    return value_of_evidence(learnt((40.0, 30.0)), M, trials=N)


def width(case, seed) -> float:
    total = smoothed(simulate(case, trials=N, seed=seed), seed)
    low, high = np.quantile(total, (0.1, 0.9))
    return float(high - low)


def after_learning(mean: float, evidence: float, k: int) -> tuple[float, float]:
    return (mean * evidence + k) / (evidence + M), evidence + M


def nested(stage: int) -> float:
    """Return the mean width after M more deals: every finding is learnt from, and forecast with fresh draws."""
    conversions, evidence = [0.5, 0.6], [40.0, 30.0]
    c, n = conversions[stage], evidence[stage]
    chances = stats.betabinom(M, n * c, n * (1 - c)).pmf(np.arange(M + 1))
    widths = []
    for k in range(M + 1):
        new_c, new_n = list(conversions), list(evidence)
        new_c[stage], new_n[stage] = after_learning(c, n, k)
        case = learnt(tuple(new_n), rates=(new_c[0] * new_c[1], new_c[1]))
        widths.append(width(case, seed=100 + k))
    return float(chances @ widths)


@pytest.mark.parametrize("stage", [0, 1])
def test_the_narrowing_is_that_of_a_nested_simulation(found, stage: int) -> None:
    worth = found.worths[stage].deals
    twin = width(learnt((40.0, 30.0)), seed=99) - nested(stage)
    error = sqrt(2) * quantile_error(found.width)  # both widths of the twin
    assert abs(worth.by - twin) < 4 * sqrt(worth.error**2 + error**2)
    assert worth.by > 4 * worth.error  # the test could tell it from nothing


def quantile_error(width_: float) -> float:
    """Return the standard error of a width of a normal law from N draws."""
    sd = width_ / (2 * stats.norm.isf(0.1))
    return sqrt(2 * 0.09 - 2 * 0.01) / stats.norm.pdf(stats.norm.isf(0.1)) * sd / sqrt(N)


def test_findings_are_as_likely_as_a_beta_binomial_says() -> None:
    run = Simulation(learnt((40.0, 30.0)))
    c = drawn_figures(run.program, run.seed_key, N)
    chances, _ = width_after(c.sum(axis=1), c[:, 1], M)
    truth = stats.betabinom(M, 18.0, 12.0).pmf(np.arange(M + 1))
    assert chances.sum() == pytest.approx(1.0, abs=1e-9)
    assert np.abs(chances - truth).max() < 4.5 * 0.5 / sqrt(N)


def test_the_last_stage_that_all_must_pass_is_worth_most_here(found) -> None:
    assert found.best.stage == "offer"
    assert found.worths[1].certain.by > found.worths[1].deals.by > 0


def test_certainty_takes_the_variance_of_the_figure_off(found) -> None:
    """With 15 deals a stage of 100 each the law is close to normal: widths go as standard deviations."""
    deals = [fs.Deal(f"d{i}", "offer", 50.0 + i % 7) for i in range(400)]
    case = plain((0.3, 0.6), fs.Pipeline(tuple(deals)), beliefs=(Belief(Subject("win_rate", "offer"), Beta(60.0)),))
    known = value_of_evidence(case, M, trials=N).worths[0].certain
    amounts = np.array([d.amount for d in deals])
    of_figure = amounts.sum() ** 2 * 0.24 / 61
    luck = (amounts**2).sum() * (0.6 - 0.36 - 0.24 / 61)
    twice = 2 * stats.norm.isf(0.1)
    assert abs(known.by - twice * (sqrt(of_figure + luck) - sqrt(luck))) < 4.5 * known.error + 0.01 * twice * sqrt(luck)


def test_the_figures_read_are_those_the_trials_drew() -> None:
    """A factor on all amounts shows in what a sure deal signs, and a conversion of 0 or 1 in whether it does."""
    sure = fs.Pipeline((fs.Deal("a", "offer", 100.0),))
    beliefs = (
        Belief(Subject("realisation"), Uniform(0.5, 1.5), 1.0),
        Belief(Subject("conversion", "offer"), Empirical((0.0, 1.0))),
    )
    case = replace(plain((0.3, 1.0), sure), beliefs=beliefs)
    run = Simulation(case, seed=3)
    factor, wins = drawn_figures(run.program, run.seed_key, 500, first_trial=7).T
    signed = run.run(500, first_trial=7).total("bookings") / 100
    assert 0.4 < wins.mean() < 0.6
    assert np.allclose(signed, 100.0 * factor * wins, atol=0.011)


def test_keys_of_trials_are_those_of_the_kernel() -> None:
    ours = trial_keys(np.uint64(2**63 + 11), np.arange(5, dtype=np.uint64))
    assert ours.tolist() == [int(trial_key(np.uint64(2**63 + 11), m)) for m in range(5)]
    run = Simulation(plain())
    assert drawn_rows(run.program, run.seed_key, 3).tolist() == [0, 0, 0]


def test_figures_other_than_chances_are_told_by_certainty_alone() -> None:
    beliefs = (Belief(Subject("realisation"), Uniform(0.5, 1.5), 1.0), *learnt().beliefs)
    told = value_of_evidence(plain(beliefs=beliefs), M, trials=5000)
    assert [w.deals is None for w in told.worths] == [True, False, False]
    assert told.worths[0].certain.by > 10 * told.worths[0].certain.error


def test_what_cannot_be_answered_is_refused() -> None:
    with pytest.raises(RefusedError, match="known"):
        value_of_evidence(plain(), trials=5000)
    with pytest.raises(InputError, match="5,000 or more"):
        value_of_evidence(full(), trials=4999)


def test_conversions_of_draws_are_those_of_a_day_by_day_walk() -> None:
    rng = np.random.default_rng(6)
    aged = rng.uniform(0.0, 0.12, (3, 2, 4, 3))
    dated = rng.uniform(0.0, 0.05, (3, 2, 2, 2))
    won = rng.uniform(0.2, 0.8, (3, 2))
    tables = DailyTables(
        date(2026, 1, 1),
        (
            AgedStage("a", ("lost", "a", "b"), (0, 3, 10, 40), Figures.of(aged.shape, aged.ravel())),
            DatedStage("b", (1, 20), (0, 5), Figures.of(dated.shape, dated.ravel()), Figures.of(won.shape, won.ravel()),
                       leads=(3, 30, 30)),
        ),
        cuts=(100.0,),
    )  # fmt: skip
    found = conversions_of_draws(tables)
    for draw in range(3):
        share = [walked_aged(aged[draw, g], (0, 3, 10, 40), 2) for g in range(2)]
        assert found[draw, 0] == pytest.approx(np.mean(share), abs=1e-9)
        share = [np.mean([walked_dated(dated[draw, g], lead) * won[draw, g] for lead in (3, 30, 30)]) for g in range(2)]
        assert found[draw, 1] == pytest.approx(np.mean(share), abs=1e-12)


def walked_aged(q: np.ndarray, ages: tuple[int, ...], exit_: int) -> float:
    alive, onward = 1.0, 0.0
    for day in range(3000):
        cell = q[sum(first <= day for first in ages) - 1]
        onward += alive * cell[exit_]
        alive *= 1 - cell.sum()
    return onward


def walked_dated(loss: np.ndarray, lead: int) -> float:
    alive = 1.0
    for age in range(lead):
        alive *= 1 - loss[int(lead - age >= 20), int(age >= 5)]
    return alive


def test_fitted_draws_tell_what_closed_deals_are_worth() -> None:
    """One stage of daily chances: its draws are a beta posterior, so that the value has a nested twin as above."""
    c = stats.beta(18, 12).ppf((np.arange(400) + 0.5) / 400)
    chance = 0.2 * np.stack([c, 1 - c], axis=1)
    stage = AgedStage("offer", ("won", "lost"), (0,), Figures.of((400, 1, 1, 2), chance.ravel()))
    tables = DailyTables(date(2026, 10, 1), (stage,))
    deals = fs.Pipeline(tuple(fs.Deal(f"o{i}", "offer", 50.0) for i in range(10)))
    case = replace(
        plain(pipeline=deals), funnel=implied_funnel(tables), fitted=tables, horizon=Horizon(2, "quarter"), targets=()
    )  # fmt: skip
    told = value_of_evidence(case, M, trials=20_000)
    (worth,) = told.worths
    stated = plain((0.3, 0.6), deals, beliefs=(Belief(Subject("win_rate", "offer"), Beta(30.0)),))
    twin = value_of_evidence(stated, M, trials=20_000).worths[0]
    assert worth.stage == "offer"
    assert abs(worth.deals.by - twin.deals.by) < 4.5 * sqrt(worth.deals.error**2 + twin.deals.error**2)
    assert worth.deals.by > 4 * worth.deals.error
