import json

from funnelsim.report.decision_contracts import DECISION_CONTRACTS


def test_what_to_do_is_printed_in_either_language(cli, config):
    code, out, err = cli("act", config, "--budget", 40, "--cost", "stage:接洽=3", "--cost", "stage:报价=2")
    assert (code, err) == (0, "")
    for part in ("small: what to do", "A point buys most in", "The best split of 40 万元 CNY for target 150", "points"):
        assert part in out
    out = cli("act", config, "--lang", "zh", "--budget", 40, "--cost", "stage:报价=2")[1]
    for part in ("行动建议", "的最佳分配", "报价的推进率"):
        assert part in out


def test_what_to_do_as_json_names_its_schema(cli, config):
    code, out, _ = cli(
        "act", config, "--json", "--engine", "simulate", "--trials", 300, "--seed", 0, "--scenario", "better"
    )
    told = json.loads(out)
    DECISION_CONTRACTS["act"].model_validate(told, strict=True)
    assert (code, told["schema"], told["trials"], told["split"]) == (0, "funnelsim.act/1", 300, None)
    told = json.loads(cli("act", config, "--json", "--budget", 10, "--set", "stages.报价.cost_per_point=4")[1])
    DECISION_CONTRACTS["act"].model_validate(told, strict=True)
    (spend,) = told["split"]["spend"]
    assert (spend["name"], spend["money"], spend["buys"]) == ("报价", 10.0, 2.5)


def test_options_that_contradict_each_other_are_refused(cli, config):
    for options, told in (
        (("--cost", "stage:报价=2"), "give --budget too"),
        (("--budget", 5, "--cost", "stage:报价"), "write INPUT=COST"),
        (("--budget", 5, "--cost", "stage:报价=inf"), "write INPUT=COST"),
        (("--budget", 5, "--cost", "stage:报价=2", "--cost", "stage:报价=3"), "names 'stage:报价' twice"),
        (("--engine", "exact", "--seed", 3), "runs no trials"),
        (("--budget", 5, "--cost", "stage:x=2"), "nothing that money moves"),
    ):
        code, out, err = cli("act", config, *options)
        assert (code, out) == (2, "")
        assert told in err
