"""Strengths of people factors: the method against known truth, and the stored tables against the real deals."""

import numpy as np
import pytest
from experiment_cases import EXPERIMENTS, module_of, read_csv
from scipy.special import expit

FOLDER = EXPERIMENTS / "people_factors"
run = module_of("people_factors")
# a dozen comparisons: 1 seed in 1,000 may err
Z = 4.0
needs_data = pytest.mark.skipif(
    not (run.data_folder() / run.FILE).is_file(), reason=f"no shared data at {run.data_folder()}; set FUNNELSIM_DATA"
)


def made(n, seed, truth):
    rng = np.random.default_rng(seed)
    x = (rng.random((n, len(truth))) < 0.5).astype(float)
    return x, rng.random(n) < expit(-0.5 + x @ truth)


def test_known_strengths_are_found_within_z_standard_errors():
    truth = np.array([0.7, -1.1, 0.0, 0.3])
    x, is_won = made(5000, 3, truth)
    found, covariance = run.strengths(x, is_won, spread=10.0)
    errors = np.sqrt(np.diag(covariance))[1:]
    assert (np.abs(found[1:] - truth) < Z * errors).all()
    # negative control: strengths off by a third of the first are refused
    assert abs(found[1] - 1.5 * truth[0]) > Z * errors[0]


def test_a_narrow_prior_holds_strengths_at_nothing_and_the_base_rate_free():
    x, is_won = made(500, 5, np.array([1.0, -1.0]))
    found, _ = run.strengths(x, is_won, spread=1e-3)
    assert np.abs(found[1:]).max() < 1e-3
    assert expit(found[0]) == pytest.approx(is_won.mean(), abs=1e-3)


def test_scores_out_of_sample_tell_a_factor_from_noise():
    rng = np.random.default_rng(8)
    x, is_won = made(400, 7, np.array([1.5, -1.5]))
    noise = (rng.random((400, 6)) < 0.5).astype(float)
    base = run.scored(np.zeros((400, 0)), is_won, 1)
    gain, nothing = run.scored(x, is_won, 1) - base, run.scored(noise, is_won, 1) - base
    assert gain.mean() > Z * gain.std() / 20
    assert nothing.mean() < Z * nothing.std() / 20


@needs_data
def test_448_deals_are_365_different_ones():
    assert (len(run.deals(distinct=False)), len(run.deals())) == (448, 365)
    unknown = [row["Status"] == "Won" for row in run.deals() if row["Purch_dept"] == "Unknown"]
    won = [row["Status"] == "Won" for row in run.deals()]
    assert (round(np.mean(unknown), 2), round(np.mean(won), 2)) == (0.17, 0.47)


@needs_data
def test_the_stored_strengths_come_out_again():
    for fresh, kept in zip(run.learnt(), read_csv(FOLDER / "strengths.csv"), strict=True):
        assert (fresh["factor"], fresh["level"]) == (kept["factor"], kept["level"])
        for name in ("alone", "alone_se", "beside", "beside_se"):
            assert fresh[name] == pytest.approx(float(kept[name]), abs=2e-4)


@needs_data
def test_the_stored_scores_are_those_of_one_cross_validation_within_its_error():
    stored = {row["factors"]: row for row in read_csv(FOLDER / "results.csv")}
    scores = {}
    for name in ("nothing but the base rate", "the buyer's people"):
        fresh = run.answer(name, 1, scores)
        # the same deals, other folds: far closer than the error over deals
        assert abs(fresh["score"] - float(stored[name]["score"])) < float(stored[name]["score_se"])


def test_the_readme_tells_the_figures_of_the_stored_tables():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for row in read_csv(FOLDER / "results.csv"):
        gain = f"{float(row['gain']):.3f} ± {float(row['gain_se']):.3f} | {row['against']}" if row["gain"] else "|"
        told = f"| {row['factors']} | {row['deals']} | {row['levels']} | {float(row['score']):.3f} ± "
        assert f"{told}{float(row['score_se']):.3f} | {gain} |" in readme
    level = {(row["factor"], row["level"]): row for row in read_csv(FOLDER / "strengths.csv")}
    for key in (("Posit_statm", "Yes"), ("Client", "New"), ("Att_t_client", "Strategic account")):
        alone, beside = (f"{float(level[key][name]):+.2f}" for name in ("alone", "beside"))
        assert alone in readme
        assert beside in readme


@needs_data
def test_the_experiment_runs_as_a_person_starts_it(start, tmp_path):
    said = start("people_factors", "--repeats", 1, "--out", tmp_path / "new")
    assert len(said.splitlines()) == 8 + 19
    assert (tmp_path / "new" / "figure.png").read_bytes().startswith(b"\x89PNG")
