from __future__ import annotations

import math
from datetime import date, datetime

import pytest

from funnelsim.config import figures, paths
from funnelsim.errors import InputError


@pytest.mark.parametrize(
    ("raw", "value"),
    [("35%", 0.35), ("35 %", 0.35), ("0%", 0.0), ("100%", 1.0), (0.35, 0.35), (1, 1.0), (0, 0.0)],
)
def test_a_probability_is_a_percentage_or_a_number_up_to_one(raw: object, value: float) -> None:
    assert figures.probability(raw) == value


@pytest.mark.parametrize("raw", [35, 1.5, "135%", "-5%", "0.35", "no", True, None, math.nan, [0.5]])
def test_anything_else_is_no_probability(raw: object) -> None:
    with pytest.raises(InputError, match="%"):
        figures.probability(raw) if raw == raw else figures.probability(str(raw))
    if raw == 35:
        with pytest.raises(InputError, match="write 35%"):
            figures.probability(raw)


@pytest.mark.parametrize(
    ("raw", "days"),
    [
        *[("20 d", 20), ("20 days", 20), ("1 day", 1), ("20天", 20), ("6 weeks", 42), ("6 w", 42)],
        *[
            ("6 周", 42),
            ("36 h", 1.5),
            ("12 hours", 0.5),
            ("720 min", 0.5),
            ("720 分钟", 0.5),
            ("1.5 d", 1.5),
            ("0 d", 0),
            ("1e1 d", 10),
        ],
    ],
)
def test_a_duration_is_read_in_days(raw: str, days: float) -> None:
    assert figures.duration(raw) == days


@pytest.mark.parametrize("raw", ["1 month", "2 quarters", "3 个月", "1 year", "2 m", "1 季度"])
def test_months_quarters_and_years_are_refused_since_they_differ(raw: str) -> None:
    with pytest.raises(InputError, match="write days or weeks"):
        figures.duration(raw)


@pytest.mark.parametrize("raw", [20, 0, "20", "d", "twenty days", "-3 d", True, None, "5 parsecs", "1 d 2 h"])
def test_a_duration_without_a_clear_unit_is_refused(raw: object) -> None:
    with pytest.raises(InputError):
        figures.duration(raw)


@pytest.mark.parametrize("raw", ["no", "x", "12", True, False, None, math.nan, math.inf, [1]])
def test_only_a_finite_number_is_a_number(raw: object) -> None:
    with pytest.raises(InputError):
        figures.number(raw)


def test_a_change_is_told_from_a_new_value() -> None:
    assert figures.change("+5 points") == figures.Change("points", 0.05)
    assert figures.change("-3 points") == figures.Change("points", -0.03)
    assert figures.change("x1.2") == figures.Change("times", 1.2)
    assert figures.change("35%") is None
    assert figures.change(5) is None


def test_a_date_is_a_day_and_not_a_stamp() -> None:
    assert figures.day("2026-10-01") == date(2026, 10, 1)
    for raw in (datetime(2026, 10, 1, 12), "2026-02-30", "1/10/2026", 20261001):
        with pytest.raises(InputError):
            figures.day(raw)


def test_yes_and_no_are_switches_in_every_spelling_of_yaml() -> None:
    assert [figures.yes_or_no(raw) for raw in ("yes", "no", True, False, "true")] == [
        True,
        False,
        True,
        False,
        True,
    ]
    with pytest.raises(InputError, match="yes or no"):
        figures.yes_or_no(1)


def test_a_part_with_a_dot_stands_in_quotes() -> None:
    assert paths.split('stages."a.b".win_rate') == ("stages", "a.b", "win_rate")
    assert paths.join(("stages", "a.b", "win_rate")) == 'stages."a.b".win_rate'
    for bad in ("", "a..b", '"a"b', "a."):
        with pytest.raises(InputError):
            paths.split(bad)


def test_an_equals_sign_in_quotes_belongs_to_the_path() -> None:
    assert paths.assignment('stages."a=b".win_rate=x=1') == ('stages."a=b".win_rate', "x=1")
    with pytest.raises(InputError, match="path=value"):
        paths.assignment("seed")
