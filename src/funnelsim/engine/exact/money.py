"""The law of a sum of independent deals, given the nodes, mixed over the nodes in the frequency domain.

    phi(u) = E_theta prod_components E_outer prod_groups E_inner prod_cells (1 + pi (phi_amount(u) -
    1))^count

and one inverse transform. Frequencies at which even the mean modulus is negligible are left at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from funnelsim.engine.exact.amounts import Realisation, transforms, unit_transforms
from funnelsim.engine.exact.book import Book
from funnelsim.engine.exact.counts import Codes, codes_of
from funnelsim.engine.exact.flows import Flows
from funnelsim.engine.exact.large import counts_of, logarithms
from funnelsim.engine.exact.large import product as large_product
from funnelsim.engine.exact.nodes import Nodes

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]
Ints = npt.NDArray[np.int64]
MAX_EXACT_POINTS = 1 << 15
MAX_EXACT_COUNT = 1 << 20
N_POINTS = 1 << 14
MIN_POINTS = 1 << 11
MAX_WORK = 1e8
MAX_COMPOUNDS = 1.2e9
NEGLIGIBLE = 1e-8
NEGLIGIBLE_ALONE = 1e-13
MAX_PRODUCTS = 1.5e9
MANY = 50.0
EVERY = slice(None)
FAR = 14.0  # standard deviations of a sum that has no largest value
_ELEMENTS_PER_BLOCK = 1 << 17


@dataclass(frozen=True)
class Moments:
    """Mean and standard deviation at the nodes; the means as replicates are left out tell the error of beliefs."""

    mean: float
    sd: float
    means_without: Floats


@dataclass(frozen=True)
class Grid:
    """Points 0, step, 2 step ... of a sum; `is_true` where every possible sum is one of them."""

    step: float
    size: int
    is_true: bool


@dataclass(frozen=True)
class Sum:
    """A sum over the cells of a book.

    Parameters
    ----------
    chance : array (row, n, J, I)
        Chance of a deal to count, one row per class.
    row_of_cell : int array (cell,)
    flows : Flows, optional
        New business that counts as well.
    """

    book: Book
    chance: Floats
    row_of_cell: Ints
    nodes: Nodes
    realisation: Realisation
    is_money: bool
    flows: Flows | None = None

    @property
    def work(self) -> float:
        """Return about how many products one law takes."""
        codes = None if self.flows else codes_of(self.book.amount, self.book.count)
        points = self.grid(self.moments()).size if codes is None else codes.n
        return 0.5 * len(self.book.count) * self.nodes.shock.size * points

    def without_one(self, cell: int) -> Sum:
        """Return the sum without one deal of a cell."""
        count = self.book.count.copy()
        count[cell] -= 1.0
        return replace(self, book=replace(self.book, count=count))

    def with_one_sure(self, cell: int) -> Sum:
        """Return the sum in which one deal of a cell is sure to count, its amount drawn as before."""
        rest, sure = self.without_one(cell), len(self.chance)
        return replace(
            rest,
            book=rest.book.with_one_more(cell),
            chance=np.concatenate([self.chance, np.ones((1, *self.nodes.shape))]),
            row_of_cell=np.insert(self.row_of_cell, cell, sure),
        )

    @property
    def has_factor(self) -> bool:
        """Return whether a belief scales all amounts."""
        return self.is_money and bool((self.nodes.draws.realisation != 1.0).any())

    def moments(self) -> Moments:
        """Return mean and standard deviation by the law of total variance."""
        nodes, r = self.nodes, self.realisation
        factor = (nodes.draws.realisation if self.is_money else np.ones(len(nodes.weight)))[:, None, None]
        n, outer, _ = nodes.shape
        mean, square = np.zeros(n), np.zeros(n)
        for component in self.book.spans():
            given, spread = np.zeros((n, outer)), np.zeros((n, outer))
            for cells in component:
                m, v = self._given_all(cells, r)
                m, v = m * factor, v * factor**2
                group_mean = m @ nodes.inner_weight
                given += group_mean
                spread += (v + m * m) @ nodes.inner_weight - group_mean**2
            own = (given * nodes.outer_weight).sum(axis=1)
            second = ((spread + given**2) * nodes.outer_weight).sum(axis=1)
            square += second - own**2
            mean += own
        if self.flows is not None:
            m, v = self._with_flows(factor)
            own = ((m @ nodes.inner_weight) * nodes.outer_weight).sum(axis=1)
            square = (((v + m * m) @ nodes.inner_weight) * nodes.outer_weight).sum(axis=1) - own**2
            mean = own
        total = float(nodes.weight @ mean)
        variance = float(nodes.weight @ (square + (mean - total) ** 2))
        return Moments(total, float(np.sqrt(max(variance, 0.0))), nodes.without @ mean)

    def _with_flows(self, factor: Floats) -> tuple[Floats, Floats]:
        """Return mean and variance of open deals and new business together, at the nodes; all share one component."""
        m, v = self.flows.moments() if self.flows else (np.zeros(self.nodes.shape), np.zeros(self.nodes.shape))
        if len(self.book.count):
            own, spread = self._given_all(slice(None), self.realisation)
            m, v = m + own * factor, v + spread * factor**2
        return m, v

    def _given_all(self, cells: slice, r: Realisation) -> tuple[Floats, Floats]:
        amount, count = self.book.amount[cells], self.book.count[cells]
        rows, where = np.unique(self.row_of_cell[cells], return_inverse=True)
        worth, second = (np.bincount(where.ravel(), count * amount**k) for k in (1, 2))
        chance = self.chance[rows]
        mean = np.tensordot(worth * r.mean, chance, 1)
        variance = np.tensordot(second * r.square, chance, 1) - np.tensordot(second * r.mean**2, chance**2, 1)
        return mean, np.maximum(variance, 0.0)

    def grid(self, moments: Moments) -> Grid:
        """Return the points the sum is worked out on."""
        amounts, count = self.book.amount, self.book.count
        if self.flows is not None:
            return self._grid_of_flows(self.flows, moments)
        if not len(amounts) or amounts.max() == 0:
            return Grid(1.0, 1, True)
        if self.realisation.is_fixed and not self.has_factor and not self.book.is_gathered:
            step = float(np.gcd.reduce(amounts.astype(np.int64)))
            size = int((amounts @ count) / step) + 1
            counts_alike = step == float(amounts.max())
            if size <= (MAX_EXACT_COUNT if counts_alike else MAX_EXACT_POINTS):
                return Grid(step, size, True)
        factor = self.realisation.largest * (float(self.nodes.draws.realisation.max()) if self.has_factor else 1.0)
        far = moments.mean + 8.0 * moments.sd + float(amounts.max()) * factor
        top = min(float(amounts @ count) * factor, max(far, moments.mean + 12.0 * moments.sd))
        size = self._affordable(len(amounts))
        return Grid(top / (size - 8), size, False)

    def _affordable(self, n_factors: int) -> int:
        """Return how many points so many factors at all nodes can be worked out on."""
        size = N_POINTS
        while size > MIN_POINTS and 0.25 * size * n_factors * self.nodes.shock.size > MAX_WORK:
            size //= 2
        return size

    def _grid_of_flows(self, flows: Flows, moments: Moments) -> Grid:
        """Return a lattice that holds every sum where all worths are whole, else N_POINTS to far beyond the mean."""
        amounts, factor = self.book.amount, 1.0
        if len(amounts):
            factor = self.realisation.largest * (float(self.nodes.draws.realisation.max()) if self.has_factor else 1.0)
        single = max(flows.largest, float(amounts.max()) * factor if len(amounts) else 0.0)
        far = moments.mean + FAR * moments.sd + 2.0 * single
        atoms = flows.lattice()
        is_whole = self.realisation.is_fixed and not self.has_factor and not self.book.is_gathered
        if atoms is not None and is_whole:
            values = np.concatenate([*atoms, amounts]).astype(np.int64)
            step = float(np.gcd.reduce(values)) or 1.0
            size = 1 << int(np.ceil(np.log2(far / step + 8.0)))
            if size <= MAX_EXACT_POINTS:
                return Grid(step, size, True)
        size = self._affordable(len(flows.parts) + len(amounts))
        return Grid(far / (size - 8), size, False)

    def law(self, moments: Moments) -> tuple[Floats, Floats, float]:
        """Return the points, (1 + replicate, point) probabilities, and the step where points only come near sums."""
        book, grid = self.book, self.grid(moments)
        if grid.size == 1:
            return np.zeros(1), np.ones((1 + len(self.nodes.without), 1)), 0.0
        points: Floats = grid.step * np.arange(grid.size, dtype=float)
        codes = None if grid.is_true or book.is_gathered or self.flows else codes_of(book.amount, book.count)
        every = np.arange(len(book.count))
        if codes is not None and self.realisation.is_fixed and not self.has_factor:
            worth, where = np.unique(codes.worths(), return_inverse=True)
            probability = self._mixed(codes.n, lambda _: unit_transforms(codes.stride_of_cell, codes.n), every)
            return worth, np.stack([np.bincount(where.ravel(), row) for row in probability]), 0.0
        if codes is not None and (not self.has_factor or codes.n * grid.size * len(self.nodes.weight) < MAX_COMPOUNDS):
            return points, self._compounded(codes, grid, every), grid.step
        unique, where = np.unique(book.amount, return_inverse=True)
        if grid.is_true:
            multiples = np.rint(unique / grid.step).astype(np.int64)
            whole = self._mixed(grid.size, lambda _: unit_transforms(multiples, grid.size), where.ravel(), grid.step)
            return points, whole, 0.0
        near = self._mixed(grid.size, lambda i: self._worth(unique, grid, i), where.ravel(), grid.step)
        return points, near, grid.step

    def _worth(self, amounts: Floats, grid: Grid, point: int) -> Complexes:
        """Return (amount, frequency): the transform of what is realised of each amount, at a point of beliefs."""
        factor = float(self.nodes.draws.realisation[point]) if self.has_factor else 1.0
        worths = np.multiply.outer(amounts * factor, self.realisation.values)
        return transforms(worths, self.realisation.probability, grid.step, grid.size, keeps_variance=self._expects_many)

    @property
    def _expects_many(self) -> bool:
        """Return whether so many deals count, at the middle node, that their sum is smooth."""
        n, outer, inner = self.nodes.shape
        chance = self.chance[self.row_of_cell, n // 2, outer // 2, inner // 2]
        return float(self.book.count @ chance) > MANY

    @property
    def _weights(self) -> Floats:
        """Return (1 + replicate, n) weights of the points: all, and with a replicate left out."""
        return np.concatenate([self.nodes.weight[None], self.nodes.without])

    def _mixed(self, size: int, phi_at: Callable[[int], Complexes], of_cell: Ints, step: float = 1.0) -> Floats:
        """Return (1 + replicate, size): the law of a sum on 0 .. size - 1.

        `phi_at` gives the transforms of the different amounts at a point of beliefs, `of_cell` which
        one a cell has; `step` is that of the points, in hundredths, on which new business is put.
        """
        found = np.zeros((len(self._weights), size // 2 + 1), complex)
        phi, new = phi_at(0), self.flows.transforms(step, size) if self.flows else []
        kept = self._kept(phi, of_cell, new)
        n_factors = float(np.log2(self.book.count + 1.0).sum()) * self.nodes.shock.size * len(kept)
        is_large = self.book.is_gathered or n_factors > MAX_PRODUCTS
        logs = logarithms(phi, kept) if is_large else None
        factor, at_hand = self.nodes.draws.realisation, 0
        for point in np.argsort(factor, kind="stable"):
            if self.has_factor and factor[point] != factor[at_hand]:
                phi, at_hand = phi_at(int(point)), point
                logs = None if logs is None else logarithms(phi, kept)
            whole = self._at_point(phi[:, kept], of_cell, int(point), logs, kept, new)
            found[:, kept] += np.multiply.outer(self._weights[:, point], whole)
        return np.asarray(np.fft.irfft(found, size, axis=1))

    def _compounded(self, codes: Codes, grid: Grid, every: Ints) -> Floats:
        """Return the law by way of the joint counts of wins per amount."""
        phi = unit_transforms(codes.stride_of_cell, codes.n)
        if not self.has_factor:
            counts = self._mixed(codes.n, lambda _: phi, every)
            found = codes.compound(counts, self._worth(codes.amounts, grid, 0))
            return np.asarray(np.fft.irfft(found, grid.size, axis=1))
        found = np.zeros((len(self._weights), grid.size // 2 + 1), complex)
        for point, weight in enumerate(self._weights.T):
            counts = np.fft.irfft(self._at_point(phi, every, point), codes.n)
            own = codes.compound(counts[None], self._worth(codes.amounts, grid, point))
            found += np.multiply.outer(weight, own[0])
        return np.asarray(np.fft.irfft(found, grid.size, axis=1))

    def _kept(self, phi: Complexes, of_cell: Ints, new: Sequence[Sequence[Complexes]] = ()) -> Ints:
        """Return the frequencies that matter, judged by the mean modulus at a few nodes."""
        n, outer, inner = self.nodes.shape
        bound = np.zeros(phi.shape[1])
        for point in np.unique(np.linspace(0, n - 1, min(n, 3)).astype(np.int64)):
            for j in range(0, outer, max(1, outer // 20)):
                for i in range(0, inner, max(1, inner // 20)):
                    weight = self.nodes.outer_weight[point, j] * self.nodes.inner_weight[i]
                    if weight > NEGLIGIBLE:
                        pi = self.chance[self.row_of_cell, point, j, i]
                        size = _modulus(pi, phi, of_cell, self.book.count)
                        if self.flows is not None:
                            size = size * np.abs(self.flows.factor((int(point), j, i), new, EVERY)[0])
                        bound = np.maximum(bound, weight * size)
        is_mixed = n > 1 and not self.nodes.stand_apart
        return np.flatnonzero(bound > (NEGLIGIBLE if is_mixed else NEGLIGIBLE_ALONE))

    def _at_point(
        self,
        phi: Complexes,
        of_cell: Ints,
        point: int,
        logs: Complexes | None = None,
        kept: Ints | None = None,
        new: Sequence[Sequence[Complexes]] = (),
    ) -> Complexes:
        """Return (frequency,) the transform given one point of the beliefs; `new` are those of new business."""
        _, n_outer, n_inner = self.nodes.shape
        found = np.ones(phi.shape[1], complex)
        block = max(1, (_ELEMENTS_PER_BLOCK if logs is None else 1 << 22) // (n_outer * n_inner))
        # new business shares the one component there is then, also where no open deal is left
        for component in self.book.spans() or [[]] * bool(new):
            for low in range(0, phi.shape[1], block):
                part = slice(low, low + block)
                product = np.ones((n_outer, phi[:, part].shape[1]), complex)
                for cells in component:
                    if logs is None:
                        chance = self.chance[self.row_of_cell[cells], point]
                        whole = _product(chance, phi[of_cell[cells], part], self.book.count[cells])
                    else:
                        whole = self._large_product(cells, of_cell, point, logs[..., part])
                    product *= np.einsum("i,jif->jf", self.nodes.inner_weight, whole)
                if self.flows is not None and kept is not None:
                    product *= self.flows.factor((point, EVERY, 0), new, kept[part])
                # no matrix product: it would wake the threads of BLAS for a few thousand numbers
                found[part] *= np.einsum("j,jf->f", self.nodes.outer_weight[point], product)
        return found

    def _large_product(self, cells: slice, of_cell: Ints, point: int, logs: Complexes) -> Complexes:
        counts = counts_of(self.row_of_cell[cells], of_cell[cells], self.book.count[cells], logs.shape[1])
        chance = self.chance[counts.classes, point]
        found = large_product(counts, chance.reshape(len(chance), -1), logs)
        return found.reshape(*chance.shape[1:], -1)


def _modulus(pi: Floats, phi: Complexes, of_cell: Ints, count: Floats) -> Floats:
    """Return prod |1 + pi (phi - 1)|^count per frequency, at one node."""
    log = np.zeros(phi.shape[1])
    block = max(1, (1 << 20) // phi.shape[1])
    for low in range(0, len(pi), block):
        part = slice(low, low + block)
        values, p = phi[of_cell[part]], pi[part, None]
        square = (1 - p) ** 2 + 2 * p * (1 - p) * values.real + p * p * (values.real**2 + values.imag**2)
        log += 0.5 * count[part] @ np.log(np.maximum(square, 1e-300))
    return np.asarray(np.exp(log))


def _product(chance: Floats, phi: Complexes, count: Floats) -> Complexes:
    """Return prod_cells (1 + pi (phi - 1))^count of shape (J, I, frequency)."""
    found = np.ones((*chance.shape[1:], phi.shape[1]), complex)
    for pi, values, n in zip(chance, phi, count, strict=True):
        factor = pi[..., None] * (values - 1.0)
        factor += 1.0
        found *= power(factor, float(n))
    return found


def power(base: Complexes, n: float) -> Complexes:
    """Return base ** n for whole n by squaring."""
    count = round(n)
    found = None
    while count:
        if count & 1:
            found = base if found is None else found * base
        count >>= 1
        if count:
            base = base * base
    return np.ones_like(base) if found is None else found
