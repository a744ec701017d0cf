"""What every report tells: each part is there, or says why it is not, and agrees with the analysis it comes from."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from funnelsim.analysis.answer import forecast
from funnelsim.analysis.bearable import FEWEST_TRIALS, MOST_TRIALS, TooLargeError, bearable_trials
from funnelsim.analysis.briefing import PARTS, briefing
from funnelsim.analysis.sensitivity import Plan, sensitivity
from funnelsim.analysis.swings import swings
from funnelsim.analysis.track import PastHits
from funnelsim.engine.exact import exact
from funnelsim.engine.lower import lower
from funnelsim.engine.simulate import simulate
from funnelsim.model.case import Case
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Shaped
from funnelsim.model.money import Money
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.target import Target


def case_of(n_deals=12, *, stay=True):
    law = Shaped("lognormal", {"median": 20.0, "p90": 60.0}) if stay else None
    steps = [Step("need", win_rate=0.3, stay=law), Step("offer", win_rate=0.6, stay=law)]
    deals = tuple(Deal(f"d{i}", ("need", "offer")[i % 2], 50.0 + 10 * i, segment="east") for i in range(n_deals))
    return Case(
        "small", Money("CNY", "万元"), date(2026, 10, 15), Funnel.linear(steps), Pipeline(deals),
        horizon=Horizon(3, "month"), targets=(Target(400.0),), groups=("segment",), seed=5,
    )  # fmt: skip


@pytest.fixture(scope="module")
def told():
    case = case_of()
    others = {"": case, "half": replace(case, pipeline=Pipeline(case.pipeline.deals[:6]))}
    earlier = replace(case, as_of=case.as_of - timedelta(days=7), pipeline=Pipeline(case.pipeline.deals[:10]))
    law = forecast(simulate(case, trials=500, seed=5), deals=True)
    return briefing(law, earlier=earlier, others=others, track=(PastHits("open_wins", 0.8, 9, 10, 9),))


def test_every_part_is_told_or_says_why_not(told):
    without = briefing(forecast(exact(case_of())))
    for found in (told, without):
        for part in PARTS:
            assert bool(getattr(found, part)) != (part in found.absent), part
    assert set(told.absent) == {"backtest"}
    assert {part: found.why for part, found in without.absent.items()} == {
        "deals": "not_given", "changes": "not_given", "comparison": "none", "track": "not_given",
        "backtest": "not_given",
    }  # fmt: skip


def test_levers_are_the_tornado_of_the_sensitivity(told):
    full = sensitivity(case_of(), Plan(points=2, gradient_trials=0, seed=5))
    for name in ("base", "low", "high"):
        np.testing.assert_allclose(getattr(told.levers.tornado, name), getattr(full.tornado, name), atol=1e-12)
    assert told.levers.engine == "exact"
    assert told.levers.order == [i for i in full.tornado.order(4) if full.tornado.swing[i].max() > 0]


def test_what_changed_ends_where_the_forecast_stands(told):
    law = simulate(case_of(), trials=told.changes.trials, seed=5)
    assert told.changes.waterfall.end["mean"] == pytest.approx(law.total("bookings").mean() / 100, rel=1e-12)
    assert [step.cause for step in told.changes.waterfall.steps] == ["calendar", "added"]


def test_deals_that_matter_most_come_first(told):
    assert [abs(deal.swing) for deal in told.deals] == sorted((abs(d.swing) for d in told.deals), reverse=True)
    untargeted = briefing(forecast(exact(replace(case_of(), targets=())), deals=True))
    expected = [d.amount * d.win_probability for d in untargeted.deals]
    assert expected == sorted(expected, reverse=True)


def test_a_refusal_is_a_reason_with_what_was_said(told):
    found = briefing(told.forecast, earlier=replace(case_of(), money=Money("USD", "1")))
    assert found.changes is None
    assert found.absent["changes"].why == "refused"
    assert "USD" in found.absent["changes"].detail


def test_trials_are_as_many_as_the_walks_allow():
    program = lower(case_of(100))
    assert bearable_trials(program, 10, 1_000_000) == 1_000
    assert bearable_trials(program, 1, 10**9) == MOST_TRIALS
    assert bearable_trials(program, 10, FEWEST_TRIALS * 1_000) == FEWEST_TRIALS
    with pytest.raises(TooLargeError, match="100 deals"):
        bearable_trials(program, 10, FEWEST_TRIALS * 1_000 - 1)


def test_the_same_levers_for_any_threads(monkeypatch):
    monkeypatch.setattr("funnelsim.analysis.swings.MAX_WORK", 0.0)
    one, two = (swings(case_of(), seed=3, threads=n) for n in (1, 2))
    assert one.engine == "simulate"
    assert one.chance_error == pytest.approx(0.5 / one.trials**0.5)
    np.testing.assert_array_equal(one.tornado.high, two.tornado.high)
