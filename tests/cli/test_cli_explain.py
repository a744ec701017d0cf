"""`funnelsim explain`: two runs whose files are gone, and two days of a history."""

from __future__ import annotations

import json
from shutil import copytree
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from funnelsim.analysis.between_days import Fate
from funnelsim.cli import commands
from funnelsim.config import load
from funnelsim.config.load import load_kept
from funnelsim.report.contracts import CONTRACTS
from funnelsim.report.published_folder import read_case

CASE = """\
case: east
currency: CNY
unit: 万元
as_of: {as_of}
timezone: Asia/Shanghai
horizon: {{periods: 1, of: quarter}}
stages:
  - {{name: demo, win_rate: 25%, stay: {{median: 20 d, p90: 60 d}}}}
  - {{name: quote, win_rate: 50%, stay: {{median: 20 d, p90: 50 d}}}}
pipeline: {{file: deals.csv, columns: {{id: id, stage: stage, amount: amount, age: age}}}}
booked: {booked}
trials: 500
seed: {seed}
"""
DEALS = "id,stage,amount,age\n{}"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return the folders of two runs; the files they were made from hold something else by then."""
    room = tmp_path_factory.mktemp("runs")
    config, deals = room / "case.yaml", room / "deals.csv"
    states = [
        ("2026-10-05", "[]", 7, "A1,demo,80,5\nA2,demo,40,12\nB1,quote,90,10\n"),
        ("2026-10-26", "[{amount: 90, from: 2026-10-20}]", 8, "A1,quote,100,6\nA2,demo,40,33\nC1,demo,45,9\n"),
    ]
    folders = []
    for as_of, booked, seed, rows in states:
        config.write_text(CASE.format(as_of=as_of, booked=booked, seed=seed), encoding="utf-8")
        deals.write_text(DEALS.format(rows), encoding="utf-8")
        folders.append(room / as_of)
        words = ["run", str(config), "--out", str(folders[-1]), "--set", "stages.quote.win_rate=45%", "--json"]
        done = CliRunner().invoke(commands, words)
        assert done.exit_code == 0, done.output
    deals.unlink()
    return folders


def test_runs_are_explained_from_what_they_kept(cli, runs):
    code, out, err = cli("explain", *runs, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    CONTRACTS["explain"].model_validate(told, strict=True)
    steps = {step["cause"]: step["adds"] for step in told["waterfall"]["steps"]}
    assert list(steps) == ["calendar", "aged", "moved", "closed", "added", "amounts"]
    for figure in ("mean", "p10", "p50", "p90"):
        change = told["waterfall"]["end"][figure] - told["waterfall"]["start"][figure]
        assert sum(adds[figure] for adds in steps.values()) == pytest.approx(change, abs=1e-9)
    new = json.loads((runs[1] / "forecast.json").read_text("utf-8"))
    assert told["waterfall"]["end"]["mean"] == pytest.approx(
        new["measures"]["bookings"]["total"]["with_booked"]["mean"]
    )
    assert (told["trials"], told["seed"], told["signed"]) == (500, 8, [0.0, 90.0])


def test_a_run_that_another_seed_told_otherwise_is_owned_up_to(cli, runs):
    _, out, _ = cli("explain", *runs)
    assert "The run of 2026-10-05 told a mean of" in out
    assert "The run of 2026-10-26 told" not in out
    _, out, _ = cli("explain", *runs, "--engine", "exact", "--shapley", "--lang", "zh")
    assert "新增商机" in out
    assert "沙普利值" in out
    assert "重新模拟" not in out


def test_a_folder_holds_picture_figures_and_manifest(cli, runs, tmp_path):
    code, _, err = cli("explain", *runs, "--out", tmp_path / "why")
    assert (code, err) == (0, f"{tmp_path / 'why'}: written\n")
    names = {"manifest.json", "explain.json", "explain.png", "explain.svg"}
    assert {path.name for path in (tmp_path / "why").iterdir()} == names


def test_the_case_of_a_run_is_loaded_again_as_it_was(cli, config, tmp_path):
    code, _, _ = cli("run", config, "--out", tmp_path / "run", "--scenario", "better", "--set", "shock.rho=0.1")
    origin, _ = read_case(tmp_path / "run")
    assert (code, load_kept(origin)) == (0, load(config, ["shock.rho=0.1"], "better"))
    again = tmp_path / "again"
    cli("run", config, "--out", again, "--scenario", "better", "--set", "shock.rho=0.1")
    assert (again / "case.zip").read_bytes() == (tmp_path / "run" / "case.zip").read_bytes()


def test_folders_that_cannot_be_explained_are_told(cli, runs, tmp_path):
    code, _, err = cli("explain", runs[0])
    assert (code, "two folders of runs" in err) == (2, True)
    code, _, err = cli("explain", *runs, "--from", "2026-10-05", "--to", "2026-10-06")
    assert (code, "one history" in err) == (2, True)
    code, _, err = cli("explain", runs[0], "--from", "2026-10-06", "--to", "2026-10-05")
    assert (code, "must be before" in err) == (2, True)
    code, _, err = cli("explain", runs[1], runs[0])
    assert (code, "give the older one first" in err) == (2, True)
    code, _, err = cli("explain", tmp_path, runs[0])
    assert (code, "holds no forecast.json" in err) == (2, True)
    copy = copytree(runs[0], tmp_path / "copy")
    with ZipFile(copy / "case.zip", "a") as archive:
        archive.writestr("more", "x")
    code, _, err = cli("explain", copy, runs[1])
    assert (code, "was changed" in err) == (2, True)
    (copy / "case.zip").unlink()
    code, _, err = cli("explain", copy, runs[1])
    assert (code, "holds no case.zip" in err) == (2, True)


def test_ends_of_deals_are_read_from_a_history():
    from datetime import date

    from test_cli_fit import company

    from funnelsim.cli.explain import _fates, _same_end
    from funnelsim.history.record import LOST, WON, day_of
    from funnelsim.model.horizon import Horizon

    history, first, second = company(), date(2026, 8, 3), date(2026, 9, 7)
    fates, signed = _fates(history, first, second)
    deals = history.deals
    meanwhile = (deals.closed >= day_of(first)) & (deals.closed < day_of(second))
    won = meanwhile & (deals.outcome == WON)
    assert signed == pytest.approx(float(deals.amount[won].sum()))
    assert {name for name, fate in fates.items() if fate.is_won} == set(deals.id[won])
    lost = deals.id[meanwhile & (deals.outcome == LOST)]
    assert all(fates[str(name)] == Fate(False) for name in lost)
    assert _same_end(Horizon(2, "quarter"), first, date(2026, 10, 5)) == Horizon(1, "quarter")


def test_two_days_of_a_history_are_explained_to_the_forecasts_of_either_day(cli, tmp_path):
    from datetime import date

    from pyarrow import parquet
    from scipy import stats

    from funnelsim.engine.simulate import simulate
    from funnelsim.history.record import day_of
    from funnelsim.history.synthetic import Company, make
    from funnelsim.history.synthetic.hazards import straight
    from funnelsim.report.history_folder import tables_of, yaml_of

    table = straight((0.6, 0.5), [stats.expon(scale=4), stats.gamma(2, scale=8)])
    history = make(Company(table, deals_per_day=1, n_days=200, first=day_of(date(2026, 1, 1))), seed=3)[0]
    for name, rows in tables_of(history).items():
        parquet.write_table(rows, tmp_path / f"{name}.parquet")
    (tmp_path / "history.yaml").write_text(yaml_of(history, "made up"), encoding="utf-8")
    days, horizon = ("2026-06-01", "2026-06-15"), "1 month"
    code, out, err = cli("explain", tmp_path / "history.yaml", "--from", days[0], "--to", days[1], "--horizon", horizon,
                         "--trials", "300", "--seed", "1", "--threads", "1", "--json")  # fmt: skip
    assert code == 0, err
    told = json.loads(out)
    CONTRACTS["explain"].model_validate(told, strict=True)
    for day, name, signed in zip(days, ("start", "end"), told["signed"], strict=True):
        fit = tmp_path / day
        code, _, err = cli(
            "fit", tmp_path / "history.yaml", "--as-of", day, "--horizon", horizon, "--seed", "1", "--out", fit
        )
        assert code == 0, err
        case = load(fit / "case.yaml")
        assert signed == pytest.approx(case.booked_total)
        mean = simulate(case, trials=300, seed=1, threads=1).total("bookings").mean() / 100 + case.booked_total
        assert told["waterfall"][name]["mean"] == pytest.approx(mean)
    steps = {step["cause"]: step["adds"] for step in told["waterfall"]["steps"]}
    assert {"calendar", "won", "lost", "added", "refitted"} <= set(steps)
    for figure, end in told["waterfall"]["end"].items():
        change = end - told["waterfall"]["start"][figure]
        assert sum(adds[figure] for adds in steps.values()) == pytest.approx(change, abs=1e-9)
