"""One case of a batch, and the table that answers it: the same bytes wherever it is worked out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from funnelsim.analysis.answer import forecast
from funnelsim.analysis.forecast import Forecast
from funnelsim.batch.tables import as_bytes, table_of
from funnelsim.engine.exact import ExactLaw, exact
from funnelsim.engine.simulate import Walker, simulate
from funnelsim.errors import FunnelsimError, RefusedError
from funnelsim.model.case import Case

if TYPE_CHECKING:
    from funnelsim.engine.ensemble import Ensemble

Engine = Literal["simulate", "exact", "auto"]


@dataclass(frozen=True)
class Task:
    """A case to be answered.

    Parameters
    ----------
    number : int
        Which case of its batch.
    threads : int
        They change the time, not the bytes.
    """

    number: int
    case: Case
    trials: int
    seed: int
    engine: Engine
    threads: int = 1


@dataclass(frozen=True)
class Answer:
    """What a task came to: the bytes of its parquet file, or why there are none."""

    number: int
    content: bytes
    seconds: float
    problem: str = ""


def answer(task: Task, plan: str, walker: Walker | None = None) -> Answer:
    """Answer a task; a case that is refused is an answer with a problem, not an error.

    Parameters
    ----------
    plan : str
        Hash of the batch the task is part of, kept in the file.
    walker : callable, optional
        Who walks its trials, as `simulate` takes it.
    """
    began = time.perf_counter()
    try:
        content, problem = as_bytes(table_of(forecast_of(task, walker), task.number), plan, task.number), ""
    except FunnelsimError as error:
        content, problem = b"", str(error)
    return Answer(task.number, content, time.perf_counter() - began, problem)


def forecast_of(task: Task, walker: Walker | None = None) -> Forecast:
    """Return the forecast of a task.

    Raises
    ------
    RefusedError
        If the exact engine is asked for and does not answer the case.
    """
    return forecast(_law(task, walker))


def _law(task: Task, walker: Walker | None) -> Ensemble | ExactLaw:
    if task.engine != "simulate":
        try:
            return exact(task.case)
        except RefusedError:
            if task.engine == "exact":
                raise
    return simulate(task.case, trials=task.trials, seed=task.seed, threads=task.threads, walker=walker)
