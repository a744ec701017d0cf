"""`funnelsim report`: runs become pages, workbooks and slides, all of them or none."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from shutil import copytree, rmtree
from zipfile import ZipFile

import pytest
from pptx import Presentation
from python_calamine import CalamineWorkbook

from funnelsim.report.folder import MANIFEST


@pytest.fixture
def run(cli, config, tmp_path):
    folder = tmp_path / "monday"
    assert cli("run", config, "--out", folder)[0] == 0
    config.unlink()
    return folder


def first_sheet(path):
    return [str(row[0]) for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()]


def test_runs_become_a_file_of_each_format_each(cli, run, tmp_path):
    copytree(run, tmp_path / "tuesday")
    code, out, err = cli("report", run, tmp_path / "tuesday", "--lang", "zh", "--out", tmp_path / "all")
    assert (code, out) == (0, "")
    names = {f"{run}.{ending}" for run in ("monday", "tuesday") for ending in ("html", "pdf", "png", "xlsx", "pptx")}
    assert {path.name for path in (tmp_path / "all").iterdir()} == {*names, MANIFEST}
    assert set(json.loads((tmp_path / "all" / MANIFEST).read_text("utf-8"))["files"]) == names
    assert all(name in err for name in names)
    assert "九成把握不低于" in first_sheet(tmp_path / "all" / "monday.xlsx")[2]
    told = [s.text_frame.text for s in Presentation(tmp_path / "all/monday.pptx").slides[0].shapes if s.has_text_frame]
    assert first_sheet(tmp_path / "all" / "monday.xlsx")[2] in told


def test_figures_are_those_the_run_told(cli, run, tmp_path):
    assert cli("report", run, "--format", "xlsx", "--out", tmp_path / "all")[0] == 0
    assert not (tmp_path / "all" / "monday.pptx").exists()
    total = json.loads((run / "forecast.json").read_text("utf-8"))["measures"]["bookings"]["total"]
    rows = CalamineWorkbook.from_path(tmp_path / "all/monday.xlsx").get_sheet_by_index(0).to_python()
    told = next(row for row in rows if row[0] == "total")
    for cell, name in zip(told[1:4], ("p10", "p50", "p90"), strict=True):
        assert abs(cell - total["quantiles"][name]) <= max(2 * total["quantiles_se"][name], 0.01)


def test_a_log_tells_the_track_record(cli, run, tmp_path):
    line = {
        "forecast_sha256": "a", "measure": "open_wins", "label": "total", "status": "scored", "actual": 3,
        "held": {"c80": True}, "from": "2026-01-01", "to": date(2026, 3, 31).isoformat(),
    }  # fmt: skip
    (tmp_path / "scores.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    told = ("report", run, "--format", "xlsx", "--log", tmp_path / "scores.jsonl", "--out", tmp_path / "all")
    assert cli(*told)[0] == 0
    book = CalamineWorkbook.from_path(tmp_path / "all/monday.xlsx")
    assert any("in 1 past window" in str(row[0]) for row in book.get_sheet_by_name("Assumptions").to_python())


def test_an_earlier_run_and_a_second_run_are_told_beside(cli, run, tmp_path):
    copytree(run, tmp_path / "tuesday")
    told = ("report", run, tmp_path / "tuesday", "--since", run, "--format", "xlsx", "--out", tmp_path / "all")
    assert cli(*told)[0] == 0
    book = CalamineWorkbook.from_path(tmp_path / "all/monday.xlsx")
    assert {"Levers", "Changes", "Scenarios", "Spread"} <= set(book.sheet_names)
    cells = [str(cell) for row in book.get_sheet_by_name("Changes").to_python() for cell in row]
    assert any("as before: nothing that counts has happened" in cell for cell in cells)
    rows = book.get_sheet_by_name("Scenarios").to_python()
    names = [row[0] for row in rows if row[0] in {"monday", "tuesday"}]
    assert names == ["monday", "tuesday", "tuesday"]


def test_a_folder_without_a_backtest_is_told(cli, run, tmp_path):
    code, _, err = cli("report", run, "--backtest", run, "--out", tmp_path / "all")
    assert code == 2
    assert "monday: holds no finished backtest" in err


def test_all_problems_are_told_and_nothing_is_written(cli, run, tmp_path):
    changed = tmp_path / "changed"
    copytree(run, changed)
    (changed / "forecast.json").write_text("{}", encoding="utf-8")
    elsewhere = tmp_path / "more" / "monday"
    copytree(run, elsewhere)
    beside = ("--since", tmp_path / "never", "--log", tmp_path / "no.jsonl", "--backtest", tmp_path)
    code, out, err = cli("report", run, elsewhere, changed, tmp_path / "nothing", *beside, "--out", tmp_path / "all")
    assert (code, out) == (2, "")
    assert err.startswith("6 problems")
    told = ("monday: names two folders", "was changed", "nothing: holds no forecast.json", "never: holds no forecast")
    for part in (*told, "no.jsonl: is no file", "holds no finished backtest"):
        assert part in err
    assert not (tmp_path / "all").exists()


def test_a_run_without_its_case_is_refused_with_the_remedy(cli, run, tmp_path):
    (run / "case.zip").unlink()
    code, _, err = cli("report", run, "--out", tmp_path / "all")
    assert code == 2
    assert "holds no case.zip" in err
    assert "run the forecast again" in err


@pytest.mark.parametrize(("wish", "told"), [("docx", "'docx' is no format"), (",", "nothing is no format")])
def test_an_unknown_format_is_refused(cli, run, tmp_path, wish, told):
    code, _, err = cli("report", run, "--format", wish, "--out", tmp_path / "all")
    assert code == 2
    assert told in err


def test_a_log_that_is_not_there_is_told(cli, run, tmp_path):
    code, _, err = cli("report", run, "--log", tmp_path / "no.jsonl", "--out", tmp_path / "all")
    assert code == 2
    assert "no.jsonl: is no file" in err


def test_a_folder_of_something_else_stays_as_it_was(cli, run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    assert cli("report", run, "--out", tmp_path / "mine")[0] == 1
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]
    rmtree(tmp_path / "mine")
    assert cli("report", run, "--out", tmp_path / "mine")[0] == 0


def test_an_earlier_run_that_is_unlike_is_refused(cli, run, tmp_path):
    told = (tmp_path / "other.yaml", "--set", "currency=USD", "--set", "timezone=UTC", "--set", "as_of=2027-01-01")
    with ZipFile(run / "case.zip") as packed:
        told[0].write_bytes(packed.read("0"))
    assert cli("run", *told, "--trials", 200, "--out", tmp_path / "later")[0] == 0
    code, _, err = cli("report", run, "--since", tmp_path / "later", "--out", tmp_path / "all")
    assert code == 2
    for part in ("3 problems", "before the first of 2027-01-01", "USD in the first", "timezone is UTC"):
        assert part in err


@pytest.mark.parametrize("option", ["run", "--since", "--backtest"])
def test_what_is_read_is_not_written_over(cli, run, tmp_path, option):
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    copytree(run, tmp_path / "tuesday")
    told = () if option == "run" else (option, run)
    code, _, err = cli("report", run if option == "run" else tmp_path / "tuesday", *told, "--out", run)
    assert code == 2
    assert "monday: is what the reports are made from" in err
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        (None, "manifest.json cannot be read (No such file or directory)"),
        ('{"files": []}', "manifest.json is none of a run"),
        ('{"files": {"forecast.json": 1}}', "manifest.json is none of a run"),
    ],
)
def test_a_manifest_that_vouches_for_nothing_is_told(cli, run, tmp_path, manifest, told):
    (run / MANIFEST).unlink()
    if manifest:
        (run / MANIFEST).write_text(manifest, encoding="utf-8")
    code, _, err = cli("report", run, "--out", tmp_path / "all")
    assert code == 2
    assert f"monday: {told}" in err


def test_a_case_whose_packing_is_broken_is_told(cli, run, tmp_path):
    packed = bytearray((run / "case.zip").read_bytes())
    last = packed.rindex(b"PK\x03\x04")  # the config's own member; 30 bytes and a name of one letter stand before it
    packed[last + 31 : last + 41] = b"\xff" * 10
    (run / "case.zip").write_bytes(packed)
    manifest = json.loads((run / MANIFEST).read_text("utf-8"))
    manifest["files"]["case.zip"]["sha256"] = sha256(packed).hexdigest()
    (run / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    code, _, err = cli("report", run, "--out", tmp_path / "all")
    assert code == 2
    assert "case.zip: cannot be read (Error -3 while decompressing" in err
