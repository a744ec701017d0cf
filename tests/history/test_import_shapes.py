"""Whatever shape the records have, the same history comes out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from history_files import HEAD, STAGES, deals_of, defects_of, imported, left_out_of, visits_of

VISITS = """deal,stage,since,went_to,until
a,demo,2026-01-05,quote,2026-01-09
a,quote,2026-01-09,close,2026-01-20
a,close,2026-01-20,signed,2026-02-02
b,demo,2026-01-06,no budget,2026-01-30
c,demo,2026-01-07,quote,2026-01-08
c,quote,2026-01-08,,
"""
DEALS = """id,created,amount,owner
a,2026-01-05,100,Ann
b,2026-01-06,50.5,Bob
c,2026-01-07,,Ann
"""
EVENTS = """deal,at,to
a,2026-01-05,demo
a,2026-01-09,quote
b,2026-01-06,demo
a,2026-01-20,close
c,2026-01-07,demo
c,2026-01-08,quote
b,2026-01-30,no budget
a,2026-02-02,signed
"""
WANTED = [
    ("a", "demo", "2026-01-05", "quote", "2026-01-09"),
    ("a", "quote", "2026-01-09", "close", "2026-01-20"),
    ("a", "close", "2026-01-20", "won", "2026-02-02"),
    ("b", "demo", "2026-01-06", "lost", "2026-01-30"),
    ("c", "demo", "2026-01-07", "quote", "2026-01-08"),
    ("c", "quote", "2026-01-08", "open", ""),
]
ENDS = [
    ("a", "2026-01-05", "won", "2026-02-02", ""),
    ("b", "2026-01-06", "lost", "2026-01-30", "no budget"),
    ("c", "2026-01-07", "open", "", ""),
]
DEALS_PART = "deals: {file: deals.csv, id: id, created: created, amount: amount, owner: owner}\n"
SHAPES = {
    "visits": "visits: {file: moves.csv, deal: deal, stage: stage, entered: since, exit: went_to, left: until}\n",
    "entries": "visits: {file: moves.csv, deal: deal, stage: stage, entered: since}\n",
    "events": "events: {file: moves.csv, deal: deal, at: at, to: to}\n",
    "milestones": "milestones: {file: moves.csv, id: deal,"
    " columns: {demo: d, quote: q, close: c, signed: s, no budget: n}}\n",
}
ENTRIES = "deal,stage,since\n" + "".join(
    f"{deal},{to},{at}\n" for deal, at, to in (line.split(",") for line in EVENTS.splitlines()[1:])
)
MILESTONES = """deal,d,q,c,s,n
a,2026-01-05,2026-01-09,2026-01-20,2026-02-02,
b,2026-01-06,,,,2026-01-30
c,2026-01-07,2026-01-08,,,
"""
TABLES = {"visits": VISITS, "entries": ENTRIES, "events": EVENTS, "milestones": MILESTONES}


@pytest.mark.parametrize("shape", list(SHAPES))
def test_every_shape_makes_the_same_history(shape: str, tmp_path: Path) -> None:
    history, report = imported(tmp_path, SHAPES[shape] + DEALS_PART + STAGES + HEAD, moves=TABLES[shape], deals=DEALS)
    assert visits_of(history) == WANTED
    assert deals_of(history) == ENDS
    assert history.deals.amount.tolist()[:2] == [100, 50.5]
    assert np.isnan(history.deals.amount[2])
    assert history.deals.owner.tolist() == ["Ann", "Bob", "Ann"]
    assert set(defects_of(report)) == {"no_amount"}
    assert left_out_of(report) == {}
    assert (report.n_deals, report.n_visits, report.n_won, report.n_lost, report.n_open) == (3, 6, 1, 1, 1)
    assert report.stages == {"demo": 3, "quote": 2, "close": 1}
    assert report.exits == {"won": 1, "no budget": 1, "open": 1}
    assert (report.first.isoformat(), report.last.isoformat()) == ("2026-01-05", "2026-02-02")


@pytest.mark.parametrize("shape", list(SHAPES))
def test_the_order_of_rows_changes_nothing(shape: str, tmp_path: Path) -> None:
    head, *rows = TABLES[shape].splitlines()
    turned = "\n".join([head, *np.random.default_rng(3).permutation(rows)]) + "\n"
    history, _ = imported(tmp_path, SHAPES[shape] + DEALS_PART + STAGES + HEAD, moves=turned, deals=DEALS)
    assert visits_of(history) == WANTED
    assert deals_of(history) == ENDS


def test_without_a_deals_table_the_moves_tell_the_deals(tmp_path: Path) -> None:
    history, _ = imported(tmp_path, SHAPES["events"] + STAGES + HEAD, moves=EVENTS)
    assert visits_of(history) == WANTED
    assert deals_of(history) == ENDS
    assert np.isnan(history.deals.amount).all()


def test_deals_alone_are_one_stage(tmp_path: Path) -> None:
    deals = "id,created,closed,outcome\na,2026-01-05,2026-02-02,won\nb,2026-01-06,2026-01-30,lost\nc,2026-01-07,,open\n"
    text = "deals: {file: deals.csv, id: id, created: created, closed: closed, outcome: outcome}\n"
    history, _ = imported(tmp_path, text + HEAD, deals=deals)
    assert history.stages == ("open",)
    assert visits_of(history) == [
        ("a", "open", "2026-01-05", "won", "2026-02-02"),
        ("b", "open", "2026-01-06", "lost", "2026-01-30"),
        ("c", "open", "2026-01-07", "open", ""),
    ]
    history, _ = imported(tmp_path, text + HEAD + "stages: [pipeline]\n")
    assert history.stages == ("pipeline",)
    history, report = imported(tmp_path, text + HEAD + "stages: [demo, quote]\n")
    assert history.stages == ("demo",)
    assert [note.values for note in report.notes if note.name == "one_stage"] == [{"stage": "demo"}]


def test_a_log_that_begins_in_the_middle_has_its_first_stay_from_creation(tmp_path: Path) -> None:
    log = "deal,at,from,to\na,2026-01-09,demo,quote\nb,2026-01-10,quote,close\n"
    deals = "id,created,stage\na,2026-01-05,quote\nb,2025-11-11,close\nc,2026-01-08,demo\nd,2026-01-08,quote\n"
    text = "events: {file: log.csv, deal: deal, at: at, from: from, to: to}\n"
    text += "deals: {file: deals.csv, id: id, created: created, stage: stage}\nobserved: 2026-01-01..2026-01-31\n"
    history, report = imported(tmp_path, text + STAGES + HEAD, log=log, deals=deals)
    assert visits_of(history) == [
        ("a", "demo", "2026-01-05", "quote", "2026-01-09"),
        ("a", "quote", "2026-01-09", "open", ""),
        ("b", "quote", "2026-01-01", "close", "2026-01-10"),  # its entry is older than the record
        ("b", "close", "2026-01-10", "open", ""),
        ("c", "demo", "2026-01-08", "open", ""),  # it never moved
        ("d", "quote", "2026-01-08", "open", ""),
    ]
    assert defects_of(report)["entered_before_record"] == (1, "kept")


def test_a_repeated_stage_is_one_stay(tmp_path: Path) -> None:
    log = "deal,at,to\na,2026-01-05,demo\na,2026-01-06,demo\na,2026-01-09,quote\na,2026-01-10,demo\n"
    history, report = imported(tmp_path, SHAPES["events"] + STAGES + HEAD, moves=log)
    assert [row[1:4] for row in visits_of(history)] == [
        ("demo", "2026-01-05", "quote"),
        ("quote", "2026-01-09", "demo"),
        ("demo", "2026-01-10", "open"),
    ]
    assert [note.values["n"] for note in report.notes if note.name == "repeats"] == [1]
    assert defects_of(report)["back_moves"] == (1, "kept")


def test_the_deals_table_ends_what_the_log_leaves_open(tmp_path: Path) -> None:
    deals = "id,created,closed,outcome\na,2026-01-05,2026-02-02,won\nb,2026-01-06,2026-02-01,lost\n"
    text = "deals: {file: deals.csv, id: id, created: created, closed: closed, outcome: outcome}\n"
    log = "deal,at,to\na,2026-01-05,demo\n"
    history, report = imported(tmp_path, SHAPES["events"] + text + STAGES + HEAD, moves=log, deals=deals)
    assert visits_of(history) == [("a", "demo", "2026-01-05", "won", "2026-02-02")]
    assert deals_of(history)[1] == ("b", "2026-01-06", "lost", "2026-02-01", "lost")
    assert defects_of(report) == {"first_seen_closed": (1, "kept")}
