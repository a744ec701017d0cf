"""The communication section: read word by word, alone or in a case, and refused with every problem."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_cases import TIMED, write

import funnelsim as fs
from funnelsim.config import json_schema, load, load_briefing
from funnelsim.errors import InputError
from funnelsim.model.communication import Coupling, Hop, Item, Remedy
from funnelsim.model.law import Beta, Fixed, Pert, Shaped, Uniform

CONFIGS = Path(__file__).parents[2] / "configs"
MINUTE = 1 / 1440
ALONE = """\
case: a chain
communication:
  message: {named: [{name: when, critical: yes}, {name: where, weight: 2}, what]}
  time_limit: 30 min
  hops:
    - {name: said, label: 所说, keeps: 80%, takes: 5 min}
    - name: heard
      keeps: {beta: {mean: 75%, evidence: 40}}
      takes: {median: 1 h, p90: 4 小时}
      remedy: {repeat_backs: {times: 2, correlation: 30%, takes: 2 分钟}, written: 95%, adds: 5%}
    - {name: done, keeps: 0.5, remedy: {repeat_backs: 1, written: {keeps: 90%, takes: 10 min}, removed: yes}}
"""
COUPLED = (
    TIMED
    + """\
communication:
  hops:
    - {name: said, keeps: 80%}
    - {name: heard, keeps: {uniform: [0.6, 0.9]}}
  stages:
    demo: {elasticity: 0.5, rework: 20%}
    offer: {elasticity: {pert: [0.2, 0.5, 0.8]}}
"""
)


def refused(folder: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_briefing(write(folder, text), overrides)
    return [f"{problem.place.rpartition('/')[2]} {problem.message}" for problem in caught.value.problems]


def test_a_chain_alone_is_read_word_by_word(tmp_path: Path) -> None:
    briefing = load_briefing(write(tmp_path, ALONE))
    chain = briefing.communication
    assert briefing.name == "a chain"
    assert chain.message.items == (Item("when", 1, True), Item("where", 2), Item("what"))
    assert chain.time_limit_days == 30 * MINUTE
    said, heard, done = chain.hops
    assert said == Hop("said", Fixed(0.8), Fixed(5 * MINUTE), "所说")
    assert (heard.keeps, heard.takes) == (
        Beta(40.0, 0.75),
        Shaped("lognormal", {"median": 1 / 24, "p90": 4 * (1 / 24)}),
    )
    assert heard.remedy == Remedy(0.05, 2, 0.3, Fixed(2 * MINUTE), 0.95)
    assert done.remedy == Remedy(repeat_backs=1, written=0.9, written_takes=Fixed(10 * MINUTE), removed=True)
    assert len(briefing.origin.config_sha256) == 64


def test_levels_are_what_hops_keep_of_the_one_before(tmp_path: Path) -> None:
    levels = {"a": "80%", "b": "60%", "c": "0%", "d": "0%"}
    hops = ", ".join(f"{{name: {name}, reaches: {level}}}" for name, level in levels.items())
    text = f"communication:\n  message: 20\n  hops: [{hops}]\n"
    briefing = load_briefing(write(tmp_path, text))
    keeps = [hop.keeps.value for hop in briefing.communication.hops]
    assert keeps == pytest.approx([0.8, 0.75, 0.0, 1.0])
    assert len(briefing.communication.message.items) == 20
    assert briefing.name == "case"


def test_a_level_that_rises_names_both_hops(tmp_path: Path) -> None:
    text = "communication:\n  hops:\n    - {name: said, reaches: 60%}\n    - {name: heard, reaches: 80%}\n"
    (told,) = refused(tmp_path, text)
    assert told.startswith("case.yaml:4:30 0.8 of the whole reaches 'heard', more than the 0.6 that reaches 'said'")


def test_a_case_holds_its_chain_and_what_hangs_on_it(tmp_path: Path) -> None:
    case = load(write(tmp_path, COUPLED))
    assert case.communication is not None
    assert case.communication.stages == {
        "demo": Coupling(Fixed(0.5), Fixed(0.2)),
        "offer": Coupling(Pert(0.2, 0.5, 0.8)),
    }
    assert load_briefing(tmp_path / "case.yaml").communication == case.communication


def test_a_belief_in_a_figure_of_communication_is_a_law_in_its_place(tmp_path: Path) -> None:
    beliefs = """\
beliefs:
  communication.hops.said.keeps: {beta: {evidence: 30}}
  communication.stages.demo.elasticity: {uniform: [0.25, 0.75]}
  communication.stages.demo.rework: {uniform: [0.1, 0.3]}
"""
    case = load(write(tmp_path, COUPLED + beliefs))
    assert case.beliefs == ()
    assert case.communication is not None
    assert case.communication.hops[0].keeps == Beta(30.0, 0.8)
    assert case.communication.stages["demo"] == Coupling(Uniform(0.25, 0.75), Uniform(0.1, 0.3))


@pytest.mark.parametrize(
    ("belief", "told"),
    [
        ("communication.hops.said.keeps: {uniform: [0.1, 0.3]}", "the law's mean 0.2 is not the stated 0.8"),
        ("communication.hops.heard.keeps: {beta: {evidence: 3}}", "in place of the number and in beliefs as well"),
        ("communication.hops.herd.keeps: {beta: {evidence: 3}}", "nothing to believe in; the paths are communication"),
        ("communication.time_limit: {uniform: [1, 2]}", "nothing to believe in"),
        ("communication.hops.said.keeps: {pert: [3, 2, 1]}", "3 is above 1"),
    ],
)
def test_a_belief_that_makes_no_sense_is_refused_where_it_stands(tmp_path: Path, belief: str, told: str) -> None:
    found = refused(tmp_path, f"{COUPLED}beliefs:\n  {belief}\n")
    line = COUPLED.count("\n") + 2
    assert any(told in text and text.startswith(f"case.yaml:{line}:") for text in found), found


def test_a_correlation_with_communication_is_refused(tmp_path: Path) -> None:
    text = COUPLED + (
        "beliefs: {stages.demo.win_rate: {beta: {evidence: 30}}}\n"
        "correlations: [{between: [stages.demo.win_rate, communication.hops.heard.keeps], rank: 0.5}]\n"
    )
    assert any("drawn apart from all others" in told for told in refused(tmp_path, text))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("keeps: 80%, takes", "keeps: 80, takes", "80 is above 1; if it is a percentage, write 80%"),
        ("keeps: 80%, takes", "keeps: {median: 0.5, p90: 0.9}, takes", "take a beta, or a law within 0..1"),
        ("keeps: 80%, takes", "keeps: {beta: {evidence: 5}}, takes", "a beta without a mean"),
        ("keeps: 80%, takes", "keeps: 80%, reaches: 80%, takes", "'said' states keeps and reaches; keep one"),
        ("keeps: 80%, takes", "reaches: 80%, takes", "state keeps or reaches in all"),
        ("keeps: 80%, takes", "takes", "'said' says nothing of what is lost; state keeps or reaches"),
        ("takes: 5 min", "takes: 5", "5 of what? Write days, weeks or hours"),
        ("name: heard", "name: said", "'said' is the name of an earlier hop; names must differ"),
        ("times: 2", "times: 200", "200 repeat-backs; give 0 to 20"),
        ("times: 2", "tims: 2", "no such key; did you mean 'times'?"),
        ("written: 95%", "writen: 95%", "no such key; did you mean 'written'?"),
        ("label", "lable", "no such key; did you mean 'label'?"),
        ("weight: 2", "weight: 0", "weight 0; give a whole number from 1 up"),
        ("weight: 2", "wait: 2", "no such key; did you mean 'weight'?"),
        ("{named:", "{items: 3, named:", "states items and named; keep one"),
        ("time_limit: 30 min", "time_limit: 0 min", "must be above 0"),
        ("time_limit: 30 min", "timelimit: 30 min", "no such key; did you mean 'time_limit'?"),
        ("case: a chain\n", "case: a chain\nseed: 3\n", "`seed` means nothing without a funnel"),
        ("case: a chain\n", "cas: a chain\n", "no such key; did you mean 'case'?"),
        ("case: a chain\n", "beliefs: {shock.rho: {uniform: [0, 1]}}\n", "there is no funnel here"),
        ("  hops:", "  stages: {demo: {elasticity: 1}}\n  hops:", "there is no funnel here; state one, or remove this"),
    ],
)
def test_a_chain_with_a_fault_is_refused_with_the_remedy(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in ALONE
    found = refused(tmp_path, ALONE.replace(old, new, 1))
    assert any(told in text for text in found), found


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    demo: {elast", "    dmo: {elast", "no such stage; the stages are demo, offer"),
        ("elasticity: 0.5", "elasticiti: 0.5", "no such key; did you mean 'elasticity'?"),
        ("rework: 20%", "rework: 20", "reaches 20; keep it within 0..10"),
        ("keeps: 80%", "keeps: 0%", "'said' keeps nothing, so no stage can hang on this chain"),
        ("communication:\n", "communication: 3\nx:\n", "found 3; write a mapping"),
    ],
)
def test_a_coupling_with_a_fault_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = refused(tmp_path, COUPLED.replace(old, new, 1))
    assert any(told in text for text in found), found


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = ALONE.replace("keeps: 80%", "keeps: 80").replace("times: 2", "times: 200").replace("30 min", "30")
    assert len(refused(tmp_path, text)) >= 2


def test_more_items_than_allowed_are_refused_without_making_them(tmp_path: Path) -> None:
    text = "communication:\n  message: 1e15\n  hops: [{name: a, keeps: 50%}]\n"
    (told,) = refused(tmp_path, text)
    assert "give 1 to 1,000" in told


def test_a_funnel_is_asked_for_where_a_forecast_is_wanted(tmp_path: Path) -> None:
    path = write(tmp_path, ALONE)
    with pytest.raises(InputError, match=r"funnelsim communicate .*case.yaml`, or state as_of, currency"):
        load(path)
    assert fs.validate(path) == []
    with pytest.raises(InputError, match="states no `communication`"):
        load_briefing(write(tmp_path, TIMED))


def test_hops_are_changed_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, COUPLED)
    case = load(path, ["communication.hops.said.remedy.repeat_backs=2", "communication.hops.said.keeps=+5 points"])
    assert case.communication is not None
    assert case.communication.hops[0].remedy.repeat_backs == 2
    assert case.communication.hops[0].keeps == Fixed(0.85)
    assert any("no stage moves on average; a remedy moves them" in note for note in case.notes)
    with pytest.raises(InputError, match="no hop 'sad'; did you mean 'said'"):
        load(path, ["communication.hops.sad.keeps=90%"])


def test_every_scenario_of_a_chain_is_tried(tmp_path: Path) -> None:
    text = (
        ALONE + "scenarios: {bad: {communication.hops.said.keeps: 120%}, good: {communication.hops.said.keeps: 90%}}\n"
    )
    (told,) = refused(tmp_path, text)
    assert "scenario 'bad'" in told
    good = text.replace("120%", "100%")
    assert load_briefing(write(tmp_path, good), scenario="good").communication.hops[0].keeps == Fixed(0.9)


def test_the_schema_describes_the_section() -> None:
    schema = json_schema()
    assert {"hops", "message", "time_limit", "stages"} == set(schema["properties"]["communication"]["properties"])
    assert {"HopForm", "CouplingForm", "RemedyForm"} <= set(schema["$defs"])


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("communication_*.yaml")), ids=lambda path: path.stem)
def test_the_cases_shipped_are_sound(path: Path) -> None:
    chain = load_briefing(path).communication
    assert len(chain.hops) >= 3
    assert all(hop.label for hop in chain.hops)
    assert fs.validate(path) == []


def test_the_shipped_funnel_is_100_80_60_40_20() -> None:
    hops = load_briefing(CONFIGS / "communication_funnel.yaml").communication.hops
    assert [hop.keeps.value for hop in hops] == pytest.approx([0.8, 0.75, 2 / 3, 0.5])


def test_two_lost_characters_turn_the_story() -> None:
    message = load_briefing(CONFIGS / "communication_dictation.yaml").communication.message
    assert [item.name for item in message.items if item.critical] == ["老婆婆", "老公公"]
