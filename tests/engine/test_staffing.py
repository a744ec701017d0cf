"""Teams of several sizes in the same futures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from funnelsim.analysis.staffing import staffing
from funnelsim.config import load
from funnelsim.engine.simulate import simulate
from funnelsim.errors import InputError
from funnelsim.model.capacity import Capacity, Team

CONFIG = Path(__file__).parents[2] / "configs" / "capacity_team.yaml"
TRIALS = 1_000


@pytest.fixture(scope="module")
def case():
    return load(CONFIG)


@pytest.fixture(scope="module")
def found(case):
    return staffing(case, range(4, 10), trials=TRIALS)


def test_each_row_is_the_run_of_that_team(case, found):
    for team in found.teams[:2]:
        told = simulate(replace(case, capacity=Capacity(team=Team(team.people, 8))), trials=TRIALS)
        assert team.bookings.mean == pytest.approx(told.total("bookings").mean() / 100)
        assert team.chance.mean == (told.toward(case.targets[0]) >= 240_000).mean()
        days = float(told.program.bin_ends_days[-1])
        assert team.utilisation.mean == pytest.approx(told.waiting.busy.sum() / TRIALS / (8 * team.people * days))
        assert team.wait_days.mean == pytest.approx(told.waiting.waited.sum() / told.waiting.served.sum())


def test_one_more_person_never_signs_a_deal_later(case):
    """Common random numbers and one queue in order of arrival: more hands help in every single future."""
    six, seven = (
        simulate(replace(case, capacity=Capacity(team=Team(people, 8))), trials=TRIALS, seed=1) for people in (6, 7)
    )
    for bin_ in range(six.wins.shape[1]):
        assert (seven.upto("wins", bin_) >= six.upto("wins", bin_)).all()


def test_the_smallest_team_that_is_enough_is_told(found):
    chances = [team.chance.mean for team in found.teams]
    assert chances == sorted(chances)
    expected = next(team.people for team in found.teams if team.chance.mean >= 0.9)
    assert found.enough == expected


def test_what_is_within_the_error_is_not_said_without_reserve(case, found):
    five = found.teams[1]
    close = staffing(case, (4, 5, 6), asked=five.chance.mean, trials=TRIALS)
    assert (close.enough, close.is_clear) == (5, False)
    far = staffing(case, (4, 5, 6), asked=five.chance.mean - 6 * five.chance.se, trials=TRIALS)
    assert (far.enough, far.is_clear) == (5, True)
    none = staffing(case, (4, 5), asked=0.999, trials=TRIALS)
    assert (none.enough, none.is_clear) == (None, False)


def test_a_drawn_seed_serves_every_row(case):
    told = staffing(replace(case, seed=None), (20, 30), trials=100)
    # nobody waits for so many people: only another seed could tell the rows apart
    assert told.teams[0].bookings == told.teams[1].bookings


def test_without_a_target_only_the_work_is_told(case):
    told = staffing(replace(case, targets=()), (4,), trials=50)
    assert told.teams[0].chance is None
    assert told.as_json()["target"] is None
    assert told.enough is None


def test_a_case_without_a_team_is_refused(case):
    with pytest.raises(InputError, match="states no capacity"):
        staffing(replace(case, capacity=None), (1,))
    with pytest.raises(InputError, match="limits by name"):
        staffing(replace(case, capacity=Capacity(stages={"需求": 3})), (1,))
    with pytest.raises(InputError, match="sizes from 1"):
        staffing(case, (0, 2))


def test_json_holds_plain_numbers(found):
    told = found.as_json()
    assert told["schema"] == "funnelsim.capacity/1"
    assert [row["people"] for row in told["teams"]] == [4, 5, 6, 7, 8, 9]
    assert all(np.isfinite(row["chance"]["se"]) for row in told["teams"])
