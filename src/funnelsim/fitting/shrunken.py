"""Groups that differ by skill and by luck: mixed models with one effect a group, drawn from their posterior (M12.5).

    won_i ~ Bernoulli(expit(x_i b + u_g(i))),    log days_i ~ N(x_i b + u_g(i), s^2),    u ~ N(0, t^2)

What is known of a group is shrunk toward all by what t says of how far groups are apart. t is not fixed at its
best value, which may be 0 by chance: it runs over a grid, weighted by its marginal likelihood (by Laplace's
method; exact for days) with a flat prior, so that intervals hold what is not known of t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SPREADS = np.array([0.01, *np.geomspace(0.05, 2.0, 20)])  # of u: log odds, or log days in units of s
LOOSE = 2.5  # prior sd of every coefficient but the first
N_STEPS, SMALL_STEP = 40, 1e-8


@dataclass(frozen=True)
class Draws:
    """The posterior of a mixed model.

    Parameters
    ----------
    common : array (draw, column)
    effect : array (draw, group)
    spread : array (draw,)
        The standard deviation t of the effects.
    """

    common: Floats
    effect: Floats
    spread: Floats


def logistic(won: npt.NDArray[np.bool_], columns: Floats, group: Ints, n_groups: int, n_draws: int, seed: int) -> Draws:
    """Return draws of a logistic mixed model.

    Parameters
    ----------
    won : bool array (deal,)
    columns : array (deal, column)
        The first is 1 throughout.
    group : int array (deal,)
        From 0 to `n_groups` - 1.
    """
    modes = [_mode(won.astype(float), columns, group, n_groups, float(t)) for t in SPREADS]
    return _drawn([(mode, mode.evidence, 1.0) for mode in modes], n_draws, seed, None)


def normal(value: Floats, columns: Floats, group: Ints, n_groups: int, n_draws: int, seed: int) -> Draws:
    """Return draws of a normal mixed model, effects and coefficients in units of the value.

    With H = [X, Z]'[X, Z] + diag(0, 1 / l) for l = t^2 / s^2, and R the least penalised sum of squares, the marginal
    likelihood of l is R^(-(n - p) / 2) |H|^(-1/2) l^(-J/2), and given l, s^2 is R over a chi-square of n - p.
    """
    n, p = columns.shape
    found = []
    for t in SPREADS:
        blocks = _Blocks.of(np.ones(n), columns, group, n_groups, t, np.zeros(p))
        common, effect = blocks.solved(columns.T @ value, np.bincount(group, value, n_groups).astype(float))
        left = value - columns @ common - effect[group]
        squares = float(left @ left + effect @ effect / t**2)
        evidence = -0.5 * (n - p) * np.log(squares) - n_groups * np.log(t) - 0.5 * blocks.log_determinant
        found.append((_Mode(common, effect, blocks, float(evidence), float(t)), float(evidence), squares))
    return _drawn(found, n_draws, seed, n - p)


@dataclass(frozen=True)
class _Blocks:
    """The matrix [[A, C], [C', D]] of a mixed model, D diagonal, and its Schur complement S = A - C D^-1 C'."""

    cross: Floats
    diagonal: Floats
    root: Floats

    @classmethod
    def of(cls, weight: Floats, columns: Floats, group: Ints, n_groups: int, t: float, prior: Floats) -> _Blocks:
        weighted = columns * weight[:, None]
        cross = np.stack([np.bincount(group, column, n_groups) for column in weighted.T])
        diagonal = np.bincount(group, weight, n_groups) + 1.0 / t**2
        schur = columns.T @ weighted + np.diag(prior) - (cross / diagonal) @ cross.T
        return cls(np.asarray(cross, float), np.asarray(diagonal, float), np.asarray(np.linalg.cholesky(schur), float))

    @property
    def log_determinant(self) -> float:
        return float(np.log(self.diagonal).sum() + 2 * np.log(np.diag(self.root)).sum())

    def solved(self, of_common: Floats, of_effect: Floats) -> tuple[Floats, Floats]:
        right = of_common - self.cross @ (of_effect / self.diagonal)
        common = np.asarray(np.linalg.solve(self.root.T, np.linalg.solve(self.root, right)), float)
        return common, np.asarray((of_effect - self.cross.T @ common) / self.diagonal, float)

    def noise(self, n: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Return draws of N(0, inverse): of the coefficients (n, p), and of the effects given them (n, J)."""
        common = np.asarray(np.linalg.solve(self.root.T, random.standard_normal((len(self.root), n))).T, float)
        alone = random.standard_normal((n, len(self.diagonal))) / np.sqrt(self.diagonal)
        return common, alone - (common @ self.cross) / self.diagonal


@dataclass(frozen=True)
class _Mode:
    common: Floats
    effect: Floats
    blocks: _Blocks
    evidence: float
    spread: float


def _mode(won: Floats, columns: Floats, group: Ints, n_groups: int, t: float) -> _Mode:
    """Return the most probable coefficients and effects by Newton's method, halved where a step goes too far."""
    prior = np.full(columns.shape[1], LOOSE**-2)
    prior[0] = 0.0
    common, effect = np.zeros(columns.shape[1]), np.zeros(n_groups)
    common[0] = special.logit((won.sum() + 0.5) / (len(won) + 1.0))

    def height(b: Floats, u: Floats) -> float:
        eta = columns @ b + u[group]
        return float(won @ eta - np.logaddexp(0.0, eta).sum() - 0.5 * (prior @ b**2 + u @ u / t**2))

    level = height(common, effect)
    for _ in range(N_STEPS):
        p = special.expit(columns @ common + effect[group])
        blocks = _Blocks.of(p * (1 - p), columns, group, n_groups, t, prior)
        db, du = blocks.solved(
            columns.T @ (won - p) - prior * common, np.bincount(group, won - p, n_groups) - effect / t**2
        )
        step = 1.0
        while (higher := height(common + step * db, effect + step * du)) < level and step > SMALL_STEP:
            step *= 0.5
        common, effect, gain, level = common + step * db, effect + step * du, higher - level, higher
        if gain < SMALL_STEP:
            break
    p = special.expit(columns @ common + effect[group])
    blocks = _Blocks.of(p * (1 - p), columns, group, n_groups, t, prior)
    return _Mode(common, effect, blocks, level - n_groups * np.log(t) - 0.5 * blocks.log_determinant, t)


def _drawn(found: list[tuple[_Mode, float, float]], n: int, seed: int, freedom: int | None) -> Draws:
    """Return n draws: each takes a spread by its weight, then coefficients and effects given it."""
    random = np.random.default_rng([seed, n])
    evidence = np.array([one[1] for one in found])
    width = np.gradient(SPREADS)  # a flat prior in t on a grid that is not even
    weight = np.exp(evidence - evidence.max()) * width
    which = np.sort(random.choice(len(found), n, p=weight / weight.sum()))
    common, effect, spread = [], [], []
    for k, m in zip(*np.unique(which, return_counts=True), strict=True):
        mode, _, squares = found[k]
        s = np.ones(m) if freedom is None else np.sqrt(squares / random.chisquare(freedom, m))
        of_common, of_effect = mode.blocks.noise(int(m), random)
        common.append(mode.common + s[:, None] * of_common)
        effect.append(mode.effect + s[:, None] * of_effect)
        spread.append(mode.spread * s)
    order = random.permutation(n)
    return Draws(np.concatenate(common)[order], np.concatenate(effect)[order], np.concatenate(spread)[order])
