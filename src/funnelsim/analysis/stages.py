"""Each stage as it stands: its rates, its times, and what is open in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from funnelsim.engine.laws import Curve, curve_of
from funnelsim.model.case import Case
from funnelsim.model.funnel import WON, Funnel
from funnelsim.model.practice import Practice

_HALVINGS = 200


@dataclass(frozen=True)
class StageStanding:
    """One stage.

    Parameters
    ----------
    mean_days, median_days : float, optional
        Time until a deal advances, of those that do; None without stays or where none advances.
    days_to_win : float, optional
        Mean time from entering this stage to a win, of deals that are won.
    weighted : float
        Open amounts times win rates (a deal's own where it states one), in the unit; time and age are left out.
    expected_wins : float
        Mean number of wins in the window, at each deal's age.
    """

    name: str
    label: str
    practice: Practice
    in_forecast: bool
    conversion: float
    win_rate: float
    mean_days: float | None
    median_days: float | None
    days_to_win: float | None
    open_deals: int
    open_amount: float
    weighted: float
    expected_wins: float

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "name": self.name,
            "label": self.label,
            "definition": self.practice.definition,
            "mark": self.practice.mark,
            "tasks": list(self.practice.tasks),
            "in_forecast": self.in_forecast,
            "conversion": self.conversion,
            "win_rate": self.win_rate,
            "mean_days": self.mean_days,
            "median_days": self.median_days,
            "days_to_win": self.days_to_win,
            "open_deals": self.open_deals,
            "open_amount": self.open_amount,
            "weighted": self.weighted,
            "expected_wins": self.expected_wins,
        }


def stage_standings(case: Case, win_chances: Mapping[str, float]) -> tuple[StageStanding, ...]:
    """Return every stage of a case; `win_chances` holds each forecast deal's chance of a win in the window."""
    funnel, to_win = case.funnel, days_to_win(case.funnel)
    found = []
    for i, stage in enumerate(funnel.stages):
        there = [deal for deal in case.pipeline.deals if deal.stage == stage.name]
        rates = [funnel.win_rates[i] if deal.win_rate is None else deal.win_rate for deal in there]
        weighted = sum(deal.amount * rate for deal, rate in zip(there, rates, strict=True))
        mean_days, median_days = days_to_advance(funnel, i)
        found.append(
            StageStanding(
                name=stage.name,
                label=stage.label,
                practice=stage.practice,
                in_forecast=stage.in_forecast,
                conversion=funnel.conversions[i],
                win_rate=funnel.win_rates[i],
                mean_days=mean_days,
                median_days=median_days,
                days_to_win=to_win[i],
                open_deals=len(there),
                open_amount=sum(deal.amount for deal in there),
                weighted=weighted if stage.in_forecast else 0.0,
                expected_wins=sum(win_chances.get(deal.id, 0.0) for deal in there),
            )
        )
    return tuple(found)


def days_to_advance(funnel: Funnel, stage: int) -> tuple[float | None, float | None]:
    """Return the mean and the median time until a deal advances from a stage, of those that do."""
    onward = [e for e in funnel.stages[stage].exits if funnel.is_onward(stage, e.to) and e.probability > 0]
    timed = [(e.probability, curve_of(e.stay)) for e in onward if e.stay is not None]
    if not timed:
        return None, None
    total = sum(p for p, _ in timed)
    shares = [(p / total, curve) for p, curve in timed]
    return sum(share * curve.mean for share, curve in shares), _median(shares)


def days_to_win(funnel: Funnel) -> tuple[float | None, ...]:
    """Return the mean time from entering each stage to a win, of deals that are won.

    With v_i = E[T; won from i] = sum_j p_ij (w_j m_ij + v_j), m_ij the mean stay before exit j, it is v_i / w_i. In a
    straight funnel it is the sum of the mean stays on the way.
    """
    n = len(funnel.stages)
    if not funnel.has_stays:
        return (None,) * n
    matrix, right = np.eye(n), np.zeros(n)
    for i, stage in enumerate(funnel.stages):
        for exit_ in stage.exits:
            ahead = funnel.names.index(exit_.to) if exit_.to in funnel.names else -1
            rate = 1.0 if exit_.to == WON else funnel.win_rates[ahead] if ahead >= 0 else 0.0
            if rate > 0 and exit_.probability > 0 and exit_.stay is not None:
                right[i] += exit_.probability * rate * curve_of(exit_.stay).mean
            if ahead >= 0:
                matrix[i, ahead] -= exit_.probability
    found = np.linalg.solve(matrix, right)
    return tuple(float(v / w) if w > 0 else None for v, w in zip(found, funnel.win_rates, strict=True))


def cycle_days(funnel: Funnel) -> float | None:
    """Return the mean time from the first stage to a win, of deals that are won."""
    return days_to_win(funnel)[0]


def _median(shares: list[tuple[float, Curve]]) -> float:
    """Return the smallest x that at least half of a mixture does not exceed; it lies between the parts' medians."""
    medians = [float(curve.lower(0.5)) for _, curve in shares]
    low, high = min(medians), max(medians)
    for _ in range(_HALVINGS if high > low else 0):
        middle = 0.5 * (low + high)
        above = sum(share * float(curve.survival(middle)) for share, curve in shares)
        low, high = (middle, high) if above > 0.5 else (low, middle)
    return high
