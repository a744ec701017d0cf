import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "backtest"))
from backtest_cases import company, write_history

from funnelsim.history.record import date_of
from funnelsim.report.published_schemas import PUBLISHED

DAY = company().observed_from + 200


def config(pipeline: str, currency: str = "") -> str:
    return f"""\
case: published
currency: {currency or company().money.currency}
unit: {company().money.unit}
as_of: {date_of(DAY)}
timezone: UTC
horizon: {{periods: 3, of: month}}
stages:
  - {{name: first, win_rate: 30%, stay: {{median: 8 d, p90: 20 d}}}}
  - {{name: second, win_rate: 50%, stay: {{median: 12 d, p90: 30 d}}}}
pipeline:
{pipeline}
trials: 1000
seed: 7
"""


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    return write_history(company(), tmp_path_factory.mktemp("records") / "records")


@pytest.fixture
def run(cli, tmp_path):
    """Publish a forecast of the deals that the company had open, and return its folder."""
    book = company().known_at(DAY).book()
    amounts = company().deals.amount[book.deal]
    rows = "\n".join(
        f"  - {{stage: {('first', 'second')[stage]}, amount: {amount:.2f}, age: {age} d}}"
        for stage, age, amount in zip(book.stage, book.age, amounts, strict=True)
    )

    def run(name="june", engine="simulate", **more):
        place = tmp_path / f"{name}.yaml"
        place.write_text(config(rows, **more), encoding="utf-8")
        code, _, err = cli("run", place, "--engine", engine, "--out", tmp_path / name)
        assert code == 0, err
        return tmp_path / name

    return run


def test_a_published_forecast_is_scored_and_logged(cli, history, run, tmp_path):
    log = tmp_path / "log.jsonl"
    code, out, err = cli("score", run(), history, "--log", log)
    assert code == 0
    assert "lines added" in err
    for part in ("june", "Wins of open deals, total", "2023-07-21 to 2023-07-31", "All forecasts in the log"):
        assert part in out
    assert "counted" not in out  # as many open deals in the forecast as in the records
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    whole = next(one for one in lines if (one["measure"], one["label"]) == ("open_wins", "total"))
    deals = company().deals
    end = DAY + 72
    won = (deals.outcome == -1) & (deals.closed >= DAY) & (deals.closed < end) & (deals.created < DAY)
    assert (whole["from"], whole["to"]) == ("2023-07-21", "2023-09-30")
    assert whole["actual"] == won.sum()
    assert whole["crps"] > 0
    code, out, err = cli("score", run(), history, "--log", log, "--lang", "zh")
    assert "新增 0 行" in err
    for part in ("在手商机赢单数", "独立窗口不足 8 个"):
        assert part in out


def test_json_tells_verdicts_and_track_of_all_runs(cli, history, run):
    folders = run("one"), run("two", engine="exact")
    code, out, err = cli("score", *folders, history, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    PUBLISHED["score"].model_validate(told, strict=True)
    assert told["schema"] == "funnelsim.score/1"
    assert {one["run"] for one in told["verdicts"]} == {"one", "two"}
    assert {one["crps"] is None for one in told["verdicts"] if one["run"] == "two"} == {True}
    assert [one["windows"] for one in told["track"]] == [2, 2]
    assert [one["independent_windows"] for one in told["track"]] == [1, 1]
    assert (history.parent / "scores.jsonl").is_file()


def test_a_folder_that_was_changed_or_is_none_is_refused(cli, history, run, tmp_path):
    folder = run()
    log = tmp_path / "log.jsonl"
    told = json.loads((folder / "forecast.json").read_text("utf-8"))
    told["measures"]["wins"]["total"]["quantiles"]["p90"] = 10_000
    (folder / "forecast.json").write_text(json.dumps(told), encoding="utf-8")
    code, _, err = cli("score", folder, history, "--log", log)
    assert code == 2
    assert "it was changed" in err
    code, _, err = cli("score", tmp_path, history, "--log", log)
    assert code == 2
    assert "holds no forecast.json" in err
    assert not log.exists()


def test_another_currency_is_refused_before_anything_is_logged(cli, history, run, tmp_path):
    code, _, err = cli("score", run(currency="USD"), history, "--log", tmp_path / "log.jsonl")
    assert code == 2
    assert "USD, and the history in" in err
    assert not (tmp_path / "log.jsonl").exists()
