"""About how long a batch takes: some of its cases are worked out and timed, and nothing is kept."""

from __future__ import annotations

import time
from dataclasses import dataclass

from funnelsim.batch.run import Cases
from funnelsim.batch.task import Task, answer

_TIMED = 3


@dataclass(frozen=True)
class Guess:
    """What a dry run tells: cases, and seconds for one and for all by so many workers."""

    n_cases: int
    n_timed: int
    seconds_each: float
    n_workers: int

    @property
    def seconds(self) -> float:
        """Return about how long all cases take."""
        return self.n_cases * self.seconds_each / min(self.n_workers, max(self.n_cases, 1))


def guess(cases: Cases, n_workers: int) -> Guess:
    """Time the first, the middle and the last case, after one that compiles."""
    n_cases = len(cases.design)
    numbers = sorted({0, n_cases // 2, n_cases - 1})[:_TIMED]
    _timed(cases, numbers[0])
    seconds = [_timed(cases, number) for number in numbers]
    return Guess(n_cases, len(numbers), sum(seconds) / len(seconds), n_workers)


def _timed(cases: Cases, number: int) -> float:
    began = time.perf_counter()
    answer(Task(number, cases.case(number), cases.trials, cases.seed_of(number), cases.engine), "")
    return time.perf_counter() - began
