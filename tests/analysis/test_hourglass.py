"""The hourglass law: prospects needed for six orders, the rate known and learnt, against scipy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from scipy.stats import betabinom, binom

from funnelsim.cli import commands

HOURGLASS = Path(__file__).parents[2] / "configs" / "hourglass.yaml"


def sought(*options: str) -> list[dict]:
    found = CliRunner().invoke(commands, ["goal", str(HOURGLASS), "--wins", "6", "--json", *options])
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert told["schema"] == "funnelsim.goal/1"
    return told["solutions"]


def test_a_known_rate_of_one_in_ten_takes_91_prospects() -> None:
    (answer,) = sought("--chance", "90%")
    assert answer["answer"] == 91
    assert binom.sf(5, 91, 0.1) >= 0.9 > binom.sf(5, 90, 0.1)


@pytest.mark.parametrize(
    ("scenario", "n", "prior"),
    [("learnt from 2 of 20", 154, 0.5), ("learnt, uniform prior", 119, 1.0), ("learnt, mean kept", 219, 0.0)],
)
def test_a_rate_learnt_from_two_of_twenty_takes_many_more(scenario: str, n: int, prior: float) -> None:
    learnt = sought("--chance", "90%", "--scenario", scenario)[-1]
    assert learnt["answer"] == n
    a, b = 2 + prior, 18 + prior
    assert betabinom.sf(5, n, a, b) >= 0.9 > betabinom.sf(5, n - 1, a, b)


def test_a_lower_chance_takes_fewer() -> None:
    (answer,) = sought("--chance", "50%")
    assert binom.sf(5, answer["answer"], 0.1) >= 0.5 > binom.sf(5, answer["answer"] - 1, 0.1)
