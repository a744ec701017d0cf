"""`compare`, `layers` and `value` on the command line: contracts, folders, languages, and bad input."""

from __future__ import annotations

import json

import pytest

from funnelsim.report.contracts import CONTRACTS

BELIEVED = "beliefs={stages.报价.win_rate: {beta: {evidence: 30}}}"
# what each command is asked besides its config
ASKED = {
    "compare": (),
    "layers": ("--set", BELIEVED, "--set", "shock.rho=0.05"),
    "value": ("--set", BELIEVED, "--trials", "5000"),
}


@pytest.mark.parametrize("name", ASKED)
def test_json_keeps_the_contract_that_is_published(cli, config, name):
    code, out, err = cli(name, config, *ASKED[name], "--json")
    assert (code, err) == (0, "")
    told = CONTRACTS[name].model_validate(json.loads(out), strict=True)
    assert told.model_dump(by_alias=True)["schema"] == f"funnelsim.{name}/1"
    code, out, _ = cli("schema", name)
    assert json.loads(out)["properties"]["schema"]["const"] == f"funnelsim.{name}/1"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ASKED)
def test_a_folder_holds_picture_figures_and_manifest(cli, config, tmp_path, name, lang):
    out = tmp_path / "out"
    code, said, err = cli(name, config, *ASKED[name], "--out", out, "--lang", lang)
    assert (code, err) == (0, f"{out}: written\n")
    assert {p.name for p in out.iterdir()} == {"manifest.json", f"{name}.json", f"{name}.png", f"{name}.svg"}
    assert ("报价" in said) == (name != "layers")
    assert ("随机种子 7" in said) == (lang == "zh")


def test_a_config_and_its_scenario_are_compared_by_name(cli, config):
    code, out, _ = cli("compare", config)
    assert code == 0
    assert "'better' is better than 'as stated' for everybody who likes more" in out
    assert "conversion of 报价" in out
    code, out, _ = cli("compare", config, "--scenarios", "better", "--against", "better", "--no-waterfall")
    assert "'as stated' is worse than 'better'" in out
    assert "conversion of 报价" not in out


def test_configs_are_compared_by_file_name(cli, config):
    other = config.with_name("other.yaml")
    other.write_text(config.read_text("utf-8").replace("amount: 50", "amount: 60"), encoding="utf-8")
    _, out, _ = cli("compare", config, other, "--json")
    told = json.loads(out)
    assert [one["name"] for one in told["assumptions"]] == ["small", "other"]
    causes = [step["cause"] for step in told["against_first"][0]["waterfall"]["steps"]]
    assert causes == ["deal_amount:接洽", "deal_amount:报价"]


def test_configs_of_one_name_are_told_apart_and_all_their_problems_told(cli, config):
    folders = [config.parent / "a", config.parent / "b"]
    for folder in folders:
        folder.mkdir()
        (folder / config.name).write_bytes(config.read_bytes())
    paths = [folder / config.name for folder in folders]
    told = json.loads(cli("compare", *paths, "--trials", "100", "--json")[1])
    assert [one["name"] for one in told["assumptions"]] == ["a/small", "b/small"]
    for path, was, now in zip(paths, ("25%", "amount: 50"), ("125%", "amount: -50"), strict=True):
        path.write_text(path.read_text("utf-8").replace(was, now), encoding="utf-8")
    code, _, err = cli("compare", *paths)
    assert (code, str(paths[0]) in err, str(paths[1]) in err) == (2, True, True)
    others = [config.with_name(f"{day}.yaml") for day in (2, 3)]
    for day, other in enumerate(others, 2):
        other.write_text(config.read_text("utf-8").replace("2026-10-01", f"2026-10-0{day}"), encoding="utf-8")
    code, _, err = cli("compare", config, *others)
    assert (code, "2 problems" in err, "in '2'" in err, "in '3'" in err) == (2, True, True, True)


def test_what_cannot_be_compared_is_told(cli, config):
    twin = config.with_name("twin.yaml")
    twin.write_text(config.read_text("utf-8").replace("as_of: 2026-10-01", "as_of: 2026-10-02"), encoding="utf-8")
    code, _, err = cli("compare", config, twin)
    assert (code, "as_of is 2026-10-01" in err) == (2, True)
    code, _, err = cli("compare", config, twin, "--scenarios", "better")
    assert (code, "one config" in err) == (2, True)
    code, _, err = cli("compare", config, "--scenarios", "bettr")
    assert (code, "did you mean 'better'" in err) == (2, True)
    code, _, err = cli("compare", config, "--against", "nobody")
    assert (code, "'better'" in err) == (2, True)
    code, _, err = cli("compare", config, config)
    assert (code, "twice" in err) == (2, True)
    bare = config.with_name("bare.yaml")
    bare.write_text(config.read_text("utf-8").replace("scenarios:", "# scenarios:"), encoding="utf-8")
    code, _, err = cli("compare", bare)
    assert (code, "states no scenarios" in err) == (2, True)


def test_no_belief_no_value(cli, config):
    code, out, err = cli("value", config, "--trials", "5000")
    assert (code, out) == (2, "")
    assert "state beliefs" in err


def test_an_unknown_schema_is_told(cli):
    code, _, err = cli("schema", "compair")
    assert (code, "there are act, " in err) == (2, True)
