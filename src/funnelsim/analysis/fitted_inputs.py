"""The inputs of a case with fitted tables, and the case at figures of them (M14.1).

What the posterior draws say of a conversion is taken over as a beta law with their mean and variance; the tables
themselves are the mean over the draws. A conversion is set by moving the log odds of every day of its stage, a stay
by stretching the ages of its stage, the shock by a factor on u.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.drawn_conversions import conversions_of_draws
from funnelsim.analysis.input import Input, Inputs, Kind
from funnelsim.engine.laws import Curve, curve_of
from funnelsim.errors import InputError, Problem
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.case import Case
from funnelsim.model.daily import DailyTables
from funnelsim.model.daily_mean import mean_tables
from funnelsim.model.daily_odds import conversion_of, reach_of, shift_to, tilted
from funnelsim.model.daily_speed import slower_case
from funnelsim.model.law import Beta, Fixed, Law, Uniform
from funnelsim.model.opening import EVIDENCE, SHOCK_OF_TABLES, Opening, Origin, Range, checked_openings, default_law

Floats = npt.NDArray[np.float64]
LOW, HIGH = 0.1, 0.9
MOST_EVIDENCE = 1e6
INSIDE = 1e-6  # of what a conversion can reach


@dataclass(frozen=True)
class FittedInputs(Inputs):
    """The inputs of a fitted case.

    Parameters
    ----------
    tables : DailyTables
        The mean over the posterior draws.
    curves : tuple of Curve
        The law of each input.
    """

    tables: DailyTables
    curves: tuple[Curve, ...]

    def figures(self, u: Floats) -> Floats:
        """Return the figures (n, inputs) below which each input lies with the probabilities `u`, each by itself."""
        return np.stack([curve.upper(1.0 - u[:, i]) for i, curve in enumerate(self.curves)], axis=1)

    def case_at(self, figures: Sequence[float]) -> Case:
        """Return the case with every input at a figure; what is believed of amounts is the figure."""
        found = replace(self.case, fitted=self.tables, beliefs=(), correlations=())
        for one, figure in zip(self.inputs, figures, strict=True):
            found = _put(found, one, float(figure))
        return found


def fitted_inputs(case: Case, tables: DailyTables, ranges: Mapping[str, Range] | None = None) -> FittedInputs:
    """Return the inputs of a case with fitted tables.

    Raises
    ------
    InputError
        For an unknown input, a range out of bounds, or a conversion that the tables cannot reach.
    """
    given, mean = dict(ranges or {}), mean_tables(tables)
    found = checked_openings(case, given)
    problems = [problem for opening in found for problem in _beyond(opening, mean, given)]
    if problems:
        raise InputError(problems)
    laws = [_law(opening, case, tables, mean, given) for opening in found]
    inputs = tuple(_input(opening, law, origin) for opening, (law, origin) in zip(found, laws, strict=True))
    return FittedInputs(case, inputs, mean, tuple(curve_of(law) for law, _ in laws))


def _law(
    opening: Opening, case: Case, tables: DailyTables, mean: DailyTables, given: Mapping[str, Range]
) -> tuple[Law, Origin]:
    if opening.name in given:
        return Uniform(*given[opening.name]), "stated"
    if _kind(opening) == "conversion":
        return _of_draws(tables, mean, _stage(opening))
    for belief in case.beliefs:
        if belief.about == opening.subject:
            return belief.law, "belief"
    return default_law(opening), "default"


def _of_draws(tables: DailyTables, mean: DailyTables, stage: str) -> tuple[Law, Origin]:
    """Return a beta law with the conversion of the mean table and the variance of the conversions of the draws."""
    number = tables.names.index(stage)
    c, variance = conversion_of(mean, number), float(conversions_of_draws(tables)[:, number].var())
    if tables.n_draws == 1 or not variance > 0:
        return Beta(EVIDENCE, c), "default"
    return Beta(min(max(c * (1.0 - c) / variance - 1.0, 1.0), MOST_EVIDENCE), c), "belief"


def _beyond(opening: Opening, tables: DailyTables, given: Mapping[str, Range]) -> list[Problem]:
    if opening.name not in given or _kind(opening) != "conversion":
        return []
    (low, high), (least, most) = given[opening.name], reach_of(tables, tables.names.index(_stage(opening)))
    if least <= low and high <= most + INSIDE:
        return []
    told = f"{low:g}:{high:g}; the fitted days of this stage reach from {least:.4g} to {most:.4g}"
    return [Problem(("--range", opening.name), told)]


def _input(opening: Opening, law: Law, origin: Origin) -> Input:
    curve = curve_of(law)
    low, high = (float(curve.lower(p)) for p in (LOW, HIGH))
    if isinstance(law, Uniform) and origin != "belief":
        low, high = law.low, law.high
    base = float(curve.mean) if origin == "belief" else opening.stated
    owner = opening.source or (opening.subject.stage if opening.subject else "")
    return Input(opening.name, _kind(opening), owner, low, base, high, origin)


def _kind(opening: Opening) -> Kind:
    if opening.name == SHOCK_OF_TABLES:
        return "hazards"
    kinds: dict[str, Kind] = {"conversion": "conversion", "stay": "stay", "realisation": "realisation"}
    return "rate" if opening.subject is None else kinds[opening.subject.kind]


def _stage(opening: Opening) -> str:
    return opening.subject.stage if opening.subject else ""


def _put(case: Case, one: Input, figure: float) -> Case:
    tables = case.fitted
    if one.kind == "realisation":
        return replace(case, beliefs=(Belief(Subject("realisation"), Fixed(figure)),))
    if one.kind == "rate":
        rates = [replace(s.rate, level=figure * s.rate.level) if s.rate else None for s in case.sources]
        sources = zip(case.sources, rates, strict=True)
        return replace(case, sources=tuple(replace(s, rate=r) if s.name == one.of else s for s, r in sources))
    if tables is None or (figure == 1.0 and one.is_factor):
        return case
    if one.kind == "hazards":
        return replace(case, fitted=replace(tables, shock=tuple(figure * u for u in tables.shock)))
    number = tables.names.index(one.of)
    if one.kind == "stay":
        return slower_case(case, tables, figure, (number,))
    low, high = reach_of(tables, number)
    room = INSIDE * (high - low)
    shift = shift_to(tables, number, min(max(figure, low + room), high - room))
    return replace(case, fitted=tilted(tables, (number,), shift))
