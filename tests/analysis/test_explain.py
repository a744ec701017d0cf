"""Explanations against what is known to have happened, one cause at a time and all together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import sqrt

import pytest
from decision_cases import AS_OF, full, plain

import funnelsim as fs
from funnelsim.analysis.between_days import ORDER, BetweenDays, Extent, Fate
from funnelsim.analysis.explain import explain
from funnelsim.analysis.waterfall import FIGURES
from funnelsim.engine.exact import exact
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Shaped
from funnelsim.model.shock import Shock

Z = 4.5


def timed(rates=(0.3, 0.6), as_of=AS_OF, pipeline=None, **parts):
    stay = Shaped("lognormal", {"median": 15.0, "p90": 45.0})
    lost = Shaped("lognormal", {"median": 30.0, "p90": 90.0})
    steps = [
        fs.Step(n, win_rate=w, stay=stay, stay_lost=lost) for n, w in zip(("contact", "offer"), rates, strict=True)
    ]
    funnel = fs.Funnel.linear(steps)
    return replace(plain(pipeline=pipeline), funnel=funnel, as_of=as_of, horizon=Horizon(1, "quarter"), **parts)


def book(**changes) -> fs.Pipeline:
    """Return ten deals; a change names a deal's new fields, or None where it has gone."""
    deals = [fs.Deal(f"d{i}", "contact" if i < 6 else "offer", 50.0, 4.0) for i in range(10)]
    kept = [d._replace(**(changes.get(d.id) or {})) for d in deals if changes.get(d.id, {}) is not None]
    return fs.Pipeline(tuple(kept))


def between(old, new, fates=None, signed=(0.0, 0.0)) -> BetweenDays:
    return BetweenDays(old, new, fates, signed)


def adds(found, figure="mean") -> dict[str, float]:
    return {str(step.cause): step.adds[figure] for step in found.waterfall.steps}


def test_nothing_happened_nothing_changed() -> None:
    found = explain(between(timed(), timed()), trials=200)
    assert found.waterfall.steps == ()
    assert found.waterfall.start == found.waterfall.end


@pytest.mark.parametrize(
    ("new", "cause", "change"),
    [
        (plain((0.3, 0.6), book(d8={"amount": 80.0})), "amounts", 0.6 * 30),
        (plain((0.3, 0.6), book(d0={"stage": "offer"})), "moved", 50 * (0.6 - 0.3)),
        (plain((0.3, 0.6), fs.Pipeline((*book().deals, fs.Deal("new", "offer", 10.0)))), "added", 6.0),
        (plain((0.3, 0.7), book()), "refitted", 50 * (6 * (0.35 - 0.3) + 4 * 0.1) - 50 * 6 * 0.05),
    ],
)
def test_one_cause_alone_brings_its_closed_form(new, cause, change) -> None:
    found = explain(between(plain(pipeline=book()), new), engine="exact")
    assert adds(found) == pytest.approx({cause: change})
    assert max(map(abs, found.waterfall.residual.values())) < 1e-9


def test_a_win_brings_what_it_signs_less_what_was_expected_of_it_and_a_loss_takes_that() -> None:
    old, new = plain(pipeline=book()), plain(pipeline=book(d0=None, d9=None))
    fates = {"d9": Fate(True, 45.0), "d0": Fate(False)}
    found = explain(between(old, new, fates, (100.0, 145.0)), engine="exact")
    assert adds(found) == pytest.approx({"won": 45.0 - 30.0, "lost": -15.0})
    assert (found.waterfall.start["mean"], found.waterfall.end["mean"]) == pytest.approx((310.0, 310.0))
    assert found.extents == {"won": Extent(1, 50.0), "lost": Extent(1, 50.0)}


def test_deals_that_left_unsaid_are_told_together_with_what_was_booked() -> None:
    old, new = plain(pipeline=book()), plain(pipeline=book(d0=None, d9=None))
    found = explain(between(old, new, None, (0.0, 45.0)), engine="exact")
    assert adds(found) == pytest.approx({"closed": 45.0 - 30.0 - 15.0})


def test_a_deal_that_came_and_was_won_meanwhile_counts_as_added() -> None:
    old, new = plain(pipeline=book()), plain(pipeline=book(d9=None))
    found = explain(between(old, new, {"d9": Fate(True, 50.0)}, (0.0, 75.0)), engine="exact")
    assert adds(found) == pytest.approx({"won": 20.0, "added": 25.0})


def later(**changes) -> fs.Case:
    day = AS_OF + timedelta(days=30)
    old = {f"d{i}": {"age_days": 34.0} for i in range(10)}
    return timed(as_of=day, pipeline=book(**{**old, **changes}))


def test_thirty_quiet_days_cost_what_the_exact_engine_says() -> None:
    old, new = timed(pipeline=book()), later()
    found = explain(between(old, new), engine="exact")
    assert list(adds(found)) == ["calendar", "aged"]
    start, end = (exact(case).total("bookings") for case in (old, new))
    assert adds(found)["calendar"] + adds(found)["aged"] == pytest.approx(end.mean - start.mean, abs=1e-9)
    # less time is left, and who has waited so long is likelier to be lost; both cost
    assert adds(found)["calendar"] < -5
    assert adds(found)["aged"] < 0


def test_everything_at_once_adds_up_for_mean_and_quantiles_in_either_way() -> None:
    old = timed(pipeline=book(), shock=Shock(0.05))
    new = later(
        d0={"stage": "offer", "age_days": 2.0}, d1=None, d2=None, d3={"age_days": 34.0, "amount": 70.0},
    )  # fmt: skip
    deals = (*new.pipeline.deals, fs.Deal("new", "contact", 30.0, 1.0))
    new = replace(new, pipeline=fs.Pipeline(deals), shock=Shock(0.1))
    fates = {"d1": Fate(True, 50.0), "d2": Fate(False)}
    for fair in (False, True):
        found = explain(between(old, new, fates, (10.0, 60.0)), fair=fair, trials=400)
        causes = ["calendar", "aged", "moved", "won", "lost", "added", "amounts", "refitted"]
        assert [step.cause for step in found.waterfall.steps] == causes
        assert max(map(abs, found.waterfall.residual.values())) < 1e-9
        assert found.waterfall.n_cases == (2**8 if fair else 9)
        ends = [fs.simulate(case, trials=400, seed=5).total("bookings").mean() / 100 for case in (old, new)]
        assert found.waterfall.start["mean"] == pytest.approx(ends[0] + 10.0)
        assert found.waterfall.end["mean"] == pytest.approx(ends[1] + 60.0)


def test_simulated_steps_agree_with_exact_ones() -> None:
    days = between(timed(pipeline=book()), later(d0={"stage": "offer", "age_days": 3.0}))
    exactly, drawn = explain(days, engine="auto"), explain(days, trials=20_000)
    assert exactly.waterfall.engine == "exact"
    for cause, value in adds(exactly).items():
        assert abs(adds(drawn)[cause] - value) < Z * 90 / sqrt(20_000)


def test_the_order_divides_otherwise_and_the_whole_is_the_same() -> None:
    """A deal of twice the amount moves on: 0.3 x 50 to 0.6 x 100."""
    days = between(plain(pipeline=book()), plain(pipeline=book(d0={"stage": "offer", "amount": 100.0})))
    ordered, fair = (explain(days, engine="exact", fair=f) for f in (False, True))
    assert adds(ordered) == pytest.approx({"moved": 15.0, "amounts": 30.0})
    assert adds(fair) == pytest.approx({"moved": 22.5, "amounts": 22.5})


def test_all_deals_gone_and_nothing_to_come_is_what_is_signed() -> None:
    old = plain(pipeline=fs.Pipeline((fs.Deal("a", "offer", 50.0),)), sources=full().sources[:0])
    new = full(trials=200)
    new = replace(new, funnel=old.funnel, pipeline=fs.Pipeline((fs.Deal("b", "offer", 50.0),)), horizon=Horizon(),
                  sources=(), shock=Shock(), beliefs=(), realisation=None)  # fmt: skip
    found = explain(between(old, new, {"a": Fate(True, 40.0)}, (0.0, 40.0)), engine="exact")
    assert adds(found) == pytest.approx({"won": 10.0, "added": 30.0})


def test_every_cause_has_its_place_in_the_order() -> None:
    assert len(set(ORDER)) == len(ORDER) == 10
    assert set(FIGURES) == {"mean", "p10", "p50", "p90"}


def test_two_forecasts_without_a_way_between_them_are_refused() -> None:
    with pytest.raises(InputError, match="give the older one first"):
        between(later(), timed())
    other = replace(plain(pipeline=book()), money=fs.Money("EUR"))
    with pytest.raises(InputError, match="one unit only"):
        between(plain(pipeline=book()), other)


def test_what_is_not_answered_exactly_is_refused_or_simulated() -> None:
    old = timed(pipeline=book(), shock=Shock(0.1, phi=0.5))
    new = replace(old, pipeline=book(d0={"amount": 10.0}))
    with pytest.raises(RefusedError, match="period"):
        explain(between(old, new), engine="exact")
    assert explain(between(old, new), engine="auto", trials=100).waterfall.engine == "simulate"
