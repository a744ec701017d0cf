"""What a goal can be solved for: one input of a case, turned in whole steps (model page, M15).

Step 0 is the least favourable value an input can have, and each further step makes the goal likelier. So a search
knows only whole numbers and one direction, whatever the input is: prospects, a conversion, a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import ceil
from typing import Any

from funnelsim.model.case import LARGEST_TOTAL, Case
from funnelsim.model.conversion import with_conversion
from funnelsim.model.pipeline import Deal, Pipeline

MAX_PROSPECTS = 100_000
CONVERSION_STEP = 1e-4
Value = int | float | date | str


class Lever:
    """An input to solve for.

    A child says which steps there are (`first`, `last`), where to begin (`guess`), what a step means (`value`), and
    how it is put into a case (`put`). A case in which it is put states the goal's target and no other.
    """

    kind: str
    stage: str

    @property
    def first(self) -> int:
        """Return the number of the first step that can be tried."""
        return 0

    @property
    def last(self) -> int:
        """Return the number of the last step."""
        raise NotImplementedError

    @property
    def guess(self) -> int:
        """Return a step to begin with."""
        return (self.first + self.last) // 2

    @property
    def stride(self) -> int:
        """Return how far from the guess to look first."""
        return max(1, self.guess // 8)

    def value(self, step: int) -> Value:
        """Return what a step means."""
        raise NotImplementedError

    def put(self, case: Case, step: int) -> Case:
        """Return the case at a step."""
        raise NotImplementedError

    def n_deals(self, case: Case, step: int) -> int:
        """Return how many deals the case has at a step."""
        return len(case.pipeline)


@dataclass(frozen=True)
class Prospects(Lever):
    """Deals that enter `stage` at as_of.

    Alone, instead of the open deals and of what is booked; or `besides` both, which count then.
    """

    stage: str
    amount: float = 1.0
    group: Mapping[str, Any] = field(default_factory=dict)
    besides: bool = False
    win_rate: float = 1.0
    needed: float = 1.0
    kind = "prospects"

    @property
    def first(self) -> int:
        """Return 0 besides the open deals, 1 where there are no others."""
        return 0 if self.besides else 1

    @property
    def last(self) -> int:
        """Return the most prospects that are tried."""
        return min(MAX_PROSPECTS, int(LARGEST_TOTAL / 10 / self.amount))

    @property
    def guess(self) -> int:
        """Return target over win rate."""
        return ceil(self.needed / self.win_rate)

    def value(self, step: int) -> int:
        """Return the number of prospects."""
        return step

    def put(self, case: Case, step: int) -> Case:
        """Return the case with so many prospects."""
        name = "prospect"
        while any(deal.id.startswith(f"{name}#") for deal in case.pipeline.deals):
            name += "+"
        new = tuple(Deal(f"{name}#{i}", self.stage, self.amount)._replace(**self.group) for i in range(1, step + 1))
        if self.besides:
            return replace(case, pipeline=Pipeline((*case.pipeline.deals, *new)))
        return replace(case, pipeline=Pipeline(new), booked=())

    def n_deals(self, case: Case, step: int) -> int:
        """Return the number of prospects, and of the open deals they stand besides."""
        return step + (len(case.pipeline) if self.besides else 0)


@dataclass(frozen=True)
class Conversion(Lever):
    """The share of the deals in `stage` that goes on, in hundredths of a point; the other conversions are kept.

    What never decides keeps its share, so that a conversion of 100 % may be out of reach. Losses and steps back keep
    their proportions, and so do several ways onward.
    """

    stage: str
    stated: float
    top: float
    kind = "conversion"

    @property
    def last(self) -> int:
        """Return the step of the largest conversion."""
        return ceil(self.top / CONVERSION_STEP - 1e-9)

    @property
    def guess(self) -> int:
        """Return the step of the stated conversion."""
        return round(self.stated / CONVERSION_STEP)

    def value(self, step: int) -> float:
        """Return the conversion."""
        return min(round(step * CONVERSION_STEP, 10), self.top)

    def put(self, case: Case, step: int) -> Case:
        """Return the case with the stage's onward exits at a conversion."""
        funnel = case.funnel
        i = funnel.names.index(self.stage)
        stage = with_conversion(funnel.stages[i], [funnel.is_onward(i, e.to) for e in funnel.stages[i].exits],
                                 self.value(step))  # fmt: skip
        marks = tuple(name for name in funnel.progress_marks if name != self.stage)
        stages = (*funnel.stages[:i], stage, *funnel.stages[i + 1 :])
        return replace(case, funnel=replace(funnel, stages=stages, progress_marks=marks))


@dataclass(frozen=True)
class ByDay(Lever):
    """The day up to which wins count: the first one by which the goal is reached, as things stand."""

    as_of: date
    end: date
    kind = "date"
    stage = ""

    @property
    def last(self) -> int:
        """Return the step of the last day inside the horizon."""
        return (self.end - self.as_of).days - 1

    def value(self, step: int) -> date:
        """Return the day."""
        return self.as_of + timedelta(days=step)

    def put(self, case: Case, step: int) -> Case:
        """Return the case whose target is due on a day, that day included."""
        return replace(case, targets=(replace(case.targets[0], by=self.value(step)),))
