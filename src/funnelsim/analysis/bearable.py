"""How many trials a run may have where an answer must come at once."""

from __future__ import annotations

import numpy as np

from funnelsim.engine.program import Program
from funnelsim.errors import RefusedError

MOST_TRIALS, FEWEST_TRIALS = 4_000, 100


class TooLargeError(RefusedError):
    """Not even the fewest trials that tell anything can be walked in the time there is."""


def bearable_trials(program: Program, n_runs: int, most_walks: int, most_trials: int = MOST_TRIALS) -> int:
    """Return how many trials each of `n_runs` runs of a case may have, so that at most so many deals are walked.

    Parameters
    ----------
    most_trials : int
        However few deals there are.

    Raises
    ------
    TooLargeError
        If that is fewer than `FEWEST_TRIALS`.
    """
    arrivals = program.arrays.business.arrivals
    new = float(np.where(arrivals.exact < 0, arrivals.mean, arrivals.exact).sum())
    found = most_walks / (n_runs * max(len(program.deals) + new, 1.0))
    if found < FEWEST_TRIALS:
        raise TooLargeError(f"{len(program.deals) + new:,.0f} deals a future are too many for {n_runs:,} runs at once")
    return int(min(found, most_trials))
