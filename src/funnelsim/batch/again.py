"""The forecasts of a store, worked out again in full; each must give the very bytes that the store holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

from funnelsim.analysis.forecast import Forecast
from funnelsim.batch.run import Cases
from funnelsim.batch.store import Kept, Plan, refuse_other
from funnelsim.batch.tables import as_bytes, table_of
from funnelsim.batch.task import Task, forecast_of
from funnelsim.batch.versions import versions
from funnelsim.errors import InputError

Progress = Callable[[int, int], None]


def told_again(
    cases: Cases, kept: Kept, *, threads: int = 1, on_progress: Progress | None = None
) -> Iterator[tuple[int, Forecast]]:
    """Yield number and forecast of every finished case of a store.

    A store keeps a table of figures for each case; a report needs more: the histogram, the case itself. So a case is
    worked out again, with its own seed and trials, and its table compared with what is kept.

    Parameters
    ----------
    cases : Cases
        What the store was made from.
    on_progress : function, optional
        Called with the cases done, and all.

    Raises
    ------
    InputError
        If the store holds another batch, or a case that comes out differently.
    """
    plan = Plan({**cases.content, "made_by": versions()}, cases.design)
    refuse_other(kept.folder, plan)
    for n_done, number in enumerate(kept.finished, 1):
        task = Task(number, cases.case(number), cases.trials, cases.seed_of(number), cases.engine, threads)
        found = forecast_of(task)
        made = sha256(as_bytes(table_of(found, number), plan.sha256, number)).hexdigest()
        if made != kept.entries[number].sha256:
            raise InputError.of(
                f"case {number} comes out differently from what is kept; run the same sweep again",
                place=str(kept.folder),
            )
        yield number, found
        if on_progress is not None:
            on_progress(n_done, len(kept.finished))
