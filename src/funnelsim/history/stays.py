"""Stays of deals in stages: read from an interval table, or made of moves; sorted, checked, and what is odd told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.history.findings import DROPPED, ENDED, KEPT, OPENED, SORTED, Findings
from funnelsim.history.names import NOTHING
from funnelsim.history.record import LOST, OPEN, WON, Ints, Texts
from funnelsim.history.stamps import Stamps, no_stamps, rows_of

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Stays:
    """One row per stay; arrays of shape (stay,).

    Parameters
    ----------
    deal : int array
        Row of the deal.
    exit : int array
        Number of a stage, or WON, LOST, OPEN.
    reason : text array
        The name of a loss.
    """

    deal: Ints
    stage: Ints
    entered: Stamps
    exit: Ints
    left: Stamps
    reason: Texts

    def __len__(self) -> int:
        return len(self.deal)

    def rows(self, chosen: Any) -> Stays:
        """Return some of the stays, in the order chosen."""
        return rows_of(self, chosen)

    @property
    def is_followed(self) -> Mask:
        """Return where the next row is of the same deal."""
        return np.append(self.deal[1:] == self.deal[:-1], False) if len(self) else np.zeros(0, bool)


@dataclass(frozen=True)
class Ends:
    """How each deal stands at the end of the records; arrays of shape (deal,)."""

    outcome: Ints
    closed: Stamps
    reason: Texts

    @classmethod
    def of(cls, n: int) -> Ends:
        """Return `n` deals that are open."""
        return cls(np.full(n, OPEN, np.int64), no_stamps(n), np.full(n, "", object))


def sorted_stays(stays: Stays, ids: Texts, findings: Findings) -> Stays:
    """Return the stays deal by deal in time; of two that begin at once the one that ends first, then file order."""
    order = np.lexsort((np.arange(len(stays)), stays.left.at, stays.entered.at, stays.deal))
    by_deal = np.argsort(stays.deal, kind="stable")
    at, deal = stays.entered.at[by_deal], stays.deal[by_deal]
    is_back = np.append(False, (deal[1:] == deal[:-1]) & (at[1:] < at[:-1]))[: len(stays)]
    findings.mark("out_of_order", ids[deal], is_back, SORTED)
    return stays.rows(order)


def settle(stays: Stays, ids: Texts, as_of: int, findings: Findings) -> Stays:
    """Return sorted stays without contradictions: what cannot be is dropped or mended, and told.

    What ends on day `as_of` or later is open: the record knows nothing of it.
    """
    of = ids[stays.deal]
    is_ahead = stays.left.is_there & (stays.left.day >= as_of) & (stays.entered.day < as_of)
    findings.mark("future_exits", of, is_ahead, OPENED)
    exits, left = np.where(is_ahead, OPEN, stays.exit), no_stamps(len(stays)).where(is_ahead, stays.left)
    stays = Stays(stays.deal, stays.stage, stays.entered, exits, left, stays.reason)
    is_nowhere = ~stays.entered.is_there
    findings.mark("no_entry_date", of, is_nowhere, DROPPED)
    no_day = (stays.exit != OPEN) & (stays.exit != NOTHING) & ~stays.left.is_there & ~is_nowhere
    findings.mark("exit_without_date", of, no_day, DROPPED)
    is_backward = stays.left.is_there & ~is_nowhere & (stays.left.at < stays.entered.at)
    findings.mark("ends_before_it_begins", of, is_backward, DROPPED)
    stays = stays.rows(~(is_nowhere | no_day | is_backward))
    return _with_exits(stays, ids, findings)


def _with_exits(stays: Stays, ids: Texts, findings: Findings) -> Stays:
    """Return stays each with an exit: an empty one is where the deal is next, or still open."""
    of, is_followed = ids[stays.deal], stays.is_followed
    next_stage = np.append(stays.stage[1:], OPEN)[: len(stays)]
    is_blank, is_over = stays.exit == NOTHING, stays.left.is_there
    lost_track = is_blank & is_over & ~is_followed
    findings.mark("end_without_exit", of, lost_track, DROPPED)
    exits = np.where(is_blank, np.where(is_over, next_stage, OPEN), stays.exit)
    open_with_end = (exits == OPEN) & is_over & ~lost_track
    findings.mark("open_with_end", of, open_with_end, OPENED)
    left = stays.left.where(exits != OPEN, no_stamps(len(stays)))
    stays = Stays(stays.deal, stays.stage, stays.entered, exits, left, stays.reason).rows(~lost_track)
    return _ended_by_next(stays, ids, findings)


def _ended_by_next(stays: Stays, ids: Texts, findings: Findings) -> Stays:
    """Return stays of which only a deal's last may be open: an earlier one ends where the next begins."""
    is_stale = (stays.exit == OPEN) & stays.is_followed
    if not is_stale.any():
        return stays
    findings.mark("open_but_followed", ids[stays.deal], is_stale, ENDED)
    following = np.append(np.arange(1, len(stays)), 0)
    exits = np.where(is_stale, stays.stage[following], stays.exit)
    left = stays.entered.rows(following).where(is_stale, stays.left)
    return Stays(stays.deal, stays.stage, stays.entered, exits, left, stays.reason)


def tell_oddities(stays: Stays, ids: Texts, findings: Findings) -> None:
    """Tell what is odd of the stays and kept as it is."""
    of, is_followed = ids[stays.deal], stays.is_followed
    following = np.append(np.arange(1, len(stays)), 0)[: len(stays)]
    goes_on = stays.exit >= 0
    findings.mark("skipped_stages", of, stays.exit > stays.stage + 1, KEPT)
    findings.mark("back_moves", of, goes_on & (stays.exit < stays.stage), KEPT)
    findings.mark("zero_length", of, stays.left.is_there & (stays.left.at == stays.entered.at), KEPT)
    next_entered, next_stage = stays.entered.at[following], stays.stage[following]
    findings.mark("overlaps", of, is_followed & stays.left.is_there & (next_entered < stays.left.at), KEPT)
    findings.mark("reopened", of, is_followed & np.isin(stays.exit, (WON, LOST)), KEPT)
    findings.mark("exit_disagrees", of, is_followed & goes_on & (stays.exit != next_stage), KEPT)


def ends_of(stays: Stays, n_deals: int) -> Ends:
    """Return how each deal ended, by its last stay."""
    ends = Ends.of(n_deals)
    last = np.flatnonzero(~stays.is_followed)
    last = last[np.isin(stays.exit[last], (WON, LOST))]
    deal = stays.deal[last]
    ends.outcome[deal], ends.reason[deal] = stays.exit[last], stays.reason[last]
    ends.closed.at[deal], ends.closed.day[deal] = stays.left.at[last], stays.left.day[last]
    return ends
