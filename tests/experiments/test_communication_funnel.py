"""The table of the communication experiment: made again, held against the exact laws, and told in its README."""

from itertools import pairwise
from math import hypot

import pytest
from experiment_cases import EXPERIMENTS, module_of, read_csv

import funnelsim as fs

FOLDER = EXPERIMENTS / "communication_funnel"
run = module_of("communication_funnel")
# 14 rows, 3 figures each, and the exact laws: 1 seed in 1,000 may err
Z = 4.3
QUICK = 8_000


def as_numbers(row):
    return {name: value if name in {"row", "hop", "remedy"} else float(value) for name, value in row.items()}


@pytest.fixture(scope="module")
def quick():
    return run.table(QUICK)


@pytest.fixture(scope="module")
def stored():
    return [as_numbers(row) for row in read_csv(FOLDER / "results.csv")]


def far(fresh, kept, name):
    """Return how many standard errors two figures are apart."""
    return abs(fresh[name] - kept[name]) / hypot(fresh[f"{name}_se"], kept[f"{name}_se"])


def test_the_stored_table_is_the_quick_one_within_z_standard_errors(quick, stored):
    assert [row["row"] for row in stored] == [row["row"] for row in quick]
    for fresh, kept in zip(quick, stored, strict=True):
        assert kept["reaches"] == fresh["reaches"]
        assert far(fresh, kept, "mean") < Z
        assert far(fresh, kept, "chance_2685") < Z
        if fresh["row"] != run.TODAY:
            assert far(fresh, kept, "gain") < Z, fresh["row"]


def test_gains_of_neighbouring_hops_are_told_apart(quick, stored):
    """The negative control: the gain of one hop is not within z standard errors of the next one's."""
    left_out = [i for i, row in enumerate(stored) if row["remedy"] == "left out"]
    assert all(far(quick[i], stored[j], "gain") > Z for i, j in pairwise(left_out))


def test_the_stored_means_agree_with_the_exact_laws(stored):
    settings = {row: changes for row, _, _, changes in run.questions()}
    for kept in (stored[0], stored[-2], stored[-1]):
        total = fs.exact(fs.load(run.CASE, settings[kept["row"]])).total("bookings")
        assert abs(kept["mean"] - total.mean) < Z * kept["mean_se"] + total.numeric_error


def test_the_same_point_is_worth_most_at_the_weakest_hop(stored):
    for remedy in run.REMEDIES:
        gains = [row["gain"] for row in stored if row["remedy"] == remedy]
        assert gains == sorted(gains)
        assert len(gains) == 4


def test_the_readme_tells_the_figures_of_the_stored_table(stored):
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for row in stored:
        assert run.told(row) in readme


def test_the_experiment_runs_as_a_person_starts_it(start, tmp_path):
    said = start("communication_funnel", "--trials", 300, "--out", tmp_path / "new")
    assert len(said.splitlines()) == len(read_csv(tmp_path / "new" / "results.csv")) == 14
    assert (tmp_path / "new" / "figure.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert (tmp_path / "new" / "figure.png").read_bytes().startswith(b"\x89PNG")
