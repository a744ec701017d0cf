"""Chances of new deals, and of the money of won ones, in runs of bins; and what of it has no closed form here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.exact.cash_days import arrival_days, due_ends, entry_shares, straight_days
from funnelsim.engine.exact.chances import Thresholds, linear_win_chances
from funnelsim.engine.exact.clock import finite_share
from funnelsim.engine.exact.nodes import Nodes
from funnelsim.engine.exact.outcomes import Clocks, Outcomes, clocks_of, is_linear, lattice_of
from funnelsim.engine.program import Program
from funnelsim.errors import RefusedError
from funnelsim.model.case import Case

Floats = npt.NDArray[np.float64]


def refuse_business(case: Case, measures: Sequence[str]) -> None:
    """Raise, with the reason, where new business or payment has no closed form here."""
    key, reason = "", ""
    if case.referral or case.loyalty:
        key, reason = "returning", "customers who refer or buy again make a branching process of it"
    elif case.payment and len(case.payment.instalments) > 1:
        key, reason = "instalments", "several instalments of one deal hang together, and are not independent"
    elif case.payment and case.fitted is not None:
        key, reason = "paid_tables", "payment after the wins of fitted tables is not worked out"
    elif (case.sources or case.payment) and not case.funnel.is_linear and case.fitted is None:
        key, reason = "branches", "new business and payment are worked out for straight funnels only"
    elif case.sources and case.shock.by:
        key, reason = "grouped_shock", "new business under shocks by segment, owner or source is not worked out"
    elif case.payment and case.shock.stays is not None:
        key, reason = (
            "paid_stays",
            "a shock on stays does not act on the time to pay, so the two do not add up on one clock",
        )
    elif case.sources and "losses" in measures:
        key, reason = "new_losses", "losses of new deals are not worked out"
    if reason:
        raise RefusedError(f"the exact engine does not answer this case: {reason}; use --engine simulate", key)


@dataclass(frozen=True)
class Entries:
    """When deals of each arrival enter, are won, and pay.

    Parameters
    ----------
    ever : array (arrival, n, J, I)
        Chance of a new deal to be won at all.
    won, paid : array (arrival, clock, bin)
        Chance, if won, that the win or the money comes before each end; `paid` counts what is never paid.
    entered : array (arrival, bin)
    clock : int array (n, J)
    """

    ever: Floats
    won: Floats
    paid: Floats
    entered: Floats
    clock: npt.NDArray[np.int64]

    def chance_of(self, measure: str, first_bin: int, last_bin: int) -> Floats:
        """Return (arrival, n, J, I): the chance of a new deal to count in a run of bins."""
        if measure == "new_deals":
            share = self.entered[:, last_bin] - (self.entered[:, first_bin - 1] if first_bin else 0.0)
            return np.asarray(np.ones_like(self.ever) * share[:, None, None, None])
        before = self.paid if measure == "cash" else self.won
        share = before[..., last_bin] - (before[..., first_bin - 1] if first_bin else 0.0)
        return np.asarray(self.ever * np.maximum(share, 0.0)[:, self.clock][..., None])


def entries_of(program: Program, nodes: Nodes, thresholds: Thresholds) -> Entries:
    """Return the chances of all arrivals of a straight funnel."""
    _refuse_branches(program)
    plan = program.arrays
    classes = program.kind_class[plan.business.arrivals.kind]
    clocks, lattice = clocks_of(program, nodes), lattice_of(program, nodes)
    ever = linear_win_chances(program, nodes, thresholds)[classes]
    ends, kept = program.bin_ends_days, _share_paid(program)
    if lattice is None:
        share = np.array([_finite(program, clocks, int(c)) for c in classes]).reshape(len(classes), -1, 1)
        return Entries(ever, share, share * kept, np.ones((len(classes), 1)), clocks.of_node)
    won = arrival_days(program, clocks, classes, lattice, ends, pays=False)
    paid = won
    if program.case.payment is not None:
        paid = kept * arrival_days(program, clocks, classes, lattice, due_ends(program, ends), pays=True)
    return Entries(ever, won, paid, entry_shares(program, ends), clocks.of_node)


def paid_outcomes(program: Program, nodes: Nodes, thresholds: Thresholds, won: Outcomes) -> Outcomes:
    """Return when the money of open deals comes in; of stale ones nothing does."""
    _refuse_branches(program)
    if won.ever is None:
        raise RefusedError(
            "the exact engine works out payment for straight funnels only; use --engine simulate", "branches"
        )
    clocks, lattice, kept = clocks_of(program, nodes), lattice_of(program, nodes), _share_paid(program)
    if lattice is None:
        return Outcomes(won.ever, won.before * kept, won.clock)
    classes = np.arange(len(program.arrays.class_stage))
    before = straight_days(program, clocks, classes, lattice, due_ends(program, program.bin_ends_days), pays=True)
    return Outcomes(won.ever, kept * before, won.clock)


def _share_paid(program: Program) -> float:
    payment = program.case.payment
    return 1.0 if payment is None else (1.0 - payment.never) * (1.0 - payment.instalments[0].never)


def _finite(program: Program, clocks: Clocks, c: int) -> list[float]:
    plan = program.arrays
    stage = int(plan.class_stage[c])
    curves = [program.curves[plan.row[s, k]] for s, k in enumerate(plan.n_exits - 1)][stage:]
    return [float(np.prod([finite_share(curve, 1.0, 0.0) for curve in curves]))] * len(clocks.stretch)


def _refuse_branches(program: Program) -> None:
    if not is_linear(program):
        raise RefusedError(
            "the exact engine does not answer this case: a stage has no way onward, and new business and payment are "
            "worked out for straight funnels only; use --engine simulate",
            "branches",
        )
