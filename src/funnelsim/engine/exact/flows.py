"""New business as factors of the transform: compound Poisson, negative binomial and binomial terms (model page, M11).

Given the nodes, the deals of an arrival that count in a run of bins are Poisson with mean lambda p, p the chance of one
of them to count; those of a cohort are binomial. With a spread of squared variation v one gamma factor multiplies the
means of all arrivals that share it. So with phi the transform of what one deal is worth

    exp(L (phi - 1)),    (1 + v L (1 - phi))^(-1/v),    (1 + p (phi - 1))^N,    L = sum of lambda p.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.exact.amounts import AS_QUOTED, Realisation, realisation_of, transforms
from funnelsim.engine.exact.nodes import Nodes
from funnelsim.engine.program import Program
from funnelsim.engine.program import Row as ResultRow
from funnelsim.errors import RefusedError

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]
Ints = npt.NDArray[np.int64]
Nodes3 = tuple[int, int | slice, int | slice]
HUNDREDTHS = 100.0


@dataclass(frozen=True)
class Flow:
    """One factor: deals that share a law of their worth, and are drawn together.

    Parameters
    ----------
    mean : array (n, J, I)
        Mean number that counts, at the nodes; for a cohort the chance of one of its deals.
    spread : float
        Squared coefficient of variation of the gamma factor on the mean; 0 for none.
    count : int
        Size of a cohort; 0 for a flow.
    worth : Realisation
        Law of what one deal is worth, in hundredths or, counted, always 1.
    """

    mean: Floats
    spread: float
    count: int
    worth: Realisation

    def moments(self) -> tuple[Floats, Floats]:
        """Return mean and variance at the nodes."""
        m, s = self.worth.mean, self.worth.square
        if self.count:
            return self.count * self.mean * m, self.count * (self.mean * s - (self.mean * m) ** 2)
        return self.mean * m, self.mean * s + self.spread * (self.mean * m) ** 2

    def factor(self, mean: Floats, phi: Complexes) -> Complexes:
        """Return (node, frequency): the factor at nodes with these means, `phi` the transform of the worth."""
        rest = phi - 1.0
        if self.count:
            return np.asarray((1.0 + mean[:, None] * rest) ** self.count)
        if self.spread > 0:
            return np.asarray(np.exp(np.log(1.0 - self.spread * mean[:, None] * rest) / -self.spread))
        return np.asarray(np.exp(mean[:, None] * rest))


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
        return max(flow.worth.largest for flow in self.parts)

    def lattice(self) -> list[Floats] | None:
        """Return the atoms of all worths, or None where one of them is smooth."""
        atoms = [flow.worth.values for flow in self.parts]
        whole = all(len(values) <= 64 and np.abs(values - np.rint(values)).max() < 1e-9 for values in atoms)
        return atoms if whole else None

    def transforms(self, step: float, size: int) -> list[Complexes]:
        """Return each worth's transform on points 0, step, 2 step ..."""
        found: dict[int, Complexes] = {}
        for flow in self.parts:
            if id(flow.worth) not in found:
                values, probability = flow.worth.values[None], flow.worth.probability
                found[id(flow.worth)] = transforms(values, probability, step, size, keeps_variance=False)[0]
        return [found[id(flow.worth)] for flow in self.parts]

    def factor(self, at: Nodes3, phis: Sequence[Complexes], part: Ints | slice) -> Complexes:
        """Return (node, frequency): the product of all factors at some nodes and some of the frequencies."""
        found = np.ones((1, 1), complex)
        for flow, phi in zip(self.parts, phis, strict=True):
            found = found * flow.factor(np.atleast_1d(flow.mean[at].ravel()), phi[part])
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
    arrivals, parts = program.arrays.business.arrivals, list[Flow]()
    worths = _worths(program, counts=counts)
    for number, source in enumerate(program.case.sources):
        if not row.holds(program.kinds[number].deal):
            continue
        mine = np.flatnonzero(arrivals.kind == number)
        spread, inflow = source.spread, _inflow(nodes, number)
        if source.cohort is not None:
            parts += [Flow(chance[a], 0.0, int(arrivals.exact[a]), worths[number]) for a in mine]
        elif spread is not None and spread.per == "month":
            parts += [Flow(arrivals.mean[a] * inflow * chance[a], spread.cv**2, 0, worths[number]) for a in mine]
        elif len(mine):
            mean = np.tensordot(arrivals.mean[mine], chance[mine], 1) * inflow
            parts.append(Flow(mean, spread.cv**2 if spread else 0.0, 0, worths[number]))
    return Flows(tuple(parts)) if parts else None


def _inflow(nodes: Nodes, number: int) -> Floats | float:
    """Return the factor (n, 1, 1) on the rate of a source."""
    inflow = nodes.draws.inflow
    return 1.0 if inflow is None else np.asarray(inflow[:, number, None, None])


def _worths(program: Program, *, counts: bool) -> list[Realisation]:
    if counts:
        return [AS_QUOTED] * len(program.case.sources)
    found = []
    for number in range(len(program.case.sources)):
        curve = program.curves[program.arrays.business.kind_amount_row[number]]
        law = realisation_of(curve)
        if not np.isfinite(law.square):
            raise RefusedError("an amount without a finite variance; use --engine simulate")
        # whole hundredths where the law has atoms, as in the walk
        values = law.values * HUNDREDTHS
        values = np.floor(values + 0.5) if len(curve.atoms[0]) else values
        found.append(Realisation(values, law.probability, law.mean * HUNDREDTHS, law.square * HUNDREDTHS**2))
    return found
