"""Whatever stands at whatever place of a config, it loads or is refused: nothing else may be raised."""

from __future__ import annotations

import io
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from config_cases import BRANCHED, TIMED, write
from ruamel.yaml import YAML

from funnelsim.config import load
from funnelsim.errors import InputError, Problem

RICH = (
    TIMED
    + """\
beliefs:
  stages.demo.win_rate: {beta: {evidence: 50}}
  stages.demo.stay.median: {pert: [15 d, 20 d, 30 d]}
correlations: [{between: [stages.demo.win_rate, stages.demo.stay], rank: -0.5}]
shock: {rho: 5%, by: {segment: 0.03}, periods: {phi: 0.5}, stays: {tau: 0.2, correlation: -0.5}}
realisation: {pert: [0.75, 0.95, 1.05]}
groups: [segment]
targets: [2685, {amount: 2400, by: 2026-12-31, group: {segment: east}}]
booked: [{amount: 900, from: 2026-10-01, wins: 2}]
scenarios: {one: {stages.demo.conversion: +5 points, stages.offer.stay: x2}}
seed: 0
"""
)
TABLE = TIMED[: TIMED.index("pipeline:")] + (
    "pipeline: {file: deals.csv, columns: {id: id, stage: stage, age: age}, where: {stage: [demo]}, "
    "stages: {demo: demo}, amount: {lookup: deals.csv, on: id, value: age, aliases: {a: b}}, "
    "missing_entered: 0 d}\n"
)
JUNK: list[Any] = [
    None,
    [],
    {},
    "x",
    "",
    -1,
    3,
    True,
    float("nan"),
    10**400,
    [[1]],
    {"x": {"y": 1}},
    [None],
    "$x",
]
JUNK += [
    "CONFIRM",
    "x2",
    "+5 points",
    {"beta": {"mean": "10%", "evidence": 5}},
    {"pert": [1, 2, 3]},
    "35%",
    "3 d",
]


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return found + [deeper for key, value in items for deeper in places(value, (*path, key))]


def put(tree: Any, path: tuple[Any, ...], value: Any) -> str:
    changed = deepcopy(tree)
    holder = changed
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    stream = io.StringIO()
    YAML(typ="safe", pure=True).dump(changed, stream)
    return stream.getvalue()


@pytest.mark.parametrize("text", [RICH, BRANCHED, TABLE], ids=["rich", "branched", "table"])
def refusal(path: Path, settings: tuple[str, ...] = ()) -> tuple[Problem, ...]:
    """Return the problems of a config, none if it loads."""
    try:
        load(path, settings)
    except InputError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("text", [RICH, BRANCHED, TABLE], ids=["rich", "branched", "table"])
def test_junk_at_any_place_is_refused_in_words_or_is_welcome(tmp_path: Path, text: str) -> None:
    (tmp_path / "deals.csv").write_text("id,stage,age\n1,demo,3\n", encoding="utf-8")
    tree = YAML(typ="safe", pure=True).load(text)
    n_refused = 0
    for n, path in enumerate(places(tree)):
        # a seventh of the junk at each place, all of it over seven neighbouring places
        for junk in JUNK[n % 7 :: 7]:
            told = refusal(write(tmp_path, put(tree, path, junk)))
            n_refused += bool(told)
            assert all(problem.place or problem.message.startswith("and ") for problem in told), (path, junk)
    assert n_refused > 50


@pytest.mark.parametrize(
    "junk", ["", "x", "-1", "[]", "{}", "nan", "x2", "+5 points", "{pert: [1, 2, 3]}", "a: b: c", "&x [*x]"]
)
def test_junk_set_from_outside_is_refused_in_words_or_is_welcome(tmp_path: Path, junk: str) -> None:
    path = write(tmp_path, RICH)
    keys = [
        "stages",
        "stages.demo",
        "stages.demo.stay",
        "stages.offer.win_rate",
        "stages.offer.conversion",
        "case",
    ]
    for key in [
        *keys,
        "pipeline.0.amount",
        "shock",
        "targets",
        "beliefs",
        "scenarios",
        "scenarios.one",
        "a.b.c",
    ]:
        assert all(problem.place for problem in refusal(path, (f"{key}={junk}",))), key
