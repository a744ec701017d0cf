"""The funnel: a semi-Markov process of stages whose exits lead onward, back, to won or to lost.

In stage i a deal takes exit j with probability p_ij after a stay T ~ F_ij; with probability `never` it
decides never and stays open, until `timeout_days` closes it as lost (model page, M1). A linear funnel is
stated by win rates w or conversions c, w_i = c_i c_(i+1) ... c_n (M2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from math import inf, isfinite
from typing import Literal

from funnelsim.errors import InputError, Problem
from funnelsim.model.law import Law
from funnelsim.model.practice import Practice

WON = "won"
LOST = "lost"
Form = Literal["win_rate", "conversion", "exits"]
_SUM_TOLERANCE = 1e-9


def is_lost(target: str) -> bool:
    """Tell whether an exit's target is lost, with or without a reason (``lost/price``)."""
    return target == LOST or target.startswith(LOST + "/")


@dataclass(frozen=True)
class Exit:
    """One way out of a stage: `to` is a stage's name, ``won``, ``lost`` or ``lost/reason``."""

    to: str
    probability: float
    stay: Law | None = None


@dataclass(frozen=True)
class Stage:
    """A stage and its exits; probabilities of exits and of `never` add up to one."""

    name: str
    exits: tuple[Exit, ...]
    never: float = 0.0
    timeout_days: float = inf
    label: str = ""
    in_forecast: bool = True
    practice: Practice = field(default_factory=Practice)

    @property
    def title(self) -> str:
        """Return the name with its label."""
        return f"{self.name} ({self.label})" if self.label else self.name


@dataclass(frozen=True)
class Step:
    """One stage of a linear funnel as people state it: a win rate or a conversion.

    Parameters
    ----------
    stay : Law, optional
        Time to advance, in days.
    stay_lost : Law, optional
        Time to a loss, in days; the same as `stay` if left out, and then age moves dates and not chances (M2).
    """

    name: str
    win_rate: float | None = None
    conversion: float | None = None
    stay: Law | None = None
    stay_lost: Law | None = None
    never: float = 0.0
    timeout_days: float = inf
    label: str = ""
    in_forecast: bool = True
    practice: Practice = field(default_factory=Practice)


@dataclass(frozen=True)
class Funnel:
    """Stages in order. Make it from `Stage`, or with `linear` from win rates or conversions.

    Parameters
    ----------
    shared_stay : tuple of str
        Stages of which one stay was stated for advance and loss alike.
    progress_marks : tuple of str
        Stages labelled 0 %: a mark of progress and no win rate, so no deal may be forecast from it (M2).

    Raises
    ------
    InputError
        With every problem: exits that do not add up to one, unknown targets, a cycle with no way out,
        some stays stated and others not.

    Examples
    --------
    >>> Funnel.linear([Step("demo", win_rate=0.2), Step("offer", win_rate=0.5)]).conversions
    (0.4, 0.5)
    """

    stages: tuple[Stage, ...]
    stated_as: Form = "exits"
    shared_stay: tuple[str, ...] = field(default=(), compare=False)
    progress_marks: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problem.under("stages") for problem in problems)

    @classmethod
    def linear(cls, steps: Sequence[Step]) -> Funnel:
        """Return the funnel in which each stage leads to the next one or to lost, and the last one to won."""
        conversions = conversions_of(steps)
        stages = []
        for i, (step, conversion) in enumerate(zip(steps, conversions, strict=True)):
            onward = steps[i + 1].name if i + 1 < len(steps) else WON
            exits = (
                Exit(onward, conversion, step.stay),
                Exit(LOST, max(1.0 - conversion - step.never, 0.0), step.stay_lost or step.stay),
            )
            more = (step.never, step.timeout_days, step.label, step.in_forecast, step.practice)
            stages.append(Stage(step.name, exits, *more))
        by_win_rate = any(step.win_rate is not None for step in steps)
        shared = tuple(step.name for step in steps if step.stay is not None and step.stay_lost is None)
        marks = tuple(step.name for step in steps if step.win_rate == 0)
        return cls(tuple(stages), "win_rate" if by_win_rate else "conversion", shared, marks)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names of the stages in order."""
        return tuple(stage.name for stage in self.stages)

    @cached_property
    def is_linear(self) -> bool:
        """Return whether each stage leads only to the next one (the last to won), to lost, or nowhere."""
        onward = (*self.names[1:], WON)
        return all(
            exit_.to == ahead or is_lost(exit_.to)
            for stage, ahead in zip(self.stages, onward, strict=True)
            for exit_ in stage.exits
        )

    @cached_property
    def has_stays(self) -> bool:
        """Return whether durations are stated; without them only what happens in the end can be said."""
        return any(exit_.stay is not None for stage in self.stages for exit_ in stage.exits)

    @cached_property
    def conversions(self) -> tuple[float, ...]:
        """Return the probability of each stage's onward exits (to a later stage or to won)."""
        return tuple(
            sum(e.probability for e in stage.exits if self.is_onward(i, e.to)) for i, stage in enumerate(self.stages)
        )

    @cached_property
    def win_rates(self) -> tuple[float, ...]:
        """Return the chance that a new deal entering each stage is won in the end: w = (I - P)^-1 b."""
        n = len(self.stages)
        index = {name: i for i, name in enumerate(self.names)}
        rows = [[float(i == j) for j in range(n)] + [0.0] for i in range(n)]
        for i, stage in enumerate(self.stages):
            for exit_ in stage.exits:
                if exit_.to == WON:
                    rows[i][n] += exit_.probability
                elif exit_.to in index:
                    rows[i][index[exit_.to]] -= exit_.probability
        return tuple(_solve(rows))

    def is_onward(self, i: int, target: str) -> bool:
        """Tell whether an exit of stage `i` to `target` leads forward."""
        return target == WON or (target in self.names and self.names.index(target) > i)

    def _problems(self) -> Iterator[Problem]:
        if not self.stages:
            yield Problem((), "no stages; state at least one")
        for i, stage in enumerate(self.stages):
            yield from (problem.under(i) for problem in self._stage_problems(stage))
        first_seen: dict[str, int] = {}
        for i, stage in enumerate(self.stages):
            if stage.name in first_seen:
                yield Problem((i, "name"), f"'{stage.name}' is the name of an earlier stage; names must differ")
            first_seen.setdefault(stage.name, i)
        yield from self._dead_ends()
        if self.has_stays:
            for i, stage in enumerate(self.stages):
                bare = [e.to for e in stage.exits if e.stay is None and e.probability > 0]
                if bare:
                    yield Problem(
                        (i, "stay"),
                        f"stage '{stage.name}' states no stay for {', '.join(bare)} while others do; state all or none",
                    )

    def _stage_problems(self, stage: Stage) -> Iterator[Problem]:
        if not stage.name or stage.name in {WON, "never"} or is_lost(stage.name):
            yield Problem(("name",), f"'{stage.name}' cannot name a stage; won, lost and never are reserved")
        total = stage.never
        for exit_ in stage.exits:
            total += exit_.probability
            where = ("exits", exit_.to)
            if not 0 <= exit_.probability <= 1:
                yield Problem((*where, "probability"), f"{exit_.probability:g} is outside 0..1")
            if exit_.to != WON and not is_lost(exit_.to) and exit_.to not in self.names:
                close = get_close_matches(exit_.to, self.names, 1)
                hint = f"; did you mean '{close[0]}'?" if close else f"; the stages are {', '.join(self.names)}"
                yield Problem(where, f"no stage '{exit_.to}'{hint}")
        if not 0 <= stage.never <= 1:
            yield Problem(("never",), f"{stage.never:g} is outside 0..1")
        elif not abs(total - 1) <= _SUM_TOLERANCE:
            yield Problem(
                ("exits",),
                f"exits of '{stage.name}' and never add up to {total:.6g}, not 1; mend one of them",
            )
        if not stage.timeout_days > 0:
            yield Problem(("never", "timeout"), "a time-out must be above 0 days")

    def _dead_ends(self) -> Iterator[Problem]:
        ends = {
            stage.name
            for stage in self.stages
            if stage.never > 0 or any(e.probability > 0 and e.to not in self.names for e in stage.exits)
        }
        while grown := {
            stage.name
            for stage in self.stages
            if stage.name not in ends and any(e.probability > 0 and e.to in ends for e in stage.exits)
        }:
            ends |= grown
        for i, stage in enumerate(self.stages):
            if stage.name not in ends:
                yield Problem((i, "exits"), f"from '{stage.name}' a deal can never reach won or lost; add a way out")


def conversions_of(steps: Sequence[Step]) -> tuple[float, ...]:
    """Return c_i = w_i / w_(i+1), c_n = w_n, from whichever figure each step states.

    Raises
    ------
    InputError
        If a figure is missing, stated twice, outside 0..1, or a win rate falls from a stage to the next.
    """
    problems: list[Problem] = []
    conversions: list[float] = []
    later_win_rate: float | None = 1.0
    for i, step in reversed(list(enumerate(steps))):
        conversion, win_rate = step.conversion, step.win_rate
        if (conversion is None) == (win_rate is None):
            found = "both" if conversion is not None else "neither"
            problems.append(Problem((i,), f"stage '{step.name}' states {found} of win_rate and conversion; state one"))
            later_win_rate = None
            conversions.append(0.0)
            continue
        name, stated = ("win_rate", win_rate) if conversion is None else ("conversion", conversion)
        if stated is None or not (isfinite(stated) and 0 <= stated <= 1):
            problems.append(Problem((i, name), f"{stated} is outside 0..1 (0 % to 100 %)"))
            later_win_rate = None
            conversions.append(0.0)
            continue
        if conversion is None and win_rate is not None:
            if later_win_rate is not None and win_rate > later_win_rate:
                ahead = f"the {later_win_rate:.4g} of '{steps[i + 1].name}' after it"
                problems.append(
                    Problem(
                        (i, "win_rate"),
                        f"win rate {win_rate:.4g} of '{step.name}' is above {ahead}, so its conversion would exceed 1; "
                        "win rates must not fall from a stage to the next: lower this one, raise the other, "
                        "or state conversions",
                    )
                )
                conversion = 0.0
            else:
                conversion = win_rate / later_win_rate if later_win_rate else 0.0
            later_win_rate = win_rate
        elif conversion is not None:
            later_win_rate = None if later_win_rate is None else conversion * later_win_rate
        if conversion is not None and conversion + step.never > 1 + _SUM_TOLERANCE:
            problems.append(
                Problem(
                    (i, "never"),
                    f"conversion {conversion:.4g} and never {step.never:.4g} of '{step.name}' exceed 1 together; "
                    "lower one of them",
                )
            )
        conversions.append(conversion or 0.0)
    if problems:
        raise InputError(problem.under("stages") for problem in reversed(problems))
    return tuple(reversed(conversions))


def _solve(rows: list[list[float]]) -> list[float]:
    """Solve a small linear system [A | b] by elimination with partial pivots."""
    n = len(rows)
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(n):
            factor = rows[r][i] / rows[i][i] if r != i else 0.0
            if factor:
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [rows[i][n] / rows[i][i] for i in range(n)]
