"""One example of every picture the product makes, by module and name; a test holds that none is left out."""

from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from report_cases import all_forecasts, case_of
from test_decision_pictures import pictures

from funnelsim.analysis.backtest import Backtest, Plan
from funnelsim.analysis.communication import communicate
from funnelsim.analysis.pipeline import review_pipeline
from funnelsim.analysis.reliability import Reliability
from funnelsim.analysis.scored import Origin, Scored
from funnelsim.analysis.sensitivity import Plan as SensitivityPlan
from funnelsim.analysis.sensitivity import sensitivity
from funnelsim.analysis.stages import stage_standings
from funnelsim.analysis.standings import Band, Standing, Standings
from funnelsim.config import load, load_briefing
from funnelsim.fitting.windows import MEASURES
from funnelsim.history.record import day_of
from funnelsim.model.money import Money
from funnelsim.report import plots
from funnelsim.report.backtest_pictures import calibration_figure, fan_figure
from funnelsim.report.chain_picture import chain_picture
from funnelsim.report.exceedance_picture import exceedance_picture
from funnelsim.report.funnel_picture import funnel_picture, stages_figure
from funnelsim.report.reliability_picture import reliability_picture
from funnelsim.report.sensitivity_picture import shares_picture, tornado_picture
from funnelsim.report.standing_picture import standings_picture

CONFIGS = Path(__file__).parents[2] / "configs"
LONG = "一个特别特别长的名称 that goes on and on 😀\x1b[31m"
LEVELS = {"p5": 0.3, "p10": 0.5, "p25": 0.8, "p50": 1.0, "p75": 1.3, "p90": 1.7, "p95": 2.0}
RANDOM = np.random.default_rng(3)


@cache
def forecast():
    return all_forecasts()["booked"]


@cache
def moved():
    return sensitivity(case_of(label=LONG), SensitivityPlan(points=4, gradient_trials=0, seed=1))


@cache
def past():
    """A backtest of weekly windows whose amounts are large."""
    plan = Plan(day_of(date(2026, 1, 5)), day_of(date(2026, 1, 5)) + 7 * 29, 7, 90)
    origins = tuple(
        Origin(day, {name: _scored(12_345.6 if "bookings" in name else 14.0) for name in MEASURES})
        for day in plan.origins
    )
    about = {"history": LONG, "currency": "CNY", "unit": "万元", "seed": 1}
    about["records"] = {"from": "2024-01-01", "to": "2026-11-01"}
    return Backtest(plan, origins, about)


def _scored(size):
    quantiles = {name: size * x for name, x in LEVELS.items()}
    actual = float(size * RANDOM.lognormal(0.0, 0.45))
    return Scored(actual, size, quantiles, 0.2 * size, float(RANDOM.random()), {})


@cache
def ranked():
    standings = tuple(
        Standing(f"{LONG[:16]}{i}", 40, 9 + i % 9, Band(0.2, 0.2 + i / 300, 0.45), Band(1, 9, 20), None, 0.6)
        for i in range(45)
    )
    band = Band(0.2, 0.4, 0.6)
    return Standings("owner", 19_000, 19_700, 180, standings, 0.4, 0.2, 0.4, band, band, np.zeros((45, 45)))


@cache
def said():
    chance = RANDOM.random(2000)
    return Reliability((19_000, 19_100), 90, chance, RANDOM.random(2000) < chance)


GALLERY = {
    "plots.chart": lambda say: plots.chart(forecast(), say),
    "plots.distribution_figure": lambda say: plots.distribution_figure(forecast(), say),
    "plots.periods_figure": lambda say: plots.periods_figure(forecast(), say),
    "exceedance_picture.exceedance_picture": lambda say: exceedance_picture(forecast(), say),
    "sensitivity_picture.tornado_picture": lambda say: tornado_picture(moved(), 4, say),
    "sensitivity_picture.shares_picture": lambda say: shares_picture(moved(), 4, say),
    "compare_picture.compare_picture": pictures()["long names"],
    "share_pictures.layers_picture": pictures()["layers"],
    "share_pictures.value_picture": pictures()["value"],
    "explain.explain_picture": pictures()["explain"],
    "backtest_pictures.calibration_figure": lambda say: calibration_figure(past(), say),
    "backtest_pictures.fan_figure": lambda say: fan_figure(past(), say),
    "chain_picture.chain_picture": lambda say: chain_picture(
        communicate(load_briefing(CONFIGS / "communication_dictation.yaml")), say
    ),
    "funnel_picture.funnel_picture": lambda say: funnel_picture(
        review_pipeline(load(CONFIGS / "pipeline_management.yaml", ["targets=[]"])), say
    ),
    "funnel_picture.stages_figure": lambda say: stages_figure(
        stage_standings(load(CONFIGS / "pipeline_management.yaml"), {}), Money("CNY", "万元"), say
    ),
    "reliability_picture.reliability_picture": lambda say: reliability_picture(said(), say),
    "standing_picture.standings_picture": lambda say: standings_picture(ranked(), 4 * LONG, say),
}
