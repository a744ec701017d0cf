"""A search on simulated trials, and a certificate on trials the search has not seen (model page, M15).

All values of the input share their random numbers, so the search is a search on one fixed surface. What it names was
picked because it looked good in those trials, and proves nothing by them: half of the time it falls short. So it is
tried on fresh trials, and raised until the Clopper-Pearson bound of the share that reaches the goal reaches the chance
that is asked for. Looking at many values costs nothing there: more of the input reaches the goal in no fewer of the
same trials, so a value too small can pass only if the largest value too small passes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from scipy import special

from funnelsim.analysis.booked import needed_for
from funnelsim.analysis.search import smallest
from funnelsim.engine.simulate import simulate
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import Case

MAX_PATHS = 4_000_000_000


@dataclass(frozen=True)
class Hits:
    """In how many trials the goal was reached, and the mean as a share of what is needed."""

    n: int
    trials: int
    mean: float = 0.0

    @property
    def share(self) -> float:
        """Return the share of trials that reach the goal."""
        return self.n / self.trials

    def at_least(self, alpha: float) -> float:
        """Return the Clopper-Pearson lower bound: above the true chance in at most `alpha` of all samples."""
        return float(special.betaincinv(self.n, self.trials - self.n + 1, alpha)) if self.n else 0.0

    def at_most(self, alpha: float) -> float:
        """Return the Clopper-Pearson upper bound: below the true chance in at most `alpha` of all samples."""
        missed = self.trials - self.n
        return float(special.betainccinv(self.n + 1, missed, alpha)) if missed else 1.0


@dataclass
class Draws:
    """Trials of a case at any step of its input: block 0 is searched, block 1 is fresh.

    Parameters
    ----------
    at : callable
        Makes the case at a step.
    n_deals : callable
        Tells how many deals that case has.
    """

    at: Callable[[int], Case]
    measure: str
    trials: int
    seed: int
    threads: int | None
    n_deals: Callable[[int], int]
    _known: dict[tuple[int, int], Hits] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise InputError.of(f"{self.trials}; give 1 or more", "--trials")

    def hits(self, step: int, block: int) -> Hits:
        """Return what the trials of a block do at a step."""
        if (step, block) not in self._known:
            case = self.at(step)
            measures = ("bookings", "wins")
            found = simulate(case, trials=self.trials, seed=self.seed, threads=self.threads, measures=measures,
                             first_trial=block * self.trials)  # fmt: skip
            reached, needed = found.toward(case.targets[0]), needed_for(case, case.targets[0])
            n = int((reached >= needed).sum())
            self._known[step, block] = Hits(n, self.trials, float(reached.mean()) / needed)
        return self._known[step, block]

    def searched(self, step: int) -> Hits:
        """Return what the trials of the search do at a step."""
        return self.hits(step, 0)

    def fresh(self, step: int) -> Hits:
        """Return what the trials of the certificate do at a step."""
        return self.hits(step, 1)

    def means(self) -> dict[int, float]:
        """Return the mean, as a share of what is needed, at every step searched so far."""
        return {step: hits.mean for (step, block), hits in self._known.items() if block == 0}

    def last_step(self, first: int, last: int) -> int:
        """Return the last step whose case is small enough to be simulated in reasonable time."""
        room = MAX_PATHS // self.trials
        found = smallest(lambda step: self.n_deals(step) - room - 1, first, last, first, room)
        return last if found is None else max(found - 1, first)


@dataclass(frozen=True)
class Certified:
    """A step whose lower bound on fresh trials reaches the goal, and the step that the search alone would name."""

    step: int
    estimate: int


def certified(
    draws: Draws, chance: float, alpha: float, first: int, last: int, guess: int, stride: int = 1
) -> Certified | None:
    """Return the first step that holds on fresh trials, or None if even the last one falls short in the search.

    Raises
    ------
    RefusedError
        If so few trials cannot show such a chance, or not that close to it.
    """
    enough = hits_for(chance, draws.trials, alpha)
    estimate = smallest(lambda step: draws.searched(step).share - chance, first, last, guess, stride)
    if estimate is None:
        return None
    step = smallest(lambda step: draws.fresh(step).n - enough, estimate, last, estimate)
    if step is None:
        raise RefusedError(
            f"{draws.trials:,} trials cannot tell whether the goal is within reach: at the largest value its chance is "
            f"{100 * draws.fresh(last).share:.4g}%, too close to {100 * chance:g}%; give more --trials"
        )
    return Certified(step, estimate)


def hits_for(chance: float, trials: int, alpha: float) -> int:
    """Return the fewest hits whose lower bound reaches `chance`.

    Raises
    ------
    RefusedError
        If even a hit in every trial does not.
    """
    found = smallest(lambda n: Hits(n, trials).at_least(alpha) - chance, 0, trials, ceil(chance * trials))
    if found is None:
        raise RefusedError(
            f"{trials:,} trials cannot show a chance of {100 * chance:g}% with that confidence; give more --trials"
        )
    return found
