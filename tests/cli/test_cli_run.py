import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.cells import cell_len


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def start(*arguments, **options):
    command = [sys.executable, "-m", "funnelsim", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def test_json_prints_the_contract_and_nothing_else(cli, config):
    code, out, err = cli("run", config, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert out == json.dumps(told, ensure_ascii=False) + "\n"
    assert told["schema"] == "funnelsim.forecast/1"
    assert (told["case"], told["seed"], told["trials"], told["engine"]) == ("small", 7, 2000, "simulate")
    assert set(told["measures"]) == {"bookings", "wins"}
    assert list(told["measures"]["bookings"]["total"]["quantiles"]) == [
        "p5",
        "p10",
        "p25",
        "p50",
        "p75",
        "p90",
        "p95",
    ]
    assert told["targets"][0]["amount"] == 150


def test_the_table_says_chances_in_words(cli, config):
    code, out, err = cli("run", config)
    assert (code, err) == (0, "")
    for part in (
        "9 chances in 10 of at least",
        "2026Q4",
        "total",
        "Targets",
        "seed 7",
        "万元 CNY",
        "standard error",
    ):
        assert part in out
    assert "\x1b" not in out
    assert max(map(cell_len, out.splitlines())) <= 120


def test_the_table_speaks_chinese(cli, config):
    _, out, _ = cli("run", config, "--lang", "zh")
    for part in ("九成把握不低于", "承诺值", "达成概率", "合计"):
        assert part in out


def test_options_reach_the_forecast(cli, config):
    def told(*options):
        code, out, err = cli("run", config, "--json", *options)
        assert code == 0, err
        return json.loads(out)

    base = told()
    assert told("--seed", "0")["seed"] == 0
    assert told("--trials", "500")["trials"] == 500
    assert told("--threads", "1") == base
    mean = base["measures"]["bookings"]["total"]["mean"]
    assert told("--scenario", "better")["measures"]["bookings"]["total"]["mean"] > mean
    assert told("--set", "targets=[100]")["targets"][0]["amount"] == 100
    assert set(told("--measures", "all")["measures"]) == {"bookings", "wins", "losses", "open_value"}
    assert len(told("--deals")["deals"]) == 12


def test_the_exact_engine_has_no_trials_and_agrees(cli, config):
    exact = json.loads(cli("run", config, "--engine", "exact", "--json")[1])
    drawn = json.loads(cli("run", config, "--json")[1])
    assert exact["trials"] is None
    one, other = (told["measures"]["bookings"]["total"] for told in (exact, drawn))
    assert one["mean_se"] == 0
    assert abs(one["mean"] - other["mean"]) < 5 * other["mean_se"]


def test_precision_is_reached(cli, config):
    told = json.loads(cli("run", config, "--precision", "3%", "--json")[1])
    total = told["measures"]["bookings"]["total"]
    assert max(total["quantiles_se"][name] for name in ("p10", "p50", "p90")) < 0.03 * total["mean"]


@pytest.mark.parametrize(
    "options",
    [
        ["--trials", "10", "--precision", "1%"],
        ["--trials", "10", "--engine", "exact"],
        ["--precision", "1%", "--engine", "exact"],
        ["--precision", "0.5"],
        ["--precision", "0%"],
        ["--precision", "nan%"],
        ["--trials", "0"],
        ["--seed", "-1"],
    ],
    ids=" ".join,
)
def test_options_that_make_no_sense_are_refused(cli, config, options):
    code, out, err = cli("run", config, *options)
    assert (code, out) == (2, "")
    assert "Error" in err


def test_a_run_folder_is_the_same_for_the_same_case_and_seed(config, tmp_path):
    for name, threads in (("one", "1"), ("two", "2")):
        process = start("run", config, "--out", tmp_path / name, "--threads", threads, "--deals")
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    files = {
        "forecast.json",
        "case.zip",
        "summary.csv",
        "trials.parquet",
        "chart.svg",
        "chart.png",
        "report.html",
        "manifest.json",
    }
    assert set(one) == files
    assert {name for name in files if one[name] != two[name]} == {"manifest.json"}


def test_trials_parquet_has_a_row_per_trial(cli, config, tmp_path):
    from pyarrow import parquet

    assert cli("run", config, "--out", tmp_path / "run")[0] == 0
    assert parquet.read_table(tmp_path / "run" / "trials.parquet").num_rows == 2000


def test_a_foreign_folder_is_refused_before_anything_is_computed(cli, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    code, out, err = cli("run", tmp_path / "no such config.yaml", "--out", tmp_path / "mine")
    assert (code, out) == (1, "")
    assert "holds no run" in err
    assert tree(tmp_path / "mine") == {"notes.txt": b"keep"}


def test_no_permission_to_write_is_told_without_a_traceback(cli, config):
    code, _, err = cli("run", config, "--out", "/proc/none/run")
    assert code == 1
    assert "not written" in err
    assert "Traceback" not in err


def heed_ctrl_c():
    """Undo what a background job inherits: an ignored SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_half_way_leaves_everything_as_it_was(cli, config, tmp_path):
    room = tmp_path / "room"
    assert cli("run", config, "--out", room / "run")[0] == 0
    before = tree(room)
    hours = ("--trials", "1000000", "--set", "pipeline=[{stage: 接洽, deals: 100000, amount: 50, age: 3 d}]")
    process = start("run", config, "--out", room / "run", *hours, preexec_fn=heed_ctrl_c)
    time.sleep(5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out) == (130, b"")
    assert err.decode() == "interrupted; nothing was written\n"
    assert tree(room) == before
    assert [path.name for path in room.iterdir()] == ["run"]


def test_a_reader_that_goes_away_is_no_error_message(config):
    process = start("run", config, "--json", "--deals")
    process.stdout.close()
    err = process.stderr.read()
    process.wait(timeout=300)
    process.stderr.close()
    assert err == b""
    assert process.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_progress_goes_to_a_terminal_on_stderr_only(config):
    import pty

    master, slave = pty.openpty()
    environment = {**os.environ, "NO_COLOR": "1", "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "funnelsim", "run", str(config), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave, env=environment)
    out, _ = process.communicate(timeout=300)
    os.close(slave)
    shown = os.read(master, 65536).decode()
    os.close(master)
    assert json.loads(out)["case"] == "small"
    assert "computing" in shown
    assert "\x1b[3" not in shown  # no colour


def test_a_full_standard_output_is_one_line_and_no_traceback():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "funnelsim", "validate", "configs/weighted_pipeline_2685.yaml"],
            stdout=full, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("cannot write the output: No space left on device")
    assert "Traceback" not in done.stderr
