"""Workers of a Dask cluster: an existing one, or processes of this machine started for the batch.

A worker that dies loses nothing: the scheduler hands its cases to another, and their bytes are the same there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from funnelsim.batch.local import Found, Item, cores
from funnelsim.batch.versions import versions
from funnelsim.errors import RefusedError

if TYPE_CHECKING:
    from distributed import Client

_WAITING_PER_WORKER = 3
_CONNECT_SECONDS = 15


@dataclass(frozen=True)
class Dask:
    """A Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        Connected, its workers checked.
    """

    client: Client
    are_here: ClassVar[bool] = False

    @property
    def n_workers(self) -> int:
        """Return how many items are worked on at a time: the threads of all workers."""
        return max(1, int(sum(self.client.nthreads().values())))

    def each(self, work: Callable[[Item], Found], items: Iterator[Item]) -> Iterator[Found]:
        """Yield work(item) for every item, as they come.

        Raises
        ------
        RefusedError
            If workers keep dying over an item.
        """
        from distributed import as_completed
        from distributed.scheduler import KilledWorker

        limit = self.n_workers * _WAITING_PER_WORKER
        first = [self._sent(work, item) for _, item in zip(range(limit), items, strict=False)]
        running = as_completed(first, loop=self.client.loop)
        for future in running:
            try:
                found: Found = future.result()
            except KilledWorker as error:
                told = f"workers died over one case again and again, most likely for want of memory: {error}"
                raise RefusedError(f"{told}; give workers more memory, or ask for fewer trials") from None
            future.release()
            yield found
            if (item := next(items, None)) is not None:
                running.add(self._sent(work, item))

    def _sent(self, work: Callable[[Item], Found], item: Item) -> Any:
        with warnings.catch_warnings():  # an item of 10 MB is nothing to remark on
            warnings.filterwarnings("ignore", "Sending large graph")
            return self.client.submit(work, item, pure=False)


@contextmanager
def connected(address: str | None, n_workers: int | None = None) -> Iterator[Dask]:
    """Connect to the scheduler at `address`; without one, start `n_workers` processes here and end them afterwards.

    Raises
    ------
    RefusedError
        If Dask is not installed, nothing answers, or a worker runs other versions than this process.
    """
    try:
        import distributed
    except ImportError:
        raise RefusedError("--on dask needs Dask: pip install 'funnelsim[dask]'") from None
    if address is None:
        count = n_workers or cores()
        with (
            distributed.LocalCluster(
                n_workers=count, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield Dask(client)
        return
    try:
        client = distributed.Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RefusedError(
            f"no Dask scheduler answers at {address} ({told}); start one, or leave --cluster out"
        ) from None
    with client:
        _check(client)
        yield Dask(client)


def _check(client: Client) -> None:
    """Refuse workers that would work out other bytes."""
    if not client.nthreads():
        raise RefusedError("the Dask scheduler has no workers; start some with: dask worker ADDRESS")
    here, wrong = versions(), []
    for worker, there in _versions_there(client).items():
        if isinstance(there, str):
            wrong.append(f"{worker}: {there}")
            continue
        differ = [
            f"{name} {there.get(name, 'absent')} (here {here[name]})" for name in here if there.get(name) != here[name]
        ]
        wrong += [f"{worker}: {', '.join(differ)}"] if differ else []
    if wrong:
        raise RefusedError(
            "workers differ from this process; install the same versions there:\n  " + "\n  ".join(wrong)
        )


def _versions_there(client: Client) -> dict[str, dict[str, str] | str]:
    """Return the versions on each worker, or why they cannot be told."""
    found: dict[str, Any] = client.run(versions, on_error="return")
    return {
        worker: f"cannot import funnelsim ({there})" if isinstance(there, BaseException) else there
        for worker, there in found.items()
    }
