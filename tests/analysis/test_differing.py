"""Inputs in which two cases differ, and the cases in between."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from decision_cases import book, full, learnt, plain

import funnelsim as fs
from funnelsim.analysis.differing import Between, Input
from funnelsim.analysis.shapley import subsets
from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.law import Beta, Shaped, Uniform
from funnelsim.model.shock import Shock
from funnelsim.model.target import Booked


def named(between: Between) -> set[str]:
    return set(map(str, between.inputs))


def test_a_case_differs_from_itself_in_nothing() -> None:
    assert Between(full(), full()).inputs == ()


def test_every_part_that_differs_has_a_name() -> None:
    first = full()
    stay = Shaped("lognormal", {"median": 30.0, "p90": 60.0})
    steps = [fs.Step("contact", win_rate=0.3, stay=stay), fs.Step("offer", win_rate=0.5, stay=stay)]
    deals = [d._replace(amount=d.amount * 2, win_rate=0.9) for d in book(1, 1).deals]
    second = replace(
        first,
        funnel=fs.Funnel.linear(steps),
        pipeline=fs.Pipeline((*deals, fs.Deal("new", "offer", 10.0))),
        beliefs=(Belief(Subject("win_rate", "contact"), Beta(40.0)), Belief(Subject("rho"), Uniform(0.01, 0.1), 0.05)),
        shock=Shock(0.1),
        realisation=None,
        sources=(),
        booked=(Booked(5.0, first.as_of),),
    )
    assert named(Between(first, second)) == {
        "conversion:contact", "conversion:offer", "stay:contact", "stay:offer", "belief:shock.rho", "shock",
        "realisation", "source:web", "booked", "deals_gone", "deals_new", "deal_amount:contact", "deal_amount:offer",
        "deal_win_rate:contact", "deal_win_rate:offer",
    }  # fmt: skip


def test_cases_in_between_take_what_is_chosen_and_nothing_else() -> None:
    first, second = plain(), plain((0.35, 0.5), book(25, 10, 60.0))
    between = Between(first, second)
    found = between.case(frozenset({Input("conversion", "offer"), Input("deals_new")}))
    assert found.funnel.conversions == pytest.approx((0.5, 0.5))
    assert (len(found.pipeline), found.pipeline.deals[0].amount) == (35, 50.0)
    assert between.case(frozenset()) is first
    assert between.case(frozenset(between.inputs)) is second


def test_win_rates_in_between_never_fall() -> None:
    """Mixed win rates would: 40 % of one case before 30 % of the other."""
    between = Between(plain((0.4, 0.5)), plain((0.1, 0.3)))
    for taken in subsets(between.inputs):
        rates = between.case(taken).funnel.win_rates
        assert all(a <= b for a, b in pairwise(rates))


def test_a_belief_about_a_figure_that_differs_comes_with_the_figure() -> None:
    first, second = learnt((40.0, 30.0)), plain((0.2, 0.6), beliefs=learnt((90.0, 70.0)).beliefs)
    between = Between(first, second)
    assert named(between) == {"conversion:contact", "belief:stages.offer.win_rate"}
    found = between.case(frozenset({Input("conversion", "contact")}))
    assert [belief.law for belief in found.beliefs] == [Beta(90.0), Beta(30.0)]


def test_funnels_of_other_stages_are_one_input() -> None:
    steps = [fs.Step("call", win_rate=0.2)]
    second = replace(plain(), funnel=fs.Funnel.linear(steps), pipeline=fs.Pipeline((fs.Deal("a", "call", 1.0),)))
    between = Between(plain(), second)
    assert between.inputs == (Input("stages"),)


def test_cases_of_another_day_or_unit_are_refused() -> None:
    other = replace(plain(), as_of=plain().as_of.replace(day=2), money=fs.Money("EUR"))
    with pytest.raises(InputError, match=r"as_of is 2026-10-01 in 'plain' and 2026-10-02.*unit is 万元 CNY"):
        Between(plain(), other)
