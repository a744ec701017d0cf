"""Who works: the options that name workers, and the workers they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

if TYPE_CHECKING:
    from funnelsim.batch.local import Workers

On = Literal["local", "processes", "dask"]
Command = TypeVar("Command", bound=Callable[..., Any])


def worker_options(workers_help: str) -> Callable[[Command], Command]:
    """Return a decorator that gives a command --on, --cluster and --workers."""
    on = click.option(
        "--on",
        type=click.Choice(["local", "processes", "dask"]),
        default="local",
        show_default=True,
        help="Who works: threads here, processes here, or a Dask cluster.",
    )
    cluster = click.option(
        "--cluster",
        metavar="ADDRESS",
        help="A Dask scheduler, such as tcp://127.0.0.1:8786; default: one started here.",
    )
    workers = click.option("--workers", type=click.IntRange(1, 4096), help=workers_help)
    return lambda command: on(cluster(workers(command)))


@dataclass(frozen=True)
class Staff:
    """The workers that were asked for."""

    on: On
    cluster: str | None
    workers: int | None

    def check(self) -> None:
        """Refuse options that contradict each other."""
        if self.cluster is not None and self.on != "dask":
            raise click.UsageError("--cluster is the address of a Dask scheduler; give --on dask with it")
        if self.cluster is not None and self.workers is not None:
            raise click.UsageError(
                "--workers are those this command starts; a cluster has its own, leave --workers out"
            )

    @contextmanager
    def at_work(self) -> Iterator[Workers]:
        """Yield the workers; those started for it end afterwards."""
        from funnelsim.batch.local import Processes, Threads

        if self.on == "dask":
            from funnelsim.batch.dask import connected

            with connected(self.cluster, self.workers) as cluster:
                yield cluster
            return
        yield Processes(self.workers) if self.on == "processes" else Threads(self.workers)
