"""One visitor's page: what is open, what was changed, what was saved, and the last good answer.

It is kept by the browser's session and by nothing else, and knows no widget.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter

from funnelsim.analysis.compare import Comparison, compare
from funnelsim.analysis.forecast import Forecast
from funnelsim.app.answers import Answerer, Choice
from funnelsim.app.bench import Workbench
from funnelsim.app.draft import Draft, Edit, Trail
from funnelsim.app.lever import Lever, Value
from funnelsim.app.start import Record
from funnelsim.errors import FunnelsimError, InputError, Problem
from funnelsim.model.case import Case, Origin

Progress = Callable[[int, int], None]
MOST_ANSWERS = 32
MOST_SAVED = 20
COMPARED_TRIALS = 10_000


@dataclass
class Session:
    """What one visitor sees.

    Parameters
    ----------
    bench : Workbench
    record : Record, optional
        The history that the config was fitted from.
    saved : dict of str to Draft
        Scenarios of the visitor, by name.
    generation : int
        Grows whenever values change other than by a widget, so that widgets are made anew.
    begun : Draft
        Where the widgets of this generation began: they keep what is done to them from there on.
    problems : tuple of Problem
        What is wrong with the draft; the answer that is shown is then that of the last good one.
    """

    bench: Workbench
    record: Record | None = None
    trail: Trail = field(default_factory=Trail)
    saved: dict[str, Draft] = field(default_factory=dict)
    generation: int = 0
    begun: Draft = field(default_factory=Draft)
    problems: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        self.answerer = Answerer(self.bench.seed)
        self._answers: OrderedDict[Draft, tuple[Forecast, float]] = OrderedDict()
        self.seconds = 0.0  # that the answer took when it was worked out
        self._good: Forecast | None = None

    @classmethod
    def of(cls, origin: Origin, record: Record | None = None) -> Session:
        """Return the session of a config.

        Raises
        ------
        InputError
            If the config is not sound.
        """
        return cls(Workbench(origin), record)

    @property
    def draft(self) -> Draft:
        """Return what is changed now."""
        return self.trail.draft

    @property
    def levers(self) -> dict[str, Lever]:
        """Return the levers by key."""
        return self.bench.levers(self.draft.scenario)

    @property
    def base(self) -> Case:
        """Return the case without changes."""
        return self.bench.base(self.draft.scenario)

    def move(self, key: str, value: Value) -> None:
        """Move a lever."""
        self.trail = self.trail.to(self.draft.with_lever(key, value, self.levers[key].base))

    def edit(self, edits: tuple[Edit, ...]) -> None:
        """Put edits of deals in place of those there are."""
        self.trail = self.trail.to(self.draft.with_edits(edits))

    def undo(self) -> None:
        """Take the last step back."""
        self._go(self.trail.back())

    def reset(self) -> None:
        """Go back to the config; that is a step like any other."""
        self._jump(Draft())

    def take(self, name: str) -> None:
        """Begin at a scenario of the config, or, without a name, at the config."""
        self._jump(Draft(scenario=name))

    def load(self, name: str) -> None:
        """Go to a saved scenario."""
        self._jump(self.saved[name])

    def save(self, name: str) -> None:
        """Save the draft under a name.

        Raises
        ------
        InputError
            Without a name, or if there are too many.
        """
        told = " ".join(name.split())
        if not told:
            raise InputError.of("give the scenario a name", "name")
        if len(self.saved) >= MOST_SAVED and told not in self.saved:
            raise InputError.of(f"{MOST_SAVED} scenarios are saved; remove one", "name")
        self.saved[told] = self.draft

    def forget(self, name: str) -> None:
        """Remove a saved scenario."""
        self.saved.pop(name, None)

    def choose(self, choice: Choice, trials: int | None) -> None:
        """Choose the engine and the number of trials."""
        if (choice, trials) != (self.answerer.choice, self.answerer.trials):
            self.answerer = Answerer(self.bench.seed, choice, trials)
            self._answers.clear()

    def answer(self, on_progress: Progress | None = None) -> Forecast | None:
        """Return the forecast of the draft, or the last good one where the draft is wrong; `problems` tells why."""
        begun = perf_counter()
        try:
            found, took = self._answers.get(self.draft) or (self.answerer.forecast(self.case(), on_progress), None)
        except FunnelsimError as error:
            self.problems = problems_of(error)
            return self._good
        self.problems, self._good = (), found
        self.seconds = perf_counter() - begun if took is None else took
        self._answers[self.draft] = found, self.seconds
        self._answers.move_to_end(self.draft)
        if len(self._answers) > MOST_ANSWERS:
            self._answers.popitem(last=False)
        return found

    def case(self) -> Case:
        """Return the case of the draft.

        Raises
        ------
        InputError
            With every problem.
        """
        return self.bench.case(self.draft)

    def problems_at(self, key: str) -> list[str]:
        """Return what is wrong with the value of a lever."""
        return [problem.message for problem in self.problems if problem.place == key]

    def other_problems(self) -> list[str]:
        """Return what is wrong elsewhere."""
        return [str(problem) for problem in self.problems if problem.place not in self.levers]

    def compared(self, names: list[str], *, steps: bool = False, on_progress: Progress | None = None) -> Comparison:
        """Return saved scenarios held against the first of them in the same futures.

        Raises
        ------
        InputError
            If one of them is wrong, or there are fewer than two.
        """
        cases = {name: replace(self.bench.case(self.saved[name]), name=name) for name in names}
        if not cases:
            raise InputError.of("no scenario; name two or more to compare")
        trials = self.answerer.method(next(iter(cases.values()))).trials or COMPARED_TRIALS
        return compare(cases, trials=trials, seed=self.bench.seed, steps=steps, on_progress=on_progress)

    def sealed(self) -> Forecast:
        """Return the forecast of the draft as it is read back from the file that is handed out.

        Raises
        ------
        InputError
            If the draft is wrong.
        """
        return self.answerer.forecast(self.bench.sealed(self.draft))

    def _jump(self, draft: Draft) -> None:
        self._go(self.trail.to(draft))

    def _go(self, trail: Trail) -> None:
        self.trail, self.begun, self.generation = trail, trail.draft, self.generation + 1


def problems_of(error: FunnelsimError) -> tuple[Problem, ...]:
    """Return the problems of an error."""
    return error.problems if isinstance(error, InputError) else (Problem((), str(error)),)
