"""Arrivals and single payments by closed forms agree with the walk; what has none is refused with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy import stats

import funnelsim as fs
from funnelsim.errors import RefusedError
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Fixed, Shaped
from funnelsim.model.payment import Instalment, Payment
from funnelsim.model.shock import Shock, StayShock
from funnelsim.model.sources import Entry, Loyalty, Rate, Referral, Source, Spread

Z = 4.8  # some 300 comparisons, many of them of the same draws: one false alarm in 1,000 seeds and more
N = 30_000
STAY = Shaped("lognormal", {"median": 20.0, "p90": 50.0})
FUNNEL = fs.Funnel.linear([fs.Step("lead", win_rate=0.2, stay=STAY), fs.Step("offer", win_rate=0.5, stay=STAY)])
OPEN = fs.Pipeline(tuple(fs.Deal(f"d{i}", "offer", 12.34, 5.0, owner="Li") for i in range(6)))
FLOW = Source("flow", Entry("lead", Fixed(3.0)), Rate(30.0, "month"))
FAIR = Source("fair", Entry("offer", STAY, odds=1.4), cohort=9, since=date(2026, 11, 2))
FACTORS = tuple(np.linspace(0.4, 1.6, 25).tolist())
CALLS = replace(FLOW, name="calls", entry=Entry("offer", STAY), spread=Spread(factors=FACTORS, together="all"))
SHARED = replace(FLOW, spread=CALLS.spread)
PAYS = Payment((Instalment(1.0, STAY, "signing", 0.1),), ("Monday", "month_end"), 0.05)


def case(**changes) -> fs.Case:
    settings = {"pipeline": OPEN, "horizon": Horizon(2, "quarter"), "seed": 5} | changes
    return fs.Case("new", fs.Money("CNY", "万元"), date(2026, 10, 1), FUNNEL, **settings)


CASES = {
    "flow and payment": case(sources=(FLOW,), payment=PAYS),
    "payment alone, shocks by owner": case(payment=PAYS, shock=Shock(0.05, {"owner": 0.1})),
    "spread, cohort, shock": case(
        sources=(replace(FLOW, spread=Spread(0.5)), FAIR),
        payment=replace(PAYS, pays_on=()),
        shock=Shock(0.1),
    ),
    "spread, cohort, beliefs": case(
        sources=(replace(FLOW, spread=Spread(0.5)), FAIR),
        payment=PAYS,
        beliefs=(Belief(Subject("win_rate", "lead"), Beta(40.0)),),
    ),
    "monthly spread, own win rate, shock on stays, nothing open": case(
        pipeline=fs.Pipeline(()),
        sources=(replace(FLOW, spread=Spread(0.5, "month"), entry=Entry("lead", Fixed(3.0), win_rate=0.3)),),
        shock=Shock(0.1, stays=StayShock(0.3, 0.4)),
    ),
    "two sources that share a sample of factors": case(sources=(SHARED, CALLS), shock=Shock(0.1), groups=("source",)),
    "groups": case(sources=(FLOW, replace(FAIR, owner="Li")), groups=("owner", "source")),
}


def disagreements(one: fs.Case, other: fs.Case) -> list[str]:
    """Return where the walk of one case and the laws of the other are further apart than Z standard errors."""
    walked = fs.simulate(one, trials=N)
    law, found = fs.exact(other, measures=other.measures), []
    for measure in one.measures:
        unit = 1.0 if measure.startswith(("wins", "new_deals")) else 100.0
        samples = [("total", walked.total(measure), law.total(measure))]
        samples += [(p.label, walked.period(measure, i), law.period(measure, i)) for i, p in enumerate(one.periods)]
        for name, sample, told in samples:
            if told.sd == 0:
                assert sample.max() == 0
                continue
            values = sample / unit
            deviations = (values - told.mean) ** 2
            for what, apart, error in (
                ("mean", values.mean() - told.mean, told.sd / np.sqrt(N)),
                ("variance", deviations.mean() - told.sd**2, deviations.std() / np.sqrt(N)),
            ):
                if abs(apart) > Z * error + told.numeric_error:
                    found.append(f"{measure} {name} {what}")
            for p in (0.1, 0.5, 0.9):
                x = told.quantile(p)
                share, chance = (values >= x - 1e-9).mean(), told.chance_at_least(x)
                if abs(share - chance) > Z * np.sqrt(0.25 / N) + told.chance_error_at(x):
                    found.append(f"{measure} {name} p{p}")
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_laws_of_new_business_agree_with_the_walk(name: str) -> None:
    assert disagreements(CASES[name], CASES[name]) == []


def test_a_rate_or_a_lag_that_is_off_is_found_out() -> None:
    right = CASES["flow and payment"]
    faster = replace(right, sources=(replace(FLOW, rate=Rate(31.0, "month")),))
    assert disagreements(right, faster) != []
    later = replace(right, payment=replace(PAYS, instalments=(replace(PAYS.instalments[0], never=0.13),)))
    assert disagreements(right, later) != []


def test_the_law_of_a_flow_at_known_rates_is_poisson() -> None:
    at_once = fs.Funnel.linear([fs.Step("lead", win_rate=0.2), fs.Step("offer", win_rate=0.5)])
    flow = replace(FLOW, until=date(2026, 12, 31))
    simple = replace(case(sources=(flow,), pipeline=fs.Pipeline(()), horizon=Horizon()), funnel=at_once)
    law = fs.exact(simple, measures=("wins", "bookings")).total("wins")
    k = np.arange(40)
    assert law.pmf[:40] == pytest.approx(stats.poisson.pmf(k, 18.0), abs=1e-12)
    money = fs.exact(simple, measures=("wins", "bookings")).total("bookings")
    assert money.chance_at_least(54.0) == pytest.approx(stats.poisson.sf(17, 18.0), abs=1e-12)


def test_the_law_of_a_spread_flow_is_negative_binomial() -> None:
    flow = replace(FLOW, until=date(2026, 12, 31), spread=Spread(0.5))
    law = fs.exact(case(sources=(flow,)), measures=("wins", "new_deals")).total("new_deals")
    size = 1 / 0.25
    assert law.pmf[:300] == pytest.approx(stats.nbinom.pmf(np.arange(300), size, size / (size + 90)), abs=1e-10)


def test_sources_that_share_a_factor_are_one_poisson_mixture() -> None:
    until = date(2026, 12, 31)
    both = tuple(replace(CALLS, name=name, until=until) for name in ("calls", "mails"))
    law = fs.exact(case(sources=both), measures=("wins", "new_deals")).total("new_deals")
    k = np.arange(400)[:, None]
    assert law.pmf[:400] == pytest.approx(stats.poisson.pmf(k, 180.0 * np.array(FACTORS)).mean(axis=1), abs=1e-10)
    apart = tuple(replace(one, spread=replace(one.spread, together="")) for one in both)
    alone = fs.exact(case(sources=apart), measures=("wins", "new_deals")).total("new_deals")
    assert law.sd**2 - 180 == pytest.approx(2 * (alone.sd**2 - 180))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"referral": Referral(0.5, STAY, Entry("lead"))}, "refer or buy again"),
        ({"loyalty": Loyalty(0.5, STAY)}, "refer or buy again"),
        ({"payment": Payment((Instalment(0.5, STAY), Instalment(0.5, STAY)))}, "several instalments"),
        ({"sources": (FLOW,), "shock": Shock(0.1, {"owner": 0.1})}, "by segment, owner or source"),
        ({"payment": PAYS, "shock": Shock(0.1, stays=StayShock(0.3))}, "shock on stays"),
    ],
)
def test_what_has_no_closed_form_is_refused_with_its_reason(changes: dict, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        fs.exact(case(**changes))
