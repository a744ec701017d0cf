"""What follows a signature: its money in the books, its instalments as cash, renewals, and leads (M6.1, M6.2, M7).

Every purchase has an entity key. A first win has the key of its deal, a renewal one made from it and its number, a
lead one made from the purchase that brought it and the lead's number: so each is drawn at an address of its own.
"""

from __future__ import annotations

from math import floor
from typing import NamedTuple

import numpy as np

from funnelsim.engine.kernel.addresses import GOLDEN, draw, high_uniform, low_uniform, mix64, uniform
from funnelsim.engine.kernel.compiling import compiled
from funnelsim.engine.kernel.counts import poisson_quantile
from funnelsim.engine.kernel.flow import bin_of
from funnelsim.engine.kernel.lending import lent
from funnelsim.engine.kernel.plan import Floats, Ints, Keys, Places
from funnelsim.engine.kernel.tables import quantile_of

MAX_RENEWALS = 100_000
# fractional parts of the square roots of 5, 7, 11 and 13: steps that no other draw uses
_NEXT = np.uint64(0x3C6EF372FE94F82B)
_RENEWED = np.uint64(0xA54FF53A5F1D36F1)
_LEADS = np.uint64(0x510E527FADE682D1)
_LEAD = np.uint64(0x9B05688C2B3E6C1F)


@lent
class Pending(NamedTuple):
    """Leads on their way, a stack of at most m for a block of trials."""

    place: Places  # (m,) place of the trial in the block
    key: Keys
    day: Floats
    kind: Ints
    amount: Ints  # what the customer who brought it signed, in hundredths
    generation: Ints
    n: Ints  # [number pending, 1 if there was no room]


@compiled
def sign(business, pending, tally, books, trial, key, place, column, day, signed, subject, is_new, generation):
    """Enter a first win and all that follows from it; `books` are (bookings, wins)."""
    enter(business, tally, books, trial, key, column, day, signed, subject, is_new)
    if business.leads.mean > 0.0:
        _bring_leads(business, pending, tally, trial, key, place, column, day, signed, subject, generation)
    if business.renewals.chance >= 0.0:
        count_customers(business, tally, column, day, subject, 1)
        renew(business, pending, tally, books, trial, key, place, column, day, signed, subject, generation, -1.0, 1.0)


@compiled
def enter(business, tally, books, trial, key, column, day, signed, subject, is_new):
    """Enter one purchase: bookings, a win, and the cash it brings."""
    bin_ = bin_of(business, day)
    bookings, wins = books
    for r in range(business.row_start[subject], business.row_start[subject + 1]):
        row = business.row_index[r]
        bookings[row, bin_, column] += signed
        wins[row, bin_, column] += 1
        if is_new:
            tally.new_bookings[row, bin_, column] += signed
            tally.new_wins[row, bin_, column] += 1
    if len(business.instalments.share_upto) > 0:
        _collect(business, tally, trial, key, column, day, signed, subject)


@compiled
def count_customers(business, tally, column, day, subject, change):
    """Add to the number of customers from a day on."""
    bin_ = bin_of(business, day)
    for r in range(business.row_start[subject], business.row_start[subject + 1]):
        tally.customers[business.row_index[r], bin_, column] += change


@compiled
def _collect(business, tally, trial, key, column, day, signed, subject):
    """Split a signature into instalments, whole hundredths each, and book each on its day."""
    pays_nothing = high_uniform(draw(trial, key, business.instalments.nothing_key)) < business.instalments.nothing
    paid, before = np.int64(0), day
    for k in range(len(business.instalments.share_upto)):
        word = draw(trial, key, business.instalments.key[k])
        lag = quantile_of(business.tables, business.instalments.lag_row[k], low_uniform(word))
        before = _pay_day(business, (before if business.instalments.after_previous[k] else day) + lag)
        upto = np.int64(floor(signed * business.instalments.share_upto[k] + 0.5))
        part, paid = upto - paid, upto
        is_lost = pays_nothing or high_uniform(word) < business.instalments.never[k]
        for r in range(business.row_start[subject], business.row_start[subject + 1]):
            row = business.row_index[r]
            if not before < business.end_days:
                tally.outstanding[row, 0, column] += part
            elif is_lost:
                tally.written_off[row, bin_of(business, before), column] += part
            else:
                tally.cash[row, bin_of(business, before), column] += part


@compiled
def _pay_day(business, due):
    """Return when money that is due comes in: on the next day on which customers pay."""
    n = len(business.instalments.day)
    if n == 0 or not due < n:
        return due
    return max(due, np.float64(business.instalments.day[int(due)]))


@compiled
def renew(
    business, pending, tally, books, trial, key, place, column, day, signed, subject, generation, age, alive,
):  # fmt: skip
    """Follow a customer from a purchase on: renewed, renewed again, gone.

    An `age` of 0 or more conditions the first stay on having lasted so long, which has the chance `alive`.
    """
    for number in range(MAX_RENEWALS):
        word = draw(trial, key, _NEXT + np.uint64(number) * GOLDEN)
        if number == 0 and age >= 0.0:
            v = low_uniform(word) * alive
            day += max(quantile_of(business.tables, business.renewals.lag_row, v) - age, 0.0)
        else:
            day += quantile_of(business.tables, business.renewals.lag_row, low_uniform(word))
        if not day < business.end_days:
            return
        if high_uniform(word) >= business.renewals.chance:
            count_customers(business, tally, column, day, subject, -1)
            return
        purchase = mix64(key + _RENEWED + np.uint64(number) * GOLDEN)
        ratio = quantile_of(
            business.tables, business.renewals.ratio_row, low_uniform(draw(trial, purchase, business.amount_key))
        )
        signed = np.int64(floor(signed * ratio + 0.5))
        enter(business, tally, books, trial, purchase, column, day, signed, subject, True)
        if business.renewals.refer and business.leads.mean > 0.0:
            _bring_leads(business, pending, tally, trial, purchase, place, column, day, signed, subject, generation)
    pending.n[1] = 1


@compiled
def _bring_leads(business, pending, tally, trial, key, place, column, day, signed, subject, generation):
    if business.leads.max_generation >= 0 and generation >= business.leads.max_generation:
        return
    kind = business.leads.kind[subject]
    n_leads = poisson_quantile(uniform(draw(trial, key, _LEADS)), business.leads.mean)
    for number in range(n_leads):
        lead = mix64(key + _LEAD + np.uint64(number) * GOLDEN)
        v = low_uniform(draw(trial, lead, _LEADS))
        enters = day + quantile_of(business.tables, business.leads.lag_row, v)
        if not enters < business.end_days:
            continue
        at = pending.n[0]
        if at >= len(pending.place):
            pending.n[1] = 1
            return
        pending.place[at] = place
        pending.key[at] = lead
        pending.day[at] = enters
        pending.kind[at] = kind
        pending.amount[at] = signed
        pending.generation[at] = generation + 1
        pending.n[0] += 1
        count_entry(business, tally, column, enters, business.n_deals + kind, 1)


@compiled
def count_entry(business, tally, column, day, subject, n):
    """Count `n` new deals that enter on a day."""
    bin_ = bin_of(business, day)
    for r in range(business.row_start[subject], business.row_start[subject + 1]):
        tally.new_deals[business.row_index[r], bin_, column] += n
