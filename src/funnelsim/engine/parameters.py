"""The beliefs of a case as numbers: which figure each one draws, and what a point of them means.

A win rate is believed through its conversion, c ~ Beta(n c, n (1 - c)) with n the evidence (model page, M5.1), so
that drawn win rates never fall. Correlated conversions have their means solved again so that win rates keep
their stated means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.engine.addresses import key
from funnelsim.engine.kernel.plan import CONVERSION, REALISATION, RHO, STAY
from funnelsim.engine.laws import Curve, curve_of
from funnelsim.engine.quasirandom import points
from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief
from funnelsim.model.case import Case
from funnelsim.model.funnel import WON
from funnelsim.model.law import Beta

if TYPE_CHECKING:
    from funnelsim.engine.coupling import Coupling

Floats = npt.NDArray[np.float64]
N_POINTS_FOR_MEANS = 8192


@dataclass(frozen=True)
class Parameter:
    """One drawn figure: ``curve`` draws it, times ``factor``; it replaces exit `exit` of stage `stage`, or scales."""

    name: str
    kind: int
    stage: int
    exit: int
    curve: Curve
    factor: float
    beta: Beta | None = None


@dataclass(frozen=True)
class Draws:
    """Parameters at n points: exits (n, S, K), stay factors (n, S), shares of shocks (n, A), realisation (n,).

    `inflow` (n, sources) multiplies the rates of the sources; None leaves them as they are.
    """

    probability: Floats
    time: Floats
    rho: Floats
    realisation: Floats
    inflow: Floats | None = None


@dataclass(frozen=True)
class Parameters:
    """All drawn figures of a case with their copula, and the figures where nothing is drawn.

    `coupling` is what communication does to the stages, if any hangs on it.
    """

    parameters: tuple[Parameter, ...]
    correlation: Floats
    probability: Floats
    rho: Floats
    coupling: Coupling | None = None

    @property
    def n(self) -> int:
        """Return how many figures are drawn."""
        return len(self.parameters)

    @property
    def is_correlated(self) -> npt.NDArray[np.bool_]:
        """Return, per parameter, whether a correlation names it."""
        return np.asarray((np.abs(self.correlation - np.eye(self.n)) > 0).any(axis=1), dtype=bool)

    @property
    def copula(self) -> Floats:
        """Return the lower Cholesky factor of the correlation of normal scores."""
        return np.asarray(np.linalg.cholesky(self.correlation)) if self.n else np.zeros((0, 0))

    @property
    def moves_chances(self) -> bool:
        """Return whether a drawn figure moves an exit's chance."""
        drawn = {parameter.kind for parameter in self.parameters}
        return bool(drawn & {CONVERSION, STAY}) or (self.coupling is not None and self.n > 0)

    @property
    def as_stated(self) -> Parameters:
        """Return the parameters without the remedies of communication: what stated figures speak of."""
        return self if self.coupling is None else replace(self, coupling=self.coupling.baseline)

    def values(self, u: Floats) -> Floats:
        """Return the drawn figures, shape (n, B), at points `u` of the unit cube."""
        if not self.n:
            return np.empty((len(u), 0))
        # u is a survival: the smaller it is, the larger the value, as in the kernel
        scores = special.ndtri(u) @ self.copula.T
        return self.exceeded(np.where(self.is_correlated, special.ndtr(-scores), u))

    def exceeded(self, survivals: Floats) -> Floats:
        """Return the figures, shape (n, B), that are exceeded with these probabilities, each by its own law."""
        columns = [
            parameter.curve.upper(survivals[:, i]) * parameter.factor for i, parameter in enumerate(self.parameters)
        ]
        return np.stack(columns, axis=1) if columns else np.empty((len(survivals), 0))

    def at(self, u: Floats) -> Draws:
        """Return what the figures of the case are at points `u`, shape (n, B), of the unit cube."""
        return self.draws(self.values(u))

    def draws(self, values: Floats) -> Draws:
        """Return what the figures of the case are where the drawn ones have `values`, shape (n, B)."""
        n, n_stages = len(values), len(self.probability)
        draws = Draws(
            np.repeat(self.probability[None], n, axis=0),
            np.ones((n, n_stages)),
            np.repeat(self.rho[None], n, axis=0),
            np.ones(n),
        )
        for i, parameter in enumerate(self.parameters):
            value = values[:, i]
            if parameter.kind == CONVERSION:
                _set_exit(draws.probability[:, parameter.stage], parameter.exit, value)
            elif parameter.kind == STAY:
                draws.time[:, parameter.stage] = value
            elif parameter.kind == RHO:
                draws.rho[:, 0] = value
            elif parameter.kind == REALISATION:
                draws.realisation[:] = value
        if self.coupling is not None:
            self.coupling.act(draws, self.parameters, values)
        return draws


def _set_exit(probability: Floats, exit_: int, value: Floats) -> None:
    before = probability[:, exit_].copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.where(before < 1.0, (1.0 - value) / (1.0 - before), 0.0)
    probability *= rest[:, None]
    probability[:, exit_] = value


def parameters_of(case: Case, targets: tuple[tuple[str, ...], ...], probability: Floats, rho: Floats) -> Parameters:
    """Return the drawn figures of a case; `targets` names each stage's exits in the order of `probability`."""
    drawn = tuple(_parameter(case, belief, targets) for belief in case.beliefs)
    correlation = _correlation(case)
    found = Parameters(drawn, correlation, probability, rho)
    if not (case.funnel.is_linear and found.is_correlated.any()):
        return found
    return _with_means_held(found, [len(names) - 1 for names in targets])


def _parameter(case: Case, belief: Belief, targets: tuple[tuple[str, ...], ...]) -> Parameter:
    about, names = belief.about, case.funnel.names
    name = str(about)
    if about.kind in {"rho", "realisation"}:
        kind = RHO if about.kind == "rho" else REALISATION
        return Parameter(name, kind, 0, 0, curve_of(belief.law), 1.0 / belief.base)
    stage = names.index(about.stage)
    if about.kind == "stay":
        return Parameter(name, STAY, stage, 0, curve_of(belief.law), 1.0 / belief.base)
    ahead = names[stage + 1] if stage + 1 < len(names) else WON
    exit_ = targets[stage].index(about.exit if about.kind == "exit" else ahead)
    stated = next(e.probability for e in case.funnel.stages[stage].exits if e.to == targets[stage][exit_])
    if isinstance(belief.law, Beta):
        law = replace(belief.law, mean=stated)
        return Parameter(name, CONVERSION, stage, exit_, curve_of(law), 1.0, law)
    factor = 1.0
    if about.kind == "win_rate" and stage + 1 < len(names):
        ahead_rate = case.funnel.win_rates[stage + 1]
        if belief.law.support[1] > ahead_rate:
            raise InputError.of(
                f"the law reaches {belief.law.support[1]:.4g}, above the win rate {ahead_rate:.4g} of '{ahead}' "
                "after it; narrow it, or take a beta with evidence",
                "beliefs",
                name,
            )
        factor = 1.0 / ahead_rate
    return Parameter(name, CONVERSION, stage, exit_, curve_of(belief.law), factor)


def _correlation(case: Case) -> Floats:
    order = {belief.about: i for i, belief in enumerate(case.beliefs)}
    matrix = np.eye(len(order))
    for entry in case.correlations:
        i, j = (order[subject] for subject in entry.between)
        # the correlation of normal scores behind a rank correlation
        matrix[i, j] = matrix[j, i] = 2.0 * np.sin(np.pi * entry.rank / 6.0)
    if order and np.linalg.eigvalsh(matrix)[0] <= 1e-9:
        raise InputError.of(
            "these rank correlations contradict each other (or are exactly 1); weaken some", "correlations"
        )
    return matrix


def _with_means_held(found: Parameters, advance: Sequence[int]) -> Parameters:
    """Solve the means of correlated conversions, last stage first, so that every win rate keeps its mean.

    `advance` is each stage's onward exit: the best of those it has, not the last place of the array.
    """
    u = points(N_POINTS_FOR_MEANS, found.n)
    parameters = list(found.parameters)
    correlated = found.is_correlated
    by_stage = {p.stage: i for i, p in enumerate(parameters) if p.kind == CONVERSION}
    ahead, stated_ahead = np.ones(len(u)), 1.0
    for stage in range(len(found.probability) - 1, -1, -1):
        i = by_stage.get(stage)
        conversion = found.probability[stage, advance[stage]]
        stated = conversion * stated_ahead
        if i is None:
            ahead = ahead * conversion
        else:
            if correlated[i]:
                parameters[i] = _hold(replace(found, parameters=tuple(parameters)), i, u, ahead, stated)
            ahead = ahead * replace(found, parameters=tuple(parameters)).values(u)[:, i]
        stated_ahead = stated
    return replace(found, parameters=tuple(parameters))


def _hold(found: Parameters, i: int, u: Floats, ahead: Floats, stated: float) -> Parameter:
    parameter = found.parameters[i]
    # the same points give E[ahead] its quadrature error; scale it out
    for _ in range(40):
        reached = float((_replaced(found, i, parameter).values(u)[:, i] * ahead).mean())
        ratio = stated / reached if reached > 0 else 1.0
        if abs(ratio - 1) < 1e-10:
            break
        if parameter.beta is not None and parameter.beta.mean is not None:
            mean = min(parameter.beta.mean * ratio, 1 - 1e-9)
            beta = replace(parameter.beta, mean=mean)
            parameter = replace(parameter, beta=beta, curve=curve_of(beta))
        else:
            parameter = replace(parameter, factor=parameter.factor * ratio)
    return parameter


def _replaced(found: Parameters, i: int, parameter: Parameter) -> Parameters:
    """Return the parameters with number `i` exchanged."""
    return replace(found, parameters=(*found.parameters[:i], parameter, *found.parameters[i + 1 :]))


def belief_key(parameter: Parameter) -> np.uint64:
    """Return the address of a parameter's draw."""
    return key("belief", parameter.name)
