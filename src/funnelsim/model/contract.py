"""How a company's history is written down: which tables hold it, and what their columns and names mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from funnelsim.errors import InputError, Problem
from funnelsim.model.categories import OVER, USUAL, Categories, plain_word
from funnelsim.model.closed_days import ALWAYS_OPEN, ClosedDays
from funnelsim.model.money import Money

VISITS, EVENTS, SNAPSHOTS, MILESTONES = "visits", "events", "snapshots", "milestones"
DEALS, CHANGES, OPINIONS = "deals", "changes", "opinions"
SHAPES = (VISITS, EVENTS, SNAPSHOTS, MILESTONES)
# Without these columns a table tells nothing.
NEEDED: dict[str, tuple[str, ...]] = {
    VISITS: ("deal", "stage", "entered"),
    EVENTS: ("deal", "at", "to"),
    SNAPSHOTS: ("deal", "stage"),
    MILESTONES: ("id",),
    DEALS: ("id",),
    CHANGES: ("deal", "at", "field", "value"),
    OPINIONS: ("deal", "at", "call"),
}
ONLY_STAGE = "open"
_NAMES = ("stages", "won", "lost", "open")


@dataclass(frozen=True)
class Column:
    """The columns that may hold one thing: the first that is filled in counts.

    A preset's names are matched without regard to case and underscores, and not all of them need be there.
    """

    names: tuple[str, ...]
    is_preset: bool = False


@dataclass(frozen=True)
class Part:
    """One table of a history: where it lies, and which column holds what.

    Parameters
    ----------
    kind : str
        ``visits``, ``events``, ``snapshots``, ``milestones``, ``deals``, ``changes`` or ``opinions``.
    files : tuple of str
        As written; several are read one after the other.
    url, query, table : str
        A database, and what is asked of it.
    columns : mapping
        What a column holds, such as ``entered`` -> the column.
    milestones : mapping
        Of a wide table, the stage -> the column with the day it was entered.
    milestone_prefix : str
        Of a wide table, what the names of all such columns begin with; the rest is the stage.
    where : tuple
        Only rows with one of these values in that column count.
    date_format : str
        How stamps are written, where not year first; ``epoch_ms`` and ``epoch_s`` count from 1970.
    zone : str
        The time zone of stamps that state none; the history's own where empty.
    thousands : str
        What stands between the thousands of an amount.
    dated_by_name : bool
        Whether a snapshot's date stands in the name of its file.
    dates_overwritten : bool
        Whether the system puts the day a deal closed in place of the day that was expected.
    proposals : mapping
        What columns may be called where none is stated: told, never taken.
    fields : mapping
        Of changes, the name of a field in the table -> ``amount``, ``expected_close``, ``category`` or ``probability``.
    probability_in : str
        What a bare number among chances means: ``percent`` or ``share``; empty where that is not known.
    """

    kind: str
    files: tuple[str, ...] = ()
    sheet: str = ""
    url: str = ""
    query: str = ""
    table: str = ""
    columns: Mapping[str, Column] = field(default_factory=dict)
    milestones: Mapping[str, Column] = field(default_factory=dict)
    milestone_prefix: str = ""
    where: tuple[tuple[Column, frozenset[str]], ...] = ()
    date_format: str = ""
    zone: str = ""
    thousands: str = ""
    dated_by_name: bool = False
    dates_overwritten: bool = False
    proposals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    probability_in: str = ""

    def has(self, name: str) -> bool:
        """Tell whether a column is named for this."""
        return name in self.columns


@dataclass(frozen=True)
class Contract:
    """Everything a history.yaml says.

    Parameters
    ----------
    stages : tuple of str
        In order.
    won, lost, open : tuple of str
        What the records call a deal that is won, lost (by reason) or still open, beside these words themselves.
    observed_from, observed_to : date, optional
        The first and the last day on which everything was recorded.
    vanished : str
        What becomes of a deal that later snapshots no longer show: ``lost`` or ``drop``; empty if nothing is stated.
    snapshot_gap_days : int
        Of tables that were once put together from snapshots, the largest gap between two.
    closed : ClosedDays
        On which nothing moves, past and to come.
    categories : mapping
        Forecast categories, surest first, each with the words it has in the records.

    Raises
    ------
    InputError
        If a name is used twice, or no table tells what deals did.
    """

    parts: Mapping[str, Part]
    stages: tuple[str, ...]
    money: Money
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    timezone: str = "UTC"
    observed_from: date | None = None
    observed_to: date | None = None
    vanished: Literal["", "lost", "drop"] = ""
    name: str = ""
    snapshot_gap_days: int = 0
    closed: ClosedDays = ALWAYS_OPEN
    categories: Categories = field(default_factory=lambda: USUAL)

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    @property
    def shape(self) -> str:
        """Return the table that tells the moves, or nothing where there are deals only."""
        return next((kind for kind in SHAPES if kind in self.parts), "")

    def _problems(self) -> Iterator[Problem]:
        told = Counter(kind for kind in SHAPES if kind in self.parts)
        if len(told) > 1:
            yield Problem(tuple(told)[1:2], f"states {' and '.join(told)}; keep the one that tells the moves")
        if not told and DEALS not in self.parts:
            yield Problem((), f"no table of deals; state one of {', '.join((*SHAPES, DEALS))}")
        names = Counter(name for key in _NAMES for name in set(getattr(self, key)))
        for key in _NAMES:
            listed = getattr(self, key)
            for name in dict.fromkeys(listed):
                if listed.count(name) > 1:
                    yield Problem((key,), f"'{name}' appears twice; keep one")
                if names[name] > 1 and key != "stages":
                    others = " and ".join(k for k in _NAMES if k != key and name in getattr(self, k))
                    said = f"'{name}' is among {others} too; a name means one thing: keep it in one of them"
                    hint = ", and call the only stage of deals without moves as you like" if not self.shape else ""
                    yield Problem((key,), said + hint)
        words = Counter(plain_word(word) for said in self.categories.values() for word in said)
        for name, used in self.categories.items():
            for word in dict.fromkeys(used):
                if words[plain_word(word)] > 1:
                    yield Problem(("categories", name), f"'{word}' stands twice; a word means one category")
                if plain_word(word) in map(plain_word, OVER):
                    yield Problem(("categories", name), f"'{word}' means that a deal is over, and is no call")
        if self.observed_from and self.observed_to and self.observed_from > self.observed_to:
            yield Problem(("observed",), f"ends on {self.observed_to}, before it begins; write FROM..TO")
