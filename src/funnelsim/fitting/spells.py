"""The visits of a history as spells under observation, by two clocks: since creation, and since entry of the stage.

What is seen of a deal begins with the record: of one created before `observed_from` nothing counts that was over by
then (it is there only because it had not ended: left truncation), and an open deal is censored at `as_of`. An exit on
day d falls into (d, d + 1] of its clock. A deal that leaves several stages on one day does so in order, so its k-th
exit of the day falls at d + (k + 1)/K, K the largest number of exits that a deal had on one day; everybody has the same
K, so nobody is at risk where he was not.
"""

from __future__ import annotations

import numpy as np

from funnelsim.fitting.exits import CENSORED, Floats, Ints, Spells
from funnelsim.history.record import OPEN, History


def since_creation(history: History) -> Spells:
    """Return all visits by the days since creation; states are stages, then lost, then won."""
    visits, created = history.visits, history.deals.created[history.visits.deal]
    is_open = visits.exit == OPEN
    nth = _nth_of_the_day(visits.deal, visits.left)
    stop = visits.left - created + (nth + 1) / (nth.max(initial=0) + 1)
    stop[is_open] = (history.as_of - created)[is_open]
    start = (visits.entered - created).astype(float)
    follows = np.zeros(len(visits), bool)
    follows[1:] = (visits.deal[1:] == visits.deal[:-1]) & (visits.entered[1:] == visits.left[:-1])
    start[follows] = stop[np.flatnonzero(follows) - 1]
    start = np.maximum(start, history.observed_from - created)
    return _observed(visits.stage, start, stop, _states(history, visits.exit, is_open))


def since_entry(history: History, stage: int) -> Spells:
    """Return the visits of one stage by the days since entry; a state more, the last, is the stage itself."""
    visits = history.visits.rows(history.visits.stage == stage)
    is_open = visits.exit == OPEN
    stop = np.where(is_open, history.as_of - visits.entered, visits.left - visits.entered + 1).astype(float)
    start = np.maximum(0, history.observed_from - visits.entered).astype(float)
    here = np.full(len(visits), len(history.stages) + 2)
    return _observed(here, start, stop, _states(history, visits.exit, is_open))


def entries(history: History) -> Floats:
    """Return the shares of the states in which deals begin; of those created while the record ran, if there are any."""
    visits = history.visits
    is_first = np.ones(len(visits), bool)
    is_first[1:] = visits.deal[1:] != visits.deal[:-1]
    is_seen = history.deals.created[visits.deal] >= history.observed_from
    chosen = is_first & is_seen if (is_first & is_seen).any() else is_first
    n = len(history.stages)
    return np.bincount(visits.stage[chosen], minlength=n + 2) / max(int(chosen.sum()), 1)


def _states(history: History, code: Ints, is_open: np.ndarray) -> Ints:
    """Return states from exit codes: lost and won are counted from the end, as the codes say."""
    return np.where(is_open, CENSORED, code % (len(history.stages) + 2))


def _observed(state: Ints, start: Floats, stop: Floats, to: Ints) -> Spells:
    kept = stop > start
    return Spells(state[kept], start[kept], stop[kept], to[kept])


def _nth_of_the_day(deal: Ints, left: Ints) -> Ints:
    """Return how many exits the deal had before on the day of each exit."""
    row = np.arange(len(deal))
    begins = np.ones(len(deal), bool)
    begins[1:] = (deal[1:] != deal[:-1]) | (left[1:] != left[:-1])
    return row - np.maximum.accumulate(np.where(begins, row, 0))
