"""Rates of closed deals alone, the same rates with open deals counted, and what sets them apart (model page, M12.3).

Counting closed deals alone gives each outcome the weight of its speed: of the deals created lately only the quick
endings are in. Losses are mostly quicker than wins, so the win rate of closed deals is too low, and the cycle, of wins
that were quick enough to be in, too short; growth puts more of the deals among the late ones. The corrected figures
count open deals as what they are, undecided so far. Those of a new deal come from all visits by the days since creation
(Aalen-Johansen) and assume nothing about the funnel. Those by stage come from the days since entry of the stage: exits
p_ij, their mean days d_ij = E[days; exit j], and from them

    w = p_won + P w,        m = (D w + d_won) + P m,        mean days to a win from stage i = m_i / w_i,

which lets a deal forget, on entering a stage, how it came there, and needs records only as long as a stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.fitting.exits import Floats, Occupation, occupation
from funnelsim.fitting.spells import entries, since_creation, since_entry
from funnelsim.history.record import LOST, OPEN, WON, History

SURE, LARGEST_SHARE = 2.0, 0.05


@dataclass(frozen=True)
class ClosedRates:
    """What the closed deals alone say of a new deal.

    Parameters
    ----------
    win_rate : float
        Won of all that are won or lost; not a number where none is.
    days_to_win, days_to_loss : float
        Means from creation to the end.
    """

    n_won: int
    n_lost: int
    win_rate: float
    days_to_win: float
    days_to_loss: float


@dataclass(frozen=True)
class CorrectedRates:
    """What all deals say of a new deal, the open ones counted as undecided so far.

    Parameters
    ----------
    win_rate, win_rate_se : float
        The share won by the largest age at which somebody was seen to move, and its standard error.
    undecided : float
        The share still open at that age: it may yet be won, lost, or stay.
    """

    win_rate: float
    win_rate_se: float
    undecided: float
    days_to_win: float
    days_to_loss: float


@dataclass(frozen=True)
class StageRates:
    """The same by stage; arrays (stage,), or (stage, exit) with stages, lost and won as exits.

    Parameters
    ----------
    closed_exits, exits : array (stage, exit)
        Shares of the stays that ended; of all stays.
    closed_win_rates, win_rates : array (stage,)
        Of the closed deals that were in the stage, the share won; of all deals that enter it.
    closed_stay_days, stay_days : array (stage,)
        Mean whole days of the stays that ended; of those that end at all.
    days_to_win : array (stage,)
        Mean from entry of the stage to the win.
    """

    closed_exits: Floats
    exits: Floats
    closed_win_rates: Floats
    win_rates: Floats
    closed_stay_days: Floats
    stay_days: Floats
    days_to_win: Floats


@dataclass(frozen=True)
class Comparison:
    """Naive and corrected figures, and why they differ.

    Parameters
    ----------
    n_open, open_share : int, float
        Deals that the closed rates leave out.
    n_created : tuple of int
        Deals created in the first and in the second half of the record.
    """

    closed: ClosedRates
    corrected: CorrectedRates
    stages: StageRates
    n_open: int
    open_share: float
    n_created: tuple[int, int]

    @property
    def growth(self) -> float:
        """Return the growth of deals created from half to half: 0.5 is half as many more."""
        return _ratio(self.n_created[1], self.n_created[0]) - 1

    @property
    def misleads(self) -> bool:
        """Return whether closed deals alone are off: by two standard errors of the win rate, or 5 % of the cycle."""
        points = abs(self.closed.win_rate - self.corrected.win_rate)
        days = abs(self.closed.days_to_win - self.corrected.days_to_win)
        return points > SURE * self.corrected.win_rate_se or days > LARGEST_SHARE * self.corrected.days_to_win


def compare(history: History) -> Comparison:
    """Return what closed deals alone say of a history beside what all deals say."""
    n_open = int((history.deals.outcome == OPEN).sum())
    return Comparison(
        closed_rates(history),
        corrected_rates(history),
        stage_rates(history),
        n_open,
        n_open / max(len(history.deals), 1),
        created_by_half(history),
    )


def closed_rates(history: History) -> ClosedRates:
    """Return the rates of closed deals alone."""
    deals = history.deals
    days, is_won, is_lost = deals.closed - deals.created, deals.outcome == WON, deals.outcome == LOST
    n_won, n_lost = int(is_won.sum()), int(is_lost.sum())
    return ClosedRates(n_won, n_lost, _ratio(n_won, n_won + n_lost), _mean(days[is_won]), _mean(days[is_lost]))


def corrected_rates(history: History) -> CorrectedRates:
    """Return the rates of a new deal from all visits, by the clock since creation."""
    found = occupation(since_creation(history), entries(history), errors=True)
    last = found.shares[-1]
    spread = np.zeros((1, len(last))) if found.errors is None else found.errors
    return CorrectedRates(
        win_rate=float(last[WON]),
        win_rate_se=float(spread[-1, WON]),
        undecided=float(max(last[:LOST].sum(), 0.0)),
        days_to_win=_ratio(_days(found)[WON], last[WON]),
        days_to_loss=_ratio(_days(found)[LOST], last[LOST]),
    )


def stage_rates(history: History) -> StageRates:
    """Return the rates of each stage, by the clock since entry."""
    n = len(history.stages)
    seen = [occupation(since_entry(history, stage), np.eye(n + 3)[-1]) for stage in range(n)]
    exits = np.array([found.shares[-1, : n + 2] for found in seen])
    days = np.array([_days(found)[: n + 2] for found in seen])
    onward = np.linalg.pinv(np.eye(n) - exits[:, :n])
    won = onward @ exits[:, WON]
    counts, closed_days = _ended(history)
    return StageRates(
        closed_exits=_ratios(counts, counts.sum(axis=1, keepdims=True)),
        exits=exits,
        closed_win_rates=_closed_win_rates(history),
        win_rates=won,
        closed_stay_days=_ratios(closed_days, counts.sum(axis=1)),
        stay_days=_ratios(days.sum(axis=1), exits.sum(axis=1)),
        days_to_win=_ratios(onward @ (days[:, :n] @ won + days[:, WON]), won),
    )


def _ended(history: History) -> tuple[Floats, Floats]:
    """Return how many stays ended by each exit (stage, exit), and their days in all (stage,)."""
    visits, n = history.visits.rows(history.visits.exit != OPEN), len(history.stages)
    counts = np.zeros((n, n + 2))
    np.add.at(counts, (visits.stage, visits.exit), 1.0)
    return counts, np.bincount(visits.stage, visits.left - visits.entered, n).astype(float)


def _closed_win_rates(history: History) -> Floats:
    """Return the share won (stage,) of the closed deals that were in each stage, once or more often."""
    n = len(history.stages)
    stage, deal = np.divmod(
        np.unique(history.visits.stage * len(history.deals) + history.visits.deal), len(history.deals)
    )
    won, lost = (np.bincount(stage, history.deals.outcome[deal] == outcome, n) for outcome in (WON, LOST))
    return _ratios(won, won + lost)


def created_by_half(history: History) -> tuple[int, int]:
    """Return how many deals were created in the first and in the second half of the record."""
    created, half = history.deals.created, (history.as_of - history.observed_from) / 2
    is_late = created >= history.as_of - half
    return int((~is_late & (created >= history.observed_from)).sum()), int(is_late.sum())


def _days(found: Occupation) -> Floats:
    """Return E[whole days; moved there] of each state: what moves in (d, d + 1] moves on day d."""
    days = np.ceil(found.times) - 1
    return np.asarray(days[1:] @ np.diff(found.shares, axis=0))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _ratios(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0))


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
