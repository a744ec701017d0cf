"""The likelihood-ratio gradient against closed forms and differences of exact laws."""

from dataclasses import replace

import numpy as np
import pytest
from sensitivity_cases import NAMES, RATES, small, with_source

import funnelsim as fs
from funnelsim.analysis.gradient import POINT, gradient
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.funnel import LOST, WON, Exit, Funnel, Stage
from funnelsim.model.law import Fixed, Uniform
from funnelsim.model.lifting import lifted
from funnelsim.model.shock import Shock
from funnelsim.model.sources import Entry, Source, Spread

# 3 stages, 2 figures, 3 cases: 1 seed in 1,000 may err
Z = 4.1
STEP = 1e-3


def differences(case):
    """Return (stage, [mean, chance]) per point, from exact laws a tenth of a point apart."""

    def told(one):
        law = fs.exact(one).total("bookings")
        return np.array([law.mean, law.chance_at_least(300.0)])

    base = told(case)
    return np.array([(told(lifted(case, s, STEP)) - base) / STEP * POINT for s in range(len(case.funnel.names))])


def far(found, wanted):
    values = np.array([(s.mean, s.chances[0]) for s in found.slopes])
    errors = np.array([(s.mean_se, s.chances_se[0]) for s in found.slopes])
    return np.abs(values - wanted) / errors


def with_arrivals():
    """Return a shocked case to which a rate brings deals of one stage, and a fair some of another."""
    fair = Source("fair", Entry("quoted", Fixed(50.0)), cohort=8, since=small().as_of)
    return replace(with_source(), sources=(*with_source().sources, fair), shock=Shock(0.1))


@pytest.mark.parametrize(
    "case",
    [
        small(),
        replace(small(stays=True), shock=Shock(0.1)),
        small(stays=True, believed=True),
        with_arrivals(),
    ],
    ids=["plain", "shocked", "believed", "new business"],
)
def test_one_run_gives_the_slopes_of_the_exact_laws(case):
    found = gradient(case, trials=6000, seed=3)
    wanted = differences(case)
    assert [slope.stage for slope in found.slopes] == list(NAMES)
    assert far(found, wanted).max() < Z
    # the negative control: slopes taken for those of the next stage
    assert far(found, np.roll(wanted, 1, axis=0)).max() > Z


def test_the_mean_rises_as_the_closed_form_says():
    found = gradient(small(), trials=6000, seed=4)
    c1, c2, c3 = RATES
    per_stage = [300 * c2 * c3, 300 * (c1 * c3 + c3), 300 * (c1 * c2 + c2 + 1)]
    for slope, wanted in zip(found.slopes, per_stage, strict=True):
        assert abs(slope.mean - POINT * wanted) < Z * slope.mean_se


def test_a_funnel_with_a_way_back_has_the_slopes_of_its_exact_laws():
    stages = (
        Stage("met", (Exit("quoted", 0.5), Exit(LOST, 0.5))),
        Stage("quoted", (Exit(WON, 0.4), Exit("met", 0.3), Exit(LOST, 0.3))),
    )
    deals = tuple(deal for deal in small().pipeline.deals if deal.stage != "agreed")
    case = replace(small(), funnel=Funnel(stages), pipeline=fs.Pipeline(deals))
    assert far(gradient(case, trials=6000, seed=5), differences(case)).max() < Z


def test_the_same_seed_gives_the_same_slopes_for_any_number_of_threads():
    one, two = (gradient(small(), trials=2500, seed=3, threads=n) for n in (1, 2))
    assert one == two


def test_a_stage_without_losses_has_no_slope():
    case = small()
    sure = replace(case.funnel.stages[2], exits=(Exit(WON, 1.0), Exit(LOST, 0.0)))
    case = replace(case, funnel=replace(case.funnel, stages=(*case.funnel.stages[:2], sure)))
    assert [slope.stage for slope in gradient(case, trials=100, seed=1).slopes] == ["met", "quoted"]


def test_new_business_moves_slopes_by_what_the_open_deals_leave_out():
    case = with_arrivals()
    found, wanted = gradient(case, trials=6000, seed=3), differences(case)
    open_alone = differences(replace(case, sources=()))
    assert far(found, wanted).max() < Z
    assert far(found, open_alone).max() > Z


def test_what_has_no_score_gives_no_slopes_and_every_reason():
    case = with_source()
    web = replace(case.sources[0], spread=Spread(0.3))
    timed = replace(case, sources=(web,), beliefs=(Belief(Subject("stay", "met"), Uniform(0.8, 1.2)),))
    found = gradient(timed, trials=100)
    assert found.slopes == ()
    assert [why.reason for why in found.why_not] == ["score_spread", "score_stays"]
    assert found.as_json()["why_not"] == "; ".join(map(str, found.why_not))
