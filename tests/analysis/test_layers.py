"""Layers of chance against closed forms, the exact engine, and a nested simulation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import sqrt

import numpy as np
import pytest
from decision_cases import full, learnt, plain
from scipy import stats

from funnelsim.analysis.layers import split_layers
from funnelsim.engine.redraw import LAYERS, redrawn
from funnelsim.engine.simulate import Simulation
from funnelsim.errors import RefusedError
from funnelsim.model.beliefs import Belief, Subject
from funnelsim.model.daily import AgedStage, DailyTables, Figures
from funnelsim.model.horizon import Horizon
from funnelsim.model.implied import implied_funnel
from funnelsim.model.law import Shaped, Uniform
from funnelsim.model.shock import Shock
from funnelsim.model.sources import Entry, Loyalty, Source

Z = 4.5
N = 40_000


def shares(found) -> dict[str, tuple[float, float]]:
    return {one.layer: (one.variance, one.error) for one in found.shares}


def near(found: tuple[float, float], value: float) -> bool:
    return abs(found[0] - value) < Z * found[1]


def beta_moments(mean: float, evidence: float) -> tuple[float, float]:
    """Return E c and E c^2."""
    return mean, mean**2 + mean * (1 - mean) / (evidence + 1)


def test_a_product_funnel_with_beta_beliefs_splits_as_its_closed_form() -> None:
    """Contact is won with c1 c2, offer with c2; c1 ~ Beta(20, 20), c2 ~ Beta(18, 12)."""
    found = shares(split_layers(learnt((40.0, 30.0)), trials=N))
    (c1, c1_sq), (c2, c2_sq) = beta_moments(0.5, 40.0), beta_moments(0.6, 30.0)
    # Y | c has the mean 50 (20 c1 c2 + 10 c2)
    mean, square = 20 * c1 + 10, 400 * c1_sq + 400 * c1 + 100
    of_beliefs = 50**2 * (square * c2_sq - (mean * c2) ** 2)
    luck = 50**2 * (20 * (c1 * c2 - c1_sq * c2_sq) + 10 * (c2 - c2_sq))
    assert near(found["parameters"], of_beliefs)
    assert near(found["wins"], luck)
    assert not near(found["parameters"], 1.25 * of_beliefs)  # the test can tell


def test_amounts_split_from_wins_as_the_closed_form() -> None:
    """Realisation U(.7, 1.1): Var = sum w a^2 v of amounts and sum a^2 w (1 - w) m^2 of wins."""
    found = shares(split_layers(plain(realisation=Uniform(0.7, 1.1)), trials=N))
    assert list(found) == ["wins", "amounts"]
    assert near(found["amounts"], 50**2 * (20 * 0.3 + 10 * 0.6) * 0.4**2 / 12)
    assert near(found["wins"], 50**2 * 0.9**2 * (20 * 0.21 + 10 * 0.24))


def test_arrivals_split_from_their_luck_as_a_compound_poisson_law() -> None:
    """From a source alone: Var(N) (w m)^2 of arrivals, E N times the variance of one deal of the rest."""
    case = replace(full(), beliefs=(), shock=replace(full().shock, rho=0.0))
    alone = replace(case, realisation=None, pipeline=replace(case.pipeline, deals=case.pipeline.deals[:1]))
    flow = shares(split_layers(alone, trials=N))
    in_window = split_layers(replace(alone, sources=()), trials=2000)  # the one open deal's part
    assert in_window.variance < 0.05 * sum(v for v, _ in flow.values())
    n, m, v = 36.0, 40.0, 40.0**2 / 12
    w = mean_new(alone) / (n * m)
    assert near(flow["arrivals"], n * (w * m) ** 2 + timing(alone))
    assert near(flow["amounts"], n * w * v)


def mean_new(case) -> float:
    run = Simulation(case, seed=5, measures=case.measures).run(N)
    return float(run.total("bookings_from_new").mean()) / 100


def timing(case) -> float:
    """Return what the day of entry adds: E N times the variance over days of the chance to be won in the window."""
    from scipy import integrate, stats

    sigma = np.log(45 / 15) / stats.norm.isf(0.1)
    stay = stats.lognorm(sigma, scale=15.0)
    grid = np.linspace(0, 183, 733)
    density = stay.pdf(grid)
    two = np.array([integrate.trapezoid(density[: i + 1] * stay.cdf(grid[i] - grid[: i + 1]), grid[: i + 1])
                    for i in range(len(grid))])  # fmt: skip
    chance = 0.3 * two[::-1]  # won if both stays fit into the days left
    mean = integrate.trapezoid(chance, grid) / 183
    variance = integrate.trapezoid((chance - mean) ** 2, grid) / 183
    return 36.0 * 40.0**2 * variance


def test_all_layers_add_up_to_the_variance() -> None:
    for fair in (False, True):
        found = split_layers(full(), fair=fair, trials=3000)
        assert [one.layer for one in found.shares] == list(LAYERS)
        assert sum(one.variance for one in found.shares) == pytest.approx(found.variance)
        assert found.n_runs == (31 if fair else 5)


def test_fair_shares_split_what_a_product_leaves_to_both() -> None:
    """Y = R x W, a factor on all amounts and one deal's win: E(Y | R), E(Y | W) and their product."""
    deal = replace(plain().pipeline, deals=plain().pipeline.deals[-1:])
    case = plain(pipeline=deal, beliefs=(Belief(Subject("realisation"), Uniform(0.5, 1.5), 1.0),))
    p, v = 0.6, 1 / 12
    alone, luck, both = 50**2 * p**2 * v, 50**2 * p * (1 - p), 50**2 * p * (1 - p) * v
    ordered, fair = (shares(split_layers(case, fair=f, trials=N)) for f in (False, True))
    assert near(ordered["parameters"], alone)
    assert near(ordered["wins"], luck + both)
    assert near(fair["parameters"], alone + both / 2)
    assert near(fair["wins"], luck + both / 2)


def test_layers_agree_with_a_nested_simulation() -> None:
    """The brute-force twin: means of many inner runs that share what is known of the figures."""
    case, n_inner = learnt((40.0, 30.0)), 64
    base = Simulation(case, seed=5, measures=("bookings",))
    inner = []
    for i in range(n_inner):
        moved = redrawn(base, LAYERS if i else ())
        if i:  # parameters as they were, all else drawn anew, each time elsewhere
            plan = moved.program.arrays
            keys = plan.stage_key + np.uint64(i * 0x9E3779B9)
            moved.program = replace(
                moved.program, arrays=plan._replace(stage_key=keys, belief_key=base.program.arrays.belief_key)
            )
        inner.append(moved.run(4000).total("bookings") / 100)
    means, noise = np.mean(inner, axis=0), np.var(inner, axis=0, ddof=1).mean() / n_inner
    twin = means.var() - noise
    found = shares(split_layers(case, trials=N))["parameters"]
    assert abs(found[0] - twin) < Z * sqrt(found[1] ** 2 + (twin * sqrt(2 / 4000)) ** 2)


def test_what_hangs_together_is_refused() -> None:
    loyal = replace(full(), loyalty=Loyalty(0.3, Shaped("lognormal", {"median": 20.0, "p90": 60.0})))
    with pytest.raises(RefusedError, match="loyalty"):
        split_layers(loyal, trials=100)


def test_a_shared_shock_brings_the_variance_of_its_chances() -> None:
    """One stage: E c(Z)^2 is the chance that two normals correlated by rho both fall below the threshold."""
    rho, w, n = 0.2, 0.6, 10
    deals = replace(plain().pipeline, deals=plain().pipeline.deals[-n:])
    found = shares(split_layers(plain(pipeline=deals, shock=Shock(rho)), trials=N))
    x = stats.norm.ppf(w)
    both = float(stats.multivariate_normal([0.0, 0.0], [[1.0, rho], [rho, 1.0]]).cdf([x, x]))
    assert near(found["shock"], (50 * n) ** 2 * (both - w**2))
    assert near(found["wins"], 50**2 * n * (w - both))


def test_fitted_draws_are_parameters_and_their_shock_is_shared() -> None:
    """Daily chances of 0.2 c and 0.2 (1 - c) end all deals in time: of n deals the layer of c is (50 n)^2 Var(c)."""
    c = stats.beta(18, 12).ppf((np.arange(400) + 0.5) / 400)
    chance = 0.2 * np.stack([c, 1 - c], axis=1)
    stage = AgedStage("offer", ("won", "lost"), (0,), Figures.of((400, 1, 1, 2), chance.ravel()))
    tables = DailyTables(date(2026, 10, 1), (stage,), shock=(-0.2, 0.2))
    deals = replace(plain().pipeline, deals=plain().pipeline.deals[-10:])
    case = replace(
        plain(pipeline=deals), funnel=implied_funnel(tables), fitted=tables, horizon=Horizon(2, "quarter"), targets=()
    )  # fmt: skip
    found = shares(split_layers(case, trials=N))
    assert list(found) == ["parameters", "shock", "wins"]
    boost = Simulation(case).program.recentring[0].boost
    odds = [boost * np.exp(2 * u) * c / (1 - c) for u in (-0.2, 0.2)]  # advancing e^u, losing e^-u
    by_shock = np.array([o / (1 + o) for o in odds])
    of_draws = by_shock.mean(axis=0)
    assert near(found["parameters"], 500**2 * of_draws.var())
    assert near(found["shock"], 500**2 * by_shock.var(axis=0).mean())
    assert near(found["wins"], 50**2 * 10 * (by_shock * (1 - by_shock)).mean())


def test_a_crowd_that_cannot_be_walked_is_refused_with_what_can() -> None:
    crowd = Source("ads", Entry("contact", Uniform(1.0, 2.0)), cohort=1_000_000, since=date(2026, 10, 2))
    with pytest.raises(RefusedError, match="at most --trials 4,000"):
        split_layers(replace(full(), sources=(crowd,)), trials=4001)
