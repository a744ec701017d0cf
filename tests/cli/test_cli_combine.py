import json

import pytest

from funnelsim.report.published_schemas import PUBLISHED


@pytest.fixture
def runs(cli, config, tmp_path):
    """Two runs of one seed: the book of the north, and that of the south."""
    text = config.read_text("utf-8").replace("pipeline:\n", "shock: {rho: 0.2}\npipeline:\n")
    config.write_text(text, encoding="utf-8")
    for name, n_deals in (("north", 20), ("south", 9)):
        words = ("--trials", 400, "--seed", 7, "--set", f"pipeline.0.deals={n_deals}")
        assert cli("run", config, *words, "--out", tmp_path / "out" / name)[0] == 0
    return tmp_path / "out" / "north", tmp_path / "out" / "south"


def test_runs_are_added_and_told(cli, runs, tmp_path):
    code, out, _ = cli("combine", *runs, "--target", 500, "--out", tmp_path / "sum.json")
    assert code == 0
    assert out.startswith("2 runs added trial by trial (")
    assert "400 trials of seed 7." in " ".join(out.split())
    assert "Chance of 500 万元 CNY together" in out
    told = json.loads((tmp_path / "sum.json").read_text("utf-8"))
    PUBLISHED["combine"].model_validate(told, strict=True)
    assert told["schema"] == "funnelsim.combination/1"
    totals = [json.loads((run / "forecast.json").read_text("utf-8"))["measures"]["bookings"]["total"] for run in runs]
    together = next(one for one in told["sums"] if (one["measure"], one["label"]) == ("bookings", "total"))["together"]
    assert together["mean"] == pytest.approx(sum(total["mean"] for total in totals), rel=1e-12)
    assert told["correlation"][0][1] > 0.2


def test_chinese_is_spoken(cli, runs):
    assert "按试次逐一相加" in cli("combine", *runs, "--lang", "zh")[1]


def test_runs_without_trials_or_of_another_seed_are_told(cli, config, runs, tmp_path):
    assert cli("run", config, "--engine", "exact", "--out", tmp_path / "exact")[0] == 0
    code, _, err = cli("combine", runs[0], tmp_path / "exact", tmp_path)
    assert code == 2
    assert "keeps no trials" in err
    assert "holds no forecast.json" in err
