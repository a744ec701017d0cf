"""Every path of the kernel, against a slow and obvious twin."""

from __future__ import annotations

from math import isinf

import pytest

from funnelsim.engine.simulate import Simulation, simulate
from tests.engine.cases import CASES
from tests.engine.twin import Twin

N_TRIALS = 12
# The tables interpolate between exact quantiles: days agree to a few parts in 10^5.
DAY_TOLERANCE = 2e-4


def _tilt(program, number):
    arrays = program.arrays
    return float(arrays.tilt[arrays.lane_profile[arrays.class_lane[arrays.deal_class[number]]]])


def _same_day(x, y):
    return x == y if isinf(x) or isinf(y) else abs(x - y) <= DAY_TOLERANCE * (1 + abs(y))


@pytest.mark.parametrize("name", CASES)
def test_every_path_is_the_twins(name):
    simulation = Simulation(CASES[name], threads=1)
    program = simulation.program
    n_visits = 0
    for trial in range(N_TRIALS):
        twin = Twin(CASES[name], simulation.seed, trial)
        for number, deal in enumerate(program.deals):
            visits, outcome, signed = simulation.trace(trial, number)
            expected, expected_signed = twin.walk(deal, _tilt(program, number))
            found = [(program.case.funnel.names[int(s)], program.targets[int(s)][int(k)]) for s, k, _ in visits]
            assert found == [(stage, to) for stage, to, _ in expected], (trial, deal.id)
            for (_, _, day), (_, _, expected_day) in zip(visits, expected, strict=True):
                assert _same_day(day, expected_day), (trial, deal.id, day, expected_day)
            assert (outcome == 1) == (expected_signed is not None)
            if expected_signed is not None:
                assert signed == pytest.approx(expected_signed, rel=1e-4, abs=1)
            n_visits += len(visits)
    assert n_visits > N_TRIALS


def test_a_twin_of_another_seed_walks_otherwise():
    """The negative control: paths agree because draws are the same, not because paths are all alike."""
    simulation = Simulation(CASES["graph"], threads=1)
    twin = Twin(CASES["graph"], simulation.seed + 1, 0)
    same = [
        [int(k) for _, k, _ in simulation.trace(0, i)[0]]
        == [simulation.program.targets[simulation.program.case.funnel.names.index(s)].index(to) for s, to, _ in path]
        for i, path in enumerate(twin.walk(deal)[0] for deal in simulation.program.deals)
    ]
    assert not all(same)


@pytest.mark.parametrize("name", ["graph", "shock and beliefs", "shock per period in a graph"])
def test_traces_add_up_to_the_ensemble(name):
    simulation = Simulation(CASES[name], threads=1)
    ensemble = simulation.run(5)
    for trial in range(5):
        signed = [simulation.trace(trial, i)[2] for i in range(len(simulation.program.deals))]
        assert sum(signed) == ensemble.total("bookings")[trial]


@pytest.mark.parametrize("name", CASES)
def test_bytes_do_not_depend_on_threads_blocks_or_neighbours(name):
    case = CASES[name]
    measures = ("bookings", "wins", "losses", "open_value")
    whole = simulate(case, trials=1300, threads=2, measures=measures)
    for first, n in ((0, 1300), (700, 3), (1299, 1)):
        part = simulate(case, trials=n, first_trial=first, threads=1, measures=measures)
        for name_ in ("bookings", "wins", "losses", "closed"):
            assert (getattr(part, name_) == getattr(whole, name_)[:, :, first : first + n]).all()


@pytest.mark.parametrize("name", ["linear", "graph", "shock and beliefs"])
def test_wins_are_the_same_whether_losses_are_timed_or_not(name):
    plain = simulate(CASES[name], trials=600, threads=1)
    timed = simulate(CASES[name], trials=600, threads=1, measures=("bookings", "wins", "losses", "open_value"))
    assert (plain.bookings == timed.bookings).all()
    assert (plain.wins == timed.wins).all()
