"""Tornado and Sobol' indices of twelve inputs are there before one has fetched a coffee."""

from dataclasses import replace
from pathlib import Path
from time import perf_counter

import pytest

import funnelsim as fs
from funnelsim.analysis.sensitivity import Plan, sensitivity
from funnelsim.model.communication import Communication, Coupling, Hop
from funnelsim.model.law import Fixed

CONFIGS = Path(__file__).parents[2] / "configs"
HOPS = {"said": 0.8, "heard": 0.75, "understood": 2 / 3, "done": 0.5, "noted": 0.9}


def untimed():
    """Return the 2685 pipeline with a chain, so that it has five conversions, five hops, amounts and a shock."""
    case = fs.load(CONFIGS / "weighted_pipeline_2685.yaml")
    hops = tuple(Hop(name, Fixed(keeps)) for name, keeps in HOPS.items())
    return replace(case, communication=Communication(hops, stages={case.funnel.names[2]: Coupling(Fixed(0.5))}))


def timed():
    """Return the same pipeline with time: five conversions, five stays, amounts and a shock."""
    return fs.load(CONFIGS / "weighted_pipeline_2685_timed.yaml")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "seconds"),
    [(untimed, 10.0), (timed, 120.0)],
    ids=["untimed", "timed"],
)
def test_twelve_inputs_are_answered_in_time(case, seconds):
    asked, start = case(), perf_counter()
    found = sensitivity(asked, Plan(gradient_trials=0))
    took = perf_counter() - start
    assert (len(found.inputs), found.engine) == (12, "exact")
    print(f"{took:.1f} s for {found.n_settings} settings")
    assert took < seconds
