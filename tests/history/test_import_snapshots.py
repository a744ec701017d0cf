"""Dated copies of the records make a history whose days are known to within the gap between copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from history_files import HEAD, STAGES, deals_of, defects_of, imported, left_out_of, visits_of

from funnelsim.errors import InputError
from funnelsim.history.record import AMOUNT, EXPECTED_CLOSE, NEVER, date_of, day_of

HEADS = "deal,stage,created,amount\n"
COPIES = {
    "crm-2026-01-05.csv": HEADS + "a,demo,2026-01-02,10\nb,quote,2025-12-01,20\n",
    "crm-2026-01-12.csv": HEADS + "a,quote,2026-01-02,10\nb,quote,2025-12-01,25\nc,demo,2026-01-08,30\n",
    "crm-2026-01-26.csv": HEADS + "a,signed,2026-01-02,10\nb,close,2025-12-01,25\nc,demo,2026-01-08,\n",
}
TEXT = "snapshots: {files: crm-*.csv, as_of: from the name, deal: deal, stage: stage, created: created, amount: amount"


def test_copies_are_differenced(tmp_path: Path) -> None:
    history, report = imported(tmp_path, TEXT + "}\n" + STAGES + HEAD, **COPIES)
    assert visits_of(history) == [
        ("a", "demo", "2026-01-02", "quote", "2026-01-12"),
        ("a", "quote", "2026-01-12", "won", "2026-01-26"),
        ("b", "quote", "2026-01-05", "close", "2026-01-26"),  # entered before the first copy
        ("b", "close", "2026-01-26", "open", ""),
        ("c", "demo", "2026-01-08", "open", ""),
    ]
    assert history.snapshot_gap_days == report.snapshot_gap_days == 14
    assert defects_of(report) == {"entered_before_record": (1, "kept"), "amount_changes": (2, "kept")}
    assert deals_of(history)[0] == ("a", "2026-01-02", "won", "2026-01-26", "")


def test_amounts_of_copies_are_known_day_by_day(tmp_path: Path) -> None:
    history, _ = imported(tmp_path, TEXT + "}\n" + STAGES + HEAD, **COPIES)
    day = lambda text: day_of(date_of(0).fromisoformat(text))  # noqa: E731
    assert history.changes is not None
    assert history.changes.field.tolist() == [AMOUNT, AMOUNT]
    assert history.known_at(day("2026-01-12")).deals.amount.tolist()[1] == 20
    assert history.known_at(day("2026-01-13")).deals.amount.tolist() == [10, 25, 30]
    assert np.isnan(history.deals.amount[2])


def test_a_stated_day_of_entry_is_better_than_the_day_of_the_copy(tmp_path: Path) -> None:
    copies = {
        "c-20260105.csv": "deal,stage,since\na,demo,1767225600000\n",
        "c-20260126.csv": "deal,stage,since\na,quote,1768435200000\nb,close,1768435200000\n",
    }
    text = "snapshots: {files: c-*.csv, as_of: from the name, deal: deal, stage: stage, entered: since}\n"
    with pytest.raises(InputError, match="date_format: epoch_ms"):
        imported(tmp_path, text + STAGES + HEAD, **copies)
    text = text.replace("entered: since", "entered: since, date_format: epoch_ms")
    history, report = imported(tmp_path, text + STAGES + HEAD)
    assert visits_of(history) == [
        ("a", "demo", "2026-01-01", "quote", "2026-01-15"),
        ("a", "quote", "2026-01-15", "open", ""),
        ("b", "close", "2026-01-15", "open", ""),
    ]
    assert defects_of(report) == {}


def test_what_a_vanished_deal_means_must_be_stated(tmp_path: Path) -> None:
    copies = {**COPIES, "crm-2026-01-26.csv": COPIES["crm-2026-01-26.csv"].replace("b,close,2025-12-01,25\n", "")}
    with pytest.raises(
        InputError, match=r"1 deals are open in one copy and missing from the next \(b, ..\); state vanished"
    ):
        imported(tmp_path, TEXT + "}\n" + STAGES + HEAD, **copies)
    history, report = imported(tmp_path, TEXT + ", vanished: lost}\n" + STAGES + HEAD)
    assert deals_of(history)[1] == ("b", "2025-12-01", "lost", "2026-01-26", "vanished")
    assert defects_of(report)["vanished"] == (1, "lost")
    history, report = imported(tmp_path, TEXT + ", vanished: drop}\n" + STAGES + HEAD)
    assert [row[0] for row in deals_of(history)] == ["a", "c"]
    assert defects_of(report)["vanished"] == (1, "dropped")


def test_one_long_table_of_copies_has_its_day_in_a_column(tmp_path: Path) -> None:
    rows = "day,deal,stage\n2026-01-05,a,demo\n2026-01-05,a,demo\n2026-01-12,a,quote\n2026-01-12,b,Open\n"
    text = "snapshots: {file: copies.csv, as_of: day, deal: deal, stage: stage}\n"
    history, report = imported(tmp_path, text + STAGES + HEAD, copies=rows)
    assert visits_of(history)[0] == ("a", "demo", "2026-01-05", "quote", "2026-01-12")
    assert defects_of(report)["twice_in_a_copy"] == (1, "dropped")
    assert left_out_of(report) == {"snapshots no_stage": 1}


def test_a_file_without_a_date_in_its_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"crm-x.csv: snapshots.as_of: no date in the name"):
        imported(tmp_path, TEXT + "}\n" + STAGES + HEAD, **COPIES, **{"crm-x.csv": "deal,stage,created,amount\n"})


def test_a_log_of_changes_tells_what_was_known_when(tmp_path: Path) -> None:
    log = "deal,when,what,new\na,2026-01-10,Amount,120\na,2026-01-20,Amount,90\n"
    log += "b,2026-01-09,CloseDate,2026-03-01\nb,2026-01-09,Owner,Eve\n"
    deals = "id,created,amount,due\na,2026-01-05,90,\nb,2026-01-06,50,2026-03-01\n"
    text = "deals: {file: deals.csv, id: id, created: created, amount: amount, expected_close: due}\n"
    text += "changes: {file: log.csv, deal: deal, at: when, field: what, value: new,"
    text += " fields: {Amount: amount, CloseDate: expected_close}}\n"
    text += "observed: ..2026-01-31\n"
    history, report = imported(tmp_path, text + HEAD, log=log, deals=deals)
    day = lambda text: day_of(date_of(0).fromisoformat(text))  # noqa: E731
    assert np.isnan(history.known_at(day("2026-01-10")).deals.amount[0])  # what stood before is not on record
    assert history.known_at(day("2026-01-11")).deals.amount[0] == 120
    assert history.known_at(day("2026-01-20")).deals.amount[0] == 120
    assert history.deals.amount[0] == 90
    assert history.known_at(day("2026-01-09")).deals.expected_close[1] == NEVER
    assert history.changes is not None
    assert (history.changes.field == EXPECTED_CLOSE).sum() == 1
    assert left_out_of(report) == {"changes other_field": 1}
    assert "static_amounts" not in {note.name for note in report.notes}
