"""Small histories written to files, to be imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from funnelsim.config.history import load_history
from funnelsim.history.findings import ImportReport
from funnelsim.history.record import LOST, NEVER, OPEN, WON, History, date_of

HEAD = "currency: EUR\nunit: 1\n"
STAGES = "stages: [demo, quote, close]\nwon: [signed]\nlost: [lost, no budget]\n"


def write(folder: Path, text: str, **tables: str | bytes) -> Path:
    """Return a history.yaml with its tables beside it; ``visits="..."`` becomes ``visits.csv``."""
    for name, table in tables.items():
        path = folder / (f"{name}.csv" if "." not in name else name)
        path.write_bytes(table if isinstance(table, bytes) else table.encode())
    place = folder / "history.yaml"
    place.write_text(text, encoding="utf-8")
    return place


def imported(
    folder: Path, text: str, allow_unmapped: bool = False, **tables: str | bytes
) -> tuple[History, ImportReport]:
    return load_history(write(folder, text, **tables), allow_unmapped=allow_unmapped)


def visits_of(history: History) -> list[tuple[Any, ...]]:
    """Return each stay in words: deal, stage, entered, exit, left."""
    visits, deals = history.visits, history.deals
    ends = {WON: "won", LOST: "lost", OPEN: "open"}
    return [
        (
            deals.id[visits.deal[i]],
            history.stages[visits.stage[i]],
            date_of(visits.entered[i]).isoformat(),
            ends.get(int(visits.exit[i])) or history.stages[visits.exit[i]],
            "" if visits.left[i] == NEVER else date_of(visits.left[i]).isoformat(),
        )
        for i in range(len(visits))
    ]


def deals_of(history: History) -> list[tuple[Any, ...]]:
    """Return each deal in words: id, created, outcome, closed, reason."""
    deals, ends = history.deals, {WON: "won", LOST: "lost", OPEN: "open"}
    return [
        (
            deals.id[i],
            date_of(deals.created[i]).isoformat(),
            ends[int(deals.outcome[i])],
            "" if deals.closed[i] == NEVER else date_of(deals.closed[i]).isoformat(),
            deals.reason[i],
        )
        for i in range(len(deals))
    ]


def defects_of(report: ImportReport) -> dict[str, tuple[int, str]]:
    return {defect.name: (defect.count, defect.done) for defect in report.defects}


def left_out_of(report: ImportReport) -> dict[str, int]:
    return {f"{table.part} {why}": n for table in report.tables for why, n in table.left_out.items()}
