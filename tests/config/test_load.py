"""Good configs become the words they state."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import date
from math import inf
from pathlib import Path

import pytest
from config_cases import BARE, BRANCHED, TIMED, only, problems, write

from funnelsim.config import json_schema, load, load_any, scenario_names
from funnelsim.config.figures import Change
from funnelsim.config.overrides import changed
from funnelsim.errors import InputError
from funnelsim.model.beliefs import Belief, Correlation, Subject
from funnelsim.model.briefing import Briefing
from funnelsim.model.case import Case
from funnelsim.model.funnel import Exit
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta, Fixed, Pert, Shaped, Uniform
from funnelsim.model.pipeline import Deal
from funnelsim.model.shock import Shock, StayShock
from funnelsim.model.target import Booked, Target

CONFIGS = Path(__file__).parents[2] / "configs"


def case_of(folder: Path, text: str, *overrides: str, scenario: str | None = None) -> Case:
    return load(write(folder, text), overrides, scenario)


def test_a_linear_case_is_read_word_by_word(tmp_path: Path) -> None:
    text = (
        TIMED
        + """\
beliefs:
  stages.demo.win_rate: {beta: {evidence: 50}}
  stages.offer.stay: {pert: [0.8, 1, 1.5]}
  stages.demo.stay.median: {pert: [15 d, 20 d, 30 d]}
  shock.rho: {uniform: [0.04, 0.06]}
  realisation: {pert: [90%, 1, 110%]}
correlations: [{between: [stages.demo.win_rate, stages.offer.stay], rank: -0.5}]
shock: {rho: 5%, by: {segment: 0.03}, periods: {phi: 0.5}, stays: {tau: 0.2, correlation: -0.5}}
realisation: {pert: [0.75, 0.95, 1.05]}
groups: [segment]
targets:
  - 2685
  - {amount: 2400, by: 2026-12-31}
  - {measure: wins, amount: 30}
  - {amount: 5, group: {segment: east}}
booked: [{amount: 900, from: 2026-10-01, wins: 2}]
trials: 1e4
seed: 0
stale: open
due_today: yes
"""
    )
    case = case_of(tmp_path, text)
    assert (case.name, str(case.money), case.as_of) == ("small", "万元 CNY", date(2026, 10, 1))
    assert case.horizon == Horizon(4, "quarter")
    assert case.funnel.win_rates == pytest.approx((0.2, 0.5))
    assert case.funnel.stages[0].exits == (
        Exit("offer", 0.4, Shaped("lognormal", {"median": 20.0, "p90": 60.0})),
        Exit("lost", 0.6, Shaped("lognormal", {"median": 30.0, "p90": 90.0})),
    )
    assert case.pipeline.deals == (
        *(Deal(f"demo#{n}", "demo", 50.0, 0.0, segment="east") for n in (1, 2, 3)),
        Deal("offer#1", "offer", 80.0, 14.0, owner="Li"),
    )
    assert case.beliefs == (
        Belief(Subject("win_rate", "demo"), Beta(50.0)),
        Belief(Subject("stay", "offer"), Pert(0.8, 1.0, 1.5)),
        Belief(Subject("stay", "demo"), Pert(15.0, 20.0, 30.0), base=20.0),
        Belief(Subject("rho"), Uniform(0.04, 0.06)),
        Belief(Subject("realisation"), Pert(0.9, 1.0, 1.1)),
    )
    assert case.correlations == (Correlation((Subject("win_rate", "demo"), Subject("stay", "offer")), -0.5),)
    assert case.shock == Shock(0.05, {"segment": 0.03}, 0.5, StayShock(0.2, -0.5))
    assert case.realisation == Pert(0.75, 0.95, 1.05)
    assert case.targets == (
        Target(2685.0),
        Target(2400.0, by=date(2026, 12, 31)),
        Target(30.0, "wins"),
        Target(5.0, group={"segment": "east"}),
    )
    assert case.booked == (Booked(900.0, date(2026, 10, 1), 2),)
    assert (case.trials, case.seed, case.stale, case.due_today) == (10_000, 0, "open", True)
    assert case.notes == ()


def test_a_branched_case_keeps_every_exit(tmp_path: Path) -> None:
    case = case_of(tmp_path, BRANCHED)
    demo, offer = case.funnel.stages
    stay, lost = (Shaped("lognormal", {"median": m, "p90": p}) for m, p in ((20.0, 60.0), (30.0, 90.0)))
    assert demo.exits == (
        *(Exit("offer", 0.6, stay), Exit("won", 0.1, stay)),
        *(Exit("lost/price", 0.2, lost), Exit("lost", 0.05, lost)),
    )
    assert (demo.never, demo.timeout_days) == (0.05, 365.0)
    assert offer.exits == (
        Exit("demo", 0.2, Fixed(3.0)),
        Exit("won", 0.5, Uniform(5.0, 9.0)),
        Exit("lost", 0.3, Pert(5.0, 9.0, 30.0, delay=2.0)),
    )
    assert case.funnel.stated_as == "exits"
    assert case.horizon.is_unlimited


def test_a_law_in_place_of_a_number_is_a_belief_with_that_mean(tmp_path: Path) -> None:
    text = TIMED.replace("win_rate: 20%", "win_rate: {beta: {mean: 20%, evidence: 50}}")
    text = text.replace("win_rate: 50%", "win_rate: {pert: [40%, 50%, 60%]}").replace(
        "{median: 30 d, p90: 90 d}", "{median: 30 d, p90: 90 d}", 1
    )
    text = text.replace("stay: {law: gamma, mean: 10 d", "stay: {law: gamma, mean: {uniform: [8 d, 12 d]}", 1)
    case = case_of(tmp_path, text + "shock: {rho: {uniform: [0, 0.1]}}\n")
    assert case.funnel.win_rates == pytest.approx((0.2, 0.5))
    assert case.shock.rho == 0.05
    assert case.beliefs == (
        Belief(Subject("win_rate", "demo"), Beta(50.0)),
        Belief(Subject("win_rate", "offer"), Pert(0.4, 0.5, 0.6)),
        Belief(Subject("stay", "offer"), Uniform(8.0, 12.0), base=10.0),
        Belief(Subject("rho"), Uniform(0.0, 0.1)),
    )


def test_a_law_on_an_exit_is_a_belief_in_that_exit(tmp_path: Path) -> None:
    text = BRANCHED.replace("won: 10%", "won: {probability: {beta: {mean: 10%, evidence: 30}}}")
    assert case_of(tmp_path, text).beliefs == (Belief(Subject("exit", "demo", "won"), Beta(30.0)),)


def test_an_inline_law_without_a_mean_is_told_where_it_stands(tmp_path: Path) -> None:
    place, message = only(tmp_path, TIMED.replace("win_rate: 20%", "win_rate: {beta: {evidence: 50}}"))
    assert place == "case.yaml:9:15"
    assert "needs a mean" in message


def test_a_stage_name_with_a_dot_is_quoted(tmp_path: Path) -> None:
    text = TIMED.replace("name: demo", "name: a.b").replace("stage: demo", "stage: a.b")
    case = case_of(tmp_path, text + "beliefs: {'stages.\"a.b\".win_rate': {beta: {evidence: 9}}}\n")
    assert case.beliefs[0].about == Subject("win_rate", "a.b")
    case = case_of(tmp_path, text, 'stages."a.b".win_rate=30%')
    assert case.funnel.win_rates[0] == pytest.approx(0.3)


def test_what_the_reader_must_be_told_is_noted(tmp_path: Path) -> None:
    assert case_of(tmp_path, BARE).notes == ("no stay is stated: the forecast has no dates and an unlimited horizon",)
    shared = TIMED.replace("    stay_lost: {median: 30 d, p90: 90 d}\n", "")
    assert case_of(tmp_path, shared).notes == (
        "the same stay serves advance and loss in demo: there age moves dates, not chances",
    )


def test_never_is_a_share_with_or_without_a_time_out(tmp_path: Path) -> None:
    plain = BARE.replace("win_rate: 20%", "win_rate: 20%, never: 5%, in_forecast: no")
    stage = case_of(tmp_path, plain).funnel.stages[0]
    assert (stage.never, stage.timeout_days, stage.in_forecast) == (0.05, inf, False)
    timed = BARE.replace("win_rate: 20%", "win_rate: 20%, never: {probability: 5%, timeout: 52 weeks}")
    assert case_of(tmp_path, timed).funnel.stages[0].timeout_days == 364.0


def test_the_origin_tells_what_was_read(tmp_path: Path) -> None:
    case = case_of(tmp_path, BARE, "seed=3")
    assert case.origin.config == "case.yaml"
    assert case.origin.config_sha256 == hashlib.sha256(BARE.encode()).hexdigest()
    assert case.origin.overrides == ("seed=3",)


# --- scenarios and settings ---------------------------------------------------------------------------------


def test_a_changed_conversion_keeps_the_other_conversions_and_says_so(tmp_path: Path) -> None:
    case = case_of(tmp_path, TIMED, "stages.offer.conversion=+5 points")
    assert case.funnel.conversions == pytest.approx((0.4, 0.55))
    assert case.notes == (
        "stages.offer.conversion is changed: the other conversions are kept, and the win rates follow",
    )


def test_a_changed_win_rate_keeps_the_other_win_rates_and_says_so(tmp_path: Path) -> None:
    case = case_of(tmp_path, TIMED, "stages.offer.win_rate=+5 points")
    assert case.funnel.win_rates == pytest.approx((0.2, 0.55))
    by_conversion = TIMED.replace("win_rate: 20%", "conversion: 40%").replace("win_rate: 50%", "conversion: 50%")
    case = case_of(tmp_path, by_conversion, "stages.offer.win_rate=60%")
    assert case.funnel.win_rates == pytest.approx((0.2, 0.6))
    assert "the other win rates are kept" in case.notes[0]


def test_a_scenario_is_put_in_by_name_and_settings_come_last(tmp_path: Path) -> None:
    text = TIMED + "scenarios: {faster: {stages.demo.stay: x0.5, seed: 1}, slower: {stages.demo.stay: x2}}\n"
    case = case_of(tmp_path, text, "seed=2", scenario="faster")
    assert case.funnel.stages[0].exits[0].stay == Shaped("lognormal", {"median": 10.0, "p90": 30.0})
    assert (case.seed, case.origin.scenario) == (2, "faster")
    assert scenario_names(tmp_path / "case.yaml") == ("faster", "slower")
    assert only(tmp_path, text, scenario="fastr") == (
        "--scenario fastr",
        "no scenario 'fastr'; did you mean 'faster'?",
    )


def test_a_change_reaches_into_a_law_in_place_of_a_number(tmp_path: Path) -> None:
    text = TIMED.replace("win_rate: 20%", "win_rate: {beta: {mean: 20%, evidence: 50}}")
    case = case_of(tmp_path, text, "stages.demo.win_rate=+5 points")
    assert case.funnel.win_rates[0] == pytest.approx(0.25)
    assert case.beliefs[0].law == Beta(50.0)


@pytest.mark.parametrize(
    ("setting", "reads", "value"),
    [
        ("seed=0", lambda case: case.seed, 0),
        ("trials=2000", lambda case: case.trials, 2000),
        ("pipeline.1.amount=x1.5", lambda case: case.pipeline.deals[3].amount, 120.0),
        ("shock.rho=0.1", lambda case: case.shock.rho, 0.1),
        ("shock.by.owner=0.1", lambda case: case.shock.by, {"owner": 0.1}),
        ("horizon=unlimited", lambda case: case.horizon.is_unlimited, True),
        ("targets=[1, 2]", lambda case: len(case.targets), 2),
        ("stages.demo.never.probability=1%", lambda case: case.funnel.stages[0].never, 0.01),
        ("beliefs.realisation={pert: [0.9, 1, 1.1]}", lambda case: case.beliefs[0].law, Pert(0.9, 1.0, 1.1)),
        ("unit=千元", lambda case: case.money.unit, "千元"),
    ],
)
def test_any_key_can_be_set(tmp_path: Path, setting: str, reads: object, value: object) -> None:
    assert reads(case_of(tmp_path, TIMED, setting)) == value  # type: ignore[operator]


def test_an_exit_can_be_set_by_its_probability(tmp_path: Path) -> None:
    changes = ("stages.demo.exits.won.probability=+5 points", "stages.demo.exits.lost.probability=0%")
    demo = case_of(tmp_path, BRANCHED, *changes).funnel.stages[0]
    assert [e.probability for e in demo.exits] == pytest.approx([0.6, 0.15, 0.2, 0])


@pytest.mark.parametrize(
    ("setting", "place", "told"),
    [
        ("stages.dmo.win_rate=3%", "stages.dmo.win_rate", "did you mean 'demo'"),
        ("stages.demo.win_rate=3", "stages.demo.win_rate", "write 3%"),
        ("stages.demo.win_rate=+90 points", "stages.demo.win_rate", "outside 0..1"),
        ("stages.demo.win_rate=+5 pts", "stages.demo.win_rate", "no change"),
        ("stages.demo.stay=+5 points", "stages.demo.stay", "probability only"),
        ("stages.demo.exit.won=3%", "stages.demo.exit.won", "did you mean 'exits'"),
        ("trils=3", "trils", "did you mean 'trials'"),
        ("fit={}", "fit", "not yet"),
        ("seed", "seed", "path=value"),
        ("seed=", "seed", "sets nothing"),
        ("seed=[1", "seed", "YAML"),
        ("stale=x2", "stale", "nothing to change"),
        ("pipeline.7.amount=3", "pipeline.7.amount", "list of 2"),
    ],
)
def test_a_bad_setting_is_told_as_such(tmp_path: Path, setting: str, place: str, told: str) -> None:
    found, message = only(tmp_path, TIMED, overrides=[setting])
    assert found == f"--set {place}"
    assert told in message


def test_a_funnel_of_exits_has_no_conversion_to_change(tmp_path: Path) -> None:
    _, message = only(tmp_path, BRANCHED, overrides=["stages.demo.conversion=3%"])
    assert "states exits" in message


def test_every_scenario_is_tried_even_if_not_asked_for(tmp_path: Path) -> None:
    text = TIMED + "scenarios:\n  a: {stages.demo.win_rate: 60%}\n  b: {seed: 3}\n  c: {pipeline.0.amont: 3}\n"
    found = problems(tmp_path, text)
    assert [place for place, _ in found] == ["case.yaml:20:29", "case.yaml:22:25"]
    assert "scenario 'a'" in found[0][1]


# --- the whole house ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_every_config_of_the_project_loads(path: Path) -> None:
    found = load_any(path)
    if isinstance(found, Briefing):
        assert len(found.communication.hops) > 0
    else:
        assert len(found.pipeline) > 0 or found.has_business


def test_the_weighted_pipeline_is_worth_2685() -> None:
    for name in ("weighted_pipeline_2685", "weighted_pipeline_2685_timed", "reference_timed"):
        case = load(CONFIGS / f"{name}.yaml")
        win_rates = dict(zip(case.funnel.names, case.funnel.win_rates, strict=True))
        worth = sum(deal.amount * win_rates[deal.stage] for deal in case.pipeline.deals)
        assert len(case.pipeline) == 147
        assert worth == pytest.approx(2685, rel=1e-12)


def test_loading_a_config_without_files_imports_nothing_scientific() -> None:
    program = (
        "import sys; from funnelsim.config import load; load(sys.argv[1]); "
        "print([m for m in ('numpy','scipy','numba','pandas','matplotlib','pyarrow') if m in sys.modules])"
    )
    config = str(CONFIGS / "weighted_pipeline_2685_timed.yaml")
    done = subprocess.run([sys.executable, "-c", program, config], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_schema_knows_every_key_of_the_sections() -> None:
    schema = json_schema()
    assert set(schema["required"]) == {"currency", "unit", "as_of", "stages"}
    assert {"horizon", "beliefs", "scenarios", "due_today"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_the_error_names_the_file_as_it_was_given(tmp_path: Path) -> None:
    path = write(tmp_path, BARE.replace("20%", "200%"))
    with pytest.raises(InputError, match=f"{path}:5:"):
        load(path)


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [("20 per month", 22.0), ("1,000 a week", 1100.0), ("每月 20", 22.0), ("20/month", 22.0), ("2.5 per day", 2.75)],
)
def test_a_rate_of_arrivals_is_scaled_like_any_figure(rate, wanted):
    assert figures_of_rate(changed(rate, Change("times", 1.1), is_chance=False)) == pytest.approx(wanted)


def figures_of_rate(text):
    from funnelsim.config.business_forms import SourceForm

    return SourceForm.model_validate({"name": "leads", "rate": text}).rate.level
