"""Shapley shares against games with known answers, and against the definition over all orders."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from funnelsim.analysis.shapley import LARGEST_EXACT, fair_shares, in_order, sampled_shapley, shapley


def random_game(n: int, seed: int):
    rng = np.random.default_rng(seed)
    worth: dict[frozenset, np.ndarray] = {}
    return lambda acted: worth.setdefault(acted, rng.normal(size=3))


def by_definition(players, value) -> np.ndarray:
    orders = list(permutations(players))
    return np.mean([in_order(order, value).share[[order.index(p) for p in players]] for order in orders], axis=0)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_shares_are_averages_over_all_orders(n: int) -> None:
    players, value = tuple(range(n)), random_game(n, n)
    assert np.allclose(shapley(players, value).share, by_definition(players, value), atol=1e-12)


@pytest.mark.parametrize("ways", [shapley, in_order, lambda p, v: sampled_shapley(p, v, 3, 1)])
def test_shares_add_up_to_the_whole_change(ways) -> None:
    found = ways(tuple("abcdef"), random_game(6, 9))
    assert np.allclose(found.share.sum(axis=0), found.end - found.start, atol=1e-12)


def test_a_glove_game_has_its_known_shares() -> None:
    """One left glove and two right ones: a pair is worth 1."""

    def value(acted):
        return np.array([float("left" in acted and len(acted) > 1)])

    found = shapley(("left", "right 1", "right 2"), value)
    assert np.allclose(found.share.ravel(), [2 / 3, 1 / 6, 1 / 6])


def test_who_adds_nothing_gets_nothing_and_equals_get_the_same() -> None:
    def value(acted):
        return np.array([float(len(acted - {"idle"}) ** 2)])

    a, b, idle = shapley(("a", "b", "idle"), value).share.ravel()
    assert (a, b, idle) == (2.0, 2.0, 0.0)


def test_sampled_shares_come_within_their_error_of_the_exact_ones() -> None:
    players, value = tuple(range(8)), random_game(8, 4)
    exact, sampled = shapley(players, value), sampled_shapley(players, value, 400, seed=2)
    z = (sampled.share - exact.share) / sampled.error
    assert np.abs(z).max() < 4.5  # 24 figures
    assert sampled.n_orders == 400


def test_one_stated_order_is_not_taken_for_the_average() -> None:
    """The negative control of the tests above."""
    players, value = tuple(range(5)), random_game(5, 5)
    assert np.abs(in_order(players, value).share - by_definition(players, value)).max() > 0.1


def test_every_set_is_valued_once() -> None:
    seen = []
    fair_shares(tuple("abcd"), lambda acted: seen.append(acted) or np.zeros(1))
    assert len(seen) == len(set(seen)) == 16


def test_many_players_are_sampled() -> None:
    players = tuple(range(LARGEST_EXACT + 1))
    found = fair_shares(players, lambda acted: np.array([float(sum(acted))]), n_orders=8)
    assert found.n_orders == 8
    assert np.allclose(found.share.ravel(), players)
