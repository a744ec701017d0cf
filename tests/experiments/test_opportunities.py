"""A quarter from a CRM export, representative by representative."""

import pytest
from experiment_cases import EXPERIMENTS, module_of, read_csv

FOLDER = EXPERIMENTS / "opportunities"
run = module_of("opportunities")
needs_data = pytest.mark.skipif(
    not (run.data_folder() / run.RECORDS).is_file(), reason=f"no shared data at {run.data_folder()}; set FUNNELSIM_DATA"
)


def test_the_readme_tells_the_stored_sentences_and_rows():
    readme = " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())
    for sentence in (FOLDER / "told.txt").read_text(encoding="utf-8").splitlines():
        assert sentence in readme
    for row in read_csv(FOLDER / "results.csv"):
        assert run.line_of(row) in readme


@needs_data
def test_what_each_representative_won_is_what_the_export_says():
    """Counted from the raw rows, by day, month and year as they stand there."""
    import csv
    import gzip
    from collections import Counter
    from datetime import date

    def day(text):
        d, m, y = map(int, text.split("-"))
        return date(2000 + y, m, d)

    with gzip.open(run.data_folder() / run.RECORDS, "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["engage_date"]]
    origin = date.fromisoformat(run.AS_OF)
    was_open = [
        r for r in rows if day(r["engage_date"]) < origin and not (r["close_date"] and day(r["close_date"]) < origin)
    ]
    won, stood = (
        Counter(r["sales_agent"] for r in was_open if r["deal_stage"] in which)
        for which in ({"Won"}, {"Won", "Lost", "Engaging"})
    )
    stored = read_csv(FOLDER / "results.csv")
    assert {r["representative"]: int(r["actual"]) for r in stored} == {name: won[name] for name in stood}
    assert {r["representative"]: int(r["open_deals"]) for r in stored} == dict(stood)


@pytest.mark.slow
@needs_data
def test_the_experiment_runs_as_a_person_starts_it(start, tmp_path):
    said = start("opportunities", "--trials", 200, "--out", tmp_path)
    kept = (FOLDER / "told.txt").read_text(encoding="utf-8")
    assert said.splitlines()[:2] == kept.splitlines()[:2]
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_without_data_the_experiment_says_so_and_writes_nothing(start, tmp_path, monkeypatch):
    monkeypatch.setenv("FUNNELSIM_DATA", str(tmp_path / "nowhere"))
    assert start("opportunities", "--out", tmp_path / "out") == ""
    assert not (tmp_path / "out").exists()
