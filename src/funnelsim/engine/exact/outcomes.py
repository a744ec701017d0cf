"""The chance of every class, at every node, to end in a run of bins.

In a linear funnel the day of a win, given a win, depends neither on the chances nor on the shock:
chance and clock
multiply. Elsewhere, and for losses, the transform of the whole graph is solved at every node.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from funnelsim.engine.exact.chances import Thresholds, exits_at, linear_win_chances
from funnelsim.engine.exact.clock import Lattice, finite_share, lattice_for, linear_clock
from funnelsim.engine.exact.nodes import Nodes
from funnelsim.engine.exact.transform import circle_for, passage
from funnelsim.engine.kernel.plan import LOST, STALE_LOST, STALE_OPEN, WON
from funnelsim.engine.program import Program
from funnelsim.errors import RefusedError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_MAX_NUMBERS = 1 << 28
N_DAYS_READ = 400


@dataclass(frozen=True)
class Outcomes:
    """Chances to have ended before each end of a bin.

    Parameters
    ----------
    ever : array (class, n, J, I), or None
        Chance of the end at all, and then `before` is (class, clock, bin), the law of its day.
    before : array (class, clock, bin), or (class, n, J, I, bin) where `ever` is None
    clock : int array (n, J)
        Which clock a node reads.
    """

    ever: Floats | None
    before: Floats
    clock: Ints

    def chance(self, first_bin: int, last_bin: int, classes: Ints) -> Floats:
        """Return (class, n, J, I): the chance to end in the bins from `first_bin` to `last_bin`."""
        if self.ever is None:
            upto = self.before[classes, ..., last_bin]
            return np.asarray(np.maximum(upto - self.before[classes, ..., first_bin - 1], 0.0)) if first_bin else upto
        share = self.before[classes, :, last_bin]
        if first_bin:
            share = np.maximum(share - self.before[classes, :, first_bin - 1], 0.0)
        return np.asarray(self.ever[classes] * share[:, self.clock][..., None])


@dataclass(frozen=True)
class Clocks:
    """The different ways time runs: a factor per stage and a factor on all that is to come."""

    scale: Floats  # (clock, stage)
    stretch: Floats  # (clock,)
    of_node: Ints  # (n, J)


def clocks_of(program: Program, nodes: Nodes) -> Clocks:
    """Return the clocks that the nodes need, each once."""
    n, outer, _ = nodes.shape
    scale = np.repeat(nodes.draws.time, outer, axis=0)
    rows = np.concatenate([scale, nodes.stretch.reshape(-1, 1)], axis=1)
    found, of_row = np.unique(rows, axis=0, return_inverse=True)
    return Clocks(found[:, :-1], found[:, -1], of_row.reshape(n, outer))


def outcomes_of(program: Program, nodes: Nodes, thresholds: Thresholds, outcome: int) -> Outcomes:
    """Return when and with what chance every class ends in `outcome` (WON or LOST)."""
    plan = program.arrays
    if is_linear(program) and outcome == WON:
        found = _linear(program, nodes, thresholds)
    else:
        size = len(plan.class_stage) * nodes.shock.size * len(program.bin_ends_days)
        if size > _MAX_NUMBERS:
            raise RefusedError(
                f"the exact engine needs {size:,} chances for this funnel of branches; use --engine simulate",
                "large_graph",
            )
        clocks, before = clocks_of(program, nodes), np.empty((*nodes_shape(program, nodes), plan.n_bins))
        for index, chances in _graph(program, nodes, thresholds, outcome, clocks, None):
            before[:, clocks.of_node == index] = chances
        found = Outcomes(None, before, clocks.of_node)
    for fate, sure in ((STALE_LOST, float(outcome == LOST)), (STALE_OPEN, 0.0)):
        stale = plan.class_fate == fate
        found.before[stale] = sure
        if found.ever is not None:
            found.ever[stale] = sure
    return found


def nodes_shape(program: Program, nodes: Nodes) -> tuple[int, int, int, int]:
    """Return (class, n, J, I)."""
    return (len(program.arrays.class_stage), *nodes.shape)


def is_linear(program: Program) -> bool:
    """Tell whether the best exit of every stage leads to the next one, and no other exit leads to a win."""
    plan = program.arrays
    best = plan.target[np.arange(len(plan.n_exits)), plan.n_exits - 1]
    onward = np.append(np.arange(1, len(best)), WON)
    return bool(plan.is_linear) and bool((best == onward).all())


def lattice_of(program: Program, nodes: Nodes) -> Lattice | None:
    """Return the lattice of days, or None where the horizon is unlimited and no clock is needed."""
    return None if program.arrays.end_days == inf else lattice_for(program.arrays.end_days, nodes.blur)


# ---- linear funnels


def _linear(program: Program, nodes: Nodes, thresholds: Thresholds) -> Outcomes:
    clocks = clocks_of(program, nodes)
    before = linear_days(program, clocks, lattice_of(program, nodes), program.bin_ends_days)
    return Outcomes(linear_win_chances(program, nodes, thresholds), before, clocks.of_node)


def linear_days(program: Program, clocks: Clocks, lattice: Lattice | None, ends: Floats) -> Floats:
    """Return (class, clock, end): P(day of win < end | won)."""
    plan = program.arrays
    best = plan.n_exits - 1
    curves = [program.curves[plan.row[stage, k]] for stage, k in enumerate(best)]
    classes = [(int(s), float(a)) for s, a in zip(plan.class_stage, plan.class_age, strict=True)]
    found = np.empty((len(classes), len(clocks.stretch), len(ends)))
    for i, (scale, stretch) in enumerate(zip(clocks.scale, clocks.stretch, strict=True)):
        if lattice is not None:
            found[:, i] = linear_clock(curves, classes, scale, float(stretch), lattice, ends)
            continue
        for c, (stage, age) in enumerate(classes):
            later = [finite_share(curve, 1.0, 0.0) for curve in curves[stage + 1 :]]
            found[c, i] = finite_share(curves[stage], float(scale[stage]), age) * float(np.prod(later))
    return found


# ---- any graph


def _graph(
    program: Program,
    nodes: Nodes,
    thresholds: Thresholds,
    outcome: int,
    clocks: Clocks,
    ends: Floats | None,
    weight: Floats | None = None,
    finer: bool = False,
) -> Iterator[tuple[int, Floats]]:
    """Yield each clock with (class, node, I, bin), or with a `weight` (n, J, I) its sums (class, end)."""
    plan = program.arrays
    lattice = lattice_of(program, nodes)
    lattice = lattice.finer if lattice is not None and finer else lattice
    at = program.bin_ends_days if ends is None else ends
    circle = None if lattice is None else circle_for(lattice, at)
    profile_of_class = plan.lane_profile[plan.class_lane]
    n_stages, n_classes, inner = len(plan.n_exits), len(plan.class_stage), nodes.shape[2]
    for index, (scale, stretch) in enumerate(zip(clocks.scale, clocks.stretch, strict=True)):
        here = clocks.of_node == index
        n_nodes = int(here.sum())
        found = np.zeros((n_classes, n_nodes * inner if weight is None else 1, len(at)))
        own_weight = None if weight is None else weight[here].ravel()
        for profile in range(len(plan.tilt)):
            members = np.flatnonzero(profile_of_class == profile)
            if not len(members):
                continue
            exits = [
                _points(thresholds.of_stage[profile, s], thresholds.scale, nodes, int(plan.n_exits[s]), here)
                for s in range(n_stages)
            ]
            classes = []
            for c in members:
                stage = int(plan.class_stage[c])
                first = _points(thresholds.of_class[c], thresholds.scale, nodes, int(plan.n_exits[stage]), here)
                classes.append((stage, float(plan.class_age[c]), first))
            if circle is None:
                found[members] = _in_the_end(program, outcome, exits, classes, scale, own_weight)[..., None]
            else:
                found[members] = passage(program, outcome, exits, classes, scale, float(stretch), circle, own_weight)
        yield index, found.reshape(n_classes, n_nodes, inner, -1) if weight is None else found[:, 0]


def _points(threshold: Floats, scale: Floats, nodes: Nodes, n_exits: int, here: npt.NDArray[np.bool_]) -> Floats:
    return exits_at(threshold, scale, nodes.shock, n_exits)[:, here].reshape(n_exits, -1)


def _in_the_end(
    program: Program,
    outcome: int,
    exits: list[Floats],
    classes: list[tuple[int, float, Floats]],
    scale: Floats,
    weight: Floats | None,
) -> Floats:
    """Return (class, point): the chance to end in `outcome`, however late; (I - P)^-1 b."""
    plan = program.arrays
    n_stages, n_points = len(exits), exits[0].shape[1]
    matrix = np.repeat(np.eye(n_stages)[None], n_points, axis=0)
    right = np.zeros((n_points, n_stages))

    def ends_at_all(stage: int, k: int, age: float) -> float:
        return finite_share(program.curves[plan.row[stage, k]], float(scale[stage]), age)

    for stage, chances in enumerate(exits):
        for k, chance in enumerate(chances):
            to = int(plan.target[stage, k])
            if to >= 0:
                matrix[:, stage, to] -= chance * ends_at_all(stage, k, 0.0)
            elif to == outcome:
                right[:, stage] += chance * ends_at_all(stage, k, 0.0)
    ahead = np.linalg.solve(matrix, right[..., None])[..., 0].T
    found = np.zeros((len(classes), n_points))
    for i, (stage, age, first) in enumerate(classes):
        for k, chance in enumerate(first):
            to = int(plan.target[stage, k])
            if to >= 0 or to == outcome:
                found[i] += chance * ends_at_all(stage, k, age) * (ahead[to] if to >= 0 else 1.0)
    return found if weight is None else (found @ weight)[:, None]


# ---- errors and days


def lattice_error(program: Program, nodes: Nodes, thresholds: Thresholds, outcome: int) -> Floats:
    """Return (class, bin): how far chances at the middle node move if the lattice of days is made twice as fine."""
    lattice, all_clocks = lattice_of(program, nodes), clocks_of(program, nodes)
    if lattice is None:
        return np.zeros((len(program.arrays.class_stage), 1))
    n, outer, inner = nodes.shape
    of_node = np.full((n, outer), -1)
    of_node[n // 2, outer // 2] = 0
    index = all_clocks.of_node[n // 2, outer // 2]
    one = Clocks(all_clocks.scale[index : index + 1], all_clocks.stretch[index : index + 1], of_node)
    if is_linear(program) and outcome == WON:
        coarse, fine = (
            linear_days(program, one, grid, program.bin_ends_days)[:, 0] for grid in (lattice, lattice.finer)
        )
        ever = linear_win_chances(program, nodes, thresholds)[:, n // 2, outer // 2, inner // 2]
        return np.asarray(np.abs(coarse - fine) * ever[:, None])
    both = [
        found[:, 0, inner // 2]
        for finer in (False, True)
        for _, found in _graph(program, nodes, thresholds, outcome, one, None, finer=finer)
    ]
    return np.asarray(np.abs(both[0] - both[1]))


def days_of_win(program: Program, nodes: Nodes, thresholds: Thresholds, weight: Floats) -> tuple[Floats, Floats]:
    """Return whole days (E,) and (class, E): P(win before that day), averaged with `weight` (n, J, I)."""
    clocks, lattice = clocks_of(program, nodes), lattice_of(program, nodes)
    if lattice is None:
        return np.empty(0), np.empty((len(program.arrays.class_stage), 0))
    last = round(lattice.end_days)
    if is_linear(program):
        days = np.arange(1.0, last + 1)
        ever = linear_win_chances(program, nodes, thresholds) * weight
        of_node = clocks.of_node.ravel()
        per_clock = np.stack([np.bincount(of_node, own.sum(axis=2).ravel(), len(clocks.stretch)) for own in ever])
        total = np.zeros((len(ever), len(days)))
        for i in range(len(clocks.stretch)):
            one = Clocks(clocks.scale[i : i + 1], clocks.stretch[i : i + 1], clocks.of_node)
            total += per_clock[:, i : i + 1] * linear_days(program, one, lattice, days)[:, 0]
        return days, total
    days = np.unique(np.rint(np.linspace(1.0, last, min(last, N_DAYS_READ))))
    total = np.zeros((len(program.arrays.class_stage), len(days)))
    for _, sums in _graph(program, nodes, thresholds, WON, clocks, days, weight):
        total += sums
    return days, total
