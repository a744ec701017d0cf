"""Corrected rates recover the truth of synthetic companies where closed deals alone do not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import stats

from funnelsim.fitting.naive import closed_rates, compare, corrected_rates, created_by_half, stage_rates
from funnelsim.history.record import LOST, NEVER, OPEN, WON, Deals, History, Visits
from funnelsim.history.synthetic import Company, Regime, make
from funnelsim.history.synthetic.hazards import straight
from funnelsim.model.money import Money

SEEDS = range(8)
# of all comparisons of one test at most 1 seed in 1,000 may err
Z = 4.0


def stay(mean: float, cv: float):
    return stats.gamma(1 / cv**2, scale=mean * cv**2)


SELLING = straight(
    (0.6, 0.5, 0.6), [stay(15, 0.8), stay(30, 0.8), stay(25, 0.7)], [stay(8, 1), stay(20, 1), stay(40, 1)]
)
RETURNING = straight(
    (0.5, 0.5, 0.6),
    [stay(12, 0.7), stay(20, 0.8), stay(15, 0.6)],
    [stay(8, 1), stay(15, 1), stay(20, 1)],
    also={(1, 0): 0.2, (2, 1): 0.1, (0, 2): 0.1},
)
QUIET = Company(SELLING, deals_per_day=30, n_days=900)
GROWING = replace(QUIET, n_days=400, deals_per_day=10, growth_per_year=3.0)
CENSORED = {
    # how many are open at the end: none, half of them, nine in ten
    "0 %": replace(QUIET, deals_per_day=20, n_days=1_500, campaigns={(900, 1_500): 0.0}),
    "50 %": replace(GROWING, deals_per_day=20, campaigns={(380, 400): 19.0}),
    "90 %": replace(GROWING, campaigns={(398, 400): 1_300.0}),
}


@dataclass(frozen=True)
class Errors:
    """Mean errors over the seeds: points of win rate, per cent of the cycle."""

    open_share: float
    naive_points: float
    naive_cycle: float
    points: float
    cycle: float
    stage_points: float
    stage_cycle: float
    worst_z: float


def errors(company: Company, change=lambda history: history) -> Errors:
    rows = []
    for seed in SEEDS:
        history, truth = make(company, seed)
        told, w, days = compare(change(history)), truth.win_rate(), truth.mean_cycle_days()
        by_stage = told.stages.win_rates[0], told.stages.days_to_win[0]
        pairs = [(told.closed.win_rate, told.closed.days_to_win), (told.corrected.win_rate, told.corrected.days_to_win)]
        found = [error for rate, cycle in [*pairs, by_stage] for error in (100 * (rate - w), 100 * (cycle / days - 1))]
        z = abs(told.corrected.win_rate - w) / told.corrected.win_rate_se
        rows.append([told.open_share, *found, z])
    mean = np.mean(rows, axis=0)
    return Errors(*mean[:-1], worst_z=max(row[-1] for row in rows))


@pytest.mark.parametrize("censored", list(CENSORED))
def test_final_win_rate_and_cycle_are_recovered_however_many_deals_are_open(censored: str) -> None:
    found = errors(CENSORED[censored])
    assert found.open_share == pytest.approx(float(censored.removesuffix(" %")) / 100, abs=0.05)
    assert found.worst_z < Z
    assert abs(found.points) < 1
    assert abs(found.stage_points) < 1
    assert abs(found.cycle) < 3
    assert abs(found.stage_cycle) < 3
    if censored != "0 %":  # negative control: the closed deals alone fail the same bounds
        assert found.naive_points < -2.5
        assert found.naive_cycle < -7


def test_growth_is_enough_to_mislead() -> None:
    found = errors(replace(GROWING, n_days=365, deals_per_day=50, growth_per_year=3.2))
    assert -8 < found.naive_points < -2.5
    assert -23 < found.naive_cycle < -8
    assert abs(found.points) < 0.5
    assert abs(found.cycle) < 1
    assert found.worst_z < Z


def test_deals_that_step_back_are_no_trouble() -> None:
    found = errors(replace(QUIET, hazards=RETURNING, n_days=400, growth_per_year=6.0, deals_per_day=40))
    assert found.naive_points < -2.5
    assert abs(found.points) < 0.5
    assert abs(found.stage_points) < 0.5
    assert abs(found.cycle) < 1.5
    assert abs(found.stage_cycle) < 1.5
    assert found.worst_z < Z


def test_deals_that_are_never_decided_are_no_wins_in_waiting() -> None:
    """A fifth of all deals is left open for good in the last stage; closed deals alone know nothing of them."""
    stays = [stay(10, 0.8), stay(20, 0.7)]
    company = replace(QUIET, hazards=straight((0.7, 0.5), stays, never=(0, 0.3)), deals_per_day=60)
    history, truth = make(company, 3)
    told = compare(history)
    w = truth.win_rate()
    assert w == pytest.approx(0.35, abs=1e-9)
    assert told.closed.win_rate - w > 0.05
    assert abs(told.corrected.win_rate - w) < Z * told.corrected.win_rate_se
    assert told.corrected.undecided == pytest.approx(0.7 * 0.3, abs=0.01)


def test_of_few_deals_the_standard_error_tells_how_little_is_known() -> None:
    """About 100 deals each: 2 standard errors hold the truth as often as they should, z = 4 on 400 companies."""
    company = replace(GROWING, n_days=250, deals_per_day=0.25)
    held, short = [], []
    for seed in range(400):
        history, truth = make(company, seed)
        told = corrected_rates(history)
        miss = abs(told.win_rate - truth.win_rate())
        held.append(miss < 2 * told.win_rate_se)
        short.append(miss < 1.5 * told.win_rate_se)
    # a count of so few wins is skewed, so up to 3 points fewer hold than of a normal law
    tolerance = Z * np.sqrt(0.9545 * 0.0455 / 400)
    assert 0.9545 - 0.03 - tolerance < np.mean(held) < 0.9545 + tolerance
    assert np.mean(short) < 0.9545 - 0.03 - tolerance  # negative control: an error told a quarter too small


def test_a_late_record_is_corrected_and_counting_what_it_cannot_have_seen_is_not() -> None:
    """The negative control takes the record for whole: the deals that had ended before it are then missed."""
    late = replace(QUIET, n_days=700, observed_from=600, deals_per_day=100)
    found = errors(late)
    assert found.worst_z < Z
    assert abs(found.points) < 1
    assert abs(found.cycle) < 3
    fooled = errors(late, lambda history: replace(history, observed_from=late.first))
    assert abs(fooled.points) > 2.5
    assert fooled.worst_z > Z


def test_a_record_begun_anew_at_a_change_of_regime_tells_the_new_rates() -> None:
    """The negative control is the whole record: it tells a mixture of both times."""
    company = replace(QUIET, n_days=900, regimes=(Regime(650, advance=0.7, lose=1.3),), deals_per_day=80)
    found = errors(company, lambda history: replace(history, observed_from=company.first + 650))
    assert found.worst_z < Z
    assert abs(found.points) < 1
    assert abs(found.cycle) < 3
    mixed = errors(company)
    assert mixed.points > 1.5
    assert mixed.worst_z > Z


def test_win_rates_and_exits_of_each_stage_are_recovered() -> None:
    company = replace(QUIET, n_days=500, growth_per_year=3.0, deals_per_day=200)
    history, truth = make(company, 1)
    told, w = stage_rates(history), truth.win_rates()
    n = np.bincount(history.visits.stage)
    assert (np.abs(told.win_rates - w) < Z * np.sqrt(w * (1 - w) / (n / 3))).all()  # a third of them is still open
    assert (np.abs(told.closed_win_rates - w) > Z * np.sqrt(w * (1 - w) / (n / 3))).any()
    assert told.exits[[0, 1, 2], [1, 2, WON]] == pytest.approx([0.6, 0.5, 0.6], abs=0.02)
    assert told.exits.sum(axis=1) == pytest.approx(1, abs=0.01)
    assert told.stay_days == pytest.approx([12.2 - 0.5, 25 - 0.5, 31 - 0.5], rel=0.03)
    assert (told.closed_stay_days < told.stay_days).all()


def test_a_small_history_is_counted_by_hand() -> None:
    """Two won on days 2 and 4, one lost on day 1, one open since 3 days: Kaplan and Meier with a pencil."""
    told = compare(_small())
    assert (told.closed.n_won, told.closed.n_lost, told.n_open, told.open_share) == (2, 1, 1, 0.25)
    assert told.closed.win_rate == pytest.approx(2 / 3)
    assert (told.closed.days_to_win, told.closed.days_to_loss) == (3, 1)
    # day 1: 1 of 4 lost; day 2: 1 of 3 won, 1/4 of all; the open deal drops out; day 4: 1 of 1 won, 2/4 of all
    assert told.corrected.win_rate == pytest.approx(0.75)
    assert told.corrected.undecided == 0
    assert told.corrected.days_to_win == pytest.approx((0.25 * 2 + 0.5 * 4) / 0.75)
    assert told.corrected.days_to_loss == 1
    assert told.stages.win_rates == pytest.approx([0.75])
    assert told.stages.days_to_win == pytest.approx([told.corrected.days_to_win])


def _small() -> History:
    created, days = np.array([0, 1, 2, 17]), np.array([2, 4, 1, NEVER])
    closed = np.where(days < NEVER, created + days, NEVER)
    outcome = np.array([WON, WON, LOST, OPEN])
    none, n = np.full(4, "", object), np.full(4, NEVER)
    deals = Deals(np.array(list("abcd"), object), created, closed, outcome, none, np.ones(4), n, none, none, none)
    visits = Visits(np.arange(4), np.zeros(4, np.int64), created, closed, outcome)
    return History(("offer",), deals, visits, Money("CNY"), 0, 20)


def test_moves_of_one_day_are_taken_in_their_order() -> None:
    """All that is certain: every deal passes two stages within its first day, and is won the next."""
    none, n = np.full(3, "", object), np.full(3, NEVER)
    start = np.array([0, 5, 9])
    deals = Deals(
        np.array(list("abc"), object), start, start + 1, np.full(3, WON), none, np.ones(3), n, none, none, none
    )
    visits = Visits(
        np.repeat(np.arange(3), 3),
        np.tile([0, 1, 2], 3),
        np.repeat(start, 3),
        np.repeat(start, 3) + np.tile([0, 0, 1], 3),
        np.tile([1, 2, WON], 3),
    )
    told = compare(History(("a", "b", "c"), deals, visits, Money("CNY"), 0, 30))
    assert told.corrected.win_rate == 1
    assert told.corrected.days_to_win == 1
    assert told.stages.win_rates.tolist() == pytest.approx([1, 1, 1])
    assert told.stages.days_to_win.tolist() == pytest.approx([1, 1, 1])


def test_nothing_closed_is_not_a_rate() -> None:
    history = make(replace(QUIET, n_days=3, deals_per_day=2), 1)[0].known_at(QUIET.first + 1)
    assert np.isnan(closed_rates(history).win_rate)
    assert np.isnan(corrected_rates(history).days_to_win)
    assert corrected_rates(history).undecided == 1
    assert np.isnan(compare(history.known_at(QUIET.first)).growth)


def test_closed_deals_are_said_to_mislead_where_they_do() -> None:
    growing = replace(GROWING, n_days=365, deals_per_day=20, growth_per_year=3.2)
    assert compare(make(growing, 1)[0]).misleads
    # a record that goes on until every deal is decided has nothing to hide, nor has one of which nothing is known
    decided = make(CENSORED["0 %"], 1)[0]
    assert not compare(decided).misleads
    assert not compare(decided.known_at(QUIET.first)).misleads


def test_growth_is_told() -> None:
    history, _ = make(replace(QUIET, n_days=730, growth_per_year=0.6), 1)
    assert compare(history).growth == pytest.approx(0.6, abs=Z * 1.6 * np.sqrt(2 / created_by_half(history)[0]))
    late = replace(history, observed_from=history.as_of - 100)
    assert sum(created_by_half(late)) == (history.deals.created >= history.as_of - 100).sum()
