"""The table of the experiment: made again, held against the exact laws and a closed form, and told in its README."""

from math import hypot, log

import pytest
from experiment_cases import EXPERIMENTS, module_of, read_csv
from scipy import stats

FOLDER = EXPERIMENTS / "stalled_deals"
# 15 rows that share their luck: 1 seed in 1,000 may err
Z = 4.0
QUICK = 2_000


@pytest.fixture(scope="module")
def run():
    return module_of("stalled_deals")


@pytest.fixture(scope="module")
def stored():
    return [{name: float(value) for name, value in row.items()} for row in read_csv(FOLDER / "results.csv")]


def by_bayes(linger, age):
    """Return the chance to win by Bayes' rule, from scipy's laws alone."""
    sigma = log(60 / 25) / stats.norm.ppf(0.9)
    alive = 0.5 * stats.lognorm(sigma, scale=25).sf(age), 0.5 * stats.lognorm(sigma, scale=25 * linger).sf(age)
    return 0.8 * alive[0] / sum(alive)


def test_the_exact_column_is_bayes_rule(stored):
    for row in stored:
        assert row["exact_chance"] == pytest.approx(by_bayes(row["linger"], row["age_days"]), abs=1e-6)
        assert row["worth"] == pytest.approx(row["exact_chance"] / 0.4, abs=1e-5)


def test_the_simulated_column_is_the_exact_one_within_z_standard_errors(stored):
    for row in stored:
        assert abs(row["chance"] - row["exact_chance"]) < Z * row["chance_se"]


def test_a_rule_that_forgets_how_long_lost_deals_stay_is_told_apart(stored):
    """Negative control: stays of lost deals 3 % longer than stated are refused by the old deals' rows."""
    (row,) = [row for row in stored if (row["linger"], row["age_days"]) == (2.0, 70.0)]
    assert abs(row["chance"] - by_bayes(2.06, 70.0)) > Z * row["chance_se"]


def test_the_stored_table_is_the_quick_one_within_z_standard_errors(run, stored):
    for kept in stored:
        fresh = run.answer(kept["linger"], int(kept["age_days"]), QUICK)
        assert abs(fresh["chance"] - kept["chance"]) < Z * hypot(fresh["chance_se"], kept["chance_se"])
        for name in ("exact_chance", "worth", "in_quarter", "stayed_longer"):
            assert fresh[name] == pytest.approx(kept[name], abs=1e-6)


def test_where_one_stay_serves_both_age_moves_no_chance_and_else_it_does(stored):
    worth = {(row["linger"], row["age_days"]): row["worth"] for row in stored}
    assert {worth[1.0, age] for age in (0.0, 35.0, 70.0)} == {1.0}
    assert worth[0.5, 70.0] > worth[0.5, 35.0] > 1.0
    for linger in (1.5, 2.0, 3.0):
        assert worth[linger, 70.0] < worth[linger, 35.0] < 1.0


def test_the_readme_tells_the_figures_of_the_stored_table(run, stored):
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for row in stored:
        assert run.told(row) in readme
    for figure in ("0.35 of a fresh", "1.84 of it", "36.5% against 37.3%", "bring 697", "433", "0.62"):
        assert figure in readme


def test_the_experiment_runs_as_a_person_starts_it(start, tmp_path):
    said = start("stalled_deals", "--trials", 200, "--out", tmp_path / "new")
    assert len(said.splitlines()) == len(read_csv(tmp_path / "new" / "results.csv")) == 15
    assert (tmp_path / "new" / "figure.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert (tmp_path / "new" / "figure.png").read_bytes().startswith(b"\x89PNG")
