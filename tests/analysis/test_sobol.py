"""Sobol' indices against closed forms, the function of Ishigami, and scipy."""

import numpy as np
import pytest
from scipy import stats

from funnelsim.analysis.sobol import Sample, design, indices, sobol_indices

Z = 4.0
ISHIGAMI_FIRST, ISHIGAMI_TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)


def ishigami(u):
    x = np.pi * (2.0 * u - 1.0)
    return (np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[:, None]


def errors(estimate):
    """Return the standard errors behind intervals of 95 %."""
    return (estimate.high - estimate.low).ravel() / 3.92


def far(estimate, wanted):
    return np.abs(estimate.value.ravel() - wanted) / np.maximum(errors(estimate), 1e-4)


def test_the_function_of_ishigami_has_its_known_indices():
    found = sobol_indices(ishigami, 3, n_points=2048, seed=1)
    assert far(found.first, ISHIGAMI_FIRST).max() < Z
    assert far(found.total, ISHIGAMI_TOTAL).max() < Z
    assert found.mean == pytest.approx([3.5], abs=0.05)
    # the negative control: indices of 3.5 in place of 7 are refused
    assert far(found.first, (0.55, 0.19, 0.0)).max() > Z


def test_indices_are_those_of_scipy_on_the_same_points():
    n, d = 512, 3
    u = design(d, n, seed=5)
    answers = ishigami(u)
    a, b, ab = answers[:n], answers[n : 2 * n], answers[2 * n :].reshape(d, n, 1)
    theirs = stats.sobol_indices(func={"f_A": a.T, "f_B": b.T, "f_AB": ab.transpose(0, 2, 1)}, n=n)
    first, total = indices(Sample(a, b, ab))
    assert first.ravel() == pytest.approx(theirs.first_order.ravel(), abs=1e-12)
    assert total.ravel() == pytest.approx(theirs.total_order.ravel(), abs=1e-12)


def product(u):
    return np.prod(1 + np.array([0.1, 0.3, 0.5]) * np.sqrt(12.0) * (u - 0.5), axis=1)[:, None]


@pytest.mark.parametrize("model", [ishigami, product], ids=["ishigami", "product funnel"])
def test_indices_are_those_of_salib(model):
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sample

    n, d = 1024, 3
    problem = {"num_vars": d, "names": ["a", "b", "c"], "bounds": [[0.0, 1.0]] * d}

    def theirs(answers):
        """Return first and total indices of answers in SALib's order: row by row A, every AB_i, B."""
        found = analyze.analyze(problem, answers, calc_second_order=False, seed=1, num_resamples=2)
        return found["S1"], found["ST"]

    ours = sobol_indices(model, d, n_points=n, seed=5)
    answers = model(design(d, n, seed=5)).ravel()
    rows = np.concatenate([answers[None, :n], answers[2 * n :].reshape(d, n), answers[None, n : 2 * n]])
    first, total = theirs(rows.T.ravel())
    # the same points: equal, but that SALib centres first indices on the mean of all rows
    assert ours.total.value.ravel() == pytest.approx(total, abs=1e-9)
    assert far(ours.first, first).max() < 1.0
    # points of its own
    first, total = theirs(model(sample.sample(problem, n, calc_second_order=False, scramble=True, seed=8)).ravel())
    for estimate, other in ((ours.first, first), (ours.total, total)):
        assert far(estimate, other).max() < Z * np.sqrt(2.0)
        assert far(estimate, np.roll(other, 1)).max() > Z * np.sqrt(2.0)  # those of the next input are refused


def test_a_product_shares_its_variance_as_the_closed_form_says():
    cv = np.array([0.1, 0.3, 0.5])
    whole = np.prod(1 + cv**2)
    first, total = cv**2 / (whole - 1), cv**2 / (1 + cv**2) * whole / (whole - 1)
    found = sobol_indices(
        lambda u: np.prod(1 + cv * np.sqrt(12.0) * (u - 0.5), axis=1)[:, None], 3, n_points=2048, seed=2
    )
    assert far(found.first, first).max() < Z
    assert far(found.total, total).max() < Z
    assert far(found.total, first[::-1]).max() > Z


def test_an_answer_that_does_not_vary_has_no_shares():
    found = sobol_indices(lambda u: np.ones((len(u), 2)), 2, n_points=8)
    assert found.first.value.tolist() == found.total.value.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_the_same_seed_gives_the_same_indices_and_another_one_others():
    same = [sobol_indices(ishigami, 3, n_points=64, seed=s).total.value for s in (3, 3, 4)]
    assert (same[0] == same[1]).all()
    assert (same[0] != same[2]).any()


def test_intervals_cover_as_often_as_they_say():
    """Of 60 intervals of 90 % each, at most 15 may miss: that many by luck once in 1,000."""
    missed = 0
    for seed in range(10):
        found = sobol_indices(ishigami, 3, n_points=256, seed=seed, confidence=0.9)
        for estimate, wanted in ((found.first, ISHIGAMI_FIRST), (found.total, ISHIGAMI_TOTAL)):
            missed += ((estimate.low.ravel() > wanted) | (estimate.high.ravel() < wanted)).sum()
    assert missed <= 15
