"""A bar on stderr while a run works; silent when stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int], None]


@contextmanager
def progress(*names: str) -> Iterator[tuple[Report, ...]]:
    """Yield one report(done, of all) per named step; each draws a bar of its own."""
    if not sys.stderr.isatty():
        yield tuple(_silent for _ in names)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        yield tuple(_report_to(bars.add_task(name, total=None), bars.update) for name in names)


def _silent(_done: int, _all: int) -> None:
    """Say nothing."""


def _report_to(task: int, update: Callable[..., None]) -> Report:
    def report(done: int, everything: int) -> None:
        update(task, completed=done, total=everything)

    return report
