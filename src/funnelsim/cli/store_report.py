"""The cases of a store for `funnelsim report`: worked out again, held against what is kept, and put side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from funnelsim.cli.options import cores
from funnelsim.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from funnelsim.analysis.forecast import Forecast
    from funnelsim.report.words import Words

MOST_CASES = 200


def cases_of(
    sweep: Path, store: Path, formats: Sequence[str], say: Words
) -> tuple[dict[str, Forecast], dict[str, bytes]]:
    """Return the forecasts of a store by the names of their reports, and the page over all of them.

    Raises
    ------
    InputError
        If the store is of another sweep, or none of its cases is finished.
    """
    from funnelsim.batch.again import told_again
    from funnelsim.batch.store import read_store
    from funnelsim.config.sweep import load_sweep
    from funnelsim.errors import InputError
    from funnelsim.report.overview import OVERVIEW, CaseRow, overview_bytes

    kept = read_store(store)
    n = len(kept.finished)
    if not 1 <= n <= MOST_CASES:
        raise InputError.of(f"{n:,} cases are finished; 1 to {MOST_CASES} can be reported", place=str(store))
    cases = load_sweep(sweep, seed=kept.content["seed"], trials=kept.content["trials"])
    rows = []
    with progress("cases") as (report,):
        for number, forecast in told_again(cases, kept, threads=cores(), on_progress=report):
            varies = {name: str(value) for name, value in cases.design.point(number).values.items()}
            rows.append(CaseRow(f"case-{number:04d}", varies, forecast))
    title = say("overview_title", name=str(kept.content["name"]))
    page = overview_bytes(title, rows, formats, kept.problems, say)
    return {row.name: row.forecast for row in rows}, {OVERVIEW: page}
