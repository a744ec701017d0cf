"""Levers say what the config says, move it and nothing else, and what they make reads back the same from a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from served import ROOT

from funnelsim.app.bench import Workbench
from funnelsim.app.draft import Draft, Trail
from funnelsim.app.lever import Lever, Value
from funnelsim.config import load, load_any
from funnelsim.config.load import load_kept
from funnelsim.errors import InputError
from funnelsim.model.case import Case, Origin

HELD_BACK = {"generated_100k"}
CASES = [
    path for path in sorted((ROOT / "configs").glob("*.yaml"))
    if path.stem not in HELD_BACK and "\nstages:" in path.read_text("utf-8")
]  # fmt: skip


def bench_of(path: Path) -> Workbench:
    found = load_any(path)
    assert isinstance(found, Case)
    return Workbench(found.origin)


def another(lever: Lever) -> Value:
    """Return a value beside the one of the config."""
    match lever.kind:
        case "switch":
            return not lever.base
        case "day":
            return lever.high
        case "whole":
            return int(lever.base) + 1 if lever.base < lever.high else int(lever.base) - 1
        case "percent":
            return lever.base + 2.5 if lever.base < 90 else lever.base - 9.5
        case _:
            return 100.0 if lever.base is None else lever.base * 1.1 or 0.1


def tried(bench: Workbench, draft: Draft) -> tuple[Case | None, set[str]]:
    """Return the case of a draft, or the places of what is wrong with it."""
    try:
        return bench.case(draft), set()
    except InputError as error:
        return None, {problem.place for problem in error.problems}


def alike(case: Case) -> Case:
    return replace(case, name="", notes=())


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CASES])
def test_every_lever_of_every_config_moves_the_case_and_survives_a_file(path: Path) -> None:
    bench = bench_of(path)
    base = replace(bench.base(""), seed=bench.seed)
    assert alike(bench.sealed(Draft())) == alike(base)
    moved = 0
    for key, lever in bench.levers("").items():
        draft = Draft().with_lever(key, another(lever), lever.base)
        case, places = tried(bench, draft)
        if case is None:  # a win rate above the next one's
            assert places == {key}
            continue
        moved += 1
        assert case != base, key
        assert alike(bench.sealed(draft)) == alike(case), key
    assert moved >= len(bench.levers("")) - 1 > 2


def test_a_lever_stands_where_the_config_put_it() -> None:
    levers = bench_of(ROOT / "configs/weighted_pipeline_2685_timed.yaml").levers("")
    assert levers["stages.方案报价.win_rate"].base == pytest.approx(60.0)
    assert levers["shock.rho"].base == pytest.approx(5.0)
    assert levers['beliefs."stages.方案报价.win_rate".beta.evidence'].base == 50
    assert levers["targets.0.amount"].base == 2685
    assert levers["targets.1"].base == date(2026, 12, 31)
    assert levers["stages.方案报价.stay"].base == levers["realisation"].base == 1.0


def test_a_draft_is_what_the_same_settings_are_at_the_command_line() -> None:
    path = ROOT / "configs/weighted_pipeline_2685_timed.yaml"
    bench = bench_of(path)
    draft, levers = Draft(), bench.levers("")
    for key, value in {"stages.方案报价.win_rate": 55.0, "shock.rho": 8.0, "stages.方案报价.stay": 1.5}.items():
        draft = draft.with_lever(key, value, levers[key].base)
    told = load(path, ["stages.方案报价.win_rate=55%", "shock.rho=8%", "stages.方案报价.stay=x1.5"])
    assert alike(bench.case(draft)) == alike(told)


def test_several_conversions_of_a_funnel_of_mixed_statements_are_all_kept() -> None:
    bench = bench_of(ROOT / "configs/vpn_project_funnel.yaml")
    keys = [key for key, lever in bench.levers("").items() if lever.section == "lever_stages"][:3]
    draft = Draft()
    for key in keys:
        draft = draft.with_lever(key, 33.0, bench.levers("")[key].base)
    assert bench.case(draft).funnel.conversions[:3] == pytest.approx([0.33] * 3)


def test_exits_that_are_not_moved_share_what_is_left_as_they_did() -> None:
    bench = bench_of(ROOT / "configs/hourglass.yaml")
    (lever,) = (one for one in bench.levers("").values() if one.section == "lever_stages")
    stage = bench.case(Draft().with_lever(lever.key, 28.0, lever.base)).funnel.stages[0]
    exits = {one.to: one.probability for one in stage.exits}
    assert exits["won"] == pytest.approx(0.28)
    assert exits["lost/借口"] / stage.never == pytest.approx(0.40 / 0.25)
    assert sum(exits.values()) + stage.never == pytest.approx(1.0)


def test_a_deal_is_edited_and_the_luck_of_the_others_stays() -> None:
    bench = bench_of(ROOT / "configs/consultative_sales.yaml")
    deals = bench.base("").pipeline.deals
    edits = (
        (deals[0].id, "opinions.boss", 0.5), (deals[1].id, "dropped", True), (deals[2].id, "stage", "商务谈判"),
        (deals[3].id, "amount", 95.0),
    )  # fmt: skip
    draft = Draft().with_edits(edits)
    case = bench.case(draft)
    assert [deal.id for deal in case.pipeline.deals] == [deal.id for deal in deals if deal.id != deals[1].id]
    first, third, fourth, *rest = case.pipeline.deals
    assert first.win_rate == pytest.approx(2 / 3)  # log odds of 80 % and 50 %, halved: odds of 2
    assert (third.stage, third.age_days, fourth.amount) == ("商务谈判", 0.0, 95.0)
    assert tuple(rest) == deals[4:]
    assert alike(bench.sealed(draft)) == alike(case)


def test_people_of_a_deal_that_is_left_out_go_with_it() -> None:
    bench = bench_of(ROOT / "configs/people_not_things.yaml")
    case = bench.case(Draft().with_edits((("港务集团", "dropped", True),)))
    assert "港务集团" not in {deal.id for deal in case.pipeline.deals}
    assert {deal.evidence for deal in case.pipeline.deals} <= {deal.evidence for deal in bench.base("").pipeline.deals}


def test_a_config_is_handed_out_with_its_files_beside_it() -> None:
    bench = bench_of(ROOT / "configs/consultative_sales.yaml")
    files = bench.files(Draft(scenario="by their record"))
    assert set(files) == {"consultative_sales.yaml", "calls.csv"}
    again = load_kept(Origin("consultative_sales.yaml", content=files))
    assert alike(again) == alike(bench.case(Draft(scenario="by their record")))


def test_saved_drafts_become_scenarios_of_the_config(tmp_path: Path) -> None:
    path = ROOT / "configs/weighted_pipeline_2685.yaml"
    bench = bench_of(path)
    draft = Draft().with_lever("stages.方案报价.win_rate", 65.0, 60.0)
    deals = draft.with_edits(((bench.base("").pipeline.deals[0].id, "amount", 80.0),))
    for name, content in bench.with_scenarios({"better": draft, "larger": deals}).items():
        (tmp_path / name).write_bytes(content)
    assert alike(load(tmp_path / path.name, scenario="better")) == alike(bench.case(draft))
    assert alike(load(tmp_path / path.name, scenario="larger")) == alike(bench.case(deals))


def test_no_path_is_opened_but_what_was_given() -> None:
    text = (ROOT / "configs/weighted_pipeline_2685.yaml").read_text("utf-8")
    head, _, _ = text.partition("\npipeline:")
    hostile = f"{head}\npipeline: {{file: {__file__}, columns: {{stage: a}}}}\n"
    with pytest.raises(InputError, match="is not among the files"):
        Workbench(Origin("case.yaml", content={"case.yaml": hostile.encode()}))


def test_every_step_can_be_taken_back() -> None:
    trail = Trail()
    steps = [Draft(), Draft().with_lever("a", 1.0, 0.0), Draft().with_lever("a", 2.0, 0.0), Draft(scenario="x")]
    for step in [*steps, steps[-1]]:
        trail = trail.to(step)
    seen = [trail.draft]
    while trail.past:
        trail = trail.back()
        seen.append(trail.draft)
    assert seen == steps[::-1]
    assert trail.back() == trail
