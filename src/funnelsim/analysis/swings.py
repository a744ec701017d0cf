"""What moves a forecast most, worked out within a bearable number of walks (model page, M14.1).

A tornado and nothing else: the exact engine where it answers at once, or else the same trials at every setting, as many
as the budget allows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from funnelsim.analysis.bearable import FEWEST_TRIALS, bearable_trials
from funnelsim.analysis.conditional import answers_of, outputs_of, simulated_answers
from funnelsim.analysis.inputs import Inputs, inputs_of
from funnelsim.analysis.tornado import Tornado, points, tornado_of
from funnelsim.model.case import Case

MAX_WALKS = 6_000_000  # deals walked, over all settings and trials
MAX_WORK = 2e8  # products of the exact engine


@dataclass(frozen=True)
class Swings:
    """Every input from one end of its range to the other, all else held.

    Parameters
    ----------
    outputs : tuple of str
        ``mean``, ``p10``, ``p50``, ``p90`` of bookings, booked counted in, and ``target_1`` .. the chances.
    tornado : Tornado
        Rows as `inputs`, columns as `outputs`.
    engine, trials
        What answered at every setting; no trials if the exact engine did.
    seed : int
        Of the trials, shared by all settings.
    """

    inputs: Inputs
    outputs: tuple[str, ...]
    tornado: Tornado
    engine: str
    trials: int | None
    seed: int

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.inputs.case

    @property
    def answer(self) -> int:
        """Return the number of the output that levers are ranked by: the first target's chance, or the even chance."""
        return self.outputs.index("target_1" if "target_1" in self.outputs else "p50")

    @property
    def order(self) -> list[int]:
        """Return the inputs that move that output, the widest swing first; of equal ones, the wider even chance."""
        swing = self.tornado.swing
        ranked = np.lexsort((-swing[:, self.outputs.index("p50")], -swing[:, self.answer]))
        return [int(i) for i in ranked if swing[i].max() > 0]

    @property
    def n_settings(self) -> int:
        """Return at how many settings of the inputs the answers were worked out."""
        return 1 + 2 * len(self.inputs)

    @property
    def chance_error(self) -> float:
        """Return the largest standard error a chance can have; 0 from the exact engine."""
        return sqrt(0.25 / self.trials) if self.trials else 0.0


def swings(case: Case, *, seed: int, threads: int | None = None) -> Swings:
    """Return what each input of a case moves.

    Parameters
    ----------
    case : Case
        Its groups are left out: the totals are asked for alone.
    seed : int
    threads : int, optional

    Raises
    ------
    InputError
        For fitted stages, or a case in which nothing can move.
    TooLargeError
        If a setting may not even have the fewest trials.

    Examples
    --------
    >>> from datetime import date
    >>> from funnelsim import Case, Deal, Funnel, Pipeline, Step
    >>> from funnelsim.model.money import Money
    >>> case = Case("one", Money("CNY"), date(2026, 10, 1), Funnel.linear([Step("offer", win_rate=0.5)]),
    ...             Pipeline((Deal("a", "offer", 100.0),)))
    >>> found = swings(case, seed=1)
    >>> found.engine, found.inputs.inputs[found.order[0]].name
    ('exact', 'realisation')
    """
    inputs = inputs_of(replace(case, groups=()))
    n = 1 + 2 * len(inputs)
    answers, _ = answers_of(inputs, n, FEWEST_TRIALS, seed=seed, threads=threads, most_work=MAX_WORK)
    if answers.engine == "simulate":
        answers = simulated_answers(inputs, bearable_trials(inputs.program, n, MAX_WALKS), seed=seed, threads=threads)
    found = tornado_of(answers(points(inputs.base, inputs.low, inputs.high)))
    return Swings(inputs, outputs_of(case), found, answers.engine, answers.trials, seed)
