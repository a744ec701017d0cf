"""New business as factors of the transform: compound Poisson, negative binomial and binomial terms (model page, M11).

Given the nodes, the deals of an arrival that count in a run of bins are Poisson with mean lambda p, p the chance of one
of them to count; those of a cohort are binomial. A spread is one factor F on the means of all arrivals that share it: a
gamma law of squared variation v, or values f alike in weight. So with phi the transform of what one deal is worth

    exp(L),    (1 - v L)^(-1/v) or mean of exp(f L),    (1 + L / lambda)^N,    L = sum of lambda p (phi - 1),

the sum over all kinds of deals that are drawn together: arrivals, and strata of their amounts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.exact.amounts import AS_QUOTED, Realisation, realisation_of, transforms
from funnelsim.engine.exact.nodes import Nodes
from funnelsim.engine.program import Program
from funnelsim.engine.program import Row as ResultRow
from funnelsim.errors import RefusedError
from funnelsim.model.sources import Spread

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]
Ints = npt.NDArray[np.int64]
Kinds = tuple[tuple[Floats, ...], tuple[Realisation, ...]]
Nodes3 = tuple[int, int | slice, int | slice]
HUNDREDTHS = 100.0
N_FACTORS = 1 << 13  # of all nodes together
FEWEST_FACTORS = 4
_IRRATIONAL = 2.0**0.5


@dataclass(frozen=True)
class Flow:
    """One factor: deals that are drawn together.

    Parameters
    ----------
    means : tuple of arrays (n, J, I)
        Mean number that counts of each kind of deal, at the nodes; for a cohort the chance of one of its deals.
    worths : tuple of Realisation
        Law of what one deal of each kind is worth, in hundredths or, counted, always 1.
    spread : Spread, optional
        The law of the factor on all means.
    count : int
        Size of a cohort; 0 for a flow.
    factors : array (n, J, I, k), optional
        Of a spread that is a sample: the values taken at each node.
    """

    means: tuple[Floats, ...]
    worths: tuple[Realisation, ...]
    spread: Spread | None = None
    count: int = 0
    factors: Floats | None = None

    def moments(self) -> tuple[Floats, Floats]:
        """Return mean and variance at the nodes."""
        first, second = (
            np.asarray(sum(m * x for m, x in zip(self.means, values, strict=True)))
            for values in ([worth.mean for worth in self.worths], [worth.square for worth in self.worths])
        )
        if self.count:
            return self.count * first, self.count * (second - first**2)
        return first, second + (self.spread.variation if self.spread else 0.0) * first**2

    def factor(self, at: Nodes3, phis: Sequence[Complexes]) -> Complexes:
        """Return (node, frequency): the factor at some nodes, `phis` the transforms of the worths."""
        means = [np.atleast_1d(mean[at].ravel())[:, None] for mean in self.means]
        total = np.asarray(sum(mean * (phi - 1.0) for mean, phi in zip(means, phis, strict=True)))
        if self.count:
            return np.asarray((1.0 + total) ** self.count)
        if self.spread is None:
            return np.asarray(np.exp(total))
        if self.factors is not None:
            each = self.factors[at].reshape(-1, self.factors.shape[-1])
            return np.asarray(sum(np.exp(f[:, None] * total) for f in each.T) / each.shape[1])
        variation = self.spread.variation
        return np.asarray(np.exp(np.log(1.0 - variation * total) / -variation))


@dataclass(frozen=True)
class Flows:
    """All factors of a sum, with the transforms of their worths once a grid is chosen."""

    parts: tuple[Flow, ...]

    def moments(self) -> tuple[Floats, Floats]:
        """Return mean and variance of all together, at the nodes."""
        means, variances = zip(*(flow.moments() for flow in self.parts), strict=True)
        return sum(means), sum(variances)

    @property
    def largest(self) -> float:
        """Return the largest piece of any worth."""
        return max(worth.largest for flow in self.parts for worth in flow.worths)

    def lattice(self) -> list[Floats] | None:
        """Return the atoms of all worths, or None where one of them is smooth."""
        atoms = [worth.values for flow in self.parts for worth in flow.worths]
        whole = all(len(values) <= 64 and np.abs(values - np.rint(values)).max() < 1e-9 for values in atoms)
        return atoms if whole else None

    def transforms(self, step: float, size: int) -> list[list[Complexes]]:
        """Return, by part, each worth's transform on points 0, step, 2 step ..."""
        found: dict[int, Complexes] = {}
        for worth in (worth for flow in self.parts for worth in flow.worths):
            if id(worth) not in found:
                values, probability = worth.values[None], worth.probability
                found[id(worth)] = transforms(values, probability, step, size, keeps_variance=False)[0]
        return [[found[id(worth)] for worth in flow.worths] for flow in self.parts]

    def factor(self, at: Nodes3, phis: Sequence[Sequence[Complexes]], part: Ints | slice) -> Complexes:
        """Return (node, frequency): the product of all factors at some nodes and some of the frequencies."""
        found = np.ones((1, 1), complex)
        for flow, own in zip(self.parts, phis, strict=True):
            found = found * flow.factor(at, [phi[part] for phi in own])
        return found


def flows_of(program: Program, nodes: Nodes, row: ResultRow, chance: Floats, *, counts: bool) -> Flows | None:
    """Return the factors of a row's sources; None where nothing new counts in the row.

    Parameters
    ----------
    chance : array (arrival, n, J, I)
        Chance of a deal of each arrival to count.
    counts : bool
        Whether deals are counted, not their money.
    """
    worths = _worths(program, counts=counts)
    return drawn_together(
        program, row, lambda a, number: ((chance[a] * _inflow(program, nodes, number),), (worths[number],))
    )


def _inflow(program: Program, nodes: Nodes, number: int) -> Floats | float:
    """Return the factor (n, 1, 1) on the rate of a source; a cohort has none."""
    inflow = nodes.draws.inflow
    if inflow is None or program.case.sources[number].cohort is not None:
        return 1.0
    return np.asarray(inflow[:, number, None, None])


def drawn_together(program: Program, row: ResultRow, of_arrival: Callable[[int, int], Kinds]) -> Flows | None:
    """Return the factors of a row's sources: one for each cohort, and one for all arrivals with the same spread.

    Parameters
    ----------
    of_arrival : callable
        From an arrival and its source to the chances of its kinds of deals to count, and what these are worth.
    """
    arrivals, parts = program.arrays.business.arrivals, list[Flow]()
    groups: dict[int, _Group] = {}
    for a, number in enumerate(int(kind) for kind in arrivals.kind):
        source = program.case.sources[number]
        if not row.holds(program.kinds[number].deal):
            continue
        chances, worths = of_arrival(a, number)
        if source.cohort is not None:
            parts.append(Flow(chances, worths, count=int(arrivals.exact[a])))
            continue
        group = groups.setdefault(int(arrivals.spread_key[a]) if source.spread else -1, _Group(source.spread))
        group.add(float(arrivals.mean[a]), chances, worths)
    parts += [group.flow() for group in groups.values()]
    return Flows(tuple(parts)) if parts else None


class _Group:
    """Arrivals under one spread: means added up where deals are worth the same."""

    def __init__(self, spread: Spread | None) -> None:
        self._spread, self._means, self._worths = spread, dict[int, Floats](), dict[int, Realisation]()

    def add(self, mean: float, chances: tuple[Floats, ...], worths: tuple[Realisation, ...]) -> None:
        for chance, worth in zip(chances, worths, strict=True):
            self._worths[id(worth)] = worth
            self._means[id(worth)] = self._means.get(id(worth), 0.0) + mean * chance

    def flow(self) -> Flow:
        means = tuple(self._means.values())
        return Flow(means, tuple(self._worths.values()), self._spread, factors=_chosen(self._spread, means[0].shape))


def _chosen(spread: Spread | None, shape: tuple[int, ...]) -> Floats | None:
    """Return (n, J, I, k) values of a spread's factor: all of them, or an even choice of its own at each node."""
    if spread is None or not spread.factors:
        return None
    values, (n, outer, _) = np.sort(spread.factors), shape
    k = min(max(N_FACTORS // (n * outer), FEWEST_FACTORS), len(values))
    first = np.arange(n * outer).reshape(n, outer, 1) * _IRRATIONAL % 1.0 if k < len(values) else 0.0
    at = (np.arange(k) + np.zeros((n, outer, 1)) + first) / k * len(values)
    return np.asarray(np.broadcast_to(values[at.astype(int)][:, :, None], (*shape, k)))


def _worths(program: Program, *, counts: bool) -> list[Realisation]:
    if counts:
        return [AS_QUOTED] * len(program.case.sources)
    found = []
    for number in range(len(program.case.sources)):
        curve = program.curves[program.arrays.business.kind_amount_row[number]]
        law = realisation_of(curve)
        if not np.isfinite(law.square):
            raise RefusedError("an amount without a finite variance; use --engine simulate", "variance")
        # whole hundredths where the law has atoms, as in the walk
        values = law.values * HUNDREDTHS
        values = np.floor(values + 0.5) if len(curve.atoms[0]) else values
        found.append(Realisation(values, law.probability, law.mean * HUNDREDTHS, law.square * HUNDREDTHS**2))
    return found
