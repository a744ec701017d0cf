"""Strata of amounts: an effect that is there comes back, none is invented, and together they leave as all do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitted_histories import HOTEL, SELLER, history_of, with_changes

from funnelsim.fitting.chronicle import Chronicle
from funnelsim.fitting.strata import FEWEST_WINS, Strata, cuts_at, strata_at
from funnelsim.history.record import WON, History
from funnelsim.history.synthetic import make

# of some twenty figures 1 seed in 1,000 may err
Z = 4.0
LOST_EXIT, WON_EXIT = 0, -1
LARGE = replace(SELLER, n_days=700, deals_per_day=12)


def parted(history: History) -> tuple[Chronicle, Strata, np.ndarray]:
    """Return strata against the plain daily shares of all deals: no forgetting, no borrowing."""
    chronicle = Chronicle(history)
    counts = chronicle.counts(history.as_of, np.inf)
    q = counts.ended / np.maximum(counts.at_risk, 1)[..., None]
    return chronicle, strata_at(chronicle, history.as_of, q.reshape(-1, q.shape[-1])), q


def twin_counts(history: History, cuts: np.ndarray, chronicle: Chronicle) -> tuple[np.ndarray, np.ndarray]:
    """Return (stratum, stage) deal-days and (stratum, stage, exit) exits, a stratum's own diary at a time."""
    group = np.searchsorted(cuts, np.nan_to_num(history.deals.amount), side="right")
    stood, ended = [], []
    for g in range(len(cuts) + 1):
        mine = history.visits.rows(group[history.visits.deal] == g)
        counts = Chronicle(replace(history, visits=mine)).counts(history.as_of, np.inf)
        stood.append(counts.at_risk)
        ended.append(counts.ended.sum(axis=1))
    return np.array(stood), np.array(ended)


@pytest.mark.parametrize("effect", [0.5, -0.5])
def test_an_effect_of_amounts_comes_back(effect: float) -> None:
    history = make(replace(LARGE, amount_effect=effect), seed=1)[0]
    _, strata, _ = parted(history)
    assert len(strata.cuts) == 2
    # a standard deviation of the log amount moves log hazards by half the effect, and outer terciles are 2.18 apart
    wins = np.log(strata.effect[:, -1, WON_EXIT])
    losses = np.log(strata.effect[:, -1, LOST_EXIT])
    true = effect / 2 * 2.18
    for found, truth, exits in ((wins, true, WON_EXIT), (losses, -true, LOST_EXIT)):
        se = np.sqrt((1 / strata.came[[0, 2], -1, exits]).sum())
        assert abs((found[2] - found[0]) - truth) < Z * se
        assert abs(found[2] - found[0]) > Z * se  # and no effect would be refused


def test_no_effect_is_invented() -> None:
    history = make(replace(LARGE, amount_effect=0.0), seed=2)[0]
    _, strata, _ = parted(history)
    assert len(strata.cuts) == 2
    z = (strata.effect - 1) * np.sqrt(strata.came)
    assert np.abs(z).max() < Z


@pytest.mark.parametrize("late", [0, 200])
def test_strata_are_counted_as_their_own_diaries_would(late: int) -> None:
    history = make(replace(SELLER, observed_from=late, n_days=400), seed=3)[0]
    chronicle, strata, _ = parted(history)
    stood, ended = twin_counts(history, strata.cuts, chronicle)
    assert np.allclose(strata.came - 60, ended)
    assert np.allclose(stood.sum(axis=0), chronicle.counts(history.as_of, np.inf).at_risk)


def test_all_strata_together_leave_as_often_as_all_deals_do() -> None:
    history = make(replace(LARGE, amount_effect=0.8), seed=4)[0]
    chronicle, strata, q = parted(history)
    stood, ended = twin_counts(history, strata.cuts, chronicle)
    together = np.einsum("gsa,gse,sae->se", stood, strata.effect, q * strata.correction)
    assert np.allclose(together / np.maximum(ended.sum(axis=0), 1), ended.sum(axis=0) > 0, atol=0.01)
    # at every age, too; without the correction they would not: large deals are soon gone
    share = np.einsum("gsa,gse->sae", stood, strata.effect) / np.maximum(stood.sum(axis=0), 1)[..., None]
    seen = (stood.sum(axis=0) > 300)[..., None] & (ended.sum(axis=(0, 1)) > 0)
    assert np.abs(share * strata.correction - 1)[seen].max() < 0.01
    assert np.abs(share - 1)[seen].max() > 0.03


def test_draws_have_the_effect_as_their_mean() -> None:
    history = make(LARGE, seed=5)[0]
    _, strata, _ = parted(history)
    draws = strata.draw(2000, np.random.default_rng(1))
    z = (draws.mean(axis=0) - strata.effect) / (draws.std(axis=0) / np.sqrt(2000))
    assert np.abs(z).max() < Z
    total = strata.came.sum(axis=0)
    share = strata.came / total
    of_shares = share * (1 - share) / (total + 1) * (total / strata.hoped) ** 2
    assert np.allclose(draws.var(axis=0), of_shares, rtol=0.2)
    # were each stratum drawn by itself, all together would leave more and less often than the chances of all say
    together = (strata.hoped * draws).sum(axis=1)
    assert np.allclose(together, total)
    by_itself = strata.came / strata.hoped**2
    assert not np.allclose(draws.var(axis=0), by_itself, rtol=0.2)


def test_there_are_none_without_wins_without_differences_or_with_dates() -> None:
    as_of = SELLER.first + 200
    few = history_of(
        [(as_of - 100, WON, float(i), [(as_of - 100, as_of - 50, WON)]) for i in range(FEWEST_WINS - 1)],
        n_stages=1, observed_from=as_of - 150, as_of=as_of,
    )  # fmt: skip
    assert not len(cuts_at(Chronicle(few), as_of))
    history = make(SELLER, seed=1)[0]
    day = history.as_of
    for amount in (np.zeros(len(history.deals)), np.full(len(history.deals), 7.0), np.full(len(history.deals), np.nan)):
        alike = replace(history, deals=replace(history.deals, amount=amount))
        strata = strata_at(Chronicle(alike), day, np.full((2 * Chronicle(alike).layout.n_cells, 3), 0.01))
        assert strata.effect.tolist() == [[[1.0] * 3] * 2]
        assert (strata.draw(5, np.random.default_rng(0)) == 1).all()
    hotel = HOTEL.make(seed=1)[0]
    assert not len(cuts_at(Chronicle(hotel, is_dated=True), hotel.as_of))


def test_amounts_count_as_they_stood_on_the_day() -> None:
    history = make(SELLER, seed=1)[0]
    moved = with_changes(history, 2, share=1.0)
    day = history.observed_from + 150
    known = cuts_at(Chronicle(moved.known_at(day)), day)
    assert cuts_at(Chronicle(moved), day).tolist() == known.tolist()
    assert cuts_at(Chronicle(history), day).tolist() != known.tolist()
