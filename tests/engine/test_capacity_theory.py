"""New deals that wait for a team, through the whole product, against queueing theory.

Deals come in as a Poisson process of 1 a day. What waits at the end of the horizon is looked at in each trial: by then
the queue has long forgotten its empty start, and trials are independent, so the error of the mean is known. z = 4; the
same model with stays 3 % shorter must be refused.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import exp, factorial, sqrt

import numpy as np
import pytest
from scipy.optimize import brentq

from funnelsim.config import load
from funnelsim.engine.simulate import simulate
from funnelsim.model.capacity import Capacity, Team
from funnelsim.model.case import Case
from funnelsim.model.funnel import Funnel, Step
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Fixed, Shaped
from funnelsim.model.money import Money
from funnelsim.model.pipeline import Pipeline
from funnelsim.model.sources import Entry, Rate, Source

Z = 4.0
TRIALS = 20_000
RATE = 1.0
BOTH = pytest.mark.parametrize(("faster", "holds"), [(1.0, True), (0.97, False)])


def staffed(stay, team, **capacity):
    """Return a case of one stage, a team and deals that come in one by one."""
    return Case(
        "queue", Money("EUR"), date(2027, 1, 1), Funnel.linear([Step("work", conversion=0.5, stay=stay)]),
        Pipeline(()), horizon=Horizon(4, "quarter"),
        sources=(Source("web", Entry("work", Fixed(1.0)), rate=Rate(RATE, "day")),),
        capacity=Capacity(team=team, **capacity),
    )  # fmt: skip


def exponential(mean):
    return Shaped("exponential", {"mean": mean})


def z_of(sample, expected):
    return (sample.mean() - expected) / (sample.std() / sqrt(len(sample)))


def queue_of(case, seed):
    told = simulate(case, trials=TRIALS, seed=seed)
    return told.waiting.queue[:, -1].sum(axis=0)


def erlang_c(load, servers):
    last = load**servers / factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / factorial(k) for k in range(servers)) + last)


@BOTH
@pytest.mark.parametrize(("people", "each"), [(1, 1), (2, 3)])
def test_a_shared_queue_is_as_long_as_erlang_c_says(people, each, faster, holds):
    servers = people * each
    load = 0.75 * servers
    found = queue_of(staffed(exponential(load / RATE * faster), Team(people, each)), 1)
    expected = erlang_c(load, servers) * load / (servers - load)
    assert (abs(z_of(found, expected)) < Z) == holds


@BOTH
@pytest.mark.parametrize("cv", [0.5, 1.6])
def test_one_salesperson_waits_as_pollaczek_and_khinchine_say(cv, faster, holds):
    mean = 0.7
    law = Shaped("gamma", {"mean": mean * faster, "cv": cv})
    found = queue_of(staffed(law, Team(1, 1)), 2)
    expected = RATE**2 * mean**2 * (1 + cv**2) / (2 * (1 - RATE * mean))
    assert (abs(z_of(found, expected)) < Z) == holds


@BOTH
def test_deals_dealt_out_in_turn_wait_as_in_gi_m_1(faster, holds):
    """Every third deal of a Poisson process: the times between are Erlang, and each person is a queue GI/M/1."""
    people, mean = 3, 3 * 0.75
    found = queue_of(staffed(exponential(mean * faster), Team(people, 1, "own")), 3)
    sigma = brentq(lambda s: (RATE / (RATE + (1 - s) / mean)) ** people - s, 1e-9, 1 - 1e-9)
    expected = RATE * sigma * mean / (1 - sigma)
    assert (abs(z_of(found, expected)) < Z) == holds


def test_a_shared_queue_is_shorter_than_queues_of_their_own():
    shared = queue_of(staffed(exponential(2.25), Team(3, 1)), 3)
    own = queue_of(staffed(exponential(2.25), Team(3, 1, "own")), 3)
    assert shared.mean() < own.mean()


@BOTH
def test_people_are_busy_as_the_work_that_comes_in(faster, holds):
    """Work that comes in during the horizon is worked then or left over: by Little, what is left is the mean number
    in the system at the end times the mean stay of M/M/c, which is without memory."""
    load, servers = 4.5, 6
    case = staffed(exponential(load / RATE * faster), Team(6, 1))
    told = simulate(case, trials=TRIALS, seed=4)
    days = float(told.program.bin_ends_days[-1])
    left = (erlang_c(load, servers) * load / (servers - load) + load) * load / RATE
    expected = (RATE * load * days - left) / (servers * days)
    assert (abs(z_of(told.waiting.busy[0] / (servers * days), expected)) < Z) == holds


@BOTH
def test_a_stage_with_a_capacity_is_a_queue_of_its_own(faster, holds):
    """Before it a stage without limit (M/G/inf: what leaves it is Poisson), then M/M/2 on the share that stays."""
    funnel = Funnel.linear(
        [
            Step("collect", conversion=0.8, stay=Shaped("gamma", {"mean": 5.0, "cv": 0.7})),
            Step("screen", conversion=0.5, stay=exponential(1.8 * faster)),
        ]
    )
    case = Case(
        "ideas", Money("EUR"), date(2027, 1, 1), funnel, Pipeline(()), horizon=Horizon(4, "quarter"),
        sources=(Source("web", Entry("collect", Fixed(1.0)), rate=Rate(RATE, "day")),),
        capacity=Capacity(stages={"screen": 2}),
    )  # fmt: skip
    found = queue_of(case, 5)
    load = 0.8 * 1.8
    expected = erlang_c(load, 2) * load / (2 - load)
    assert (abs(z_of(found, expected)) < Z) == holds


def test_a_config_says_the_same(tmp_path):
    """M/M/1 from a file: the chance that nobody waits at the end is 1 - rho^2."""
    config = tmp_path / "queue.yaml"
    config.write_text(
        """\
currency: EUR
unit: '1'
as_of: 2027-01-01
horizon: {periods: 4, of: quarter}
stages:
  - {name: work, conversion: 50%, stay: {law: exponential, mean: 0.6 d}}
sources:
  - {name: web, rate: 1 per day, amount: 1}
capacity: {team: {people: 1, deals_each: 1}}
""",
        encoding="utf-8",
    )
    found = queue_of(load(config), 6)
    assert abs(z_of(found == 0, 1 - 0.6**2)) < Z
    assert abs(z_of(found == 0, 1 - 0.62**2)) > Z


def test_wins_are_those_of_the_work_done():
    """Half of the work that ends is a win, whatever waits."""
    told = simulate(
        staffed(exponential(1.2), Team(1, 1)), trials=4_000, seed=7, measures=("bookings", "wins", "losses")
    )
    wins, losses = told.total("wins"), told.total("losses")
    assert abs((wins.sum() / (wins.sum() + losses.sum()) - 0.5) / sqrt(0.25 / (wins.sum() + losses.sum()))) < Z
    # one person at 1.2 days a deal, hardly ever idle: a renewal process of 365 / 1.2 ends
    assert 0 < 365 / 1.2 - (wins + losses).mean() < 5


@pytest.mark.parametrize("order", ["first", "value"])
def test_the_dearest_first_signs_more_money_where_people_are_short(order):
    case = staffed(exponential(1.3), Team(1, 1), order=order)
    dear = Shaped("lognormal", {"median": 10.0, "p90": 60.0})
    case = replace(case, sources=(Source("web", Entry("work", dear), rate=Rate(RATE, "day")),))
    told = simulate(case, trials=500, seed=8)
    by_first = 365 / 1.3 * 0.5 * 10.0 * exp(0.5 * (np.log(6) / 1.2815515655446004) ** 2)
    share = told.total("bookings").mean() / 100 / by_first
    assert 0.9 < share < 1.05 if order == "first" else share > 1.15
