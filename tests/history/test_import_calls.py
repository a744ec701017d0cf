"""Forecast categories and chances out of exports: dated where the records date them, and never known earlier."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from history_files import HEAD, defects_of, imported, write

from funnelsim.config.history import load_history
from funnelsim.errors import InputError
from funnelsim.history.calls import Calls
from funnelsim.history.digest import digest
from funnelsim.history.findings import ImportReport
from funnelsim.history.record import History, date_of, day_of
from funnelsim.report.history_folder import write_import

STAGES = "stages: [A, B]\nwon: [W]\nlost: [L]\n"
MOVES = "deal,at,to\n1,2026-01-05,A\n2,2026-01-06,A\n1,2026-01-09,B\n1,2026-01-20,W\n3,2026-01-07,A\n"
EVENTS = "events: {file: moves.csv, deal: deal, at: at, to: to}\n" + STAGES + HEAD
UP_TO = "observed: ..2026-01-31\n"
OPINIONS = "opinions: {file: said.csv, deal: deal, at: at, by: by, call: call}\n"


def told(history: History) -> list[tuple[str, str, str, str | float | None]]:
    """Return each call in words: deal, voice, day, what is said."""
    calls = history.calls
    assert calls is not None
    return [
        (
            history.deals.id[calls.deal[i]], calls.voices[calls.voice[i]], date_of(calls.day[i]).isoformat(),
            calls.categories[calls.category[i]] if calls.category[i] >= 0
            else round(float(calls.chance[i]), 6) if np.isfinite(calls.chance[i]) else None,
        )
        for i in range(len(calls))
    ]  # fmt: skip


def notes(report: ImportReport) -> dict[str, dict]:
    return {note.name: note.values for note in report.notes}


def test_a_table_of_opinions_is_read_with_who_and_when(tmp_path: Path) -> None:
    said = "deal,at,by,call\n2,2026-01-08,rep,Commit\n2,2026-01-09,boss,20%\n2,2026-01-12,rep,\n"
    said += "1,2026-01-08,rep,best_case\n"
    history, report = imported(tmp_path, EVENTS + OPINIONS, **{"moves.csv": MOVES, "said.csv": said})
    assert told(history) == [
        ("1", "rep", "2026-01-08", "best case"),
        ("2", "rep", "2026-01-08", "commit"),
        ("2", "boss", "2026-01-09", 0.2),
        ("2", "rep", "2026-01-12", None),
    ]
    assert notes(report)["calls_dated"] == {"by": "boss", "n": 1}


def test_a_call_is_known_from_the_morning_after_and_until_it_is_taken_back(tmp_path: Path) -> None:
    said = "deal,at,by,call\n2,2026-01-08,rep,Commit\n2,2026-01-12,rep,\n"
    history, _ = imported(tmp_path, EVENTS + OPINIONS, **{"moves.csv": MOVES, "said.csv": said})

    def on(day: str) -> int:
        when = day_of(date_of(0).fromisoformat(day))
        calls = history.known_at(when).calls
        assert calls is not None
        row = history.known_at(when).deals.id.tolist().index("2")
        return int(calls.standing(0, when, len(history.known_at(when).deals)).category[row])

    assert [on(day) for day in ("2026-01-08", "2026-01-09", "2026-01-12", "2026-01-13")] == [-1, 0, 0, -1]


def test_what_comes_after_a_day_changes_nothing_that_was_known_then(tmp_path: Path) -> None:
    said = "deal,at,by,call\n2,2026-01-08,rep,Commit\n{}"
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    first, _ = imported(tmp_path / "a", EVENTS + OPINIONS, **{"moves.csv": MOVES, "said.csv": said.format("")})
    more = "2,2026-01-15,rep,Pipeline\n3,2026-01-16,rep,Omitted\n"
    other, _ = imported(tmp_path / "b", EVENTS + OPINIONS, **{"moves.csv": MOVES, "said.csv": said.format(more)})
    day = day_of(date_of(0).fromisoformat("2026-01-15"))
    assert digest(first.known_at(day)) == digest(other.known_at(day))
    assert digest(first) != digest(other)


def test_calls_beside_events_are_dated_by_them_and_the_end_of_a_deal_is_no_call(tmp_path: Path) -> None:
    log = (
        "OpportunityId,CreatedDate,StageName,ForecastCategory,Probability\n"
        "1,2026-01-05,A,Pipeline,10\n1,2026-01-07,A,BestCase,40\n1,2026-01-09,B,Forecast,90\n1,2026-01-20,W,Closed,100\n"
    )
    history, _ = imported(tmp_path, "preset: salesforce_api\nevents: log.csv\n" + STAGES + HEAD, log=log)
    said = [one for one in told(history) if one[1] == "category"]
    assert said == [
        ("1", "category", "2026-01-05", "pipeline"),
        ("1", "category", "2026-01-07", "best case"),
        ("1", "category", "2026-01-09", "commit"),
        ("1", "category", "2026-01-20", None),
    ]
    assert [one[3] for one in told(history) if one[1] == "probability"] == [0.1, 0.4, 0.9, 1.0]


def test_a_log_of_changes_tells_what_stood_before(tmp_path: Path) -> None:
    log = (
        "OpportunityId,CreatedDate,Field,OldValue,NewValue\n"
        "1,2026-01-09,StageName,A,B\n1,2026-01-12,ForecastCategoryName,Pipeline,Commit\n"
        "1,2026-01-15,ForecastCategoryName,Commit,Best Case\n1,2026-01-13,Probability,10,60\n"
    )
    deals = "Id,CreatedDate,StageName\n1,2026-01-05,B\n"
    text = "preset: salesforce_field\nevents: log.csv\nchanges: log.csv\ndeals: deals.csv\n"
    text += "observed: 2026-01-07..2026-01-31\n"
    history, report = imported(tmp_path, text + STAGES + HEAD, log=log, deals=deals)
    assert told(history) == [
        ("1", "category", "2026-01-07", "pipeline"),  # since the record begins: what was before it is not known
        ("1", "probability", "2026-01-07", 0.1),
        ("1", "category", "2026-01-12", "commit"),
        ("1", "probability", "2026-01-13", 0.6),
        ("1", "category", "2026-01-15", "best case"),
    ]
    assert "static_amounts" in notes(report)
    assert history.changes is None


def test_what_only_the_export_states_is_dated_by_it_and_told_to_be_unscorable(tmp_path: Path) -> None:
    deals = "id,cat,p\n1,Closed,100\n2,Commit,80\n3,,30\n"
    text = EVENTS + "deals: {file: deals.csv, id: id, category: cat, probability: p, probability_in: percent}\n"
    history, report = imported(tmp_path, text, **{"moves.csv": MOVES, "deals": deals})
    last = date_of(history.as_of - 1).isoformat()
    assert [one[2:] for one in told(history) if one[:2] == ("2", "category")] == [(last, "commit")]
    assert history.known_at(history.as_of - 1).calls.rows(slice(None)).deal.tolist() == []
    assert notes(report)["calls_undated"]["by"] in {"category", "probability"}
    assert "calls_dated" not in notes(report)


def test_an_export_beside_dated_calls_counts_where_there_is_none(tmp_path: Path) -> None:
    deals = "id,cat\n1,Closed\n2,Commit\n3,Pipeline\n"
    said = "deal,at,by,call\n2,2026-01-08,category,Best Case\n"
    text = EVENTS + OPINIONS + "deals: {file: deals.csv, id: id, category: cat}\n"
    history, report = imported(tmp_path, text, **{"moves.csv": MOVES, "deals": deals, "said.csv": said})
    assert told(history) == [
        ("2", "category", "2026-01-08", "best case"),
        ("3", "category", date_of(history.as_of - 1).isoformat(), "pipeline"),
    ]
    assert notes(report)["calls_by_export"]["n"] == 1


def test_copies_date_their_calls(tmp_path: Path) -> None:
    head, files = "id,stage,cat\n", {}
    for day, cat in (("06", "Pipeline"), ("13", "Commit"), ("20", "")):
        files[f"c-2026-01-{day}.csv"] = f"{head}7,A,{cat}\n"
    text = "snapshots: {files: c-*.csv, as_of: from the name, deal: id, stage: stage, category: cat}\n" + UP_TO
    history, _ = imported(tmp_path, text + STAGES + HEAD, **files)
    assert [one[2:] for one in told(history)] == [
        ("2026-01-06", "pipeline"), ("2026-01-13", "commit"), ("2026-01-20", None)
    ]  # fmt: skip


def test_hubspots_shares_and_words_and_those_of_dynamics_are_known(tmp_path: Path) -> None:
    log = (
        "deal_id,timestamp,property,value\n1,2026-01-05T08:00:00Z,dealstage,A\n"
        "1,2026-01-06T08:00:00Z,hs_manual_forecast_category,BEST_CASE\n1,2026-01-07T08:00:00Z,hs_forecast_probability,0.35\n"
    )
    text = "preset: hubspot_api\nevents: log.csv\nchanges: log.csv\n"
    history, _ = imported(tmp_path, text + UP_TO + STAGES + HEAD, log=log)
    assert [one[3] for one in told(history)] == ["best case", 0.35]
    table = (
        "opportunityid,createdon,actualclosedate,statecode,estimatedvalue,msdyn_forecastcategory,closeprobability\n"
        "1,2026-01-05,,0,100,100000003,80\n2,2026-01-05,2026-01-09,1,100,100000005,100\n3,2026-01-06,,0,50,100000002,\n"
    )
    text = "preset: dynamics\ndeals: crm.csv\nwon: ['1']\nlost: ['2']\nopen: ['0']\n"
    history, _ = imported(tmp_path, text + HEAD, crm=table)
    assert {one[0]: one[3] for one in told(history) if one[1] == "category"} == {"1": "commit", "3": "best case"}


def test_own_categories_are_read_surest_first(tmp_path: Path) -> None:
    said = "deal,at,by,call\n2,2026-01-08,rep,Sicher\n3,2026-01-08,rep,offen\n"
    text = EVENTS + OPINIONS + "categories: {sure: [sicher], open: [Offen]}\n"
    history, _ = imported(tmp_path, text, **{"moves.csv": MOVES, "said.csv": said})
    assert history.calls.categories == ("sure", "open")
    assert [one[3] for one in told(history)] == ["sure", "open"]


def test_a_word_of_a_presets_column_that_nobody_asked_for_does_not_stop_an_import(tmp_path: Path) -> None:
    log = "OpportunityId,CreatedDate,StageName,ForecastCategory\n1,2026-01-05,A,Upside\n1,2026-01-06,B,Commit\n"
    history, report = imported(tmp_path, "preset: salesforce_api\nevents: log.csv\n" + STAGES + HEAD, log=log)
    assert defects_of(report)["unknown_calls"] == (1, "dropped")
    assert [one[3] for one in told(history)] == [None, "commit"]


@pytest.mark.parametrize(
    ("said", "more", "wrong"),
    [
        ("2,2026-01-08,rep,Comit\n", "", "did you mean 'commit'?"),
        ("2,2026-01-08,rep,40\n", "", "state probability_in: percent, or share"),
        ("2,2026-01-08,rep,140%\n", "", "a chance above 100%"),
        ("2,2026-01-08,rep,Sure\n", "", "name it under `categories`"),
        ("2,08.01.2026,rep,Commit\n", "", "state date_format"),
        ("", "categories: {sure: [a, A]}\n", "'A' stands twice"),
        ("", "categories: {sure: [Closed Won]}\n", "means that a deal is over"),
    ],
)
def test_a_call_that_means_nothing_is_refused_with_its_line(said: str, more: str, wrong: str, tmp_path: Path) -> None:
    place = write(tmp_path, EVENTS + OPINIONS + more, **{"moves.csv": MOVES, "said.csv": "deal,at,by,call\n" + said})
    with pytest.raises(InputError) as caught:
        load_history(place)
    assert wrong in str(caught.value)
    assert ("said.csv:2" if said else "history.yaml:") in str(caught.value)


def test_problems_of_moves_and_calls_come_together(tmp_path: Path) -> None:
    tables = {"moves.csv": MOVES + "4,never,A\n", "said.csv": "deal,at,by,call\n2,2026-01-08,rep,Comit\n"}
    with pytest.raises(InputError) as caught:
        imported(tmp_path, EVENTS + OPINIONS, **tables)
    assert {"moves.csv:7", "said.csv:2"} <= {problem.place for problem in caught.value.problems}


def test_an_import_writes_calls_and_reads_them_back(tmp_path: Path) -> None:
    said = "deal,at,by,call\n2,2026-01-08,rep,Commit\n2,2026-01-09,boss,20%\n2,2026-01-12,rep,\n"
    history, report = imported(tmp_path, EVENTS + OPINIONS, **{"moves.csv": MOVES, "said.csv": said})
    again, _ = load_history(write_import(history, report, "x", tmp_path / "out") / "history.yaml")
    assert told(again) == told(history)
    assert isinstance(again.calls, Calls)
    assert again.calls.categories == history.calls.categories


def test_calls_of_unknown_deals_and_without_a_day_are_left_out(tmp_path: Path) -> None:
    said = "deal,at,by,call\nx,2026-01-08,rep,Commit\n2,,rep,Commit\n2,2026-01-09,rep,Pipeline\n"
    history, _ = imported(tmp_path, EVENTS + OPINIONS, **{"moves.csv": MOVES, "said.csv": said})
    assert [one[3] for one in told(history)] == ["pipeline"]


def test_calls_after_the_record_are_left_out_and_counted(tmp_path: Path) -> None:
    said = "deal,at,by,call\n2,2026-01-20,rep,Commit\n2,2026-02-01,rep,Pipeline\n"
    history, report = imported(tmp_path, EVENTS + OPINIONS, **{"moves.csv": MOVES, "said.csv": said})
    assert [one[3] for one in told(history)] == ["commit"]
    assert defects_of(report)["future_calls"] == (1, "dropped")
