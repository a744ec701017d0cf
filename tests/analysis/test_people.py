"""Opinions and roles answered by both engines: side by side, on shared random numbers, and by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import exp, log, sqrt

import pytest

from funnelsim.analysis.opinions import forecast_opinions
from funnelsim.analysis.roles import forecast_roles
from funnelsim.analysis.variants import forecast_variants
from funnelsim.errors import InputError
from funnelsim.model.case import Case
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Shaped
from funnelsim.model.money import Money
from funnelsim.model.opinions import Opinions, TrackRecord, Voice, log_odds_of, probability_of
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.roles import Role, Roles
from funnelsim.model.target import Target

# some 40 comparisons: 1 seed in 1,000 may err
Z = 4.3
TRIALS = 20_000
FUNNEL = Funnel.linear([Step("demo", win_rate=0.2), Step("offer", win_rate=0.5)])
DEALS = (
    Deal("A", "demo", 50.0),
    Deal("B", "demo", 80.0),
    Deal("C", "offer", 40.0),
    Deal("D", "offer", 10.0, win_rate=0.9),
)
RECORD = TrackRecord(100, 40, intercept=-0.5, slope=0.8)
OPINIONS = Opinions(
    (Voice("rep", 1.0, record=RECORD), Voice("boss", 3.0)),
    {"A": {"rep": 0.8, "boss": 0.2}, "B": {"rep": 0.7}},
)
STRENGTHS = {"supports": 0.7, "against": -1.1, "no interest": -0.4}
ROLES = Roles(STRENGTHS, (Role("A", "buyer", "supports", 1.5), Role("C", "finance", "no interest")))


def spoken(**parts):
    pipeline = Pipeline(OPINIONS.applied(DEALS))
    targets = (Target(90.0), Target(2, "wins"))
    whole = {"opinions": OPINIONS, "targets": targets, **parts}
    return Case("people", Money("CNY", "万元"), date(2026, 10, 1), FUNNEL, pipeline, **whole)


def peopled(**parts):
    return Case(
        "people",
        Money("CNY", "万元"),
        date(2026, 10, 1),
        FUNNEL,
        Pipeline(ROLES.applied(DEALS)),
        roles=ROLES,
        targets=(Target(90.0),),
        **parts,
    )


def test_each_hearing_is_the_mean_by_hand():
    told = forecast_opinions(spoken(), engine="exact")
    rest = 40 * 0.5 + 10 * 0.9
    rep_a, rep_b = (probability_of(-0.5 + 0.8 * log_odds_of(p)) for p in (0.8, 0.7))
    pooled = probability_of((-0.5 + 0.8 * log(4)) / 4 - 3 * log(4) / 4)
    wanted = {
        ("pool", ""): 50 * pooled + 80 * rep_b + rest,
        ("said", "rep"): 50 * 0.8 + 80 * 0.7 + rest,
        ("recalibrated", "rep"): 50 * rep_a + 80 * rep_b + rest,
        ("said", "boss"): 50 * 0.2 + 80 * 0.2 + rest,
        ("stages", ""): 50 * 0.2 + 80 * 0.2 + rest,
    }
    assert [(h.heard, h.voice) for h in told.hearings] == list(wanted)
    for hearing in told.hearings:
        mean = wanted[hearing.heard, hearing.voice]
        assert hearing.variant.bookings.mean == pytest.approx(mean, abs=1e-6)
        assert hearing.variant.difference.mean == pytest.approx(mean - wanted["pool", ""], abs=1e-6)
    assert [h.n_deals for h in told.hearings] == [2, 2, 2, 1, 0]


def test_simulated_hearings_agree_with_the_exact_ones_and_their_differences_are_surer():
    drawn = forecast_opinions(spoken(), trials=TRIALS, seed=4)
    exact = forecast_opinions(spoken(), engine="exact")
    for one, other in zip(drawn.hearings, exact.hearings, strict=True):
        assert abs(one.variant.bookings.mean - other.variant.bookings.mean) < Z * one.variant.bookings.mean_se
        apart, known = one.variant.difference, other.variant.difference
        assert abs(apart.mean - known.mean) <= Z * apart.mean_se
        assert apart.mean_se < one.variant.bookings.mean_se
        for i, target in enumerate(one.variant.targets):
            assert abs(target.chance - other.variant.targets[i].chance) <= Z * target.chance_se + 1e-12
            assert abs(apart.chances[i] - known.chances[i]) <= Z * apart.chances_se[i] + 1e-12
    # negative control: the rep's forecast is not the boss's
    rep, boss = drawn.hearings[1].variant.bookings, exact.hearings[3].variant.bookings
    assert abs(rep.mean - boss.mean) > Z * rep.mean_se


def test_the_most_disputed_deal_comes_first():
    told = forecast_opinions(spoken(), engine="exact")
    assert [deal.deal.id for deal in told.deals] == ["A", "B"]
    first = told.deals[0]
    assert first.disagreement == pytest.approx(2 * log(4))
    assert (first.said, first.by_stage) == ({"rep": 0.8, "boss": 0.2}, pytest.approx(0.2))
    assert first.recalibrated["boss"] == pytest.approx(0.2)


def test_a_stage_that_only_marks_progress_says_nothing_but_zero():
    marks = Funnel.linear([Step("lead", win_rate=0.0), Step("offer", win_rate=0.5)])
    deals = OPINIONS.applied((Deal("A", "lead", 50.0), Deal("C", "offer", 40.0)))
    case = Case("x", Money("CNY"), date(2026, 10, 1), marks, Pipeline(deals), opinions=OPINIONS)
    with pytest.raises(InputError, match="cannot reach"):
        forecast_opinions(case, engine="exact")


def test_the_roles_of_a_deal_shift_its_odds_and_a_turn_moves_the_mean_by_its_share():
    told = forecast_roles(peopled(), engine="exact")
    a, c = (next(deal for deal in told.deals if deal.deal.id == name) for name in "AC")
    assert (a.without, c.without) == (pytest.approx(0.2), pytest.approx(0.5))
    assert a.with_roles == pytest.approx(probability_of(log(0.25) + 1.05))
    assert c.with_roles == pytest.approx(probability_of(-0.4))
    assert told.without_roles.bookings.mean == pytest.approx(50 * 0.2 + 80 * 0.2 + 20 + 9)
    moved = {(turn.role.deal, turn.stance): turn for turn in told.turns}
    assert set(moved) == {("A", "against"), ("C", "supports"), ("C", "against")}
    turned = moved["A", "against"]
    odds = turned.chance / (1 - turned.chance)
    assert odds / (a.with_roles / (1 - a.with_roles)) == pytest.approx(exp(1.5 * (-1.1 - 0.7)))
    assert turned.difference.mean == pytest.approx(50 * (turned.chance - a.with_roles), abs=1e-6)
    assert moved["C", "supports"].difference.chances[0] > 0


def test_simulated_turns_agree_with_the_exact_ones():
    timed = Funnel.linear(
        [
            Step(n, win_rate=w, stay=Shaped("gamma", {"mean": 30.0, "cv": 0.8}))
            for n, w in (("demo", 0.2), ("offer", 0.5))
        ]
    )
    case = replace(peopled(), funnel=timed, horizon=Horizon(1, "quarter"))
    drawn, exact = forecast_roles(case, trials=TRIALS, seed=3), forecast_roles(case, engine="exact")
    for one, other in zip(drawn.turns, exact.turns, strict=True):
        assert (one.role, one.stance, one.chance) == (other.role, other.stance, other.chance)
        assert abs(one.difference.mean - other.difference.mean) < Z * one.difference.mean_se
        assert abs(one.difference.chances[0] - other.difference.chances[0]) < Z * one.difference.chances_se[0]
        # within the quarter a turn moves less than in the end
        unlimited = 50 if one.role.deal == "A" else 40
        assert abs(other.difference.mean) < unlimited * 0.9


def test_only_the_turns_that_move_most_are_worked_out_and_the_others_are_counted():
    told = forecast_roles(peopled(), engine="exact", most=1)
    assert [(turn.role.deal, turn.stance) for turn in told.turns] == [("A", "against")]
    assert told.n_more == 2


def test_a_case_without_people_is_told_what_to_write():
    case = spoken()
    with pytest.raises(InputError, match="write roles"):
        forecast_roles(case)
    with pytest.raises(InputError, match="write opinions"):
        forecast_opinions(replace(case, opinions=None))


def test_the_error_of_a_difference_is_that_of_the_trials():
    """A deal that is surely won on top changes every trial by its amount: no error at all."""
    case = spoken()
    more = replace(case, pipeline=Pipeline((*case.pipeline.deals, Deal("E", "offer", 7.0, win_rate=1.0))))
    told = forecast_variants({"base": case, "more": more}, trials=500, seed=2)
    apart = told.by_name["more"].difference
    assert (apart.mean, apart.mean_se) == (pytest.approx(7.0), pytest.approx(0.0, abs=1e-12))
    other = forecast_variants({"base": case, "other": replace(case, pipeline=Pipeline(DEALS))}, trials=500, seed=2)
    own = other.by_name["other"]
    assert 0 < own.difference.mean_se < sqrt(2) * own.bookings.mean_se


def test_without_any_seed_all_variants_share_the_one_drawn():
    told = forecast_variants({"one": spoken(), "two": spoken()}, trials=300)
    assert told.seed is not None
    assert told.by_name["one"].bookings == told.by_name["two"].bookings
