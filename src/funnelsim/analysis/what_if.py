"""What if all win rates were some points higher or lower: a grid of forecasts made once, to be looked up (M14.6).

Every point of the grid is simulated with the seed of the forecast, so that two points differ by the win rates alone
(M9), or comes from the exact laws where the forecast did. The middle point is the forecast itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from funnelsim.analysis.answer import summarise, summary_of_law
from funnelsim.analysis.bearable import TooLargeError, bearable_trials
from funnelsim.analysis.forecast import Forecast, Summary
from funnelsim.engine.exact import exact
from funnelsim.engine.lower import lower
from funnelsim.engine.simulate import simulate
from funnelsim.errors import FunnelsimError
from funnelsim.model.case import Case
from funnelsim.model.shifting import shifted

POINTS = (-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0)
MAX_WALKS = 12_000_000  # deals walked, over all points and trials
MOST_TRIALS = 20_000
Rung = tuple[float, float, float]


@dataclass(frozen=True)
class WhatIfPoint:
    """The bookings with all win rates moved by `points`.

    Parameters
    ----------
    points : float
        Hundredths.
    bookings : Summary
        Still to come, in the unit.
    chances, errors : tuple of float
        Chance of at least each amount of the grid, what is booked counted in; standard error of a simulation, or
        bound of the exact engine.
    """

    points: float
    bookings: Summary
    chances: tuple[float, ...]
    errors: tuple[float, ...]


@dataclass(frozen=True)
class WhatIf:
    """The grid.

    Parameters
    ----------
    amounts : tuple of float
        In the case's unit, what is booked counted in.
    trials : int, optional
        Of each point but the forecast itself; None from the exact engine.
    grid : tuple of WhatIfPoint
        In rising order of points; 0, the forecast itself, is among them.
    """

    amounts: tuple[float, ...]
    trials: int | None
    grid: tuple[WhatIfPoint, ...]

    @property
    def base(self) -> int:
        """Return the place of the forecast itself in the grid."""
        return [one.points for one in self.grid].index(0.0)


def what_if(told: Forecast, ladder: Sequence[Rung], points: Sequence[float] = POINTS) -> WhatIf:
    """Return the grid of a forecast; only the forecast itself is in it where its win rates cannot be moved.

    Takes the forecast's own seed and trials, or as many as can be walked at once.

    Parameters
    ----------
    told : Forecast
    ladder : sequence of (amount, chance, error)
        Amounts to tell the chance of, what is booked counted in, and what the forecast says of them.
    points : sequence of float
        Hundredths, in rising order. The grid ends, on either side, where no case can be made.
    """
    amounts, chances, errors = (tuple(part) for part in zip(*ladder, strict=True))
    base = WhatIfPoint(0.0, told.bookings.total, chances, errors)
    below, above = [p for p in reversed(points) if p < 0], [p for p in points if p > 0]
    try:
        trials = trials_for(told, len(below) + len(above))
    except TooLargeError:
        return WhatIf(amounts, told.trials, (base,))
    look = _exact_point if trials is None else _simulated_point
    lower_points, higher_points = (_until_refused(told, trials, amounts, moved, look) for moved in (below, above))
    return WhatIf(amounts, trials, (*reversed(lower_points), base, *higher_points))


def trials_for(told: Forecast, n_points: int) -> int | None:
    """Return the trials of each point: the forecast's own, or as many as can be walked; None of the exact engine.

    Raises
    ------
    TooLargeError
        If not even a few can be walked.
    """
    if told.trials is None or not n_points:
        return told.trials
    program = lower(replace(told.case, groups=()))
    return min(told.trials, bearable_trials(program, n_points, MAX_WALKS, MOST_TRIALS))


_Look = Callable[[Case, Forecast, int | None, Sequence[float]], tuple[Summary, list[float], list[float]]]


def _until_refused(
    told: Forecast, trials: int | None, amounts: Sequence[float], points: Sequence[float], look: _Look
) -> list[WhatIfPoint]:
    found: list[WhatIfPoint] = []
    for moved in points:
        try:
            bookings, chances, errors = look(shifted(replace(told.case, groups=()), moved), told, trials, amounts)
        except FunnelsimError:
            break
        found.append(WhatIfPoint(moved, bookings, tuple(chances), tuple(errors)))
    return found


def _simulated_point(
    case: Case, told: Forecast, trials: int | None, amounts: Sequence[float]
) -> tuple[Summary, list[float], list[float]]:
    ensemble = simulate(case, trials=trials, seed=told.seed, measures=("bookings",))
    total = np.sort(ensemble.total("bookings"))
    needed = [round(100 * (amount - case.booked_total)) for amount in amounts]
    chances = [1.0 - float(np.searchsorted(total, x, side="left")) / len(total) for x in needed]
    errors = [sqrt(p * (1.0 - p) / len(total)) for p in chances]
    return summarise(total, "bookings", ensemble.step("bookings")), chances, errors


def _exact_point(
    case: Case, told: Forecast, trials: int | None, amounts: Sequence[float]
) -> tuple[Summary, list[float], list[float]]:
    law = exact(case, measures=("bookings",)).total("bookings")
    needed = [amount - case.booked_total for amount in amounts]
    return summary_of_law(law), [law.chance_at_least(x) for x in needed], [law.chance_error_at(x) for x in needed]
