"""Holidays and weekends of a history.yaml: read, told, written back, and refused where they cannot be meant."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from history_files import HEAD, STAGES, defects_of, imported, write

from funnelsim.config.history import load_history
from funnelsim.errors import InputError
from funnelsim.model.closed_days import ALWAYS_OPEN, ClosedDays
from funnelsim.report.history_folder import write_import

EVENTS = "events: {file: moves.csv, deal: deal, at: at, to: to}\n" + STAGES + HEAD
MOVES = "deal,at,to\na,2026-01-05,demo\na,2026-01-09,quote\nb,2026-01-10,demo\nb,2026-01-17,lost\na,2026-01-20,signed\n"
PLAN = "closed: [2026-01-09, 2026-02-14..2026-02-23]\nweekend: [sunday, Saturday]\n"


def test_days_and_runs_are_read_and_told(tmp_path: Path) -> None:
    history, report = imported(tmp_path, EVENTS + PLAN, **{"moves.csv": MOVES})
    holidays = ((date(2026, 1, 9),) * 2, (date(2026, 2, 14), date(2026, 2, 23)))
    assert history.closed == ClosedDays(holidays, (5, 6))
    note = next(note for note in report.notes if note.name == "closed_days")
    # 5 to 20 January holds two weekends and the 9th; ten days lie ahead
    assert note.values == {"n": 5, "ahead": 10}
    assert defects_of(report)["moves_on_closed_days"] == (2, "shifted")  # a on the 9th, b on Saturday the 17th


def test_a_history_without_them_is_always_open(tmp_path: Path) -> None:
    history, report = imported(tmp_path, EVENTS, **{"moves.csv": MOVES})
    assert history.closed == ALWAYS_OPEN
    assert "closed_days" not in {note.name for note in report.notes}


def test_what_is_known_on_an_earlier_day_keeps_the_plan(tmp_path: Path) -> None:
    history, _ = imported(tmp_path, EVENTS + PLAN, **{"moves.csv": MOVES})
    assert history.known_at(history.as_of - 5).closed == history.closed


def test_an_import_writes_them_and_reads_them_back(tmp_path: Path) -> None:
    history, report = imported(tmp_path, EVENTS + PLAN, **{"moves.csv": MOVES})
    place = write_import(history, report, "plan", tmp_path / "out")
    assert load_history(place / "history.yaml")[0].closed == history.closed


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("closed: [2026-02-30]", "'2026-02-30' is not in the calendar"),
        ("closed: [25.12.2026]", "write a date as year-month-day"),
        ("closed: [2026-02-23..2026-02-14]", "ends before it begins; write FROM..TO"),
        ("closed: [2025-02-14..2026-02-23]", "a closure is 366 at most; mend a year"),
        ("closed: [2926-12-25]", "outside 1900 to 2200; mend the year"),
        ("closed: [2026-02-14..]", "write a date as year-month-day"),
        ("closed: {2026-12-25: Christmas}", "write a date as year-month-day"),
        ("weekend: [saturdy]", "did you mean saturday?"),
        ("weekend: [Saturday, 7]", "there are monday, tuesday"),
        ("weekend: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]", "no day of the week is open"),
        ("closed: [2026-01-01..2026-01-31]", "every day of the record is closed"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused_with_its_line(written: str, told: str, tmp_path: Path) -> None:
    text = EVENTS + written + "\n"
    place = write(tmp_path, text, **{"moves.csv": MOVES})
    with pytest.raises(InputError) as caught:
        load_history(place)
    (problem,) = caught.value.problems
    assert told in problem.message
    assert f"history.yaml:{text.count(chr(10))}:" in problem.place


def test_all_bad_days_are_told_at_once(tmp_path: Path) -> None:
    place = write(tmp_path, EVENTS + "closed: [2026-13-01, 2026-01-02, x]\nweekend: [nday]\n", **{"moves.csv": MOVES})
    with pytest.raises(InputError) as caught:
        load_history(place)
    assert len(caught.value.problems) == 3
