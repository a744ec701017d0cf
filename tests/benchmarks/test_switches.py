"""Every case of the benchmark of switches is the reference case with the parts its name tells."""

from __future__ import annotations

import sys
from pathlib import Path

import funnelsim as fs

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

from switches import CASES, PARTS, Switched, case_of, figures, table  # noqa: E402

PRESENT = {
    "shock": lambda case: case.shock.rho > 0,
    "beliefs": lambda case: len(case.beliefs) > 0,
    "arrivals": lambda case: len(case.sources) > 0,
    "payments": lambda case: case.payment is not None,
    "communication": lambda case: case.communication is not None,
}


def test_each_part_is_switched_on_where_it_is_named(tmp_path: Path) -> None:
    assert set(PRESENT) == set(PARTS)
    for name, parts in CASES.items():
        case = case_of(parts, tmp_path)
        ages = {deal.age_days for deal in case.pipeline.deals}
        assert {part for part, is_on in PRESENT.items() if is_on(case)} == set(parts) & set(PARTS), name
        assert len(ages) == (len(case.pipeline) if "own ages" in parts else 1), name
        assert (ages == {0.0}) == (not {"own ages", "ages alike"} & set(parts)), name
    reference = fs.load(ROOT / "configs/reference_timed.yaml")
    assert case_of(CASES["ageing, all deals alike"], tmp_path).pipeline == reference.pipeline


def test_a_deal_and_a_trial_are_told_apart(tmp_path: Path) -> None:
    plain = Switched.of(case_of(CASES["plain"], tmp_path), 200)
    double = Switched(plain.simulation, 2 * plain.deals, [900.0, 1100.0, 1000.0], [3.0, 2.0, 4.0])
    found = figures(double, plain)
    assert (found["trial_over_plain"], found["deal_over_plain"]) == (3.0, 1.5)
    assert found["deal_ns"] == 1000.0 / 294
    shown = table(
        {"rounds": 3, "trials": 200, "date": "2026-10-01", "load": [0.0, 0.0], "cases": {"twice": found}}
        | {"machine": {"processor": "one", "cores": 1}}
    )
    assert "| twice | 294 | 3.4 | 1.50 | 3.00 |" in shown
