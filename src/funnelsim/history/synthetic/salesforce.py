"""A history written down as a Salesforce org would export it: to try a whole way from an export on.

Two tables, ``Opportunity.csv`` and ``OpportunityHistory.csv``. Every move of a deal has a stamp of its own, in UTC:
on one day a minute after the one before.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

from funnelsim.history.record import LOST, NEVER, OPEN, WON, History, date_of

WON_NAME, LOST_NAME = "Closed Won", "Closed Lost"
OPPORTUNITY = (
    *("Id", "StageName", "Amount", "CloseDate", "CreatedDate", "OwnerId", "Type", "LeadSource"),
    *("IsClosed", "IsWon", "IsDeleted"),
)
OPPORTUNITY_HISTORY = ("Id", "OpportunityId", "StageName", "Amount", "CloseDate", "CreatedDate", "IsDeleted")
_OPENS = time(8)


def write_salesforce(history: History, folder: Path) -> tuple[Path, Path]:
    """Write both tables into a folder, and return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    found = folder / "Opportunity.csv", folder / "OpportunityHistory.csv"
    for path, head, rows in zip(found, (OPPORTUNITY, OPPORTUNITY_HISTORY), (_deals, _moves), strict=True):
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(head)
            table.writerows(rows(history))
    return found


def _deals(history: History) -> Iterator[tuple[object, ...]]:
    """Yield the row of each deal as it stands at the end of the record."""
    deals = history.deals
    stage = {int(deal): int(code) for deal, code in zip(history.visits.deal, history.visits.stage, strict=True)}
    for row, outcome in enumerate(deals.outcome.tolist()):
        name = _name(history, stage[row] if outcome == OPEN else outcome)
        yield (
            *(deals.id[row], name, f"{deals.amount[row]:.2f}", _close_date(history, row)),
            *(_stamp(int(deals.created[row]), 0), deals.owner[row], deals.segment[row], deals.source[row]),
            *(_yes(outcome != OPEN), _yes(outcome == WON), _yes(False)),
        )


def _moves(history: History) -> Iterator[tuple[object, ...]]:
    """Yield the creation of each deal and each move of it."""
    visits, before = history.visits, -1
    day, nth, number = NEVER, 0, 0
    columns = (visits.deal, visits.stage, visits.entered, visits.left, visits.exit)
    for deal, stage, entered, left, code in zip(*(column.tolist() for column in columns), strict=True):
        steps = [] if deal == before else [(entered, stage)]
        day, nth, before = (NEVER, 0, deal) if deal != before else (day, nth, deal)
        for at, to in [*steps, *([(left, code)] if code != OPEN else [])]:
            day, nth, number = at, nth + 1 if at == day else 0, number + 1
            told = f"{history.deals.amount[deal]:.2f}", _close_date(history, deal), _stamp(at, nth), _yes(False)
            yield (f"move-{number}", history.deals.id[deal], _name(history, to), *told)


def _name(history: History, code: int) -> str:
    return {WON: WON_NAME, LOST: LOST_NAME}.get(code) or history.stages[code]


def _close_date(history: History, row: int) -> str:
    """Return the date an opportunity must state: the day it closed, else what somebody expects, else nothing."""
    closed, expected = int(history.deals.closed[row]), int(history.deals.expected_close[row])
    day = closed if closed != NEVER else expected
    return "" if day == NEVER else date_of(day).isoformat()


def _stamp(day: int, minutes: int) -> str:
    when = datetime.combine(date_of(day), _OPENS) + timedelta(minutes=minutes)
    return when.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _yes(is_so: bool) -> str:
    return "true" if is_so else "false"
