"""Opinions and buyer roles in a config: what they become, and every problem of them told at once."""

from __future__ import annotations

from math import exp, log
from pathlib import Path

import pytest
from config_cases import BARE, only, problems, write

from funnelsim.config import load
from funnelsim.model.case import Case
from funnelsim.model.roles import Role

CONFIGS = Path(__file__).parents[2] / "configs"
HEAD = BARE[: BARE.index("pipeline:")]
SPOKEN = """\
pipeline:
  - {id: A, stage: demo, amount: 50, opinions: {rep: 80%, boss: 20%}}
  - {id: B, stage: demo, amount: 50, opinions: {rep: 70%}}
  - {id: C, stage: offer, amount: 50}
"""
SOURCES = "opinions: {sources: {rep: 1, boss: 3}}\n"
ROLES = """\
roles:
  strengths: {supports: 0.7, 反对: -1.1, no interest: -0.4}
  people:
    - {deal: A, role: 采购总监, stance: 支持, influence: 1.5}
    - {deal: A, role: finance, stance: no interest}
    - {deal: C, role: 采购总监, stance: against}
"""
RECORD = """\
opinions:
  sources: [rep, boss]
  track_record:
    file: calls.csv
    columns: {source: who, call: said, outcome: end, deal: deal, date: day}
    outcomes: {signed: won}
"""
CALLS = """\
deal,who,said,end,day
1,rep,80%,signed,2026-01-05
1,boss,0.3,signed,2026-01-05
2,rep,70%,lost,2026-02-05
2,boss,10%,lost,2026-02-05
3,rep,90%,输单,2026-03-05
3,boss,20%,输单,2026-03-05
"""


def case_of(folder: Path, text: str, calls: str = CALLS, **arguments: object) -> Case:
    (folder / "calls.csv").write_text(calls, encoding="utf-8")
    return load(write(folder, text), **arguments)  # type: ignore[arg-type]


def logit(p: float) -> float:
    return log(p / (1 - p))


def expit(x: float) -> float:
    return 1 / (1 + exp(-x))


# ---- opinions


def test_opinions_are_pooled_in_log_odds_over_those_who_spoke(tmp_path: Path) -> None:
    case = case_of(tmp_path, HEAD + SPOKEN + SOURCES)
    a, b, c = case.pipeline.deals
    assert a.win_rate == pytest.approx(expit(0.25 * logit(0.8) + 0.75 * logit(0.2)), abs=1e-15)
    assert b.win_rate == pytest.approx(0.7, abs=1e-15)
    assert c.win_rate is None
    assert case.notes[0] == "opinions on 2 deals are pooled in log odds; weights as stated: rep 25%, boss 75%"


def test_a_silent_weight_leaves_a_deal_to_its_stage(tmp_path: Path) -> None:
    case = case_of(tmp_path, HEAD + SPOKEN + "opinions: {sources: {rep: 0, boss: 1}}\n")
    assert [deal.win_rate for deal in case.pipeline.deals] == [pytest.approx(0.2), None, None]


def test_calls_come_from_columns_of_a_table_too(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        "编号,阶段,金额,赢率_销售,赢率_经理\nA,demo,50,80%,0.2\nB,demo,60,,35%\n", "utf-8"
    )
    table = """\
pipeline:
  file: deals.csv
  columns: {id: 编号, stage: 阶段, amount: 金额, opinions: {rep: 赢率_销售, boss: 赢率_经理}}
"""
    case = case_of(tmp_path, HEAD + table + SOURCES)
    assert case.opinions is not None
    assert case.opinions.calls == {"A": {"rep": 0.8, "boss": 0.2}, "B": {"boss": 0.35}}
    assert case.pipeline.deals[1].win_rate == pytest.approx(0.35)


def test_calls_surer_than_allowed_count_as_the_surest(tmp_path: Path) -> None:
    text = HEAD + SPOKEN.replace("rep: 80%", "rep: 100%") + SOURCES.replace("}}", "}, no_surer_than: 95%}")
    case = case_of(tmp_path, text)
    assert case.pipeline.deals[0].win_rate == pytest.approx(expit(0.25 * logit(0.95) + 0.75 * logit(0.2)))
    assert "calls below 5% or above 95% count as 5% or 95%" in case.notes


def test_a_track_record_recalibrates_and_earns_weights(tmp_path: Path) -> None:
    case = case_of(tmp_path, HEAD + SPOKEN + RECORD)
    assert case.opinions is not None
    rep, boss = case.opinions.voices
    assert case.opinions.basis == "earned"
    assert (rep.record.n_calls, rep.record.n_won) == (3, 1)  # type: ignore[union-attr]
    assert rep.weight + boss.weight == pytest.approx(1)
    wanted = rep.weight * rep.log_odds(0.8) + boss.weight * boss.log_odds(0.2)
    assert case.pipeline.deals[0].win_rate == pytest.approx(expit(wanted))
    assert case.origin.data_sha256.keys() == {"calls.csv"}
    assert any(note.startswith("calls of rep are recalibrated by 3 past calls") for note in case.notes)


def test_stated_weights_stay_stated_beside_a_track_record(tmp_path: Path) -> None:
    case = case_of(tmp_path, HEAD + SPOKEN + RECORD.replace("[rep, boss]", "{rep: 1, boss: 3}"))
    assert case.opinions is not None
    assert case.opinions.shares == {"rep": 0.25, "boss": 0.75}
    assert case.opinions.voices[0].record is not None


def test_what_was_not_known_at_as_of_changes_nothing_and_is_counted(tmp_path: Path) -> None:
    later = CALLS + "4,rep,80%,signed,2026-10-01\n4,boss,70%,signed,2026-12-01\n"
    known, more = (case_of(tmp_path, HEAD + SPOKEN + RECORD, calls) for calls in (CALLS, later))
    assert known.opinions == more.opinions
    assert "2 of 8 past calls are dated as_of or later and are left out" in more.notes


def test_a_scenario_and_a_setting_change_a_call_and_who_is_heard(tmp_path: Path) -> None:
    text = HEAD + SPOKEN + SOURCES + "scenarios: {boss only: {opinions.sources.rep: 0}}\n"
    assert case_of(tmp_path, text, scenario="boss only").pipeline.deals[0].win_rate == pytest.approx(0.2)
    moved = case_of(tmp_path, text, overrides=["pipeline.1.opinions.rep=+5 points"])
    assert moved.pipeline.deals[1].win_rate == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("boss: 20%}}", "@bos: 20%}}", "did you mean 'boss'"),
        ("rep: 70%", "rep: @170%", "outside 0% to 100%"),
        ("rep: 70%", "rep: @1.2", "outside 0% to 100%"),
        ("rep: 70%", "rep: @70", "write 70%"),
        ("rep: 70%", "rep: @100%", "no_surer_than"),
        ("rep: 70%", "rep: @0", "no_surer_than"),
        ("opinions: {rep: 70%}", "win_rate: @30%, opinions: {rep: 70%}", "keep one"),
        ("{rep: 1, boss: 3}", "@{rep: 0, boss: 0}", "every weight is 0"),
        ("boss: 3", "boss: @-3", "0 or more"),
        ("boss: 3", "boss: @much", "plain number"),
        ("{rep: 1, boss: 3}", "@[rep, boss]", "no weights"),
        ("{rep: 1, boss: 3}", "@{rep: 1, boss: {}}", "no weight for boss"),
        ("boss: 3}}", "boss: 3}, no_surer_than: @40%}", "above 50%"),
        ("boss: 3}}", "boss: 3}, @wait: 2}", "no such key"),
    ],
)
def test_a_bad_opinion_is_told_at_its_line_and_column(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = HEAD + SPOKEN + SOURCES
    assert old in text
    marked = text.replace(old, new, 1)
    before = marked[: marked.index("@")]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    if new.startswith("@bos"):
        column += len("bos: ")  # a call is told at its value
    place, message = only(tmp_path, marked.replace("@", ""))
    assert (place, told in message) == (f"case.yaml:{line}:{column}", True), message


def test_calls_without_sources_are_told_at_each_line(tmp_path: Path) -> None:
    found = problems(tmp_path, HEAD + SPOKEN)
    assert len(found) == 3
    assert all("state opinions: {sources" in message for _, message in found)


def test_every_bad_row_of_a_track_record_is_told_as_file_and_line(tmp_path: Path) -> None:
    rows = CALLS + "4,reps,80%,lost,2026-04-01\n5,rep,180%,perhaps,2026-04-01\n1,rep,60%,lost,2026-04-01\n"
    rows += "6,rep,100%,lost,\n,rep,60%,lost,2026-04-01\n"
    (tmp_path / "calls.csv").write_text(rows, encoding="utf-8")
    found = problems(tmp_path, HEAD + SPOKEN + RECORD)
    assert [(place, message.split(";")[0]) for place, message in found] == [
        ("calls.csv:8", "'reps' is no source of opinion"),
        ("calls.csv:9", "180% is outside 0% to 100%"),
        ("calls.csv:9", "outcome 'perhaps' is neither won nor lost"),
        ("calls.csv:10", "'rep' calls deal '1' a second time"),
        ("calls.csv:10", "deal '1' is won in one row and lost in another"),
        ("calls.csv:11", "a call of 100% is a certainty, and no odds can be pooled from it"),
        ("calls.csv:11", "no date"),
        ("calls.csv:12", "no deal"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("calls.csv", "none.csv", "no such file"),
        ("source: who", "source: whom", "did you mean 'who'"),
        (", deal: deal", "", "names no deals"),
        ("signed: won", "signed: good", "'won' or 'lost'"),
    ],
)
def test_a_track_record_that_cannot_serve_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    (tmp_path / "calls.csv").write_text(CALLS, encoding="utf-8")
    assert told in only(tmp_path, HEAD + SPOKEN + RECORD.replace(old, new))[1]


def test_weights_are_not_earned_where_no_two_spoke_of_one_deal(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(CALLS.splitlines()[0] + "\n1,rep,80%,lost,2026-01-05\n", encoding="utf-8")
    assert "no deal on which two sources spoke" in only(tmp_path, HEAD + SPOKEN + RECORD)[1]


def test_wrong_sources_do_not_hide_other_problems(tmp_path: Path) -> None:
    found = problems(tmp_path, HEAD + SPOKEN.replace("50}", "-50}") + "opinions: {sources: {rep: -1, boss: 1}}\n")
    assert [place for place, _ in found] == ["case.yaml:10:35", "case.yaml:11:27"]


# ---- roles


def test_roles_sum_to_evidence_of_their_deals(tmp_path: Path) -> None:
    case = case_of(tmp_path, HEAD + SPOKEN + SOURCES + ROLES)
    assert [deal.evidence for deal in case.pipeline.deals] == pytest.approx([1.5 * 0.7 - 0.4, 0.0, -1.1])
    assert case.roles is not None
    assert case.roles.of("C") == (Role("C", "采购总监", "against"),)
    assert case.notes[1] == (
        "3 buyer roles shift the log odds of 2 deals; strengths: supports +0.7, against -1.1, no interest -0.4"
    )


def test_roles_come_from_a_table_too(tmp_path: Path) -> None:
    (tmp_path / "roles.csv").write_text("商机,角色,态度,影响\nA,采购总监,赞成,2\nC,财务,无兴趣,\n", encoding="utf-8")
    table = """\
roles:
  strengths: {supports: 0.7, against: -1.1, no interest: -0.4}
  table:
    file: roles.csv
    columns: {deal: 商机, role: 角色, stance: 态度, influence: 影响}
    stances: {赞成: 支持}
"""
    case = case_of(tmp_path, HEAD + SPOKEN + SOURCES + table)
    assert [deal.evidence for deal in case.pipeline.deals] == pytest.approx([1.4, 0.0, -0.4])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{deal: C,", "{deal: @CC,", "no deal 'CC'"),
        ("stance: against", "stance: @agaist", "take supports, neutral"),
        ("role: finance", "role: @采购总监", "stands twice"),
        ("influence: 1.5", "influence: @-1", "0 or more"),
        ("influence: 1.5", "influence: @much", "plain number"),
        (", no interest: -0.4", "", "no strength of 'no interest'"),
        ("supports: 0.7", "supports: @70", "0.7 doubles the odds"),
        ("supports: 0.7", "helps: @0.7, supports: 0.7", "'helps' is no stance"),
        ("反对: -1.1", "反对: -1.1, against: @-1", "two strengths"),
        ("stance: against}", "stance: against, @foo: 1}", "no such key"),
    ],
)
def test_a_bad_role_is_told_at_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = HEAD + SPOKEN + SOURCES + ROLES
    assert old in text
    marked = text.replace(old, new, 1)
    place, message = only(tmp_path, marked.replace("@", ""))
    assert told in message
    if "@" in marked:
        before = marked[: marked.index("@")]
        assert place == f"case.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def test_every_problem_of_roles_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "roles.csv").write_text("d,r,s,i\nA,x,maybe,1\nZ,y,支持,1\nA,,支持,1\nA,采购总监,支持,big\n", "utf-8")
    text = HEAD + SPOKEN + SOURCES + ROLES.replace("deal: C", "deal: D")
    text += "  table: {file: roles.csv, columns: {deal: d, role: r, stance: s, influence: i}}\n"
    found = problems(tmp_path, text)
    assert [(place, message.split(";")[0]) for place, message in found] == [
        ("case.yaml:17:14", "no deal 'D'"),
        ("roles.csv:2", "'maybe' is no stance"),
        ("roles.csv:3", "no deal 'Z'"),
        ("roles.csv:4", "no role"),
        ("roles.csv:5", "influence 'big' is no plain number"),
    ]


def test_a_missing_table_of_roles_is_told(tmp_path: Path) -> None:
    text = HEAD + SPOKEN + SOURCES + ROLES + "  table: {file: none.csv, columns: {deal: d, role: r, stance: s}}\n"
    place, message = only(tmp_path, text)
    assert (place, message) == ("none.csv", "no such file; check the name and the folder")


# ---- the configs that come with the project


@pytest.mark.parametrize("scenario", [None, "by their record"])
def test_the_consultative_sales_config_is_sound(scenario: str | None) -> None:
    case = load(CONFIGS / "consultative_sales.yaml", scenario=scenario)
    assert case.opinions is not None
    assert case.opinions.basis == ("stated" if scenario is None else "earned")
    disputed = case.pipeline.deals[0]
    assert case.opinions.calls[disputed.id] == {"rep": 0.8, "boss": 0.2}
    assert scenario is not None or disputed.win_rate == pytest.approx(0.5)


def test_the_config_of_people_is_sound() -> None:
    case = load(CONFIGS / "people_not_things.yaml")
    assert [deal.evidence for deal in case.pipeline.deals[:3]] == pytest.approx([1.05 - 0.4 + 0.35, -1.65 + 0.7, 0.0])
