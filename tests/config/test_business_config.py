"""Bad sections on new business and payment are refused, each value at its place, several at once."""

from __future__ import annotations

import pytest
from config_cases import TIMED, only, problems, write

from funnelsim.config import load
from funnelsim.engine.lower import lower
from funnelsim.errors import InputError

WEB = "sources:\n  - {name: web, rate: 12 per month, amount: 30%s}\n"
LOYAL = "loyalty: {renews: 80%%, after: {fixed: 300 d}%s}\n"
PAID = "payment: {instalments: [{share: 100%%, lag: {fixed: 3 d}}]%s}\n"


@pytest.mark.parametrize(
    ("section", "place", "told"),
    [
        (WEB % ", season: {13: 2}", "20:57", "no month"),
        (WEB % ", season: {1: -1}", "20:57", "0 or more"),
        (WEB % ", season: {1: 2, '01': 3}", "20:57", "appears twice"),
        (WEB % ", growth: -100% per month", "20:57", "more than -100%"),
        (WEB % ", spread: 0", "20:57", "0.2% to 300%"),
        (WEB % ", spread: 0.0005", "20:57", "0.2% to 300%"),
        (WEB % ", spread: {cv: 20%, factors: {empirical: [0.8, 1.2]}}", "20:57", "both cv and factors"),
        (WEB % ", spread: {factors: {empirical: [0.8, 1.5]}}", "20:67", "1 on average"),
        (WEB % ", spread: {factors: {mean: 1, cv: 20%}}", "20:67", "write {empirical"),
        (WEB % ", until: 9999-12-31", "20:56", "after the year 2200"),
        (WEB % ", until: 2020-01-01", "20:56", "before as_of"),
        (WEB % ", enters: nowhere", "20:57", "the stages are demo, offer"),
        (WEB % ", odds: 0", "20:55", "above 0"),
        (WEB % ", on: 2026-11-01", "20:53", "write from: and until:"),
        (WEB.replace("12 per", "1e400 per") % "", "20:23", "give 0 to 1e+09"),
        (WEB.replace("12 per", "nan per") % "", "20:23", "give 0 to 1e+09"),
        (WEB.replace("12 per month", "12") % "", "20:23", "12 per month"),
        (WEB.replace("30", "1e300") % "", "20:45", "take a larger unit"),
        (WEB.replace("30", "-3") % "", "20:45", "0 or more"),
        (WEB.replace("30", "{uniform: [-5, 5]}") % "", "20:55", "must rise"),
        (WEB.replace("rate: 12 per month", "cohort: 0, on: 2026-11-01") % "", "20:25", "give 1 to"),
        (WEB % "" + "  - {name: web, rate: 1 per day, amount: 3}\n", "21:12", "an earlier source"),
        ("sources: [web]\n", "19:11", "write a mapping"),
        (LOYAL % ", amount: 1e300", "19:55", "times the amount before"),
        (LOYAL % ", customers: [{customers: 3, amount: 1e300, age: 4 d}]", "19:82", "take a larger unit"),
        (LOYAL % ", customers: [{customers: 3, amount: 3, age: 300 d}]", "19:90", "mend the age or the law"),
        (PAID % ", pays_on: Mon", "19:69", "take Monday"),
        (PAID.replace("100", "40") % "", "19:24", "not 1"),
        ("payment: {instalments: []}\n", "19:24", "at least one item"),
    ],
)
def test_a_bad_value_is_refused_at_its_place(tmp_path, section, place, told) -> None:
    found, message = only(tmp_path, TIMED + section)
    assert found == f"case.yaml:{place}", (found, message)
    assert told in message


def test_all_problems_are_told_at_once_each_at_its_own_source(tmp_path) -> None:
    text = (
        "sources:\n"
        "  - {name: a, rate: -1 per month, amount: x, season: {13: 1}}\n"
        "  - {name: b, cohort: 0, amount: 3, odds: -1}\n"
        "  - {name: c, rate: 3 per month, amount: 1, enters: none}\n"
        "referral: {leads: -1, after: {fixed: 3 d}}\n"
        "loyalty: {renews: 3, after: {fixed: 3 d}}\n"
        "payment: {instalments: [{share: 0.3, lag: {fixed: 3 d}}], pays_on: [Sonntag]}\n"
    )
    lines = [place.split(":")[1] for place, _ in problems(tmp_path, TIMED + text)]
    assert lines == ["20", "20", "20", "21", "21", "21", "22", "23", "24", "25", "25"]


def test_the_owner_of_a_wrong_source_is_not_told_to_be_missing(tmp_path) -> None:
    source = "sources:\n  - {name: a, rate: -1 per month, amount: 3, owner: Wu}\n"
    place, _ = only(tmp_path, TIMED + source + "targets: [{amount: 3, group: {owner: Wu}}]\n")
    assert place.startswith("case.yaml:20:")


def test_a_source_called_as_the_leads_of_customers_is_refused(tmp_path) -> None:
    _, message = only(
        tmp_path, TIMED + WEB.replace("web", "referral") % "" + "referral: {leads: 1, after: {fixed: 9 d}}\n"
    )
    assert "another name" in message


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", '"a\\nb"', "'=HYPERLINK(1)'", "x" * 300],
    ids=["tag", "lines", "formula", "long"],
)
def test_a_strange_name_is_a_name(tmp_path, name) -> None:
    assert len(load(write(tmp_path, TIMED + WEB.replace("web", name) % "")).sources) == 1


@pytest.mark.parametrize(
    ("section", "told"),
    [
        (WEB % ", season: {1: 1e300}", "mend its rate, season or growth"),
        (WEB.replace("12 per month", "1e9 per day") % "", "mend its rate, season or growth"),
        (WEB.replace("12 per", "1e9 per").replace("30", "1e9") % "", "take a larger unit"),
    ],
)
def test_numbers_too_large_to_count_are_refused(tmp_path, section, told) -> None:
    with pytest.raises(InputError, match=told):
        lower(load(write(tmp_path, TIMED + section)))


def test_sources_go_by_name_in_settings_and_scenarios(tmp_path) -> None:
    text = TIMED + WEB % "" + "scenarios: {more: {sources.web.rate: 20 per month}}\n"
    assert load(write(tmp_path, text), ["sources.web.rate=15 per month"]).sources[0].rate.level == 15
    assert load(write(tmp_path, text), scenario="more").sources[0].rate.level == 20
    place, message = only(tmp_path, text, overrides=["sources.wbe.rate=15 per month"])
    assert place == "--set sources.wbe.rate"
    assert "did you mean 'web'?" in message
