"""Amounts that closing writes are told with their counts; real ones, with gaps or not, are not accused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from history_files import HEAD, imported

from funnelsim.history.blank_amounts import BlankAmounts, Blanks, blank_amounts
from funnelsim.report.history_terminal import note_in_words
from funnelsim.report.words import Words

DEALS = "deals: {file: deals.csv, id: id, created: created, closed: closed, outcome: outcome, amount: amount}\n"


def table(n: int, lost: str, still_open: str) -> str:
    """Return n deals won at an amount, n lost and n open, each with what stands for its amount."""
    rows = ["id,created,closed,outcome,amount"]
    rows += [f"w{i},2026-01-05,2026-01-20,won,{i + 7}" for i in range(n)]
    rows += [f"l{i},2026-01-05,2026-01-12,lost,{lost}" for i in range(n)]
    rows += [f"o{i},2026-01-19,,,{still_open}" for i in range(n)]
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize(("lost", "still_open", "n_blank"), [("0", "", 60), ("", "5", 30), ("5", "", 30)])
def test_amounts_written_at_closing_are_told_with_their_counts(
    lost: str, still_open: str, n_blank: int, tmp_path: Path
) -> None:
    _, report = imported(tmp_path, DEALS + HEAD, deals=table(30, lost, still_open))
    found = {d.name: d for d in report.defects}["amounts_at_closing"]
    assert (found.count, found.done) == (n_blank, "unparted")
    assert all(id_[0] in "lo" for id_ in found.examples)
    note = {n["name"]: n for n in report.as_json()["notes"]}["amounts_at_closing"]
    of_lost, of_open = (0 if known == "5" else 30 for known in (lost, still_open))
    assert (note["won_blank"], note["lost_blank"], note["open_blank"]) == (0, of_lost, of_open)
    assert note["won_deals"] == note["lost_deals"] == note["open_deals"] == 30
    assert json.dumps(note)
    for language, words in (("en", f"{of_lost} of 30 lost deals"), ("zh", f"输单 30 单中 {of_lost} 单")):
        said = [note_in_words(n, report, Words(language)) for n in report.notes if n.name == "amounts_at_closing"]
        assert words in said[0]


@pytest.mark.parametrize(("n", "lost", "still_open"), [(30, "5", "9"), (2, "0", "")])
def test_real_amounts_and_too_few_deals_are_not_accused(n: int, lost: str, still_open: str, tmp_path: Path) -> None:
    _, report = imported(tmp_path, DEALS + HEAD, deals=table(n, lost, still_open))
    assert "amounts_at_closing" not in {d.name for d in report.defects} | {n.name for n in report.notes}


def test_the_statistic_is_that_of_its_definition() -> None:
    """Walk the number of blank lost deals up: the verdict turns where z, by the definition, passes 3."""
    n, won = 200, Blanks(10, 100)
    p_won = 11 / 102
    told, wanted = [], []
    for k in range(n + 1):
        told.append(BlankAmounts(won, Blanks(k, n), Blanks(0, 50)).are_written_at_closing)
        p = (k + 1) / (n + 2)
        error = (p * (1 - p) / (n + 2) + p_won * (1 - p_won) / 102) ** 0.5
        wanted.append(p - p_won - 0.2 > 3 * error)
    assert told == wanted
    assert 0 < sum(told) < n
    assert told.index(True) > 0.3 * n  # a gap of a fifth alone is not enough


def test_an_amount_is_blank_where_it_is_unknown_or_nought() -> None:
    amount = np.array([np.nan, 0.0, 5.0, -1.0, np.inf, 0.0])
    won, lost = np.array([1, 1, 1, 0, 0, 0], bool), np.array([0, 0, 0, 1, 1, 0], bool)
    told = blank_amounts(amount, won, lost, ~won & ~lost)
    assert (told.won, told.lost, told.open) == (Blanks(2, 3), Blanks(1, 2), Blanks(1, 1))


def test_gaps_that_fall_alike_on_all_deals_are_rarely_accused() -> None:
    """A third of all amounts missing at random: z > 3 beyond a fifth never came in 400 companies."""
    rng = np.random.default_rng(1)
    n_lost, n_won = rng.binomial(120, 1 / 3, 400), rng.binomial(60, 1 / 3, 400)
    accused = [
        BlankAmounts(Blanks(int(w), 60), Blanks(int(k), 120), Blanks(0, 0)).are_written_at_closing
        for w, k in zip(n_won, n_lost, strict=True)
    ]
    assert not any(accused)
