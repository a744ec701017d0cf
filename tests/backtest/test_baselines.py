"""Baselines are what their definitions say, know nothing of the future, and have honest laws."""

from __future__ import annotations

import numpy as np
import pytest
from backtest_cases import H, all_won_at_once, company, dated, nothing_more, with_changes

from funnelsim.analysis.baselines import BASELINES, Baselines
from funnelsim.fitting.chronicle import Chronicle
from funnelsim.history.record import NEVER, OPEN, WON, History

Z = 4.0


def book_at(history: History, day: int, within: int | None = None) -> list[tuple[int, float]]:
    """(stage, amount) of each deal open at a day; with a date, only those due within so many days."""
    known = history.known_at(day)
    book = known.book()
    due = known.deals.expected_close[book.deal]
    return [
        (int(stage), float(known.deals.amount[deal]))
        for deal, stage, date in zip(book.deal, book.stage, due, strict=True)
        if within is None or date - day < within
    ]


def happened(history: History, start: int) -> np.ndarray:
    """Wins and bookings of a window: of deals open at its start, and of all."""
    deals = history.deals
    found = np.zeros(4)
    for deal in range(len(deals)):
        if deals.outcome[deal] == WON and start <= deals.closed[deal] < start + H:
            found[2:] += 1, deals.amount[deal]
            if deals.created[deal] < start:
                found[:2] += 1, deals.amount[deal]
    return found


def slow(history: History, day: int, is_dated: bool = False) -> dict[str, np.ndarray]:
    """Each baseline's figures, by going through the records as they were known."""
    starts = list(range(day - H, history.observed_from - 1, -7))[::-1]
    ends = history.known_at(day)
    actual = {s: happened(ends, s) for s in starts}
    last = starts[-8:]
    within = H if is_dated else None
    now = book_at(history, day, within)
    trailing = np.mean([actual[s] for s in last], axis=0)
    new = np.append([0.0, 0.0], trailing[2:] - trailing[:2])
    # weighted: closed deals that ever were in a stage
    weighted = np.zeros(2)
    for stage, amount in book_at(history, day):
        passed = {d for d, s in zip(ends.visits.deal, ends.visits.stage, strict=True) if s == stage}
        closed = [d for d in passed if ends.deals.outcome[d] != OPEN]
        rate = (sum(ends.deals.outcome[d] == WON for d in closed) + 0.5) / (len(closed) + 1)
        weighted += rate, rate * amount
    # stage share
    stood, won = np.zeros((2, 2)), np.zeros((2, 2))
    for s in starts:
        known = history.known_at(s)
        book = known.book()
        for deal, stage in zip(book.deal, book.stage, strict=True):
            if is_dated and known.deals.expected_close[deal] - s >= H:
                continue
            row = np.flatnonzero(ends.deals.id == known.deals.id[deal])[0]
            money = known.deals.amount[deal]
            stood[:, stage] += 1, money
            if ends.deals.outcome[row] == WON and ends.deals.closed[row] < s + H:
                won[:, stage] += 1, money
    share = won / np.maximum(stood, 1e-12)
    shared = np.sum([[share[0, stage], share[1, stage] * amount] for stage, amount in now], axis=0)
    # trailing ratio
    books = [book_at(history, s, within) for s in last]
    n_open, money_open = sum(len(b) for b in books), sum(a for b in books for _, a in b)
    total = np.sum([actual[s] for s in last], axis=0)
    here = np.array([len(now), sum(a for _, a in now)])
    ratio = total / np.array([n_open, money_open] * 2) * np.tile(here, 2)
    return {
        "weighted": np.tile(weighted, 2) + new,
        "stage_share": np.tile(shared, 2) + new,
        "trailing_mean": trailing,
        "trailing_ratio": ratio,
        "ses": slow_smoothing(starts, actual, day),
    }


def slow_smoothing(starts: list[int], actual: dict[int, np.ndarray], day: int) -> np.ndarray:
    def forecast(keep: float, at: int, m: int) -> float | None:
        level = None
        for s in starts:
            if s + H <= at:
                level = actual[s][m] if level is None else keep * actual[s][m] + (1 - keep) * level
        return level

    def missed(keep: float, m: int) -> float:
        said = [(forecast(keep, s, m), actual[s][m]) for s in starts]
        return sum((f - y) ** 2 for f, y in said if f is not None)

    keeps = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
    return np.array([forecast(min(keeps, key=lambda k: missed(k, m)), day, m) for m in range(4)])


@pytest.mark.parametrize("kind", ["stages", "changes", "dated"])
def test_figures_are_those_of_going_through_the_records(kind: str) -> None:
    history = {"stages": company, "dated": dated, "changes": lambda: with_changes(company())}[kind]()
    day = history.observed_from + 150
    baselines = Baselines(Chronicle(history, kind == "dated"), H, day)
    baselines.at(day)
    weeks = next(iter(baselines._weeks.values()))
    for name, figures in slow(history, day, kind == "dated").items():
        compare = slice(None) if kind != "changes" else slice(0, None, 2)  # bookings: amounts as stated last, below
        assert weeks.figures[name][-1][compare] == pytest.approx(figures[compare], rel=1e-9), name


def test_seasonal_naive_is_what_the_window_of_last_year_came_to() -> None:
    history = company(n_days=480)
    day = history.observed_from + 440
    weeks_ago = day - 364
    baselines = Baselines(Chronicle(history), H, day)
    baselines.at(day)
    weeks = next(iter(baselines._weeks.values()))
    assert weeks.figures["seasonal_naive"][-1] == pytest.approx(happened(history, weeks_ago))
    assert baselines.at(day)["seasonal_naive"][0] is not None
    assert Baselines(Chronicle(history), H, day).at(history.observed_from + 350)["seasonal_naive"] == [None] * 4


def laws(history: History, day: int, is_dated: bool = False, last: int = 0) -> dict[str, list]:
    found = Baselines(Chronicle(history, is_dated), H, max(last, day)).at(day)
    assert set(found) == set(BASELINES)
    return {name: [None if law is None else law.tolist() for law in measures] for name, measures in found.items()}


@pytest.mark.parametrize("first", [1, 20, 90, 200])
@pytest.mark.parametrize("kind", ["stages", "changes", "dated"])
def test_another_future_changes_no_byte(kind: str, first: int) -> None:
    history = {"stages": company, "dated": dated, "changes": lambda: with_changes(company())}[kind]()
    day = history.observed_from + first
    told = laws(history, day, kind == "dated")
    for future in (nothing_more, all_won_at_once):
        other = future(history, day, history.as_of)
        if kind == "changes":
            other = future(replace_changes(history, day), day, history.as_of)
        assert laws(other, day, kind == "dated") == told
    assert laws(history, day, kind == "dated", last=history.as_of - H) == told  # nor do later origins


def replace_changes(history: History, day: int) -> History:
    from dataclasses import replace

    changes = history.changes
    assert changes is not None
    return replace(history, changes=replace(changes, value=np.where(changes.day < day, changes.value, 9e9)))


def test_a_past_that_differs_is_seen() -> None:
    history = company()
    day = history.observed_from + 90
    assert laws(all_won_at_once(history, day - 7, history.as_of), day) != laws(history, day)


def test_before_any_window_ended_only_the_weighted_pipeline_speaks() -> None:
    history = company()
    found = laws(history, history.observed_from + 5)
    assert {name for name, measures in found.items() if any(measures)} == {"weighted"}
    assert [law is None for law in found["weighted"]] == [False, False, True, True]


def test_a_law_has_its_level_and_the_spread_of_its_past_misses() -> None:
    history = company()
    day = history.observed_from + 250
    baselines = Baselines(Chronicle(history), H, day)
    law = baselines.at(day)["trailing_mean"][0]
    weeks = next(iter(baselines._weeks.values()))
    n = int(weeks.n_finished[-1])
    said = weeks.figures["trailing_mean"][:n, 0]
    misses = (weeks.actual[:n, 0] - said)[np.isfinite(said)]
    assert law.mean() == pytest.approx(weeks.figures["trailing_mean"][-1, 0])
    # the variance of a new value about the mean of k others, both unknown
    k = len(misses)
    assert law.var() == pytest.approx(misses.var() * (k + 1) / (k - 1))


def test_before_three_misses_a_law_has_the_variance_of_two_counts() -> None:
    history = company(deals_per_day=30.0)
    day = history.observed_from + 3 * 7 + 2
    law = Baselines(Chronicle(history), H, day).at(day)["trailing_mean"]
    assert law[0].var() == pytest.approx(2 * law[0].mean(), rel=0.03)  # cut at 0, and 99 points instead of all
    won = history.deals.amount[(history.deals.outcome == WON) & (history.deals.closed < day)]
    expected = 2 * law[3].mean() * (won**2).mean() / won.mean()
    assert law[3].var() == pytest.approx(expected, rel=0.03)


def test_a_steady_company_keeps_within_the_law_of_its_trailing_mean() -> None:
    inside, narrow, origins = 0, 0, 0
    for seed in range(12):
        history = company(6.0, 420, seed)
        first = history.observed_from
        baselines = Baselines(Chronicle(history), H, first + 390)
        for day in range(first + 250, first + 391, 28):  # windows that do not overlap
            law = baselines.at(day)["trailing_mean"][2]
            origins += 1
            inside += np.quantile(law, 0.1) <= happened(history, day)[2] <= np.quantile(law, 0.9)
            narrow += np.quantile(law, 0.25) <= happened(history, day)[2] <= np.quantile(law, 0.75)
    error = np.sqrt(0.8 * 0.2 / origins)
    assert abs(inside / origins - 0.8) < Z * error
    assert abs(narrow / origins - 0.8) > Z * error  # an interval of one half is told from one of 80 %
    assert origins == 72


def test_deals_without_date_or_window_are_no_trouble() -> None:
    history = dated()
    assert (history.deals.expected_close < NEVER).all()
    last = history.observed_from + 1
    assert Baselines(Chronicle(history, True), H, last).at(last)["weighted"][0] is not None
