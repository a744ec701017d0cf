"""What reading deals needs to know of the rest of the case."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from funnelsim.config.clock import Clock
from funnelsim.model.money import Money


@dataclass(frozen=True)
class Setting:
    """What reading deals needs to know of the rest of the case; None where that part is wrong itself."""

    stages: tuple[str, ...] | None
    money: Money | None
    clock: Clock | None
    timed: bool

    def stage_problem(self, name: str) -> str:
        """Return what is wrong with a stage's name, or nothing."""
        if self.stages is None or name in self.stages:
            return ""
        close = get_close_matches(name, self.stages, 1)
        hint = f"did you mean '{close[0]}'?" if close else f"the stages are {', '.join(self.stages)}"
        return f"'{name}' is no stage; {hint}"
