"""Random cases over M0 to M5, for holding one engine against the other."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.case import Case
from funnelsim.model.funnel import Exit, Funnel, Stage, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Empirical, Fixed, Pert, Shaped, Triangular, Uniform
from funnelsim.model.money import Money
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.shock import Shock, StayShock
from funnelsim.model.target import Target

AS_OF = date(2026, 10, 13)


def random_case(seed: int) -> Case:
    """Return one case; the seed picks which parts of the model it uses."""
    rng = np.random.default_rng(seed)
    funnel = _linear(rng) if rng.random() < 0.65 else _graph(rng)
    horizon = Horizon() if rng.random() < 0.15 else Horizon(int(rng.integers(1, 5)), rng.choice(["month", "quarter"]))
    pipeline = _pipeline(rng, funnel)
    end = Horizon.periods(horizon, AS_OF)[-1].end if not horizon.is_unlimited else None
    targets = [Target(0.5 * sum(d.amount for d in pipeline.deals) * 0.5), Target(3.0, "wins")]
    if end is not None:
        by = AS_OF + timedelta(days=int(rng.integers(10, (end - AS_OF).days)))
        targets.append(Target(20.0, by=by, group={"segment": pipeline.deals[0].segment}))
    beliefs = _beliefs(rng, funnel)
    shock = _shock(rng, len(beliefs), funnel.is_linear)
    if beliefs and shock.by:  # odd amounts at every node of both: exact, but minutes of it
        pipeline = Pipeline(tuple(deal._replace(amount=50.0) for deal in pipeline.deals))
    return Case(
        f"random {seed}",
        Money("CNY", "万元"),
        AS_OF,
        funnel,
        pipeline,
        horizon=horizon,
        beliefs=beliefs,
        shock=shock,
        realisation=[None, None, Pert(0.75, 0.95, 1.05), Shaped("gamma", {"mean": 1.0, "cv": 0.2})][rng.integers(4)],
        groups=("segment",),
        targets=tuple(targets),
        seed=seed,
    )


def _law(rng):
    mean = float(rng.uniform(8, 45))
    return [
        lambda: Shaped("gamma", {"mean": mean, "cv": float(rng.uniform(0.4, 1.2))}),
        lambda: Shaped("lognormal", {"median": mean, "p90": mean * float(rng.uniform(1.6, 3.5))}),
        lambda: Shaped("weibull", {"scale": mean, "shape": float(rng.uniform(0.8, 2.0))}),
        lambda: Shaped("exponential", {"mean": mean}, delay=float(rng.choice([0.0, 3.0]))),
        lambda: Triangular(1.0, mean, 2.5 * mean),
        lambda: Uniform(0.0, 2 * mean),
        lambda: Fixed(float(rng.integers(5, 60))),
        lambda: Empirical(tuple(float(x) for x in rng.integers(1, 80, 6))),
    ][rng.integers(8)]()


def _linear(rng):
    n = int(rng.integers(2, 6))
    conversions = rng.uniform(0.25, 0.95, n)
    return Funnel.linear(
        [
            Step(
                f"s{i}",
                conversion=float(c),
                stay=_law(rng),
                stay_lost=_law(rng) if rng.random() < 0.5 else None,
                never=float((1 - c) * 0.3) if rng.random() < 0.2 else 0.0,
            )
            for i, c in enumerate(conversions)
        ]
    )


def _graph(rng):
    n = int(rng.integers(2, 5))
    stages = []
    for i in range(n):
        to = ["won" if i == n - 1 else f"s{i + 1}", "lost"]
        if i + 2 < n and rng.random() < 0.5:
            to.append(f"s{i + 2}")
        if i > 0 and rng.random() < 0.5:
            to.append(f"s{i - 1}")
        if rng.random() < 0.3:
            to.append("lost/price")
        shares = rng.dirichlet(np.full(len(to) + 1, 3.0))
        never = float(shares[-1]) * (rng.random() < 0.4)
        shares = shares[:-1] / shares[:-1].sum() * (1 - never)
        exits = tuple(Exit(name, float(p), _law(rng)) for name, p in zip(to, shares, strict=True))
        stages.append(Stage(f"s{i}", exits, never, 120.0 if rng.random() < 0.5 else float("inf")))
    return Funnel(tuple(stages))


def _pipeline(rng, funnel):
    n = int(rng.integers(6, 40))
    same = float(rng.choice([0.0, 50.0]))
    deals = []
    for i in range(n):
        deals.append(
            Deal(
                f"d{i}",
                str(rng.choice(funnel.names)),
                same or float(np.round(rng.lognormal(3.0, 0.7), 2)),
                float(rng.choice([0.0, 0.0, 2.0, 4.0])),
                segment=str(rng.choice(["east", "west"])),
                win_rate=float(rng.uniform(0.1, 0.6)) if rng.random() < 0.1 else None,
            )
        )
    return Pipeline(tuple(deals))


def _beliefs(rng, funnel):
    if rng.random() < 0.6:
        return ()
    if not funnel.is_linear:
        last = funnel.stages[-1]
        return (Belief(Subject("exit", last.name, last.exits[0].to), Beta(40.0)),)
    found = [Belief(Subject("conversion", name), Beta(float(rng.uniform(15, 80)))) for name in funnel.names[:2]]
    if rng.random() < 0.3:
        found.append(Belief(Subject("realisation"), Uniform(0.8, 1.1)))
    return tuple(found)


def _shock(rng, n_beliefs, is_linear):
    """Return a shock; the costly corners of the exact engine (graphs in two dimensions) are left to its own tests."""
    choices = [Shock(), Shock(), Shock(rho=float(rng.uniform(0.02, 0.3)))]
    if is_linear:
        choices.append(Shock(float(rng.uniform(0.02, 0.2)), {"segment": 0.1}))
    if is_linear and not n_beliefs:
        choices.append(Shock(0.1, stays=StayShock(0.25, -0.4)))
    return choices[rng.integers(len(choices))]
