import json
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

CONFIGS = Path(__file__).parents[2] / "configs"
SALES, PEOPLE = CONFIGS / "consultative_sales.yaml", CONFIGS / "people_not_things.yaml"
RECORD = ("--scenario", "by their record")


def test_opinions_print_their_contract_and_nothing_else(cli):
    code, out, err = cli("opinions", SALES, *RECORD, "--engine", "exact", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert out == json.dumps(told, ensure_ascii=False) + "\n"
    assert (told["schema"], told["weights"]) == ("funnelsim.opinions/1", "earned")
    assert [source["name"] for source in told["sources"]] == ["rep", "boss"]
    assert sum(source["share"] for source in told["sources"]) == pytest.approx(1)
    assert told["sources"][0]["record"]["n_calls"] == 400
    heard = [(f["heard"], f["source"]) for f in told["forecasts"]]
    assert heard == [
        ("pool", ""),
        *((how, name) for name in ("rep", "boss") for how in ("said", "recalibrated")),
        ("stages", ""),
    ]
    assert told["deals"][0]["said"] == {"rep": 0.8, "boss": 0.2}


def test_roles_print_their_contract_and_nothing_else(cli):
    code, out, err = cli("roles", PEOPLE, "--engine", "exact", "--json", "--most", "3")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["schema"] == "funnelsim.roles/1"
    assert (len(told["turns"]), told["turns_left_out"]) == (3, 5)
    assert told["deals"][0]["chance_with"] > told["deals"][0]["chance_without"]


@pytest.mark.parametrize(
    ("command", "config", "parts"),
    [
        ("opinions", SALES, ["Sources of opinion", "the pool", "rep, as said", "the stages", "80%", "seed 7"]),
        ("roles", PEOPLE, ["采购总监", "no interest", "If one role turns", "Strengths in log odds", "seed 7"]),
    ],
)
def test_tables_say_whose_opinion_and_fit_the_terminal(cli, command, config, parts):
    code, out, err = cli(command, config, "--trials", "2000")
    assert (code, err) == (0, "")
    assert [part for part in parts if part not in out] == []
    assert max(map(cell_len, out.splitlines())) <= 120
    assert "\x1b" not in out


def test_tables_speak_chinese(cli):
    _, out, _ = cli("opinions", SALES, *RECORD, "--lang", "zh", "--trials", "1000")
    for part in ("意见来源", "合并意见", "仅看阶段", "按对数几率合并", "次过往判断校准"):
        assert part in out
    _, out, _ = cli("roles", PEOPLE, "--lang", "zh", "--trials", "1000")
    for part in ("采购角色", "无兴趣", "支持", "转变后概率"):
        assert part in out


def test_simulated_rows_share_the_seed_and_agree_with_the_exact_engine(cli):
    drawn = json.loads(cli("opinions", SALES, "--trials", "8000", "--seed", "3", "--json")[1])
    again = json.loads(cli("opinions", SALES, "--trials", "8000", "--seed", "3", "--json")[1])
    exact = json.loads(cli("opinions", SALES, "--engine", "exact", "--json")[1])
    assert drawn == again
    assert (drawn["seed"], drawn["trials"], exact["trials"]) == (3, 8000, None)
    for one, other in zip(drawn["forecasts"], exact["forecasts"], strict=True):
        # z = 4.3: four rows, 1 seed in 1,000 may err
        assert abs(one["mean"] - other["mean"]) < 4.3 * one["mean_se"]


def test_a_run_says_how_opinions_were_pooled(cli):
    code, out, _ = cli("run", SALES, *RECORD, "--trials", "500")
    assert code == 0
    text = " ".join(out.split())
    assert re.search(r"opinions on 5 deals are pooled in log odds; weights earned by score: rep [\d.]+%, boss", text)
    assert "calls of boss are recalibrated by 400 past calls" in text


@pytest.mark.parametrize("command", ["opinions", "roles"])
def test_a_case_without_people_exits_2_with_the_remedy(cli, command, config):
    code, out, err = cli(command, config)
    assert (code, out) == (2, "")
    assert f"write {command}" in err
    assert "Traceback" not in err


def test_trials_of_the_exact_engine_are_refused(cli):
    code, _, err = cli("roles", PEOPLE, "--engine", "exact", "--trials", "5")
    assert code == 2
    assert "runs no trials" in err
