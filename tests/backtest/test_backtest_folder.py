"""A backtest's folder keeps what is finished, goes on after a kill, and begins anew when the question changes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from backtest_cases import company, plan, write_history

from funnelsim.analysis.backtest import Backtest, backtest, provenance_of
from funnelsim.errors import InputError, OutputError
from funnelsim.report.backtest_folder import open_folder, read_backtest
from funnelsim.report.words import Words

ORIGINS = "2023-06-05:2023-08-28:7d"
MANY_ORIGINS = "2023-06-05:2023-08-28:1d"  # a run of these is found at work


def made(folder: Path, n: int = 3, known: bool = True, lang: str = "en", **more: int) -> Backtest:
    history = company()
    asked = plan(history, n=n, **more)
    about = provenance_of(history, asked, history="history.yaml")
    kept = open_folder(folder, about, asked.n_days)
    told = backtest(history, asked, known=kept.known if known else None, on_origin=kept.keep, provenance=about)
    kept.finish(told, Words(lang))
    return told


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file but the manifest, which holds clock times."""
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    found.pop("manifest.json")
    return found


def test_a_folder_holds_the_backtest_its_origins_pictures_and_sums(tmp_path: Path) -> None:
    told = made(tmp_path / "out")
    found = files_of(tmp_path / "out")
    assert json.loads(found["backtest.json"]) == json.loads(json.dumps(told.as_json()))
    assert {"calibration.png", "calibration.svg", "fan.png", "fan.svg", "plan.json"} <= set(found)
    assert sum(name.startswith("origins/") for name in found) == 3
    manifest = json.loads((tmp_path / "out/manifest.json").read_text("utf-8"))
    assert manifest["seed"] == 7
    assert manifest["files"]["backtest.json"]["bytes"] == len(found["backtest.json"])
    assert (tmp_path / "out/backtest.json").stat().st_mode & 0o444
    again = read_backtest(tmp_path / "out")
    assert again.as_json() == json.loads(json.dumps(told.as_json()))
    assert again.plan == told.plan
    assert [origin.as_stored() for origin in again.origins] == [origin.as_stored() for origin in told.origins]
    next((tmp_path / "out/origins").iterdir()).unlink()
    with pytest.raises(InputError, match=r"out: holds no finished backtest"):
        read_backtest(tmp_path / "out")


def test_a_folder_written_in_pieces_has_the_same_bytes(tmp_path: Path) -> None:
    made(tmp_path / "whole")
    made(tmp_path / "pieces", n=1)
    (tmp_path / "pieces/origins/.left-behind.part").write_text("{", encoding="utf-8")
    made(tmp_path / "pieces")
    assert files_of(tmp_path / "pieces") == files_of(tmp_path / "whole")


def test_an_origin_that_cannot_be_read_is_worked_out_again(tmp_path: Path) -> None:
    made(tmp_path / "out")
    whole = files_of(tmp_path / "out")
    for n, path in enumerate(sorted((tmp_path / "out/origins").iterdir())):
        path.write_text(['{"day": 1', '{"day": 1, "measures": {}}', "[]"][n], encoding="utf-8")
    made(tmp_path / "out")
    assert files_of(tmp_path / "out") == whole


@pytest.mark.parametrize("change", [{"seed": 8}, {"n_days": 14}, {"n_samples": 200}])
def test_another_question_begins_anew(tmp_path: Path, change: dict[str, int]) -> None:
    made(tmp_path / "out")
    history, asked = company(), plan(company(), **change)
    kept = open_folder(tmp_path / "out", provenance_of(history, asked), asked.n_days)
    assert kept.is_anew
    assert kept.known == {}
    assert not (tmp_path / "out/backtest.json").exists()
    again = open_folder(tmp_path / "out", provenance_of(history, asked), asked.n_days)
    assert not again.is_anew


def test_other_records_begin_anew_and_other_origins_do_not(tmp_path: Path) -> None:
    made(tmp_path / "out")
    other = company(seed=6)
    assert open_folder(tmp_path / "out", provenance_of(other, plan(other)), 21).is_anew
    made(tmp_path / "more")
    history = company()
    kept = open_folder(tmp_path / "more", provenance_of(history, plan(history, n=9)), 21)
    assert not kept.is_anew
    assert len(kept.known) == 3


def test_a_folder_of_something_else_is_let_be(tmp_path: Path) -> None:
    about = provenance_of(company(), plan(company()))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for name, said in (("mine", "holds no backtest"), ("file", "is no folder")):
        with pytest.raises(OutputError, match=said):
            open_folder(tmp_path / name, about, 21)
    assert (tmp_path / "mine/notes.txt").read_text("utf-8") == "mine"
    made(tmp_path / "out")
    (tmp_path / "out/notes.txt").write_text("mine", encoding="utf-8")
    made(tmp_path / "out", seed=9)
    assert (tmp_path / "out/notes.txt").read_text("utf-8") == "mine"  # begun anew, and what is not ours stays


def test_a_disk_that_fails_is_told_and_what_was_finished_stays(tmp_path: Path) -> None:
    made(tmp_path / "out", n=1)
    history, asked = company(), plan(company(), n=3)
    kept = open_folder(tmp_path / "out", provenance_of(history, asked), 21)
    target = tmp_path / "out/origins"  # gone, as a disk that is unplugged
    target.rename(tmp_path / "gone")
    with pytest.raises(OutputError, match="what was finished before is kept"):
        backtest(history, asked, known=kept.known, on_origin=kept.keep)
    (tmp_path / "gone").rename(target)
    assert len(open_folder(tmp_path / "out", provenance_of(history, asked), 21).known) == 1


def command(history: Path, out: Path, origins: str = ORIGINS) -> list[str]:
    return [
        sys.executable, "-m", "funnelsim", "backtest", str(history), "--origins", origins, "--horizon", "21d",
        "--seed", "3", "--out", str(out),
    ]  # fmt: skip


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    history = write_history(company(), tmp_path / "records")
    cut = subprocess.Popen(command(history, tmp_path / "cut"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not list((tmp_path / "cut/origins").glob("2*.json")) and time.monotonic() < until:
        time.sleep(0.02)
    cut.send_signal(signal.SIGKILL)
    cut.wait()
    n_kept = len(list((tmp_path / "cut/origins").glob("2*.json")))
    assert n_kept > 0
    assert not (tmp_path / "cut/backtest.json").exists()

    done = subprocess.run(command(history, tmp_path / "cut"), capture_output=True, text=True, check=True)
    assert f"{n_kept} of 13 origins were there already" in done.stderr
    whole = subprocess.run(command(history, tmp_path / "whole"), capture_output=True, text=True, check=True)
    assert files_of(tmp_path / "cut") == files_of(tmp_path / "whole")
    assert done.stdout == whole.stdout


def test_an_interrupted_run_says_what_it_keeps(tmp_path: Path) -> None:
    history = write_history(company(), tmp_path / "records")
    # tests that are run in the background ignore interrupts, and so would what they start
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    run = subprocess.Popen(
        command(history, tmp_path / "out", MANY_ORIGINS), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    signal.signal(signal.SIGINT, before)
    until = time.monotonic() + 120
    while not list((tmp_path / "out/origins").glob("2*.json")) and time.monotonic() < until:
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=120)
    assert (run.returncode, out) == (130, "")
    assert "keeps what is finished, and the same command goes on there" in err
    assert "Traceback" not in err
