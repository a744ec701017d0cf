"""When deals are won: closed forms of the clock."""

import numpy as np
import pytest
from scipy import stats

from funnelsim.engine.exact import exact
from funnelsim.model.funnel import Exit, Funnel, Stage, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Empirical, Fixed, Pert, Shaped
from funnelsim.model.pipeline import Deal
from tests.engine.exact.exact_cases import alike, case_of, exponential, gamma, graph, lognormal, timed

ENDS = (31, 59, 90)
SMOOTH = 1e-5  # lattice of 1/16 day, stays of at least 10 days: step^2 / 24 x density slope < 1e-6 a stage


def upto(case, measure="wins"):
    law = exact(case, ("bookings", "wins", "losses"))
    return np.cumsum([law.period(measure, i).mean for i in range(3)])


def test_two_exponential_stages_take_the_analytic_time():
    steps = [Step("a", conversion=0.5, stay=exponential(20)), Step("b", conversion=0.8, stay=exponential(35))]
    t = np.array(ENDS, float)
    both = 1 - (20 * np.exp(-t / 20) - 35 * np.exp(-t / 35)) / (20 - 35)
    found = upto(timed(steps, alike(10, "a")))
    assert found == pytest.approx(10 * 0.4 * both, abs=10 * SMOOTH)
    assert found != pytest.approx(10 * 0.4 * 1.03 * both, abs=10 * SMOOTH)  # the control: 3 % too many


def test_a_fixed_stay_that_ends_on_a_boundary_belongs_to_the_next_period():
    deals = [Deal("on", "a", 1.0), Deal("before", "a", 1.0, age_days=0.25), Deal("far", "a", 1.0, age_days=3.0)]
    steps = [Step("a", conversion=1.0, stay=Fixed(14.0)), Step("b", conversion=1.0, stay=Fixed(17.0))]
    law = exact(timed(steps, deals))
    assert [law.period("wins", i).mean for i in range(3)] == pytest.approx([2, 1, 0], abs=1e-12)


def test_atoms_shared_by_several_stages_are_added_exactly():
    steps = [
        Step("a", conversion=1.0, stay=Empirical((10.1, 20.7))),
        Step("b", conversion=1.0, stay=Empirical((10.3, 20.9))),
    ]
    found = upto(timed(steps, alike(1, "a")))
    assert found == pytest.approx([0.25, 1.0, 1.0], abs=1e-12)  # 20.4 alone; 31.0, twice, is past the end


def test_an_aged_exponential_deal_is_as_good_as_new():
    steps = [Step("a", conversion=0.5, stay=exponential(40), stay_lost=exponential(40))]
    assert upto(timed(steps, alike(4, "a", age_days=77.0))) == pytest.approx(
        upto(timed(steps, alike(4, "a"))), abs=1e-9
    )


@pytest.mark.parametrize("age", [5.0, 60.0])
def test_an_aged_deal_waits_for_what_is_left_of_its_stay(age):
    advance, lose = stats.gamma(4.0, scale=10.0), stats.lognorm(np.log(3) / 1.2815515655446004, scale=30.0)
    steps = [Step("a", conversion=0.6, stay=gamma(40, 0.5), stay_lost=lognormal(30, 90))]
    alive = 0.6 * advance.sf(age), 0.4 * lose.sf(age)
    expected = 0.6 * (advance.cdf(age + np.array(ENDS)) - advance.cdf(age)) / sum(alive)
    found = upto(timed(steps, alike(1, "a", age_days=age)))
    assert found == pytest.approx(expected, abs=SMOOTH)
    assert found != pytest.approx(expected * 1.03, abs=SMOOTH)


def test_losses_come_at_their_own_time():
    steps = [Step("a", conversion=0.6, stay=exponential(20), stay_lost=exponential(50), never=0.1)]
    found = upto(timed(steps, alike(1, "a")), "losses")
    assert found == pytest.approx(0.3 * (1 - np.exp(-np.array(ENDS) / 50)), abs=SMOOTH)


def test_a_time_out_closes_what_never_decides():
    steps = [Step("a", conversion=0.6, stay=exponential(20), never=0.25, timeout_days=31.0)]
    case = timed(steps, alike(1, "a"))
    decided = 0.15 * (1 - np.exp(-np.array(ENDS) / 20))
    assert upto(case, "losses") == pytest.approx(decided + np.array([0, 0.25, 0.25]), abs=SMOOTH)
    assert upto(case) == pytest.approx(0.6 * (1 - np.exp(-np.array(ENDS) / 20)), abs=SMOOTH)


def test_a_graph_is_won_in_the_end_as_its_matrix_says():
    case = case_of(graph(), alike(3, "a") + alike(2, "b") + alike(1, "c"))
    law = exact(case)
    P = np.array([[0, 0.4, 0.2], [0.2, 0, 0.5], [0, 0.15, 0]])
    w = np.linalg.solve(np.eye(3) - P, [0, 0, 0.5])
    assert law.total("wins").mean == pytest.approx(3 * w[0] + 2 * w[1] + w[2], abs=1e-12)
    assert law.deal_chances()[0] == pytest.approx([w[0]] * 3 + [w[1]] * 2 + [w[2]], abs=1e-12)


def test_a_graph_of_exponential_stays_follows_its_differential_equation():
    funnel = Funnel(
        (
            Stage("a", (Exit("b", 0.7, exponential(10)), Exit("lost", 0.3, exponential(10)))),
            Stage("b", (Exit("a", 0.4, exponential(15)), Exit("won", 0.6, exponential(15)))),
        )
    )
    from scipy.linalg import expm

    generator = np.array([[-0.1, 0.07, 0], [0.4 / 15, -1 / 15, 0.6 / 15], [0, 0, 0]])
    expected = [expm(generator * t)[0, 2] for t in ENDS]
    found = upto(case_of(funnel, alike(1, "a"), horizon=Horizon(3, "month")))
    assert found == pytest.approx(expected, abs=SMOOTH)
    assert found != pytest.approx(np.array(expected) * 1.03, abs=SMOOTH)


def test_a_graph_of_fixed_stays_keeps_ends_exclusive():
    funnel = Funnel(
        (
            Stage("a", (Exit("b", 1.0, Fixed(10.0)),)),
            Stage("b", (Exit("a", 0.5, Fixed(11.0)), Exit("won", 0.5, Fixed(21.0)))),
        )
    )
    # ways to a win from a: 31 days, then 31 + 21 = 52, 73, 94 days ...
    found = upto(case_of(funnel, alike(1, "a"), horizon=Horizon(3, "month")))
    assert found == pytest.approx([0.0, 0.75, 0.875], abs=1e-9)


def test_a_graph_that_is_linear_after_all_gives_the_same_as_the_short_way():
    steps = [
        Step("a", conversion=0.5, stay=lognormal(20, 60)),
        Step("b", conversion=0.8, stay=Pert(5.0, 10.0, 30.0, delay=3.0)),
    ]
    straight = timed(steps, alike(2, "a", age_days=4.0) + alike(2, "b"))
    # the same funnel behind a stage that no deal is in and that makes it a graph
    detour = Stage("z", (Exit("b", 0.5, exponential(5)), Exit("won", 0.5, exponential(5))))
    branched = case_of(Funnel((detour, *straight.funnel.stages)), straight.pipeline.deals, horizon=Horizon(3, "month"))
    assert upto(branched) == pytest.approx(upto(straight), abs=1e-7)


def test_close_dates_are_the_quantiles_of_the_day_given_a_win():
    steps = [Step("a", conversion=0.5, stay=Shaped("weibull", {"scale": 30.0, "shape": 2.0}))]
    chance, days = exact(timed(steps, alike(1, "a"))).deal_chances()
    weibull = stats.weibull_min(2.0, scale=30.0)
    assert chance[0] == pytest.approx(0.5 * weibull.cdf(90), abs=SMOOTH)
    assert days[0] == pytest.approx(np.floor(weibull.ppf(np.array([0.1, 0.5, 0.9]) * weibull.cdf(90))))


def test_periods_add_up_to_the_total():
    case = case_of(graph(), alike(5, "a") + alike(5, "b", age_days=9.0), horizon=Horizon(3, "month"))
    law = exact(case)
    for measure in ("bookings", "wins"):
        parts = sum(law.period(measure, i).mean for i in range(3))
        assert law.total(measure).mean == pytest.approx(parts, rel=1e-12)


def test_a_stale_deal_is_treated_as_the_case_says():
    steps = [Step("a", conversion=0.5, stay=Fixed(10.0))]
    chances = {
        policy: exact(timed(steps, alike(1, "a", age_days=50.0), stale=policy), ("wins", "losses"))
        for policy in ("lost", "fresh", "open")
    }
    assert {p: law.total("wins").mean for p, law in chances.items()} == pytest.approx(
        {"lost": 0, "fresh": 0.5, "open": 0}
    )
    assert {p: law.total("losses").mean for p, law in chances.items()} == pytest.approx(
        {"lost": 1, "fresh": 0.5, "open": 0}
    )
