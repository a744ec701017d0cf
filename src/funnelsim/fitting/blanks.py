"""Which deals had no amount on a day: whether amounts are written at closing, by what was known then."""

from __future__ import annotations

import numpy as np

from funnelsim.fitting.chronicle import Chronicle
from funnelsim.history.blank_amounts import BlankAmounts, blank_amounts
from funnelsim.history.record import NEVER


def blanks_at(chronicle: Chronicle, day: int) -> BlankAmounts:
    """Return the blank amounts of deals won, lost and open, as known at 00:00 of a day; counted once."""
    return chronicle.kept(("blank amounts", day), lambda: _counted(chronicle, day))


def _counted(chronicle: Chronicle, day: int) -> BlankAmounts:
    deals, visits = chronicle.stated(day), chronicle.history.visits
    has_entered, has_begun = visits.entered < day, deals.closed < day
    has_begun[visits.deal[has_entered]] = True
    is_open = np.zeros(len(deals), bool)
    is_open[visits.deal[has_entered & (visits.left >= day)]] = True
    won = chronicle.won_between(-NEVER, day)
    return blank_amounts(deals.amount, won, has_begun & ~is_open & ~won, is_open & ~won)
