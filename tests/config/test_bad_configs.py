"""Every bad input of a config: refused at its line and column, all problems at once, none twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from config_cases import BARE, BRANCHED, TIMED, only, problems, write

from funnelsim.config import load
from funnelsim.errors import InputError


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("timezone:", "@timezon:", "did you mean 'timezone'"),
        ("    win_rate: 50%", "    @winrate: 50%\n    win_rate: 50%", "did you mean 'win_rate'"),
        ("Asia/Shanghai", "@Asia/Shanghi", "no timezone"),
        ("currency: CNY", "currency: @yuan", "three capital letters"),
        ("unit: 万元", "unit: @百元", "take one of"),
        ("as_of: 2026-10-01", "as_of: @1/10/2026", "year-month-day"),
        ("as_of: 2026-10-01", "as_of: @2026-10-01 12:00:00", "year-month-day"),
        ("win_rate: 20%", "win_rate: @120%", "outside 0% to 100%"),
        ("win_rate: 20%", "win_rate: @20", "write 20%"),
        ("win_rate: 20%", "win_rate: @-0.2", "outside"),
        ("win_rate: 20%", "win_rate: @.nan", "found nan"),
        ("win_rate: 20%", "win_rate: @no", "percentage"),
        ("win_rate: 20%", "win_rate: @true", "percentage"),
        ("win_rate: 20%", "win_rate: @60%", "'demo' is above the 0.5 of 'offer'"),
        ("- name: offer\n    win_rate: 50%", "- @name: offer\n    label: x", "says nothing of where"),
        ("- name: offer", "- @name: offer\n    conversion: 50%", "win_rate and conversion"),
        ("p90: 60 d}", "p90: @60}", "of what"),
        ("p90: 60 d}", "p90: @2 months}", "write days or weeks"),
        ("stay: {median: 20 d, p90: 60 d}", "stay: {mu: @3, p90: 60 d}", "logarithm"),
        ("stay: {median: 20 d, p90: 60 d}", "stay: @20 d", "fixed: 20 d"),
        ("stay: {law: gamma,", "stay: {law: @gama,", "no law"),
        ("amount: 80", "amount: @-80", "negative"),
        ("{stage: offer, amount: 80, ", "@{stage: offer, ", "no `amount`"),
        ("amount: 80", "amount: @.nan", "finite"),
        ("amount: 80", "amount: @.inf", "finite"),
        ("amount: 80", "amount: @'80'", "plain number"),
        ("stage: offer, amount", "stage: @ofer, amount", "did you mean 'offer'"),
        ("age: 2 weeks", "entered: @2026-10-01", "not before as_of"),
        ("age: 2 weeks", "entered: @2026-10-05", "not before as_of"),
        (
            "{stage: offer, amount: 80, age: 2 weeks, ",
            "@{stage: offer, amount: 80, ",
            "neither age nor entered",
        ),
        ("age: 2 weeks", "age: @2 weeks, entered: 2026-09-01", "keep one"),
        ("age: 2 weeks", "age: @14", "of what"),
        ("deals: 3", "deals: @0", "1 to 1,000,000"),
        ("deals: 3", "deals: 3, id: @A", "one id for 3"),
        ("owner: Li", "win_rate: @120%", "outside"),
        ("periods: 4,", "periods: @0,", "1 to 1200"),
        ("of: quarter", "of: @querter", "'quarter'"),
        ("{periods: 4, of: quarter}", "@{periods: 4}", "no `of`"),
        ("case: small", "case: small\nseed: @-1", "0 or more"),
        ("case: small", "case: small\ntrials: @1.5", "whole number"),
        ("case: small", "case: small\ntrials: @0", "1 to 1,000,000,000"),
        ("case: small", "case: small\nstale: @maybe", "'fresh'"),
        ("case: small", "case: small\ndue_today: @1", "yes or no"),
        ("case: small", "case: small\ngroups: [@segmnt]", "'segment'"),
        ("case: small", "case: small\nshock: {rho: @0.95}", "0.9"),
        ("case: small", "case: small\nshock: @{rho: 0.5, by: {owner: 0.6}}", "add up"),
        ("case: small", "case: small\nshock: {by: {team: @0.1}}", "no grouping"),
        ("case: small", "case: small\nrealisation: {pert: @[1, 0.5, 2]}", "must rise"),
        ("case: small", "case: small\ntargets: [{amount: 3, by: @2030-01-01}]", "outside the horizon"),
        ("case: small", "case: small\ntargets: [5, @-1]", "above 0"),
        ("case: small", "case: small\ntargets: [5, {amount: 3, group: {segment: @wst}}]", "no deal has"),
        ("case: small", "case: small\nbooked: [{amount: 3, from: @2026-11-01}]", "after as_of"),
        ("case: small", "case: small\nbooked: [{amount: 3, from: @2026-09-01}]", "current period"),
        ("case: small", "case: @CONFIRM", "confirm this value"),
        ("case: small", "case: small\n@fit: {}", "not yet"),
        ("case: small", "case: small\nbeliefs: {stages.dmo.win_rate: @{beta: {evidence: 5}}}", "'demo'"),
        ("case: small", "case: small\nbeliefs: {stages.demo.wins: @{beta: {evidence: 5}}}", "nothing to"),
        (
            "case: small",
            "case: small\nbeliefs: {stages.demo.win_rate: @{uniform: [0.1, 0.2]}}",
            "state one of",
        ),
        ("case: small", "case: small\nbeliefs: {stages.demo.win_rate: @{median: 10%, p90: 30%}}", "a beta"),
        ("case: small", "case: small\nbeliefs: {stages.demo.stay: @{beta: {evidence: 3}}}", "speaks of"),
        ("case: small", "case: small\nbeliefs: {stages.demo.stay.p10: @{pert: [1 d, 2 d, 3 d]}}", "its p10"),
        ("case: small", "case: small\ncorrelations: [{between: [shock.rho, @x], rank: 0.5}]", "nothing to"),
        ("case: small", "case: small\nscenarios: {s: {stages.dmo.conversion: @3%}}", "did you mean 'demo'"),
        ("case: small", "case: small\nscenarios: {s: {stages.demo.conversion: @+99 points}}", "outside 0..1"),
        ("case: small", "case: small\nscenarios: {s: {stages.demo.foo: @3%}}", "no such key"),
        ("case: small", "case: small\nscenarios: {s: @3}", "mapping of paths"),
        ("case: small", "case: small\nscenarios: @3", "mapping of names"),
    ],
)
def test_a_bad_value_is_told_at_its_line_and_column(tmp_path: Path, old: str, new: str, told: str) -> None:
    """The mark @ stands before the value that must be named."""
    marked = changed(TIMED, old, new)
    before = marked[: marked.index("@")]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    place, message = only(tmp_path, marked.replace("@", ""))
    assert (place, told in message) == (f"case.yaml:{line}:{column}", True), message


def test_a_correlation_of_what_is_not_believed_names_both_ends(tmp_path: Path) -> None:
    found = problems(tmp_path, TIMED + "correlations: [{between: [shock.rho, realisation], rank: 0.5}]\n")
    assert [place for place, _ in found] == ["case.yaml:19:16"] * 2
    assert all("has no belief" in message for _, message in found)


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("won: 10%", "won: 20%", 6, "add up to 1.1"),
        ("offer: 60%", "ofer: 60%", 6, "did you mean 'offer'"),
        ("won: 10%", "won: 110%", 6, "outside 0% to 100%"),
        (
            "  - name: offer\n    exits:",
            "  - name: offer\n    win_rate: 50%\n    exits:",
            9,
            "win_rate and exits",
        ),
        ("stay: {fixed: 3 d}", "sty: {fixed: 3 d}", 11, "no such key"),
        (", never: {probability: 5%", ", never: {probability: 5%, stay: 3 d", 6, "fixed: 3 d"),
    ],
)
def test_a_bad_exit_is_told_at_its_line(tmp_path: Path, old: str, new: str, line: int, told: str) -> None:
    place, message = only(tmp_path, changed(BRANCHED, old, new))
    assert place.startswith(f"case.yaml:{line}:")
    assert told in message


def test_a_cycle_with_no_way_out_names_every_stage_in_it(tmp_path: Path) -> None:
    text = """\
currency: CNY
unit: 1
as_of: 2026-10-01
stages:
  - {name: a, exits: {b: 100%}}
  - {name: b, exits: {a: 100%}}
  - {name: c, exits: {won: 50%, lost: 50%}}
pipeline:
  - {stage: c, amount: 50}
"""
    found = problems(tmp_path, text)
    assert [place for place, _ in found] == ["case.yaml:5:22", "case.yaml:6:22"]
    assert all("can never reach won or lost" in message for _, message in found)


def test_a_stage_with_exits_beside_one_with_a_win_rate_is_refused(tmp_path: Path) -> None:
    text = changed(BARE, "{name: demo, win_rate: 20%}", "{name: demo, exits: {offer: 1, lost: 0}}")
    assert only(tmp_path, text) == (
        "case.yaml:6:29",
        "stage 'offer' states win_rate while others state exits; state exits in all or none",
    )


def test_all_problems_of_all_sections_are_told_at_once_in_file_order(tmp_path: Path) -> None:
    text = """\
case: many
currncy: CNY
unit: 万元
as_of: 2026-10-01
horizon: {periods: 4, of: quarter}
stages:
  - {name: demo, win_rate: 60%, stay: {median: 20, p90: 60 d}}
  - {name: offer, win_rate: 50%}
  - {name: close, win_rate: 40%}
pipeline:
  - {stage: demo, amount: -1, age: 0 d}
  - {stage: nowhere, amount: 50, age: 0 d}
  - {stage: offer, amount: 50, age: 0 d, id: A}
  - {stage: offer, amount: 50, age: 0 d, id: A}
targets: [5, 0]
groups: [team]
trials: no
"""
    found = problems(tmp_path, text)
    assert [place.removeprefix("case.yaml:") for place, _ in found] == [
        *("1:1", "2:1", "7:48", "8:29", "11:27", "12:13", "14:46", "15:14", "16:10", "17:9"),
    ]
    assert len({message for _, message in found}) == len(found)


def test_duplicate_ids_are_told_at_the_second_deal(tmp_path: Path) -> None:
    text = TIMED + "  - {stage: demo, amount: 1, age: 0 d, id: 'demo#2'}\n"
    place, message = only(tmp_path, text)
    assert place == "case.yaml:19:44"
    assert "'demo#2' appears twice" in message


def test_a_line_of_many_deals_is_told_once(tmp_path: Path) -> None:
    text = changed(BARE, "win_rate: 20%", "win_rate: 0%").replace("stage: demo,", "stage: demo, deals: 65,")
    place, message = only(tmp_path, text)
    assert place == "case.yaml:8:13"
    assert "whose win rate is 0" in message


def test_an_empty_pipeline_is_refused(tmp_path: Path) -> None:
    text = BARE[: BARE.index("pipeline")] + "pipeline: []\n"
    assert only(tmp_path, text) == ("case.yaml:7:11", "no open deals; a forecast needs at least one")


def test_missing_stages_and_pipeline_are_told_together(tmp_path: Path) -> None:
    found = problems(tmp_path, "currency: CNY\nunit: 1\nas_of: 2026-10-01\n")
    told = "no `pipeline`; state it, or where new deals come from: sources"
    assert found == [("case.yaml:1:1", "no `stages`; state it"), ("case.yaml:1:1", told)]


def test_a_horizon_without_stays_is_refused(tmp_path: Path) -> None:
    place, message = only(tmp_path, BARE + "horizon: {periods: 1, of: year}\n")
    assert place == "case.yaml:9:10"
    assert "state stays, or horizon: unlimited" in message


def test_more_than_twenty_problems_are_counted(tmp_path: Path) -> None:
    found = problems(tmp_path, BARE + "".join(f"  - {{stage: demo, amount: -{n}}}\n" for n in range(1, 31)))
    assert len(found) == 21
    assert found[0][0] == "case.yaml:9:27"
    assert found[-1] == ("", "and 10 more problems; mend these first")


def test_a_repeated_key_is_told_at_its_second_place(tmp_path: Path) -> None:
    place, message = only(tmp_path, BARE + "unit: 1\n")
    assert (place, message) == ("case.yaml:9:1", "the key 'unit' appears twice here; keep one")


def test_half_a_character_is_told_at_its_place(tmp_path: Path) -> None:
    place, message = only(tmp_path, BARE + 'note: "\\ud83d\\ude00"\n')
    assert place == "case.yaml:9:7"
    assert message.startswith("half a character")


def test_broken_yaml_is_told_at_its_line(tmp_path: Path) -> None:
    place, message = only(tmp_path, "case: [1, 2\nunit: 3\n")
    assert place == "case.yaml:2:5"
    assert "not readable as YAML" in message


@pytest.mark.parametrize("text", ["", "- 1\n", "just words\n", "# only a comment\n"])
def test_a_file_without_keys_is_refused(tmp_path: Path, text: str) -> None:
    assert "holds no mapping" in only(tmp_path, text)[1]


def test_an_alias_bomb_is_refused_and_not_unfolded(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "aliases unfold" in only(tmp_path, "\n".join(levels) + "\n")[1]


def test_an_alias_that_holds_itself_is_refused(tmp_path: Path) -> None:
    found = problems(tmp_path, BARE + "case: &x [*x]\n")
    assert [place for place, _ in found] == ["case.yaml:9:7"]


def test_a_modest_alias_is_welcome(tmp_path: Path) -> None:
    text = TIMED.replace("stay: {median: 20 d, p90: 60 d}", "stay: &s {median: 20 d, p90: 60 d}", 1)
    text = text.replace("stay: {law: gamma, mean: 10 d, cv: 0.5}", "stay: *s")
    stages = load(write(tmp_path, text)).funnel.stages
    assert stages[0].exits[0].stay == stages[1].exits[0].stay


def test_a_deeply_nested_file_is_refused(tmp_path: Path) -> None:
    assert "nested too deeply" in only(tmp_path, "case: " + "[" * 100_000 + "]" * 100_000)[1]
    assert "nested too deeply" in only(tmp_path, "case:\n  " + "- " * 1000 + "x")[1]


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(b"\x7fELF\0\0\1")
    with pytest.raises(InputError, match="binary"):
        load(path)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_another_encoding_is_refused_with_the_remedy(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(BARE.encode(encoding))
    with pytest.raises(InputError, match=r"save .* UTF-8"):
        load(path)


def test_a_byte_order_mark_is_welcome(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(BARE.encode("utf-8-sig"))
    assert load(path).money.unit == "万元"


def test_a_file_of_100_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 2**20)
    with pytest.raises(InputError, match="100 MB is more than the 16 MB"):
        load(path)


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"no such file|regular file"):
        load(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "case.yaml")
    with pytest.raises(InputError, match="regular file"):
        load(tmp_path / "case.yaml")


def test_a_date_no_calendar_has_is_told_where_it_stands_beside_the_other_problems(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text(
        "case: try\ncurrency: CNY\nunit: 万元\nas_of: 2026-02-30\nstages:\n  - {name: A, win_rate: 35}\n"
        "pipeline: [{stage: B, deals: 2, amount: -1}]\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        load(path)
    places = [problem.place.removeprefix(f"{path}:") for problem in caught.value.problems]
    assert places == ["4:8", "6:25", "7:20", "7:41"]
