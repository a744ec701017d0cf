"""2,089 open opportunities straight from the CRM export."""

import csv
import gzip
from collections import Counter

import numpy as np
import pytest
from experiment_cases import EXPERIMENTS, module_of, read_csv

import funnelsim as fs

FOLDER = EXPERIMENTS / "maven"
run = module_of("maven")
DATA = run.data_folder()
# a dozen comparisons; 1 seed in 1,000 may err
Z = 4.0
QUICK = 4_000

needs_data = pytest.mark.skipif(
    not (DATA / run.PIPELINE).is_file(), reason=f"no shared data at {DATA}; set FUNNELSIM_DATA"
)


@pytest.fixture(scope="module")
def case():
    return fs.load(FOLDER / "case.yaml")


@pytest.fixture(scope="module")
def ensemble(case):
    return fs.simulate(case, trials=QUICK)


def open_rows():
    with gzip.open(DATA / run.PIPELINE, "rt", encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["deal_stage"] in {"Prospecting", "Engaging"}]


@needs_data
def test_2089_deals_are_open_and_500_of_them_have_no_date(case):
    deals = case.pipeline.deals
    assert Counter(deal.stage for deal in deals) == {"Engaging": 1589, "Prospecting": 500}
    assert sum(not row["engage_date"] for row in open_rows()) == 500
    assert any("500 of 2089 deals" in note and "no date of entry" in note for note in case.notes)
    assert [deal.age_days for deal in deals if deal.stage == "Prospecting"] == [0.0] * 500


@needs_data
def test_every_deal_keeps_its_id_age_and_list_price(case):
    with (DATA / "crm/maven/products.csv").open(encoding="utf-8", newline="") as file:
        prices = {row["product"]: float(row["sales_price"]) for row in csv.DictReader(file)}
    for deal, row in zip(case.pipeline.deals, open_rows(), strict=True):
        assert (deal.id, deal.owner, deal.segment) == (row["opportunity_id"], row["sales_agent"], row["product"])
        assert deal.amount == prices[{"GTXPro": "GTX Pro"}.get(row["product"], row["product"])]
        if row["engage_date"]:
            day, month, year = row["engage_date"].split("-")
            age = np.datetime64("2017-12-31") - np.datetime64(f"20{year}-{month}-{day}")
            assert deal.age_days == age.astype(int)


@needs_data
@pytest.mark.parametrize(("axis", "n_groups"), [("segment", 7), ("owner", 27)])
@pytest.mark.parametrize("measure", ["bookings", "wins"])
def test_groups_add_up_to_the_total_in_every_trial_and_period(ensemble, axis, n_groups, measure):
    rows = [i for i, row in enumerate(ensemble.program.rows) if tuple(row.group) == (axis,)]
    assert len(rows) == n_groups
    for i in range(len(ensemble.case.periods)):
        summed = sum(ensemble.period(measure, i, row) for row in rows)
        np.testing.assert_array_equal(summed, ensemble.period(measure, i))
        assert summed.any()


@needs_data
def test_without_a_horizon_the_mean_is_the_weighted_pipeline():
    case = fs.load(FOLDER / "case.yaml", ("horizon=unlimited",))
    total = fs.forecast(fs.simulate(case, trials=QUICK)).bookings.total
    _, weighted = run.stated(case)
    assert abs(total.mean - weighted) < Z * total.mean_se
    # negative control: win rates 3 % higher are told apart
    assert abs(total.mean - 1.03 * weighted) > Z * total.mean_se


@needs_data
def test_the_stored_table_is_the_quick_one_within_z_standard_errors():
    for kept, settings in zip(read_csv(FOLDER / "results.csv"), run.QUESTIONS.values(), strict=True):
        fresh = run.figures(run.ask(settings, QUICK))
        for name, error in (("mean", "mean_se"), ("p10", "p10_se")):
            se = np.hypot(fresh[error], float(kept[error]))
            assert abs(fresh[name] - float(kept[name])) < Z * se, (kept["question"], name)


def test_the_readme_tells_the_figures_of_the_stored_table():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for row in read_csv(FOLDER / "results.csv"):
        f = {name: round(float(row[name])) for name in run.FIGURES}
        told = (
            f"| {row['question']} | {f['mean']:,} ± {f['mean_se']:,} | {f['sd']:,} "
            f"| {f['p10']:,} ± {f['p10_se']:,} | {f['p90']:,} |"
        )
        assert told in readme


@needs_data
def test_the_experiment_runs_as_a_person_starts_it(start, tmp_path):
    said = start("maven", "--trials", 300, "--out", tmp_path)
    assert said.startswith("2,089 deals, list prices 4,966,215, weighted 2,657,533 USD")
    assert len(read_csv(tmp_path / "results.csv")) == len(run.QUESTIONS)
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_without_data_the_experiment_says_so_and_writes_nothing(start, tmp_path, monkeypatch):
    monkeypatch.setenv("FUNNELSIM_DATA", str(tmp_path / "nowhere"))
    assert start("maven", "--out", tmp_path / "out") == ""
    assert not (tmp_path / "out").exists()
