"""Where the law is worked out: points of beliefs, and under each a grid of shocks.

The axes of every array here are (belief point, outer shock, inner shock). Shocks shared by all deals
are outer;
the shock of one grouping is inner, since given the outer ones its groups are independent and their
transforms
multiply. Two nested groupings without a shared shock put the coarser one outside.

Shocks are integrated by the trapezoid rule on [-8, 8]: for smooth integrands under a normal weight its
error falls
faster than any power of the step, also on a shifted grid. Under beliefs each point has its own shift
and a wider
step, and the spread over replicates tells the error.

A single belief is a line, not a cube, and is integrated as a shock is: by the trapezoid rule over its normal score.
Its even and its odd points are then the replicates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.engine.kernel.plan import CONVERSION, RHO
from funnelsim.engine.parameters import Draws, Parameters
from funnelsim.engine.program import Program
from funnelsim.engine.quasirandom import points
from funnelsim.errors import RefusedError

Floats = npt.NDArray[np.float64]
N_REPLICATES = 4
N_POINTS_PER_REPLICATE = 64
REACH = 8.0
_REACH_UNDER_BELIEFS = 5.5
_WIDEST_ON_A_LINE = 0.1
_NARROWEST_ON_A_LINE = 0.02


@dataclass(frozen=True)
class Axes:
    """Which shock is integrated where.

    Parameters
    ----------
    has_market, has_stretch : bool
        Whether the market's shock and the shock on stays act.
    joint : bool
        Whether these two are one and the same (correlated by 1 or -1).
    outer, inner : int
        Number of the grouping (1 is the first one) whose shock is outer or inner; 0 for none.
    """

    has_market: bool
    has_stretch: bool
    joint: bool
    outer: int
    inner: int


@dataclass(frozen=True)
class Nodes:
    """Points of beliefs (n), outer shocks (J) and inner shocks (I), with weights that add up to 1 each.

    Parameters
    ----------
    shock : array (n, J, I)
        y = sum of sqrt(rho_k) Z_k.
    stretch : array (n, J)
        Factor on all remaining stays.
    without : array (replicate, n)
        Weights of the points if a replicate is left out: what then changes tells the error (jackknife).
        No rows
        if nothing is believed.
    blur : float
        Width, in the logarithm of `stretch`, of the interval that a node stands for.
    """

    axes: Axes
    draws: Draws
    shock: Floats
    stretch: Floats
    weight: Floats
    outer_weight: Floats
    inner_weight: Floats
    without: Floats
    blur: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return (n, J, I)."""
        n, outer, inner = self.shock.shape
        return n, outer, inner

    @property
    def stand_apart(self) -> bool:
        """Return whether every point stands for itself."""
        return len(self.without) == len(self.weight)

    @property
    def weight_of_all(self) -> Floats:
        """Return (n, J, I) the weight of every node; they add up to 1."""
        return np.asarray((self.weight[:, None] * self.outer_weight)[..., None] * self.inner_weight)


def axes_of(program: Program) -> Axes:
    """Return where each shock of the case is integrated.

    Raises
    ------
    RefusedError
        If there is a shock per period, or more shocks than two dimensions hold.
    """
    plan = program.arrays
    if plan.phi >= 0.0:
        raise _refused(
            "a shock per period (shock.periods) makes a deal's chance depend on the whole path of shocks", "shock_path"
        )
    has_market = bool(plan.rho[0] > 0) or RHO in plan.belief_kind
    has_stretch = plan.tau > 0.0
    joint = has_market and has_stretch and abs(plan.tau_correlation) == 1.0
    groupings = [k for k in range(1, len(plan.rho)) if plan.rho[k] > 0]
    n_shared = has_market + has_stretch - joint
    if n_shared + len(groupings) > 2:
        raise _refused(
            f"{n_shared + len(groupings)} dimensions of shocks act together, and at most 2 are integrated", "shocks"
        )
    if len(groupings) == 2:
        outer, inner = _nested(program, groupings[0], groupings[1])
        return Axes(False, False, False, outer, inner)
    return Axes(has_market, has_stretch, joint, 0, groupings[0] if groupings else 0)


def step_for(program: Program, largest_rho: float = 0.0) -> float:
    """Return how close the nodes of a shock must lie where nothing is believed.

    Given the shock, a book of n deals is narrow beside what the shock does: at most by kappa = 1 + n
    (shock's
    information per deal), and a step of 1.2 / sqrt(kappa) leaves ripples below 1e-5. At most 0.2, which
    is 81 nodes.
    """
    plan, arrivals = program.arrays, program.arrays.business.arrivals
    rho = min(max(float(plan.rho.sum()), largest_rho), 0.9)
    n_deals = len(program.deals) + float(np.maximum(arrivals.mean, arrivals.exact).sum())
    kappa = 1.0 + n_deals * (2.0 / np.pi * rho / (1.0 - rho) + plan.tau**2)
    axes = axes_of(program)
    n_dimensions = axes.has_market + axes.has_stretch - axes.joint + bool(axes.outer) + bool(axes.inner)
    widest = 0.1 if axes.has_stretch and n_dimensions == 1 else 0.2
    return float(min(widest, max(1.2 / sqrt(kappa), 0.1 if n_dimensions > 1 else 0.008)))


def _nested(program: Program, first: int, second: int) -> tuple[int, int]:
    pairs = {(int(a), int(b)) for a, b in program.arrays.lane_factor[:, [first, second]]}
    if len({b for _, b in pairs}) == len(pairs):
        return first, second
    if len({a for a, _ in pairs}) == len(pairs):
        return second, first
    a, b = (tuple(program.case.shock.by)[k - 1] for k in (first, second))
    raise _refused(f"shocks by {a} and by {b} cross, so that more than 2 dimensions of shocks act together", "shocks")


def _refused(reason: str, key: str) -> RefusedError:
    return RefusedError(f"the exact engine does not answer this case: {reason}; use --engine simulate", key)


def nodes_of(program: Program, axes: Axes, step: float = 0.2, *, coarser: float = 1.0) -> Nodes:
    """Return the points for a case; `step` is the spacing of shocks where nothing is believed.

    `coarser` multiplies the spacing in any case: what then changes tells the error.
    """
    parameters = program.parameters
    n_shared = axes.has_market + axes.has_stretch - axes.joint + bool(axes.outer)
    is_certain = parameters.n == 0
    if is_certain:
        draws, weight, without = parameters.at(np.zeros((1, 0))), np.ones(1), np.empty((0, 1))
        grid, grid_weight = _grid(step * coarser, REACH)
        shifts = np.zeros((1, 2))
    elif _is_line(parameters, axes):
        scores, weight = _grid(_step_on_line(program) * coarser, REACH)
        draws, without = parameters.at(special.ndtr(scores)[:, None]), _every_second(weight)
        grid, grid_weight = _grid(step * coarser, REACH)
        shifts = np.zeros((len(weight), 2))
    else:
        u = _belief_points(parameters.n + n_shared)
        draws = parameters.at(u[:, : parameters.n])
        values = parameters.values(u[:, : parameters.n])
        weight, without = _weights(parameters, values), _leave_one_out(parameters, values)
        step = {0: 1.0, 1: 0.5}.get(n_shared + bool(axes.inner), 0.8) * coarser
        grid, grid_weight = _grid(step, _REACH_UNDER_BELIEFS)
        shifts = (u[:, parameters.n :] - 0.5) * step
    return _at_shocks(program, axes, Points(draws, weight, without), grid, grid_weight, shifts)


@dataclass(frozen=True)
class Points:
    """Points of beliefs with their weights, and the weights as replicates are left out."""

    draws: Draws
    weight: Floats
    without: Floats


def nodes_given(program: Program, axes: Axes, draws: Draws) -> Nodes:
    """Return nodes whose points are parameter sets that stand each for itself, not for a law of them.

    `without` picks each set alone, so that what is worked out "without the others" is the law given that set.
    """
    n = len(draws.realisation)
    step = step_for(program, float(draws.rho.sum(axis=1).max()))
    grid, grid_weight = _grid(step, REACH)
    points = Points(draws, np.full(n, 1.0 / n), np.eye(n))
    return _at_shocks(program, axes, points, grid, grid_weight, np.zeros((n, 2)))


def _at_shocks(program: Program, axes: Axes, at: Points, grid: Floats, grid_weight: Floats, shifts: Floats) -> Nodes:
    """Return the nodes: the grid of shocks under each point, shifted by `shifts` (n, 2)."""
    plan, draws = program.arrays, at.draws
    n_shared = axes.has_market + axes.has_stretch - axes.joint + bool(axes.outer)
    one, n = np.zeros(1), len(at.weight)
    shared = [grid] * n_shared + [one] * (2 - n_shared)
    first, second = (axis.ravel() for axis in np.meshgrid(*shared, indexing="ij"))
    # the shock on stays comes first and is not shifted: each of its values needs a clock of its own
    z1 = first + (shifts[:, :1] if n_shared and not axes.has_stretch else 0.0) + np.zeros((n, 1))
    z2 = second + (shifts[:, 1:] if n_shared > 1 else 0.0) + np.zeros((n, 1))
    inner = grid if axes.inner else one
    outer_weight = _normal_weights(z1, z2)
    blur = plan.tau * float(grid[1] - grid[0]) if axes.has_stretch else 0.0
    market, stretch = _shared_shocks(program, axes, z1, z2)
    rho = draws.rho
    y = np.sqrt(rho[:, :1]) * market if axes.has_market else np.zeros_like(z1)
    if axes.outer:
        y = y + sqrt(plan.rho[axes.outer]) * z1
    shock = y[:, :, None] + (sqrt(plan.rho[axes.inner]) * inner if axes.inner else np.zeros(1))
    inner_weight = grid_weight if axes.inner else np.ones(1)
    return Nodes(axes, draws, shock, stretch, at.weight, outer_weight, inner_weight, at.without, blur)


def _shared_shocks(program: Program, axes: Axes, z1: Floats, z2: Floats) -> tuple[Floats, Floats]:
    """Return the market's Z and the factor on stays, (n, J) each."""
    plan = program.arrays
    if not axes.has_stretch:
        return z1, np.ones_like(z1)
    k = plan.tau_correlation
    market = k * z1 + sqrt(max(1.0 - k * k, 0.0)) * z2
    return market, np.exp(plan.tau * z1 - 0.5 * plan.tau**2)


def _grid(step: float, reach: float) -> tuple[Floats, Floats]:
    half = int(np.ceil(reach / step - 1e-9))
    grid = np.arange(-half, half + 1) * (reach / half)
    weight = np.exp(-0.5 * grid**2)
    return np.asarray(grid, float), np.asarray(weight / weight.sum())


def _normal_weights(z1: Floats, z2: Floats) -> Floats:
    weight = np.exp(-0.5 * (z1**2 + z2**2))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


# ---- beliefs


def _is_line(parameters: Parameters, axes: Axes) -> bool:
    """Return whether a single figure is believed, its law without atoms, and no more than the market moves."""
    others = axes.has_stretch or bool(axes.outer) or bool(axes.inner)
    return parameters.n == 1 and not others and not len(parameters.parameters[0].curve.atoms[0])


def _step_on_line(program: Program) -> float:
    """Return how close scores must lie: the law of a sum, given the figure, is narrow beside what the figure does."""
    parameter = program.parameters.parameters[0]
    mean, variance = parameter.curve.mean * parameter.factor, parameter.curve.variance * parameter.factor**2
    scale = mean * (1.0 - mean) if parameter.kind == CONVERSION else mean**2
    kappa = 1.0 + len(program.deals) * variance / scale if scale > 0 else 1.0
    return float(np.clip(1.2 / sqrt(kappa), _NARROWEST_ON_A_LINE, _WIDEST_ON_A_LINE))


def _every_second(weight: Floats) -> Floats:
    """Return the weights of the odd points alone, and of the even ones: each is the rule with twice the step."""
    kept = np.stack([np.arange(len(weight)) % 2 == k for k in (1, 0)])
    found = np.where(kept, weight, 0.0)
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _belief_points(n_dimensions: int) -> Floats:
    """Return points, each with its mirror image, so that odd effects cancel; every fourth pair is a replicate."""
    u = points(N_REPLICATES * N_POINTS_PER_REPLICATE // 2, n_dimensions)
    mirrored = [(u[r::N_REPLICATES], 1.0 - u[r::N_REPLICATES]) for r in range(N_REPLICATES)]
    return np.concatenate([half for pair in mirrored for half in pair])


def _weights(parameters: Parameters, values: Floats) -> Floats:
    """Return weights, near 1 / n, under which moments of the drawn figures come out as they are known to be.

    First the means and squares of products of conversions (win rates) and of other figures; if that
    asks too much
    of the points, the means alone.
    """
    for controls in _controls(parameters, values):
        weight = _balanced(controls)
        if controls.shape[1] <= len(values) // 6 and (weight > -0.5 / len(weight)).all():
            return weight
    return np.full(len(values), 1.0 / len(values))


def _leave_one_out(parameters: Parameters, values: Floats) -> Floats:
    found = np.zeros((N_REPLICATES, len(values)))
    for r in range(N_REPLICATES):
        kept = np.arange(len(values)) // N_POINTS_PER_REPLICATE != r
        found[r, kept] = _weights(parameters, values[kept])
    return found


def _balanced(controls: Floats) -> Floats:
    """Return the weights nearest to equal ones under which every column of `controls` has mean 0."""
    n = len(controls)
    x = controls / np.maximum(np.abs(controls).max(axis=0), 1e-300)
    centred = x - x.mean(axis=0)
    return np.asarray(1.0 / n + centred @ np.linalg.lstsq(centred.T @ centred, -x.mean(axis=0), rcond=1e-9)[0])


def _controls(parameters: Parameters, values: Floats) -> Iterator[Floats]:
    """Yield functions of the drawn figures (n, ...) whose true means are 0: many, then few."""
    drawn = parameters.parameters
    mean = np.array([p.curve.mean * p.factor for p in drawn])
    square = np.array([(p.curve.variance + p.curve.mean**2) * p.factor**2 for p in drawn])
    kept = np.isfinite(square)
    linear, squares = (values - mean)[:, kept], (values**2 - square)[:, kept]
    chain = [i for _, i in sorted(((p.stage, i) for i, p in enumerate(drawn) if p.kind == CONVERSION), reverse=True)]
    if len(chain) > 1 and not parameters.is_correlated.any():
        others = [i for i in np.flatnonzero(kept) if i not in chain]
        products = np.cumprod(values[:, chain], axis=1)
        rates = products - np.cumprod(mean[chain])
        pairs = [
            products[:, i] * products[:, j] - np.prod(square[chain[: i + 1]]) * np.prod(mean[chain[i + 1 : j + 1]])
            for j in range(len(chain))
            for i in range(j + 1)
        ]
        yield np.column_stack([rates, *pairs, (values - mean)[:, others], (values**2 - square)[:, others]])
        yield np.column_stack([rates, linear])
    yield np.column_stack([linear, squares])
    yield linear
