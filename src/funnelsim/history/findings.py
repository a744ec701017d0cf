"""What was found while a history was read: rows, defects, and what was done about each (model page, M12.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.history.record import Texts

SCHEMA = "funnelsim.history/1"
MOST_EXAMPLES = 5
KEPT, DROPPED, SORTED, ENDED, OPENED = "kept", "dropped", "sorted", "ended", "opened"
SHIFTED, UNPARTED = "shifted", "unparted"


@dataclass(frozen=True)
class Defect:
    """One kind of oddity of the records: how often, ids of deals that show it, and what was done.

    Parameters
    ----------
    name : str
        Such as ``skipped_stages``; reports put it in words.
    examples : tuple of str
        At most five ids.
    done : str
        ``kept`` as recorded, ``dropped``, ``sorted``, ``ended`` (the stay ends where the next begins),
        ``opened`` (taken as still open), ``shifted`` (kept, and counted on the next open day by a fit) or
        ``unparted`` (kept, and a fit does not part deals by it).
    """

    name: str
    count: int
    examples: tuple[str, ...]
    done: str


@dataclass(frozen=True)
class TableRead:
    """One table: how many rows were read, and how many were left out, by reason."""

    part: str
    source: str
    rows: int
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    """Something assumed on the way; reports put its name in words, with the values filled in."""

    name: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportReport:
    """What `funnelsim history check` tells.

    Parameters
    ----------
    stages : dict
        Visits by stage.
    exits : dict
        Deals by outcome; losses by the name they have in the records.
    first, last : date
        The first and the last day on record.
    """

    tables: tuple[TableRead, ...]
    n_deals: int
    n_visits: int
    n_won: int
    n_lost: int
    n_open: int
    n_changes: int
    stages: dict[str, int]
    exits: dict[str, int]
    first: date
    last: date
    timezone: str
    currency: str
    unit: str
    shape: str
    snapshot_gap_days: int
    defects: tuple[Defect, ...]
    notes: tuple[Note, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values (``funnelsim.history/1``)."""
        return {
            "schema": SCHEMA,
            "shape": self.shape,
            "tables": [
                {"part": t.part, "source": t.source, "rows": t.rows, "left_out": t.left_out} for t in self.tables
            ],
            "deals": {"total": self.n_deals, "won": self.n_won, "lost": self.n_lost, "open": self.n_open},
            "visits": self.n_visits,
            "changes": self.n_changes,
            "stages": self.stages,
            "exits": self.exits,
            "observed": {"from": self.first.isoformat(), "to": self.last.isoformat()},
            "timezone": self.timezone,
            "currency": self.currency,
            "unit": self.unit,
            "snapshot_gap_days": self.snapshot_gap_days,
            "defects": [
                {"name": d.name, "count": d.count, "examples": list(d.examples), "done": d.done} for d in self.defects
            ],
            "notes": [{"name": note.name, **note.values} for note in self.notes],
        }


@dataclass
class Findings:
    """Collects defects, notes and rows read; a defect that was not met is not told."""

    defects: list[Defect] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    tables: list[TableRead] = field(default_factory=list)

    def mark(self, name: str, ids: Texts, is_met: npt.NDArray[np.bool_], done: str) -> None:
        """Note a defect of the rows in a mask; `ids` are the deals of all rows."""
        count = int(is_met.sum())
        if count:
            self.tell(name, count, list(dict.fromkeys(ids[np.flatnonzero(is_met)[:1000]])), done)

    def tell(self, name: str, count: int, examples: Sequence[str], done: str) -> None:
        """Note a defect."""
        self.defects.append(Defect(name, count, tuple(str(one) for one in examples[:MOST_EXAMPLES]), done))

    def note(self, name: str, **values: Any) -> None:
        """Note something assumed."""
        self.notes.append(Note(name, values))
