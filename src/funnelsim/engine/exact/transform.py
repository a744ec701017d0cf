"""Graphs with branches and returns: the transform of the time to an end, g(z) = (I - P(z))^-1 b(z).

P(z) holds p_ij f_ij(z), f the transform of the stay's law on the lattice. Masses are damped by r^k,
r^size = 1e-10,
so that what wraps around the circle is at most that. The system is solved by elimination without
pivots, for all
nodes and frequencies at once: damping keeps the row sums of |P| below one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.exact.clock import Days, Lattice, stay_law
from funnelsim.engine.kernel.plan import LOST, PARKED
from funnelsim.engine.laws import Curve, StepCurve
from funnelsim.engine.program import Program

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]
_WRAP = 1e-10
_ELEMENTS_PER_BLOCK = 1 << 18


@dataclass(frozen=True)
class Circle:
    """The frequencies of a lattice, and the weights that read P(T < end) off a transform.

    Parameters
    ----------
    halved, strict : complex array (frequency, end)
        With half of the mass at the end itself counted, and with none.
    """

    lattice: Lattice
    size: int
    damping: Floats
    halved: Complexes
    strict: Complexes

    def transform(self, mass: Floats) -> Complexes:
        """Return the transform of a mass per lattice point."""
        return np.fft.rfft(mass * self.damping, self.size)


def circle_for(lattice: Lattice, ends: Floats) -> Circle:
    """Return the circle on which laws up to the end of the lattice are multiplied."""
    size = 1 << (2 * lattice.n - 1).bit_length()
    k = np.arange(lattice.n)
    damping = _WRAP ** (k / size)
    at = np.rint(ends * lattice.per_day).astype(np.int64)
    strict = (k[:, None] < at) / damping[:, None]
    at_end = (k[:, None] == at) * 0.5 / damping[:, None]
    twice = np.full((size // 2 + 1, 1), 2.0 / size)
    twice[0] = twice[-1] = 1.0 / size
    # sum_j c_j g_j = Re sum_w conj(C_w) g_w, C the transform of c
    strict_weights = np.fft.rfft(strict, size, axis=0).conj() * twice
    halved = strict_weights + np.fft.rfft(at_end, size, axis=0).conj() * twice
    return Circle(lattice, size, damping, halved, strict_weights)


def passage(
    program: Program,
    outcome: int,
    exits: Sequence[Floats],
    classes: Sequence[tuple[int, float, Floats]],
    scale: Floats,
    stretch: float,
    circle: Circle,
    weight: Floats | None = None,
) -> Floats:
    """Return (class, point, end): P(the end `outcome` comes before the day `end`).

    With a `weight` per point the weighted sum over points is returned, as (class, 1, end).

    Parameters
    ----------
    outcome : int
        WON or LOST.
    exits : sequence of arrays (K, points)
        Per stage, the chances of a fresh visit's exits.
    classes : sequence of (stage, age, exits (K, points))
    """
    plan = program.arrays
    n_points = exits[0].shape[1]
    found = np.zeros((len(classes), n_points if weight is None else 1, circle.halved.shape[1]))
    laws = [_laws(program, stage, 0.0, scale, stretch, circle.lattice) for stage in range(len(exits))]
    firsts: dict[tuple[int, float], list[Days]] = {}
    for stage, age, _ in classes:
        if (stage, age) not in firsts:
            firsts[stage, age] = _laws(program, stage, age, scale, stretch, circle.lattice)
    for atomic in (False, True):
        if atomic and not any(law.is_atomic for stage in laws for law in stage):
            break
        # all paths with half of the mass at an end; then paths of atoms alone lose that half
        read = circle.strict - circle.halved if atomic else circle.halved
        steps = [[_transform(law, circle, atomic) for law in stage] for stage in laws]
        starts = {key: [_transform(law, circle, atomic) for law in found_laws] for key, found_laws in firsts.items()}
        block = max(1, _ELEMENTS_PER_BLOCK // len(circle.halved))
        for low in range(0, n_points, block):
            part = slice(low, low + block)
            ahead = _solve(plan.target, [e[:, part] for e in exits], steps, outcome)
            for i, (stage, age, first) in enumerate(classes):
                for k, start in enumerate(starts[stage, age]):
                    to = int(plan.target[stage, k])
                    if start is None or not first[k, part].any() or (to < 0 and to != outcome):
                        continue
                    weights, chance = start[:, None] * read, first[k, part]
                    if weight is not None:
                        chance = chance * weight[part]
                        whole = (chance @ ahead[to]) @ weights if to >= 0 else chance.sum() * weights.sum(axis=0)
                        found[i, 0] += whole.real
                        continue
                    whole = ahead[to] @ weights if to >= 0 else weights.sum(axis=0)[None]
                    found[i, part] += chance[:, None] * whole.real
    return np.clip(found, 0.0, 1.0)


def _laws(program: Program, stage: int, age: float, scale: Floats, stretch: float, lattice: Lattice) -> list[Days]:
    rows = program.arrays.row[stage, : program.arrays.n_exits[stage]]
    return [_finite(program.curves[row], float(scale[stage]), age, stretch, lattice) for row in rows]


def _finite(curve: Curve, scale: float, age: float, stretch: float, lattice: Lattice) -> Days:
    if isinstance(curve, StepCurve) and not np.isfinite(curve.values).any():
        return Days(np.empty(0), np.empty(0))
    return stay_law(curve, scale, max(age, 0.0), stretch, lattice)


def _transform(law: Days, circle: Circle, atomic: bool) -> Complexes | None:
    if atomic and not law.is_atomic:
        return None
    return circle.transform(law.on(circle.lattice))


def _solve(
    target: npt.NDArray[np.int64],
    exits: Sequence[Floats],
    steps: Sequence[Sequence[Complexes | None]],
    outcome: int,
) -> list[Complexes]:
    """Return g (stage)(point, frequency) by elimination from the last stage to the first, then back."""
    n_stages = len(exits)
    shape = (exits[0].shape[1], next(len(s) for stage in steps for s in stage if s is not None))
    rows: list[dict[int, Complexes]] = []
    right = [np.zeros(shape, complex) for _ in range(n_stages)]
    for stage in range(n_stages):
        row: dict[int, Complexes] = {}
        for k, step in enumerate(steps[stage]):
            to = int(target[stage, k])
            if step is None or to == PARKED or not exits[stage][k].any() or (to == LOST and outcome != LOST):
                continue
            term = exits[stage][k][:, None] * step
            if to >= 0:
                row[to] = row[to] + term if to in row else term
            elif to == outcome:
                right[stage] += term
        rows.append(row)
    # stage m is put into every row that leads to it: g_m = (right_m + sum_j row_m[j] g_j) / (1 - row_m[m])
    for m in range(n_stages - 1, -1, -1):
        own = rows[m].pop(m, None)
        if own is not None:
            inverse = 1.0 / (1.0 - own)
            right[m] = right[m] * inverse
            rows[m] = {j: term * inverse for j, term in rows[m].items()}
        for i in range(n_stages):
            through = rows[i].pop(m, None) if i != m else None
            if through is None:
                continue
            right[i] = right[i] + through * right[m]
            for j, term in rows[m].items():
                rows[i][j] = rows[i][j] + through * term if j in rows[i] else through * term
    return right
