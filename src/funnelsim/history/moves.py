"""Moves of deals from stage to stage -> stays: repeats collapsed, the first stay found where the log begins later."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.history.deals import DealRows
from funnelsim.history.findings import KEPT, SORTED, Findings
from funnelsim.history.names import NOTHING
from funnelsim.history.record import LOST, OPEN, WON, Ints, Texts
from funnelsim.history.stamps import Stamps, no_stamps, rows_of
from funnelsim.history.stays import Ends, Stays

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Moves:
    """One row per move; arrays of shape (move,).

    Parameters
    ----------
    to, before : int array
        Where to and where from: number of a stage, WON or LOST; NOTHING where it is not recorded.
    label : text array
        The name of what it moved to.
    """

    deal: Ints
    at: Stamps
    to: Ints
    before: Ints
    label: Texts

    def __len__(self) -> int:
        return len(self.deal)

    def rows(self, chosen: Any) -> Moves:
        """Return some of the moves, in the order chosen."""
        return rows_of(self, chosen)

    @property
    def is_first(self) -> Mask:
        """Return where the row before is of another deal."""
        return np.append(True, self.deal[1:] != self.deal[:-1])[: len(self)]

    @property
    def is_followed(self) -> Mask:
        """Return where the next row is of the same deal."""
        return np.append(~self.is_first[1:], False)[: len(self)]


def stays_of(moves: Moves, deals: DealRows, start: Stamps | None, findings: Findings) -> tuple[Stays, Ends]:
    """Return the stays that moves make, and how each deal stands.

    Parameters
    ----------
    start : Stamps, optional
        One stamp: where the record begins; a first stay whose beginning is not recorded counts from there.
    """
    moves = _sorted(moves, deals.id, findings)
    differs = ~moves.is_first & (moves.before >= 0) & (np.append(NOTHING, moves.to[:-1])[: len(moves)] != moves.before)
    findings.mark("from_disagrees", deals.id[moves.deal], differs, KEPT)
    moves = _collapsed(moves, findings)
    moves = _closed_by_table(moves, deals, findings)
    first = _first_stays(moves, deals, start, findings)
    is_stay, is_followed = moves.to >= 0, moves.is_followed
    following = np.append(np.arange(1, len(moves)), 0)[: len(moves)]
    exits = np.where(is_followed, moves.to[following], OPEN)
    left = moves.at.rows(following).where(is_followed, no_stamps(len(moves)))
    reason = np.where(exits == LOST, moves.label[following], "")
    stays = Stays(moves.deal, moves.to, moves.at, exits, left, reason).rows(is_stay)
    is_reopened = is_followed & ~is_stay
    findings.mark("reopened", deals.id[moves.deal], is_reopened, KEPT)
    return _joined(first, stays), _ends(moves, len(deals))


def _sorted(moves: Moves, ids: Texts, findings: Findings) -> Moves:
    """Return moves by deal and time; of two at once the file's order counts, or the chain of from and to."""
    by_deal = np.argsort(moves.deal, kind="stable")
    at, deal = moves.at.at[by_deal], moves.deal[by_deal]
    is_same = deal[1:] == deal[:-1]
    n_up, n_down = int((is_same & (at[1:] > at[:-1])).sum()), int((is_same & (at[1:] < at[:-1])).sum())
    newest_first = n_down > n_up
    is_back = is_same & ((at[1:] > at[:-1]) if newest_first else (at[1:] < at[:-1]))
    findings.mark("out_of_order", ids[deal], np.append(False, is_back)[: len(deal)], SORTED)
    sequence = np.arange(len(moves))
    order = np.lexsort((-sequence if newest_first else sequence, moves.at.at, moves.deal))
    return _chained(moves.rows(order), ids, findings)


def _chained(moves: Moves, ids: Texts, findings: Findings) -> Moves:
    """Return moves with pairs of the same instant turned round where only so each begins where the last ended."""
    tied = ~moves.is_first & np.append(False, moves.at.at[1:] == moves.at.at[:-1])[: len(moves)]
    findings.mark("same_second", ids[moves.deal], tied, KEPT)
    second = np.flatnonzero(tied)
    first = second - 1
    is_wrong = (moves.before[first] == moves.to[second]) & (moves.before[second] != moves.to[first])
    order = np.arange(len(moves))
    order[first[is_wrong]], order[second[is_wrong]] = second[is_wrong], first[is_wrong]
    return moves.rows(order) if is_wrong.any() else moves


def _collapsed(moves: Moves, findings: Findings) -> Moves:
    """Return moves without those that lead where the deal is already."""
    is_again = ~moves.is_first & np.append(False, moves.to[1:] == moves.to[:-1])[: len(moves)]
    if is_again.any():
        findings.note("repeats", n=int(is_again.sum()))
    return moves.rows(~is_again)


def _closed_by_table(moves: Moves, deals: DealRows, findings: Findings) -> Moves:
    """Return moves with the end that only the deals table tells added."""
    last = np.full(len(deals), -1)
    last[moves.deal] = np.arange(len(moves))
    has_moves = last >= 0
    is_open = has_moves & (moves.to[last] >= 0) if len(moves) else has_moves
    is_ended = np.isin(deals.outcome, (WON, LOST)) & deals.closed.is_there
    differs = has_moves & ~is_open & np.isin(deals.outcome, (WON, LOST, OPEN))
    differs &= deals.outcome != (moves.to[last] if len(moves) else deals.outcome)
    findings.mark("outcome_disagrees", deals.id, differs, KEPT)
    # an end that the deals table states as late as the moves or later is a correction, and the last word
    is_later = differs & (deals.closed.day >= moves.at.day[last]) if len(moves) else differs
    chosen = np.flatnonzero(is_ended & (is_open | ~has_moves | is_later))
    if not len(chosen):
        return moves
    closed = deals.closed.rows(chosen)
    last_at = moves.at.rows(last[chosen]) if len(moves) else closed
    is_early = has_moves[chosen] & (closed.at < last_at.at)
    findings.mark("closed_before_last_move", deals.id[chosen], is_early & (closed.day < last_at.day), KEPT)
    closed = last_at.where(is_early, closed)
    # a deal that never moved ended in the stage it stands in
    origin = np.where(has_moves[chosen], NOTHING, deals.stage[chosen])
    added = Moves(chosen, closed, deals.outcome[chosen], origin, deals.reason[chosen])
    both = Moves(*(_put_together(getattr(moves, f.name), getattr(added, f.name)) for f in fields(Moves)))
    findings.note("closed_by_deals", n=len(chosen))
    return both.rows(np.argsort(both.deal, kind="stable"))


def _first_stays(moves: Moves, deals: DealRows, start: Stamps | None, findings: Findings) -> Stays:
    """Return the stays before the first recorded move: their stage is known, their beginning may not be."""
    opening = np.flatnonzero(moves.is_first & (moves.before >= 0) & (moves.before != moves.to))
    deal, stage = moves.deal[opening], moves.before[opening]
    quiet = np.ones(len(deals), bool)
    quiet[moves.deal] = False
    silent = np.flatnonzero(quiet & (deals.stage >= 0))
    n = len(silent)
    exits = np.append(moves.to[opening], np.full(n, OPEN))
    left = _put_together(moves.at.rows(opening), no_stamps(n))
    reason = np.append(np.where(moves.to[opening] == LOST, moves.label[opening], ""), np.full(n, "", object))
    deal, stage = np.append(deal, silent), np.append(stage, deals.stage[silent])
    created = deals.created.rows(deal)
    entered, is_guessed = created, np.zeros(len(deal), bool)
    if start is not None:
        begins = start.rows(np.zeros(len(deal), np.int64))
        is_guessed = (stage > 0) & (created.at < begins.at) | ~created.is_there
        entered = begins.where(is_guessed, created)
    entered = entered.where(~(left.is_there & (left.at < entered.at)), left)
    findings.mark("entered_before_record", deals.id[deal], is_guessed, KEPT)
    return Stays(deal, stage, entered, exits, left, reason)


def _ends(moves: Moves, n_deals: int) -> Ends:
    ends = Ends.of(n_deals)
    last = np.flatnonzero(~moves.is_followed & (moves.to < 0))
    deal = moves.deal[last]
    ends.outcome[deal] = moves.to[last]
    ends.reason[deal] = np.where(moves.to[last] == LOST, moves.label[last], "")
    ends.closed.at[deal], ends.closed.day[deal] = moves.at.at[last], moves.at.day[last]
    return ends


def _joined(first: Stays, stays: Stays) -> Stays:
    both = Stays(*(_put_together(getattr(first, f.name), getattr(stays, f.name)) for f in fields(Stays)))
    return both.rows(np.lexsort((np.arange(len(both)), both.entered.at, both.deal)))


def _put_together(one: Any, other: Any) -> Any:
    if isinstance(one, Stamps):
        return Stamps(np.append(one.at, other.at), np.append(one.day, other.day))
    return np.append(one, other)
