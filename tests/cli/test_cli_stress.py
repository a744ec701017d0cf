import json


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
    assert (code, told["schema"], told["trials"], told["seed"]) == (0, "funnelsim.stress/1", 500, 0)
    assert [one["stress"] for one in told["stresses"]] == ["cycles_double"]
    assert told["reverse"] is None
    assert told["base"]["targets"][0]["amount"] == 100
    untimed = ("--set", "horizon=unlimited", "--stress", "top_deal_lost")
    found = json.loads(cli("stress", config, "--json", "--engine", "exact", *untimed)[1])["reverse"]
    assert sum(one["units"] ** 2 for one in found["turned"]) ** 0.5 == found["distance"]


def test_what_is_asked_wrongly_is_refused(cli, config):
    code, out, err = cli("stress", config, "--stress", "flood")
    assert (code, out) == (2, "")
    assert "'flood' is no stress; take one of win_rates_fall" in err
    code, _, err = cli("stress", config, "--engine", "exact", "--trials", 5)
    assert code == 2
    assert "runs no trials" in err
