"""Inputs, stresses and the mildest change of fitted cases against formulas and days counted one by one."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize
from scipy.special import expit, logit
from scipy.stats import binom
from tests.engine.daily_cases import AS_OF, deals_of, fitted_case, tables_of, with_sources

from funnelsim.analysis.conditional import answers_of
from funnelsim.analysis.drawn_conversions import conversions_of_draws
from funnelsim.analysis.inputs import inputs_of
from funnelsim.analysis.sensitivity import Plan, sensitivity
from funnelsim.analysis.stress import stress_test
from funnelsim.analysis.turns import turned, turns_of
from funnelsim.engine.exact import exact
from funnelsim.errors import InputError
from funnelsim.model.daily import AgedStage, DailyTables, DatedStage, Figures
from funnelsim.model.daily_odds import conversion_of, reach_of, shift_to, tilted
from funnelsim.model.daily_speed import slower_tables
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.stresses import STRESSES
from funnelsim.model.target import Target

DAYS = 61  # October and November


def one_stage(won=0.02, lost=0.03, n=30, amount=10.0, **changes):
    stage = AgedStage("offer", ("won", "lost"), (0,), Figures.of((1, 1, 1, 2), [won, lost]))
    deals = tuple(Deal(f"d{i}", "offer", amount, owner="Li" if i < 10 else "Wu") for i in range(n))
    return fitted_case(DailyTables(AS_OF, (stage,)), Pipeline(deals), **changes)


def in_time(share, out, days=DAYS):
    """Return the chance of a win within so many days, at a daily chance to leave and a share of wins."""
    return share * (1.0 - (1.0 - out) ** days)


def by_day(stage, n_days, draw=0, stratum=0):
    """Return the share that outlasts each day, and that of each exit upto it, day by day."""
    chance = np.array(stage.chance.values).reshape(stage.chance.shape)[draw, stratum]
    alive, gone, stood, upto = 1.0, np.zeros(len(stage.exits)), [1.0], [np.zeros(len(stage.exits))]
    for day in range(n_days):
        q = chance[np.searchsorted(stage.ages, day, side="right") - 1]
        gone = gone + alive * q
        alive *= 1.0 - q.sum()
        stood.append(alive)
        upto.append(gone)
    return np.array(stood), np.array(upto)


# ---- odds and time


@pytest.mark.parametrize(("factor", "step"), [(2.0, 1), (0.8, 5), (1.5, 2), (2.6, 5)])
def test_stays_of_tables_stretch_and_every_exit_keeps_its_share(factor, step):
    tables = tables_of(4, n_draws=2, shock=(0.0,))
    slow = slower_tables(tables, range(len(tables.stages)), factor)
    for before, after in zip(tables.stages, slow.stages, strict=True):
        (stood, upto), (later, later_upto) = by_day(before, 120, 1, 1), by_day(after, round(120 * factor), 1, 1)
        at = np.arange(0, 121, step)
        assert later[np.rint(at * factor).astype(int)] == pytest.approx(stood[at], abs=1e-12)
        assert later_upto[np.rint(at * factor).astype(int)] == pytest.approx(upto[at], abs=1e-12)


def test_days_to_a_date_stretch_with_the_stay():
    loss = Figures.of((1, 1, 2, 1), [0.02, 0.05])
    stage = DatedStage("date", (1, 8), (0,), loss, Figures.of((1, 1), [0.5]), (10,))
    tables = DailyTables(AS_OF, (stage,))
    slow = slower_tables(tables, [0], 2.0)
    assert (slow.stages[0].due, slow.stages[0].leads) == ((1, 15), (20,))
    assert conversion_of(slow, 0) == pytest.approx(conversion_of(tables, 0))  # 20 days at half the hazard
    case = fitted_case(tables, Pipeline((Deal("a", "date", 1.0, expected_close=AS_OF.replace(day=21)),)))
    after = STRESSES["cycles_double"](case).case
    assert after.pipeline.deals[0].expected_close == AS_OF.replace(month=11, day=10)
    wins = [exact(one).total("wins").mean for one in (case, after)]
    assert wins[1] == pytest.approx(wins[0])  # it is later, and as likely


def test_odds_of_every_day_move_alike_and_nothing_else():
    tables = tables_of(3, n_draws=2)
    shift = shift_to(tables, 0, 0.3)
    after = tilted(tables, [0], shift)
    assert conversion_of(after, 0) == pytest.approx(0.3, abs=1e-9)
    ahead = [name == "won" or name in tables.names[1:] for name in tables.stages[0].exits]
    (q, p) = (np.array(t.stages[0].chance.values).reshape(t.stages[0].chance.shape) for t in (tables, after))
    assert p.sum(axis=3) == pytest.approx(q.sum(axis=3))
    odds = [x[..., ahead].sum(axis=3) / x[..., ~np.array(ahead)].sum(axis=3) for x in (q, p)]
    assert odds[1] == pytest.approx(np.exp(shift) * odds[0])
    assert after.stages[1] is tables.stages[1]
    with pytest.raises(InputError, match="reach conversions from"):
        shift_to(tables, 0, 1.1)


# ---- inputs and answers


def test_a_conversion_is_believed_as_the_draws_differ():
    case = fitted_case(tables_of(3, n_draws=40), deals_of(3, tables_of(3)))
    inputs = inputs_of(with_sources(case))
    names = [one.name for one in inputs.inputs]
    stages = case.funnel.names
    assert names[: len(stages)] == [f"stages.{name}.conversion" for name in stages]
    assert names[-3:] == ["realisation", "shock.hazards", "sources.web.rate"]
    u = (np.arange(4096) + 0.5) / 4096
    drawn = inputs.figures(np.tile(u[:, None], (1, len(inputs))))[:, 0]
    assert drawn.mean() == pytest.approx(inputs.base[0], abs=1e-4)
    assert drawn.var() == pytest.approx(conversions_of_draws(case.fitted)[:, 0].var(), rel=0.01)
    assert inputs.inputs[0].origin == "belief"
    assert inputs_of(one_stage()).inputs[0].origin == "default"


def test_exact_answers_at_figures_are_those_of_the_formula():
    case = one_stage(targets=(Target(12, "wins"),))
    ranges = {"stages.offer.conversion": (0.3, 0.6), "stages.offer.stay": (0.5, 2.0), "realisation": (0.5, 1.5)}
    inputs = inputs_of(case, ranges)
    assert [one.name for one in inputs.inputs] == list(ranges)
    found, _ = answers_of(inputs, 3, 100, engine="exact")
    figures = np.array([[0.4, 1.0, 1.0], [0.6, 2.0, 1.5], [0.3, 0.5, 0.5]])
    told = found(figures)
    for (share, stretch, amount), row in zip(figures, told, strict=True):
        p = in_time(share, 0.05, DAYS / stretch)
        assert row[0] == pytest.approx(30 * 10 * amount * p)
        assert row[4] == pytest.approx(binom.sf(11, 30, p))
    drawn, why = answers_of(inputs, 3, 20_000, seed=1)
    assert "exact laws of fitted tables" in str(why)
    error = np.sqrt(told[:, 4] * (1 - told[:, 4]) / 20_000)
    assert np.all(np.abs(drawn(figures)[:, 4] - told[:, 4]) < 4 * error + 1e-9)
    # a share off by a twentieth does not pass
    assert abs(binom.sf(11, 30, in_time(0.42, 0.05)) - told[0, 4]) > 4 * error[0]


def test_all_kinds_of_inputs_of_a_fitted_case_are_told_in_one_sensitivity():
    tables = tables_of(3, n_draws=3)
    case = replace(with_sources(fitted_case(tables, deals_of(3, tables))), targets=(Target(2000.0),))
    found = sensitivity(case, Plan(points=2, trials=100, gradient_trials=0, seed=1))
    swing = dict(zip([one.kind for one in found.inputs.inputs], found.tornado.swing[:, 0], strict=True))
    assert set(swing) == {"conversion", "stay", "realisation", "hazards", "rate"}
    assert min(swing.values()) > 0
    assert (found.plan.points, Plan().sized(case).points, Plan().sized(case).trials) == (2, 64, 1000)


def test_ranges_beyond_what_tables_reach_are_told_all_at_once():
    with pytest.raises(InputError) as told:
        inputs_of(one_stage(), {"stages.offer.stay": (0.0, 2.0), "realisation": (0.5, 1e300)})
    assert "0.01 <= LOW < HIGH <= 100" in str(told.value)
    assert "2 problems" in str(told.value)
    loss = Figures.of((1, 1, 1, 1), [0.05])
    tables = DailyTables(AS_OF, (DatedStage("date", (1,), (0,), loss, Figures.of((1, 1), [0.5]), (10,)),))
    deal = Deal("a", "date", 1.0, expected_close=AS_OF)
    assert reach_of(tables, 0) == pytest.approx((0.0, 0.95**10))
    with pytest.raises(InputError, match=r"reach from 0 to 0\.5987"):
        inputs_of(fitted_case(tables, Pipeline((deal,))), {"stages.date.conversion": (0.2, 0.9)})


# ---- stresses


def test_stays_of_fitted_tables_double():
    case = one_stage()
    before, after = (exact(one).total("wins").mean for one in (case, STRESSES["cycles_double"](case).case))
    assert before == pytest.approx(30 * in_time(0.4, 0.05))
    assert after == pytest.approx(30 * in_time(0.4, 0.05, DAYS / 2))


def test_fitted_deals_of_a_rep_who_leaves_keep_half_their_odds_and_begin_anew():
    case = one_stage()
    aged = tuple(deal._replace(age_days=20.0) for deal in case.pipeline.deals)
    done = STRESSES["rep_leaves"](replace(case, pipeline=Pipeline(aged)))
    assert done.whom == "Wu"
    assert {deal.age_days for deal in done.case.pipeline.deals if deal.owner == "Wu"} == {0.0}
    halved = expit(logit(0.4) + np.log(0.5))
    wins = exact(done.case).total("wins").mean
    assert wins == pytest.approx(10 * in_time(0.4, 0.05) + 20 * in_time(halved, 0.05))
    # over several stages it is the odds of a win in the end that halve, whatever the days and the dates
    tables = tables_of(6, n_draws=2, shock=(0.0,), returns=True, dated=True, calendar=True)
    deals = tuple(deal._replace(owner="Li") for deal in deals_of(6, tables).deals)
    left = STRESSES["rep_leaves"](fitted_case(tables, Pipeline(deals))).case
    rates = dict(zip(left.funnel.names, left.funnel.win_rates, strict=True))
    for before, after in zip(deals, left.pipeline.deals, strict=True):
        one, other = rates[before.stage], rates[after.stage]
        assert logit(other) == pytest.approx(logit(one) - np.log(2), abs=0.02)  # the mean over two draws is no line
    assert exact(left).total("wins").mean > 0


def test_every_stress_of_a_fitted_case_is_done_and_the_mildest_change_is_where_the_binomial_says():
    case = one_stage(won=0.025, lost=0.025, targets=(Target(12, "wins"),), trials=4000, seed=3)
    told = stress_test(case)
    assert set(told.left_out) == {"segment_freezes", "no_new_business", "late_payment"}
    turn = next(turn for turn in turns_of(case) if turn.kind == "conversion")
    out = 1.0 - (1.0 - 0.05) ** DAYS
    there = optimize.brentq(lambda p: binom.sf(11, 30, p * out) - 0.5, 0.1, 0.6)
    assert dict(told.reverse.alone)["offer"] == pytest.approx(logit(0.5) - logit(there), abs=0.08)
    assert 0.47 < told.reverse.chance_there <= 0.5
    after = turned(case, (turn,), np.array([1.0]))
    assert after.funnel.conversions == pytest.approx((expit(-1.0),))
