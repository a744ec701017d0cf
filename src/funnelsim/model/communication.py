"""A message handed on from hop to hop, what is done to lose less of it, and the stages that hang on it (M8).

Everything stated of a hop outside its remedy is the baseline: the way things are told today, which the stated
conversions and stays already contain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import inf, isfinite

from funnelsim.errors import InputError, Problem
from funnelsim.model.law import Beta, Fixed, Law, Shaped

MAX_ITEMS = 1_000
MAX_WEIGHT = 10_000
MAX_REPEAT_BACKS = 20
MAX_REWORK = 10.0


@dataclass(frozen=True)
class Item:
    """One thing a message says; if a `critical` one is lost the message is void."""

    name: str = ""
    weight: int = 1
    critical: bool = False


@dataclass(frozen=True)
class Message:
    """The items that set out.

    Examples
    --------
    >>> Message.alike(20).weight
    20
    """

    items: tuple[Item, ...] = (Item(),)

    @classmethod
    def alike(cls, n: int) -> Message:
        """Return a message of `n` nameless items of the same weight."""
        if not 1 <= n <= MAX_ITEMS:
            raise InputError.of(f"{n} items; give 1 to {MAX_ITEMS:,}", "communication", "message", "items")
        return cls((Item(),) * n)

    @property
    def weight(self) -> int:
        """Return the weight of all items together."""
        return sum(item.weight for item in self.items)

    @property
    def has_critical(self) -> bool:
        """Return whether losing some item voids the message."""
        return any(item.critical for item in self.items)

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the message; paths start at it."""
        if not 1 <= len(self.items) <= MAX_ITEMS:
            yield Problem(("named",), f"{len(self.items)} items; give 1 to {MAX_ITEMS:,}")
        for i, item in enumerate(self.items):
            if item.weight < 1:
                yield Problem(("named", i, "weight"), f"weight {item.weight}; give a whole number from 1 up")
        if self.weight > MAX_WEIGHT:
            yield Problem(("named",), f"weights add up to {self.weight:,}; keep them within {MAX_WEIGHT:,} together")


@dataclass(frozen=True)
class Remedy:
    """What is done at a hop to lose less; no part of it belongs to the baseline.

    Parameters
    ----------
    adds : float
        What is added to the hop's retention, as by training.
    repeat_backs : int
        How often the listener says it back, each time a new attempt: r becomes 1 - (1 - r)^(m + 1).
    correlation : float
        Correlation of the attempts: that share of items meets one fate in all of them, which lowers the gain.
    repeat_takes : Law, optional
        Days one repeat-back takes; None: as long as the hop itself.
    written : float
        A written brief keeps at least so much: r becomes max(r, written).
    written_takes : Law, optional
        Days it takes to write it.
    removed : bool
        The message passes the hop by: nothing is lost there, and no time.
    """

    adds: float = 0.0
    repeat_backs: int = 0
    correlation: float = 0.0
    repeat_takes: Law | None = None
    written: float = 0.0
    written_takes: Law | None = None
    removed: bool = False

    @property
    def parts(self) -> tuple[tuple[str, Remedy], ...]:
        """Return each thing that is done, by name, as a remedy of its own."""
        found = []
        if self.adds:
            found.append(("adds", Remedy(adds=self.adds)))
        if self.repeat_backs:
            alone = Remedy(repeat_backs=self.repeat_backs, correlation=self.correlation, repeat_takes=self.repeat_takes)
            found.append(("repeat_backs", alone))
        if self.written:
            found.append(("written", Remedy(written=self.written, written_takes=self.written_takes)))
        if self.removed:
            found.append(("removed", REMOVED))
        return tuple(found)

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the remedy; paths start at it."""
        for name, value in {"adds": self.adds, "written": self.written, "correlation": self.correlation}.items():
            if not 0 <= value <= 1:
                yield Problem((name,), f"{value:g} is outside 0..1")
        if not 0 <= self.repeat_backs <= MAX_REPEAT_BACKS:
            yield Problem(("repeat_backs",), f"{self.repeat_backs} repeat-backs; give 0 to {MAX_REPEAT_BACKS}")


NO_REMEDY = Remedy()
REMOVED = Remedy(removed=True)


@dataclass(frozen=True)
class Hop:
    """One handing-on: `keeps` is the law of the share of items that come through, drawn once per trial.

    Parameters
    ----------
    takes : Law, optional
        Days the hop takes; None: no time.
    """

    name: str
    keeps: Law
    takes: Law | None = None
    label: str = ""
    remedy: Remedy = NO_REMEDY

    @property
    def title(self) -> str:
        """Return the name with its label."""
        return f"{self.name} ({self.label})" if self.label else self.name

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the hop; paths start at it."""
        low, high = self.keeps.support
        if isinstance(self.keeps, Beta) and self.keeps.mean is None:
            yield Problem(("keeps",), "a beta without a mean; write {beta: {mean: 80%, evidence: 40}}")
        elif isinstance(self.keeps, Shaped) or not (low >= 0 and high <= 1):
            yield Problem(("keeps",), f"a law over {low:g}..{high:g} for a share; take a beta, or a law within 0..1")
        yield from (problem.under("remedy") for problem in self.remedy.problems())


@dataclass(frozen=True)
class Coupling:
    """How a stage hangs on the message: the odds of advancing go with F^elasticity, stays with F^-rework."""

    elasticity: Law = field(default_factory=lambda: Fixed(0.0))
    rework: Law = field(default_factory=lambda: Fixed(0.0))

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the coupling; paths start at it."""
        for name, law in (("elasticity", self.elasticity), ("rework", self.rework)):
            if isinstance(law, Beta) and law.mean is None:
                yield Problem((name,), "a beta without a mean; state its mean")
        if not isfinite(self.elasticity.support[0]):
            yield Problem(("elasticity",), "must be finite")
        if self.rework.support[1] > MAX_REWORK:
            yield Problem(("rework",), f"reaches {self.rework.support[1]:g}; keep it within 0..{MAX_REWORK:g}")


@dataclass(frozen=True)
class Communication:
    """A chain of hops, the message it carries, the time it has, and the stages that hang on it.

    Parameters
    ----------
    time_limit_days : float
        A message that arrives later is worth nothing; infinite: no limit.
    stages : dict of str to Coupling
        By the name of the stage.

    Raises
    ------
    InputError
        With every problem; paths begin with ``communication``.
    """

    hops: tuple[Hop, ...]
    message: Message = field(default_factory=Message)
    time_limit_days: float = inf
    stages: dict[str, Coupling] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problem.under("communication") for problem in problems)

    @property
    def baseline(self) -> Communication:
        """Return the chain without any remedy."""
        return replace(self, hops=tuple(replace(hop, remedy=NO_REMEDY) for hop in self.hops))

    def with_remedy(self, number: int, remedy: Remedy) -> Communication:
        """Return the chain with another remedy at one hop."""
        hops = [replace(hop, remedy=remedy) if i == number else hop for i, hop in enumerate(self.hops)]
        return replace(self, hops=tuple(hops))

    def stage_problems(self, names: tuple[str, ...]) -> Iterator[Problem]:
        """Yield the stages named here that the funnel does not have."""
        for name in self.stages:
            if name not in names:
                yield Problem(("communication", "stages", name), f"no such stage; the stages are {', '.join(names)}")

    def _problems(self) -> Iterator[Problem]:
        if not self.hops:
            yield Problem(("hops",), "no hops; state at least one")
        names = [hop.name for hop in self.hops]
        for i, hop in enumerate(self.hops):
            if hop.name in names[:i]:
                yield Problem(("hops", i, "name"), f"'{hop.name}' is the name of an earlier hop; names must differ")
            yield from (problem.under("hops", i) for problem in hop.problems())
            if self.stages and hop.keeps.support[1] <= 0:
                yield Problem(("hops", i, "keeps"), f"'{hop.name}' keeps nothing, so no stage can hang on this chain")
        yield from (problem.under("message") for problem in self.message.problems())
        if not self.time_limit_days > 0:
            yield Problem(("time_limit",), "must be above 0")
        for name, coupling in self.stages.items():
            yield from (problem.under("stages", name) for problem in coupling.problems())
