"""Small cases for the tests of the exact engine."""

from collections.abc import Sequence
from datetime import date

from funnelsim.model.case import Case
from funnelsim.model.funnel import Exit, Funnel, Stage, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Fixed, Law, Shaped
from funnelsim.model.money import Money
from funnelsim.model.pipeline import Deal, Pipeline

START = date(2026, 1, 1)
WIN_RATES = (0.1, 0.4, 0.6, 0.8, 0.9)
N_DEALS = (65, 34, 27, 15, 6)


def exponential(mean: float) -> Law:
    return Shaped("exponential", {"mean": mean})


def lognormal(median: float, p90: float) -> Law:
    return Shaped("lognormal", {"median": median, "p90": p90})


def gamma(mean: float, cv: float) -> Law:
    return Shaped("gamma", {"mean": mean, "cv": cv})


def case_of(funnel: Funnel, deals: Sequence[Deal], **more: object) -> Case:
    return Case("case", Money("CNY", "万元"), START, funnel, Pipeline(tuple(deals)), **more)  # type: ignore[arg-type]


def alike(n: int, stage: str, amount: float = 50.0, **more: object) -> list[Deal]:
    return [Deal(f"{stage}#{i}", stage, amount, **more) for i in range(n)]  # type: ignore[arg-type]


def weighted_pipeline(**more: object) -> Case:
    """Return the pipeline of 147 deals worth 2685."""
    steps = [Step(f"s{i}", win_rate=rate) for i, rate in enumerate(WIN_RATES)]
    deals = [deal for i, n in enumerate(N_DEALS) for deal in alike(n, f"s{i}")]
    return case_of(Funnel.linear(steps), deals, **more)


def one_stage(win_rate: float, n: int, amount: float = 1.0, **more: object) -> Case:
    return case_of(Funnel.linear([Step("offer", win_rate=win_rate)]), alike(n, "offer", amount), **more)


def timed(steps: Sequence[Step], deals: Sequence[Deal], **more: object) -> Case:
    """Return a linear case over January, February and March 2026: 31, 28 and 31 days."""
    return case_of(Funnel.linear(list(steps)), deals, **{"horizon": Horizon(3, "month"), **more})


def graph() -> Funnel:
    """Return a funnel with a skip, returns, deals that never decide, and a fixed stay."""
    return Funnel(
        (
            Stage(
                "a",
                (
                    Exit("b", 0.4, lognormal(20, 60)),
                    Exit("c", 0.2, Fixed(30.0)),
                    Exit("lost/price", 0.3, exponential(25)),
                ),
                never=0.1,
            ),
            Stage(
                "b", (Exit("a", 0.2, gamma(18, 0.7)), Exit("c", 0.5, gamma(25, 0.8)), Exit("lost", 0.3, gamma(30, 1.2)))
            ),
            Stage(
                "c",
                (Exit("won", 0.5, Fixed(31.0)), Exit("b", 0.15, exponential(25)), Exit("lost", 0.35, gamma(9, 0.5))),
            ),
        )
    )
