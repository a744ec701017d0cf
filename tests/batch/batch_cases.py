"""A small sweep, and what a store of it holds."""

import hashlib
from pathlib import Path

BASE = """\
case: small
currency: CNY
unit: 万元
as_of: 2026-10-01
horizon: {periods: 2, of: quarter}
groups: [segment]
stages:
  - {name: 接洽, win_rate: 25%, stay: {median: 20 d, p90: 60 d}}
  - {name: 报价, win_rate: 50%, stay: {median: 20 d, p90: 60 d}}
pipeline:
  - {stage: 接洽, deals: 8, amount: 50, age: 3 d, segment: north}
  - {stage: 报价, deals: 4, amount: 50, age: 3 d, segment: south}
targets: [150, {amount: 100, by: 2026-12-31}]
scenarios: {better: {stages.报价.conversion: +5 points}}
trials: 500
seed: 7
"""
SWEEP = """\
sweep: two axes
base: base.yaml
axes:
  first: {set: stages.接洽.win_rate, from: 20%, to: 30%, steps: 3}
  quote: {set: stages.报价.win_rate, values: [45%, 50%, 55%, 60%]}
"""


def content_of(store: Path) -> dict[str, str]:
    """Return the hash of every result of a store: all files but the index and the lock."""
    return {
        str(path.relative_to(store)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(store.rglob("*"))
        if path.is_file() and not path.name.startswith((".lock", "index.sqlite"))
    }
