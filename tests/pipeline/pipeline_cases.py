"""Small cases for the tests of the pipeline review."""

from datetime import date

from funnelsim.model.case import Case
from funnelsim.model.funnel import Exit, Funnel, Stage, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Empirical, Fixed, Pert, Shaped, Uniform
from funnelsim.model.money import Money
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.target import Target

START = date(2026, 1, 1)
QUICK = Shaped("lognormal", {"median": 20.0, "p90": 60.0})
SLOW = Shaped("lognormal", {"median": 40.0, "p90": 120.0})
GAMMA = Shaped("gamma", {"mean": 18.0, "cv": 0.7})
WEIBULL = Shaped("weibull", {"scale": 25.0, "shape": 1.3})
CONVERSIONS = (0.25, 0.6, 0.8)
N_DEALS = (40, 20, 10)


def case_of(funnel, deals, **more):
    return Case("case", Money("CNY", "万元"), START, funnel, Pipeline(tuple(deals)), **more)


def alike(n, stage, amount=50.0, **more):
    return [Deal(f"{stage}#{i}", stage, amount, **more) for i in range(n)]


def straight(**more):
    """Return three stages without time: every mean is a product of conversions."""
    steps = [Step(f"s{i}", conversion=c) for i, c in enumerate(CONVERSIONS)]
    deals = [deal for i, n in enumerate(N_DEALS) for deal in alike(n, f"s{i}")]
    return case_of(Funnel.linear(steps), deals, **{"targets": (Target(1000.0),), **more})


def timed(ages=(5.0, 30.0, 70.0), **more):
    """Return three stages in which lost deals linger, over two quarters."""
    laws = (QUICK, GAMMA, WEIBULL)
    steps = [Step(f"s{i}", conversion=c, stay=laws[i], stay_lost=SLOW) for i, c in enumerate(CONVERSIONS)]
    deals = [Deal(f"s{i}#{k}", f"s{i}", 50.0, ages[k % len(ages)]) for i, n in enumerate(N_DEALS) for k in range(n)]
    settings = {"targets": (Target(1000.0),), "horizon": Horizon(2, "quarter"), "seed": 11, **more}
    return case_of(Funnel.linear(steps), deals, **settings)


def branched(**more):
    """Return a funnel that skips and goes back, with several kinds of loss and deals that never decide."""
    stages = (
        Stage(
            "a",
            (
                Exit("b", 0.4, QUICK),
                Exit("c", 0.1, Fixed(30.0)),
                Exit("lost/price", 0.3, SLOW),
                Exit("lost", 0.1, GAMMA),
            ),
            never=0.1,
        ),
        Stage("b", (Exit("c", 0.5, WEIBULL), Exit("a", 0.2, Fixed(7.0)), Exit("lost", 0.3, SLOW))),
        Stage(
            "c",
            (
                Exit("won", 0.6, Empirical((3.0, 8.0, 8.0, 21.0, 45.0))),
                Exit("b", 0.1, Pert(1.0, 5.0, 20.0)),
                Exit("lost", 0.3, Uniform(5.0, 60.0)),
            ),
        ),
    )
    deals = [Deal(f"{s}#{k}", s, 50.0, (0.0, 12.0, 50.0)[k % 3]) for s in "abc" for k in range(12)]
    settings = {"targets": (Target(400.0),), "horizon": Horizon(2, "quarter"), "seed": 3, **more}
    return case_of(Funnel(stages), deals, **settings)
