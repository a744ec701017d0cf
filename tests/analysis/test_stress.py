"""Stresses against formulas, and the mildest joint change against a formula and a grid."""

from dataclasses import replace
from datetime import date
from math import exp, log, pi

import goal_cases as cases
import numpy as np
import pytest
from scipy import optimize
from scipy.special import expit, logit, polygamma
from scipy.stats import binom

import funnelsim as fs
from funnelsim.analysis.reverse import Border, reverse_stress
from funnelsim.analysis.stress import stress_test
from funnelsim.analysis.turns import turned, turns_of
from funnelsim.engine.exact import exact
from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Fixed, Shaped
from funnelsim.model.payment import Instalment, Payment
from funnelsim.model.sources import Entry, Rate, Source
from funnelsim.model.stresses import STRESSES
from funnelsim.model.target import Target


def mean_of(case, measure="bookings"):
    return exact(case, (measure,)).total(measure).mean


def untimed(**parts):
    funnel = fs.Funnel.linear([fs.Step("a", conversion=0.5), fs.Step("b", conversion=0.6)])
    deals = (
        *(fs.Deal(f"a{i}", "a", 50.0, owner="Li", segment="east") for i in range(6)),
        *(fs.Deal(f"b{i}", "b", 80.0, owner="Wu", segment="west") for i in range(4)),
    )
    return fs.Case("untimed", cases.MONEY, cases.AS_OF, funnel, fs.Pipeline(deals), **parts)


def exponential(mean=40.0, n=10, **parts):
    stay = Shaped("exponential", {"mean": mean})
    funnel = fs.Funnel.linear([fs.Step("a", win_rate=0.4, stay=stay)])
    deals = tuple(fs.Deal(f"a{i}", "a", 50.0) for i in range(n))
    more = {"horizon": Horizon(1, "quarter"), **parts}
    return fs.Case("exponential", cases.MONEY, cases.AS_OF, funnel, fs.Pipeline(deals), **more)


# ---- each stress does what it says


def test_win_rates_that_fall_by_a_fifth_take_a_fifth_of_every_mean():
    assert mean_of(STRESSES["win_rates_fall"](untimed()).case) == pytest.approx(0.8 * mean_of(untimed()))
    branched = fs.Funnel(
        (
            fs.Stage("a", (fs_exit("b", 0.5), fs_exit("won", 0.1), fs_exit("lost", 0.4))),
            fs.Stage("b", (fs_exit("won", 0.5), fs_exit("a", 0.2), fs_exit("lost/price", 0.3))),
        )
    )
    case = replace(untimed(), funnel=branched)
    after = STRESSES["win_rates_fall"](case).case
    assert np.allclose(after.funnel.win_rates, 0.8 * np.array(branched.win_rates))
    # a stage that loses nothing finds a way to lose, and a belief keeps its evidence about the lower figure
    sure = fs.Funnel.linear([fs.Step("a", conversion=1.0)])
    lost = STRESSES["win_rates_fall"](replace(untimed(), funnel=sure, pipeline=fs.Pipeline(cases.deals(3, "a")))).case
    assert lost.funnel.win_rates == pytest.approx((0.8,))
    believed = replace(untimed(), beliefs=(Belief(Subject("win_rate", "b"), Beta(50.0)),))
    assert mean_of(STRESSES["win_rates_fall"](believed).case) == pytest.approx(0.8 * mean_of(believed), rel=1e-3)


def fs_exit(to, probability):
    from funnelsim.model.funnel import Exit

    return Exit(to, probability)


def test_win_rates_of_fitted_tables_fall_on_the_day_of_the_win():
    from tests.engine.daily_cases import deals_of, fitted_case, tables_of

    # without a shock, which would be centred anew on the lower chances
    tables = tables_of(3, n_draws=1, cuts=(), shock=(0.0,))
    case = fitted_case(tables, deals_of(3, tables, n=4))
    base, after = (exact(one).total("bookings").mean for one in (case, STRESSES["win_rates_fall"](case).case))
    assert after == pytest.approx(0.8 * base, rel=1e-6)


def test_stays_that_double_leave_the_wins_that_come_in_time():
    # P(T <= 92 days) of an exponential stay of mean 40, and of mean 80
    base, after = mean_of(exponential()), mean_of(STRESSES["cycles_double"](exponential()).case)
    assert base == pytest.approx(10 * 50 * 0.4 * (1 - exp(-92 / 40)), rel=1e-4)
    assert after == pytest.approx(10 * 50 * 0.4 * (1 - exp(-92 / 80)), rel=1e-4)


def test_amounts_that_shrink_take_a_fifth_of_the_mean_and_none_of_the_wins():
    after = STRESSES["amounts_shrink"](untimed()).case
    assert mean_of(after) == pytest.approx(0.8 * mean_of(untimed()))
    assert mean_of(after, "wins") == pytest.approx(mean_of(untimed(), "wins"))


def test_the_top_deal_is_the_one_with_most_at_stake_and_is_never_won():
    done = STRESSES["top_deal_lost"](untimed())
    assert done.whom == "b3"  # 80 at 60 % against 50 at 30 %
    assert mean_of(done.case) == pytest.approx(mean_of(untimed()) - 80 * 0.6)


def test_a_segment_that_freezes_wins_nothing_of_its_open_deals_and_its_sources():
    entry = Entry("a", Fixed(50.0))
    source = Source("web", entry, Rate(10.0, "month"), segment="west")
    cohort = Source("fair", entry, cohort=4, since=date(2026, 10, 5), segment="west")
    case = replace(exponential(), sources=(source, cohort))
    case = replace(case, pipeline=fs.Pipeline(tuple(d._replace(segment="west") for d in case.pipeline.deals)))
    done = STRESSES["segment_freezes"](case)
    assert done.whom == "west"
    assert mean_of(done.case) == pytest.approx(0.0, abs=1e-9)
    assert STRESSES["segment_freezes"](untimed()).whom == "west"  # 4 x 80 x .6 = 192 against 6 x 50 x .3 = 90
    assert mean_of(STRESSES["segment_freezes"](untimed()).case) == pytest.approx(90.0)


def test_deals_of_a_rep_who_leaves_keep_half_their_odds():
    done = STRESSES["rep_leaves"](untimed())
    assert done.whom == "Wu"
    halved = 0.6 / 0.4 / 2
    assert mean_of(done.case) == pytest.approx(90.0 + 4 * 80 * halved / (1 + halved))


def test_new_business_that_stops_leaves_the_open_deals():
    source = Source("web", Entry("a", Fixed(50.0)), Rate(10.0, "month"))
    case = replace(exponential(), sources=(source,))
    assert mean_of(STRESSES["no_new_business"](case).case) == pytest.approx(mean_of(exponential()))


def test_payment_twice_as_late_moves_cash_out_of_the_window():
    case = replace(exponential(), payment=Payment((Instalment(1.0, Fixed(60.0)),)))
    after = STRESSES["late_payment"](case).case
    # signed by day 92 - 60, and with a lag of 120 days nothing is paid in the window
    assert mean_of(case, "cash") == pytest.approx(10 * 50 * 0.4 * (1 - exp(-32 / 40)), rel=0.02)
    assert mean_of(after, "cash") == pytest.approx(0.0, abs=1e-9)
    assert mean_of(after) == pytest.approx(mean_of(case))


def test_stresses_that_do_not_apply_are_told_with_the_reason():
    told = stress_test(exponential(targets=(Target(2, "wins"),)), engine="exact", reverse=False)
    assert set(told.left_out) == {"segment_freezes", "rep_leaves", "no_new_business", "late_payment"}
    assert "states its owner" in str(told.left_out["rep_leaves"])
    with pytest.raises(InputError, match="is no stress; take one of win_rates_fall"):
        stress_test(exponential(), only=("earthquake",))


def test_what_the_exact_engine_does_not_answer_is_simulated_with_the_reason():
    wandering = replace(cases.timed(targets=(Target(300.0),)), shock=replace(fs_shock(), phi=0.5), seed=2)
    told = stress_test(wandering, trials=300, reverse=False)
    assert (told.variants.engine, told.variants.trials) == ("simulate", 300)
    assert "exact engine does not answer" in str(told.refused)
    assert stress_test(replace(wandering, shock=fs_shock()), reverse=False).variants.engine == "exact"


def test_simulated_stresses_share_their_random_numbers_and_agree_with_the_exact_ones():
    case = replace(cases.timed(rho=0.1, targets=(Target(300.0),)), seed=5)
    drawn = stress_test(case, engine="simulate", trials=20_000, reverse=False)
    known = stress_test(case, engine="exact", reverse=False)
    apart = np.sqrt(2) * drawn.base.bookings.sd / np.sqrt(20_000)
    for name, told in known.stresses.items():
        other = drawn.stresses[name].difference
        assert abs(other.mean - told.difference.mean) < 4 * other.mean_se + 1e-3
        assert abs(other.chances[0] - told.difference.chances[0]) < 4 * other.chances_se[0] + 1e-4
        assert other.mean_se < 0.7 * apart  # independent draws would give `apart`
    # a difference that is off by a twentieth of itself does not pass
    worst = next(iter(known.stresses))
    error = drawn.stresses[worst].difference.mean_se
    assert abs(0.05 * known.stresses[worst].difference.mean) > 4 * error


# ---- the mildest joint change


def test_one_input_is_turned_to_where_the_binomial_says():
    case = replace(cases.one_stage(0.5, 40.0, cases.deals(30)), targets=(Target(12, "wins"),))
    found = reverse_stress(case)
    there = optimize.brentq(lambda p: binom.sf(11, 30, p) - 0.5, 0.1, 0.5)
    unit = np.sqrt(2 * polygamma(1, 20.0))
    assert found.turned[0].turn.unit == pytest.approx(unit)
    assert found.distance == pytest.approx((logit(0.5) - logit(there)) / unit, rel=0.01)
    assert found.chance == pytest.approx(binom.sf(11, 30, 0.5))
    assert 0.49 < found.chance_there <= 0.5


def two_inputs():
    """Return two stages of which rates alone can be turned, and a target of wins."""
    case = replace(untimed(), targets=(Target(4, "wins"),), shock=fs_shock())
    return case, turns_of(case)


def fs_shock():
    from funnelsim.model.shock import Shock

    return Shock(0.1)


def test_the_mildest_change_is_the_nearest_border_point_of_a_grid():
    case, turns = two_inputs()
    assert [turn.kind for turn in turns] == ["conversion", "conversion"]
    found = reverse_stress(case)

    def chance(u):
        return exact(turned(case, turns, u), ("wins",)).toward(case.targets[0]).chance_at_least(4)

    lengths = []
    for angle in np.linspace(0.0, pi / 2, 61):
        ray = np.array([np.cos(angle), np.sin(angle)])
        if chance(4 * ray) < 0.5:
            lengths.append(optimize.brentq(lambda r, ray=ray: chance(r * ray) - 0.5, 0.0, 4.0, xtol=1e-4))
    assert found.distance == pytest.approx(min(lengths), rel=0.01)
    # the grid tells the best direction from one that is merely good
    assert max(lengths) > 1.1 * min(lengths)
    assert found.evaluations < 150


def test_the_border_of_a_plane_is_met_at_its_foot_also_where_a_second_hump_lies_nearer():
    weights = np.array([3.0, 1.0, 0.5])
    plane = Border(lambda u: float(expit(2.0 - weights @ u)), 3)
    assert np.linalg.norm(plane.nearest()) == pytest.approx(2.0 / np.linalg.norm(weights), rel=0.01)
    # two ways to break it: the slope at the start points to the far one (at 3), the near one (at 2) begins late
    late = Border(lambda u: float(expit(2.0 - max(2.0 * u[0] / 3.0, u[1] ** 3 / 4.0))), 2)
    assert np.linalg.norm(late.nearest()) == pytest.approx(2.0, rel=0.01)


def test_a_target_under_the_level_needs_no_stress_and_a_sure_one_has_no_answer():
    case, _ = two_inputs()
    under = reverse_stress(replace(case, targets=(Target(9, "wins"),)))
    assert under.distance == 0
    assert all(units == 0 for _, units in under.alone)
    sure = replace(cases.one_stage(0.9, None, cases.deals(1)), targets=(Target(1, "wins"),), booked=())
    sure = replace(sure, funnel=fs.Funnel.linear([fs.Step("contact", conversion=1.0)]), horizon=Horizon())
    stays = replace(exponential(mean=0.01), targets=(Target(1, "wins"),))
    far = reverse_stress(stays, turns=tuple(turn for turn in turns_of(stays) if turn.kind == "stays"))
    assert (far.distance, far.chance_there) == (None, None)


def test_beliefs_in_what_is_turned_give_the_unit_and_are_gone_from_the_case():
    about = Subject("conversion", "b")
    case = replace(untimed(), beliefs=(Belief(about, Beta(50.0)),), targets=(Target(200.0),))
    turns = {turn.name: turn for turn in turns_of(case)}
    assert turns["b"].unit == pytest.approx(np.sqrt(polygamma(1, 30.0) + polygamma(1, 20.0)))
    assert (turns["b"].unit_from, turns["a"].unit_from, turns["a"].unit) == ("belief", "stated", 1.0)
    after = turned(case, tuple(turns.values()), np.ones(len(turns)))
    assert after.beliefs == ()
    assert after.funnel.conversions == pytest.approx((expit(-1.0), expit(logit(0.6) - turns["b"].unit)))
    assert after.realisation == Fixed(exp(-0.25))
    slow = replace(
        cases.timed(),
        beliefs=(Belief(Subject("stay", "contact"), Shaped("lognormal", {"median": 1.0, "p90": exp(0.5)})),),
    )
    stays = next(turn for turn in turns_of(slow) if turn.kind == "stays")
    assert stays.unit == pytest.approx(0.5 / 1.2815516, rel=0.01)  # sd of the log: ln(p90 / median) / z(0.9)
    assert log(stays.at(2.0)) == pytest.approx(2 * stays.unit)


def test_simulation_finds_the_same_distance_but_for_its_noise():
    case, _ = two_inputs()
    known, drawn = reverse_stress(case), reverse_stress(case, engine="simulate", trials=4000, seed=3)
    # the chance moves by about .19 a unit; its error at a half is .008
    assert abs(drawn.distance - known.distance) < 4 * 0.008 / 0.19
    assert drawn.chance_there <= 0.5


def test_the_error_of_a_difference_of_chances_is_that_of_trials_that_change_sides():
    case = replace(cases.timed(rho=0.1, targets=(Target(300.0),)), seed=5)
    found = stress_test(case, engine="simulate", trials=4000, only=("amounts_shrink",), reverse=False)
    apart = found.stresses["amounts_shrink"].difference
    lost = -apart.chances[0]  # a target is missed or kept: nobody reaches more with less
    assert lost > 0
    assert apart.chances_se[0] == pytest.approx(np.sqrt(lost * (1 - lost) / 4000))
