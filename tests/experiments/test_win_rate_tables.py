"""The experiment on win-rate tables: made again, checked against plain sums, and told as its README tells it."""

from math import sqrt

import pytest
from experiment_cases import EXPERIMENTS, module_of, read_csv

FOLDER = EXPERIMENTS / "win_rate_tables"
run = module_of("win_rate_tables")
DEALS = (65, 34, 27, 15, 6)


@pytest.fixture(scope="module")
def fresh():
    return run.rows()


def test_the_stored_table_comes_out_again(fresh):
    kept = read_csv(FOLDER / "results.csv")
    for made, row in zip(fresh, kept, strict=True):
        assert made["table"] == row["table"]
        for name in run.COLUMNS[1:]:
            assert made[name] == pytest.approx(float(row[name]), rel=1e-6, abs=1e-4)


def test_means_are_the_weighted_sums_whatever_is_shared(fresh):
    for row in fresh:
        rates = [int(part) / 100 for part in row["table"].split("-")]
        assert row["mean"] == pytest.approx(50 * sum(n * w for n, w in zip(DEALS, rates, strict=True)), abs=0.06)


def test_independent_deals_spread_as_a_sum_of_coins(fresh):
    for row in (row for row in fresh if row["rho"] == 0):
        rates = [int(part) / 100 for part in row["table"].split("-")]
        sd = 50 * sqrt(sum(n * w * (1 - w) for n, w in zip(DEALS, rates, strict=True)))
        # two steps of one deal: quantiles lie on the lattice of 50
        assert row["p90"] - row["p10"] == pytest.approx(2 * 1.2816 * sd, abs=100)


def test_the_readme_tells_the_stored_table():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for row in read_csv(FOLDER / "results.csv"):
        assert run.told(row) in readme
