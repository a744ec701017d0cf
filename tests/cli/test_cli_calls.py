import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pyarrow import parquet

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))
from called_companies import COMPANY, called, hopeful, knowing

from funnelsim.analysis.rollups import sums_at
from funnelsim.history.canonical import tables_of, yaml_of
from funnelsim.history.record import date_of
from funnelsim.report.published_schemas import PUBLISHED

WINDOW = 14
SMALL = replace(COMPANY, deals_per_day=4.0, n_days=28 + 7 + WINDOW * 7)


def written(history, folder):
    folder.mkdir()
    for name, table in tables_of(history).items():
        parquet.write_table(table, folder / f"{name}.parquet")
    (folder / "history.yaml").write_text(yaml_of(history, "sellers"), encoding="utf-8")
    return folder / "history.yaml"


@pytest.fixture(scope="module")
def company():
    return called(1, knowing, SMALL, WINDOW)


@pytest.fixture(scope="module")
def history(company, tmp_path_factory):
    return written(company, tmp_path_factory.mktemp("called") / "history")


def test_calls_are_scored_on_the_terminal_in_both_languages(cli, history):
    code, out, err = cli("calls", history, "--horizon", f"{WINDOW}d", "--most", "2")
    assert (code, err) == (0, "")
    assert "calls on deals as of 2023-05-15, over 7 windows of 14 days" in out
    assert "rep has earned a weight of" in out
    assert "rep: commit" in out
    assert "more deals in --json" in out
    code, out, _ = cli("calls", history, "--horizon", f"{WINDOW}d", "--lang", "zh")
    assert code == 0
    assert "rep 在拟合之外赢得权重" in out


def test_calls_are_told_as_json_the_same_for_the_same_seed(cli, history):
    command = ("calls", history, "--horizon", f"{WINDOW}d", "--as-of", "2023-05-01", "--seed", "3", "--json")
    first, second = cli(*command)[1], cli(*command)[1]
    assert first == second
    told = json.loads(first)
    PUBLISHED["calls"].model_validate(told, strict=True)
    assert told["schema"] == "funnelsim.calls/1"
    assert (told["as_of"], told["horizon_days"]) == ("2023-05-01", WINDOW)
    (voice,) = told["voices"]
    assert voice["earned"] is True
    assert set(voice["scores"]) == {"called", "base", "fitted", "pooled"}
    assert {one["category"] for one in told["rollups"]} == {"commit", "pipeline"}


def test_a_backtest_prints_roll_ups_beside_the_model(cli, company, history):
    first = company.as_of - 2 * WINDOW
    origins = f"{date_of(first)}:{date_of(first + WINDOW)}:{WINDOW}d"
    command = ("backtest", history, "--origins", origins, "--horizon", f"{WINDOW}d", "--seed", "1")
    code, out, _ = cli(*command, "--json")
    assert code == 0
    told = json.loads(out)
    commit = told["rollups"][0]
    days = [first, first + WINDOW]
    said = [sums_at(company, day, WINDOW)["rep"]["commit"] for day in days]
    assert commit["said"] == pytest.approx(sum(said) / 2)
    came = [one["measures"]["open_bookings"] for one in told["origins"]]
    assert commit["actual"] == pytest.approx(sum(one["actual"] for one in came) / 2)
    assert commit["fitted_bias"] == pytest.approx(sum(o["mean"] for o in came) / sum(o["actual"] for o in came) - 1)
    code, out, _ = cli(*command)
    assert "Forecasts by category against what open deals brought" in out
    assert "rep: commit" in out


def test_a_fit_leaves_calls_out_and_says_so(cli, history, tmp_path):
    code, out, _ = cli("fit", history, "--horizon", "2 weeks", "--seed", "1", "--out", tmp_path / "fit")
    assert code == 0
    assert "the case leaves them out" in out
    told = json.loads((tmp_path / "fit" / "fit.json").read_text())
    PUBLISHED["fit"].model_validate(told, strict=True)
    assert told["calls_left_out"] == told["open_deals"] > 0


def test_a_score_tells_the_calls_that_stood_beside_a_forecast(cli, history, company, tmp_path):
    day = date_of(company.as_of - 4 * WINDOW + 1)
    case = tmp_path / "case.yaml"
    case.write_text(
        f"""case: published
currency: {company.money.currency}
unit: {company.money.unit}
as_of: {day}
timezone: UTC
horizon: {{periods: 3, of: week}}
stages: [{{name: first, win_rate: 30%, stay: {{median: 8 d, p90: 20 d}}}}]
pipeline: [{{stage: first, amount: 50, age: 3 d}}]
trials: 200
""",
        encoding="utf-8",
    )
    code, _, err = cli("run", case, "--seed", "1", "--out", tmp_path / "run")
    assert code == 0, err
    log = ("--log", tmp_path / "log.jsonl")
    code, out, _ = cli("score", tmp_path / "run", history, *log, "--json")
    assert code == 0
    told = json.loads(out)
    whole = next(v for v in told["verdicts"] if (v["measure"], v["label"]) == ("open_bookings", "total"))
    n_days = (date.fromisoformat(whole["to"]) - day).days + 1
    said = sums_at(company, company.as_of - 4 * WINDOW + 1, n_days)["rep"]
    assert {one["category"]: one["said"] for one in told["calls"]} == pytest.approx(said)
    for one in told["calls"]:
        assert (one["mean"], one["actual"]) == (whole["mean"], whole["actual"])
    code, out, _ = cli("score", tmp_path / "run", history, *log)
    assert "Calls on the day of each forecast" in out


def test_what_cannot_be_scored_is_said(cli, tmp_path):
    silent = written(replace(called(2, hopeful, SMALL, WINDOW), calls=None), tmp_path / "silent")
    code, out, err = cli("calls", silent)
    assert (code, out) == (2, "")
    assert "name columns for category or probability, or a table of opinions" in err
    code, _, err = cli("calls", silent, "--horizon", "soon")
    assert code == 2
    assert "horizon" in err


def test_a_window_longer_than_the_records_is_refused(cli, history):
    code, _, err = cli("calls", history, "--horizon", "9999d")
    assert (code, "9,999 days, where the records hold" in err) == (2, True)
