import json
import sys
from pathlib import Path

import pytest

from funnelsim.report.decision_contracts import DECISION_CONTRACTS


@pytest.fixture
def history(tmp_path):
    sys.path.append(str(Path(__file__).parents[1] / "backtest"))
    from backtest_cases import company, write_history

    return write_history(company(), tmp_path / "past")


def test_deals_are_printed_in_either_language(cli, config):
    code, out, err = cli("deals", config, "--swing", "5%", "--most", 3)
    assert (code, err) == (0, "")
    for part in ("deals one by one", "9 more deals", "Make or break: Bookings 150", "chance if won", "0 of 12 deals"):
        assert part in out
    out = cli("deals", config, "--lang", "zh", "--swing", "90%", "--set", "pipeline.0.age=70 d")[1]
    for part in ("逐单检视", "没有任何一单能使", "停滞"):
        assert part in out


def test_deals_as_json_names_its_schema_and_every_part(cli, config):
    code, out, _ = cli("deals", config, "--json", "--engine", "simulate", "--trials", 300, "--seed", 0,
                       "--scenario", "better", "--stalled", "5%")  # fmt: skip
    told = json.loads(out)
    DECISION_CONTRACTS["deals"].model_validate(told, strict=True)
    assert (code, told["schema"], told["trials"], told["seed"]) == (0, "funnelsim.deals/1", 300, 0)
    deal = told["deals"][0]
    assert deal["swing"] == deal["target_if_won"] - deal["target_if_not"]
    assert (told["stalled"]["below"], told["reliability"]) == (0.05, None)


def test_a_history_adds_past_chances_and_their_diagram(cli, config, history, tmp_path):
    out = tmp_path / "out"
    code, said, err = cli("deals", config, "--history", history, "--window", "21d", "--out", out, "--allow-unmapped",
                          "--set", "as_of=2026-10-01")  # fmt: skip
    assert (code, err) == (0, f"{out}: written\n")
    assert "Past chances against what came true" in said
    whole = json.loads((out / "deals.json").read_text("utf-8"))
    DECISION_CONTRACTS["deals"].model_validate(whole, strict=True)
    told = whole["reliability"]
    assert told["horizon_days"] == 21
    assert sum(one["deals"] for one in told["bins"]) == told["deals"]
    assert (out / "reliability.png").read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in out.iterdir()} == {
        "deals.json", "manifest.json", "reliability.png", "reliability.svg"}  # fmt: skip


def test_options_that_contradict_each_other_are_refused(cli, config, history):
    for options, told in (
        (("--window", "21d"), "give --history too"),
        (("--engine", "exact", "--trials", 5), "runs no trials"),
        (("--history", history, "--set", "horizon=unlimited"), "say how long past windows are"),
    ):
        code, out, err = cli("deals", config, *options)
        assert (code, out) == (2, "")
        assert told in err
