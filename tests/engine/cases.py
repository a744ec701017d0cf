"""Cases that between them use every part of the process model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.case import Case
from funnelsim.model.communication import Communication, Coupling, Hop, Remedy
from funnelsim.model.funnel import Exit, Funnel, Stage, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Empirical, Fixed, Pert, Shaped, Triangular, Uniform
from funnelsim.model.money import Money
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.shock import Shock, StayShock

AS_OF = date(2026, 10, 1)
LOGNORMAL = Shaped("lognormal", {"median": 20.0, "p90": 60.0})
GAMMA = Shaped("gamma", {"mean": 25.0, "cv": 0.8})
WEIBULL = Shaped("weibull", {"scale": 25.0, "shape": 1.3})
EXPONENTIAL = Shaped("exponential", {"mean": 30.0})

LINEAR = Funnel.linear(
    [
        Step("meet", win_rate=0.1, stay=GAMMA, stay_lost=EXPONENTIAL),
        Step("need", win_rate=0.4, stay=LOGNORMAL),
        Step("offer", win_rate=0.6, stay=WEIBULL, never=0.05),
        Step("deal", win_rate=0.8, stay=Triangular(3.0, 10.0, 40.0), stay_lost=Uniform(5.0, 60.0)),
    ]
)
GRAPH = Funnel(
    (
        Stage(
            "a",
            (
                Exit("b", 0.4, GAMMA),
                Exit("c", 0.1, LOGNORMAL),
                Exit("lost", 0.25, EXPONENTIAL),
                Exit("lost/price", 0.15, Fixed(30.0)),
            ),
            never=0.1,
            timeout_days=90.0,
        ),
        Stage("b", (Exit("c", 0.5, WEIBULL), Exit("a", 0.2, Fixed(7.0)), Exit("lost", 0.3, Fixed(7.0)))),
        Stage(
            "c",
            (
                Exit("won", 0.6, Empirical((3.0, 8.0, 8.0, 21.0, 45.0), None)),
                Exit("b", 0.1, Pert(1.0, 5.0, 20.0)),
                Exit("lost", 0.28, replace(GAMMA, delay=4.0)),
            ),
            never=0.02,
        ),
    )
)
ATOMS = Funnel.linear(
    [
        Step("first", conversion=0.6, stay=Fixed(10.0)),
        Step("second", conversion=0.5, stay=Empirical((5.0, 10.0, 82.0)), stay_lost=Fixed(10.0)),
    ]
)


def pipeline(names, seed=0, n=12, ages=True, win_rates=False):
    rng = np.random.default_rng(seed)
    deals = []
    for i in range(n):
        age = float(rng.choice([0.0, 4.0, 9.5, 33.0])) if ages else 0.0
        own = float(rng.choice([0.15, 0.35, 0.7])) if win_rates and rng.random() < 0.5 else None
        deals.append(
            Deal(
                f"d{i}",
                str(rng.choice(names)),
                float(np.round(rng.lognormal(3.5, 0.6), 2)),
                age,
                segment=str(rng.choice(["east", "west"])),
                owner=str(rng.choice(["Li", "Wu", "Mo"])),
                win_rate=own,
            )
        )
    return Pipeline(tuple(deals))


def case(funnel, **changes) -> Case:
    deals = changes.pop("pipeline", None) or pipeline(funnel.names)
    settings = {"as_of": AS_OF, "horizon": Horizon(3, "quarter"), "seed": 11} | changes
    return Case("a case", Money("CNY", "万元"), funnel=funnel, pipeline=deals, **settings)


BELIEFS = (
    Belief(Subject("win_rate", "meet"), Beta(30.0)),
    Belief(Subject("conversion", "need"), Uniform(0.55, 0.78)),
    Belief(Subject("win_rate", "offer"), Pert(0.5, 0.6, 0.7)),
    Belief(Subject("stay", "deal"), Uniform(0.7, 1.4)),
    Belief(Subject("realisation"), Triangular(0.8, 1.0, 1.1)),
)

SPOKEN = Communication(
    (
        Hop("said", Fixed(0.8), remedy=Remedy(repeat_backs=1, correlation=0.3)),
        Hop("heard", Beta(20.0, 0.75), remedy=Remedy(written=0.7)),
        Hop("understood", Uniform(0.5, 0.8), remedy=Remedy(adds=0.05)),
    ),
    stages={"need": Coupling(Fixed(0.5), Fixed(0.2)), "deal": Coupling(Uniform(0.3, 0.7), Uniform(0.1, 0.3))},
)
SPOKEN_IN_A_GRAPH = Communication(
    (Hop("said", Uniform(0.6, 0.9)), Hop("passed on", Fixed(0.9), remedy=Remedy(removed=True))),
    stages={"a": Coupling(Fixed(0.8)), "c": Coupling(Fixed(0.4), Fixed(0.3))},
)

CASES = {
    "linear": case(LINEAR),
    "graph": case(GRAPH),
    "atoms": case(ATOMS, pipeline=pipeline(ATOMS.names, ages=False)),
    "atoms aged": case(
        ATOMS,
        pipeline=Pipeline((Deal("x", "first", 10.0, 4.0), Deal("y", "second", 20.0, 10.0))),
        due_today=True,
    ),
    "own win rates": case(LINEAR, pipeline=pipeline(LINEAR.names, 3, win_rates=True)),
    "own win rates in a graph": case(GRAPH, pipeline=pipeline(GRAPH.names, 4, win_rates=True)),
    "realisation": case(LINEAR, realisation=Pert(0.75, 0.95, 1.05)),
    "beliefs": case(LINEAR, beliefs=BELIEFS),
    "belief on an exit": case(GRAPH, beliefs=(Belief(Subject("exit", "c", "won"), Beta(40.0)),)),
    "shock": case(LINEAR, shock=Shock(rho=0.15)),
    "shock in a graph": case(GRAPH, shock=Shock(rho=0.2)),
    "shocks of segment and stays": case(LINEAR, shock=Shock(0.1, {"segment": 0.1}, stays=StayShock(0.3, -0.5))),
    "shock and beliefs": case(
        LINEAR,
        shock=Shock(rho=0.1),
        beliefs=(*BELIEFS, Belief(Subject("rho"), Uniform(0.05, 0.3))),
        realisation=Pert(0.75, 0.95, 1.05),
    ),
    "shock per period": case(LINEAR, shock=Shock(rho=0.3, phi=0.6)),
    "shock per period in a graph": case(GRAPH, shock=Shock(0.3, {"owner": 0.1}, phi=0.3)),
    "shock per period, atoms": case(ATOMS, shock=Shock(rho=0.3, phi=0.6), pipeline=pipeline(ATOMS.names, ages=False)),
    "communication": case(LINEAR, communication=SPOKEN),
    "communication, beliefs and shock": case(LINEAR, beliefs=BELIEFS, communication=SPOKEN, shock=Shock(rho=0.1)),
    "communication in a graph": case(
        GRAPH,
        beliefs=(Belief(Subject("exit", "c", "won"), Beta(40.0)),),
        communication=SPOKEN_IN_A_GRAPH,
        pipeline=pipeline(GRAPH.names, 4, win_rates=True),
    ),
    "communication without chance": case(
        LINEAR,
        communication=Communication(
            (Hop("said", Fixed(0.5), remedy=Remedy(repeat_backs=2)),), stages={"need": Coupling(Fixed(1.0), Fixed(0.5))}
        ),
    ),
    "unlimited": case(GRAPH, horizon=Horizon(), shock=Shock(rho=0.3, phi=0.6)),
}
