"""The forecast given each of many settings of the inputs, luck and shocks integrated out (model page, M14.2).

By the exact engine where it answers and the work is bearable; else by trials, the same for every setting, so that two
settings differ by what was set and not by luck.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.booked import booked_in, needed_for, needed_in_unit
from funnelsim.analysis.inputs import Inputs
from funnelsim.engine.ensemble import Ensemble
from funnelsim.engine.exact import LatticeLaw
from funnelsim.engine.exact.engine import ExactLaw, exact_given
from funnelsim.engine.settings import Settings, set_to
from funnelsim.engine.simulate import Simulation
from funnelsim.errors import RefusedError
from funnelsim.model.case import Case
from funnelsim.model.target import MONEY, Target

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]
QUANTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
MAX_WORK = 2e9
_NUMBERS_PER_BLOCK = 1 << 20


def outputs_of(case: Case) -> tuple[str, ...]:
    """Return the names of what is told of every setting: mean, quantiles, and the chance of each target."""
    return ("mean", *QUANTILES, *(f"target_{i}" for i in range(1, len(case.targets) + 1)))


@dataclass(frozen=True)
class ExactAnswers:
    """Answers of the exact engine."""

    inputs: Inputs

    engine = "exact"
    trials = None

    def work(self, figures: Floats) -> float:
        """Return about how many products the first of the settings takes.

        Raises
        ------
        RefusedError
            If the exact engine does not answer the case.
        """
        return self._law(self.inputs.settings(figures[:1])).work

    def __call__(self, figures: Floats, on_progress: Progress | None = None) -> Floats:
        """Return (n, outputs) at figures (n, inputs)."""
        found, done = np.empty((len(figures), len(outputs_of(self.inputs.case)))), 0
        for rows in self._blocks(self.inputs.settings(figures)):
            found[rows] = self._answers(self.inputs.settings(figures[rows]))
            done += len(rows)
            if on_progress is not None:
                on_progress(done, len(figures))
        return found

    def _blocks(self, settings: Settings) -> Iterator[Ints]:
        """Yield rows to be worked out together; those with amounts as quoted apart, since their sums have atoms."""
        is_quoted = np.asarray(settings.draws(self.inputs.program).realisation == 1.0)
        size = self._block(settings)
        for kind in (True, False):
            rows = np.flatnonzero(is_quoted == kind)
            for low in range(0, len(rows), size):
                yield rows[low : low + size]

    def _block(self, settings: Settings) -> int:
        law = self._law(settings.part(0, 1))
        numbers = len(self.inputs.program.arrays.class_stage) * law.n_shocks
        return int(np.clip(_NUMBERS_PER_BLOCK // numbers, 1, 64))

    def _law(self, settings: Settings) -> ExactLaw:
        draws = settings.draws(self.inputs.program)
        if self._scales:
            draws = replace(draws, realisation=np.ones(len(settings)))
        measures = ("bookings", *({target.measure for target in self.inputs.case.targets} - {"bookings"}))
        return exact_given(self.inputs.program, draws, measures)

    @property
    def _scales(self) -> bool:
        """Return whether a factor on amounts multiplies the whole sum, so that its law need not be worked out anew."""
        return not self.inputs.case.has_business

    def _answers(self, settings: Settings) -> Floats:
        case, law = self.inputs.case, self._law(settings)
        scale = settings.draws(self.inputs.program).realisation if self._scales else np.ones(len(settings))
        booked = booked_in(case, "bookings", {})
        totals = law.each_total("bookings")
        columns = [[booked + x.mean * s for x, s in zip(totals, scale, strict=True)]]
        columns += [
            [booked + x.quantile(p) * s for x, s in zip(totals, scale, strict=True)] for p in QUANTILES.values()
        ]
        columns += [_chances(law.each_toward(target), case, target, scale) for target in case.targets]
        return np.array(columns).T


def _chances(laws: list[LatticeLaw], case: Case, target: Target, scale: Floats) -> list[float]:
    needed, is_money = needed_in_unit(case, target), target.measure in MONEY
    return [
        law.chance_at_least(needed / (s if is_money else 1.0)) if s > 0 else float(needed <= 0)
        for law, s in zip(laws, scale, strict=True)
    ]


@dataclass(frozen=True)
class SimulatedAnswers:
    """Answers of the same trials at every setting."""

    inputs: Inputs
    simulation: Simulation
    trials: int

    engine = "simulate"

    def __call__(self, figures: Floats, on_progress: Progress | None = None) -> Floats:
        """Return (n, outputs) at figures (n, inputs)."""
        settings, found = self.inputs.settings(figures), list[list[float]]()
        for number in range(len(figures)):
            found.append(self._answer(settings, number))
            if on_progress is not None:
                on_progress(number + 1, len(figures))
        return np.array(found)

    def _answer(self, settings: Settings, number: int) -> list[float]:
        simulation = copy(self.simulation)
        simulation.program = set_to(self.simulation.program, settings, number)
        return self.told(simulation.run(self.trials))

    def told(self, ensemble: Ensemble) -> list[float]:
        """Return the outputs of an ensemble."""
        case, booked = self.inputs.case, booked_in(self.inputs.case, "bookings", {})
        total = np.sort(ensemble.total("bookings")) / 100.0
        at = [total[max(ceil(p * len(total) - 1e-9) - 1, 0)] for p in QUANTILES.values()]
        chances = [float((ensemble.toward(t) >= needed_for(case, t)).mean()) for t in case.targets]
        return [booked + float(total.mean()), *(booked + float(x) for x in at), *chances]


Answers = ExactAnswers | SimulatedAnswers


def simulated_answers(
    inputs: Inputs, trials: int, *, seed: int | None = None, threads: int | None = None
) -> SimulatedAnswers:
    """Return answers by `trials` trials at every setting."""
    simulation = Simulation(inputs.case, seed=seed, threads=threads, measures=("bookings",))
    simulation.program = inputs.program
    return SimulatedAnswers(inputs, simulation, trials)


def answers_of(
    inputs: Inputs,
    n_settings: int,
    trials: int,
    *,
    engine: str | None = None,
    seed: int | None = None,
    threads: int | None = None,
    most_work: float = MAX_WORK,
) -> tuple[Answers, str]:
    """Return what answers, the exact engine if it can within bearable work, and why not if it is not that one.

    Raises
    ------
    RefusedError
        If `engine` is "exact" and the exact engine does not answer the case.
    """
    exact = ExactAnswers(inputs)
    if engine == "simulate":
        return simulated_answers(inputs, trials, seed=seed, threads=threads), ""
    try:
        work = exact.work(inputs.low[None]) * n_settings
    except RefusedError as error:
        if engine == "exact":
            raise
        why = str(error).partition("; use --engine")[0]
        return simulated_answers(inputs, trials, seed=seed, threads=threads), why
    if engine == "exact" or work <= most_work:
        return exact, ""
    why = f"the exact laws of {n_settings:,} settings would take too long"
    return simulated_answers(inputs, trials, seed=seed, threads=threads), why
