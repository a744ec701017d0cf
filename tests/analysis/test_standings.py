"""Reps whose truth is known: intervals hold, luck is told from skill, and equal reps are told to be equal."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom

from funnelsim.analysis.standings import standings
from funnelsim.errors import InputError, RefusedError
from funnelsim.fitting.shrunken import SPREADS, logistic, normal
from funnelsim.history.record import LOST, NEVER, OPEN, WON, Deals, History, Visits
from funnelsim.model.money import Money

FIRST = 19_000


def history_of(owner, won, *, segment=None, source=None, days=None, amount=None, created=None, n_days=900):
    """Return a history of deals in one stage, decided so many days after they began."""
    n = len(owner)
    rng = np.random.default_rng(9)
    created = FIRST + (rng.integers(0, 500, n) if created is None else created)
    days = np.full(n, 40) if days is None else days
    closed = created + days
    is_open = closed >= FIRST + n_days
    outcome = np.where(is_open, OPEN, np.where(won, WON, LOST))
    blank = np.full(n, "", object)
    text = lambda part: blank if part is None else np.asarray(part, object)  # noqa: E731
    deals = Deals(
        np.array([f"d{i}" for i in range(n)], object), created, np.where(is_open, NEVER, closed), outcome,
        np.where(outcome == LOST, "lost", "").astype(object), np.full(n, 50.0) if amount is None else amount,
        np.full(n, NEVER), text(owner), text(segment), text(source),
    )  # fmt: skip
    visits = Visits(np.arange(n), np.zeros(n, np.int64), created, deals.closed, outcome)
    return History(("only",), deals, visits, Money("CNY", "万元"), FIRST, FIRST + n_days)


def reps(n_each, names=None):
    names = names or [f"r{k:02d}" for k in range(len(n_each))]
    return np.repeat(names, n_each)


# ---- the mixed models


@pytest.mark.parametrize("spread", [0.0, 0.6])
def test_intervals_of_effects_hold_as_often_as_they_say_and_no_oftener(spread):
    held, of, wrong = 0, 0, 0
    for seed in range(6):
        rng = np.random.default_rng([seed, 1])
        n = rng.integers(8, 80, 30)
        group, u = np.repeat(np.arange(30), n), spread * rng.standard_normal(30)
        x = rng.standard_normal(n.sum())
        won = rng.random(n.sum()) < expit(-0.8 + 0.7 * x + u[group])
        drawn = logistic(won, np.stack([np.ones(n.sum()), x], 1), group, 30, 1000, seed)
        low, high = np.quantile(drawn.effect, [0.1, 0.9], axis=0)
        held, of = held + int(((low <= u) & (u <= high)).sum()), of + 30
        # effects not shrunken: the raw log odds and twice too small an error
        raw = np.log((np.bincount(group, won, 30) + 0.5) / (n - np.bincount(group, won, 30) + 0.5)) + 0.8
        wrong += int((abs(raw - u) < 0.64 / np.sqrt(n * 0.2)).sum())
    if spread:
        # 180 effects; given the common part they are nearly independent
        assert abs(held - 0.8 * of) < 3.3 * np.sqrt(of * 0.16)
        assert abs(wrong - 0.8 * of) > 3.3 * np.sqrt(of * 0.16)
    else:
        assert held > 0.9 * of  # all are equal, and shrunken to be so


def test_coefficients_are_those_of_an_independent_fit_where_groups_hardly_differ():
    from scipy.optimize import minimize

    rng = np.random.default_rng(4)
    x = rng.standard_normal(3000)
    won = rng.random(3000) < expit(0.3 + 0.9 * x)
    columns = np.stack([np.ones(3000), x], 1)
    drawn = logistic(won, columns, np.arange(3000) % 5, 5, 2000, 0)
    found = minimize(lambda b: np.logaddexp(0, columns @ b).sum() - won @ (columns @ b), np.zeros(2))
    assert np.allclose(drawn.common[:, 1].mean(), found.x[1], atol=0.02)
    p = expit(columns @ found.x)
    error = np.sqrt(np.linalg.inv((columns * (p * (1 - p))[:, None]).T @ columns)[1, 1])
    assert drawn.common[:, 1].std() == pytest.approx(error, rel=0.1)


def test_the_normal_model_shrinks_as_the_formula_says():
    rng = np.random.default_rng(6)
    group = np.repeat(np.arange(40), 12)
    u = 0.5 * rng.standard_normal(40)
    y = 3.0 + u[group] + rng.standard_normal(480)
    drawn = normal(y, np.ones((480, 1)), group, 40, 4000, 1)
    means = np.bincount(group, y) / 12
    t = drawn.spread.mean()
    expected = (means - means.mean()) * t**2 / (t**2 + 1 / 12)
    assert np.abs(drawn.effect.mean(axis=0) - expected).max() < 0.05
    assert 0.3 < t < 0.7
    low, high = np.quantile(drawn.effect, [0.1, 0.9], axis=0)
    assert abs(((low <= u) & (u <= high)).sum() - 32) < 3.3 * np.sqrt(40 * 0.16)


def test_the_spread_runs_over_a_grid_and_the_same_seed_gives_the_same_draws():
    rng = np.random.default_rng(2)
    won, group = rng.random(200) < 0.4, np.arange(200) % 10
    one, two = (logistic(won, np.ones((200, 1)), group, 10, 300, 5) for _ in range(2))
    assert np.array_equal(one.effect, two.effect)
    assert set(np.round(one.spread, 12)) <= set(np.round(SPREADS, 12))


# ---- people


def test_reps_of_known_skill_are_put_in_their_order_with_ranks_that_hold():
    rng = np.random.default_rng(11)
    n = rng.integers(60, 160, 12)
    u = np.linspace(1.2, -1.2, 12)
    owner = reps(n)
    won = rng.random(n.sum()) < expit(-0.5 + np.repeat(u, n))
    told = standings(history_of(owner, won), within=60)
    place = {f"r{k:02d}": k + 1 for k in range(12)}
    held = [one.rank.low - 1e-9 <= place[one.name] <= one.rank.high + 1e-9 for one in told.standings]
    assert sum(held) >= binom.ppf(0.001, 12, 0.8)
    assert {one.name for one in told.standings[:4]} <= {f"r{k:02d}" for k in range(6)}
    best, last = told.standings[0], told.standings[-1]
    assert told.better[0, -1] > 0.99
    assert np.allclose(told.better + told.better.T + np.eye(12), 1.0, atol=1e-9)
    assert best.better == pytest.approx(told.better[0, 1])
    assert last.better is None
    assert told.skill > 0.7
    assert told.luck + told.mix + told.skill == pytest.approx(1.0)
    # both ends are drawn toward the rest
    assert last.raw < last.rate.mid < best.rate.mid < best.raw


def test_equal_reps_are_told_to_be_equal_and_their_spread_to_be_luck():
    skills, certain = [], 0
    for seed in range(5):
        rng = np.random.default_rng([seed, 3])
        owner = reps(rng.integers(20, 60, 15))
        told = standings(history_of(owner, rng.random(len(owner)) < 0.35), within=60, seed=seed, n_draws=1000)
        skills.append(told.skill)
        certain += told.better[0, -1] > 0.95
        spread = max(one.raw for one in told.standings) - min(one.raw for one in told.standings)
        shrunken = told.standings[0].rate.mid - told.standings[-1].rate.mid
        assert shrunken < 0.5 * spread  # the raw shares differ by twenty points and more
    assert np.mean(skills) < 0.35
    assert certain == 0


def test_an_easy_segment_is_not_taken_for_skill():
    rng = np.random.default_rng(5)
    owner = reps([200] * 6)
    # the first three reps get the easy segment nine times in ten, the others one time in ten
    easy = rng.random(1200) < np.where(owner < "r03", 0.9, 0.1)
    won = rng.random(1200) < np.where(easy, 0.6, 0.2)
    told = standings(history_of(owner, won, segment=np.where(easy, "easy", "hard")), within=60)
    raw = {one.name: one.raw for one in told.standings}
    rate = {one.name: one.rate.mid for one in told.standings}
    gap = lambda of: np.mean([of[f"r0{k}"] for k in (0, 1, 2)]) - np.mean([of[f"r0{k}"] for k in (3, 4, 5)])  # noqa: E731
    assert gap(raw) > 0.25
    assert abs(gap(rate)) < 0.06
    assert told.mix > 0.7
    # without the segment in the records the same spread looks like skill
    assert standings(history_of(owner, won), within=60).skill > 0.7


def test_speed_is_a_factor_on_days_to_a_win():
    rng = np.random.default_rng(8)
    owner = reps([150, 150, 150, 150])
    factor = np.repeat([0.5, 1.0, 1.0, 2.0], 150)
    days = np.maximum((30 * factor * np.exp(0.3 * rng.standard_normal(600))).astype(int), 1)
    told = standings(history_of(owner, rng.random(600) < 0.5, days=days), within=300)
    found = {one.name: one.days for one in told.standings}
    usual = np.exp(np.mean(np.log([0.5, 1.0, 1.0, 2.0])))
    for name, true in (("r00", 0.5), ("r01", 1.0), ("r03", 2.0)):
        assert found[name].mid == pytest.approx(true / usual, rel=0.12)
    assert found["r00"].high < found["r01"].low


def test_deals_that_began_too_late_to_be_decided_do_not_count_and_open_ones_do():
    owner, won = reps([60, 60]), np.tile([True, False], 60)
    late = history_of(owner, won, created=np.repeat([100, 880], 60))
    with pytest.raises(RefusedError, match="60 deals of 1 names began 60 days"):
        standings(late, within=60)
    # a deal that is still open, or won after the window, is one that was not won within it
    slow = history_of(owner, won, days=np.where(np.arange(120) < 60, 40, 90))
    told = {one.name: one.won for one in standings(slow, within=60).standings}
    assert told == {"r00": 30, "r01": 0}


def test_sources_have_a_cost_per_win():
    rng = np.random.default_rng(3)
    source = reps([300, 300], ["web", "fair"])
    won = rng.random(600) < np.where(source == "web", 0.1, 0.4)
    history = history_of(np.full(600, "Li"), won, source=source)
    told = {
        one.name: one for one in standings(history, "source", within=60, costs={"web": 100.0, "fair": 600.0}).standings
    }
    for name, cost in (("web", 100.0), ("fair", 600.0)):
        one = told[name]
        assert one.cost_per_win.low < cost / one.raw < one.cost_per_win.high
        assert one.cost_per_win.mid == pytest.approx(cost / one.rate.mid, rel=0.02)
    with pytest.raises(InputError, match="no deal has the source 'tv'; there are fair, web"):
        standings(history, "source", within=60, costs={"tv": 1.0})


def test_nobody_can_be_told_apart_where_all_or_nothing_is_won():
    owner = reps([40, 40])
    for won, told in ((np.ones(80, bool), "80 of 80"), (np.zeros(80, bool), "0 of 80")):
        with pytest.raises(RefusedError, match=told):
            standings(history_of(owner, won), within=60)
    with pytest.raises(RefusedError, match="it takes 30 deals and two names"):
        standings(history_of(owner[:20], np.arange(20) % 2 == 0), within=60)
    nameless = replace(history_of(np.repeat(["", "a", "b"], 40), np.arange(120) % 2 == 0))
    assert standings(nameless, within=60).left_out == 40
