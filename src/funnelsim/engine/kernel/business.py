"""The walk of a whole business: open deals, new ones, their payments, renewals and leads (model page, M6 and M7)."""

from __future__ import annotations

from math import floor

import numpy as np

from funnelsim.engine.kernel.aftermath import sign
from funnelsim.engine.kernel.chances import prepare
from funnelsim.engine.kernel.compiling import compiled, entry
from funnelsim.engine.kernel.flow import follow_deal, signed_of
from funnelsim.engine.kernel.newcomers import admit_arrivals, admit_leads, follow_base
from funnelsim.engine.kernel.walk import add_ends


@entry
def walk_business(plan, chances, flow, crowd, seed_key, first_trial, begin, end, books, ends, tally):
    """Walk all that happens in the trials of columns `begin` to `end` - 1; column 0 is trial `first_trial`.

    `books` are (bookings, wins), `ends` (losses, closed), of shape (row, bin, trial) as those of `tally`; all come in
    as zeros. Returns whether there was room for every lead: if not, the result means nothing.
    """
    size = len(flow.won)
    timed = ends[0].shape[2] > 0
    for low in range(begin, end, size):
        n = min(size, end - low)
        prepare(plan, chances, seed_key, first_trial + low, n, low == begin)
        for deal in range(len(plan.deal_class)):
            follow_deal(plan, chances, flow, deal, n, timed)
            _sign_deal(plan, chances, flow, crowd, tally, books, deal, low)
            if timed:
                add_ends(plan, flow, deal, low, ends[0], ends[1])
            admit_leads(plan, chances, crowd, tally, books, ends, low, len(crowd.pending.place) // 4)
        admit_arrivals(plan, chances, crowd, tally, books, ends, n, low)
        follow_base(plan, chances, crowd, tally, books, ends, n, low)
        admit_leads(plan, chances, crowd, tally, books, ends, low, 0)
        if crowd.pending.n[1] > 0:
            return False
    return True


@compiled
def _sign_deal(plan, chances, flow, crowd, tally, books, deal, low):
    signed = np.int64(floor(plan.deal_amount[deal] + 0.5))
    for w in range(flow.n_ended[0]):
        i = flow.won[w]
        if plan.amounts_vary:
            signed = signed_of(plan, chances, deal, i)
        sign(
            plan.business, crowd.pending, tally, books, chances.trial[i], plan.deal_key[deal], i, low + i, flow.day[i],
            signed, deal, False, 0,
        )  # fmt: skip
