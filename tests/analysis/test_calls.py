"""Reps whose calls are informed, worthless, a copy of the stage, or far too hopeful, by construction."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from called_companies import COMPANY, N_WINDOWS, WINDOW, called, guessing, hopeful_figures, knowing, repeating

from funnelsim.analysis.calls import CallReport, score_calls
from funnelsim.analysis.rollups import sums_at
from funnelsim.errors import InputError
from funnelsim.history.record import NEVER, OPEN, WON, History

SMALL = replace(COMPANY, deals_per_day=1.5)


@pytest.fixture(scope="module")
def told() -> CallReport:
    history = called(1, knowing)
    return score_calls(history, history.as_of, WINDOW)


def report_of(rep, seed: int = 1) -> CallReport:  # type: ignore[no-untyped-def]
    history = called(seed, rep)
    return score_calls(history, history.as_of, WINDOW)


def test_informed_calls_earn_their_weight_and_better_the_fit(told: CallReport) -> None:
    (voice,), worth = told.voices, told.voices[0].worth
    assert worth.is_earned
    assert abs(worth.weight - 1) < 3.5 * worth.weight_se  # evidence of its own
    scores = voice.scores
    assert scores["pooled"].log > scores["fitted"].log + 3 * worth.gain[1]
    assert scores["pooled"].brier < scores["fitted"].brier
    assert told.pooled_by == "rep"
    of = {deal.said["rep"]: deal for deal in told.open_deals}
    assert of["commit"].pooled > of["commit"].fitted
    assert of["pipeline"].pooled < of["pipeline"].fitted


@pytest.mark.parametrize("rep", [guessing, repeating])
def test_calls_that_add_nothing_earn_no_weight(rep) -> None:  # type: ignore[no-untyped-def]
    """Words drawn by lot, and the stage said again: neither moves a chance."""
    told = report_of(rep)
    worth = told.voices[0].worth
    assert not worth.is_earned
    assert abs(worth.weight) < 3.5 * worth.weight_se
    assert told.pooled_by == ""
    assert all(deal.pooled == deal.fitted for deal in told.open_deals)
    moved = worth.pooled[worth.judged] - worth.cases.fitted_odds[worth.judged]
    assert np.abs(moved).mean() < 0.1  # in log odds; an informed rep moves them by more than 1


def test_an_informed_rep_moves_chances_by_far(told: CallReport) -> None:
    worth = told.voices[0].worth
    moved = worth.pooled[worth.judged] - worth.cases.fitted_odds[worth.judged]
    assert np.abs(moved).mean() > 1.0


def test_hopeful_figures_are_bad_as_said_and_good_once_they_are_calibrated() -> None:
    voice = report_of(hopeful_figures).voices[0]
    scores = voice.scores
    assert scores["said"].brier > scores["base"].brier > scores["called"].brier
    assert voice.worth.is_earned
    for group in voice.groups:
        assert group.said is not None
        assert group.said > group.high  # 60 % and 90 % stand for less
    hopeful, plain = (voice.reliability[name] for name in ("said", "called"))
    miss = [sum(one.n * abs(one.stated - one.came) for one in bins) for bins in (hopeful, plain)]
    assert miss[1] < 0.3 * miss[0]


def test_the_counts_are_those_of_the_records(told: CallReport) -> None:
    """Against a twin that asks the records anew at the beginning of each window."""
    history = called(1, knowing)
    calls, counts = history.calls, {"commit": [0, 0], "pipeline": [0, 0]}
    assert calls is not None
    assert len(told.days) == N_WINDOWS
    for start in told.days:
        known, later = history.known_at(start), history.known_at(start + WINDOW)
        outcome = dict(zip(later.deals.id, zip(later.deals.outcome, later.deals.closed, strict=True), strict=True))
        said = {str(history.deals.id[d]): c for d, day, c in zip(calls.deal, calls.day, calls.category, strict=True)
                if day == start - 1}  # fmt: skip
        for deal in known.book().deal:
            name = str(known.deals.id[deal])
            if name in said:
                end, closed = outcome[name]
                counts[calls.categories[said[name]]][0] += 1
                counts[calls.categories[said[name]]][1] += int(end == WON and closed >= start)
    assert {group.name: [group.n, group.n_won] for group in told.voices[0].groups} == counts


def test_nothing_after_the_day_is_looked_at() -> None:
    history = called(3, knowing, SMALL)
    day = history.as_of - 2 * WINDOW
    early = score_calls(history, day, WINDOW).as_json()
    assert early == score_calls(history.known_at(day), day, WINDOW).as_json()
    assert len(early["windows"]) == N_WINDOWS - 2
    json.dumps(early)


def with_dates(history: History) -> History:
    """Return the history with dates from a fortnight before to two months after its end, and every fifth unstated."""
    rng = np.random.default_rng(1)
    due = history.as_of + rng.integers(-14, 60, len(history.deals))
    due[::5] = NEVER
    return replace(history, deals=replace(history.deals, expected_close=due))


def test_roll_ups_add_the_deals_that_are_due() -> None:
    history = with_dates(called(4, knowing, SMALL))
    day = history.as_of
    calls, wanted = history.calls, {"commit": 0.0, "pipeline": 0.0}
    assert calls is not None
    for i in np.flatnonzero(calls.day == day - 1):
        deal = calls.deal[i]
        due = history.deals.expected_close[deal]
        assert history.deals.outcome[deal] == OPEN
        if due == NEVER or due < day + WINDOW:
            wanted[calls.categories[calls.category[i]]] += history.deals.amount[deal]
    wanted["pipeline"] += wanted["commit"]
    assert sums_at(history, day, WINDOW) == {"rep": pytest.approx(wanted)}
    assert wanted["pipeline"] < history.deals.amount[history.deals.outcome == OPEN].sum()  # some are not due


def test_roll_ups_stand_beside_the_fit(told: CallReport) -> None:
    commit, pipeline = told.rollups
    assert (commit.category, pipeline.category) == ("commit", "pipeline")
    assert pipeline.bias == pytest.approx(np.mean(pipeline.said) / np.mean(pipeline.actual) - 1)
    assert pipeline.bias > 1  # all that is open is far more than what comes of it
    assert commit.miss == pytest.approx(np.mean([abs(s - a) for s, a in zip(commit.said, commit.actual, strict=True)]))
    assert commit.fitted_miss is not None
    assert commit.fitted_miss < pipeline.miss


def test_without_a_past_call_nothing_is_scored_and_that_is_said() -> None:
    history = called(5, knowing, SMALL)
    calls = history.calls
    assert calls is not None
    last = replace(history, calls=calls.rows(calls.day == history.as_of - 1))
    told = score_calls(last, last.as_of, WINDOW)
    assert told.days == ()
    assert told.voices[0].scores == {}
    assert told.pooled_by == ""
    assert len(told.open_deals) > 0
    with pytest.raises(InputError, match="no call on a deal is known"):
        score_calls(last, last.as_of - 1, WINDOW)
    with pytest.raises(InputError, match="outside the records"):
        score_calls(last, last.as_of + 1, WINDOW)


def test_pages_speak_both_languages(told: CallReport, tmp_path: Path) -> None:
    from rich.console import Console

    from funnelsim.report.calls_terminal import print_calls
    from funnelsim.report.words import Words

    for lang, phrase in (("en", "rep has earned a weight of"), ("zh", "rep 在拟合之外赢得权重")):
        console = Console(record=True, width=120, file=(tmp_path / lang).open("w"))
        print_calls(told, "h.yaml", 2, Words(lang), console)  # type: ignore[arg-type]
        assert phrase in console.export_text()
