"""Each known defect of records is counted, shown by ids, and treated as told: kept, sorted, ended or dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
from history_files import HEAD, STAGES, deals_of, defects_of, imported, visits_of

from funnelsim.history.findings import ImportReport

VISITS = "visits: {file: moves.csv, deal: deal, stage: stage, entered: since, exit: to, left: until}\n" + STAGES + HEAD
EVENTS = "events: {file: moves.csv, deal: deal, at: at, to: to}\n" + STAGES + HEAD
FROM = EVENTS.replace("at: at", "at: at, from: from")
DEALS = "deals: {file: deals.csv, id: id, created: created, closed: closed, outcome: outcome}\n"
ALONE = DEALS + HEAD
HEADS = {
    VISITS: "deal,stage,since,to,until\n",
    EVENTS: "deal,at,to\n",
    FROM: "deal,at,from,to\n",
    VISITS + DEALS: "deal,stage,since,to,until\n",
    EVENTS + DEALS: "deal,at,to\n",
    FROM + DEALS: "deal,at,from,to\n",
}

# defect: (contract, rows of moves, rows of deals, how often, what is done)
CASES = {
    "skipped_stages": (EVENTS, "a,2026-01-05,demo\na,2026-01-06,close\n", "", 1, "kept"),
    "back_moves": (EVENTS, "a,2026-01-05,quote\na,2026-01-06,demo\na,2026-01-09,close\n", "", 1, "kept"),
    "zero_length": (VISITS, "a,demo,2026-01-05 10:00,quote,2026-01-05 10:00\n", "", 1, "kept"),
    "overlaps": (
        VISITS,
        "a,demo,2026-01-05,quote,2026-01-09\na,quote,2026-01-07,signed,2026-01-12\n",
        "",
        1,
        "kept",
    ),
    "reopened": (EVENTS, "a,2026-01-05,demo\na,2026-01-06,lost\na,2026-01-08,quote\n", "", 1, "kept"),
    "exit_disagrees": (
        VISITS,
        "a,demo,2026-01-05,quote,2026-01-07\na,close,2026-01-07,signed,2026-01-12\n",
        "",
        1,
        "kept",
    ),
    "out_of_order": (
        EVENTS,
        "a,2026-01-07,quote\na,2026-01-05,demo\na,2026-01-09,close\na,2026-01-12,lost\n",
        "",
        1,
        "sorted",
    ),
    "same_second": (EVENTS, "a,2026-01-05,demo\na,2026-01-06 10:00,quote\na,2026-01-06 10:00,close\n", "", 1, "kept"),
    "from_disagrees": (FROM, "a,2026-01-05,,demo\na,2026-01-06,quote,close\n", "", 1, "kept"),
    "first_seen_closed": (EVENTS, "a,2026-01-05,signed\n", "", 1, "kept"),
    "duplicate_ids": (ALONE, "", "a,2026-01-05,,\na,2026-01-06,,\na,2026-01-07,,\n", 2, "dropped"),
    "no_entry_date": (VISITS, "a,demo,,quote,2026-01-07\na,quote,2026-01-07,,\n", "", 1, "dropped"),
    "exit_without_date": (VISITS, "a,demo,2026-01-05,quote,\na,quote,2026-01-07,,\n", "", 1, "dropped"),
    "ends_before_it_begins": (VISITS, "a,demo,2026-01-05,quote,2026-01-04\na,quote,2026-01-07,,\n", "", 1, "dropped"),
    "end_without_exit": (
        VISITS,
        "a,demo,2026-01-05,quote,2026-01-07\na,quote,2026-01-07,,2026-01-09\n",
        "",
        1,
        "dropped",
    ),
    "open_with_end": (VISITS, "a,demo,2026-01-05,open,2026-01-07\n", "", 1, "opened"),
    "open_but_followed": (VISITS, "a,demo,2026-01-05,,\na,quote,2026-01-07,,\n", "", 1, "ended"),
    "closed_before_created": (ALONE, "", "a,2026-01-05,2026-01-04,won\nb,2026-01-05,2026-01-06,won\n", 1, "dropped"),
    "closed_without_date": (ALONE, "", "a,2026-01-05,,won\nb,2026-01-05,2026-01-06,won\n", 1, "dropped"),
    "no_created": (ALONE, "", "a,,2026-01-04,won\nb,2026-01-05,2026-01-06,won\n", 1, "dropped"),
    "deals_without_visits": (EVENTS + DEALS, "a,2026-01-05,demo\n", "a,2026-01-05,,\nb,2026-01-06,,\n", 1, "dropped"),
    "visits_without_deal": (EVENTS + DEALS, "a,2026-01-05,demo\nx,2026-01-05,demo\n", "a,2026-01-05,,\n", 1, "dropped"),
    "created_after_first_stage": (EVENTS + DEALS, "a,2026-01-05,demo\n", "a,2026-01-06,,\n", 1, "kept"),
    "outcome_disagrees": (
        EVENTS + DEALS,
        "a,2026-01-05,demo\na,2026-01-09,signed\n",
        "a,2026-01-05,2026-01-09,lost\n",
        1,
        "kept",
    ),
    "closed_before_last_move": (
        EVENTS + DEALS,
        "a,2026-01-05,demo\na,2026-01-09,quote\n",
        "a,2026-01-05,2026-01-07,lost\n",
        1,
        "kept",
    ),
    "entered_before_record": (
        FROM + DEALS + "observed: 2026-01-08..\n",
        "a,2026-01-09,quote,close\n",
        "a,2025-11-05,,\n",
        1,
        "kept",
    ),
    "future_dates": (ALONE + "observed: ..2026-01-10\n", "", "a,2026-01-05,,\nb,2026-01-11,,\n", 1, "dropped"),
    "future_entries": (
        EVENTS + "observed: ..2026-01-10\n",
        "a,2026-01-05,demo\na,2026-01-11,quote\n",
        "",
        1,
        "dropped",
    ),
    "future_exits": (EVENTS + "observed: ..2026-01-10\n", "a,2026-01-05,demo\na,2026-01-11,lost\n", "", 1, "opened"),
    "mixed_zones": (EVENTS, "a,2026-01-05T10:00:00Z,demo\na,2026-01-07 10:00:00,quote\n", "", 1, "kept"),
}


def read(folder: Path, name: str) -> ImportReport:
    text, moves, deals, _, _ = CASES[name]
    base = text.split("observed")[0]
    tables = {"moves": HEADS[base] + moves} if moves else {}
    return imported(folder, text, **tables, deals="id,created,closed,outcome\n" + deals)[1]


@pytest.mark.parametrize("name", list(CASES))
def test_a_defect_is_counted_shown_and_treated_as_told(name: str, tmp_path: Path) -> None:
    report = read(tmp_path, name)
    assert defects_of(report).get(name) == CASES[name][3:], defects_of(report)
    examples = next(defect.examples for defect in report.defects if defect.name == name)
    assert name in {"visits_without_deal", "mixed_zones"} or (set(examples) <= {"a", "b"} and examples)


def test_sound_records_have_no_defect(tmp_path: Path) -> None:
    moves = "a,demo,2026-01-05,quote,2026-01-07\na,quote,2026-01-07,close,2026-01-09\n"
    moves += "a,close,2026-01-09,signed,2026-01-12\n"
    _, report = imported(tmp_path, VISITS, moves=HEADS[VISITS] + moves)
    assert report.defects == ()


def test_at_most_five_ids_are_shown(tmp_path: Path) -> None:
    deals = "".join(f"d{i},2026-01-05,2026-01-04,won\n" for i in range(9)) + "e,2026-01-05,2026-01-06,won\n"
    _, report = imported(tmp_path, ALONE, deals="id,created,closed,outcome\n" + deals)
    assert report.defects[0].examples == ("d0", "d1", "d2", "d3", "d4")
    assert report.defects[0].count == 9


def test_what_ends_where_the_next_begins_has_that_day_and_stage(tmp_path: Path) -> None:
    moves = HEADS[VISITS] + "a,demo,2026-01-05,,\na,quote,2026-01-07,,\n"
    history, _ = imported(tmp_path, VISITS, moves=moves)
    assert visits_of(history) == [
        ("a", "demo", "2026-01-05", "quote", "2026-01-07"),
        ("a", "quote", "2026-01-07", "open", ""),
    ]


def test_moves_of_one_second_follow_from_and_to(tmp_path: Path) -> None:
    moves = HEADS[FROM] + "a,2026-01-05,,demo\na,2026-01-06 10:00,quote,close\na,2026-01-06 10:00,demo,quote\n"
    history, report = imported(tmp_path, FROM, moves=moves)
    assert [row[1] for row in visits_of(history)] == ["demo", "quote", "close"]
    assert "from_disagrees" not in defects_of(report)


def test_moves_of_one_second_follow_the_file_also_where_the_newest_comes_first(tmp_path: Path) -> None:
    rows = ["a,2026-01-05,demo", "a,2026-01-06 10:00,quote", "a,2026-01-06 10:00,close", "a,2026-01-09,signed"]
    for order in (rows, rows[::-1]):
        history, report = imported(tmp_path, EVENTS, moves=HEADS[EVENTS] + "\n".join(order) + "\n")
        assert [row[1] for row in visits_of(history)] == ["demo", "quote", "close"]
        assert "out_of_order" not in defects_of(report)


def test_a_reopened_deal_is_open_and_was_closed_before(tmp_path: Path) -> None:
    moves = HEADS[EVENTS] + "a,2026-01-05,demo\na,2026-01-06,lost\na,2026-01-08,quote\n"
    history, _ = imported(tmp_path, EVENTS, moves=moves)
    assert deals_of(history) == [("a", "2026-01-05", "open", "", "")]
    assert [row[3] for row in visits_of(history)] == ["lost", "open"]


def test_a_deal_that_ended_where_it_began_has_its_stay(tmp_path: Path) -> None:
    """A log of moves is silent on deals that never moved; the deals table tells where they stood and how they ended."""
    deals = (
        "id,created,closed,outcome,now\na,2026-01-05,2026-01-20,lost,demo\nb,2026-01-06,,,demo\nc,2026-01-06,,,quote\n"
    )
    text = FROM + DEALS.replace("outcome: outcome", "outcome: outcome, stage: now")
    history, report = imported(tmp_path, text, moves=HEADS[FROM] + "c,2026-01-09,demo,quote\n", deals=deals)
    assert visits_of(history) == [
        ("a", "demo", "2026-01-05", "lost", "2026-01-20"),
        ("b", "demo", "2026-01-06", "open", ""),
        ("c", "demo", "2026-01-06", "quote", "2026-01-09"),
        ("c", "quote", "2026-01-09", "open", ""),
    ]
    assert defects_of(report) == {}
