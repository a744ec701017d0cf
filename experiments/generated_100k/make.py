"""Write configs/generated_100k.csv.gz: 100,000 made-up open deals, the same bytes of text for the same seed.

    .venv/bin/python experiments/generated_100k/make.py

Nothing here is a finding: the deals exist so that a large book can be read, run and timed. Early stages hold more
deals than late ones, deals that stay long in their stage are rarer, amounts are lognormal (median 20 K, p90 80 K).
"""

import gzip
from pathlib import Path

import numpy as np

SEED = 20261001
N_DEALS = 100_000
STAGES = ("lead", "qualified", "demo", "proposal", "negotiation", "contract")
SHARE_OF_STAGE = (0.34, 0.24, 0.17, 0.12, 0.08, 0.05)
MEAN_AGE_DAYS = np.array([30.0, 25.0, 22.0, 20.0, 15.0, 8.0])
SEGMENTS = ("north", "east", "south", "west", "abroad")
SHARE_OF_SEGMENT = (0.3, 0.25, 0.2, 0.15, 0.1)
N_OWNERS = 40
MEDIAN_AMOUNT, P90_AMOUNT = 20.0, 80.0
OLDEST_DAYS = 120
TABLE = Path(__file__).parents[2] / "configs" / "generated_100k.csv.gz"


def table() -> str:
    """Return the table of deals as CSV text."""
    rng = np.random.default_rng(SEED)
    stage = rng.choice(len(STAGES), N_DEALS, p=SHARE_OF_STAGE)
    age_days = np.minimum(rng.exponential(MEAN_AGE_DAYS[stage]), OLDEST_DAYS).astype(int)
    spread = np.log(P90_AMOUNT / MEDIAN_AMOUNT) / 1.2815515655446004
    amount = np.round(MEDIAN_AMOUNT * np.exp(spread * rng.standard_normal(N_DEALS)), 1)
    owner = rng.integers(1, N_OWNERS + 1, N_DEALS)
    segment = rng.choice(len(SEGMENTS), N_DEALS, p=SHARE_OF_SEGMENT)
    columns = zip(stage, age_days, amount, owner, segment, strict=True)
    lines = [
        f"D{i},{STAGES[s]},{a},{max(m, 0.1):.1f},owner {o:02d},{SEGMENTS[g]}"
        for i, (s, a, m, o, g) in enumerate(columns, start=1)
    ]
    return "\n".join(["id,stage,age_days,amount_k,owner,segment", *lines, ""])


def main() -> None:
    """Write the table; without a time stamp, so that the file does not change by itself."""
    TABLE.write_bytes(gzip.compress(table().encode(), compresslevel=9, mtime=0))
    print(f"{TABLE}: {N_DEALS:,} deals, {TABLE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
