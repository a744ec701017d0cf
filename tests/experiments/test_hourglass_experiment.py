"""The table of how the ratio sharpens: scipy says the same, and the README tells it."""

from experiment_cases import EXPERIMENTS, module_of, read_csv
from scipy.stats import betabinom

FOLDER = EXPERIMENTS / "hourglass"


def test_the_stored_prospects_are_the_least_that_reach_the_chance():
    for row in read_csv(FOLDER / "results.csv"):
        n, k, needed = (int(row[name]) for name in ("seen", "won", "prospects"))
        a, b = k + 0.5, n - k + 0.5
        assert betabinom.sf(5, needed, a, b) >= 0.9 > betabinom.sf(5, needed - 1, a, b)


def test_more_experience_narrows_the_interval_and_asks_for_fewer():
    rows = read_csv(FOLDER / "results.csv")
    widths = [float(row["high_80"]) - float(row["low_80"]) for row in rows]
    needed = [int(row["prospects"]) for row in rows]
    assert widths == sorted(widths, reverse=True)
    assert needed == sorted(needed, reverse=True)
    assert module_of("hourglass").known() == 91 < needed[-1]


def test_the_readme_tells_the_stored_table():
    text = (FOLDER / "README.md").read_text("utf-8")
    for row in read_csv(FOLDER / "results.csv"):
        low, high = (100 * float(row[name]) for name in ("low_80", "high_80"))
        assert f"| {row['seen']} | {row['won']} | {low:.1f} to {high:.1f} % | {row['prospects']} |" in text


def test_the_experiment_runs_as_a_person_starts_it(start, tmp_path):
    assert "rate known: 91 prospects" in start("hourglass", "--out", tmp_path)
    assert read_csv(tmp_path / "results.csv") == read_csv(FOLDER / "results.csv")
