"""What every trial did, and how it was made (model page, M10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import Tally
from funnelsim.engine.lining import Waiting
from funnelsim.engine.program import Program
from funnelsim.model.case import Case
from funnelsim.model.target import MONEY, STOCKS, Target

if TYPE_CHECKING:
    import pyarrow as pa

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ensemble:
    """Results per row (the total, then groups), bin of days, and trial.

    Parameters
    ----------
    program : Program
    seed, trials : int
    measures : tuple of str
        What can be asked for: names of `funnelsim.model.target.MEASURES`.
    bookings : int array (row, bin, trial)
        Signed money in whole hundredths of the case's unit; 32 bits where no sum can exceed them.
    wins, losses : int array (row, bin, trial)
    closed : int array (row, bin, trial)
        Quoted value, in hundredths, of deals that ended in the bin, less that of new deals that entered in it; empty
        unless all measures were asked for.
    tally : Tally, optional
        What new business and payment add, in cases that have them.
    waiting : Waiting, optional
        Where the case states a capacity.
    """

    program: Program
    seed: int
    trials: int
    measures: tuple[str, ...]
    bookings: Ints | npt.NDArray[np.int32]
    wins: npt.NDArray[np.int32]
    losses: npt.NDArray[np.int32]
    closed: Ints
    tally: Tally | None = None
    waiting: Waiting | None = None

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.program.case

    def total(self, measure: str, row: int = 0) -> Ints:
        """Return (trial,) the measure over the whole horizon; money in hundredths."""
        return self.upto(measure, self.bookings.shape[1] - 1, row)

    def period(self, measure: str, number: int, row: int = 0) -> Ints | npt.NDArray[np.int32]:
        """Return (trial,) the measure in one period; for a stock its value at the period's end."""
        last = self.program.period_last_bin
        if measure in STOCKS:
            return self.upto(measure, last[number], row)
        first = last[number - 1] + 1 if number else 0
        bins = self._bins(measure, row, first, last[number])
        return _added(bins) if len(bins) > 1 else bins[0]

    def upto(self, measure: str, bin_: int, row: int = 0) -> Ints:
        """Return (trial,) the measure from as_of to the end of a bin; for a stock its value then."""
        so_far = _added(self._bins(measure, row, 0, bin_))
        if measure == "open_value":
            return np.asarray(self._quoted(row) - so_far)
        return np.asarray(self._customers_now(row) + so_far if measure == "customers" else so_far)

    def toward(self, target: Target) -> Ints:
        """Return (trial,) what counts toward a target, without what is booked already."""
        bin_ = self.bookings.shape[1] - 1
        if target.by is not None:
            days = (target.by - self.case.as_of).days + 1
            bin_ = int(np.searchsorted(self.program.bin_ends_days, days))
        return self.upto(target.measure, bin_, self.program.row_of(target.group))

    def step(self, measure: str) -> int:
        """Return a whole number of hundredths (or wins) that divides every value of the measure."""
        varies = self.case.has_business or (measure == "bookings" and self.program.arrays.amounts_vary)
        if measure not in {"bookings", "open_value"} or varies:
            return 1
        quoted = np.floor(self.program.arrays.deal_amount + 0.5).astype(np.int64)
        return int(np.gcd.reduce(quoted)) or 1

    def table(self) -> pa.Table:
        """Return one row per trial: each measure in total and per period, money in the case's unit."""
        import pyarrow as pa

        columns: dict[str, npt.NDArray[np.generic]] = {"trial": np.arange(self.trials)}
        for measure in self.measures:
            scale = 100.0 if measure in MONEY else 1
            named: list[tuple[str, npt.NDArray[np.integer]]] = [("total", self.total(measure))]
            named += [(p.label, self.period(measure, i)) for i, p in enumerate(self.case.periods)]
            columns |= {f"{measure}_{label}": values / scale if scale != 1 else values for label, values in named}
        return pa.table(columns)

    def _bins(self, measure: str, row: int, first: int, last: int) -> Ints | npt.NDArray[np.int32]:
        """Return (bin, trial) what happened in a run of bins."""
        run = slice(first, last + 1)
        if self.tally is not None and measure.endswith("_from_open"):
            every = self._bins(measure.removesuffix("_from_open"), row, first, last)
            return np.asarray(every - self._bins(measure.replace("_open", "_new"), row, first, last))
        flows = {"bookings": self.bookings, "wins": self.wins, "losses": self.losses, "open_value": self.closed}
        if self.tally is not None:
            tally = self.tally
            flows |= {
                "new_deals": tally.new_deals,
                "bookings_from_new": tally.new_bookings,
                "wins_from_new": tally.new_wins,
                "cash": tally.cash,
                "customers": tally.customers,
            }
        return flows[measure][row, run]

    def _customers_now(self, row: int) -> int:
        loyalty, held = self.case.loyalty, self.program.rows[row]
        n_sources = len(self.case.sources)
        stand_ins = [kind.deal for kind in self.program.kinds[n_sources:]]
        base = loyalty.base if loyalty else ()
        return sum(b.customers for b, deal in zip(base, stand_ins, strict=False) if held.holds(deal))

    def _quoted(self, row: int) -> int:
        held = self.program.rows[row]
        return sum(int(np.floor(deal.amount * 100 + 0.5)) for deal in self.program.deals if held.holds(deal))


def _added(bins: npt.NDArray[np.int64] | npt.NDArray[np.int32]) -> Ints:
    """Return (trial,) the sum over bins; one bin is handed on as it is."""
    return np.asarray(bins.sum(axis=0, dtype=np.int64))
