"""The rep and the boss: made again, held against the exact laws and the known truth, and told in its README."""

from math import hypot

import numpy as np
import pytest
from experiment_cases import EXPERIMENTS, module_of, read_csv
from scipy.special import logit

import funnelsim as fs

FOLDER = EXPERIMENTS / "rep_and_boss"
# 8 rows, 2 figures each, the stored table, and 6 figures of histories: 1 seed in 1,000 may err
Z = 4.3
QUICK = 20_000
run = module_of("rep_and_boss")


@pytest.fixture(scope="module")
def quick():
    return [run.answer(row, way, QUICK) for row, way in run.ways().items()]


@pytest.fixture(scope="module")
def stored():
    return read_csv(FOLDER / "results.csv")


def test_the_record_of_past_calls_is_what_its_script_makes(tmp_path, monkeypatch):
    monkeypatch.setattr(run.make, "HERE", tmp_path)
    run.make.main()
    assert (tmp_path / "calls.csv").read_bytes() == (FOLDER / "calls.csv").read_bytes()


def test_the_truth_of_the_script_is_the_share_of_deals_that_are_won():
    is_won, calls = run.make.history(400_000, seed=5)
    truth = run.make.truth(calls)
    for low, high in ((0.0, 0.15), (0.15, 0.3), (0.3, 0.5), (0.5, 1.0)):
        held = (truth >= low) & (truth < high)
        error = np.sqrt((truth[held] * (1 - truth[held])).sum()) / held.sum()
        assert abs(is_won[held].mean() - truth[held].mean()) < Z * error
        # negative control: a truth three points off is refused
        assert abs(is_won[held].mean() - truth[held].mean() - 0.03) > Z * error


def test_the_stored_table_is_the_quick_one_within_z_standard_errors(quick, stored):
    assert [row["row"] for row in stored] == [row["row"] for row in quick]
    for fresh, kept in zip(quick, stored, strict=True):
        assert float(kept["win_rate"]) == pytest.approx(fresh["win_rate"])
        for name in ("mean", "chance_500"):
            se = hypot(fresh[f"{name}_se"], float(kept[f"{name}_se"]))
            assert abs(fresh[name] - float(kept[name])) <= Z * se, (fresh["row"], name)


def test_the_stored_table_agrees_with_the_exact_laws(stored):
    for row in stored:
        for name in ("mean", "chance_500"):
            apart = abs(float(row[name]) - float(row[f"exact_{name}"]))
            assert apart <= Z * float(row[f"{name}_se"]) + 1e-5, (row["row"], name)
        assert float(row["exact_mean"]) == pytest.approx(1500 * float(row["win_rate"]), abs=0.01)
    # negative control: the mean of one row is not that of the next
    assert abs(float(stored[2]["mean"]) - float(stored[3]["exact_mean"])) > Z * float(stored[2]["mean_se"])


def test_the_pools_are_the_work_of_the_case_itself(stored):
    by_row = {row["row"]: float(row["win_rate"]) for row in stored}
    even, earned = (fs.load(FOLDER / "case.yaml", scenario=s).pipeline.deals[0].win_rate for s in (None, "earned"))
    assert by_row["both, even weights as said"] == pytest.approx(even, abs=1e-5) == pytest.approx(0.5)
    assert by_row["both, weights earned"] == pytest.approx(earned, abs=1e-5)
    said = logit(np.array([[0.8, 0.2]]))
    assert by_row["the truth"] == pytest.approx(float(run.make.truth(said)[0]), abs=1e-5)


def test_earned_weights_score_better_than_either_source_and_worse_than_the_truth(stored):
    score = {row["row"]: float(row["score"]) for row in stored}
    assert score["both, weights earned"] > max(score["the rep, recalibrated"], score["the boss, recalibrated"])
    assert score["the truth"] > score["both, weights earned"]
    assert score["the rep, as said"] < score["the stage alone"] < score["the rep, recalibrated"]


def test_histories_close_in_on_the_truth():
    rows = read_csv(FOLDER / "recovery.csv")
    for name in run.RECOVERED:
        apart = [abs(float(r["mean"]) - float(r["truth"])) for r in rows if r["figure"] == name]
        width = [float(r["p90"]) - float(r["p10"]) for r in rows if r["figure"] == name]
        assert apart[-1] < 0.02
        # below 100 deals the prior holds the figures together
        assert width[2:] == sorted(width[2:], reverse=True)
        assert apart[-1] <= apart[0]
    for found, seed in ((run.learnt(400, seed), seed) for seed in range(1000, 1005)):
        for k, figure in enumerate(run.RECOVERED[:5]):
            row = next(r for r in rows if r["figure"] == figure and r["deals"] == "400")
            sd = (float(row["p90"]) - float(row["p10"])) / 2.56
            assert abs(found[0][k] - float(row["mean"])) < Z * sd, (figure, seed)


def test_the_readme_tells_the_figures_of_both_tables(stored):
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for row in stored:
        f = {name: float(value) for name, value in row.items() if name != "row"}
        assert (
            f"| {row['row']} | {f['win_rate']:.1%} | {f['mean']:,.1f} ± {f['mean_se']:.1f} | {f['p10']:,.0f} "
            f"| {f['chance_500']:.1%} ± {f['chance_500_se']:.2%} | {f['exact_chance_500']:.1%} "
            f"| {f['score']:.3f} ± {f['score_se']:.3f} |"
        ) in readme
    told = {
        "rep_a": "rep, a",
        "rep_b": "rep, b",
        "boss_a": "boss, a",
        "boss_b": "boss, b",
        "boss_weight": "boss's weight",
    }
    recovered = read_csv(FOLDER / "recovery.csv")
    for name, words in told.items():
        rows = [r for r in recovered if r["figure"] == name and r["deals"] in {"50", "400", "1600"}]
        cells = "".join(
            f" | {float(r['mean']):.2f} ({float(r['p10']):.2f} to {float(r['p90']):.2f}) | {float(r['z']):.2f}"
            for r in rows
        )
        assert f"| {words} | {float(rows[0]['truth']):.2f}{cells} |" in readme


def test_the_experiment_runs_as_a_person_starts_it(start, tmp_path):
    said = start("rep_and_boss", "--trials", 500, "--histories", 3, "--out", tmp_path / "new")
    assert len(said.splitlines()) == 8 + 6 * 7
    assert len(read_csv(tmp_path / "new" / "results.csv")) == 8
    assert (tmp_path / "new" / "figure.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert (tmp_path / "new" / "figure.png").read_bytes().startswith(b"\x89PNG")
