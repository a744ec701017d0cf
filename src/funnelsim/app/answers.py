"""Which engine answers a draft, and how many futures fit into the time that a reader waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

from funnelsim.analysis.answer import forecast
from funnelsim.analysis.forecast import Forecast
from funnelsim.analysis.method import Method
from funnelsim.engine.exact import exact
from funnelsim.engine.kernel.compiling import is_compiled
from funnelsim.engine.simulate import simulate
from funnelsim.errors import RefusedError
from funnelsim.model.case import Case

MOST_EXACT_WORK = 6_000
SHOCK_POINTS = 81
STEPS = (500, 1_000, 2_000, 5_000, 10_000)
SECONDS = 0.35
Choice = Literal["auto", "exact", "simulate"]
Progress = Callable[[int, int], None]


def exact_work(case: Case) -> int:
    """Return how much the exact laws of a case cost: deals, times periods, times points of the shock.

    A unit took 20 microseconds or so on a machine with two busy cores; beliefs multiply it by hundreds of draws.
    """
    return len(case.pipeline) * max(len(case.periods), 1) * (SHOCK_POINTS if case.shock.moves_chances else 1)


def is_quick_exactly(case: Case) -> bool:
    """Tell whether exact laws would be there before a reader notices."""
    return not (case.beliefs or case.sources or case.loyalty) and exact_work(case) <= MOST_EXACT_WORK


@dataclass
class Answerer:
    """Answers cases of one workbench, all by one method, so that they can be held against each other.

    The number of trials is the largest of a few that the first run shows to fit into the time; it is told with every
    answer, and with it and the seed `funnelsim run` gives the same figures.

    Parameters
    ----------
    seed : int
    choice : {"auto", "exact", "simulate"}
    trials : int, optional
        So many in place of what fits.
    """

    seed: int
    choice: Choice = "auto"
    trials: int | None = None
    fitting: int | None = field(default=None, init=False)

    @property
    def must_compile(self) -> bool:
        """Return whether the next simulation begins with a compilation."""
        return not is_compiled()

    def method(self, case: Case) -> Method:
        """Return the method for a case; measures once what fits."""
        if self.choice == "exact" or (self.choice == "auto" and self.trials is None and is_quick_exactly(case)):
            return Method("exact")
        if self.trials is None and self.fitting is None:
            self.fitting = trials_that_fit(case, self.seed)
        return Method("simulate", self.trials or self.fitting, self.seed)

    def forecast(self, case: Case, on_progress: Progress | None = None) -> Forecast:
        """Return the forecast.

        Raises
        ------
        RefusedError
            If exact laws were asked for and there are none.
        """
        method = self.method(case)
        if method.engine == "exact":
            try:
                return forecast(exact(case, case.measures))
            except RefusedError:
                if self.choice == "exact":
                    raise
                self.choice = "simulate"
                method = self.method(case)
        drawn = simulate(case, trials=method.trials, seed=method.seed, on_progress=on_progress)
        return forecast(drawn)


def trials_that_fit(case: Case, seed: int, seconds: float = SECONDS) -> int:
    """Return the most trials, of a few round numbers, that take no longer than so many seconds here and now."""
    simulate(case, trials=1, seed=seed)  # compiled and warm from here on
    found = STEPS[0]
    for n in STEPS:
        taken = min(_timed(case, n, seed) for _ in range(2))
        if taken > seconds:
            break
        found = n
        if 2.5 * taken > seconds:
            break
    return found


def _timed(case: Case, trials: int, seed: int) -> float:
    begun = perf_counter()
    simulate(case, trials=trials, seed=seed)
    return perf_counter() - begun


def command(told: Forecast, name: str) -> str:
    """Return the command that gives the same figures from the file of a draft.

    Examples
    --------
    >>> from funnelsim.analysis.answer import forecast
    >>> from datetime import date
    >>> from funnelsim import Case, Deal, Funnel, Money, Pipeline, Step, exact
    >>> case = Case("one", Money("CNY"), date(2026, 10, 1), Funnel.linear([Step("offer", win_rate=0.5)]),
    ...             Pipeline((Deal("a", "offer", 100.0),)))
    >>> command(forecast(exact(case)), "one.yaml")
    'funnelsim run one.yaml --engine exact'
    """
    how = "--engine exact" if told.engine == "exact" else f"--trials {told.trials} --seed {told.seed}"
    return f"funnelsim run {name} {how}"
