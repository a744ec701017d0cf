"""The key `fitted`: tables beside the case file, and everything that does not go with them."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest
from tests.engine.daily_cases import AS_OF, tables_of

import funnelsim as fs
from funnelsim.fitting.tables import write_tables
from funnelsim.model.daily import DailyTables

HEAD = """case: fitted
currency: EUR
unit: 1
as_of: 2026-10-01
horizon: {periods: 2, of: month}
"""
STAGES = "stages: [{name: s0, label: first, cost_per_point: 5}, {name: s1}, {name: s2}, {name: s3}]\n"
DEALS = "pipeline: [{stage: s0, deals: 3, amount: 50, age: 3 d}, {stage: s2, id: x, amount: 80, age: 30 h}]\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("fitted")
    told = {
        "tables": write_tables(tables_of(3), path / "tables.parquet"),
        "dated": write_tables(tables_of(3, dated=True), path / "dated.parquet"),
        "days": write_tables(tables_of(3, calendar=True, n_days=40), path / "days.parquet"),
    }
    return path, told


def load(folder, text, name="tables", sha=None):
    path, told = folder
    file = path / "case.yaml"
    digest = told[name] if sha is None else sha
    file.write_text(f"{HEAD}fitted: {{file: {name}.parquet, sha256: {digest}}}\n{text}", encoding="utf-8")
    return fs.load(file)


def test_a_case_is_read_with_its_tables(folder):
    case = load(folder, STAGES + DEALS)
    assert isinstance(case.fitted, DailyTables)
    assert case.fitted == tables_of(3)
    assert case.funnel.stages[0].label == "first"
    assert case.funnel.stages[0].practice.cost_per_point is not None
    assert case.origin.data_sha256 == {"tables.parquet": folder[1]["tables"]}
    assert "3 posterior draws" in case.notes[0]
    told = fs.forecast(fs.exact(case))
    assert 0 < told.wins.total.mean < 4


def test_a_file_name_alone_is_enough(folder):
    path, _ = folder
    (path / "plain.yaml").write_text(f"{HEAD}fitted: tables.parquet\n{STAGES}{DEALS}", encoding="utf-8")
    assert fs.load(path / "plain.yaml").fitted is not None


def test_a_scenario_may_name_other_tables(folder):
    path, _ = folder
    write_tables(tables_of(3, n_draws=5), path / "other.parquet")
    text = f"{HEAD}fitted: tables.parquet\n{STAGES}{DEALS}scenarios: {{other: {{fitted.file: other.parquet}}}}\n"
    (path / "two.yaml").write_text(text, encoding="utf-8")
    assert fs.load(path / "two.yaml", scenario="other").fitted.n_draws == 5


BAD = [
    ("tables", STAGES.replace("{name: s1}", "{name: s1, win_rate: 20%}") + DEALS, "leave it out"),
    ("tables", STAGES.replace("{name: s1}", "{name: s1, stay: {fixed: 3 d}}") + DEALS, "leave it out"),
    ("tables", STAGES.replace("{name: s1}", "{name: s9}") + DEALS, "the fitted stages are s0, s1, s2, s3"),
    ("tables", STAGES.replace("{name: s1}", "{name: s1, in_forecast: no}") + DEALS, "always in the forecast"),
    ("tables", STAGES + DEALS + "shock: {rho: 10%}\n", "the shock is on hazards"),
    ("tables", STAGES + DEALS + "beliefs: {stages.s0.exits.lost.probability: {beta: {evidence: 5}}}\n", "drawn from"),
    ("tables", STAGES + DEALS + "capacity: {stages: {s0: 2}}\n", "waiting for each other"),
    ("tables", STAGES + DEALS.replace("id: x", "id: x, win_rate: 30%"), "is not heeded"),
    ("tables", STAGES + DEALS + "sources: [{name: w, rate: 3 per month, amount: 5, odds: 2}]\n", "no win rate or odds"),
    ("tables", (STAGES + DEALS).replace(", age: 3 d", ""), "states neither age nor entered"),
    ("dated", STAGES + DEALS + "  \n", None),
    ("dated", STAGES + DEALS.replace("s2, id: x", "s3, id: x"), "states none; state expected_close"),
    ("dated", STAGES + DEALS.replace("s2, id: x", "s3, id: x, expected_close: 2026-09-30"), "is before as_of"),
    ("days", STAGES + DEALS, "fit again for this horizon"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD)
def test_what_does_not_go_with_tables_is_told(folder, name, text, message):
    if message is None:
        assert load(folder, text, name).fitted is not None
        return
    with pytest.raises(fs.InputError, match=message):
        load(folder, text, name)


def test_altered_missing_and_foreign_files_are_told_at_their_place(folder):
    path, told = folder
    with pytest.raises(fs.InputError, match=r"case.yaml:6.*not the file that was fitted"):
        load(folder, STAGES + DEALS, sha="0" * 64)
    with pytest.raises(fs.InputError, match=r"case.yaml:6.*no such file"):
        load((path, told | {"gone": "0"}), STAGES + DEALS, "gone")
    (path / "text.parquet").write_bytes(b"hello")
    digest = sha256(b"hello").hexdigest()
    with pytest.raises(fs.InputError, match=r"case.yaml:6.*not readable as parquet"):
        load((path, told | {"text": f"'{digest}'"}), STAGES + DEALS, "text")


def test_a_horizon_is_needed(folder):
    path, _ = folder
    text = HEAD.replace("horizon: {periods: 2, of: month}\n", "")
    (path / "endless.yaml").write_text(f"{text}fitted: tables.parquet\n{STAGES}{DEALS}", encoding="utf-8")
    with pytest.raises(fs.InputError, match="state a horizon"):
        fs.load(path / "endless.yaml")


def test_problems_of_the_rest_are_told_together_with_those_of_the_tables(folder):
    with pytest.raises(fs.InputError) as caught:
        load(folder, STAGES + DEALS + "targets: [-5]\nseed: -1\n", sha="1" * 64)
    paths = {problem.path[0] for problem in caught.value.problems}
    assert {"fitted", "targets"} <= paths


def test_dates_stand_in_expected_close(folder):
    text = STAGES + DEALS.replace("s2, id: x", f"s3, id: x, expected_close: {AS_OF + timedelta(days=9)}")
    case = load(folder, text, "dated")
    days = fs.exact(case).deal_chances()[1]
    assert days[3].tolist() == [9.0, 9.0, 9.0]
