"""The queue against the formulas of queueing theory.

Each law is met in independent runs, so the error of a mean is known from their spread. z = 4: one such test in
16,000 errs by chance. Beside each formula stands the same queue with stays 3 % shorter, which the test must refuse.
"""

from __future__ import annotations

from math import factorial, inf, sqrt

import numpy as np
import pytest

from funnelsim.engine.kernel.queue import Stations, Visits, delay, line_space, queue_space, tally_space
from tests.engine.queue_cases import Network, Path, kernel

Z = 4.0
RUNS, CUSTOMERS, WARM = 120, 24_000, 4_000


def waits(seed, rate, draw_stays, servers, *, values=None, faster=1.0):
    """Return (run, customer) waits of a queue with Poisson arrivals, warm-up left out."""
    rng = np.random.default_rng(seed)
    line, queues = line_space(CUSTOMERS), queue_space(CUSTOMERS, 1)
    stations = Stations(np.array([servers]), 1, 0, 0, np.array([-1]), values is not None, np.array([inf]))
    told = tally_space(1, 1, 1)
    line.visit[:], line.rank[:] = 0, np.arange(CUSTOMERS)
    found = np.empty((RUNS, CUSTOMERS - WARM))
    for run in range(RUNS):
        line.visit[:] = np.arange(CUSTOMERS)
        line.arrival[:] = np.cumsum(rng.exponential(1 / rate, CUSTOMERS))
        stays = draw_stays(rng, CUSTOMERS) * faster
        if values is not None:
            line.value[:] = values
        visits = Visits(np.zeros(CUSTOMERS, np.int64), stays, np.full(CUSTOMERS, -1))
        delay(line, CUSTOMERS, visits, stations, queues, inf, told, 0)
        found[run] = (line.start - line.arrival)[WARM:]
    return found


def z_of(per_run, expected):
    """Return how many standard errors the mean over runs lies from what theory says."""
    return (per_run.mean() - expected) / (per_run.std(ddof=1) / sqrt(len(per_run)))


def erlang_c(load, servers):
    """Return P(wait > 0) in M/M/c with `load` = rate x mean stay."""
    last = load**servers / factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / factorial(k) for k in range(servers)) + last)


def exponential(mean):
    return lambda rng, n: rng.exponential(mean, n)


@pytest.mark.parametrize(("faster", "holds"), [(1.0, True), (0.97, False)])
def test_one_server_waits_as_in_m_m_1(faster, holds):
    per_run = waits(1, 0.7, exponential(1.0), 1, faster=faster).mean(axis=1)
    assert (abs(z_of(per_run, 0.7 / (1 - 0.7))) < Z) == holds


@pytest.mark.parametrize(("faster", "holds"), [(1.0, True), (0.97, False)])
@pytest.mark.parametrize("servers", [2, 6])
def test_several_servers_wait_as_erlang_c_says(servers, faster, holds):
    load = 0.8 * servers
    found = waits(2, load, exponential(1.0), servers, faster=faster)
    chance = erlang_c(load, servers)
    mean = chance / (servers - load)
    assert (abs(z_of(found.mean(axis=1), mean)) < Z) == holds
    assert (abs(z_of((found > 0).mean(axis=1), chance)) < Z) == holds


@pytest.mark.parametrize(("faster", "holds"), [(1.0, True), (0.97, False)])
@pytest.mark.parametrize(
    ("draw", "second_moment"),
    [
        (lambda rng, n: np.ones(n), 1.0),
        (lambda rng, n: rng.gamma(0.5, 2.0, n), 3.0),
        (lambda rng, n: np.exp(rng.normal(-0.25, sqrt(0.5), n)), np.exp(0.5)),
    ],
    ids=["fixed stays", "gamma stays", "lognormal stays"],
)
def test_general_stays_wait_as_pollaczek_and_khinchine_say(draw, second_moment, faster, holds):
    per_run = waits(3, 0.7, draw, 1, faster=faster).mean(axis=1)
    assert (abs(z_of(per_run, 0.7 * second_moment / (2 * (1 - 0.7)))) < Z) == holds


@pytest.mark.parametrize(("faster", "holds"), [(1.0, True), (0.97, False)])
def test_dear_deals_pass_cheap_ones_as_cobham_says(faster, holds):
    values = np.random.default_rng(40).integers(0, 2, CUSTOMERS).astype(float)
    found = waits(4, 0.8, exponential(1.0), 1, values=values, faster=faster)
    dear = found[:, values[WARM:] == 1].mean(axis=1)
    cheap = found[:, values[WARM:] == 0].mean(axis=1)
    left_over = 0.8  # rate x E[S^2] / 2
    assert (abs(z_of(dear, left_over / (1 - 0.4))) < Z) == holds
    assert (abs(z_of(cheap, left_over / ((1 - 0.4) * (1 - 0.8)))) < Z) == holds


@pytest.mark.parametrize(("seed", "servers"), [(5, 1), (6, 3)])
def test_any_queue_follows_the_recursion_of_lindley_kiefer_and_wolfowitz(seed, servers):
    rng = np.random.default_rng(seed)
    arrivals = np.cumsum(rng.gamma(0.4, 2.0, 3000))
    stays = rng.lognormal(-0.5 + np.log(servers), 0.9, 3000)
    told = kernel([Path(a, [(0, s)], 0) for a, s in zip(arrivals, stays, strict=True)], Network([servers]))
    free_at = np.zeros(servers)
    for n, (arrival, stay) in enumerate(zip(arrivals, stays, strict=True)):
        first = free_at.argmin()
        start = max(arrival, free_at[first])
        free_at[first] = start + stay
        assert told.start[n] == start
        assert told.end[n] == start + stay
    assert (told.waited > 0).mean() > 0.2


@pytest.mark.parametrize(("faster", "holds"), [(1.0, True), (0.97, False)])
def test_stages_in_a_row_wait_as_if_alone(faster, holds):
    """What leaves M/M/1 is again Poisson (Burke), so the second stage is M/M/1 as well; counts at given days too."""
    rng = np.random.default_rng(7)
    rate, runs, n = 0.7, 60, 12_000
    days = tuple(np.linspace(3_000, 16_000, 53).tolist())  # 250 days apart: nearly independent looks
    second, lengths = [], []
    for _ in range(runs):
        arrivals = np.cumsum(rng.exponential(1 / rate, n))
        stays = rng.exponential(1.0, (n, 2)) * faster
        paths = [Path(a, [(0, s[0]), (1, s[1])]) for a, s in zip(arrivals, stays.tolist(), strict=True)]
        told = kernel(paths, Network([], [1, 1], [0, 1], bin_ends=days))
        second.append(told.station_waited[1] / told.served[1])
        lengths.append(told.waiting[1].mean())
    # the start is empty: over 12,000 customers that takes some 0.1 % off the mean, a tenth of its standard error
    assert (abs(z_of(np.array(second), 0.7 / 0.3)) < Z) == holds
    assert (abs(z_of(np.array(lengths), 0.7**2 / 0.3)) < Z) or not holds
