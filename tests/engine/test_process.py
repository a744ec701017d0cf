"""The process itself: ages, atoms, never, groups, targets and figures that must come out (M0 to M4, M16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import comb, sqrt

import numpy as np
import pytest

from funnelsim.analysis.answer import forecast
from funnelsim.engine.lower import lower
from funnelsim.engine.replay import replay
from funnelsim.engine.simulate import simulate, simulate_until
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.funnel import Exit, Funnel, Stage, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Fixed, Shaped, Uniform
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.target import Booked, Target
from tests.engine.cases import AS_OF, CASES, GRAPH, LINEAR, case

Z = 4.5
STEPS = [Step(n, win_rate=w) for n, w in zip("abcde", (0.1, 0.4, 0.6, 0.8, 0.9), strict=True)]
CLASSIC = Pipeline(
    tuple(Deal(f"{n}#{i}", n, 50.0) for n, k in zip("abcde", (65, 34, 27, 15, 6), strict=True) for i in range(k))
)


def days_won(found, n=4000):
    """Return the share won and the days of the wins of a case of one deal, over `n` trials."""
    from funnelsim.engine.simulate import Simulation

    simulation = Simulation(found, threads=1)
    paths = [simulation.trace(trial, 0) for trial in range(n)]
    return np.mean([p[1] == 1 for p in paths]), np.array([p[0][-1, 2] for p in paths if p[1] == 1])


def test_the_classic_pipeline_has_the_mean_and_sd_of_the_model_page():
    found = case(Funnel.linear(STEPS), pipeline=CLASSIC, horizon=Horizon())
    assert found.funnel.conversions == pytest.approx((1 / 4, 2 / 3, 3 / 4, 8 / 9, 9 / 10))
    n = 200_000
    total = simulate(found, trials=n).total("bookings") / 100
    assert abs(total.mean() - 2685.0) < Z * 242.02 / sqrt(n)
    assert abs(total.std() - 50 * sqrt(23.43)) < Z * 242.02 / sqrt(2 * n)


@pytest.mark.parametrize("due_today", [False, True])
def test_atoms_shared_by_both_exits_leave_the_chances_alone(due_today):
    """True P(won) .30; a hazard formula without the rule for atoms gives .26 and deals that never leave."""
    funnel = Funnel.linear([Step("only", conversion=0.3, stay=Fixed(10.0))])
    age = 10.0 if due_today else 4.0
    found = case(funnel, pipeline=Pipeline((Deal("x", "only", 1.0, age),)), due_today=due_today)
    share, days = days_won(found)
    assert abs(share - 0.3) < Z * sqrt(0.21 / 4000)
    assert set(days.round(9)) == {10.0 - age}


def test_an_exit_due_on_the_day_belongs_to_the_past():
    funnel = Funnel.linear([Step("only", conversion=0.3, stay=Fixed(10.0))])
    found = case(funnel, pipeline=Pipeline((Deal("x", "only", 1.0, 10.0),)))
    assert lower(found).stale == ("x",)


@pytest.mark.parametrize(("policy", "outcome"), [("lost", -1), ("open", 0)])
def test_a_stale_deal_is_listed_and_treated_as_the_case_says(policy, outcome):
    from funnelsim.engine.simulate import Simulation

    funnel = Funnel.linear([Step("only", conversion=0.3, stay=Fixed(10.0))])
    found = case(funnel, pipeline=Pipeline((Deal("x", "only", 1.0, 99.0), Deal("y", "only", 1.0))), stale=policy)
    assert Simulation(found).trace(0, 0)[1] == outcome
    assert replay(found, trial=0, deal="x")[0].exit == ("lost" if outcome else "open")
    result = simulate(found, trials=50, measures=("bookings", "wins", "losses", "open_value"))
    ended = result.total("wins") + result.total("losses")
    assert (ended == (2 if policy == "lost" else 1)).all()


def test_a_stale_deal_can_start_afresh():
    funnel = Funnel.linear([Step("only", conversion=0.3, stay=Fixed(10.0))])
    found = case(funnel, pipeline=Pipeline((Deal("x", "only", 1.0, 99.0),)), stale="fresh")
    share, days = days_won(found)
    assert abs(share - 0.3) < Z * sqrt(0.21 / 4000)
    assert set(days) == {10.0}


def test_an_aged_deal_prefers_its_slow_exit():
    slow, fast = Uniform(0.0, 100.0), Uniform(0.0, 20.0)
    funnel = Funnel.linear([Step("only", conversion=0.3, stay=slow, stay_lost=fast)])
    found = case(funnel, pipeline=Pipeline((Deal("x", "only", 1.0, 15.0),)))
    expected = 0.3 * 0.85 / (0.3 * 0.85 + 0.7 * 0.25)
    share, days = days_won(found, 6000)
    assert abs(share - expected) < Z * sqrt(expected * (1 - expected) / 6000)
    assert 0 <= days.min() <= days.max() <= 85.0


def test_an_exponential_stay_has_no_memory():
    funnel = Funnel.linear([Step("only", conversion=0.5, stay=Shaped("exponential", {"mean": 30.0}))])
    means = []
    for age in (0.0, 80.0):
        found = case(funnel, pipeline=Pipeline((Deal("x", "only", 1.0, age),)), horizon=Horizon())
        _, days = days_won(found, 6000)
        means.append((days.mean(), days.std() / sqrt(len(days))))
    assert abs(means[0][0] - means[1][0]) < Z * sqrt(means[0][1] ** 2 + means[1][1] ** 2)


def test_never_stays_open_until_its_timeout():
    def stage(timeout):
        exits = (Exit("won", 0.4, Fixed(5.0)), Exit("lost", 0.2, Fixed(5.0)))
        return Funnel((Stage("only", exits, never=0.4, timeout_days=timeout),))

    pipeline = Pipeline(tuple(Deal(f"d{i}", "only", 1.0) for i in range(30)))
    measures = ("bookings", "wins", "losses", "open_value")
    endless = simulate(case(stage(np.inf), pipeline=pipeline), trials=2000, measures=measures)
    closed = simulate(case(stage(60.0), pipeline=pipeline), trials=2000, measures=measures)
    still_open = endless.total("open_value") / 100 / 30
    assert abs(still_open.mean() - 0.4) < Z * still_open.std() / sqrt(2000)
    assert (closed.total("open_value") == 0).all()
    assert (endless.total("wins") == closed.total("wins")).all()
    assert (endless.total("wins") + endless.total("losses") + endless.total("open_value") / 100 == 30).all()


@pytest.mark.parametrize("name", ["linear", "graph", "shock and beliefs", "shock per period in a graph"])
def test_groups_and_periods_add_up_trial_by_trial(name):
    found = replace(CASES[name], groups=("segment", "owner"))
    result = simulate(found, trials=400, measures=("bookings", "wins", "losses", "open_value"))
    for measure in ("bookings", "wins", "losses", "open_value"):
        total = result.total(measure)
        for axis in found.groups:
            rows = [i for i, row in enumerate(result.program.rows) if tuple(row.group) == (axis,)]
            assert len(rows) > 1
            assert (sum(result.total(measure, row) for row in rows) == total).all()
        parts = [result.period(measure, i) for i in range(len(found.periods))]
        assert ((parts[-1] if measure == "open_value" else sum(parts)) == total).all()


def test_a_deal_added_changes_no_other_draw():
    more = replace(CASES["graph"], pipeline=Pipeline((Deal("new", "b", 7.0), *CASES["graph"].pipeline.deals)))
    for deal in CASES["graph"].pipeline.deals:
        assert replay(more, trial=3, deal=deal.id) == replay(CASES["graph"], trial=3, deal=deal.id)


def test_a_longer_horizon_keeps_the_path_and_cuts_it_later():
    short, long = (replace(CASES["graph"], horizon=Horizon(n, "month")) for n in (1, 12))
    for deal in short.pipeline.deals[:6]:
        a, b = replay(short, trial=1, deal=deal.id), replay(long, trial=1, deal=deal.id)
        assert a[:-1] == b[: len(a) - 1]
        assert a[-1].day == b[len(a) - 1].day


def test_a_better_rate_never_loses_a_deal_that_was_won():
    better = replace(LINEAR, stages=LINEAR.stages)
    steps = [Step(n, win_rate=w, stay=Fixed(3.0)) for n, w in zip(LINEAR.names, (0.1, 0.4, 0.6, 0.8), strict=True)]
    up = [replace(step, win_rate=w) for step, w in zip(steps, (0.12, 0.45, 0.65, 0.85), strict=True)]
    pipeline = CASES["linear"].pipeline
    low = simulate(case(Funnel.linear(steps), pipeline=pipeline, horizon=Horizon()), trials=3000)
    high = simulate(case(Funnel.linear(up), pipeline=pipeline, horizon=Horizon()), trials=3000)
    assert better == LINEAR
    assert (high.total("wins") >= low.total("wins")).all()
    assert (high.total("wins") > low.total("wins")).any()


def test_what_is_booked_counts_toward_the_target():
    pipeline = Pipeline(tuple(Deal(f"d{i}", "only", 10.0, segment="east" if i else "west") for i in range(3)))
    funnel = Funnel.linear([Step("only", conversion=0.5, stay=Fixed(3.0))])
    targets = (Target(30.0), Target(20.0, group={"segment": "east"}), Target(2.0, "wins"), Target(5.0))
    booked = (Booked(15.0, AS_OF, wins=1, group={"segment": "east"}),)
    found = case(funnel, pipeline=pipeline, targets=targets, booked=booked, trials=20_000)
    answer = forecast(simulate(found))
    expected = [sum(comb(3, k) for k in (2, 3)) / 8, 0.75, 7 / 8, 1.0]
    for target, chance in zip(answer.targets, expected, strict=True):
        assert abs(target.chance - chance) <= Z * sqrt(chance * (1 - chance) / 20_000)
    assert answer.targets[3].mean_gap == 0
    assert answer.bookings.booked == 15.0
    assert answer.bookings.periods[0].booked == 15.0
    assert answer.as_json()["measures"]["bookings"]["total"]["with_booked"]["mean"] == answer.bookings.total.mean + 15


def test_the_mean_gap_is_the_mean_of_what_is_missing():
    found = case(Funnel.linear(STEPS), pipeline=CLASSIC, horizon=Horizon(), targets=(Target(2685.0),), trials=20_000)
    result = simulate(found)
    gap = np.maximum(268500 - result.total("bookings"), 0).mean() / 100
    assert forecast(result).targets[0].mean_gap == pytest.approx(gap)


def test_a_target_by_a_day_counts_up_to_and_including_it():
    funnel = Funnel.linear([Step("only", conversion=1.0, stay=Fixed(10.0))])
    targets = tuple(Target(1.0, by=date(2026, 10, day)) for day in (10, 11, 12))
    found = case(funnel, pipeline=Pipeline((Deal("x", "only", 1.0),)), targets=targets)
    assert [t.chance for t in forecast(simulate(found, trials=10)).targets] == [0.0, 1.0, 1.0]


def test_a_win_at_the_end_of_a_period_belongs_to_the_next():
    funnel = Funnel.linear([Step("only", conversion=1.0, stay=Fixed(31.0))])
    found = case(funnel, pipeline=Pipeline((Deal("x", "only", 1.0),)), horizon=Horizon(2, "month"))
    result = simulate(found, trials=10)
    assert [result.period("wins", i).sum() for i in (0, 1)] == [0, 10]


def test_deals_left_out_of_the_forecast_are_told():
    funnel = Funnel.linear([Step("mark", conversion=0.5, in_forecast=False), Step("real", conversion=0.5)])
    pipeline = Pipeline((Deal("x", "mark", 1.0), Deal("y", "real", 1.0)))
    found = case(funnel, pipeline=pipeline, horizon=Horizon())
    result = simulate(found, trials=100)
    assert result.total("wins").max() == 1
    assert any("1 deals stand in stages" in note for note in forecast(result).notes)


def test_swing_is_an_intervention_and_a_worthless_deal_has_none():
    """Wins of a shocked pipeline are correlated: conditioning would show a swing where there is none."""
    from funnelsim.model.shock import Shock

    deals = [Deal(f"d{i}", "only", 10.0) for i in range(20)]
    pipeline = Pipeline((*deals, Deal("worthless", "only", 0.0), Deal("big", "only", 60.0)))
    found = case(
        Funnel.linear([Step("only", conversion=0.5)]),
        pipeline=pipeline,
        horizon=Horizon(),
        shock=Shock(rho=0.3),
        targets=(Target(130.0),),
    )
    answer = {deal.id: deal for deal in forecast(simulate(found, trials=20_000), deals=True).deals}
    assert answer["worthless"].swing == 0.0
    assert answer["big"].swing > 0.2 > answer["d0"].swing > 0.03
    assert abs(answer["d0"].win_probability - 0.5) < Z * 0.5 / sqrt(20_000) * 3
    assert answer["big"].close_p50 is None


def test_close_dates_of_a_deal_are_those_of_its_wins():
    funnel = Funnel.linear([Step("only", conversion=0.5, stay=Uniform(0.0, 50.0))])
    found = case(funnel, pipeline=Pipeline((Deal("x", "only", 10.0),)), targets=(Target(5.0),))
    (deal,) = forecast(simulate(found, trials=20_000), deals=True).deals
    days = [(day - AS_OF).days for day in (deal.close_p10, deal.close_p50, deal.close_p90)]
    assert days == pytest.approx([5, 25, 45], abs=1)
    assert deal.swing == 1.0


def test_precision_is_reached_and_not_by_chance_of_threads():
    found = case(Funnel.linear(STEPS), pipeline=CLASSIC, horizon=Horizon(), realisation=Uniform(0.8, 1.0))
    a, b = (simulate_until(found, 0.0008, threads=n) for n in (1, 2))
    assert a.trials == b.trials > 8_192
    assert (a.bookings == b.bookings).all()
    errors = forecast(a).bookings.total
    assert max(errors.quantiles_se[p] for p in ("p10", "p50", "p90")) <= 0.0008 * errors.mean
    half = forecast(simulate(found, trials=a.trials // 2)).bookings.total
    assert max(half.quantiles_se[p] for p in ("p10", "p50", "p90")) > 0.0008 * half.mean


def test_seed_zero_is_a_seed_and_no_seed_draws_one():
    found = replace(CASES["linear"], seed=None)
    zero = simulate(found, trials=50, seed=0)
    assert zero.seed == 0
    assert (zero.bookings == simulate(replace(found, seed=0), trials=50).bookings).all()
    assert simulate(found, trials=5).seed != simulate(found, trials=5).seed


def test_what_cannot_be_asked_is_refused_in_words():
    with pytest.raises(InputError, match="0 trials"):
        simulate(CASES["linear"], trials=0)
    with pytest.raises(InputError, match="0 threads"):
        simulate(CASES["linear"], trials=1, threads=0)
    with pytest.raises(RefusedError, match="ask for at most"):
        simulate(CASES["linear"], trials=900_000_000)
    with pytest.raises(InputError, match="no deal 'nobody'"):
        replay(CASES["linear"], trial=0, deal="nobody")
    with pytest.raises(InputError, match="precision"):
        simulate_until(CASES["linear"], 2.0)


def test_a_graph_wins_as_its_matrix_says():
    n = 40
    for i, name in enumerate(GRAPH.names):
        found = case(GRAPH, pipeline=Pipeline(tuple(Deal(f"d{j}", name, 1.0) for j in range(n))), horizon=Horizon())
        wins = simulate(found, trials=20_000).total("wins") / n
        assert abs(wins.mean() - GRAPH.win_rates[i]) < Z * wins.std() / sqrt(20_000)
