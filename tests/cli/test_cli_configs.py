import json


def test_a_sound_config_is_told_with_its_stages_and_deals(cli, config):
    assert cli("validate", config) == (0, f"{config}: ok, 2 stages, 12 deals\n", "")


def test_every_problem_of_a_config_is_told_and_no_traceback(cli, config):
    config.write_text(config.read_text().replace("25%", "75%").replace("trials: 2000", "trials: many"))
    code, out, err = cli("validate", config)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert "win_rate" in err
    assert "trials" in err


def test_problems_come_as_json_when_asked(cli, config):
    code, out, _ = cli("validate", config, "--set", "seed=-1", "--json")
    assert code == 2
    told = json.loads(out)
    assert told["ok"] is False
    assert told["problems"][0]["path"] == ["seed"]
    code, out, _ = cli("validate", config, "--json")
    assert (code, json.loads(out)) == (0, {"ok": True, "stages": 2, "deals": 12, "problems": []})


def test_a_missing_config_is_an_input_error(cli, tmp_path):
    code, out, err = cli("validate", tmp_path / "none.yaml")
    assert (code, out) == (2, "")
    assert "none.yaml" in err


def test_an_unknown_scenario_is_an_input_error(cli, config):
    code, _, err = cli("validate", config, "--scenario", "worse")
    assert code == 2
    assert "better" in err


def test_the_schema_is_a_json_schema(cli):
    code, out, _ = cli("schema")
    assert code == 0
    assert "pipeline" in json.loads(out)["properties"]


def test_a_starter_config_is_written_once(cli, tmp_path):
    out = tmp_path / "new.yaml"
    assert cli("init", "--out", out)[0] == 0
    written = out.read_text(encoding="utf-8")
    assert written == cli("init")[1]
    code, _, err = cli("init", "--out", out)
    assert code == 1
    assert "is there already" in err
    assert out.read_text(encoding="utf-8") == written


def test_a_starter_config_that_cannot_be_written_says_why(cli):
    code, _, err = cli("init", "--out", "/proc/none/new.yaml")
    assert code == 1
    assert "not written" in err


def test_wrong_usage_exits_2(cli, config):
    assert cli("validate")[0] == 2
    assert cli("run", config, "--engine", "guess")[0] == 2
    assert cli("nonsense")[0] == 2
