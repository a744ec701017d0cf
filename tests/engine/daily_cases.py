"""Random cases of fitted tables: several draws and strata of one random funnel, open deals, new ones, a calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from funnelsim.model.case import Case
from funnelsim.model.daily import CLOSED, AgedStage, DailyTables, DatedStage, DayKinds, Figures
from funnelsim.model.horizon import Horizon
from funnelsim.model.implied import implied_funnel
from funnelsim.model.law import Shaped
from funnelsim.model.money import Money
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.sources import Entry, Rate, Source
from tests.engine.daily_funnels import random_funnel

AS_OF = date(2026, 10, 1)
SHOCK = tuple(float(x) for x in 0.25 * np.linspace(-2.0, 2.0, 21))


def tables_of(seed, *, n_draws=3, cuts=(60.0,), shock=SHOCK, calendar=False, n_days=200, **shape):
    """Return tables whose draws and strata differ."""
    rng = np.random.default_rng(seed)
    stages, names = random_funnel(seed, **shape)
    n_strata = len(cuts) + 1
    made = []
    for name, stage in zip(names, stages, strict=True):
        table = np.array(stage["chance"])
        spread = rng.uniform(0.6, 1.0, (n_draws, n_strata, *table.shape))
        full = table.sum(axis=1) > 0.999
        if "due" not in stage:
            spread[:, :, full] = 1.0
        varied = table * spread
        figures = Figures.of(varied.shape, varied.ravel())
        if "due" in stage:
            won = rng.uniform(0.4, 0.9, (n_draws, n_strata))
            made.append(
                DatedStage(
                    name, tuple(stage["due"]), tuple(stage["ages"]), figures, Figures.of(won.shape, won.ravel()),
                    tuple(stage["leads"]),
                )
            )  # fmt: skip
        else:
            made.append(AgedStage(name, tuple(stage["exits"]), tuple(stage["ages"]), figures))
    days = None
    if calendar:
        of_day = tuple(int(x) for x in rng.integers(CLOSED, 3, n_days))
        kinds = max(of_day) + 1
        factor = {}
        for stage in made[:-1]:
            values = rng.choice([0.0, 0.5, 1.0, 2.5, 9.0], (kinds, len(stage.exits)))
            factor[stage.name] = Figures.of(values.shape, values.ravel())
        days = DayKinds(of_day, factor)
    return DailyTables(AS_OF, tuple(made), tuple(cuts), tuple(shock), days)


def deals_of(seed, tables, n=25):
    """Return open deals of mixed amounts and ages."""
    rng = np.random.default_rng(seed + 500)
    deals = []
    for i in range(n):
        stage = tables.stages[int(rng.integers(0, len(tables.stages)))]
        dated = isinstance(stage, DatedStage)
        deals.append(
            Deal(
                f"d{i}",
                stage.name,
                float(np.round(rng.lognormal(4.0, 0.5), 2)),
                float(rng.choice([0, 1, 3, 29, 30, 31, 100])),
                owner=str(rng.choice(["Li", "Wu"])),
                expected_close=AS_OF + timedelta(days=int(rng.integers(0, 60))) if dated else None,
            )
        )
    return Pipeline(tuple(deals))


def fitted_case(tables, pipeline, **changes):
    """Return a case of these tables."""
    settings = {"as_of": AS_OF, "horizon": Horizon(2, "month"), "seed": 5} | changes
    funnel = implied_funnel(tables)
    return Case("fitted", Money("EUR", "1"), funnel=funnel, pipeline=pipeline, fitted=tables, **settings)


def random_fitted(seed, **changes):
    """Return a random case: back-moves, dates, calendars, strata and shocks by turns."""
    tables = tables_of(
        seed, returns=seed % 2 == 0, dated=seed % 3 == 0, calendar=seed % 4 == 1, cuts=(60.0,) if seed % 5 else (),
        shock=SHOCK if seed % 7 else (0.0,),
    )  # fmt: skip
    return fitted_case(tables, deals_of(seed, tables), **changes)


def with_sources(case):
    """Return the case with new deals of two sources."""
    last, day = case.funnel.names[-1], date(2026, 10, 8)
    amounts = [Shaped("lognormal", {"median": median, "p90": 150.0}) for median in (60.0, 40.0)]
    web = Source("web", Entry(case.funnel.names[0], amounts[0]), Rate(20.0, "month"))
    return replace(case, sources=(web, Source("fair", Entry(last, amounts[1]), cohort=9, since=day)))
