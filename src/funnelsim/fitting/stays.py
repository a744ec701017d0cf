"""Laws of stays by censored maximum likelihood, chosen by AIC (model page, M12.4).

Forecasts rest on day-cell hazards, since timers and calendar batches defeat every smooth law; these laws are for
display and on request. A stay that the record calls a days long lasted between a and a + 1. With S the survival,

    log L = sum over ended stays of log(S(a) - S(a + 1)) + sum over the others of log S(c) - sum over all of log S(b),

c the age up to which a stay was seen to last, b the age at which the record began to see it (left truncation). The law
belongs to one kind of exit: other exits end what is seen of it, at the middle of their day, so it tells how long it
would take if nothing else could happen. Asked for any exit it is the law of the stay itself. Parameters are logs of a
scale and of a shape, their standard errors from the curvature at the maximum; AIC = 2 parameters - 2 log L.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from funnelsim.errors import InputError
from funnelsim.fitting.exits import CENSORED, Floats, Spells
from funnelsim.fitting.spells import since_entry
from funnelsim.history.record import History
from funnelsim.model.law import FAMILIES, Family, Shaped

ENOUGH = 10
_N_PARAMETERS: dict[Family, int] = {"exponential": 1, "weibull": 2, "gamma": 2, "lognormal": 2}
_STEP = 1e-4


@dataclass(frozen=True)
class StayLaw:
    """A law fitted to stays.

    Parameters
    ----------
    law : Shaped
        In figures one can read.
    parameters, errors : array (parameter,)
        Log of the scale (exponential and gamma: the mean; Weibull: the scale; lognormal: the median), then log of the
        shape (lognormal: of sigma); and their standard errors.
    n_ended, n_censored : int
        Stays that ended by the exit; the others.
    """

    law: Shaped
    parameters: Floats
    errors: Floats
    log_likelihood: float
    aic: float
    n_ended: int
    n_censored: int


def stay_laws(history: History, stage: int, exits: Collection[int] | None = None) -> tuple[StayLaw, ...]:
    """Return the laws of the time to some exits of a stage, the best by AIC first.

    Parameters
    ----------
    exits : collection of int, optional
        Numbers of stages, LOST or WON; default: any exit.

    Raises
    ------
    InputError
        If fewer than `ENOUGH` stays ended so.
    """
    n_states = len(history.stages) + 2
    states = range(n_states) if exits is None else {code % n_states for code in exits}
    spells = since_entry(history, stage)
    n_ended = int(np.isin(spells.to, list(states)).sum())
    if n_ended < ENOUGH:
        raise InputError.of(
            f"{n_ended} stays in '{history.stages[stage]}' ended that way, too few for a law of their length; "
            f"at least {ENOUGH} are needed, or take the table of daily chances"
        )
    return fit_stays(spells, states)


def fit_stays(spells: Spells, exits: Collection[int]) -> tuple[StayLaw, ...]:
    """Return the laws of the time to some exits, the best by AIC first; spells by whole days since entry."""
    return tuple(sorted((fit_stay(spells, exits, family) for family in FAMILIES), key=lambda fit: fit.aic))


def fit_stay(spells: Spells, exits: Collection[int], family: Family) -> StayLaw:
    """Return the law of one family."""
    seen = _Seen.of(spells, exits)
    n, log_survival = _N_PARAMETERS[family], _LOG_SURVIVAL[family]

    def loss(parameters: Floats) -> float:
        return -seen.log_likelihood(lambda x: log_survival(parameters, x))

    start = np.array([np.log(seen.days_each), 0.0][:n])
    found = optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9})
    best = np.asarray(found.x, float)
    errors = np.sqrt(np.diag(np.linalg.pinv(_curvature(loss, best))))
    return StayLaw(
        Shaped(family, _FIGURES[family](best)), best, errors, -loss(best), 2 * n + 2 * loss(best), *seen.numbers
    )


@dataclass(frozen=True)
class _Seen:
    """What was seen, alike rows once: lasted at least to `low`, not to `high`, seen from `start` on, so many times."""

    start: Floats
    low: Floats
    high: Floats
    count: Floats

    @classmethod
    def of(cls, spells: Spells, exits: Collection[int]) -> _Seen:
        ended = np.isin(spells.to, list(exits))
        otherwise = ~ended & (spells.to != CENSORED)
        low = np.where(ended, spells.stop - 1, np.where(otherwise, spells.stop - 0.5, spells.stop))
        high = np.where(ended, spells.stop, np.inf)
        rows, count = np.unique(np.stack([spells.start, low, high]), axis=1, return_counts=True)
        return cls(rows[0], rows[1], rows[2], count.astype(float))

    @property
    def numbers(self) -> tuple[int, int]:
        """Return how many ended, and how many others there are."""
        ended = np.isfinite(self.high)
        return int(self.count[ended].sum()), int(self.count[~ended].sum())

    @property
    def days_each(self) -> float:
        """Return the days under observation per stay that ended, the mean of an exponential law."""
        days = np.where(np.isfinite(self.high), self.high - 0.5, self.low) - self.start
        return float((self.count @ days) / max(self.numbers[0], 1))

    def log_likelihood(self, log_survival: Callable[[Floats], Floats]) -> float:
        low, high, start = (log_survival(ages) for ages in (self.low, self.high, self.start))
        # a floor keeps a law that rules out what was seen merely very unlikely
        gap = np.maximum(-np.expm1(np.minimum(high - low, 0.0)), 1e-300)
        return float(self.count @ np.maximum(low + np.log(gap) - start, -1e4))


def _weibull(parameters: Floats, x: Floats) -> Floats:
    return np.asarray(-((x / np.exp(parameters[0])) ** np.exp(parameters[1])))


def _gamma(parameters: Floats, x: Floats) -> Floats:
    shape = np.exp(parameters[1])
    return np.asarray(np.log(np.maximum(special.gammaincc(shape, x * shape / np.exp(parameters[0])), 1e-300)))


def _lognormal(parameters: Floats, x: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(special.log_ndtr((parameters[0] - np.log(x)) / np.exp(parameters[1])))


_LOG_SURVIVAL: dict[Family, Callable[[Floats, Floats], Floats]] = {
    "exponential": lambda parameters, x: np.asarray(-x / np.exp(parameters[0])),
    "weibull": _weibull,
    "gamma": _gamma,
    "lognormal": _lognormal,
}
_P90 = float(special.ndtri(0.9))
_FIGURES: dict[Family, Callable[[Floats], dict[str, float]]] = {
    "exponential": lambda p: {"mean": float(np.exp(p[0]))},
    "weibull": lambda p: {"scale": float(np.exp(p[0])), "shape": float(np.exp(p[1]))},
    "gamma": lambda p: {"mean": float(np.exp(p[0])), "cv": float(np.exp(-p[1] / 2))},
    "lognormal": lambda p: {"median": float(np.exp(p[0])), "p90": float(np.exp(p[0] + _P90 * np.exp(p[1])))},
}


def _curvature(loss: Callable[[Floats], float], best: Floats) -> Floats:
    """Return the second derivatives (parameter, parameter) by central differences."""
    steps = _STEP * np.eye(len(best))
    return np.array(
        [
            [
                (loss(best + a + b) - loss(best + a - b) - loss(best - a + b) + loss(best - a - b)) / (4 * _STEP**2)
                for b in steps
            ]
            for a in steps
        ]
    )
