import json

STAGE = "{name: 接洽, win_rate: 25%, stay: {median: 20 d, p90: 60 d}}"


def test_the_review_is_printed_in_either_language(cli, config):
    code, out, err = cli("pipeline", config)
    assert (code, err) == (0, "")
    for part in (
        "small: pipeline as of 2026-10-01",
        "Targets against plan",
        "Bottleneck",
        "0 of 12 deals",
        "engine exact",
    ):
        assert part in out
    code, out, _ = cli("pipeline", config, "--lang", "zh")
    assert code == 0
    for part in ("销售管线", "瓶颈", "目标与计划", "12 单中有 0 单"):
        assert part in out


def test_the_review_as_json_names_its_schema_and_every_part(cli, config):
    code, out, _ = cli("pipeline", config, "--json")
    told = json.loads(out)
    assert (code, told["schema"], told["engine"], told["seed"]) == (0, "funnelsim.pipeline/1", "exact", None)
    assert [stage["name"] for stage in told["stages"]] == ["接洽", "报价"]
    assert told["plan"][0]["fresh"]["stage"] == "接洽"
    assert told["bottleneck"]["best"]["for_mean"] in {"接洽", "报价"}
    assert told["stalled"] == {"below": 0.1, "judged": 12, "deals": []}


def test_the_share_under_which_a_deal_is_stalled_is_an_option(cli, config):
    old = "pipeline.0.age=70 d"
    few = json.loads(cli("pipeline", config, "--json", "--set", old)[1])["stalled"]["deals"]
    none = json.loads(cli("pipeline", config, "--json", "--set", old, "--stalled", "5%")[1])["stalled"]["deals"]
    assert (len(few), len(none)) == (8, 0)
    assert 0.05 < few[0]["advanced_later"] < 0.1
    code, _, err = cli("pipeline", config, "--stalled", "5")
    assert code == 2
    assert "write it in per cent" in err


def test_the_engine_trials_seed_and_scenario_are_options(cli, config):
    code, out, _ = cli(
        "pipeline", config, "--json", "--engine", "simulate", "--trials", 300, "--seed", 0, "--scenario", "better"
    )
    told = json.loads(out)
    assert (code, told["engine"], told["trials"], told["seed"]) == (0, "simulate", 300, 0)
    assert told["stages"][1]["conversion"] == 0.55


def test_options_that_contradict_each_other_are_refused(cli, config):
    for option in ("--trials", "--seed"):
        code, out, err = cli("pipeline", config, "--engine", "exact", option, 3)
        assert (code, out) == (2, "")
        assert "runs no trials" in err


def test_a_case_the_exact_engine_does_not_answer_is_simulated_or_refused(cli, config):
    wandering = "shock={rho: 0.1, periods: {phi: 0.5}}"
    code, out, _ = cli("pipeline", config, "--set", wandering, "--trials", 300)
    assert code == 0
    assert "Simulated: with a shock per period" in out
    code, out, err = cli("pipeline", config, "--set", wandering, "--engine", "exact")
    assert (code, out) == (2, "")
    assert "exact engine" in err


def test_the_folder_holds_picture_figures_and_manifest_and_is_replaced_whole(cli, config, tmp_path):
    out = tmp_path / "out"
    for _ in range(2):
        code, _, err = cli("pipeline", config, "--out", out)
        assert (code, err) == (0, f"{out}: written\n")
    names = {"pipeline.json", "pipeline.png", "pipeline.svg"}
    assert {path.name for path in out.iterdir()} == names | {"manifest.json"}
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert set(manifest["files"]) == names
    assert json.loads((out / "pipeline.json").read_text("utf-8"))["schema"] == "funnelsim.pipeline/1"
    assert (out / "pipeline.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_of_somebody_else_is_left_alone_before_anything_is_computed(cli, config, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear", encoding="utf-8")
    code, out, err = cli("pipeline", config, "--out", tmp_path / "mine")
    assert (code, out) == (1, "")
    assert "holds no run of funnelsim" in err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_bad_texts_and_costs_of_a_stage_are_told_with_their_lines(cli, config):
    bad = STAGE.replace("}}", "}, tasks: one, cost_per_point: 0, definition: [a], mark: }")
    config.write_text(config.read_text("utf-8").replace(STAGE, bad), encoding="utf-8")
    code, out, err = cli("pipeline", config)
    assert (code, out) == (2, "")
    line = 1 + config.read_text("utf-8").splitlines().index(f"  - {bad}")
    for told in (
        "stages.0.tasks: found 'one'; write a list",
        "stages.0.cost_per_point: 0 must be above 0",
        "stages.0.definition: found a list; write a text",
        "stages.0.mark: found nothing; write a text",
    ):
        assert told in err
    assert err.count(f"{config}:{line}:") == 4


def test_a_key_of_a_stage_that_is_misspelt_is_guessed(cli, config):
    config.write_text(config.read_text("utf-8").replace(STAGE, STAGE.replace("}}", "}, definiton: x}")), "utf-8")
    code, _, err = cli("pipeline", config)
    assert code == 2
    assert "did you mean 'definition'?" in err


def test_a_cost_may_be_set_from_outside(cli, config):
    told = json.loads(cli("pipeline", config, "--json", "--set", "stages.报价.cost_per_point=4")[1])
    lift = told["bottleneck"]["stages"][1]
    assert lift["cost"] == 4.0
    assert lift["mean_per_cost"] == lift["mean"] / 4.0
    assert told["bottleneck"]["best"]["per_cost"] == "报价"
