"""A case as arrays: what `lower` makes and both engines read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
import numpy.typing as npt

from funnelsim.engine.business import Kind
from funnelsim.engine.kernel.plan import REALISATION, Plan
from funnelsim.engine.laws import Curve
from funnelsim.engine.parameters import Parameters
from funnelsim.engine.recentring import Lane
from funnelsim.engine.stations import Stations
from funnelsim.engine.tabulate import tables_of
from funnelsim.model.case import Case
from funnelsim.model.pipeline import Deal


@dataclass(frozen=True)
class Row:
    """One line of results: all deals, or those of a group (``{"segment": "east"}``)."""

    group: dict[str, str]

    def holds(self, deal: Deal) -> bool:
        """Tell whether a deal counts in this row."""
        return all(getattr(deal, axis) == value for axis, value in self.group.items())


@dataclass(frozen=True)
class Program:
    """A lowered case.

    Parameters
    ----------
    arrays : Plan
        Everything the kernel reads except the quantile tables.
    curves : tuple of Curve
        Laws by row number, as in ``arrays.row`` and ``arrays.realisation_row``.
    parameters : Parameters
        What is drawn once per trial.
    targets : tuple
        Per stage, the names of its exits from the worst to the best.
    rows : tuple of Row
        What is told apart in results; the first is the total.
    bin_ends_days : array (bins,)
        End of each bin in days since as_of; infinite for an unlimited horizon. Period ends and target days are
        bin ends, so every period is a run of bins.
    period_last_bin : tuple of int
        The last bin of each period.
    deals : tuple of Deal
        The deals that are forecast, in the order of the arrays.
    kinds : tuple of Kind
        The ways to be new, and the class under which each one's deals begin.
    stale, left_out : tuple of str
        Ids of stale deals, and of deals in stages with ``in_forecast: no``.
    stations : Stations, optional
        Where deals wait for each other.
    recentring : tuple of Lane
        How the means of fitted tables are held under their shock.
    """

    case: Case
    arrays: Plan
    curves: tuple[Curve, ...]
    parameters: Parameters
    targets: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]
    bin_ends_days: npt.NDArray[np.float64]
    period_last_bin: tuple[int, ...]
    deals: tuple[Deal, ...]
    kinds: tuple[Kind, ...]
    kind_class: npt.NDArray[np.int64]
    stale: tuple[str, ...]
    left_out: tuple[str, ...]
    stations: Stations | None = None
    recentring: tuple[Lane, ...] = ()

    @cached_property
    def plan(self) -> Plan:
        """Return the arrays with their quantile tables, ready to be walked."""
        tables = tables_of(self.curves)
        return self.arrays._replace(tables=tables, business=self.arrays.business._replace(tables=tables))

    @property
    def largest_sum(self) -> float:
        """Return a bound, in hundredths, on what all deals can bring together; infinite if amounts have none."""
        if self.case.has_business:
            return inf
        realisation = self.case.realisation
        bound = 1.0 if realisation is None else realisation.support[1]
        # those of communication come behind the beliefs
        for parameter, belief in zip(self.parameters.parameters, self.case.beliefs, strict=False):
            if parameter.kind == REALISATION:
                bound *= belief.law.support[1] * parameter.factor
        return float((self.arrays.deal_amount * bound + 1.0).sum())

    def row_of(self, group: dict[str, str]) -> int:
        """Return the number of the row with this group."""
        return next(i for i, row in enumerate(self.rows) if row.group == group)
