"""The shape of a history.yaml, section by section."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from funnelsim.config import figures
from funnelsim.config.fields import Form, Text, Whole, as_list, checked
from funnelsim.errors import InputError
from funnelsim.model.closed_days import WEEKDAYS

Names = Annotated[list[Text], BeforeValidator(as_list)]
ColumnName = Names


class Part(Form):
    """A piece of a history.yaml."""


class TableForm(Part):
    """A table: a file, several, or what a database answers."""

    file: Text | None = None
    files: Names | None = None
    sheet: Text | None = None
    url: Text | None = None
    query: Text | None = None
    table: Text | None = None
    where: dict[str, Names] = Field(default_factory=dict)
    date_format: Text | None = None
    zone: Text | None = None
    thousands: Text | None = None
    probability_in: Literal["percent", "share"] | None = None


class VisitsForm(TableForm):
    """A row per stay of a deal in a stage."""

    deal: ColumnName | None = None
    stage: ColumnName | None = None
    entered: ColumnName | None = None
    exit: ColumnName | None = None
    left: ColumnName | None = None


class EventsForm(TableForm):
    """A row per move."""

    deal: ColumnName | None = None
    at: ColumnName | None = None
    to: ColumnName | None = None
    from_: ColumnName | None = Field(None, alias="from")
    amount: ColumnName | None = None
    expected_close: ColumnName | None = None
    category: ColumnName | None = None
    probability: ColumnName | None = None


class SnapshotsForm(TableForm):
    """A row per deal and day on which the records were copied."""

    as_of: ColumnName | None = None
    deal: ColumnName | None = None
    stage: ColumnName | None = None
    entered: ColumnName | None = None
    created: ColumnName | None = None
    amount: ColumnName | None = None
    expected_close: ColumnName | None = None
    category: ColumnName | None = None
    probability: ColumnName | None = None
    owner: ColumnName | None = None
    segment: ColumnName | None = None
    source: ColumnName | None = None
    vanished: Literal["lost", "drop"] | None = None


class MilestonesForm(TableForm):
    """A row per deal, a column per stage."""

    id: ColumnName | None = None
    columns: dict[str, ColumnName] = Field(default_factory=dict)


class DealsForm(TableForm):
    """A row per deal."""

    id: ColumnName | None = None
    created: ColumnName | None = None
    closed: ColumnName | None = None
    outcome: ColumnName | None = None
    stage: ColumnName | None = None
    amount: ColumnName | None = None
    currency: ColumnName | None = None
    expected_close: ColumnName | None = None
    category: ColumnName | None = None
    probability: ColumnName | None = None
    owner: ColumnName | None = None
    segment: ColumnName | None = None
    source: ColumnName | None = None


class ChangesForm(TableForm):
    """A row per change of an amount, an expected date or a call."""

    deal: ColumnName | None = None
    at: ColumnName | None = None
    field: ColumnName | None = None
    value: ColumnName | None = None
    before: ColumnName | None = None
    fields: dict[str, Literal["amount", "expected_close", "category", "probability"]] = Field(default_factory=dict)


class OpinionsForm(TableForm):
    """A row per call on a deal."""

    deal: ColumnName | None = None
    at: ColumnName | None = None
    by: ColumnName | None = None
    call: ColumnName | None = None


def _as_table(raw: Any) -> Any:
    return {"file": raw} if isinstance(raw, str) else raw


FromFile = BeforeValidator(_as_table)


def _days_closed(raw: Any) -> tuple[date, date]:
    """Return the first and the last day of ``2026-12-25`` or ``2027-02-06..2027-02-12``."""
    found = re.fullmatch(r"\s*(\S+?)\s*\.\.\s*(\S+)\s*", raw) if isinstance(raw, str) else None
    if found is None:
        only = figures.day(raw)
        return only, only
    return figures.day(found[1]), figures.day(found[2])


def _weekday(raw: Any) -> int:
    """Return the number of a weekday, Monday 0."""
    if str(raw).lower() in WEEKDAYS:
        return WEEKDAYS.index(str(raw).lower())
    close = get_close_matches(str(raw).lower(), WEEKDAYS, 1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(WEEKDAYS)}"
    raise InputError.of(f"{figures.shown(raw)} is no day of the week; {hint}")


DayRun = Annotated[
    tuple[date, date], PlainValidator(checked(_days_closed)), WithJsonSchema({"type": "string", "format": "date"})
]
Weekday = Annotated[int, PlainValidator(checked(_weekday)), WithJsonSchema({"enum": list(WEEKDAYS)})]


class HistoryForm(Part):
    """A history: the tables that hold it, and what their names mean."""

    history: Text = ""
    preset: Text | None = None
    url: Text | None = None
    file: Text | None = None
    files: Names | None = None
    query: Text | None = None
    table: Text | None = None
    visits: Annotated[VisitsForm, FromFile] | None = None
    events: Annotated[EventsForm, FromFile] | None = None
    snapshots: Annotated[SnapshotsForm, FromFile] | None = None
    milestones: Annotated[MilestonesForm, FromFile] | None = None
    deals: Annotated[DealsForm, FromFile] | None = None
    changes: Annotated[ChangesForm, FromFile] | None = None
    opinions: Annotated[OpinionsForm, FromFile] | None = None
    categories: dict[str, Names] = Field(default_factory=dict)
    stages: Names = Field(default_factory=list)
    won: Names = Field(default_factory=list)
    lost: Names = Field(default_factory=list)
    open: Names = Field(default_factory=list)
    currency: Text
    unit: Text
    timezone: Text = "UTC"
    observed: Text | None = None
    snapshot_gap_days: Whole = 0
    closed: Annotated[list[DayRun], BeforeValidator(as_list)] = Field(default_factory=list)
    weekend: Annotated[list[Weekday], BeforeValidator(as_list)] = Field(default_factory=list)
