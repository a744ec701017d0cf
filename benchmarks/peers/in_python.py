"""The funnel in plain Python: one deal after the other, with the samplers of the standard library."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from random import Random

import numpy as np

from peers.funnel import Funnel, Ints, Play, Stay


def drawing(stay: Stay, rng: Random) -> Callable[[], float]:
    """Return a function that draws a stay."""
    first, second = stay.first, stay.second
    if stay.family == "gamma":
        return lambda: rng.gammavariate(first, second)
    if stay.family == "weibull":
        return lambda: rng.weibullvariate(second, first)
    return lambda: rng.lognormvariate(first, second)


def left_of(draw: Callable[[], float], age: float) -> float:
    """Return what is left of a stay that has lasted `age` days: drawn until one is longer."""
    days = draw()
    while days <= age:
        days = draw()
    return days - age


def plain(funnel: Funnel) -> Play:
    """Return the walk of one deal after the other."""

    def play(n_trials: int, seed: int) -> Ints:
        rng = Random(seed)
        stages = list(zip(funnel.conversions, [drawing(stay, rng) for stay in funnel.stays], strict=True))
        ends, n_months = funnel.ends.tolist(), len(funnel.ends)
        found = [[0] * (n_months + 1) for _ in range(n_trials)]
        for wins in found:
            for group in funnel.groups:
                for _ in range(group.n_deals):
                    day = walk(stages[group.stage :], group.age_days, rng.random)
                    if day >= 0.0:
                        wins[bisect_right(ends, day)] += 1
        return np.array(found)[:, :n_months]

    return play


def walk(stages: list[tuple[float, Callable[[], float]]], age: float, luck: Callable[[], float]) -> float:
    """Return the day a deal is won, -1 if it is lost."""
    day = 0.0
    for chance, draw in stages:
        if luck() >= chance:
            return -1.0
        day += left_of(draw, age) if age else draw()
        age = 0.0
    return day
