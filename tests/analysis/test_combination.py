from dataclasses import replace

import numpy as np
import pytest

from funnelsim.analysis.combination import Part, combine
from funnelsim.errors import InputError

SETTING = {"currency": "CNY", "unit": "万元", "as_of": "2026-10-01", "seed": 7, "trials": 4}


def part(name, *bookings, **changed):
    values = np.array(bookings, dtype=np.int64) * 100
    return Part(name, {**SETTING, **changed}, {("bookings", "total"): values}, sha256=name)


def test_what_is_booked_counts_toward_the_target():
    parts = [replace(part("a", 1, 2, 3, 4), booked=2.0), part("b", 1, 2, 3, 4)]
    told = combine(parts, target=6)
    assert (told.chance, told.booked) == (0.75, 2.0)
    assert combine([part("a", 1, 2, 3, 4), part("b", 1, 2, 3, 4)], target=6).chance == 0.5


def test_trials_are_added_one_by_one():
    told = combine([part("a", 1, 2, 3, 4), part("b", 40, 30, 20, 10)])
    together = told.sum_of("bookings").together
    assert sorted({together.quantiles["p5"], together.quantiles["p95"]}) == [14.0, 41.0]
    assert together.mean == np.mean([41, 32, 23, 14])
    assert told.correlation[0, 1] == pytest.approx(-1.0)


def test_a_sum_of_commits_is_no_commit_of_the_sum():
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 1000, (2, 5000))
    apart = combine([part("a", *a, trials=5000), part("b", *b, trials=5000)]).sum_of("bookings")
    assert apart.together.commit > apart.commits_added + 50
    same = combine([part("a", *a, trials=5000), part("b", *a, trials=5000)]).sum_of("bookings")
    assert same.together.commit == same.commits_added  # the negative control: what moves as one adds up


def test_the_chance_of_a_target_counts_trials():
    assert combine([part("a", 1, 2, 3, 4), part("b", 1, 2, 3, 4)], target=6).chance == 0.5


def test_what_does_not_vary_has_no_correlation():
    told = combine([part("a", 5, 5, 5, 5), part("b", 1, 2, 3, 4)])
    assert np.isnan(told.correlation[0, 1])
    assert told.as_json()["correlation"][0] == [None, None]


def test_everything_in_which_parts_differ_is_told():
    with pytest.raises(InputError) as caught:
        combine([part("a", 1, 2, 3, 4), part("b", 1, 2, 3, 4, seed=8, currency="EUR"), part("a", 1, 2, 3, 4)])
    told = [str(problem) for problem in caught.value.problems]
    assert told == [
        "b: currency is EUR, and CNY in a; run both with the same",
        "b: seed is 8, and 7 in a; run both with the same",
        "a: the same forecast as a; give each once",
    ]
    with pytest.raises(InputError, match="give two or more"):
        combine([part("a", 1, 2, 3, 4)])
