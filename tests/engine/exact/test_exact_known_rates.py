"""Closed forms where nothing is uncertain but luck."""

import numpy as np
import pytest
from scipy import stats

from funnelsim.engine.exact import exact
from funnelsim.errors import InputError
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.law import Empirical, Pert
from funnelsim.model.pipeline import Deal
from funnelsim.model.target import Target
from tests.engine.exact.exact_cases import N_DEALS, WIN_RATES, alike, case_of, one_stage, weighted_pipeline

BELOW_ROUNDING = 1e-10  # sums of a few hundred terms of 1e-16, through one transform and back


def poisson_binomial(chances: list[float]) -> np.ndarray:
    pmf = np.ones(1)
    for chance in chances:
        pmf = np.convolve(pmf, [1 - chance, chance])
    return pmf


def test_the_weighted_pipeline_is_worth_2685_and_its_sd_is_that_of_independent_deals():
    law = exact(weighted_pipeline()).total("bookings")
    assert law.mean == pytest.approx(2685, abs=1e-9)
    assert law.support @ law.pmf == pytest.approx(2685, abs=1e-8)
    assert law.sd == pytest.approx(50 * np.sqrt(23.43), rel=1e-12)
    assert round(law.sd, 2) == 242.02


def test_wins_of_unlike_deals_are_poisson_binomial():
    chances = [rate for rate, n in zip(WIN_RATES, N_DEALS, strict=True) for _ in range(n)]
    law = exact(weighted_pipeline()).total("wins")
    assert np.abs(law.pmf - poisson_binomial(chances)).max() < BELOW_ROUNDING
    off = poisson_binomial([chances[0] * 1.03, *chances[1:]])  # the control: one chance 3 % too high
    assert np.abs(law.pmf - off).max() > BELOW_ROUNDING


def test_wins_of_like_deals_are_binomial_and_the_rest_is_lost():
    law = exact(one_stage(0.3, 20), ("wins", "losses"))
    binomial = stats.binom(20, 0.3)
    assert np.abs(law.total("wins").pmf - binomial.pmf(np.arange(21))).max() < BELOW_ROUNDING
    assert np.abs(law.total("losses").pmf - stats.binom(20, 0.7).pmf(np.arange(21))).max() < BELOW_ROUNDING
    assert [law.total("wins").quantile(p) for p in (0.05, 0.5, 0.95)] == [binomial.ppf(p) for p in (0.05, 0.5, 0.95)]


def test_a_target_counts_what_reaches_it_and_the_gap_below_it():
    law = exact(weighted_pipeline()).toward(Target(2700.0))
    wins = poisson_binomial([rate for rate, n in zip(WIN_RATES, N_DEALS, strict=True) for _ in range(n)])
    assert law.chance_at_least(2700.0) == pytest.approx(wins[54:].sum(), abs=BELOW_ROUNDING)
    assert law.chance_at_least(2700.01) == pytest.approx(wins[55:].sum(), abs=BELOW_ROUNDING)
    assert law.mean_gap(2700.0) == pytest.approx((54 - np.arange(54)) @ wins[:54] * 50, abs=1e-7)


def test_a_few_odd_amounts_are_told_apart_to_the_hundredth():
    amounts = [12.34, 56.78, 0.01, 99999.99]
    funnel = Funnel.linear([Step("offer", win_rate=0.4)])
    law = exact(case_of(funnel, [Deal(str(a), "offer", a) for a in amounts])).total("bookings")
    assert len(law.support) == 16
    assert law.is_true_lattice
    assert law.chance_at_least(99999.99) == pytest.approx(0.4, abs=BELOW_ROUNDING)
    assert law.chance_at_least(12.34 + 56.78 + 0.01) == pytest.approx(0.4 + 0.6 * 0.4**3, abs=BELOW_ROUNDING)
    assert law.numeric_error == 0


def test_many_odd_amounts_agree_with_a_convolution_within_the_stated_error():
    rng = np.random.default_rng(5)
    amounts = np.round(rng.lognormal(3.0, 1.0, 40), 2)
    funnel = Funnel.linear([Step("offer", win_rate=0.35)])
    law = exact(case_of(funnel, [Deal(str(i), "offer", float(a)) for i, a in enumerate(amounts)])).total("bookings")
    slow = np.ones(1)
    for cents in np.rint(amounts * 100).astype(int):
        longer = np.zeros(len(slow) + cents)
        longer[: len(slow)] += 0.65 * slow
        longer[cents:] += 0.35 * slow
        slow = longer
    upto = np.cumsum(slow)
    for p in (0.1, 0.5, 0.9):
        assert law.quantile(p) == pytest.approx(np.searchsorted(upto, p) / 100, abs=law.numeric_error)
    assert law.numeric_error < 0.01 * law.sd
    assert law.mean == pytest.approx(0.35 * amounts.sum(), rel=1e-12)


def test_realisation_scales_each_deal_by_its_own_draw():
    pert = Pert(0.75, 0.95, 1.05)
    mean, share = (0.75 + 4 * 0.95 + 1.05) / 6, (0.95 - 0.75) / 0.3
    variance = 0.3**2 * (1 + 4 * share) * (5 - 4 * share) / (36 * 7)
    law = exact(one_stage(0.3, 30, 50.0, realisation=pert)).total("bookings")
    assert law.mean == pytest.approx(30 * 0.3 * 50 * mean, rel=1e-12)
    assert law.sd == pytest.approx(np.sqrt(30 * 2500 * (0.3 * (variance + mean**2) - 0.09 * mean**2)), rel=1e-9)
    on_points = np.sqrt((law.support - law.mean) ** 2 @ law.pmf)
    assert on_points == pytest.approx(law.sd, rel=1e-5)  # a step of 0.1 adds at most its square / 4 per deal


def test_a_realisation_that_is_a_sample_keeps_its_atoms():
    law = exact(one_stage(0.5, 1, 100.0, realisation=Empirical((0.5, 1.0)))).total("bookings")
    assert law.chance_at_least(99.0) == pytest.approx(0.25, abs=BELOW_ROUNDING)
    assert law.chance_at_least(49.0) == pytest.approx(0.5, abs=BELOW_ROUNDING)


def test_a_deals_own_win_rate_is_its_chance():
    funnel = Funnel.linear([Step("a", conversion=0.5), Step("b", conversion=0.4)])
    case = case_of(
        funnel, [Deal("x", "a", 10.0, win_rate=0.37), Deal("y", "a", 10.0), Deal("z", "b", 10.0, win_rate=1.0)]
    )
    chance, days = exact(case).deal_chances()
    assert chance == pytest.approx([0.37, 0.2, 1.0], abs=1e-9)
    assert np.isnan(days).all()


def test_ten_thousand_deals_of_all_amounts_stay_within_the_normal_law():
    rng = np.random.default_rng(2)
    funnel = Funnel.linear([Step("a", win_rate=0.2), Step("b", win_rate=0.7)])
    deals = [Deal(str(i), "ab"[i % 2], float(a)) for i, a in enumerate(np.round(rng.gamma(2.0, 30.0, 10_000), 2))]
    law = exact(case_of(funnel, deals)).total("bookings")
    chance = np.where(np.arange(10_000) % 2, 0.7, 0.2)
    amount = np.array([deal.amount for deal in deals])
    assert law.mean == pytest.approx(chance @ amount, rel=1e-9)
    # gathering amounts at 256 values moves the variance by less than 1e-3 of it
    assert law.sd == pytest.approx(np.sqrt(chance * (1 - chance) @ amount**2), rel=1e-3)
    for p, z in ((0.1, -1.2816), (0.5, 0.0), (0.9, 1.2816)):
        assert law.quantile(p) == pytest.approx(law.mean + z * law.sd, abs=0.01 * law.sd)  # skewness / 6 is 0.002


def test_a_measure_that_was_not_asked_for_is_named():
    with pytest.raises(InputError, match="'wins' was not asked for"):
        exact(one_stage(0.5, 2), ("bookings",)).total("wins")


def test_an_empty_period_and_worthless_deals_are_sure_to_bring_nothing():
    law = exact(case_of(Funnel.linear([Step("offer", win_rate=0.5)]), alike(3, "offer", 0.0))).total("bookings")
    assert (law.quantile(0.9), law.mean, law.chance_at_least(0.01)) == (0.0, 0.0, 0.0)
