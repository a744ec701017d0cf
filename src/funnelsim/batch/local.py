"""Workers on this machine: threads, since the compiled walk lets go of the interpreter while it works."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

_WAITING_PER_WORKER = 2
_LOOK_SECONDS = 0.5
Item = TypeVar("Item")
Found = TypeVar("Found")


class Workers(Protocol):
    """Whoever works: on the cases of a batch, or on the parts of one case."""

    @property
    def n_workers(self) -> int:
        """Return how many items are worked on at a time."""

    @property
    def are_here(self) -> bool:
        """Return whether they share this process, so that one item may use the cores of several."""

    def each(self, work: Callable[[Item], Found], items: Iterator[Item]) -> Iterator[Found]:
        """Yield work(item) for every item, as they come; items are taken only as fast as they are worked on."""


@dataclass(frozen=True)
class Threads:
    """So many threads of this process; none given, one for each core this process may use."""

    n: int | None = None
    are_here: ClassVar[bool] = True

    @property
    def n_workers(self) -> int:
        """Return how many items are worked on at a time."""
        return self.n or cores()

    def each(self, work: Callable[[Item], Found], items: Iterator[Item]) -> Iterator[Found]:
        """Yield work(item) for every item, as they come."""
        with ThreadPoolExecutor(self.n_workers) as pool:
            yield from _pooled(pool, self.n_workers, work, items)


@dataclass(frozen=True)
class Processes:
    """So many processes of their own: where the time goes into many small cases rather than into the walk."""

    n: int | None = None
    are_here: ClassVar[bool] = False

    @property
    def n_workers(self) -> int:
        """Return how many items are worked on at a time."""
        return self.n or cores()

    def each(self, work: Callable[[Item], Found], items: Iterator[Item]) -> Iterator[Found]:
        """Yield work(item) for every item, as they come."""
        from multiprocessing import get_context

        with ProcessPoolExecutor(self.n_workers, mp_context=get_context("spawn")) as pool:
            yield from _pooled(pool, self.n_workers, work, items)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _pooled(pool: Executor, n_workers: int, work: Callable[[Item], Found], items: Iterator[Item]) -> Iterator[Found]:
    waiting: set[Future[Found]] = set()
    try:
        while True:
            while len(waiting) < n_workers * _WAITING_PER_WORKER and (item := next(items, None)) is not None:
                waiting.add(pool.submit(work, item))
            if not waiting:
                return
            finished, waiting = wait(waiting, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
