"""What reading deals needs to know of the rest of the case."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

from funnelsim.config.clock import Clock
from funnelsim.model.money import Money
from funnelsim.model.opinions import call_problem


@dataclass(frozen=True)
class Callers:
    """The sources of opinion, and the surest call heeded; names are None where that part is wrong itself."""

    names: tuple[str, ...] | None
    surest: float | None = None

    def name_problem(self, name: str) -> str:
        """Return what is wrong with a source's name, or nothing."""
        if self.names is None or name in self.names:
            return ""
        if not self.names:
            return "the case does not say how opinions are pooled; state opinions: {sources: {NAME: WEIGHT, ..}}"
        close = get_close_matches(name, self.names, 1)
        hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(self.names)}"
        return f"'{name}' is no source of opinion; {hint}"

    def call_problem(self, call: float) -> str:
        """Return what is wrong with a call, or nothing."""
        return "" if self.names is None else call_problem(call, self.surest)


@dataclass(frozen=True)
class Setting:
    """What reading deals needs to know of the rest of the case; None where that part is wrong itself."""

    stages: tuple[str, ...] | None
    money: Money | None
    clock: Clock | None
    timed: bool
    callers: Callers = field(default_factory=lambda: Callers(()))

    def stage_problem(self, name: str) -> str:
        """Return what is wrong with a stage's name, or nothing."""
        if self.stages is None or name in self.stages:
            return ""
        close = get_close_matches(name, self.stages, 1)
        hint = f"did you mean '{close[0]}'?" if close else f"the stages are {', '.join(self.stages)}"
        return f"'{name}' is no stage; {hint}"
