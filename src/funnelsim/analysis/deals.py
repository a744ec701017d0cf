"""Deal by deal: its chance in the window, its close date, and what it means for the first target.

Swing is an intervention on the same trials, P(target | the deal is forced to win in the window) - P(target |
it is forced not to), all other draws kept (model page, M10). Conditioning on its wins instead would credit it
with the good luck it shares with others.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import inf, isfinite

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.booked import needed_for, needed_in_unit
from funnelsim.analysis.forecast import DealForecast
from funnelsim.engine.ensemble import Ensemble
from funnelsim.engine.exact import ExactLaw
from funnelsim.engine.program import Program
from funnelsim.engine.simulate import Simulation, Swing
from funnelsim.errors import RefusedError
from funnelsim.model.case import Case

CLOSE_LEVELS = (0.1, 0.5, 0.9)
_DAYS_IF_UNLIMITED = 3653


def deal_forecasts(ensemble: Ensemble, first_trial: int = 0) -> tuple[DealForecast, ...]:
    """Walk the ensemble's trials once more and return a forecast for every deal."""
    case, program = ensemble.case, ensemble.program
    if case.capacity is not None:
        raise RefusedError(
            "with a capacity a deal forced to win or to lose would hold its owner's time for longer or shorter, and "
            "move every deal behind it; leave out --deals, or capacity"
        )
    simulation = Simulation(case, seed=ensemble.seed, threads=1)
    swing, reached = _swing(ensemble)
    n_days = (case.end - case.as_of).days if case.end else _DAYS_IF_UNLIMITED
    marks, days = simulation.mark(
        ensemble.trials, first_trial, reached, swing, n_days + 1 if case.funnel.has_stays else 0
    )
    chances = marks[:, 0] / ensemble.trials
    forced = marks[:, 1:3] / ensemble.trials if case.targets else None
    return tuple(
        _deal(program, i, float(chances[i]), _close_days(days[i]), None if forced is None else forced[i])
        for i in range(len(program.deals))
    )


def exact_deal_forecasts(law: ExactLaw) -> tuple[DealForecast, ...]:
    """Return a forecast for every deal from the exact laws."""
    chances, close = law.deal_chances()
    targets = law.case.targets
    forced = law.forced(targets[0], needed_in_unit(law.case, targets[0])) if targets else None
    return tuple(
        _deal(
            law.program,
            i,
            float(chances[i]),
            tuple(float(day) for day in close[i]),
            None if forced is None else forced[i],
        )
        for i in range(len(law.program.deals))
    )


def _swing(ensemble: Ensemble) -> tuple[Swing, npt.NDArray[np.int64]]:
    case, program = ensemble.case, ensemble.program
    n_deals = len(program.deals)
    if not case.targets:
        return Swing(0, False, np.zeros(n_deals, np.int64), 0.0), np.zeros(ensemble.trials, np.int64)
    target = case.targets[0]
    row = program.rows[program.row_of(target.group)]
    end = inf if case.end is None else float((case.end - case.as_of).days)
    if target.by is not None:
        end = float((target.by - case.as_of).days + 1)
    in_target = np.array([row.holds(deal) for deal in program.deals], np.int64)
    needed = needed_for(case, target)
    return Swing(needed, target.measure == "wins", in_target, end), ensemble.toward(target)


def _close_days(days: npt.NDArray[np.int32]) -> tuple[float, ...]:
    """Return the p10, p50 and p90 day of a win from counts per day; nan where none, or beyond the last."""
    total = int(days.sum())
    if not total:
        return (np.nan,) * len(CLOSE_LEVELS)
    cumulative = np.cumsum(days)
    found = [int(np.searchsorted(cumulative, np.ceil(p * total - 1e-9))) for p in CLOSE_LEVELS]
    return tuple(float(day) if day < len(days) - 1 else np.nan for day in found)


def _deal(
    program: Program, i: int, chance: float, close: tuple[float, ...], forced: npt.NDArray[np.float64] | None
) -> DealForecast:
    deal = program.deals[i]
    p10, p50, p90 = (_date(program.case, day) for day in close)
    won, not_won = (None, None) if forced is None else (float(forced[0]), float(forced[1]))
    swing = None if won is None or not_won is None else won - not_won
    return DealForecast(
        deal.id, deal.stage, deal.amount, chance, p10, p50, p90, swing, deal.expected_close, won, not_won
    )


def _date(case: Case, day: float) -> date | None:
    return case.as_of + timedelta(days=int(day)) if isfinite(day) and case.funnel.has_stays else None
