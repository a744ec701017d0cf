"""Answer a case exactly: open its nodes, its chances and its sums, each when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from funnelsim.engine.exact import daily
from funnelsim.engine.exact.amounts import AS_QUOTED, Realisation, realisation_of
from funnelsim.engine.exact.book import Book, book_of, gathered
from funnelsim.engine.exact.chances import Thresholds, thresholds_of
from funnelsim.engine.exact.entries import Entries, entries_of, paid_outcomes, refuse_business
from funnelsim.engine.exact.flows import Flows, flows_of
from funnelsim.engine.exact.law import LatticeLaw, jackknife_error
from funnelsim.engine.exact.money import Sum
from funnelsim.engine.exact.nodes import Axes, Nodes, axes_of, nodes_given, nodes_of, step_for
from funnelsim.engine.exact.outcomes import Outcomes, days_of_win, lattice_error, outcomes_of
from funnelsim.engine.kernel.plan import LOST, WALKS, WON
from funnelsim.engine.lower import lower
from funnelsim.engine.parameters import Draws
from funnelsim.engine.program import Program
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case
from funnelsim.model.target import MEASURES, MONEY, Target

Floats = npt.NDArray[np.float64]
ANSWERED = tuple(name for name in MEASURES if name not in {"open_value", "customers"})
ONLY_NEW = {"new_deals", "bookings_from_new", "wins_from_new"}
HUNDREDTHS = 100.0
MAX_WORK_OF_SWINGS = 2e9
_STEEPEST = 0.4  # largest slope of a normal law, per standard deviation


def exact(case: Case, measures: Sequence[str] = ("bookings", "wins")) -> ExactLaw:
    """Work out the laws of a case without drawing anything (model page, M11).

    Parameters
    ----------
    case : Case
    measures : sequence of str
        Any of ``bookings``, ``wins`` and ``losses``, and of the parts of new business and ``cash`` in cases that
        have them.

    Returns
    -------
    ExactLaw

    Raises
    ------
    InputError
        If the case cannot be lowered.
    RefusedError
        For a shock per period, more than two dimensions of shocks, the open value, a capacity, referral, loyalty,
        payment in several instalments, or new business in a funnel of branches.

    Examples
    --------
    >>> from datetime import date
    >>> from funnelsim.model.case import Case
    >>> from funnelsim.model.funnel import Funnel, Step
    >>> from funnelsim.model.money import Money
    >>> from funnelsim.model.pipeline import Deal, Pipeline
    >>> case = Case("one", Money("CNY"), date(2026, 10, 1), Funnel.linear([Step("offer", win_rate=0.5)]),
    ...             Pipeline((Deal("a", "offer", 100.0), Deal("b", "offer", 100.0))))
    >>> round(exact(case).total("bookings").chance_at_least(100.0), 12)
    0.75
    """
    _refuse_waiting(case)
    unknown = [name for name in measures if name not in MEASURES]
    if unknown:
        raise InputError.of(f"measures {tuple(unknown)}; take {', '.join(ANSWERED)}", "measures")
    if "open_value" in measures:
        raise RefusedError(
            "the exact engine does not answer open_value, a joint law of wins and losses; use --engine simulate",
            "open_value",
        )
    refuse_business(case, measures)
    program = lower(case)
    axes = axes_of(program)
    return ExactLaw(program, tuple(measures), axes)


def exact_given(program: Program, draws: Draws, measures: Sequence[str]) -> ExactLaw:
    """Return the laws of a lowered case given each of many parameter sets (model page, M14.2).

    Raises
    ------
    RefusedError
        As from `exact`, and for fitted stages.
    """
    if program.arrays.daily is not None:
        raise RefusedError(
            "the exact engine does not join parameter sets with fitted tables; use --engine simulate", "given_tables"
        )
    _refuse_waiting(program.case)
    refuse_business(program.case, measures)
    return ExactLaw(program, tuple(measures), axes_of(program), given=draws)


def _refuse_waiting(case: Case) -> None:
    if case.capacity is not None:
        raise RefusedError(
            "with a capacity deals wait for each other, and their days have no law of their own that could be "
            "multiplied up; use --engine simulate, or leave out capacity",
            "capacity",
        )


@dataclass(frozen=True)
class ExactLaw:
    """The laws of a case per row (the total, then groups), bin of days and measure.

    Parameters
    ----------
    program : Program
    measures : tuple of str
    axes : Axes
        Which shocks are integrated, and where.
    coarser : float
        Factor on the spacing of the nodes.
    given : Draws, optional
        Parameter sets, each of which has laws of its own (`each_total`, `each_toward`) in place of those of the case.
    """

    program: Program
    measures: tuple[str, ...]
    axes: Axes
    coarser: float = 1.0
    given: Draws | None = None
    _laws: dict[tuple[str, int, int, int], LatticeLaw] = field(default_factory=dict, repr=False, compare=False)
    _given: dict[tuple[str, int, int], list[LatticeLaw]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.program.case

    def period(self, measure: str, number: int, row: int = 0) -> LatticeLaw:
        """Return the law of a measure in one period."""
        last = self.program.period_last_bin
        first = last[number - 1] + 1 if number else 0
        return self._law(measure, first, last[number], row)

    def total(self, measure: str, row: int = 0) -> LatticeLaw:
        """Return the law of a measure over the whole horizon."""
        return self._law(measure, 0, self.program.arrays.n_bins - 1, row)

    def toward(self, target: Target) -> LatticeLaw:
        """Return the law of what counts toward a target, without what is booked already."""
        return self._law(target.measure, 0, self._bin_of(target), self.program.row_of(target.group))

    def each_total(self, measure: str) -> list[LatticeLaw]:
        """Return the law of a measure over the whole horizon given each parameter set."""
        return self._each(measure, self.program.arrays.n_bins - 1, 0)

    def each_toward(self, target: Target) -> list[LatticeLaw]:
        """Return the law of what counts toward a target given each parameter set."""
        return self._each(target.measure, self._bin_of(target), self.program.row_of(target.group))

    @property
    def work(self) -> float:
        """Return about how many products the law of bookings takes."""
        return self._sum("bookings", 0, self.program.arrays.n_bins - 1, 0).work

    @property
    def n_shocks(self) -> int:
        """Return at how many values of the shocks each parameter set is worked out."""
        _, outer, inner = self._nodes.shape
        return outer * inner

    def deal_chances(self) -> tuple[Floats, Floats]:
        """Return each deal's chance of a win in the window (D,), and its p10, p50, p90 day of close (D, 3).

        A day is the whole number of days since as_of, given a win in the window; not a number where no
        win is
        possible or the horizon is unlimited.
        """
        plan = self.program.arrays
        weight = self._nodes.weight_of_all
        classes = np.arange(len(plan.class_stage))
        ever = self._won.chance(0, plan.n_bins - 1, classes)
        chance = np.einsum("cnji,nji->c", ever, weight)
        if plan.daily is None:
            days, before = days_of_win(self.program, self._nodes, self._thresholds, weight)
        else:
            days, before = daily.daily_days_of_win(self.program, self._nodes)
        close = np.full((len(classes), 3), np.nan)
        for c in np.flatnonzero((plan.class_fate == WALKS) & (chance > 0)):
            for i, p in enumerate((0.1, 0.5, 0.9)):
                if len(days):
                    at = int(np.searchsorted(before[c], p * before[c, -1] * (1 - 1e-12), side="left"))
                    close[c, i] = days[at] - 1.0
        return chance[plan.deal_class], close[plan.deal_class]

    def swing(self, target: Target, needed: float | None = None) -> Floats:
        """Return (D,) P(target | the deal forced to win in the window) - P(target | forced not to)."""
        forced = self.forced(target, needed)
        return np.asarray(forced[:, 0] - forced[:, 1])

    def forced(self, target: Target, needed: float | None = None) -> Floats:
        """Return (D, 2) P(target | the deal forced to win in the window), and P(target | forced not to).

        An intervention: given the nodes deals are independent, so the deal's law is replaced and all else kept. In
        books of many cells the deal is instead taken off the whole by its mean.

        Parameters
        ----------
        target : Target
        needed : float, optional
            What is still to come, in the unit; default: the target's amount.
        """
        row, last_bin = self.program.row_of(target.group), self._bin_of(target)
        counts = target.measure not in MONEY
        book = book_of(self.program, self.axes, row, counts_deals=counts)
        sum_ = self._sum_of(book, target.measure, 0, last_bin, row)
        level = target.amount if needed is None else needed
        if 2.0 * len(book.count) * sum_.work <= MAX_WORK_OF_SWINGS:
            per_cell = [
                (
                    self._law_of(sum_.with_one_sure(cell), target.measure).chance_at_least(level),
                    self._law_of(sum_.without_one(cell), target.measure).chance_at_least(level),
                )
                for cell in range(len(book.count))
            ]
        else:
            per_cell = self._small_moves(sum_, target, level)
        outside = [(chance := self._law_of(sum_, target.measure).chance_at_least(level), chance)]
        return np.array([*per_cell, *outside])[book.cell_of_deal]  # -1, no cell, is the last row

    def _small_moves(self, sum_: Sum, target: Target, level: float) -> list[tuple[float, float]]:
        """Return what one deal among very many moves: P(S >= K - A + E) and P(S >= K + E), E its mean part of S."""
        law = self.toward(target)
        weight = self._nodes.weight_of_all
        mean_chance = np.einsum("cnji,nji->c", sum_.chance, weight)[sum_.row_of_cell]
        share = sum_.realisation.mean / (HUNDREDTHS if target.measure in MONEY else 1.0)
        if sum_.has_factor:
            share *= float(self._nodes.weight @ self._nodes.draws.realisation)
        worth = sum_.book.amount * share
        return [
            (law.chance_at_least(level - w * (1.0 - p)), law.chance_at_least(level + w * p))
            for w, p in zip(worth, mean_chance, strict=True)
        ]

    # ---- inside

    @property
    def _is_fitted(self) -> bool:
        return self.program.arrays.daily is not None

    def _bin_of(self, target: Target) -> int:
        if target.by is None:
            return self.program.arrays.n_bins - 1
        days = (target.by - self.case.as_of).days + 1
        return int(np.searchsorted(self.program.bin_ends_days, days))

    @cached_property
    def _nodes(self) -> Nodes:
        if self.given is not None:
            return nodes_given(self.program, self.axes, self.given)
        if self._is_fitted:
            return daily.daily_nodes(self.program, self.axes, coarser=self.coarser)
        return nodes_of(self.program, self.axes, step_for(self.program), coarser=self.coarser)

    @cached_property
    def _thresholds(self) -> Thresholds:
        return thresholds_of(self.program, self._nodes)

    @cached_property
    def _won(self) -> Outcomes:
        return self._outcomes(WON)

    @cached_property
    def _lost(self) -> Outcomes:
        return self._outcomes(LOST)

    def _outcomes(self, outcome: int) -> Outcomes:
        if self._is_fitted:
            return daily.daily_outcomes(self.program, self._nodes, outcome)
        return outcomes_of(self.program, self._nodes, self._thresholds, outcome)

    def _moved(self, outcome: int) -> Floats:
        if self._is_fitted:  # fitted stages run on whole days, as the bins do
            return np.zeros((len(self.program.arrays.class_stage), self.program.arrays.n_bins))
        return lattice_error(self.program, self._nodes, self._thresholds, outcome)

    @cached_property
    def _moved_wins(self) -> Floats:
        return self._moved(WON)

    @cached_property
    def _moved_losses(self) -> Floats:
        return self._moved(LOST)

    @cached_property
    def _realisation(self) -> Realisation:
        row = self.program.arrays.realisation_row
        return AS_QUOTED if row < 0 else realisation_of(self.program.curves[row])

    def _sum(self, measure: str, first_bin: int, last_bin: int, row: int, *, check: bool = True) -> Sum:
        if check and measure not in self.measures:
            raise InputError.of(f"'{measure}' was not asked for; there are {', '.join(self.measures)}", "measures")
        counts = measure not in MONEY
        is_new = measure in ONLY_NEW
        book = book_of(self.program, self.axes, row, counts_deals=counts, is_empty=is_new)
        return self._sum_of(book if counts else gathered(book), measure, first_bin, last_bin, row)

    def _sum_of(self, book: Book, measure: str, first_bin: int, last_bin: int, row: int) -> Sum:
        outcomes = self._lost if measure == "losses" else self._paid if measure == "cash" else self._won
        classes, where = np.unique(book.class_, return_inverse=True)
        chance = outcomes.chance(first_bin, last_bin, classes)
        realisation = self._realisation if measure in MONEY else AS_QUOTED
        flows = None
        if self.case.sources and not measure.endswith("_from_open"):
            flows = self._flows(measure, first_bin, last_bin, row)
        return Sum(book, chance, where.ravel(), self._nodes, realisation, measure in MONEY, flows)

    def _flows(self, measure: str, first_bin: int, last_bin: int, row: int) -> Flows | None:
        """Return the new business of a row that counts in a run of bins."""
        held, counts = self.program.rows[row], measure not in MONEY
        if self._is_fitted:
            return daily.daily_flows(
                self.program, held, self._daily_entries.chance_of(measure, first_bin, last_bin), counts=counts
            )
        chance = self._entries.chance_of(measure, first_bin, last_bin)
        return flows_of(self.program, self._nodes, held, chance, counts=counts)

    @cached_property
    def _daily_entries(self) -> daily.Entries:
        return daily.daily_entries(self.program, self._nodes)

    @cached_property
    def _entries(self) -> Entries:
        return entries_of(self.program, self._nodes, self._thresholds)

    @cached_property
    def _paid(self) -> Outcomes:
        return paid_outcomes(self.program, self._nodes, self._thresholds, self._won)

    def _each(self, measure: str, last_bin: int, row: int) -> list[LatticeLaw]:
        key = (measure, last_bin, row)
        if key not in self._given:
            self._given[key] = self._worked_out_given(measure, last_bin, row)
        return self._given[key]

    def _worked_out_given(self, measure: str, last_bin: int, row: int) -> list[LatticeLaw]:
        unit = HUNDREDTHS if measure in MONEY else 1.0
        sum_ = self._sum(measure, 0, last_bin, row)
        moments = sum_.moments()
        points, pmf, step = sum_.law(moments)
        pmf = np.maximum(pmf[1:], 0.0)
        pmf /= pmf.sum(axis=1, keepdims=True)
        none = np.empty((0, len(points)))
        return [
            LatticeLaw(points / unit, own, float(mean) / unit, np.nan, step / unit, none)
            for own, mean in zip(pmf, moments.means_without, strict=True)
        ]

    def _law(self, measure: str, first_bin: int, last_bin: int, row: int) -> LatticeLaw:
        key = (measure, first_bin, last_bin, row)
        if key not in self._laws:
            self._laws[key] = self._worked_out(measure, first_bin, last_bin, row)
        return self._laws[key]

    def _worked_out(self, measure: str, first_bin: int, last_bin: int, row: int) -> LatticeLaw:
        law = self._law_of(self._sum(measure, first_bin, last_bin, row), measure)
        if self.coarser > 1.0:
            return law
        slack = self._slack(measure, first_bin, last_bin, row)
        if self.axes.has_stretch or (self._is_fitted and daily.is_thinned(self.program)):
            # a stay that is an atom jumps over a boundary somewhere between two nodes: measure what that leaves
            slack += 3.0 * law.distance_to(self._twin._law(measure, first_bin, last_bin, row))
        return replace(law, slack=slack)

    @cached_property
    def _twin(self) -> ExactLaw:
        """Return the same law from nodes twice as far apart."""
        return ExactLaw(self.program, self.measures, self.axes, coarser=2.0)

    def _law_of(self, sum_: Sum, measure: str) -> LatticeLaw:
        unit = HUNDREDTHS if measure in MONEY else 1.0
        moments = sum_.moments()
        points, pmf, step = sum_.law(moments)
        pmf = np.maximum(pmf, 0.0)
        pmf /= pmf.sum(axis=1, keepdims=True)
        return LatticeLaw(
            points / unit,
            pmf[0],
            moments.mean / unit,
            moments.sd / unit,
            step / unit,
            pmf[1:],
            jackknife_error(moments.means_without) / unit,
        )

    def _slack(self, measure: str, first_bin: int, last_bin: int, row: int) -> float:
        """Return the error of chances that the lattice of days leaves: how far it moves the count, in its sd."""
        moved = self._moved_losses if measure == "losses" else self._moved_wins
        in_run = moved[:, last_bin] + (moved[:, first_bin - 1] if first_bin else 0.0)
        sum_ = self._sum("losses" if measure == "losses" else "wins", first_bin, last_bin, row, check=False)
        n, outer, inner = self._nodes.shape
        chance = sum_.chance[sum_.row_of_cell, n // 2, outer // 2, inner // 2]
        count = sum_.book.count
        sd = float(np.sqrt(count @ (chance * (1.0 - chance))))
        return min(float(count @ in_run[sum_.book.class_]) * _STEEPEST / sd, 1.0) if sd > 0 else 0.0
