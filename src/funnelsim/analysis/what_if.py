"""What if all win rates were some points higher or lower: a grid of forecasts made once, to be looked up (M14.6).

Every point of the grid is simulated with the seed of the forecast, so that two points differ by the win rates alone
(M9), or comes from the exact laws where the forecast did. The middle point is the forecast itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from funnelsim.analysis.answer import summarise, summary_of_law
from funnelsim.analysis.forecast import Forecast, Summary
from funnelsim.engine.exact import exact
from funnelsim.engine.simulate import simulate
from funnelsim.errors import FunnelsimError
from funnelsim.model.case import Case
from funnelsim.model.shifting import shifted

POINTS = (-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0)
MOST_PATHS = 3_000_000  # deals times trials, at each point
FEWEST_TRIALS = 2_000
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

    Takes the forecast's own seed and trials, fewer where so many deals would take long.

    Parameters
    ----------
    told : Forecast
    ladder : sequence of (amount, chance, error)
        Amounts to tell the chance of, what is booked counted in, and what the forecast says of them.
    points : sequence of float
        Hundredths, in rising order. The grid ends, on either side, where no case can be made.
    """
    amounts, chances, errors = (tuple(part) for part in zip(*ladder, strict=True))
    look, trials = _exact_point if told.engine == "exact" else _simulated_point, trials_for(told)
    below = _until_refused(told, trials, amounts, [p for p in reversed(points) if p < 0], look)
    above = _until_refused(told, trials, amounts, [p for p in points if p > 0], look)
    base = WhatIfPoint(0.0, told.bookings.total, chances, errors)
    return WhatIf(amounts, trials, (*reversed(below), base, *above))


def trials_for(told: Forecast) -> int | None:
    """Return the trials of each point: the forecast's own, or fewer if they would walk too many paths."""
    if told.trials is None:
        return None
    return min(told.trials, max(MOST_PATHS // max(len(told.case.pipeline), 1), FEWEST_TRIALS))


_Look = Callable[[Case, Forecast, int | None, Sequence[float]], tuple[Summary, list[float], list[float]]]


def _until_refused(
    told: Forecast, trials: int | None, amounts: Sequence[float], points: Sequence[float], look: _Look
) -> list[WhatIfPoint]:
    found: list[WhatIfPoint] = []
    for moved in points:
        try:
            bookings, chances, errors = look(shifted(told.case, moved), told, trials, amounts)
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
