"""Synthetic companies do what their truth says, and their truth is worked out right."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from funnelsim.engine.recursion import age_cells, win_chances
from funnelsim.fitting.diary import begun
from funnelsim.history.record import LOST, NEVER, OPEN, WON, Visits
from funnelsim.history.synthetic import Company, DatedCompany, Regime, Truth, make
from funnelsim.history.synthetic.hazards import chances, directions, intensities, straight, with_timer

# a handful of comparisons a test: 1 seed in 1,000 may err
Z = 4.0


def stay(mean: float, cv: float):
    return stats.gamma(1 / cv**2, scale=mean * cv**2)


STRAIGHT = straight(
    (0.5, 0.6, 0.7), [stay(6, 0.7), stay(12, 0.8), stay(9, 0.6)], [stay(4, 0.9), stay(9, 1), stay(9, 1)]
)
WINDING = straight(
    (0.5, 0.5, 0.6),
    [stay(6, 0.7), stay(12, 0.8), stay(9, 0.6)],
    never=(0.0, 0.05, 0.1),
    also={(1, 0): 0.15, (2, 1): 0.1, (0, 2): 0.1},
)
CHANGES = Regime(300, 0.6, 1.3), Regime(410, 1.5, 0.7)
PLAIN = Company(STRAIGHT, deals_per_day=20, n_days=400, days_after=300)


def slow_ends(table) -> tuple[np.ndarray, np.ndarray]:
    """P(won) and E[days; won] by following a deal's chances of being anywhere, day after day."""
    n, n_ages, _ = table.shape
    won, days = np.zeros(n), np.zeros(n)
    for start in range(n):
        here = np.zeros((n, n_ages + 1))
        here[start, 0] = 1.0
        for day in range(3_000):
            after = np.zeros_like(here)
            moved = np.zeros(n)
            for stage in range(n):
                here[stage, 0] += moved[stage]  # came in today from a stage before
                for target in range(n):
                    flow = here[stage, :-1] @ table[stage, :, target]
                    if target > stage:
                        moved[target] += flow
                    else:
                        after[target, 0] += flow
                win = here[stage, :-1] @ table[stage, :, WON]
                won[start], days[start] = won[start] + win, days[start] + day * win
                after[stage, 1:] += here[stage, :-1] * (1 - table[stage].sum(axis=-1))
            here = after
    return won, days


@pytest.mark.parametrize("table", [STRAIGHT[:, :150], WINDING[:, :150]], ids=["straight", "winding"])
def test_ends_are_those_of_following_all_chances(table) -> None:
    truth = make(Company(table, n_days=10), 1)[1]
    won, days = slow_ends(table)
    assert truth.win_rates() == pytest.approx(won, abs=1e-9)
    assert truth.win_rate() * truth.mean_cycle_days() == pytest.approx(days[0], abs=1e-6)


def test_a_straight_funnel_wins_the_product_of_its_conversions_and_takes_the_sum_of_its_stays() -> None:
    truth = make(replace(PLAIN, n_days=10), 1)[1]
    assert truth.win_rates() == pytest.approx([0.21, 0.42, 0.7], abs=1e-9)
    # a whole day of the record is half a day less than the stay, on average: to within 2 % of a day for smooth laws
    assert truth.mean_cycle_days() == pytest.approx(6 + 12 + 9 - 3 * 0.5, abs=0.06)


def test_chances_in_time_are_those_of_following_all_chances() -> None:
    truth = make(Company(WINDING[:, :200], n_days=10), 1)[1]
    in_time = truth.in_time(40)
    assert in_time.shape == (3, 200)
    assert truth.in_time(0).max() == 0
    # one more day looks one day further: V_k(s, a) follows from V_k-1, written out for one deal
    before, table = truth.in_time(39), truth.company.hazards
    q = table[1, 17]
    fresh = in_time[2, 0]
    by_hand = q[WON] + q[2] * fresh + q[0] * before[0, 0] + q[1] * 0 + (1 - q.sum()) * before[1, 18]
    assert in_time[1, 17] == pytest.approx(by_hand, abs=1e-14)
    ever = truth.in_time(5_000)
    assert ever[:, 0] == pytest.approx(truth.win_rates(), abs=1e-9)


@pytest.mark.parametrize("shock", [0.0, 0.3])
def test_the_engine_works_out_the_same_chances_in_time(shock: float) -> None:
    """Another recursion, another layout; skips, steps back and all."""
    also = {(0, 2): 0.1, (2, 0): 0.2}
    table = straight((0.5, 0.6, 0.7), [stay(6, 0.7)] * 3, [stay(9, 1)] * 3, also=also, never=(0, 0.1, 0))
    table = with_timer(table[:, :120], 1, 30, LOST, 0.6)
    n, n_ages, n_exits = table.shape
    truth = make(Company(table, n_days=1, regimes=(Regime(0, np.exp(shock), np.exp(-shock)),)), 1)[1]
    cells = age_cells([[*range(n), LOST, WON]] * n, [list(range(n_ages + 1))] * n)
    # the engine's last cell goes on for ever, and here nothing happens in it
    daily = np.pad(table, ((0, 0), (0, 1), (0, 0))).reshape(1, 1, n * (n_ages + 1), n_exits)
    standing = np.array([[0, stage, age, 0] for stage in range(n) for age in range(0, n_ages, 3)])
    found = win_chances(cells, daily, standing, [20, 60], u=[shock])[0, 0]
    for column, days in enumerate((20, 60)):
        assert found[:, column] == pytest.approx(truth.in_time(days)[standing[:, 1], standing[:, 2]], abs=1e-12)


def test_deals_do_what_the_truth_says() -> None:
    _, truth = make(replace(PLAIN, deals_per_day=200), 3)
    deals = truth.whole.deals
    early = deals.created < PLAIN.as_of
    won = deals.outcome[early] == WON
    n, w = len(won), truth.win_rate()
    assert (deals.outcome[early] != OPEN).all()
    assert abs(won.mean() - w) < Z * np.sqrt(w * (1 - w) / n)
    assert abs(won.mean() - 1.06 * w) > Z * np.sqrt(w * (1 - w) / n)  # negative control
    cycles = (deals.closed - deals.created)[early][won]
    assert abs(cycles.mean() - truth.mean_cycle_days()) < Z * cycles.std() / np.sqrt(len(cycles))
    assert abs(cycles.mean() - 1.05 * truth.mean_cycle_days()) > Z * cycles.std() / np.sqrt(len(cycles))


@pytest.mark.parametrize("as_it_came", [False, True])
def test_open_deals_win_in_time_as_often_as_the_truth_says(as_it_came: bool) -> None:
    """Shocks of .3, and a change ten days ahead that the calm truth does not know: it is the negative control."""
    company = replace(PLAIN, hazards=WINDING, deals_per_day=60, shock_sigma=0.3, regimes=CHANGES, growth_per_year=0.5)
    history, truth = make(company, 11)
    book = history.book()
    age = history.as_of - begun(history.visits)[history.visits.exit == OPEN]  # a step back begins a day later
    p = truth.in_time(45, as_it_came=as_it_came)[book.stage, age]
    z = (_wins(truth, 45) - p.sum()) / np.sqrt((p * (1 - p)).sum())
    assert (abs(z) < Z) == as_it_came


def _wins(truth: Truth, days: int) -> int:
    deals, start = truth.whole.deals, truth.company.as_of
    is_old = (deals.created < start) & (deals.outcome == WON)
    return int((is_old & (deals.closed >= start) & (deals.closed < start + days)).sum())


def test_large_deals_win_more_often_where_amounts_matter() -> None:
    company = replace(PLAIN, amount_effect=0.8, deals_per_day=60)
    truth = make(company, 5)[1]
    score = np.log(truth.whole.deals.amount / company.amount_median) / company.amount_sigma
    won = truth.whole.deals.outcome == WON
    is_done = truth.whole.deals.created < company.as_of
    for low, high in ((-1.1, -0.9), (-0.1, 0.1), (0.9, 1.1)):
        chosen = is_done & (score > low) & (score < high)
        w = truth.win_rates(score=(low + high) / 2)[0]
        assert abs(won[chosen].mean() - w) < Z * np.sqrt(w * (1 - w) / chosen.sum())
    assert truth.win_rates(score=1.0)[0] > 1.5 * truth.win_rates(score=-1.0)[0]
    w = truth.win_rate()
    assert abs(won[is_done].mean() - w) < Z * np.sqrt(w * (1 - w) / is_done.sum())
    assert abs(w - truth.win_rates()[0]) > 0.005  # the deal of middling amount is not the average


def test_a_timer_takes_its_share_on_its_day() -> None:
    table = with_timer(STRAIGHT, 1, 30, LOST, 0.8)
    visits = make(Company(table, deals_per_day=80, n_days=600), 2)[0].visits
    there = (visits.stage == 1) & (visits.left - visits.entered >= 30) & (visits.exit != OPEN)
    on_the_day = (visits.left - visits.entered == 30) & (visits.exit == LOST)
    share, n = table[1, 30, LOST], there.sum()
    assert abs((there & on_the_day).sum() / n - share) < Z * np.sqrt(share * (1 - share) / n)


def test_zombies_stay_open() -> None:
    _, truth = make(Company(WINDING, deals_per_day=20, n_days=300, days_after=1_500), 4)
    deals = truth.whole.deals
    never = 1 - truth.win_rate() - _lost(truth)
    still = (deals.outcome == OPEN)[deals.created < truth.company.as_of].mean()
    assert never > 0.05
    assert abs(still - never) < Z * np.sqrt(never * (1 - never) / (deals.created < truth.company.as_of).sum())


def _lost(truth: Truth) -> float:
    """P(lost), by exchanging the names of won and lost."""
    swapped = truth.company.hazards.copy()
    swapped[..., [WON, LOST]] = swapped[..., [LOST, WON]]
    return float(make(replace(truth.company, hazards=swapped, n_days=5, days_after=0), 1)[1].win_rate())


def test_a_record_that_begins_late_lacks_deals_that_ended_before() -> None:
    late = replace(PLAIN, observed_from=200)
    history, truth = make(late, 6)
    begins = late.first + 200
    assert history.observed_from == begins
    assert history.deals.closed.min() >= begins
    assert history.deals.created.min() < begins
    everything = make(PLAIN, 6)[1].whole
    assert len(truth.whole.deals) == (everything.deals.closed >= begins).sum()


def test_arrivals_grow_and_have_a_season() -> None:
    company = replace(PLAIN, n_days=1_460, days_after=0, growth_per_year=0.5, season=0.4, deals_per_day=10)
    created = make(company, 8)[0].deals.created - company.first
    by_year = np.bincount(created // 365)
    # sums of Poisson counts
    assert by_year[1:] / by_year[:-1] == pytest.approx(1.5, abs=Z * 1.5 * np.sqrt(2 / by_year[0]))
    spring, autumn = ((created % 365 < 182).sum(), (created % 365 >= 183).sum())
    assert spring > 1.3 * autumn


def test_the_same_seed_gives_the_same_history_and_another_another() -> None:
    one, same, other = (make(PLAIN, seed)[0] for seed in (1, 1, 2))
    assert (one.visits.left == same.visits.left).all()
    assert (one.deals.amount == same.deals.amount).all()
    assert len(other.visits) != len(one.visits) or (other.visits.left != one.visits.left).any()


def test_a_company_without_deals_has_an_empty_record() -> None:
    history, _ = make(Company(STRAIGHT, deals_per_day=0, n_days=3), seed=1)
    assert (len(history.deals), len(history.visits)) == (0, 0)


def test_visits_hang_together() -> None:
    history, _ = make(Company(WINDING, deals_per_day=20, n_days=500), 9)
    visits: Visits = history.visits
    follows = visits.deal[1:] == visits.deal[:-1]
    assert (visits.entered[1:][follows] == visits.left[:-1][follows]).all()
    assert (visits.stage[1:][follows] == visits.exit[:-1][follows]).all()
    assert (visits.exit[:-1][~follows] < 0).all()
    back = np.append(False, follows & (visits.stage[1:] < visits.stage[:-1]))
    assert back.sum() > 100
    assert (visits.left[back] > visits.entered[back]).all()  # a step back waits for the next day
    assert ((visits.left == NEVER) == (visits.exit == OPEN)).all()


def test_intensities_and_chances_are_each_others_inverse() -> None:
    assert chances(intensities(WINDING)) == pytest.approx(WINDING, abs=1e-11)
    assert directions(2).tolist() == [[0, 1, -1, 1], [0, 0, -1, 1]]


def test_a_dated_company_does_what_its_truth_says() -> None:
    n = 100
    losing = np.fromfunction(lambda to_go, age: 0.01 * np.exp(-to_go / 60) * (1 + np.exp(-age / 5)), (n, n))
    company = DatedCompany(np.full(n, 1 / n), losing, deals_per_day=60)
    history, truth = company.make(5)
    deals = truth.whole.deals
    w = truth.win_rate()
    assert abs((deals.outcome == WON).mean() - w) < Z * np.sqrt(w * (1 - w) / len(deals))
    assert (deals.closed[deals.outcome == WON] == deals.expected_close[deals.outcome == WON]).all()
    book = history.book()
    to_go = history.deals.expected_close[book.deal] - history.as_of
    p = truth.in_time(30)[to_go, book.age]
    z_unit = np.sqrt((p * (1 - p)).sum())
    assert abs(truth.n_won(30) - p.sum()) < Z * z_unit
    assert abs(truth.n_won(30) - 1.12 * p.sum()) > Z * z_unit  # negative control


def test_a_hundred_thousand_deals_take_seconds() -> None:
    many = straight([0.9] * 5 + [0.8], [stay(12, 0.8)] * 6)
    begun = time.perf_counter()
    history, _ = make(Company(many, deals_per_day=100, n_days=1_100, shock_sigma=0.1), 1)
    assert len(history.deals) > 100_000
    assert len(history.visits) > 450_000
    assert time.perf_counter() - begun < 15  # a second or two on an idle machine
