"""The case that a fit writes forecasts what the forecaster forecasts: deal by deal, and in the laws of its sums.

The fit and the outlook take the same posterior draws. Without a shock both must tell the same chance of every deal, to
rounding. With it the laws of four sums are compared on the probability scale. 64 quantiles and 32 means at z = 5
(two-sided 6e-7) err less than once in 10,000 seeds. A hundredth of probability and of a standard deviation is allowed
for beside: means are held per stage in the case and per class of deals in the outlook, which reads chances off between
nine values of the shock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from fitted_histories import HOTEL, RETURNING, SELLER, real, standing_still

from funnelsim.config import load
from funnelsim.engine.exact import ExactLaw, exact
from funnelsim.engine.recursion import Asked, end_chances
from funnelsim.engine.simulate import simulate
from funnelsim.fitting.fitted import Fitted, fit
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.outlook import Outlook
from funnelsim.history.record import History, date_of, day_of
from funnelsim.history.synthetic import Company, make
from funnelsim.model.case import Case
from funnelsim.model.horizon import Horizon
from funnelsim.report.fit_folder import write_fit

N, N_DRAWS, Z, ALLOWED = 6_000, 32, 5.0, 0.01
MEASURES = {
    "open_wins": "wins_from_open",
    "open_bookings": "bookings_from_open",
    "total_wins": "wins",
    "total_bookings": "bookings",
}
AS_OF = date(2026, 12, 12)  # a Saturday


def steps_back(_: Path, __: Path) -> tuple[History, date]:
    company = Company(RETURNING, deals_per_day=5, n_days=170, first=day_of(AS_OF) - 170, shock_sigma=0.2, shock_days=30)
    return make(company, seed=2)[0], AS_OF


def dated(_: Path, __: Path) -> tuple[History, date]:
    return HOTEL.make(seed=1)[0], date_of(HOTEL.as_of)


def closed_in_winter(_: Path, __: Path) -> tuple[History, date]:
    """Strata of amounts, weekdays, and a fortnight at the end of the year on which all stands still."""
    company = replace(SELLER, n_days=440, deals_per_day=4, first=day_of(AS_OF) - 440)
    history = standing_still(make(company, seed=3)[0], company.first + 80)
    segment = np.array(["east", "west", "west"], object)[np.arange(len(history.deals)) % 3]
    return replace(history, deals=replace(history.deals, segment=segment)), AS_OF


def payments(data: Path, folder: Path) -> tuple[History, date]:
    return real("payments", data, folder), date(2017, 10, 16)


HISTORIES: dict[str, Callable[[Path, Path], tuple[History, date]]] = {
    "steps back": steps_back,
    "dated": dated,
    "closed in winter": closed_in_winter,
    "payments": payments,
}


@dataclass(frozen=True)
class Pair:
    """The same history, forecast and fitted."""

    forecaster: Forecaster
    outlook: Outlook
    fitted: Fitted
    case: Case


def pair_of(history: History, as_of: date, folder: Path) -> Pair:
    forecaster, horizon = Forecaster(history, 1), Horizon(4, "week")
    end, day = horizon.periods(as_of)[-1].end, day_of(as_of)
    fitted = fit(forecaster, as_of, end, horizon.current_period_start(as_of), n_draws=N_DRAWS)
    outlook = forecaster.outlook(day, (end - as_of).days, n_samples=N, n_draws=N_DRAWS)
    return Pair(forecaster, outlook, fitted, load(write_fit(fitted, horizon, "made up", folder / "case") / "case.yaml"))


@pytest.fixture(scope="module", params=list(HISTORIES))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    data = request.getfixturevalue("shared_data") if request.param == "payments" else Path()
    folder = tmp_path_factory.mktemp("parity")
    return pair_of(*HISTORIES[request.param](data, folder), folder)


def without_shock(case: Case) -> Case:
    assert case.fitted is not None
    return replace(case, fitted=replace(case.fitted, shock=(0.0,)), beliefs=())


def test_without_a_shock_every_chance_is_the_forecasters(pair: Pair) -> None:
    expected, change = pair.outlook.expected, pair.outlook.change
    calm = int(np.flatnonzero(expected.u == 0)[0])
    law = exact(without_shock(pair.case), measures=("wins_from_new", "bookings_from_new"))
    p = expected.open_chance[:, calm].mean(axis=0)[expected.standing.class_of_deal]
    assert law.deal_chances()[0] == pytest.approx(p, abs=1e-12)
    rate = expected.inflow.expected * expected.new.share * expected.new_chance[:, calm].mean(axis=0)
    worth = np.array([pool.mean() for pool in expected.new.pools])
    # strata are shares of 1,000 amounts, and days to the date a sample of 200
    assert law.total("wins_from_new").mean == pytest.approx(change.new_wins * rate.sum(), rel=0.01)
    assert law.total("bookings_from_new").mean == pytest.approx(change.new_money * (rate @ worth), rel=0.01)


def test_periods_end_on_the_forecasters_clock(pair: Pair) -> None:
    """Wins of open deals by the end of each week, from the recursion over open days alone."""
    case, expected, day = pair.case, pair.outlook.expected, day_of(pair.case.as_of)
    ends = np.array([day_of(period.end) for period in case.periods])
    clock, chronicle = pair.forecaster.clock(day, int(ends[-1]) - day), pair.forecaster.past(day).chronicle
    bounds = clock.number(ends) - expected.day
    classes, strata = expected.standing.classes, np.arange(expected.rates.chance.shape[1])
    asked = Asked(bounds, strata, classes, np.zeros((0, 4), np.int64))
    calendar = chronicle.calendar(expected.day, expected.n_days, clock)
    one = np.ones((1, 1, len(strata), 2))
    stood = end_chances(chronicle.layout.cells, expected.rates.chance, calendar, asked, one)[0]
    law = exact(without_shock(case), measures=("wins_from_open",))
    found = np.cumsum([law.period("wins_from_open", n).mean for n in range(len(ends))])
    assert found == pytest.approx(expected.standing.size @ stood.mean(axis=(0, 1)), abs=1e-9)


def test_the_laws_of_all_four_sums_are_the_forecasters(pair: Pair) -> None:
    names = tuple(MEASURES.values())
    law, ensemble = exact(pair.case, measures=names), simulate(pair.case, trials=N, measures=names)
    assert disagreements(pair.outlook, law) == []
    for measure, name in MEASURES.items():
        sample = ensemble.total(name) / (100.0 if "bookings" in name else 1.0)
        assert far_apart(sample, law, name) == [], measure
    wrong = replace(pair.outlook, samples=pair.outlook.samples * 1.06)
    assert disagreements(wrong, law) != []  # negative control


def disagreements(outlook: Outlook, law: ExactLaw) -> list[str]:
    return [told for measure, name in MEASURES.items() for told in far_apart(outlook.of(measure), law, name)]


def far_apart(sample: np.ndarray, law: ExactLaw, name: str) -> list[str]:
    """Return in what a sample does not look like the law."""
    exactly, found = law.total(name), []
    if abs(sample.mean() - exactly.mean) > (Z / N**0.5 + ALLOWED) * exactly.sd + exactly.numeric_error:
        found.append(f"{name}: mean {sample.mean():.5g} and {exactly.mean:.5g}, sd {exactly.sd:.4g}")
    for p in (0.1, 0.5, 0.9):
        x, slack = np.quantile(sample, p), Z * (p * (1 - p) / N) ** 0.5 + ALLOWED + exactly.slack
        below, upto = 1 - exactly.chance_at_least(x), 1 - exactly.chance_at_least(x * (1 + 1e-9) + 1e-9)
        if not below - slack <= p <= upto + slack:
            found.append(f"{name}: P{100 * p:.0f} {x:.5g} lies at {below:.4f} to {upto:.4f}")
    return found


def test_closed_days_stop_the_clocks_and_bring_no_new_deals(tmp_path: Path) -> None:
    """The negative control of the clock: were closed days as any other, chances would be off by points."""
    pair = pair_of(*closed_in_winter(Path(), Path()), tmp_path)
    assert pair.case.fitted is not None
    days, closed = pair.case.fitted.days, pair.case.fitted.closed
    assert closed == set(pair.fitted.closed_ahead)
    assert 10 <= len(closed) <= 13
    runs = pair.case.sources[0].arrivals(pair.case.as_of, pair.case.end, closed)
    entered = [pair.case.as_of + timedelta(int(run.start_days) + n) for run in runs for n in range(int(run.n_days))]
    assert entered == [
        day
        for n in range((pair.case.end - pair.case.as_of).days)
        if (day := pair.case.as_of + timedelta(n)) not in closed
    ]
    assert len({run.address for run in runs}) == len(runs)
    shares = _by_segment(pair.case)
    assert shares == pytest.approx([1 / 3, 2 / 3], abs=0.01)  # deals go by turns to east, west and west
    assert days is not None
    open_ = replace(days, of_day=tuple(max(kind, 0) for kind in days.of_day))
    wrong = replace(pair.case, fitted=replace(pair.case.fitted, days=open_))
    off = exact(without_shock(wrong)).deal_chances()[0] - exact(without_shock(pair.case)).deal_chances()[0]
    assert off.max() > 0.05


def _by_segment(case: Case) -> list[float]:
    """Return the shares of east and west in the new wins, which must add up."""
    law = exact(replace(without_shock(case), groups=("segment",)), measures=("wins_from_new",))
    whole, east, west = (law.total("wins_from_new", row).mean for row in range(3))
    assert east + west == pytest.approx(whole, rel=1e-9)
    return [east / whole, west / whole]
