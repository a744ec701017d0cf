"""Ranks of a truth among draws, and how far they are from uniform: the verdict of a calibration by simulation.

Draw a truth from the prior, make data of it, and ask for draws of the posterior: the truth's rank among them is
uniform if the posterior is right. Draws that are too narrow give a U, too wide a hill, biased ones a slope.
"""

import numpy as np
from scipy import stats

N_BINS = 8
# a chi-square beyond this many standard deviations of a normal law fails: of 20 ranks 1 set of seeds in 100 may err
Z = 3.5


def rank(draws: np.ndarray, truth: float, luck: float) -> float:
    """Return where a truth lies among draws, between 0 and 1; `luck` places it among those that equal it."""
    below, equal = (draws < truth).sum(), (draws == truth).sum()
    return float((below + luck * (equal + 1)) / (len(draws) + 1))


def spread_z_of(ranks: np.ndarray) -> float:
    """Return how much too wide ranks lie, as the normal deviate that is as rare: their normal scores have variance 1.

    It tells draws that are too narrow from few ranks, where a chi-square needs many.
    """
    scores = stats.norm.ppf(np.clip(ranks, 1e-4, 1 - 1e-4))
    return float(stats.norm.isf(stats.chi2.sf((scores**2).sum(), len(scores))))


def z_of(ranks: np.ndarray) -> float:
    """Return the chi-square of ranks in equal bins, as the normal deviate that is as rare."""
    counts = np.histogram(ranks, N_BINS, (0, 1))[0]
    return float(stats.norm.isf(max(stats.chisquare(counts).pvalue, 1e-300)))
