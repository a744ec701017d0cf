"""Published forecasts are scored by what the records say, honestly, and kept in a log that only grows."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from backtest_cases import company

from funnelsim.analysis.published import Published, Stated, judge, n_open_at, track_of
from funnelsim.analysis.scoring import crps
from funnelsim.errors import InputError, OutputError
from funnelsim.history.record import WON
from funnelsim.report.published_folder import ScoreLog, check_money

RECORDS = {"records_sha256": "abc", "records_to": "2023-10-28"}
SPREAD = {"p5": 0.0, "p10": 0.0, "p25": 5.0, "p50": 10.0, "p75": 20.0, "p90": 1e9, "p95": 1e9}


def published(day: int, ends: dict[str, int | None], name: str = "run", samples: bool = True) -> Published:
    trials = np.random.default_rng(1).poisson(12, 500).astype(float) if samples else None
    stated = tuple(
        Stated(measure, label, day, end, 12.0, SPREAD, trials)
        for measure in ("open_wins", "open_bookings", "total_wins")
        for label, end in ends.items()
    )
    return Published(name, f"sha of {name}", "case", day, "EUR", "1", "UTC", 40, stated)


def test_what_happened_is_counted_from_the_day_of_the_forecast_on() -> None:
    history = company()
    day = history.observed_from + 150
    deals = history.deals
    verdicts = {(v.stated.measure, v.stated.label): v for v in judge(published(day, {"total": day + 30}), history)}
    won = [d for d in range(len(deals)) if deals.outcome[d] == WON and day <= deals.closed[d] < day + 30]
    was_open = [d for d in won if deals.created[d] < day]
    assert verdicts["total_wins", "total"].actual == len(won)
    assert verdicts["open_wins", "total"].actual == len(was_open) < len(won)
    assert verdicts["open_bookings", "total"].actual == pytest.approx(sum(deals.amount[d] for d in was_open))
    one = verdicts["total_wins", "total"]
    assert one.crps == crps(one.stated.samples, len(won))
    assert 0 <= one.pit <= 1
    assert n_open_at(history, day) == len(history.known_at(day).book())


def test_a_period_counts_the_deals_that_were_open_on_the_day_of_the_forecast() -> None:
    history = company()
    day = history.observed_from + 150
    made = published(day, {"total": day + 40, "first": day + 20})
    late = replace(made.stated[0], label="second", start=day + 20, end=day + 40)
    parts = judge(replace(made, stated=(*made.stated[:2], late)), history)
    assert parts[0].actual == parts[1].actual + parts[2].actual


def test_what_is_not_over_has_no_end_or_came_before_the_records_is_not_scored() -> None:
    history = company()
    for made, status in (
        (published(history.as_of - 10, {"total": history.as_of + 1}), "not_over"),
        (published(history.as_of - 10, {"total": None}), "no_end"),
        (published(history.observed_from - 1, {"total": history.observed_from + 20}), "before_records"),
    ):
        for verdict in judge(made, history):
            assert verdict.status == status
            assert verdict.actual is verdict.crps is verdict.held("c80") is None
    assert {v.status for v in judge(published(history.as_of - 10, {"total": history.as_of}), history)} == {"scored"}


def test_without_trials_the_interval_is_judged_and_no_score_is_made_up() -> None:
    history = company()
    day = history.observed_from + 150
    one = judge(published(day, {"total": day + 30}, samples=False), history)[0]
    assert one.actual is not None
    assert one.held("c80") is True
    assert one.crps is one.pit is None


def test_the_log_grows_by_what_it_does_not_tell_yet(tmp_path: Path) -> None:
    history = company()
    day = history.observed_from + 150
    made = published(day, {"total": day + 30, "month": day + 30, "later": history.as_of + 9})
    log = ScoreLog(tmp_path / "deep/scores.jsonl")
    assert log.add(judge(made, history), RECORDS) == 6
    before = log.place.read_bytes()
    assert log.add(judge(made, history), RECORDS) == 0
    assert log.place.read_bytes() == before
    # the records are mended: another win
    deals = history.deals
    row = np.flatnonzero((deals.closed >= day) & (deals.closed < day + 30) & (deals.outcome == WON))[0]
    amount = deals.amount.copy()
    amount[row] += 1
    mended = replace(history, deals=replace(deals, amount=amount))
    n_more = log.add(judge(made, mended), RECORDS)
    assert n_more in {0, 2}  # only bookings of a deal that was open
    assert log.place.read_bytes().startswith(before)
    told = log.read()
    assert len(told) == 6
    assert {one["records_to"] for one in told} == {"2023-10-28"}
    assert all(json.loads(line) for line in log.place.read_text("utf-8").splitlines())


def test_a_log_that_cannot_be_read_or_written_is_told_and_left_as_it_was(tmp_path: Path) -> None:
    history = company()
    day = history.observed_from + 150
    verdicts = judge(published(day, {"total": day + 30}), history)
    (tmp_path / "scores.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"scores\.jsonl:1"):
        ScoreLog(tmp_path / "scores.jsonl").add(verdicts, RECORDS)
    assert (tmp_path / "scores.jsonl").read_text("utf-8") == '{"a": 1}\n'
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises((OutputError, InputError, NotADirectoryError)):
        ScoreLog(tmp_path / "file/scores.jsonl").add(verdicts, RECORDS)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_full_disk_is_told() -> None:
    history = company()
    day = history.observed_from + 150
    with pytest.raises(OutputError, match="not written"):
        ScoreLog(Path("/dev/full"))._append(b"line\n")
    assert os.path.exists("/dev/full")
    assert judge(published(day, {"total": day + 30}), history)


def test_the_track_counts_whole_horizons_that_do_not_overlap() -> None:
    def told(start: str, end: str, held: bool, label: str = "total") -> dict:
        return {
            "measure": "open_wins", "label": label, "status": "scored", "held": {"c80": held}, "from": start, "to": end,
        }  # fmt: skip

    lines = [
        told("2026-01-01", "2026-01-31", True),
        told("2026-01-15", "2026-02-14", False),
        told("2026-02-01", "2026-02-28", True),
        told("2026-03-01", "2026-03-31", True),
        told("2026-03-01", "2026-03-31", True, "2026-03"),
    ]
    hits = list(track_of(lines))
    assert [(h.measure, h.hits, h.windows, h.independent_windows) for h in hits] == [("open_wins", 3, 4, 3)]
    assert not hits[0].is_verifiable
    assert list(track_of([])) == []


def test_another_currency_or_unit_is_refused() -> None:
    made = published(0, {"total": 30})
    check_money([made], "EUR", "1")
    for currency, unit in (("CNY", "1"), ("EUR", "万元")):
        with pytest.raises(InputError, match="run: in"):
            check_money([made], currency, unit)
