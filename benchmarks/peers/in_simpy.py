"""The funnel in SimPy: every deal is a process that waits out its stays."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from random import Random

import numpy as np

from peers.funnel import Funnel, Ints, Play
from peers.in_python import drawing, left_of


def processes(funnel: Funnel) -> Play:
    """Return the walk by processes, one environment a trial."""
    import simpy

    ends, n_months = funnel.ends.tolist(), len(funnel.ends)

    def play(n_trials: int, seed: int) -> Ints:
        rng = Random(seed)
        stages = list(zip(funnel.conversions, [drawing(stay, rng) for stay in funnel.stays], strict=True))
        found = np.zeros((n_trials, n_months), np.int64)
        for trial in range(n_trials):
            world, wins = simpy.Environment(), [0] * (n_months + 1)
            for group in funnel.groups:
                for _ in range(group.n_deals):
                    world.process(deal(world, stages[group.stage :], group.age_days, rng.random, wins))
            world.run(until=ends[-1])
            found[trial] = wins[:n_months]
        return found

    def deal(
        world: simpy.Environment,
        stages: list[tuple[float, Callable[[], float]]],
        age: float,
        luck: Callable[[], float],
        wins: list[int],
    ) -> Iterator[simpy.Event]:
        for chance, draw in stages:
            if luck() >= chance:
                return
            yield world.timeout(left_of(draw, age) if age else draw())
            age = 0.0
        wins[bisect_right(ends, world.now)] += 1

    return play
