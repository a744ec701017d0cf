import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "backtest"))
from backtest_cases import company, write_history

from funnelsim.report.published_schemas import PUBLISHED

ASKED = ("--origins", "2023-06-05:2023-06-12:7d", "--horizon", "21d")


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    return write_history(company(), tmp_path_factory.mktemp("records") / "records")


def test_a_backtest_tells_its_record_its_errors_and_its_skill(cli, history):
    code, out, err = cli("backtest", history, *ASKED)
    assert (code, err) == (0, "")
    for part in (
        "history.yaml: backtest of 21 days, 2 origins from 2023-06-05 to 2023-06-12",
        "calibration cannot be verified",
        "All bookings",
        "exponential smoothing",
        "seed 0",
    ):
        assert part in out
    code, out, _ = cli("backtest", history, *ASKED, "--lang", "zh", "--seed", "5")
    assert code == 0
    for part in ("21 天窗口回测", "无法验证校准程度", "指数平滑", "随机种子 5"):
        assert part in out


def test_json_is_the_contract_and_nothing_else_and_a_folder_holds_the_same(cli, history, tmp_path):
    code, out, err = cli("backtest", history, *ASKED, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    PUBLISHED["backtest"].model_validate(told, strict=True)
    assert told["schema"] == "funnelsim.backtest/1"
    assert [origin["as_of"] for origin in told["origins"]] == ["2023-06-05", "2023-06-12"]
    assert told["provenance"]["history"] == "history.yaml"
    code, again, err = cli("backtest", history, *ASKED, "--json", "--out", tmp_path / "out", "--threads", "3")
    assert (code, again) == (0, out)
    assert (tmp_path / "out/backtest.json").read_text("utf-8") == out
    code, _, err = cli("backtest", history, *ASKED, "--out", tmp_path / "out")
    assert "2 of 2 origins were there already" in err
    code, _, err = cli("backtest", history, *ASKED, "--out", tmp_path / "out", "--seed", "1")
    assert "begun anew" in err


@pytest.mark.parametrize(
    ("origins", "horizon", "said"),
    [
        ("2023-06-05:2023-06-12", "21d", "write FROM:TO:STEP"),
        ("2023-06-05:2023-02-30:7d", "21d", "not in the calendar"),
        ("2023-06-05:2023-06-12:1 month", "21d", "no fixed length"),
        ("2023-06-05:2023-06-12:0d", "21d", "no number of whole days"),
        ("2023-06-05:2023-06-12:7d", "36 h", "horizon: '36 h' is no number of whole days"),
        ("2023-06-12:2023-06-05:7d", "21d", "is before"),
        ("2023-06-05:2024-06-12:7d", "21d", "the last possible origin is 2023-10-08"),
        ("2020-06-05:2020-06-12:7d", "21d", "nothing is recorded before"),
    ],
)
def test_what_cannot_be_asked_is_told_in_words(cli, history, origins, horizon, said):
    code, out, err = cli("backtest", history, "--origins", origins, "--horizon", horizon)
    assert (code, out) == (2, "")
    assert said in err


def test_a_step_in_weeks_or_in_days_alone_is_the_same(cli, history):
    said = {
        cli("backtest", history, "--origins", f"2023-06-05:2023-06-12:{step}", "--horizon", horizon, "--json")[1]
        for step, horizon in (("7d", "21d"), ("1w", "3 weeks"), ("7", "21"), ("7 天", "3 周"))
    }
    assert len(said) == 1


def test_a_folder_that_is_not_ours_is_told_before_anything_is_computed(cli, history, tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    code, out, err = cli("backtest", history, *ASKED, "--out", tmp_path)
    assert (code, out) == (1, "")
    assert "holds no backtest" in err


def test_a_missing_history_is_told(cli, tmp_path):
    code, _, err = cli("backtest", tmp_path / "none.yaml", *ASKED)
    assert code == 2
    assert "none.yaml" in err
