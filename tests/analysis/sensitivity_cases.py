"""Small cases for what moves a forecast, and the same cases with their inputs put in by hand."""

from dataclasses import replace
from datetime import date

from funnelsim import Case, Deal, Funnel, Pipeline, Step
from funnelsim.model.beliefs import Belief, Correlation, Subject
from funnelsim.model.communication import Communication, Coupling, Hop
from funnelsim.model.funnel import LOST, WON, Exit, Stage
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Fixed, Shaped
from funnelsim.model.money import Money
from funnelsim.model.scaling import scaled
from funnelsim.model.shock import Shock
from funnelsim.model.sources import Entry, Rate, Source
from funnelsim.model.target import Target

AS_OF = date(2026, 10, 1)
NAMES = ("met", "quoted", "agreed")
RATES = (0.4, 0.6, 0.8)
STAY = Shaped("lognormal", {"median": 20.0, "p90": 60.0})


TARGETS = (Target(300.0),)


def small(*, stays=False, believed=False, targets=TARGETS, **more):
    steps = [Step(name, conversion=rate, stay=STAY if stays else None) for name, rate in zip(NAMES, RATES, strict=True)]
    deals = [Deal(f"{name}-{i}", name, 50.0, age_days=10.0 if stays else 0.0) for name in NAMES for i in range(6)]
    beliefs = tuple(Belief(Subject("conversion", name), Beta(40.0)) for name in NAMES)
    return Case(
        "small",
        Money("CNY"),
        AS_OF,
        Funnel.linear(steps),
        Pipeline(tuple(deals)),
        horizon=Horizon(2, "quarter") if stays else Horizon(),
        beliefs=beliefs if believed else (),
        targets=targets,
        trials=4000,
        seed=11,
        **more,
    )


def correlated():
    ends = Subject("conversion", "met"), Subject("conversion", "agreed")
    return replace(small(believed=True), correlations=(Correlation(ends, 0.6),))


def with_source():
    web = Source("web", Entry("met", Fixed(50.0)), rate=Rate(4.0, "month"))
    return small(stays=True, sources=(web,))


def with_chain():
    hops = (Hop("said", Fixed(0.8)), Hop("heard", Fixed(0.75)))
    chain = Communication(hops, stages={"quoted": Coupling(Fixed(0.7)), "agreed": Coupling(Fixed(0.4))})
    return small(communication=chain)


def with_branches():
    """Return a funnel in which deals may go back, skip ahead, or be lost for two reasons."""
    stages = (
        Stage("met", (Exit("quoted", 0.5), Exit(WON, 0.1), Exit("lost/price", 0.3), Exit("lost/time", 0.1))),
        Stage("quoted", (Exit(WON, 0.4), Exit("met", 0.2), Exit(LOST, 0.4))),
    )
    deals = tuple(deal for deal in small().pipeline.deals if deal.stage != "agreed")
    return replace(small(), funnel=Funnel(stages), pipeline=Pipeline(deals), shock=Shock(0.05))


def put_in(case, figures):
    """Return the case with its stages, shock and amounts as `figures` (by the name of an input) say, all fixed."""
    stages = []
    for stage in case.funnel.stages:
        c = figures[f"stages.{stage.name}.conversion"]
        factor = figures.get(f"stages.{stage.name}.stay", 1.0)
        exits = (
            replace(e, probability=c if i == 0 else 1.0 - c, stay=e.stay and scaled(e.stay, factor))
            for i, e in enumerate(stage.exits)
        )
        stages.append(replace(stage, exits=tuple(exits)))
    deals = tuple(deal._replace(amount=deal.amount * figures["realisation"]) for deal in case.pipeline.deals)
    sources = tuple(
        replace(s, rate=Rate(s.rate.level * figures[f"sources.{s.name}.rate"], s.rate.per)) for s in case.sources
    )
    return replace(
        case,
        funnel=replace(case.funnel, stages=tuple(stages)),
        beliefs=(),
        correlations=(),
        pipeline=Pipeline(deals),
        shock=Shock(figures["shock.rho"]),
        sources=sources,
    )
