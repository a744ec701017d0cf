"""Laws of stays: scipy finds the same, truth is recovered under censoring and truncation, and ignoring either fails."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from scipy import stats

from funnelsim.engine.laws import curve_of
from funnelsim.errors import InputError
from funnelsim.fitting.exits import CENSORED, Spells
from funnelsim.fitting.stays import fit_stay, fit_stays, stay_laws
from funnelsim.history.record import LOST, WON
from funnelsim.history.synthetic import Company, make
from funnelsim.history.synthetic.hazards import straight

# two parameters, a dozen cases each: of all of them 1 seed in 1,000 may err
Z = 4.0
N = 4_000
LAWS = {
    "exponential": (stats.expon(scale=20), [log(20)]),
    "weibull": (stats.weibull_min(1.6, scale=25), [log(25), log(1.6)]),
    "gamma": (stats.gamma(2.5, scale=8), [log(20), log(2.5)]),
    "lognormal": (stats.lognorm(0.8, scale=18), [log(18), log(0.8)]),
}


def seen(law, censored: float, seed: int, *, late: float = 0.0) -> Spells:
    """Stays in whole days, a share of them still open at an age of their own; some seen late, if at all."""
    random = np.random.default_rng(seed)
    stay = np.floor(law.rvs(N, random_state=random))
    if censored:
        # every stay has an end of sight of its own, spread over ages that leave the stated share open
        wide = np.quantile(stay / random.random(N), 1 - censored)
        sight = np.ceil(wide * random.random(N))
    else:
        sight = np.full(N, np.inf)
    start = np.floor(late * random.random(N))
    is_open = stay >= sight
    stop = np.where(is_open, sight, stay + 1)
    kept = stop > start
    to = np.where(is_open, CENSORED, 1)
    return Spells(np.zeros(int(kept.sum()), np.int64), start[kept], stop[kept], to[kept])


def z_of(fit, true) -> float:
    return float(np.abs((fit.parameters - true) / fit.errors).max())


@pytest.mark.parametrize("censored", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("family", list(LAWS))
def test_laws_are_recovered_however_many_stays_are_open(family, censored: float) -> None:
    law, true = LAWS[family]
    spells = seen(law, censored, 7)
    fit = fit_stay(spells, [1], family)
    assert fit.n_censored / len(spells) == pytest.approx(censored, abs=0.03)
    assert z_of(fit, true) < Z
    assert (fit.errors < 0.1).all()
    if censored:  # negative control: open stays taken for ended ones
        ended = Spells(spells.state, spells.start, spells.stop, np.ones_like(spells.to))
        assert z_of(fit_stay(ended, [1], family), true) > 2 * Z


@pytest.mark.parametrize("family", list(LAWS))
def test_stays_seen_late_are_recovered_and_ignoring_it_is_not(family) -> None:
    law, true = LAWS[family]
    spells = seen(law, 0.3, 8, late=60)
    assert z_of(fit_stay(spells, [1], family), true) < Z
    whole = Spells(spells.state, np.zeros_like(spells.start), spells.stop, spells.to)
    assert z_of(fit_stay(whole, [1], family), true) > 2 * Z


@pytest.mark.parametrize("family", list(LAWS))
def test_scipy_finds_the_same_law(family) -> None:
    law, _ = LAWS[family]
    spells = seen(law, 0.4, 9)
    ended = spells.to != CENSORED
    days = stats.CensoredData(
        interval=np.stack([spells.stop[ended] - 1, spells.stop[ended]], axis=1), right=spells.stop[~ended]
    )
    kinds = {"exponential": stats.expon, "weibull": stats.weibull_min, "gamma": stats.gamma, "lognormal": stats.lognorm}
    found = kinds[family](*kinds[family].fit(days, floc=0))
    fit = fit_stay(spells, [1], family)
    told = curve_of(fit.law)
    for age in (1.0, 5.0, 20.0, 60.0):
        # scipy's own search stops at a ten-thousandth of its parameters
        assert float(told.survival(age)) == pytest.approx(float(found.sf(age)), abs=2e-4)
    likelihood = np.log(found.cdf(spells.stop[ended]) - found.cdf(spells.stop[ended] - 1)).sum()
    likelihood += found.logsf(spells.stop[~ended]).sum()
    assert fit.log_likelihood == pytest.approx(likelihood, abs=1e-3)
    assert fit.log_likelihood > likelihood - 1e-6  # nothing better is left to find


@pytest.mark.parametrize("family", ["weibull", "gamma", "lognormal"])
def test_the_law_behind_the_stays_is_chosen(family) -> None:
    fits = fit_stays(seen(LAWS[family][0], 0.4, 10), [1])
    assert fits[0].law.family == family
    assert [fit.aic for fit in fits] == sorted(fit.aic for fit in fits)
    assert fits[0].aic == 4 - 2 * fits[0].log_likelihood


def test_a_law_with_a_shape_that_says_nothing_is_not_worth_its_parameter() -> None:
    fits = {fit.law.family: fit for fit in fit_stays(seen(LAWS["exponential"][0], 0.4, 11), [1])}
    assert fits["exponential"].aic < fits["weibull"].aic
    assert fits["exponential"].law.figures == pytest.approx({"mean": 20}, rel=0.1)


def test_each_exit_of_a_stage_has_its_law() -> None:
    """Two clocks run against each other; each is recovered with the other one's bells as ends of sight."""
    win, lose = stats.weibull_min(1.5, scale=40), stats.weibull_min(0.9, scale=60)
    random = np.random.default_rng(3)
    to_win, to_lose = win.rvs(20_000, random_state=random), lose.rvs(20_000, random_state=random)
    stop = np.floor(np.minimum(to_win, to_lose)) + 1
    zeros = np.zeros(20_000)
    spells = Spells(zeros.astype(np.int64), zeros, stop, np.where(to_win < to_lose, 2, 1))
    assert z_of(fit_stay(spells, [2], "weibull"), [log(40), log(1.5)]) < Z
    assert z_of(fit_stay(spells, [1], "weibull"), [log(60), log(0.9)]) < Z
    closed = Spells(*(part[spells.to == 2] for part in (spells.state, spells.start, spells.stop, spells.to)))
    assert z_of(fit_stay(closed, [2], "weibull"), [log(40), log(1.5)]) > 2 * Z  # without the stays lost first


def test_the_stay_of_a_growing_company_is_recovered_from_its_record() -> None:
    law = stats.gamma(2, scale=15)
    history, _ = make(Company(straight((0.5, 0.4), [law, law]), deals_per_day=20, n_days=300, growth_per_year=3), 1)
    fit = stay_laws(history, 0)[0]
    assert fit.law.family == "gamma"
    assert z_of(fit, [log(30), log(2)]) < Z
    assert fit.n_ended + fit.n_censored == (history.visits.stage == 0).sum()
    to_win, to_loss = stay_laws(history, 1, [WON])[0], stay_laws(history, 1, [LOST])[0]
    assert to_win.n_ended < to_loss.n_ended  # 40 % are won


def test_too_few_stays_make_no_law() -> None:
    law = stats.gamma(2, scale=15)
    history, _ = make(Company(straight((0.5, 0.4), [law, law]), deals_per_day=1, n_days=20), 1)
    with pytest.raises(InputError, match="0 stays in 'stage 2' ended that way, too few for a law"):
        stay_laws(history, 1, [WON])
