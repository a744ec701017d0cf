"""What a person wants solved for, held against a case: which lever that is, and what is missing to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from functools import partial

from funnelsim.analysis.levers import ByDay, Conversion, Lever, Prospects
from funnelsim.analysis.named import EntryDay, Range, Setting
from funnelsim.errors import InputError, Problem
from funnelsim.model.beliefs import Belief
from funnelsim.model.case import GROUPINGS, LARGEST_TOTAL, SMALLEST_AMOUNT, Case
from funnelsim.model.funnel import Stage
from funnelsim.model.law import Beta
from funnelsim.model.pipeline import Deal


@dataclass(frozen=True)
class Wanted:
    """A lever as a person asks for it, before it is held against a case.

    Parameters
    ----------
    solve : str
        ``prospects``, ``prospects:STAGE``, ``conversion:STAGE``, ``date``, ``latest``, ``latest:STAGE``, or the path of
        an input of the config.
    amount : float, optional
        Of each prospect; default: what all open deals of the stage share.
    group : mapping
        Segment, owner or source of the prospects; default: what all open deals of the stage share.
    besides : bool
        Whether prospects come besides the open deals (and what is booked), rather than instead of them.
    n : int, optional
        How many prospects enter on the latest day.
    between : Range, optional
        Of an input of the config.
    make : callable, optional
        From path and value to the case of the config with that value.
    """

    solve: str = "prospects"
    amount: float | None = None
    group: Mapping[str, str] = field(default_factory=dict)
    besides: bool = False
    n: int | None = None
    between: Range | None = None
    make: Callable[[str, str], Case] | None = None

    @property
    def starts_afresh(self) -> bool:
        """Return whether neither open deals nor what is booked count."""
        return self.solve.partition(":")[0] == "prospects" and not self.besides

    def lever(self, case: Case, needed: float) -> Lever:
        """Return the lever for a case whose only target needs `needed` in its unit.

        Raises
        ------
        InputError
            With every problem: no such lever or stage, an amount or a group that cannot be told, no time in the case.
        """
        kind, _, name = self.solve.partition(":")
        problems = list(self._misplaced(kind))
        found: Lever | None = None
        try:
            found = self._found(kind, name, case, needed)
        except InputError as error:
            problems += error.problems
        if problems or found is None:
            raise InputError(problems)
        return found

    def _misplaced(self, kind: str) -> list[Problem]:
        given = {"amount": self.amount is not None, "group": bool(self.group), "besides-open": self.besides}
        return [
            Problem((f"--{name}",), f"says something of new prospects, and {kind} is solved for; leave it out")
            for name, is_given in given.items()
            if is_given and kind != "prospects" and not (kind == "latest" and name != "besides-open")
        ]

    def _found(self, kind: str, name: str, case: Case, needed: float) -> Lever:
        if kind == "prospects":
            return self._prospects(_stage(case, name or _first(case)), case, needed)
        if kind == "conversion" and name:
            return _conversion(_stage(case, name), case)
        if kind == "date" and not name:
            return _by_day(case)
        if kind == "latest":
            return self._latest(_stage(case, name or _first(case)), case, needed)
        if "." in self.solve and self.make is not None:
            return self._named(self.make, case)
        raise InputError.of(
            f"'{self.solve}' is nothing to solve for; take prospects, prospects:STAGE, conversion:STAGE, date, latest, "
            "latest:STAGE, or the path of an input such as stages.NAME.win_rate",
            "--solve",
        )

    def _latest(self, stage: Stage, case: Case, needed: float) -> EntryDay:
        if self.n is None:
            raise InputError.of("latest is a day for so many prospects; say how many with --prospects", "--prospects")
        if case.end is None:
            raise InputError.of("the horizon is unlimited, so no day is too late; state stays and a horizon", "--solve")
        like = self._prospects(stage, case, needed)
        due = case.targets[0].by or case.end - timedelta(days=1)
        return EntryDay(stage.name, self.n, like.amount, case.as_of, due, like.group)

    def _named(self, make: Callable[[str, str], Case], case: Case) -> Setting:
        if self.between is None:
            raise InputError.of(f"say between what '{self.solve}' may lie, such as --between 10%:50%", "--between")
        return Setting.of(case, self.solve, self.between, partial(make, self.solve))

    def _prospects(self, stage: Stage, case: Case, needed: float) -> Prospects:
        i = case.funnel.names.index(stage.name)
        rate = case.funnel.win_rates[i]
        problems = []
        if not stage.in_forecast:
            text = f"'{stage.name}' is not in the forecast (in_forecast: no); name a later stage"
            problems.append(Problem(("--solve",), text))
        elif not rate > 0:
            text = f"nothing that enters '{stage.name}' is ever won: its win rate is 0; state a conversion for it"
            problems.append(Problem(("--solve",), text))
        alike = _Alike([deal for deal in case.pipeline.deals if deal.stage == stage.name], stage.name)
        is_money = case.targets[0].measure == "bookings"
        amount = (self.amount or 0.0) if self.amount is not None else alike.amount(problems) if is_money else 1.0
        if self.amount is not None and not SMALLEST_AMOUNT <= amount <= LARGEST_TOTAL / 10:
            problems.append(Problem(("--amount",), f"{self.amount:g}; give at least {SMALLEST_AMOUNT}"))
        group = {**{axis: alike.group(axis, case, self.group, problems) for axis in GROUPINGS}, **self.group}
        for axis in self.group:
            if axis not in GROUPINGS:
                text = f"'{axis}' is no grouping; take {', '.join(GROUPINGS)}"
                problems.append(Problem(("--group",), text))
        if problems:
            raise InputError(problems)
        worth = amount if is_money else 1.0
        return Prospects(stage.name, amount, group, self.besides, rate, needed / worth)


@dataclass(frozen=True)
class _Alike:
    """What the open deals of a stage share."""

    deals: list[Deal]
    stage: str

    def amount(self, problems: list[Problem]) -> float:
        """Return the one amount they share; a problem if there is none or more than one."""
        found = sorted({deal.amount for deal in self.deals})
        if len(found) == 1 and found[0] > 0:
            return found[0]
        told = f"have {len(found)} different amounts ({found[0]:g} to {found[-1]:g})" if found else "are none"
        text = f"the open deals of '{self.stage}' {told}, so a prospect's amount is not known; give --amount"
        problems.append(Problem(("--amount",), text if len(found) != 1 else "a prospect is worth 0; give --amount"))
        return 1.0

    def group(self, axis: str, case: Case, given: Mapping[str, str], problems: list[Problem]) -> str:
        """Return the one value of an axis they share, empty if several; a problem if a shock hangs on it."""
        found = sorted({str(getattr(deal, axis)) for deal in self.deals})
        if len(found) == 1:
            return found[0]
        if axis in case.shock.by and axis not in given:
            text = f"the shock is shared by {axis}, and the open deals of '{self.stage}' do not all share one {axis}"
            problems.append(Problem(("--group",), f"{text}; give --group {axis}=VALUE"))
        return ""


def _first(case: Case) -> str:
    return next((s.name for s in case.funnel.stages if s.in_forecast), case.funnel.names[0])


def _stage(case: Case, name: str) -> Stage:
    if name in case.funnel.names:
        return case.funnel.stages[case.funnel.names.index(name)]
    close = get_close_matches(name, case.funnel.names, 1)
    hint = f"did you mean '{close[0]}'?" if close else f"the stages are {', '.join(case.funnel.names)}"
    raise InputError.of(f"no stage '{name}'; {hint}", "--solve")


def _conversion(stage: Stage, case: Case) -> Conversion:
    if case.fitted is not None:
        raise InputError.of("the stages are fitted, and state no conversion that could be solved for", "--solve")
    i = case.funnel.names.index(stage.name)
    if len({case.funnel.is_onward(i, e.to) for e in stage.exits}) < 2:
        raise InputError.of(f"'{stage.name}' has only one kind of exit, so its conversion cannot change", "--solve")
    pinned = [belief for belief in case.beliefs if _pins(belief, i, case)]
    if pinned:
        raise InputError(
            Problem(
                ("--solve",),
                f"the belief in {belief.about} is a law with a mean of its own, which a changed conversion of "
                f"'{stage.name}' would contradict; write a beta with evidence in its place, or leave it out",
            )
            for belief in pinned
        )
    return Conversion(stage.name, case.funnel.conversions[i], 1.0 - stage.never)


def _pins(belief: Belief, i: int, case: Case) -> bool:
    """Tell whether a belief holds the conversion of stage `i` to the mean of its own law."""
    kind, stage = belief.about.kind, belief.about.stage
    if isinstance(belief.law, Beta) or kind not in {"win_rate", "conversion", "exit"}:
        return False
    at = case.funnel.names.index(stage)
    return at == i or (kind == "win_rate" and at < i)


def _by_day(case: Case) -> ByDay:
    if case.end is None:
        raise InputError.of("the horizon is unlimited, so no day can be told; state stays and a horizon", "--solve")
    if case.targets[0].by is not None:
        raise InputError.of("the day is what is solved for; leave out --by, or --solve date", "--by")
    return ByDay(case.as_of, case.end)
