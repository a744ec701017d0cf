import json

from funnelsim.report.decision_contracts import DECISION_CONTRACTS


def test_stress_prints_both_tables_in_either_language(cli, config):
    code, out, err = cli("stress", config, "--engine", "exact")
    assert (code, err) == (0, "")
    for part in (
        "small: under stress",
        "win rates fall by a fifth",
        "Left out, the top rep leaves",
        "The mildest joint change that brings the chance of target 150 to 50%",
        "conversion of 报价",
    ):
        assert part in out
    out = cli("stress", config, "--engine", "exact", "--lang", "zh", "--set", "targets=[300]")[1]
    for part in ("压力测试", "赢率下降两成", "无需压力已低于 50%"):
        assert part in out


def test_stress_as_json_names_its_schema_and_every_stress(cli, config):
    drawn = ("--engine", "simulate", "--trials", 500, "--seed", 0, "--scenario", "better", "--set", "targets=[100]")
    code, out, _ = cli("stress", config, "--json", "--no-reverse", "--stress", "cycles_double", *drawn)
    told = json.loads(out)
    DECISION_CONTRACTS["stress"].model_validate(told, strict=True)
    assert (code, told["schema"], told["trials"], told["seed"]) == (0, "funnelsim.stress/1", 500, 0)
    assert [one["stress"] for one in told["stresses"]] == ["cycles_double"]
    assert told["reverse"] is None
    assert told["base"]["targets"][0]["amount"] == 100
    untimed = ("--set", "horizon=unlimited", "--stress", "top_deal_lost")
    told = json.loads(cli("stress", config, "--json", "--engine", "exact", *untimed)[1])
    DECISION_CONTRACTS["stress"].model_validate(told, strict=True)
    found = told["reverse"]
    whole = json.loads(cli("schema", "stress")[1])
    assert set(found) == set(whole["$defs"]["ReverseStress"]["required"])
    assert sum(one["units"] ** 2 for one in found["turned"]) ** 0.5 == found["distance"]


def test_a_contract_is_published_by_the_name_of_its_command(cli):
    for name in DECISION_CONTRACTS:
        told = json.loads(cli("schema", name)[1])
        assert told["properties"]["schema"]["const"] == f"funnelsim.{name}/1"
    code, _, err = cli("schema", "weather")
    assert code == 2
    assert "no schema 'weather'; there are act, backtest, calls" in err


def test_what_is_asked_wrongly_is_refused(cli, config):
    code, out, err = cli("stress", config, "--stress", "flood")
    assert (code, out) == (2, "")
    assert "'flood' is no stress; take one of win_rates_fall" in err
    code, _, err = cli("stress", config, "--engine", "exact", "--trials", 5)
    assert code == 2
    assert "runs no trials" in err
