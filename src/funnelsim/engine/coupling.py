"""How a trial's communication acts on its stages (model page, M8.3).

With F the product of the trial's retentions after remedies and F0 that of the baseline means, a stage converts at

    logit c' = logit c + shift + e ln(F / F0),

all its onward exits together, and its stays are multiplied by scale (F0 / F)^d. `shift` and `scale` are solved under
the baseline laws, over everything that is drawn, so that E[c'] = E[c] and the mean factor is 1: what is stated
already contains the way things are told today. Only remedies move the means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.engine.kernel.plan import CONVERSION, ELASTICITY, KEEPS, REWORK
from funnelsim.engine.laws import Curve, curve_of
from funnelsim.engine.parameters import Draws, Parameter, Parameters
from funnelsim.engine.rules import Rule, combined, rule_of
from funnelsim.engine.tilt import tilt_exits
from funnelsim.errors import InputError
from funnelsim.model.communication import Communication, Hop, Remedy
from funnelsim.model.law import Fixed, Law

if TYPE_CHECKING:
    from funnelsim.model.case import Case

Floats = npt.NDArray[np.float64]
TINY = 1e-300
_LARGEST_SHIFT = 700.0
_FURTHEST = 0.5  # below it the factor on stays has a finite variance


@dataclass(frozen=True)
class Coupling:
    """The numbers of the coupling: H hops, U coupled stages.

    Parameters
    ----------
    keeps : array (H,)
        Retention of each hop where it is not drawn.
    remedy : array (H, 5)
        [what is added, repeat-backs, their correlation, what a written brief keeps, whether removed].
    log_baseline : float
        ln F0.
    stage : int array (U,)
    elasticity, rework : array (U,)
        Where they are not drawn.
    shift, scale : array (U,)
    onward : bool array (S, K)
    """

    keeps: Floats
    remedy: Floats
    log_baseline: float
    stage: npt.NDArray[np.int64]
    elasticity: Floats
    rework: Floats
    shift: Floats
    scale: Floats
    onward: npt.NDArray[np.bool_]

    @property
    def baseline(self) -> Coupling:
        """Return the coupling without remedies."""
        return replace(self, remedy=np.zeros_like(self.remedy))

    def act(self, draws: Draws, parameters: Sequence[Parameter], values: Floats) -> None:
        """Change the chances and stays of `draws` at the points where the parameters have `values`."""
        own = {KEEPS: self.keeps, ELASTICITY: self.elasticity, REWORK: self.rework}
        drawn = {kind: np.tile(fixed, (len(values), 1)) for kind, fixed in own.items()}
        for i, parameter in enumerate(parameters):
            if parameter.kind in drawn:
                drawn[parameter.kind][:, parameter.stage] = values[:, i]
        kept = np.stack([remedied(drawn[KEEPS][:, h], row) for h, row in enumerate(self.remedy)], axis=1)
        log_share = np.log(np.maximum(kept, TINY)).sum(axis=1) - self.log_baseline
        for u, stage in enumerate(self.stage):
            tilt = self.shift[u] + drawn[ELASTICITY][:, u] * log_share
            draws.probability[:, stage] = tilt_exits(draws.probability[:, stage], self.onward[stage], tilt)
            draws.time[:, stage] *= self.scale[u] * np.exp(-drawn[REWORK][:, u] * log_share)


def remedied(keeps: Floats, row: Sequence[float] | Floats) -> Floats:
    """Return what a hop of retention `keeps` retains after its remedy, a row of `Coupling.remedy`.

    Attempts that meet one fate in a share rho of the items have correlation rho, for any number of them.
    """
    adds, repeat_backs, correlation, written, removed = row
    if removed:
        return np.ones_like(keeps)
    once = np.minimum(keeps + adds, 1.0)
    gained = (1.0 - once) * (1.0 - (1.0 - once) ** repeat_backs)
    return np.maximum(once + (1.0 - correlation) * gained, written)


def remedy_row(remedy: Remedy) -> tuple[float, ...]:
    """Return a remedy as a row of numbers."""
    return remedy.adds, float(remedy.repeat_backs), remedy.correlation, remedy.written, float(remedy.removed)


def coupled(case: Case, parameters: Parameters, onward: npt.NDArray[np.bool_]) -> Parameters:
    """Return the parameters with those of the communication behind them, and what they do to the stages.

    Raises
    ------
    InputError
        If the factor on the stays of a stage would have no finite variance.
    """
    chain = case.communication
    if chain is None or not chain.stages:
        return parameters
    names = case.funnel.names
    stages = [names.index(name) for name in chain.stages]
    couplings = tuple(chain.stages.values())
    hops = [curve_of(hop.keeps) for hop in chain.hops]
    elasticity = [curve_of(coupling.elasticity) for coupling in couplings]
    rework = [curve_of(coupling.rework) for coupling in couplings]
    log_baseline = float(np.log([curve.mean for curve in hops]).sum())
    log_share = combined([_log_rule(curve) for curve in hops], np.add).mapped(lambda x: x - log_baseline)
    for name, law in zip(chain.stages, rework, strict=True):
        _check_tails(chain, hops, law, name)
    found = Coupling(
        keeps=np.array([curve.mean for curve in hops]),
        remedy=np.array([remedy_row(hop.remedy) for hop in chain.hops]),
        log_baseline=log_baseline,
        stage=np.array(stages, np.int64),
        elasticity=np.array([curve.mean for curve in elasticity]),
        rework=np.array([curve.mean for curve in rework]),
        shift=np.array(
            [_shift(_onward_rule(parameters, s, onward), e, log_share) for s, e in zip(stages, elasticity, strict=True)]
        ),
        scale=np.array([1.0 / _mean_factor(hops, d) for d in rework]),
        onward=onward,
    )
    new = [*_drawn_hops(chain.hops, hops)]
    for u, name in enumerate(chain.stages):
        own = couplings[u]
        new += _drawn(own.elasticity, elasticity[u], f"communication.stages.{name}.elasticity", ELASTICITY, u)
        new += _drawn(own.rework, rework[u], f"communication.stages.{name}.rework", REWORK, u)
    correlation = np.eye(parameters.n + len(new))
    correlation[: parameters.n, : parameters.n] = parameters.correlation
    drawn = (*parameters.parameters, *new)
    return replace(parameters, parameters=drawn, correlation=correlation, coupling=found)


def _drawn_hops(hops: Sequence[Hop], curves: Sequence[Curve]) -> list[Parameter]:
    return [
        parameter
        for h, (hop, curve) in enumerate(zip(hops, curves, strict=True))
        for parameter in _drawn(hop.keeps, curve, f"communication.hops.{hop.name}.keeps", KEEPS, h)
    ]


def _drawn(law: Law, curve: Curve, name: str, kind: int, number: int) -> list[Parameter]:
    """Return the parameter of a law, none for a fixed figure."""
    return [] if isinstance(law, Fixed) else [Parameter(name, kind, number, 0, curve, 1.0)]


def _log_rule(curve: Curve) -> Rule:
    return rule_of(curve).mapped(lambda x: np.log(np.maximum(x, TINY)))


def _onward_rule(parameters: Parameters, stage: int, onward: npt.NDArray[np.bool_]) -> Rule:
    """Return the law of a stage's onward exits together, as its belief draws it."""
    exits, ahead = parameters.probability[stage], onward[stage]
    up = float(exits[ahead].sum())
    for parameter in parameters.parameters:
        if parameter.kind == CONVERSION and parameter.stage == stage:
            drawn, stated = rule_of(parameter.curve), float(exits[parameter.exit])
            value, is_ahead = drawn.points * parameter.factor, bool(ahead[parameter.exit])
            rest = (up - is_ahead * stated) / (1.0 - stated) if stated < 1.0 else 0.0
            return Rule(is_ahead * value + rest * (1.0 - value), drawn.weights).reduced()
    return Rule(np.array([up]), np.ones(1))


def _shift(up: Rule, elasticity: Curve, log_share: Rule) -> float:
    """Return the shift with E[expit(logit c + shift + e ln(F / F0))] = E[c], by bisection."""
    tilt = combined([rule_of(elasticity), log_share], np.multiply)
    wanted = up.mean()
    if wanted in {0.0, 1.0} or not np.abs(tilt.points).any():
        return 0.0
    odds = special.logit(np.clip(up.points, 0.0, 1.0))[:, None] + tilt.points
    low, high = -_LARGEST_SHIFT, _LARGEST_SHIFT
    for _ in range(80):
        middle = 0.5 * (low + high)
        reached = up.weights @ special.expit(odds + middle) @ tilt.weights
        low, high = (middle, high) if reached < wanted else (low, middle)
    return 0.5 * (low + high)


def _mean_factor(hops: Sequence[Curve], rework: Curve) -> float:
    """Return E[(F0 / F)^d] under the baseline: hops are independent given d."""
    powers = rule_of(rework)
    means = np.ones(len(powers.points))
    for curve in hops:
        kept = rule_of(curve)
        relative = np.log(np.maximum(kept.points, TINY) / curve.mean)
        means *= np.exp(-powers.points[:, None] * relative) @ kept.weights
    return float(powers.weights @ means)


def _check_tails(chain: Communication, hops: Sequence[Curve], rework: Curve, stage: str) -> None:
    largest = float(rework.upper(1e-15))
    if largest <= 0.0:
        return
    for hop, curve in zip(chain.hops, hops, strict=True):
        near, far = (float(curve.lower(v)) for v in (1e-10, 1e-12))
        slope = np.log(near / far) / np.log(100.0) if far > 0.0 else np.inf
        if largest * slope >= _FURTHEST:
            raise InputError.of(
                f"'{hop.name}' may keep almost nothing, so that F^-{largest:g} has no finite spread; "
                "lower the rework, or take a law of the hop that rests on more evidence or stays above 0",
                "communication",
                "stages",
                stage,
                "rework",
            )
