"""The graph of stages as arrays: exits of a stage run from the worst to the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from funnelsim.engine.addresses import key
from funnelsim.engine.kernel.plan import LOST, PARKED, WON
from funnelsim.engine.laws import NEVER, Curve, StepCurve, curve_of
from funnelsim.errors import InputError
from funnelsim.model import funnel as words
from funnelsim.model.law import Fixed, Law

NEVER_DECIDES, TIMES_OUT = "never", "time-out"


class Curves:
    """The laws of a case by row number, each stated law once."""

    def __init__(self) -> None:
        self.rows: list[Curve] = []
        self._known: dict[int, tuple[Law, int]] = {}

    def row(self, law: Law) -> int:
        """Return the row of a stated law."""
        if id(law) not in self._known:
            # the law is kept beside its row, so that its id is not used again
            self._known[id(law)] = law, self.add(curve_of(law))
        return self._known[id(law)][1]

    def add(self, curve: Curve) -> int:
        """Return the row of a curve that no other figure shares."""
        self.rows.append(curve)
        return len(self.rows) - 1


@dataclass(frozen=True)
class Graph:
    """Exits (stage, exit), worst first: lost, never, back, forward, won; unused places carry no chance.

    Parameters
    ----------
    names : tuple
        Per stage, the names of its exits in this order.
    """

    names: tuple[tuple[str, ...], ...]
    n_exits: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    onward: npt.NDArray[np.bool_]
    probability: npt.NDArray[np.float64]
    stage_key: npt.NDArray[np.uint64]

    @property
    def is_straight(self) -> bool:
        """Return whether the best exit of every stage leads to the next one, and no other exit leads on."""
        last = self.n_exits - 1
        best = self.target[np.arange(len(last)), last]
        n_onward = (self.target >= 0).sum() + (self.target == WON).sum()
        return bool((best == np.append(np.arange(1, len(best)), WON)).all()) and bool(n_onward == len(best))

    @property
    def has_returns(self) -> bool:
        """Return whether any exit leads to its own stage or an earlier one."""
        here = np.arange(len(self.target))[:, None]
        return bool(((self.target >= 0) & (self.target <= here)).any())


@dataclass(frozen=True)
class _Exit:
    rank: tuple[int, int]
    name: str
    probability: float
    law: Law | None
    is_endless: bool = False


def graph_of(funnel: words.Funnel, curves: Curves) -> Graph:
    """Return the arrays of a funnel, its laws added to `curves`."""
    exits = [_ranked_exits(funnel, i) for i in range(len(funnel.stages))]
    shape = (len(exits), max(len(found) for found in exits))
    at_once, never = curves.add(StepCurve([0.0])), curves.add(NEVER)
    graph = Graph(
        names=tuple(tuple(e.name for e in found) for found in exits),
        n_exits=np.array([len(found) for found in exits], np.int64),
        target=np.full(shape, LOST, np.int64),
        row=np.full(shape, at_once, np.int64),
        onward=np.zeros(shape, bool),
        probability=np.zeros(shape),
        stage_key=np.array([key("stage", name) for name in funnel.names], np.uint64),
    )
    for i, found in enumerate(exits):
        for k, exit_ in enumerate(found):
            graph.probability[i, k] = exit_.probability
            graph.onward[i, k] = funnel.is_onward(i, exit_.name)
            graph.target[i, k] = _target(exit_.name, funnel.names)
            if exit_.is_endless:
                graph.row[i, k] = never
            elif exit_.law is not None:
                graph.row[i, k] = _row_of(exit_, curves, funnel.names[i])
    return graph


def _row_of(exit_: _Exit, curves: Curves, stage: str) -> int:
    try:
        return curves.row(exit_.law)  # type: ignore[arg-type]
    except InputError as error:
        raise InputError(
            problem.under("stages", stage, f"stay to {exit_.name}") for problem in error.problems
        ) from None


def _target(name: str, names: Sequence[str]) -> int:
    if name == words.WON:
        return WON
    if name == NEVER_DECIDES:
        return PARKED
    return LOST if words.is_lost(name) or name == TIMES_OUT else names.index(name)


def _ranked_exits(funnel: words.Funnel, i: int) -> list[_Exit]:
    stage = funnel.stages[i]
    found = [
        _Exit(_rank(funnel, i, exit_.to, n), exit_.to, exit_.probability, exit_.stay)
        for n, exit_ in enumerate(stage.exits)
    ]
    if not any(words.is_lost(exit_.to) for exit_ in stage.exits):
        found.append(_Exit((0, 0), words.LOST, 0.0, None))
    if stage.never > 0 and stage.timeout_days < inf:
        found.append(_Exit((1, 0), TIMES_OUT, stage.never, Fixed(stage.timeout_days)))
    elif stage.never > 0:
        found.append(_Exit((1, 0), NEVER_DECIDES, stage.never, None, is_endless=True))
    return sorted(found, key=lambda exit_: exit_.rank)


def _rank(funnel: words.Funnel, i: int, to: str, n: int) -> tuple[int, int]:
    if words.is_lost(to):
        return 0, n
    if to == words.WON:
        return 4, 0
    ahead = funnel.names.index(to)
    return (3 if ahead > i else 2), ahead
