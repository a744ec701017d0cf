"""The experiment on quotes and leads: a few sets made again, its tables from its points, and told as in its README."""

import pandas as pd
import pytest
from experiment_cases import EXPERIMENTS, module_of, read_csv

import funnelsim as fs
from funnelsim.config.sweep import load_sweep
from funnelsim.engine.exact import exact

FOLDER = EXPERIMENTS / "quotes_or_leads"
run = module_of("quotes_or_leads")


@pytest.fixture(scope="module")
def points():
    return pd.read_csv(FOLDER / "points.csv", encoding="utf-8-sig")


@pytest.fixture(scope="module")
def sweep():
    return load_sweep(FOLDER / "sweep.yaml")


@pytest.mark.parametrize("number", [0, 417, 999])
def test_the_stored_points_come_out_again(points, sweep, number):
    told = [fs.forecast(fs.exact(sweep.case(3 * number + lever))) for lever in range(3)]
    for window in run.WINDOWS:
        base, quotes, leads = (mean_of(one, window) for one in told)
        assert quotes - base == pytest.approx(points[f"{run.QUOTES} {window}"][number], abs=2e-3)
        assert leads - base == pytest.approx(points[f"{run.LEADS} {window}"][number], abs=2e-3)


def test_more_leads_add_their_share_of_what_new_deals_bring(points, sweep):
    """Means are linear in the rate: 10 % more leads are 10 % more bookings from new deals."""
    told = fs.forecast(exact(sweep.case(0), measures=("bookings", "bookings_from_new")))
    from_new = told.measures["bookings_from_new"].total.mean
    assert points[f"{run.LEADS} total"][0] == pytest.approx(0.1 * from_new, rel=1e-4)


def test_five_points_of_75_add_a_fifteenth_to_what_passes_quoting(points, sweep):
    """Deals behind the quote gain nothing: wins of all others grow by 5 / 75, whatever their dates."""
    from dataclasses import replace

    from funnelsim.model.pipeline import Pipeline

    case = sweep.case(0)
    passes = tuple(deal for deal in case.pipeline.deals if deal.stage in case.funnel.names[:3])
    through = fs.forecast(fs.exact(replace(case, pipeline=Pipeline(passes))))
    assert points[f"{run.QUOTES} total"][0] == pytest.approx(through.bookings.total.mean * 5 / 75, rel=1e-4)


def test_tables_and_readme_tell_the_stored_points(points):
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for window, kept in zip(run.WINDOWS, read_csv(FOLDER / "results.csv"), strict=True):
        made = run.row(points, window)
        assert {name: str(value) for name, value in made.items()} == kept
        assert run.told(made) in readme
    for line in run.drivers(points):
        assert line in readme


def mean_of(told, window):
    if window == "total":
        return told.bookings.total.mean
    return next(p.to_come.mean for p in told.bookings.periods if p.label == window)
