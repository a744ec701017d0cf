"""A lowered case at stated figures: the program with everything that is drawn set to given values.

Lowering once and setting often is what a design of hundreds of parameter sets needs: the sets share their classes,
their tables and their random numbers (model page, M14.1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import Business
from funnelsim.engine.laws import curve_of
from funnelsim.engine.parameters import Draws
from funnelsim.engine.program import Program
from funnelsim.model.law import Fixed

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """n sets of what can be set.

    Parameters
    ----------
    values : array (n, B)
        The drawn figures, in the order of ``program.parameters``.
    inflow : array (n, sources)
        Factor on the rate of each source.
    """

    values: Floats
    inflow: Floats

    def __len__(self) -> int:
        return len(self.values)

    def part(self, low: int, high: int) -> Settings:
        """Return the sets from `low` to before `high`."""
        return Settings(self.values[low:high], self.inflow[low:high])

    def draws(self, program: Program) -> Draws:
        """Return the sets as the exact engine reads them."""
        draws = program.parameters.draws(self.values)
        return replace(draws, inflow=self.inflow) if self.inflow.shape[1] else draws


def settable(program: Program) -> Program:
    """Return the program with one law more, the sure 1 that set figures are multiples of."""
    return replace(program, curves=(*program.curves, curve_of(Fixed(1.0))))


def set_to(program: Program, settings: Settings, number: int) -> Program:
    """Return a settable program in which nothing is drawn once per trial but shocks: every figure is that of a set."""
    values, inflow = settings.values[number], settings.inflow[number]
    found = replace(program)
    # the tables of the laws are made once and shared
    vars(found)["plan"] = program.plan._replace(
        belief_row=np.full(len(values), len(program.curves) - 1, np.int64),
        belief_factor=np.ascontiguousarray(values),
        business=_with_inflow(program, inflow),
    )
    return found


def _with_inflow(program: Program, inflow: Floats) -> Business:
    business = program.plan.business
    arrivals = business.arrivals
    if not len(inflow):
        return business
    factor = np.ones(len(arrivals.kind))
    of_source = arrivals.kind < len(inflow)
    factor[of_source] = inflow[arrivals.kind[of_source]]
    return business._replace(arrivals=arrivals._replace(mean=arrivals.mean * factor))
