"""A forecast made by hand from a seeded sample, for pages only: no engine is needed to draw it."""

from dataclasses import replace
from datetime import date

import numpy as np

from funnelsim.analysis.forecast import (
    LEVELS,
    DealForecast,
    Distribution,
    Forecast,
    MeasureForecast,
    PeriodForecast,
    Summary,
    TargetForecast,
)
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.case import Case, Origin
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Pert, Shaped
from funnelsim.model.money import Money
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.shock import Shock
from funnelsim.model.target import Booked, Target

N_TRIALS = 4000
STAGES = ("初步接洽", "需求确认", "方案", "报价", "合同")


def summary_of(sample):
    levels = dict(zip(LEVELS, np.quantile(sample, list(LEVELS.values()), method="inverted_cdf"), strict=True))
    return Summary(
        mean=float(sample.mean()),
        sd=float(sample.std()),
        mean_se=float(sample.std() / len(sample) ** 0.5),
        quantiles={name: float(x) for name, x in levels.items()},
        quantiles_se={name: float(1.6 * sample.std() / len(sample) ** 0.5) for name in levels},
    )


def case_of(*, name="2685 pipeline", horizon=None, segments=("east", "west"), booked=0.0, targets=None, label=""):
    win_rates = (0.1, 0.4, 0.6, 0.8, 0.9)
    stay = Shaped("lognormal", {"median": 20.0, "p90": 60.0})
    horizon = horizon or Horizon(4, "quarter")
    as_of = date(2026, 10, 15)
    steps = [Step(s, win_rate=w, stay=stay, label=label) for s, w in zip(STAGES, win_rates, strict=True)]
    rows = tuple(
        Deal(f"{stage}#{i}", stage, 50.0, segment=segments[i % len(segments)], owner=f"owner {i % 3}")
        for stage, n in zip(STAGES, (65, 34, 27, 15, 6), strict=True)
        for i in range(n)
    )
    return Case(
        name=name,
        money=Money("CNY", "万元"),
        as_of=as_of,
        funnel=Funnel.linear(steps),
        pipeline=Pipeline(rows),
        timezone="Asia/Shanghai",
        horizon=horizon,
        booked=(Booked(booked, date(2026, 10, 1)),) if booked else (),
        beliefs=(Belief(Subject("win_rate", STAGES[0]), Beta(50.0)),),
        shock=Shock(0.05),
        realisation=Pert(0.75, 0.95, 1.05),
        groups=("segment",),
        targets=targets if targets is not None else (Target(2685.0), Target(2400.0), Target(30, "wins")),
        origin=Origin("configs/pipeline.yaml", "ab" * 32, {"deals.csv": "cd" * 32}),
    )


def measure_of(case, columns, booked=0.0):
    periods = tuple(
        PeriodForecast(p.label, p.start, p.end, summary_of(column), booked if i == 0 else 0.0)
        for i, (p, column) in enumerate(zip(case.periods, columns.T, strict=False))
    )
    return MeasureForecast(summary_of(columns.sum(axis=1)), periods, booked)


def forecast_of(case, *, scale=1.0, deals=True):
    random = np.random.default_rng(1)
    n_periods = max(len(case.periods), 1)
    wins = random.binomial(54, 0.8 / n_periods, size=(N_TRIALS, n_periods))
    amounts = np.round(wins * 50.0 * scale * random.normal(0.95, 0.1, size=(N_TRIALS, 1)), 2)
    booked = case.booked_total
    bookings = measure_of(case, amounts, booked)
    edges = np.linspace(amounts.sum(axis=1).min(), amounts.sum(axis=1).max(), 61)
    share = np.histogram(amounts.sum(axis=1), edges)[0] / N_TRIALS
    half = {"bookings": measure_of(case, amounts / 2, booked), "wins": measure_of(case, wins / 2)}
    total = amounts.sum(axis=1) + booked
    targets = []
    for target in case.targets:
        reached = total if target.measure == "bookings" else wins.sum(axis=1)
        chance = float(np.mean(reached >= target.amount))
        gap = float(np.mean(np.maximum(target.amount - reached, 0)))
        targets.append(TargetForecast(target, chance, (chance * (1 - chance) / N_TRIALS) ** 0.5, gap, gap / 50))
    some = [
        DealForecast(d.id, d.stage, d.amount, 0.1 + i / 200, *(date(2026, 11, 1 + i % 27),) * 3, 0.0123)
        for i, d in enumerate(case.pipeline.deals)
    ]
    return Forecast(
        case=case,
        engine="simulate",
        trials=N_TRIALS,
        seed=7,
        measures={"bookings": bookings, "wins": measure_of(case, wins)},
        groups={"segment": dict.fromkeys(sorted({d.segment for d in case.pipeline.deals}), half)},
        targets=tuple(targets),
        distribution=Distribution(tuple(edges.tolist()), tuple(share.tolist())),
        deals=tuple(some) if deals else (),
        stale=("初步接洽#0",),
        implied={name: (c, c * 0.99) for name, c in zip(STAGES, case.funnel.conversions, strict=True)},
        notes=("age moves dates, not chances",),
        provenance={"funnelsim": "0.1.0"},
    )


def hostile_forecast():
    nasty = '=HYPERLINK("http://evil.example")</script><script>alert(1)</script>'
    return forecast_of(
        case_of(
            name='从 $5 到 $10 <b>--></svg>"\x1b[31m\u202e 😀' + "很" * 200,
            segments=(nasty, "{{ 7 * 7 }}[red]$x^2$"),
            label="<img src=x onerror=alert(1)>",
            targets=(Target(2685.0), Target(500.0, group={"segment": nasty})),
        )
    )


def without_error(summary):
    return replace(summary, mean_se=0.0, quantiles_se=dict.fromkeys(LEVELS, 0.0), numeric_error=1e-6)


def as_exact(forecast):
    """The same figures as the exact engine would state them."""
    measures = {
        name: replace(
            measure,
            total=without_error(measure.total),
            periods=tuple(replace(p, to_come=without_error(p.to_come)) for p in measure.periods),
        )
        for name, measure in forecast.measures.items()
    }
    return replace(forecast, engine="exact", trials=None, seed=None, measures=measures)


def all_forecasts():
    """Forecasts whose pages differ: booked business, far targets, no periods, many periods, long numbers."""
    far = (Target(2685.0), Target(3100.0), Target(9000.0))
    return {
        "plain": forecast_of(case_of()),
        "booked": forecast_of(case_of(booked=900.0, targets=far)),
        "unlimited": forecast_of(case_of(horizon=Horizon()), deals=False),
        "weeks": forecast_of(case_of(horizon=Horizon(26, "week"))),
        "large": forecast_of(case_of(), scale=10_000.0),
        "hostile": hostile_forecast(),
        "exact": as_exact(forecast_of(case_of())),
    }
