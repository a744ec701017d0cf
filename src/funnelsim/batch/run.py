"""Work out the cases of a batch that its store does not hold yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from funnelsim.batch.local import Threads, Workers
from funnelsim.batch.split import split_over
from funnelsim.batch.store import Plan, opened
from funnelsim.batch.task import Answer, Engine, Task, answer
from funnelsim.batch.versions import versions
from funnelsim.errors import InputError
from funnelsim.model.case import Case
from funnelsim.model.design import Design

Progress = Callable[[int, int], None]
OnAnswer = Callable[[Answer], None]


class Cases(Protocol):
    """Where the cases of a batch come from."""

    @property
    def trials(self) -> int:
        """Return the trials of every case."""

    @property
    def engine(self) -> Engine:
        """Return what computes."""

    @property
    def design(self) -> Design:
        """Return which cases there are."""

    @property
    def content(self) -> dict[str, Any]:
        """Return what the results depend on, the design left out."""

    def case(self, number: int) -> Case:
        """Return case `number`."""

    def seed_of(self, number: int) -> int:
        """Return its seed."""


@dataclass(frozen=True)
class Outcome:
    """How a batch ended.

    Parameters
    ----------
    n_found : int
        Cases the store held already.
    n_done : int
        Cases worked out now.
    damaged : tuple of int
        Cases whose files were found damaged, and worked out again.
    problems : dict of int to str
        Cases without an answer, and why.
    n_left : int
        Cases the time limit left for the next time.
    """

    n_cases: int
    n_found: int
    n_done: int
    damaged: tuple[int, ...]
    problems: dict[int, str]
    n_left: int
    seconds: float


def run_batch(
    cases: Cases,
    folder: Path,
    *,
    workers: Workers | None = None,
    time_limit: float | None = None,
    on_progress: Progress | None = None,
    on_answer: OnAnswer | None = None,
) -> Outcome:
    """Work out every case the store in `folder` does not hold yet, and keep each as it comes.

    Parameters
    ----------
    workers : Workers, optional
        Default: a thread for each core.
    time_limit : float, optional
        Seconds after which no further case is begun.
    on_progress : function, optional
        Called with the cases there are, and all.
    on_answer : function, optional
        Called with each answer once it is kept.

    Raises
    ------
    InputError
        If the folder holds another batch.
    OutputError
        If an answer cannot be written.
    """
    began, workers = time.monotonic(), workers or Threads()
    n_cases, problems = len(cases.design), {}
    plan = Plan({**cases.content, "made_by": versions()}, cases.design)
    with opened(folder, plan) as store:
        found, n_done = set(store.done), 0
        end = time.monotonic() + time_limit if time_limit is not None else float("inf")
        tasks = _Tasks(cases, store.done, end, _threads_each(workers, n_cases - len(found)))
        for told in _answers(tasks, workers, plan.sha256):
            store.put(told)
            if told.problem:
                problems[told.number] = told.problem
            n_done += not told.problem
            if on_answer is not None:
                on_answer(told)
            if on_progress is not None:
                on_progress(len(found) + n_done + len(problems), n_cases)
        left = n_cases - len(found) - n_done - len(problems)
        seconds = time.monotonic() - began
        return Outcome(n_cases, len(found), n_done, tuple(store.damaged), problems, left, seconds)


def _answers(tasks: _Tasks, workers: Workers, plan: str) -> Iterator[Answer]:
    if _are_split(tasks, workers):
        walker = split_over(workers)
        yield from (answer(task, plan, walker) for task in tasks)
    else:
        yield from workers.each(partial(answer, plan=plan), iter(tasks))
    yield from tasks.wrong


def _are_split(tasks: _Tasks, workers: Workers) -> bool:
    """Return whether each case is spread over all workers: where there are more of them than cases."""
    return not workers.are_here and tasks.cases.engine == "simulate" and len(tasks) < workers.n_workers


def _threads_each(workers: Workers, n_todo: int) -> int:
    """Return how many threads a case may use: the cores that other cases leave idle."""
    return max(1, workers.n_workers // max(1, n_todo)) if workers.are_here else 1


class _Tasks:
    """The tasks that are left, made one by one; cases that cannot be made are collected in `wrong`."""

    def __init__(self, cases: Cases, done: set[int], end: float, threads: int) -> None:
        self.cases, self.done, self.end, self.threads = cases, frozenset(done), end, threads
        self.wrong: list[Answer] = []

    def __len__(self) -> int:
        return len(self.cases.design) - len(self.done)

    def __iter__(self) -> Iterator[Task]:
        cases = self.cases
        for number in range(len(cases.design)):
            if number in self.done:
                continue
            if time.monotonic() > self.end:
                return
            began = time.perf_counter()
            try:
                case = cases.case(number)
            except InputError as error:
                self.wrong.append(Answer(number, b"", time.perf_counter() - began, str(error)))
                continue
            yield Task(number, case, cases.trials, cases.seed_of(number), cases.engine, self.threads)
