"""Small configs for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnelsim.config import load
from funnelsim.errors import InputError

TIMED = """\
case: small
currency: CNY
unit: 万元
as_of: 2026-10-01
timezone: Asia/Shanghai
horizon: {periods: 4, of: quarter}
stages:
  - name: demo
    win_rate: 20%
    stay: {median: 20 d, p90: 60 d}
    stay_lost: {median: 30 d, p90: 90 d}
  - name: offer
    win_rate: 50%
    stay: {law: gamma, mean: 10 d, cv: 0.5}
    stay_lost: {law: gamma, mean: 20 d, cv: 0.5}
pipeline:
  - {stage: demo, deals: 3, amount: 50, age: 0 d, segment: east}
  - {stage: offer, amount: 80, age: 2 weeks, owner: Li}
"""
BARE = """\
currency: CNY
unit: 万元
as_of: 2026-10-01
stages:
  - {name: demo, win_rate: 20%}
  - {name: offer, win_rate: 50%}
pipeline:
  - {stage: demo, amount: 50}
"""
BRANCHED = """\
currency: CNY
unit: 万元
as_of: 2026-10-01
stages:
  - name: demo
    exits: {offer: 60%, won: 10%, lost/price: 20%, lost: 5%, never: {probability: 5%, timeout: 365 d}}
    stay: {median: 20 d, p90: 60 d}
    stay_lost: {median: 30 d, p90: 90 d}
  - name: offer
    exits:
      demo: {probability: 20%, stay: {fixed: 3 d}}
      won: {probability: 50%, stay: {uniform: [5 d, 9 d]}}
      lost: {probability: 30%, stay: {pert: [5 d, 9 d, 30 d], delay: 2 d}}
pipeline:
  - {stage: demo, amount: 50, age: 0 d}
"""


def write(folder: Path, text: str, name: str = "case.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str, **arguments: object) -> list[tuple[str, str]]:
    """Return (place without folder, message) of every problem of a config that must be refused."""
    with pytest.raises(InputError) as caught:
        load(write(folder, text), **arguments)  # type: ignore[arg-type]
    return [(problem.place.replace(f"{folder}/", ""), problem.message) for problem in caught.value.problems]


def only(folder: Path, text: str, **arguments: object) -> tuple[str, str]:
    found = problems(folder, text, **arguments)
    assert len(found) == 1, found
    return found[0]
