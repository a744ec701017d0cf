"""A backtest sees no future, is the same however it is worked out, and says what its definitions say."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from backtest_cases import H, all_won_at_once, company, dated, nothing_more, plan, with_changes

from funnelsim.analysis.backtest import Backtest, Plan, backtest, provenance_of
from funnelsim.analysis.baselines import BASELINES
from funnelsim.analysis.scored import Origin, Scored, origin_from
from funnelsim.analysis.scoring import crps
from funnelsim.errors import InputError
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.windows import MEASURES
from funnelsim.history.digest import digest
from funnelsim.history.record import History, date_of

KINDS = {"stages": company, "dated": dated}


def forecast_of(origin: Origin) -> dict[str, tuple]:
    """What was said before anything happened."""
    return {name: (s.mean, tuple(s.quantiles.values())) for name, s in origin.measures.items()}


def text(told: Backtest) -> str:
    return json.dumps(told.as_json())


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_after_a_window_changes_no_byte_of_it(kind: str) -> None:
    history = KINDS[kind]()
    asked = plan(history, n=1)
    told = backtest(history, asked)
    end = asked.first + H
    for future in (nothing_more, all_won_at_once):
        other = future(history, end, history.as_of + 50)
        assert text(backtest(other, asked)) == text(told)
    assert text(backtest(history.known_at(end), asked)) == text(told)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", [25, 60, 150])
def test_what_comes_after_an_origin_changes_no_byte_of_its_forecast(kind: str, first: int) -> None:
    history = KINDS[kind]()
    asked = plan(history, first, n=1)
    told = forecast_of(backtest(history, asked).origins[0])
    for future in (nothing_more, all_won_at_once):
        other = future(history, asked.first, history.as_of)
        found = backtest(other, asked)
        assert forecast_of(found.origins[0]) == told
        assert found.of("open_wins")[0].actual != backtest(history, asked).of("open_wins")[0].actual


def test_a_past_that_differs_is_seen() -> None:
    history = company()
    asked = plan(history, n=1)
    other = all_won_at_once(history, asked.first - 1, history.as_of)
    assert forecast_of(backtest(other, asked).origins[0]) != forecast_of(backtest(history, asked).origins[0])


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_and_other_origins_change_no_byte(threads: int) -> None:
    history = company()
    asked = plan(history, n=4)
    alone = backtest(history, asked)
    assert text(backtest(history, asked, threads=threads)) == text(alone)
    for n, day in enumerate(asked.origins):
        one = backtest(history, replace(asked, first=day, last=day))
        assert one.origins[0] == alone.origins[n]


def test_origins_worked_out_before_are_taken_over() -> None:
    history = company()
    asked = plan(history, n=3)
    fresh: list[Origin] = []
    seen: list[tuple[int, int]] = []
    whole = backtest(history, asked, on_origin=fresh.append)
    assert sorted(origin.day for origin in fresh) == list(asked.origins)
    stored = {o.day: origin_from(json.loads(json.dumps(o.as_stored()))) for o in fresh[:2]}
    again: list[Origin] = []
    resumed = backtest(
        history, asked, known=stored, on_origin=again.append, on_progress=lambda done, all_: seen.append((done, all_))
    )
    assert text(resumed) == text(whole)
    assert resumed.summary() == whole.summary()  # skills too: what baselines scored is stored
    assert {origin.day for origin in again} == set(asked.origins) - set(stored)
    assert seen == [(3, 3)]
    other = {day + 1: origin for day, origin in stored.items()}
    assert text(backtest(history, asked, known=other)) == text(whole)  # origins of another plan are let be


def test_an_origin_is_the_outlook_of_its_day_scored_by_what_happened() -> None:
    history = company()
    asked = plan(history, n=2)
    told = backtest(history, asked)
    day = asked.origins[1]
    forecaster = Forecaster(history, 7)
    seen = forecaster.outlook(day, H, n_samples=300, n_draws=10)
    happened = forecaster.actual(day, H)
    for m, name in enumerate(MEASURES):
        scored, samples = told.of(name)[1], np.sort(seen.of(name))
        assert scored.actual == happened[m]
        assert scored.mean == pytest.approx(samples.mean())
        assert scored.crps == crps(samples, happened[m])
        assert scored.quantiles["p10"] == samples[29]
        assert scored.quantiles["p95"] == samples[284]
        below, upto = np.mean(samples < happened[m]), np.mean(samples <= happened[m])
        assert below - 0.01 <= scored.pit <= upto + 0.01


def test_another_seed_draws_anew() -> None:
    history = company()
    one, other = (backtest(history, replace(plan(history, n=1), seed=seed)) for seed in (0, 1))
    assert one.of("open_wins")[0].pit != other.of("open_wins")[0].pit
    assert one.of("open_wins")[0].quantiles != other.of("open_wins")[0].quantiles or (
        one.of("open_wins")[0].mean != other.of("open_wins")[0].mean
    )


# ---- what it says


def fake(
    actuals: list[float], shift: float = 0.0, base: float | None = 2.0, step: int = 7, n_days: int = 30
) -> Backtest:
    """Windows whose quantiles stand 1 apart around what was forecast, 10."""
    names = ("p5", "p10", "p25", "p50", "p75", "p90", "p95")
    stated = {name: 7.0 + shift + n for n, name in enumerate(names)}
    others = dict.fromkeys(BASELINES, base)
    origins = tuple(
        Origin(100 + step * n, dict.fromkeys(MEASURES, Scored(y, 10.0 + shift, stated, 1.0, 0.5, others)))
        for n, y in enumerate(actuals)
    )
    return Backtest(Plan(100, 100 + step * (len(actuals) - 1), step, n_days), origins)


def test_the_summary_counts_closed_intervals_and_averages_scores() -> None:
    told = fake([7, 8, 9, 11, 12, 13, 14, 6.5]).summary()["open_wins"]
    assert told["coverage"] == {"c50": 2 / 8, "c80": 4 / 8, "c90": 6 / 8}
    assert told["windows"] == 8
    assert told["independent_windows"] == round((7 * 7 + 30) / 30)
    assert told["crps"] == 1.0
    assert told["crps_over_mean"] == pytest.approx(1.0 / 10.0625)
    assert told["bias"] == pytest.approx(10 / 10.0625 - 1)
    assert told["skill"] == dict.fromkeys(BASELINES, 0.5)


def test_what_nothing_can_be_said_of_is_null() -> None:
    told = fake([0.0, 0.0], base=None).summary()["total_bookings"]
    assert told["crps_over_mean"] is told["bias"] is None
    assert told["skill"] == dict.fromkeys(BASELINES)
    json.dumps(told, allow_nan=False)


def test_skill_compares_the_windows_a_baseline_spoke_of() -> None:
    told = fake([10.0, 10.0, 10.0])
    last = told.origins[2]
    silent = {n: replace(s, crps=50.0, baselines=dict.fromkeys(BASELINES)) for n, s in last.measures.items()}
    told = replace(told, origins=(*told.origins[:2], replace(last, measures=silent)))
    assert told.skill("open_wins", "ses") == 0.5
    assert told.crps("open_wins") == pytest.approx(52 / 3)


def test_hits_tell_whether_calibration_can_be_verified() -> None:
    few = fake([8.0] * 20).hits("open_wins")
    assert (few.hits, few.windows, few.independent_windows, few.is_verifiable) == (20, 20, 5, False)
    assert fake([8.0] * 57).hits("open_wins").is_verifiable
    assert fake([8.0] * 57).hits("open_wins").independent_windows == 14
    assert few.as_json()["level"] == 0.8


def test_the_json_is_the_contract() -> None:
    history = company()
    told = backtest(history, plan(history, n=2), provenance=provenance_of(history, plan(history)))
    found = json.loads(json.dumps(told.as_json(), allow_nan=False))
    assert list(found) == ["schema", "horizon_days", "origins", "summary", "provenance"]
    assert found["schema"] == "funnelsim.backtest/1"
    assert found["horizon_days"] == H
    assert [o["as_of"] for o in found["origins"]] == [date_of(day).isoformat() for day in told.plan.origins]
    for measure in (found["origins"][0]["measures"], found["summary"]):
        assert list(measure) == list(MEASURES)
    one = found["origins"][0]["measures"]["open_wins"]
    assert list(one) == ["actual", "mean", "quantiles", "crps", "pit"]
    assert list(one["quantiles"]) == ["p5", "p10", "p25", "p50", "p75", "p90", "p95"]
    summary = found["summary"]["total_bookings"]
    assert list(summary) == [
        "windows", "independent_windows", "coverage", "crps", "crps_over_mean", "bias", "skill",
    ]  # fmt: skip
    assert list(summary["skill"]) == list(BASELINES)
    assert found["provenance"]["seed"] == 7


# ---- what it refuses


def refused(history: History, asked: Plan) -> str:
    with pytest.raises(InputError) as error:
        backtest(history, asked)
    return str(error.value)


def test_a_window_that_is_not_over_is_refused_with_the_last_possible_origin() -> None:
    history = company()
    last = history.as_of - H
    asked = Plan(last - 7, last + 7, 7, H, n_samples=50, n_draws=5)
    assert f"the last possible origin is {date_of(last)}" in refused(history, asked)
    assert len(backtest(history, replace(asked, last=last)).origins) == 2


def test_origins_before_the_records_or_in_no_order_are_refused() -> None:
    history = company()
    first = history.observed_from
    assert f"begin after {date_of(first)}" in refused(history, Plan(first, first + 7, 7, H))
    assert "is before" in refused(history, Plan(first + 50, first + 40, 7, H))
    assert "take a shorter horizon" in refused(history, Plan(first + 5, first + 5, 7, 1000))


def test_the_first_days_of_a_record_can_be_forecast() -> None:
    history = company()
    first = history.observed_from + 1
    told = backtest(history, Plan(first, first + 28, 7, H, n_samples=100, n_draws=5))
    json.dumps(told.as_json(), allow_nan=False)


# ---- fingerprints


def test_a_digest_tells_histories_apart_and_nothing_else() -> None:
    history = company()
    assert digest(history) == digest(replace(history))
    assert len({digest(company()), digest(dated()), digest(with_changes(company())), digest(company(seed=6))}) == 4
    amount = history.deals.amount.copy()
    amount[3] += 0.01
    assert digest(replace(history, deals=replace(history.deals, amount=amount))) != digest(history)
    ids = history.deals.id.copy()
    ids[0], ids[1] = "ab", "c"
    other = history.deals.id.copy()
    other[0], other[1] = "a", "bc"
    named = [digest(replace(history, deals=replace(history.deals, id=names))) for names in (ids, other)]
    assert named[0] != named[1]


def test_amounts_that_change_later_change_no_byte_of_a_forecast() -> None:
    history = with_changes(company())
    asked = plan(history, n=1)
    told = backtest(history, asked).origins[0]
    cut = backtest(nothing_more(history, asked.first, history.as_of), asked).origins[0]
    assert forecast_of(cut) == forecast_of(told)
