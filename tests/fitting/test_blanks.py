"""Amounts that closing writes part no deals, by what was known on the day; real ones do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from fitted_histories import SELLER, with_another_future, with_changes
from scipy.stats import gamma

from funnelsim.fitting import strata
from funnelsim.fitting.blanks import blanks_at
from funnelsim.fitting.chronicle import Chronicle
from funnelsim.fitting.fitted import fit
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.rates import rates_at
from funnelsim.fitting.strata import cuts_at
from funnelsim.history.blank_amounts import blank_amounts
from funnelsim.history.record import LOST, OPEN, WON, History, date_of
from funnelsim.history.synthetic import make
from funnelsim.history.synthetic.hazards import straight
from funnelsim.report.fit_words import fit_as_json, fit_sentences
from funnelsim.report.words import Words

# of its deals six in ten are won, so that a third of the amounts are real and strata of leaking ones could be cut
WINNER = replace(SELLER, hazards=straight((0.8, 0.75), [gamma(2, scale=6), gamma(2, scale=9)]), n_days=200)


def seller() -> History:
    return make(WINNER, seed=1)[0]


def without(history: History, chosen: np.ndarray, value: float) -> History:
    amount = np.where(chosen, value, history.deals.amount)
    return replace(history, deals=replace(history.deals, amount=amount))


def written_at_closing(history: History) -> History:
    """Return the history with the amount 0 for deals that were lost and none for those that are open."""
    outcome = history.deals.outcome
    return without(without(history, outcome == LOST, 0.0), outcome == OPEN, np.nan)


def test_amounts_that_closing_wrote_part_no_deals_and_real_ones_do() -> None:
    history = seller()
    day = history.as_of
    leaking = written_at_closing(history)
    told = rates_at(Chronicle(leaking), day, 30, 4, 1)
    assert told.chance.shape[1] == 1
    assert (told.strata.effect == 1.0).all()
    kept = rates_at(Chronicle(history), day, 30, 4, 1)
    assert kept.chance.shape[1] == 3
    assert np.ptp(kept.strata.effect[:, -1, -1]) > 0.1


def test_what_strata_of_such_amounts_would_have_learnt_is_who_was_won(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the safeguard no deal of an amount is ever lost: that is what it is there for."""
    silent = blanks_at(Chronicle(seller()), seller().as_of)
    monkeypatch.setattr(strata, "blanks_at", lambda *_: silent)
    for history, least, most in ((written_at_closing(seller()), 0.0, 0.5), (seller(), 0.6, 1.0)):
        told = rates_at(Chronicle(history), history.as_of, 30, 4, 1).strata
        assert len(told.cuts) == 2
        assert least < told.effect[2, -1, 0] / told.effect[1, -1, 0] < most  # losses of large against middling deals


@pytest.mark.parametrize("outcome", [LOST, OPEN])
def test_either_lost_or_open_deals_without_amounts_are_enough(outcome: int) -> None:
    history = seller()
    other = without(history, history.deals.outcome == outcome, np.nan)
    assert not len(cuts_at(Chronicle(other), history.as_of))


def test_gaps_at_random_keep_the_strata() -> None:
    history = seller()
    gaps = np.random.default_rng(2).random(len(history.deals)) < 0.3
    assert len(cuts_at(Chronicle(without(history, gaps, np.nan)), history.as_of)) == 2
    few = gaps & (history.deals.outcome == LOST)  # lost before anybody asked for an amount: below the margin by itself
    half = few & (np.random.default_rng(3).random(len(few)) < 0.5)
    assert len(cuts_at(Chronicle(without(history, half, np.nan)), history.as_of)) == 2


@pytest.mark.parametrize("days", [60, 120, 200])
@pytest.mark.parametrize("has_log", [False, True])
def test_blank_amounts_are_counted_by_what_was_known(days: int, has_log: bool) -> None:
    history = written_at_closing(seller())
    history = with_changes(history, 3) if has_log else history
    day = history.observed_from + days
    known = history.known_at(day).deals
    twin = blank_amounts(known.amount, *(known.outcome == outcome for outcome in (WON, LOST, OPEN)))
    told = blanks_at(Chronicle(history), day)
    assert told == twin
    assert told.lost.n_deals > 0
    other = with_another_future(history, day, seed=1)
    assert blanks_at(Chronicle(other), day) == told


def test_a_fit_says_so_in_both_languages_and_in_figures() -> None:
    day = seller().as_of - 1
    said = {}
    for name, history in (("real", seller()), ("leaking", written_at_closing(seller()))):
        as_of = date_of(day)
        fitted = fit(Forecaster(history, 1), as_of, as_of + timedelta(30), as_of, n_draws=4)
        told = fit_as_json(fitted, name)
        said[name] = told["support"]["amounts_at_closing"], len(told["amount_cuts"])
        blank = told["support"]["blank_amounts"]
        for lang, word in (("en", "AMOUNTS WRITTEN AT CLOSING?"), ("zh", "金额似在结单时才填写")):
            found = [sentence for sentence in fit_sentences(fitted, name, Words(lang)) if word in sentence]
            assert len(found) == (name == "leaking")
            assert all(f"{blank['lost']['blank']:,}" in sentence for sentence in found)
    assert said == {"real": (False, 2), "leaking": (True, 0)}
