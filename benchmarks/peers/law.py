"""Whether what a peer played has the law of the case, as the exact engine tells it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnelsim.engine.exact import exact
from funnelsim.model.case import Case
from peers.funnel import Floats, Ints

Z = 5.0  # of 26 figures a peer: one false alarm in some 60,000 peers were all of them normal


@dataclass(frozen=True)
class Law:
    """Of the wins in every month, and behind them of their sum: mean, variance, and fourth central moment.

    All of them come from the exact law, so that no error is told by the sample that has it.
    """

    mean: Floats
    variance: Floats
    fourth: Floats

    def deviations(self, wins: Ints) -> Floats:
        """Return (2, month and sum) how many standard errors means and variances of (trial, month) wins are off."""
        counts = np.column_stack([wins, wins.sum(axis=1)])
        apart = counts - self.mean
        n = len(counts)
        of_mean = apart.mean(axis=0) / np.sqrt(self.variance / n)
        of_variance = ((apart**2).mean(axis=0) - self.variance) / np.sqrt((self.fourth - self.variance**2) / n)
        return np.stack([of_mean, of_variance])

    def worst(self, wins: Ints) -> float:
        """Return the largest deviation, in standard errors."""
        return float(np.abs(self.deviations(wins)).max())


def law_of(case: Case) -> Law:
    """Return the exact law of the wins of a case."""
    answer = exact(case)
    laws = [answer.period("wins", i) for i in range(len(case.periods))] + [answer.total("wins")]
    moments = []
    for law in laws:
        mean = law.support @ law.pmf
        moments.append([mean, *((law.support - mean) ** k @ law.pmf for k in (2, 4))])
    return Law(*np.array(moments).T)
