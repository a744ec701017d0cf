"""The peers of the benchmark play the case's own law, and one that does not gets no time."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import funnelsim as fs
from funnelsim.model.pipeline import Pipeline

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

import against_peers  # noqa: E402
from peers.funnel import Funnel, Stay, funnel_of  # noqa: E402
from peers.in_numpy import full_walk, months_of, period_law  # noqa: E402
from peers.law import Law, Z, law_of  # noqa: E402
from peers.roll import NUMPY, OTHERS, Peer, lend_installed  # noqa: E402
from peers.samplers import by_interpolation, by_octaves, by_shares  # noqa: E402

TRIALS = 8_000
SEED = 20261001
PLAIN, *EVENTS = OTHERS


@pytest.fixture(scope="module")
def case() -> fs.Case:
    return fs.load(ROOT / "configs/reference_timed.yaml")


@pytest.fixture(scope="module")
def funnel(case: fs.Case) -> Funnel:
    return funnel_of(case)


@pytest.fixture(scope="module")
def law(case: fs.Case) -> Law:
    return law_of(case)


@pytest.mark.parametrize("peer", NUMPY, ids=lambda peer: peer.name)
def test_a_peer_in_numpy_has_the_law_of_the_case(peer: Peer, funnel: Funnel, law: Law) -> None:
    trials = TRIALS // 3 if "inverse" in peer.name else TRIALS
    assert law.worst(peer.prepare(funnel)(trials, SEED)) < Z


def test_plain_python_has_the_law_of_the_case(funnel: Funnel, law: Law) -> None:
    assert law.worst(PLAIN.prepare(funnel)(1000, SEED)) < Z


@pytest.mark.slow
@pytest.mark.parametrize("peer", EVENTS, ids=lambda peer: peer.name)
def test_a_simulator_of_events_has_the_law_of_the_case(peer: Peer, funnel: Funnel, law: Law) -> None:
    lend_installed()
    if not peer.is_installed:
        pytest.skip(f"{peer.name} is not installed; `make peers` brings it")
    assert law.worst(peer.prepare(funnel)(peer.trials, SEED)) < Z


def another(funnel: Funnel, wrong: str) -> Funnel:
    """Return the funnel with one thing a few per cent wrong, or forgotten."""
    if wrong == "a chance":
        first, second, *rest = funnel.conversions
        return replace(funnel, conversions=(first, 0.97 * second, *rest))
    if wrong == "a stay":
        first, second, third, *rest = funnel.stays
        return replace(funnel, stays=(first, second, replace(third, second=1.06 * third.second), *rest))
    return replace(funnel, groups=tuple(replace(group, age_days=0.0) for group in funnel.groups))


@pytest.mark.parametrize("wrong", ["a chance", "a stay", "the ages"])
def test_a_peer_of_another_law_is_refused(wrong: str, funnel: Funnel, law: Law) -> None:
    assert law.worst(period_law(another(funnel, wrong))(TRIALS, SEED)) > Z


def test_right_means_with_a_wrong_variance_are_refused(law: Law) -> None:
    wins = np.random.default_rng(SEED).poisson(law.mean[:-1], (TRIALS, 12))
    off = law.deviations(wins)
    assert np.abs(off[0]).max() < Z < np.abs(off[1]).max()


def test_no_time_is_told_of_a_peer_of_another_law(funnel: Funnel, law: Law) -> None:
    for wrong, is_told in ((funnel, True), (another(funnel, "a chance"), False)):
        times = against_peers.Times([8.0], [4.0], [period_law(wrong)(TRIALS, SEED)])
        found = against_peers.told(NUMPY[0], times, law, TRIALS)
        assert ("path_ns" in found, "ratio" in found, found["has_the_law"]) == (is_told,) * 3


def test_what_is_absent_is_said_to_be() -> None:
    found = {
        "rounds": 1,
        "date": "2026-10-01",
        "load": [0.0, 0.0],
        "floor_ns": 3.5,
        "machine": {"processor": "one", "cores": 1},
        "walk": {"trials": 10, "path_ns": 7.0, "worst_deviation": 1.0},
        "peers": [
            {"name": "gone", "absent": "not installed"},
            {"name": "odd", "trials": 10, "worst_deviation": 9.0, "has_the_law": False},
            {"name": "good", "trials": 10, "worst_deviation": 1.0, "has_the_law": True, "path_ns": 14.0, "ratio": 2.0},
        ],
    }
    lines = against_peers.table(found).splitlines()
    assert "| gone | not installed |  |  |  |" in lines
    assert "| odd | 10 | another law |  | 9.0 |" in lines
    assert "| good | 10 | 14 | 2.0 | 1.0 |" in lines
    assert "Floor 3.50 ns a path: the walk alone takes 2.00 times that." in lines
    assert not Peer("gone", period_law, 10, "no_such_package").is_installed


def test_the_law_of_months_is_that_of_the_exact_engine(funnel: Funnel, law: Law) -> None:
    expected = sum(group.n_deals * months_of(funnel, group) for group in funnel.groups)
    # sums over eighths of a day beside the engine's quarters
    np.testing.assert_allclose(expected, law.mean[:-1], atol=3e-4)


@pytest.mark.parametrize("method", [by_interpolation, by_octaves, by_shares])
def test_a_sampler_is_the_law_of_what_is_left_of_a_stay(method) -> None:
    stay, age, n = Stay("lognormal", 3.0, 0.8), 10.0, 200_000
    days = np.sort(method(stay, age)(np.random.Generator(np.random.SFC64(SEED)), n))
    uniform = 1.0 - stay.survival(age + days) / stay.survival(np.array(age))
    furthest = np.abs(uniform - (np.arange(n) + 0.5) / n).max()
    assert furthest < 1.95 / n**0.5  # Kolmogorov's bound that 1 sample in 1,000 exceeds


def test_a_funnel_the_peers_do_not_know_is_refused(case: fs.Case) -> None:
    first, *others = case.pipeline.deals
    with pytest.raises(ValueError, match="straight funnels"):
        funnel_of(replace(case, pipeline=Pipeline((first._replace(amount=7.0), *others))))


def test_deals_that_have_just_entered_are_played_as_such(case: fs.Case, funnel: Funnel) -> None:
    fresh = replace(case, pipeline=Pipeline(tuple(deal._replace(age_days=0.0) for deal in case.pipeline.deals)))
    assert funnel_of(fresh).groups == another(funnel, "the ages").groups
    assert law_of(fresh).worst(full_walk(funnel_of(fresh), by_octaves)(TRIALS, SEED)) < Z
