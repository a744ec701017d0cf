"""New deals, leads, renewals and cash follow their laws, share no draw with open deals, and add up to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy import stats

import funnelsim as fs
from funnelsim.engine import business
from funnelsim.engine.kernel.counts import binomial_quantile, poisson_quantile
from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Fixed, Shaped
from funnelsim.model.payment import Instalment, Payment
from funnelsim.model.shock import Shock, StayShock
from funnelsim.model.sources import CustomerBase, Entry, Loyalty, Rate, Referral, Source, Spread

Z = 4.5  # about 40 comparisons below: one false alarm in 3,000 seeds
AS_OF = date(2026, 10, 1)
STAY = Shaped("lognormal", {"median": 20.0, "p90": 50.0})
FUNNEL = fs.Funnel.linear([fs.Step("lead", win_rate=0.2, stay=STAY), fs.Step("offer", win_rate=0.5, stay=STAY)])
AT_ONCE = fs.Funnel.linear([fs.Step("lead", win_rate=0.2), fs.Step("offer", win_rate=0.5)])
OPEN = fs.Pipeline(tuple(fs.Deal(f"d{i}", "offer", 12.34, 5.0, owner="Li") for i in range(6)))
NONE = fs.Pipeline(())
FLOW = Source("flow", Entry("lead", Fixed(3.0)), Rate(30.0, "month"))


def case(**changes) -> fs.Case:
    settings = {"funnel": FUNNEL, "pipeline": NONE, "horizon": Horizon(2, "quarter"), "seed": 5} | changes
    return fs.Case("new", fs.Money("CNY", "万元"), AS_OF, **settings)


FULL = case(
    pipeline=OPEN,
    sources=(FLOW, Source("fair", Entry("offer", STAY), cohort=9, since=date(2026, 11, 2), owner="Wu")),
    referral=Referral(0.8, STAY, Entry("lead")),
    loyalty=Loyalty(0.6, Fixed(40.0), Fixed(0.93), refers=True, base=(CustomerBase(4, 2.5, 10.0),)),
    payment=Payment(
        (Instalment(1 / 3, STAY), Instalment(1 / 3, STAY, "previous", 0.1), Instalment(1 / 3, Fixed(90.0))),
        ("Monday", "month_end"),
        0.05,
    ),
    shock=Shock(0.1, {"owner": 0.05}, stays=StayShock(0.2, 0.3)),
    beliefs=(Belief(Subject("win_rate", "lead"), Beta(40.0)),),
    groups=("owner", "source"),
)


def z_of(sample, mean: float) -> float:
    return abs(sample.mean() - mean) / (sample.std() / np.sqrt(len(sample)))


@pytest.mark.parametrize("mean", [0.3, 11.0, 13.0, 400.0, 39_000.0, 1e6])
def test_a_poisson_count_is_the_quantile_of_its_law(mean: float) -> None:
    u = np.concatenate([np.random.default_rng(1).random(200), [1e-9, 1 - 1e-9]])
    assert [poisson_quantile(x, mean) for x in u] == stats.poisson.ppf(u, mean).tolist()


@pytest.mark.parametrize(("n", "p"), [(7, 0.3), (100, 0.8), (1000, 0.02), (10**5, 0.4), (10**6, 0.005), (10**7, 0.7)])
def test_a_binomial_count_is_the_quantile_of_its_law(n: int, p: float) -> None:
    u = np.concatenate([np.random.default_rng(2).random(200), [1e-9, 1 - 1e-9]])
    assert [binomial_quantile(x, n, p) for x in u] == stats.binom.ppf(u, n, p).tolist()


def test_wins_of_a_poisson_flow_are_poisson_thinned_by_the_win_rate() -> None:
    flow = replace(FLOW, until=date(2026, 12, 31))
    wins = fs.simulate(case(funnel=AT_ONCE, horizon=Horizon(), sources=(flow,)), trials=40_000).total("wins")
    assert z_of(wins, 18.0) < Z
    assert abs(wins.var() / 18.0 - 1) < Z * np.sqrt(2 / 40_000 + 1 / 18.0 / 40_000)
    assert z_of(wins, 18.0 * 1.03) > Z  # negative control


def test_a_spread_makes_numbers_negative_binomial() -> None:
    def new_deals(per) -> np.ndarray:
        flow = replace(FLOW, until=date(2026, 12, 31), spread=Spread(0.5, per))
        return fs.simulate(case(horizon=Horizon(1, "quarter"), sources=(flow,)), trials=40_000).total("new_deals")

    for per, variance in (("horizon", 90 + (0.5 * 90) ** 2), ("month", 90 + 3 * (0.5 * 30) ** 2)):
        found = new_deals(per)
        assert z_of(found, 90.0) < Z
        spread = (found - 90.0) ** 2
        assert z_of(spread, variance) < Z
        assert z_of(spread, variance * 1.1) > Z  # negative control


def test_season_growth_and_part_of_a_month_scale_the_mean() -> None:
    season = tuple(0.5 if month == 11 else 1.0 for month in range(1, 13))
    source = replace(FLOW, growth=0.1, season=season, since=date(2026, 10, 11))
    means = [arrival.mean for arrival in source.arrivals(AS_OF, date(2027, 1, 1))]
    assert means == pytest.approx([30 * 21 / 31, 30 * 0.5 * 1.1, 30 * 1.1**2])


@pytest.mark.parametrize("phi", [None, 0.5])
def test_a_source_with_a_win_rate_of_its_own_wins_so_often(phi) -> None:
    entry = Entry("lead", Fixed(1.0), win_rate=0.35)
    cohort = Source("fair", entry, cohort=40, since=AS_OF)
    wins = fs.simulate(case(funnel=AT_ONCE, horizon=Horizon(), sources=(cohort,)), trials=20_000).total("wins")
    assert z_of(wins, 14.0) < Z
    assert z_of(wins, 14.0 * 1.03) > Z


def test_counting_winners_out_gives_the_law_of_walking_each(monkeypatch) -> None:
    flow = replace(FLOW, rate=Rate(600.0, "month"))
    large = case(sources=(flow,), shock=Shock(0.1, stays=StayShock(0.3)), beliefs=FULL.beliefs)
    measures = (*large.measures, "losses", "open_value")
    counted = fs.simulate(large, trials=6_000, measures=measures)
    brief = fs.simulate(large, trials=6_000)
    assert (brief.bookings == counted.bookings).all()
    monkeypatch.setattr(business, "COUNTED_FROM", 1e18)
    each = fs.simulate(replace(large, seed=6), trials=6_000, measures=measures)
    for measure in ("new_deals", "wins", "losses", "open_value"):
        for period in (0, 1):
            assert stats.ks_2samp(counted.period(measure, period), each.period(measure, period)).pvalue > 1e-5
    wrong = fs.simulate(case(**{**_parts(large), "sources": (replace(flow, rate=Rate(640.0, "month")),)}), trials=6_000)
    assert stats.ks_2samp(counted.period("wins", 1), wrong.period("wins", 1)).pvalue < 1e-5  # negative control


def _parts(of: fs.Case) -> dict:
    return {name: getattr(of, name) for name in ("shock", "beliefs")}


def test_a_referral_loop_multiplies_wins_by_one_over_one_less_its_gain() -> None:
    cohort = Source("fair", Entry("lead", Fixed(1.0)), cohort=50, since=AS_OF)
    loop = case(funnel=AT_ONCE, horizon=Horizon(), sources=(cohort,), referral=Referral(2.0, STAY, Entry("lead")))
    ensemble = fs.simulate(loop, trials=20_000)
    assert fs.forecast(ensemble).loop.gain == pytest.approx(0.4)
    assert z_of(ensemble.total("wins"), 50 * 0.2 / (1 - 0.4)) < Z
    assert z_of(ensemble.total("wins"), 50 * 0.2 / (1 - 0.42)) > Z  # negative control
    capped = fs.simulate(replace(loop, referral=replace(loop.referral, generations=2)), trials=20_000)
    assert z_of(capped.total("wins"), 50 * 0.2 * (1 + 0.4 + 0.16)) < Z


def test_renewals_are_geometric_and_customers_add_up() -> None:
    loyal = case(
        pipeline=fs.Pipeline((fs.Deal("a", "offer", 100.0),)), funnel=AT_ONCE, horizon=Horizon(),
        loyalty=Loyalty(0.75, Fixed(30.0), Fixed(0.5), base=(CustomerBase(3, 8.0),)),
    )  # fmt: skip
    ensemble = fs.simulate(loyal, trials=60_000)
    assert z_of(ensemble.total("wins"), 0.5 * 4 + 3 * 3.0) < Z
    assert (ensemble.total("customers") == 0).all()
    expected = 100 * 0.5 / (1 - 0.375) + 3 * 8 * 0.375 / (1 - 0.375)
    assert z_of(ensemble.total("bookings") / 100, expected) < Z
    assert z_of(ensemble.total("bookings") / 100, expected * 1.03) > Z


def test_a_loop_that_may_grow_for_ever_is_refused() -> None:
    cohort = Source("fair", Entry("lead", Fixed(1.0)), cohort=50, since=AS_OF)
    endless = case(funnel=AT_ONCE, horizon=Horizon(), sources=(cohort,), referral=Referral(4.0, STAY, Entry("lead")))
    shocked = replace(endless, shock=Shock(0.3))
    with pytest.raises(InputError, match="without a horizon that has no end"):
        fs.simulate(shocked, trials=10)
    assert fs.simulate(replace(shocked, referral=replace(shocked.referral, generations=3)), trials=10).trials == 10


def test_money_is_conserved_to_the_cent_in_every_trial() -> None:
    ensemble = fs.simulate(FULL, trials=3_000)
    tally = ensemble.tally
    paid = tally.cash.sum(axis=1) + tally.written_off.sum(axis=1) + tally.outstanding[:, 0]
    assert (ensemble.bookings.sum(axis=1) == paid).all()
    assert tally.cash[0].sum() > 0
    assert tally.written_off[0].sum() > 0


def test_cash_of_one_instalment_is_bookings_shifted_by_its_lag() -> None:
    paying = case(pipeline=OPEN, payment=Payment((Instalment(1.0, Fixed(0.0)),)))
    ensemble = fs.simulate(paying, trials=500)
    assert (ensemble.total("cash") == ensemble.total("bookings")).all()
    late = fs.simulate(replace(paying, payment=Payment((Instalment(1.0, Fixed(4000.0)),))), trials=500)
    assert (late.total("cash") == 0).all()


def test_groups_of_a_business_add_up_in_every_trial() -> None:
    ensemble = fs.simulate(FULL, trials=1_000)
    for axis in ("owner", "source"):
        rows = [i for i, row in enumerate(ensemble.program.rows) if tuple(row.group) == (axis,)]
        for measure in FULL.measures:
            parts = sum(ensemble.total(measure, row) for row in rows)
            assert (parts == ensemble.total(measure)).all(), (axis, measure)


def test_new_business_changes_no_draw_of_open_deals_and_open_and_new_add_up() -> None:
    alone = fs.simulate(case(pipeline=OPEN, shock=FULL.shock, beliefs=FULL.beliefs), trials=1_000)
    both = fs.simulate(FULL, trials=1_000)
    assert (alone.total("bookings") == both.total("bookings_from_open")).all()
    new = both.total("bookings_from_new")
    assert (both.total("bookings") == both.total("bookings_from_open") + new).all()


def test_the_bytes_do_not_depend_on_threads_or_on_which_trials_are_walked() -> None:
    whole, one = fs.simulate(FULL, trials=2_500, threads=2), fs.simulate(FULL, trials=2_500, threads=1)
    part = fs.simulate(FULL, trials=700, first_trial=1_300, threads=1)
    for name in ("cash", "new_deals", "new_bookings", "customers"):
        everything = getattr(whole.tally, name)
        assert (everything == getattr(one.tally, name)).all()
        assert (everything[..., 1_300:2_000] == getattr(part.tally, name)).all()


def test_a_source_more_changes_no_draw_of_the_others() -> None:
    cohort = Source("fair", Entry("offer", Fixed(1.0)), cohort=5, since=AS_OF)
    first = fs.simulate(case(sources=(FLOW,), groups=("source",)), trials=800)
    second = fs.simulate(case(sources=(cohort, FLOW), groups=("source",)), trials=800)
    row = {"source": "flow"}
    assert (
        first.total("bookings", first.program.row_of(row)) == second.total("bookings", second.program.row_of(row))
    ).all()
