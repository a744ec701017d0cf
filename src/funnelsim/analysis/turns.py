"""Inputs that can be turned the way that hurts, each in a unit of its own (model page, M14.6).

A conversion is turned down in log odds, stays and amounts in logs;
fitted tables on every day of a stage alike. The unit is the standard deviation of what is
believed of the input where there is a belief, and else a stated size: one in log odds, a half in logs of stays, a
quarter in logs of amounts and of new business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import polygamma

from funnelsim.analysis.drawn_conversions import conversions_of_draws
from funnelsim.engine.laws import curve_of
from funnelsim.model.beliefs import Belief
from funnelsim.model.case import Case
from funnelsim.model.conversion import with_conversion
from funnelsim.model.daily_mean import mean_tables
from funnelsim.model.daily_odds import shift_to, tilted
from funnelsim.model.daily_speed import slower_case
from funnelsim.model.implied import implied_funnel
from funnelsim.model.law import Beta, Fixed
from funnelsim.model.opinions import log_odds_of, probability_of
from funnelsim.model.scaling import scaled
from funnelsim.model.stresses import slower

Kind = Literal["conversion", "stays", "amounts", "arrivals"]
UnitFrom = Literal["belief", "stated"]
UNITS: dict[Kind, float] = {"conversion": 1.0, "stays": 0.5, "amounts": 0.25, "arrivals": 0.25}
_RATES = frozenset({"win_rate", "conversion", "exit"})
N_POINTS = 512


@dataclass(frozen=True)
class Turn:
    """One input and its unit.

    Parameters
    ----------
    name : str
        The name of the stage, of a conversion; else the kind.
    base : float
        The figure as it stands: a conversion, or 1 for a factor.
    unit : float
        In log odds of a conversion, in logs of a factor.
    unit_from : {"belief", "stated"}
        Whether the unit is the standard deviation of a belief.
    """

    name: str
    kind: Kind
    base: float
    unit: float
    unit_from: UnitFrom

    def at(self, units: float) -> float:
        """Return the figure turned by so many units the way that hurts.

        Examples
        --------
        >>> round(Turn("demo", "conversion", 0.5, 1.0, "stated").at(1.0), 4)
        0.2689
        """
        if self.kind == "conversion":
            return probability_of(log_odds_of(self.base) - units * self.unit)
        return self.base * exp(units * self.unit if self.kind == "stays" else -units * self.unit)


def turns_of(case: Case) -> tuple[Turn, ...]:
    """Return every input of a case that can be turned."""
    return tuple(_turns(case))


def turned(case: Case, turns: Sequence[Turn], units: npt.NDArray[np.float64]) -> Case:
    """Return the case with every input turned; beliefs about what is turned are gone, the figures stand for them.

    Of fitted tables the mean over the posterior draws stands for what is believed.
    """
    kinds = {turn.kind for turn in turns}
    gone = {"conversion": _RATES, "stays": {"stay"}, "amounts": {"realisation"}}
    dropped = {kind for name, about in gone.items() if name in kinds for kind in about}
    beliefs = tuple(belief for belief in case.beliefs if belief.about.kind not in dropped)
    about = {belief.about for belief in beliefs}
    correlations = tuple(c for c in case.correlations if set(c.between) <= about)
    found = replace(case, beliefs=beliefs, correlations=correlations)
    if case.fitted is not None:
        found = replace(found, fitted=mean_tables(case.fitted))
    for turn, x in zip(turns, units, strict=True):
        if x > 0:
            found = _put(found, turn, turn.at(float(x)))
    return found


def _turns(case: Case) -> Iterator[Turn]:
    for i, stage in enumerate(case.funnel.stages):
        conversion = case.funnel.conversions[i]
        if stage.in_forecast and 0 < conversion < 1 - stage.never:
            sd = _sd_of_conversion(case, stage.name, conversion) if case.fitted is None else _sd_of_draws(case, i)
            yield Turn(stage.name, "conversion", conversion, sd or UNITS["conversion"], "belief" if sd else "stated")
    if case.funnel.has_stays and case.end is not None:
        yield _factor(case, "stays", "stay")
    if any(target.measure != "wins" for target in case.targets):
        yield _factor(case, "amounts", "realisation")
    if any(source.rate is not None for source in case.sources):
        yield Turn("arrivals", "arrivals", 1.0, UNITS["arrivals"], "stated")


def _factor(case: Case, kind: Kind, about: str) -> Turn:
    sds = [_sd_of_log(belief) for belief in case.beliefs if belief.about.kind == about]
    return Turn(kind, kind, 1.0, max(sds) if sds else UNITS[kind], "belief" if sds else "stated")


def _sd_of_conversion(case: Case, stage: str, conversion: float) -> float:
    """Return the standard deviation of a conversion's log odds, 0 where nothing is believed of it.

    Of a Beta(a, b) it is sqrt(psi'(a) + psi'(b)); another law is read at evenly spaced points.
    """
    for belief in case.beliefs:
        if belief.about.stage == stage and belief.about.kind in _RATES:
            if isinstance(belief.law, Beta):
                a, b = (belief.law.evidence * share for share in (conversion, 1 - conversion))
                return sqrt(float(polygamma(1, a) + polygamma(1, b)))
            points = _quantiles(belief)
            return float(np.std([log_odds_of(min(max(x, 1e-9), 1 - 1e-9)) for x in points]))
    return 0.0


def _sd_of_draws(case: Case, stage: int) -> float:
    """Return the standard deviation of the log odds of a fitted conversion over the posterior draws."""
    if case.fitted is None or case.fitted.n_draws == 1:
        return 0.0
    of_draws = conversions_of_draws(case.fitted)[:, stage]
    return float(np.std([log_odds_of(min(max(x, 1e-9), 1 - 1e-9)) for x in of_draws]))


def _sd_of_log(belief: Belief) -> float:
    return float(np.std(np.log(np.maximum(_quantiles(belief), 1e-9))))


def _quantiles(belief: Belief) -> npt.NDArray[np.float64]:
    curve = curve_of(belief.law)
    return np.array([float(curve.lower((i + 0.5) / N_POINTS)) for i in range(N_POINTS)])


def _put(case: Case, turn: Turn, value: float) -> Case:
    if turn.kind == "conversion":
        return _with_conversion(case, turn.name, value)
    if turn.kind == "stays" and case.fitted is not None:
        return slower_case(case, case.fitted, value)
    if turn.kind == "stays":
        return replace(case, funnel=slower(case.funnel, value))
    if turn.kind == "amounts":
        sources = tuple(
            replace(s, entry=replace(s.entry, amount=s.entry.amount and scaled(s.entry.amount, value)))
            for s in case.sources
        )
        return replace(case, realisation=scaled(case.realisation or Fixed(1.0), value), sources=sources)
    sources = tuple(
        s if s.rate is None else replace(s, rate=replace(s.rate, level=value * s.rate.level)) for s in case.sources
    )
    return replace(case, sources=sources)


def _with_conversion(case: Case, name: str, value: float) -> Case:
    funnel = case.funnel
    i = funnel.names.index(name)
    if case.fitted is not None:
        tables = tilted(case.fitted, [i], shift_to(case.fitted, i, value))
        return replace(case, fitted=tables, funnel=implied_funnel(tables))
    stage = funnel.stages[i]
    after = with_conversion(stage, [funnel.is_onward(i, e.to) for e in stage.exits], value)
    stages = (*funnel.stages[:i], after, *funnel.stages[i + 1 :])
    return replace(case, funnel=replace(funnel, stages=stages))
