"""Fair shares of a change among those who made it: Shapley values of any function of a set (model page, M14.4).

A value function tells what comes out when a set of players has acted. A player's share is what it adds when it joins,
averaged over all orders of joining. The shares of all players add up to v(everybody) - v(nobody), whatever v is,
entry by entry where v is a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from math import factorial

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Value = Callable[[frozenset[Hashable]], Floats]
LARGEST_EXACT = 10


@dataclass(frozen=True)
class Shares:
    """What each player adds.

    Parameters
    ----------
    players : tuple
    start, end : array (figures,)
        The value when nobody and when everybody has acted.
    share : array (player, figures)
        Adds up to ``end - start`` over the players.
    error : array (player, figures)
        One standard error from sampling orders; 0 where all orders, or one stated order, were worked out.
    n_values : int
        How many sets were valued.
    n_orders : int
        How many orders were sampled; 0 where shares are averages over all of them, 1 for a stated order.
    """

    players: tuple[Hashable, ...]
    start: Floats
    end: Floats
    share: Floats
    error: Floats
    n_values: int
    n_orders: int


def shapley(players: Sequence[Hashable], value: Value) -> Shares:
    """Return the Shapley shares from the values of all 2^n sets.

    Parameters
    ----------
    players : sequence
    value : callable
        Takes a frozenset of players, gives an array of figures; called once a set.

    Returns
    -------
    Shares

    Examples
    --------
    Two who are worth 1 and 2 alone, and 5 together, share the surplus of 2:

    >>> worth = {frozenset(): 0.0, frozenset("a"): 1.0, frozenset("b"): 2.0, frozenset("ab"): 5.0}
    >>> shapley("ab", lambda acted: np.array([worth[acted]])).share.ravel().tolist()
    [2.0, 3.0]
    """
    names, n = tuple(players), len(players)
    known = {acted: np.asarray(value(acted), float) for acted in subsets(names)}
    weight = [factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)]
    share = [
        sum(weight[len(acted)] * (known[acted | {name}] - known[acted]) for acted in known if name not in acted)
        for name in names
    ]
    return _shares(names, known, np.array(share), 0)


def sampled_shapley(players: Sequence[Hashable], value: Value, n_orders: int, seed: int) -> Shares:
    """Return Shapley shares averaged over sampled orders, each beside its reverse; they add up all the same.

    Parameters
    ----------
    n_orders : int
        Rounded up to an even number.
    seed : int
        Of the orders.

    Examples
    --------
    >>> add = lambda acted: np.array([float(len(acted))])
    >>> sampled_shapley("abc", add, 4, seed=1).share.ravel().tolist()
    [1.0, 1.0, 1.0]
    """
    names = tuple(players)
    rng, known = np.random.default_rng(seed), dict[frozenset[Hashable], Floats]()
    pairs = []
    for _ in range((n_orders + 1) // 2):
        order = rng.permutation(len(names))
        there, back = (_joined(names, way.tolist(), value, known) for way in (order, order[::-1]))
        pairs.append((there + back) / 2)
    found = np.array(pairs)
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found)) if len(found) > 1 else np.full(found.shape[1:], np.nan)
    return _shares(names, known, found.mean(axis=0), 2 * len(found), error)


def in_order(players: Sequence[Hashable], value: Value) -> Shares:
    """Return what each player adds when they act one after the other in the stated order.

    Examples
    --------
    >>> square = lambda acted: np.array([float(len(acted) ** 2)])
    >>> in_order("abc", square).share.ravel().tolist()
    [1.0, 3.0, 5.0]
    """
    names, known = tuple(players), dict[frozenset[Hashable], Floats]()
    return _shares(names, known, _joined(names, list(range(len(names))), value, known), 1)


def fair_shares(players: Sequence[Hashable], value: Value, *, n_orders: int = 64, seed: int = 0) -> Shares:
    """Return Shapley shares: from all sets up to `LARGEST_EXACT` players, from sampled orders beyond."""
    if len(players) <= LARGEST_EXACT:
        return shapley(players, value)
    return sampled_shapley(players, value, n_orders, seed)


def subsets(players: Sequence[Hashable]) -> Iterator[frozenset[Hashable]]:
    """Yield every set of players, small ones first."""
    sizes = (combinations(players, k) for k in range(len(players) + 1))
    return (frozenset(acted) for acted in chain.from_iterable(sizes))


def _joined(
    names: tuple[Hashable, ...], order: list[int], value: Value, known: dict[frozenset[Hashable], Floats]
) -> Floats:
    """Return (player, figures) what each adds in an order; values are worked out once."""
    acted: frozenset[Hashable] = frozenset()
    before = _known(acted, value, known)
    added = np.zeros((len(names), *before.shape))
    for i in order:
        acted |= {names[i]}
        after = _known(acted, value, known)
        added[i], before = after - before, after
    return added


def _known(acted: frozenset[Hashable], value: Value, known: dict[frozenset[Hashable], Floats]) -> Floats:
    if acted not in known:
        known[acted] = np.asarray(value(acted), float)
    return known[acted]


def _shares(
    names: tuple[Hashable, ...],
    known: dict[frozenset[Hashable], Floats],
    share: Floats,
    n_orders: int,
    error: Floats | None = None,
) -> Shares:
    start, end = known[frozenset()], known[frozenset(names)]
    share = share.reshape((len(names), *start.shape))
    return Shares(names, start, end, share, np.zeros_like(share) if error is None else error, len(known), n_orders)
