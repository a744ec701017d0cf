"""All that new business adds up to, trial by trial and bin by bin, against a slow and obvious twin."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from funnelsim.engine.simulate import Simulation
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Fixed, Pert
from funnelsim.model.payment import Instalment, Payment
from funnelsim.model.shock import Shock, StayShock
from funnelsim.model.sources import CustomerBase, Entry, Loyalty, Rate, Referral, Source, Spread
from funnelsim.model.target import Target
from tests.engine.cases import BELIEFS, GAMMA, GRAPH, LINEAR, LOGNORMAL, SPOKEN, SPOKEN_IN_A_GRAPH, case
from tests.engine.twin_business import BusinessTwin

N_TRIALS = 5
PAID = {"cash", "written_off", "outstanding"}
MONEY = PAID | {"bookings", "new_bookings", "closed"}
SEASON = (1.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.5, 0.2, 2.0)
FLOW = Source("flow", Entry("meet", LOGNORMAL, odds=1.5), Rate(8.0, "month"), growth=0.1, season=SEASON, owner="Li")
FAIR = Source("fair", Entry("deal", Fixed(7.77)), cohort=5, since=date(2026, 11, 2), owner="Wu", segment="east")
WEEKLY = Source(
    "weekly", Entry("need", GAMMA), Rate(2.0, "week"), since=date(2026, 10, 9), until=date(2027, 2, 3), segment="east"
)
ABOUT_A = replace(FLOW, entry=Entry("a", LOGNORMAL, win_rate=0.6), owner="Mo", growth=-0.1)
ABOUT_B = replace(FAIR, entry=Entry("b", Pert(1.0, 2.0, 9.0), odds=0.5))
THIRDS = Payment(
    (Instalment(1 / 3, LOGNORMAL), Instalment(1 / 3, GAMMA, "previous", 0.2), Instalment(1 / 3, Fixed(45.0))),
    ("Monday", "month_end"),
    0.1,
)
LOYAL = Loyalty(0.7, GAMMA, Pert(0.5, 1.0, 1.2), refers=True, base=(CustomerBase(4, 2.5, 30.0, "Mo", "west", "old"),))
EVERY = ("owner", "segment", "source")

CASES = {
    "sources": case(LINEAR, sources=(FLOW, FAIR, WEEKLY), groups=EVERY),
    "spread, own win rate": case(
        LINEAR,
        sources=(
            replace(FLOW, entry=Entry("meet", GAMMA, win_rate=0.4), spread=Spread(0.8)),
            replace(WEEKLY, spread=Spread(0.5, "month")),
        ),
        shock=Shock(0.15),
    ),
    "whole": case(
        LINEAR,
        sources=(FLOW, FAIR, WEEKLY),
        referral=Referral(0.8, LOGNORMAL, Entry("offer")),
        loyalty=LOYAL,
        payment=THIRDS,
        shock=Shock(0.1, {"owner": 0.05, "source": 0.1}, stays=StayShock(0.3, -0.5)),
        beliefs=BELIEFS,
        realisation=Pert(0.75, 0.95, 1.05),
        groups=EVERY,
        targets=(Target(100.0, by=date(2026, 11, 22)), Target(10.0, group={"owner": "Li", "segment": "east"})),
    ),
    "graph": case(
        GRAPH,
        sources=(ABOUT_A, ABOUT_B),
        referral=Referral(1.5, GAMMA, Entry("c", GAMMA, win_rate=0.3), generations=1),
        loyalty=replace(LOYAL, refers=False),
        payment=replace(THIRDS, pays_on=("Friday",)),
        shock=Shock(0.2, {"segment": 0.1}),
        beliefs=(Belief(Subject("exit", "c", "won"), Beta(40.0)),),
        groups=EVERY,
    ),
    "shock per period": case(
        LINEAR,
        sources=(FLOW, FAIR),
        referral=Referral(0.5, GAMMA, Entry("meet", odds=2.0)),
        shock=Shock(0.3, phi=0.6),
        payment=Payment((Instalment(1.0, Fixed(30.0)),)),
    ),
    "shock per period in a graph": case(
        GRAPH,
        sources=(ABOUT_A, ABOUT_B),
        loyalty=LOYAL,
        referral=Referral(0.7, Fixed(10.0), Entry("a"), generations=2),
        shock=Shock(0.2, {"source": 0.1}, phi=0.4, stays=StayShock(0.3)),
        groups=("source",),
    ),
    "unlimited": case(
        GRAPH,
        horizon=Horizon(),
        sources=(replace(ABOUT_A, until=date(2027, 1, 15)), ABOUT_B),
        referral=Referral(1.0, GAMMA, Entry("b"), generations=2),
        loyalty=replace(LOYAL, renews=0.5),
        payment=THIRDS,
    ),
    "communication": case(
        LINEAR, sources=(FLOW,), communication=SPOKEN, shock=Shock(0.1), referral=Referral(0.5, GAMMA, Entry("meet"))
    ),
    "communication in a graph": case(GRAPH, sources=(ABOUT_A,), communication=SPOKEN_IN_A_GRAPH, payment=THIRDS),
}


def _tilt(program, class_):
    return float(program.arrays.tilt[program.arrays.lane_profile[program.arrays.class_lane[class_]]])


def twin_of(simulation, trial, seed=None):
    program = simulation.program
    tilts = {
        "" if kind.deal.source == "referral" else kind.deal.source: _tilt(program, class_)
        for kind, class_ in zip(program.kinds, program.kind_class, strict=True)
        if kind.enters
    }
    opens = [_tilt(program, class_) for class_ in program.arrays.deal_class]
    return BusinessTwin(program.case, simulation.seed if seed is None else seed, trial, tilts, opens)


def added_up(program, entries, measure):
    """Return (row, bin) the sum of a twin's entries."""
    found = np.zeros((len(program.rows), program.arrays.n_bins), np.int64)
    for name, whose, day, amount in entries:
        if name == measure:
            bin_ = int(np.searchsorted(program.bin_ends_days, day, side="right"))
            for r, row in enumerate(program.rows):
                found[r, bin_] += amount * row.holds(whose)
    return found


def told(ensemble):
    """Return every array of an ensemble by name."""
    plain = {name: getattr(ensemble, name) for name in ("bookings", "wins", "losses", "closed")}
    return {name: array for name, array in {**plain, **ensemble.tally._asdict()}.items() if array.shape[2]}


@pytest.mark.parametrize("ends", [(), ("losses", "open_value")], ids=["wins only", "ends too"])
@pytest.mark.parametrize("name", CASES)
def test_every_trial_adds_up_to_the_twins(name, ends):
    simulation = Simulation(CASES[name], threads=1, measures=(*CASES[name].measures, *ends))
    arrays = told(simulation.run(N_TRIALS))
    n_new, signed, doubtful = 0, 0, 0
    for trial in range(N_TRIALS):
        twin = twin_of(simulation, trial)
        entries = twin.happen()
        n_new += twin.n_deals
        signed += sum(amount for measure, _, _, amount in entries if measure == "bookings")
        doubtful += twin.doubtful
        for measure, array in arrays.items():
            found, expected = array[:, :, trial], added_up(simulation.program, entries, measure)
            if measure == "outstanding":
                expected = expected[:, :1]
            if measure in MONEY:  # tables interpolate between exact quantiles
                slack = 2 + 0.02 * twin.n_deals + twin.doubtful * (measure in PAID)
                assert found == pytest.approx(expected, rel=1e-4, abs=slack), (measure, trial)
            else:
                assert (found == expected).all(), (measure, trial, found, expected)
    assert n_new > 5 * N_TRIALS
    assert doubtful < 0.05 * signed


def test_a_twin_of_another_seed_has_other_business():
    """The negative control: numbers agree because draws are the same."""
    simulation = Simulation(CASES["whole"], threads=1)
    wins = simulation.run(N_TRIALS).wins
    others = [
        added_up(simulation.program, twin_of(simulation, trial, simulation.seed + 1).happen(), "wins")
        for trial in range(N_TRIALS)
    ]
    assert not any((wins[:, :, trial] == other).all() for trial, other in enumerate(others))
