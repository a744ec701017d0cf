"""Waterfalls of many causes: sampled orders still add up, and tell their error."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.analysis.waterfall import FIGURES, N_ORDERS, waterfall
from funnelsim.report.waterfalls import basis_note, waterfall_table
from funnelsim.report.words import Words

CAUSES = tuple(f"cause {i}" for i in range(12))


def value(acted) -> np.ndarray:
    """Return figures of a product in which every cause raises what the others raise."""
    factor = np.prod([1.0 + 0.01 * (CAUSES.index(cause) + 1) for cause in acted])
    return 1000.0 * factor * np.array([1.0, 0.8, 1.0, 1.3])


@pytest.fixture(scope="module")
def fall():
    return waterfall(CAUSES, value, "simulate", seed=4)


def test_more_causes_than_can_be_tried_in_all_orders_are_sampled_and_add_up(fall) -> None:
    assert (fall.basis, fall.n_orders) == ("sampled orders", N_ORDERS)
    assert fall.n_cases < 2**12 / 4
    assert max(map(abs, fall.residual.values())) < 1e-9


def test_sampled_steps_are_within_their_error_of_the_exact_ones(fall) -> None:
    """The Shapley share of a product is the integral over its multilinear extension, f_i int prod (1 + t f_j) dt."""
    f = 0.01 * np.arange(1, 13)
    t, weight = np.polynomial.legendre.leggauss(16)
    t, weight = (t + 1) / 2, weight / 2
    whole = np.prod(1 + t[:, None] * f[None, :], axis=1)
    exact = [1000 * f_i * float(weight @ (whole / (1 + t * f_i))) for f_i in f]
    for step, share in zip(fall.steps, exact, strict=True):
        assert abs(step.adds["mean"] - share) < 5 * step.error["mean"]
        assert step.error["mean"] < 0.05 * share


def test_one_order_is_told_as_such_and_in_that_order() -> None:
    found = waterfall(CAUSES[:3], value, "exact", ordered=True)
    assert (found.basis, found.n_cases) == ("one order", 4)
    assert found.steps[0].adds["mean"] == pytest.approx(10.0)
    assert "one after the other" in basis_note(found, Words("en"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_begins_and_ends_with_the_forecasts_and_tells_the_error(fall, lang) -> None:
    table = waterfall_table(fall, "title", ("A", "B"), {c: c for c in CAUSES}, Words(lang))
    assert [row[0] for row in table.rows] == ["A", *CAUSES, "B"]
    assert table.rows[0][1] == "1,000.0"
    assert str(N_ORDERS) in table.note
    assert len(table.columns) == 1 + len(FIGURES)
