"""Workers on this machine: threads, since the compiled walk lets go of the interpreter while it works."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

from funnelsim.batch.task import Answer, Task, answer

_WAITING_PER_WORKER = 2
_LOOK_SECONDS = 0.5


class Workers(Protocol):
    """Whoever answers tasks."""

    @property
    def n_workers(self) -> int:
        """Return how many tasks are worked on at a time."""

    def answers(self, tasks: Iterator[Task], plan: str) -> Iterator[Answer]:
        """Yield the answer to every task, as they come; tasks are taken only as fast as they are worked on."""


@dataclass(frozen=True)
class Threads:
    """So many threads of this process; none given, one for each core this process may use."""

    n: int | None = None

    @property
    def n_workers(self) -> int:
        """Return how many tasks are worked on at a time."""
        return self.n or cores()

    def answers(self, tasks: Iterator[Task], plan: str) -> Iterator[Answer]:
        """Yield the answer to every task, as they come."""
        with ThreadPoolExecutor(self.n_workers) as pool:
            yield from _pooled(pool, self.n_workers, tasks, plan)


@dataclass(frozen=True)
class Processes:
    """So many processes of their own: where the time goes into many small cases rather than into the walk."""

    n: int | None = None

    @property
    def n_workers(self) -> int:
        """Return how many tasks are worked on at a time."""
        return self.n or cores()

    def answers(self, tasks: Iterator[Task], plan: str) -> Iterator[Answer]:
        """Yield the answer to every task, as they come."""
        from multiprocessing import get_context

        with ProcessPoolExecutor(self.n_workers, mp_context=get_context("spawn")) as pool:
            yield from _pooled(pool, self.n_workers, tasks, plan)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _pooled(pool: Executor, n_workers: int, tasks: Iterator[Task], plan: str) -> Iterator[Answer]:
    waiting: set[Future[Answer]] = set()
    try:
        while True:
            while len(waiting) < n_workers * _WAITING_PER_WORKER and (task := next(tasks, None)) is not None:
                waiting.add(pool.submit(answer, task, plan))
            if not waiting:
                return
            finished, waiting = wait(waiting, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
