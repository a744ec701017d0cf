"""The communication-decay experiment: its exact table made again, its finding, and its README."""

from itertools import pairwise

import pytest
from experiment_cases import EXPERIMENTS, module_of, read_csv

import funnelsim as fs
from funnelsim.analysis.inputs import inputs_of

FOLDER = EXPERIMENTS / "communication_decay"
run = module_of("communication_decay")


def table(name):
    return [
        {key: value if key in {"row", "hop"} else float(value) for key, value in row.items()}
        for row in read_csv(FOLDER / name)
    ]


def test_the_stored_decay_comes_out_again():
    fresh = run.decay(inputs_of(fs.load(run.CASE)))
    for made, kept in zip(fresh, table("decay.csv"), strict=True):
        assert made["row"] == kept["row"]
        assert {k: v for k, v in made.items() if k != "row"} == pytest.approx(
            {k: v for k, v in kept.items() if k != "row"}, rel=1e-6, abs=2e-5
        )


def test_the_chain_is_the_classic_one_and_each_step_costs_more_than_the_one_before():
    rows = table("decay.csv")
    assert [row["comes_through"] for row in rows] == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2], abs=1e-5)
    for figure in ("mean", "p10", "p50", "p90", "chance_2685"):
        steps = [before[figure] - after[figure] for before, after in pairwise(rows)]
        assert steps == sorted(steps)


def test_the_same_point_is_worth_most_at_the_weakest_hop():
    rows = table("results.csv")
    for figure in ("point_mean", "point_chance", "out_mean", "out_chance"):
        assert [row[figure] for row in rows] == sorted(row[figure] for row in rows)


def test_the_readme_tells_the_figures_of_the_stored_tables():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for row in table("decay.csv"):
        assert run.told_decay(row) in readme
    for row in table("results.csv"):
        assert run.told_worth(row) in readme


def test_the_experiment_runs_as_a_person_starts_it(start, tmp_path):
    said = start("communication_decay", "--points", 2, "--out", tmp_path / "new")
    assert len(said.splitlines()) == 10
    assert (tmp_path / "new" / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert len(read_csv(tmp_path / "new" / "results.csv")) == 4
