"""The table of the experiment: made again, held against the exact laws, and told in its README."""

from math import hypot

import pytest
from experiment_cases import EXPERIMENTS, module_of, read_csv

FOLDER = EXPERIMENTS / "what_is_2685_worth"
# 10 rows, 3 figures each, and the stored table as well: 1 seed in 1,000 may err, so each at 1 in 60,000
Z = 4.3
QUICK = 20_000


@pytest.fixture(scope="module")
def quick():
    run = module_of("what_is_2685_worth")
    return [run.answer(question, QUICK) for question in run.QUESTIONS]


@pytest.fixture(scope="module")
def stored():
    return read_csv(FOLDER / "results.csv")


def far(fresh, kept, name, error):
    """Return how many standard errors two figures are apart."""
    se = hypot(float(fresh[error]), float(kept[error]))
    return abs(float(fresh[name]) - float(kept[name])) / se


def test_the_stored_table_is_the_quick_one_within_z_standard_errors(quick, stored):
    assert [row["row"] for row in stored] == [row["row"] for row in quick]
    for fresh, kept in zip(quick, stored, strict=True):
        for name, error in (("mean", "mean_se"), ("sd", "sd_se"), ("chance_2685", "chance_2685_se")):
            assert far(fresh, kept, name, error) < Z, (fresh["row"], name)


def test_the_stored_table_agrees_with_the_exact_laws(stored):
    for row in stored:
        for name in ("mean", "sd", "chance_2685"):
            apart = abs(float(row[name]) - float(row[f"exact_{name}"]))
            # with beliefs the exact laws are averaged over 256 points only: a tenth of a point is left to that
            assert apart < Z * float(row[f"{name}_se"]) + 1e-3, (row["row"], name)


def test_rows_that_differ_in_their_market_are_told_apart(quick, stored):
    """Negative control: the row above in the table is not within z standard errors of a row of another rho."""
    assert far(quick[1], stored[2], "sd", "sd_se") > Z
    assert far(quick[0], stored[1], "sd", "sd_se") > Z


def test_without_a_horizon_every_row_keeps_the_mean_of_2685(stored):
    for row in stored:
        if row["horizon"] == "unlimited":
            assert float(row["exact_mean"]) == pytest.approx(2685, abs=1e-3)


def test_the_readme_tells_the_figures_of_the_stored_table(stored):
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for row in stored:
        mean, mean_se = float(row["mean"]), float(row["mean_se"])
        sd, sd_se = float(row["sd"]), float(row["sd_se"])
        chance, chance_se = float(row["chance_2685"]), float(row["chance_2685_se"])
        told = (
            f"| {row['row']} | {mean:,.1f} ± {mean_se:.1f} | {sd:,.1f} ± {sd_se:.1f} "
            f"| {float(row['p10']):,.0f} ± {float(row['p10_se']):.0f} "
            f"| {chance:.1%} ± {chance_se:.2%} | {float(row['exact_chance_2685']):.1%} |"
        )
        assert told in readme


def test_the_experiment_runs_as_a_person_starts_it(start, tmp_path):
    said = start("what_is_2685_worth", "--trials", 500, "--out", tmp_path / "new")
    assert len(said.splitlines()) == len(read_csv(tmp_path / "new" / "results.csv")) == 10
    assert (tmp_path / "new" / "figure.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert (tmp_path / "new" / "figure.png").read_bytes().startswith(b"\x89PNG")
