"""The funnel in Ciw: a network of nodes with as many servers as there are deals, and one more node for what is won.

All open deals arrive at once at the start. What a deal is served at its first node is the rest of a stay.
"""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from peers.funnel import Funnel, Ints, Play
from peers.in_python import drawing, left_of


def network(funnel: Funnel) -> Play:
    """Return the walk by a network of queues in which nobody waits."""
    import ciw

    n_stages, n_months = len(funnel.stays), len(funnel.ends)
    if any(len(funnel.in_stage(stage)) != 1 for stage in range(n_stages)):
        raise ValueError("the network knows one group of deals a stage")

    class Service(ciw.dists.Distribution):
        def __init__(self, stage: int, rng: Random) -> None:
            self.draw, self.age = drawing(funnel.stays[stage], rng), funnel.in_stage(stage)[0].age_days

        def sample(self, t: float | None = None, ind: Any = None) -> float:
            return left_of(self.draw, self.age) if t == 0.0 and self.age else self.draw()

    def play(n_trials: int, seed: int) -> Ints:
        ciw.seed(seed)
        rng = Random(seed)
        routes = np.zeros((n_stages + 1, n_stages + 1))
        routes[range(n_stages), range(1, n_stages + 1)] = funnel.conversions
        at_once = ciw.dists.Sequential([0.0, float("inf")])
        plan = ciw.create_network(
            arrival_distributions=[at_once] * n_stages + [None],
            batching_distributions=[ciw.dists.Deterministic(group.n_deals) for group in funnel.groups]
            + [ciw.dists.Deterministic(1)],
            service_distributions=[Service(stage, rng) for stage in range(n_stages)] + [ciw.dists.Deterministic(0.0)],
            routing=routes.tolist(),
            number_of_servers=[float("inf")] * (n_stages + 1),
        )
        found = np.zeros((n_trials, n_months + 1), np.int64)
        for trial in range(n_trials):
            world = ciw.Simulation(plan)
            world.simulate_until_max_time(float(funnel.ends[-1]))
            days = [r.arrival_date for r in world.get_all_records() if r.node == n_stages + 1]
            np.add.at(found[trial], np.searchsorted(funnel.ends, days, side="right"), 1)
        return found[:, :n_months]

    return play
