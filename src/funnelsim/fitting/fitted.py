"""From a history to all that a case needs: fitted tables, the open deals, the flow of new ones, what is booked."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import LOST, WON
from funnelsim.errors import InputError
from funnelsim.fitting.arrivals import Inflow, arrivals_of, entry_stages
from funnelsim.fitting.chronicle import Chronicle, Standing
from funnelsim.fitting.expectation import RECENT_DAYS as DAYS_OF_LEADS
from funnelsim.fitting.expectation import amounts_of_new
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.naive import Comparison, compare
from funnelsim.fitting.outlook import recalibrated
from funnelsim.fitting.rates import Rates, rates_at
from funnelsim.fitting.recalibration import Recalibration
from funnelsim.fitting.shock import ShockLaw
from funnelsim.fitting.support import Support, shock_at, support_of
from funnelsim.fitting.weekdays import weekday_of
from funnelsim.fitting.workdays import Workdays
from funnelsim.history.record import NEVER, date_of, day_of
from funnelsim.model.closed_days import ClosedDays
from funnelsim.model.daily import CLOSED, AgedStage, DailyTables, DatedStage, DayKinds, Figures
from funnelsim.model.money import Money

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
N_DRAWS = 200
N_SHOCKS = 400
N_LEADS = 200
N_AMOUNTS = 1000
N_FACTORS = 200
MOST_SEGMENTS = 12
RECENT_DAYS = 2 * DAYS_OF_LEADS


@dataclass(frozen=True)
class OpenDeal:
    """A deal that is open at the day of the fit; its age counts open days only."""

    id: str
    stage: str
    amount: float
    age_days: int
    owner: str
    segment: str
    source: str
    expected_close: date | None


@dataclass(frozen=True)
class Flow:
    """New deals of a segment that enter a stage: so many on an open day, and amounts that are each as likely."""

    stage: str
    segment: str
    per_day: float
    amounts: tuple[float, ...]


@dataclass(frozen=True)
class Fitted:
    """A fit as of a day for the days up to `end` (exclusive).

    Parameters
    ----------
    deals : tuple of OpenDeal
    left_out : dict of str to int
        Open deals that cannot be forecast, by reason: ``undated``, ``overdue``, ``no amount`` (these stay, at 0).
    booked : tuple of (date, amount)
        Deals won in the current period before `as_of`, added up by day.
    closed_ahead : tuple of date
        Days of the horizon on which nothing is expected to move.
    plan : ClosedDays
        What of it somebody stated.
    n_called : int
        Open deals of which somebody said something; the case does not carry it.
    new_factors : tuple of float
        Values of the factor on the rates of all flows, each as likely.
    """

    as_of: date
    end: date
    money: Money
    timezone: str
    tables: DailyTables
    deals: tuple[OpenDeal, ...]
    left_out: dict[str, int]
    flows: tuple[Flow, ...]
    new_factors: tuple[float, ...]
    booked: tuple[tuple[date, float, int], ...]
    closed_ahead: tuple[date, ...]
    plan: ClosedDays
    n_called: int
    rates: Rates
    shock: ShockLaw
    inflow: Inflow
    change: Recalibration
    support: Support
    comparison: Comparison
    seed: int


def fit(
    forecaster: Forecaster, as_of: date, end: date, period_start: date, *, n_draws: int = N_DRAWS, threads: int = 1
) -> Fitted:
    """Fit a history as of a day, for a horizon that ends before `end`.

    Parameters
    ----------
    forecaster : Forecaster
    period_start : date
        The first day of the period `as_of` lies in: what was won from it on is booked.
    threads : int
        Changes the time, never the result.

    Raises
    ------
    InputError
        If the day lies outside the records, or no deal was recorded before it.
    """
    history = forecaster.history
    day = day_of(as_of)
    _check(forecaster, day, as_of)
    past, clock = forecaster.past(day), forecaster.clock(day, (end - as_of).days)
    chronicle = past.chronicle
    start, last = (int(d) for d in clock.number(np.array([day, day_of(end)])))
    n_days = max(last - start, 1)
    past.look_back(start, n_days, threads)
    rates = rates_at(chronicle, start, n_days, n_draws, forecaster.seed)
    standing = chronicle.standing(start, rates.strata.cuts, clock)
    shock, inflow = shock_at(past, start, n_days), arrivals_of(chronicle, n_days).inflow(start)
    change = recalibrated(past, start, n_days, shock, inflow)
    deals, left_out = _open_deals(chronicle, standing, start, clock)
    closed = clock.closed[(clock.closed >= day) & (clock.closed < day_of(end))]
    calendar = np.arange(day, day_of(end))
    return Fitted(
        as_of,
        end,
        history.money,
        history.timezone,
        _tables(chronicle, rates, shock, as_of, calendar, closed, start),
        deals,
        left_out,
        _flows(chronicle, inflow, change, start, n_days, rates.strata.cuts),
        tuple(inflow.factors(N_FACTORS).tolist()),
        _booked(forecaster, day, day_of(period_start)),
        tuple(date_of(d) for d in closed),
        history.closed,
        history.known_at(day).n_called(),
        rates,
        shock,
        inflow,
        change,
        support_of(past, start, n_days, standing, shock.mean_sigma),
        compare(history.known_at(day)),
        forecaster.seed,
    )


def _check(forecaster: Forecaster, day: int, as_of: date) -> None:
    history = forecaster.history
    if not history.observed_from < day <= history.as_of:
        span = f"{date_of(history.observed_from)} to {date_of(history.as_of)}"
        raise InputError.of(f"{as_of} is outside the records, which are known from {span}", "as_of")
    if not (history.visits.entered < day).any():
        raise InputError.of(f"no deal entered a stage before {as_of}; there is nothing to fit", "as_of")


# ---- tables


def _tables(
    chronicle: Chronicle, rates: Rates, shock: ShockLaw, as_of: date, calendar: Ints, closed: Ints, start: int
) -> DailyTables:
    layout, names = chronicle.layout, chronicle.history.stages
    n_draws, n_strata, _, n_exits = rates.chance.shape
    by_stage = rates.chance.reshape(n_draws, n_strata, layout.n_stages, layout.n_cells, n_exits)
    stages: list[AgedStage | DatedStage] = []
    kept: dict[str, Ints] = {}
    for s, name in enumerate(names):
        q = by_stage[:, :, s]
        if layout.is_dated:
            stages.append(_dated_stage(chronicle, name, q, start))
            kept[name] = np.arange(2)
            continue
        used = np.flatnonzero(q.max(axis=(0, 1, 2)) > 0)
        used = used if len(used) else np.array([0, n_exits - 1])
        kept[name] = used
        exits = tuple(_name(int(layout.targets[s, e]), names) for e in used)
        stages.append(AgedStage(name, exits, tuple(layout.ages.tolist()), _figures(q[..., used])))
    return DailyTables(
        as_of,
        tuple(stages),
        tuple(rates.strata.cuts.tolist()),
        tuple(shock.quantiles(N_SHOCKS).tolist()),
        _day_kinds(rates, names, kept, calendar, closed),
    )


def _dated_stage(chronicle: Chronicle, name: str, q: Floats, start: int) -> DatedStage:
    layout = chronicle.layout
    lost, won = (int(np.flatnonzero(layout.targets[0] == t)[0]) for t in (LOST, WON))
    shape = (*q.shape[:2], len(layout.dues), len(layout.ages))
    leads = np.sort(chronicle.lead[_dated_lately(chronicle, start)])
    return DatedStage(
        name,
        tuple(layout.dues.tolist()),
        tuple(layout.ages.tolist()),
        _figures(q[:, :, :-1, lost].reshape(shape)),
        _figures(q[:, :, -1, won]),
        tuple(leads[_evenly(len(leads), N_LEADS)].tolist()) or (0,),
    )


def _day_kinds(
    rates: Rates, names: tuple[str, ...], kept: dict[str, Ints], calendar: Ints, closed: Ints
) -> DayKinds | None:
    if rates.weekdays is None and not len(closed):
        return None
    kind, factor = np.zeros_like(calendar), {}
    if rates.weekdays is not None:
        kind = weekday_of(calendar)
    kind[np.isin(calendar, closed)] = CLOSED
    if rates.weekdays is not None:
        by_day = rates.weekdays.multiplier[: max(int(kind.max()), 0) + 1]
        factor = {name: _figures(by_day[:, s, kept[name]]) for s, name in enumerate(names)}
    return DayKinds(tuple(kind.tolist()), factor)


def _figures(values: Floats) -> Figures:
    return Figures(values.shape, array("d", np.ascontiguousarray(values, float).tobytes()))


def _name(target: int, stages: tuple[str, ...]) -> str:
    return {WON: "won", LOST: "lost"}.get(target) or stages[target]


# ---- deals


def _open_deals(
    chronicle: Chronicle, standing: Standing, start: int, clock: Workdays
) -> tuple[tuple[OpenDeal, ...], dict[str, int]]:
    history, deals = chronicle.history, chronicle.history.deals
    found = []
    for row, amount, class_ in zip(standing.deal, standing.amount, standing.class_of_deal, strict=True):
        _, stage, age, due = standing.classes[class_]
        close = date_of(int(clock.days(start + int(due), 1)[0])) if chronicle.is_dated else None
        found.append(
            OpenDeal(
                str(deals.id[row]), history.stages[stage], float(amount), int(age), str(deals.owner[row]),
                str(deals.segment[row]), str(deals.source[row]), close,
            )
        )  # fmt: skip
    unknown = int(np.isnan(chronicle.stated(start).amount[standing.deal]).sum())
    left_out = {"undated": standing.n_undated, "overdue": standing.n_overdue, "no amount": unknown}
    return tuple(found), {name: n for name, n in left_out.items() if n}


def _flows(
    chronicle: Chronicle, inflow: Inflow, change: Recalibration, start: int, n_days: int, cuts: Floats
) -> tuple[Flow, ...]:
    """Return the flow of each segment into each stage where recent deals began."""
    if inflow.expected <= 0:
        return ()
    pools, share = amounts_of_new(chronicle, start, n_days, cuts)
    n_of_stratum = np.diff(np.rint(np.cumsum(share) * N_AMOUNTS), prepend=0).astype(int)
    amounts = np.concatenate([_sample(pool, n) for pool, n in zip(pools, n_of_stratum, strict=True)])
    sample = tuple((change.new_amounts * amounts).tolist())
    per_day = change.new_wins * inflow.expected / n_days / _share_counted(chronicle, start, n_days)
    stages, of_stage = entry_stages(chronicle, start, RECENT_DAYS)
    names = chronicle.history.stages
    return tuple(
        Flow(names[stage], segment, per_day * p * share, sample)
        for stage, p in zip(stages, of_stage, strict=True)
        for segment, share in _segments(chronicle, start)
    )


def _segments(chronicle: Chronicle, start: int) -> list[tuple[str, float]]:
    """Return the shares of the segments among recent deals; one without a name where there are too many to tell."""
    deals = chronicle.history.deals
    recent = (deals.created < start) & (deals.created >= start - RECENT_DAYS)
    names, n = np.unique(deals.segment[recent].astype(str), return_counts=True)
    if not 1 <= len(names) <= MOST_SEGMENTS:
        return [("", 1.0)]
    return list(zip(names.tolist(), (n / n.sum()).tolist(), strict=True))


def _evenly(n: int, n_wanted: int) -> Ints:
    """Return up to `n_wanted` of the ranks 0 to n - 1, in the middles of as many slices."""
    k = min(n, n_wanted)
    return np.asarray((np.arange(k) + 0.5) * n / max(k, 1), np.int64)


def _sample(values: Floats, n: int) -> Floats:
    """Return n values, alike in weight, of the same mean: the means of as many slices of the ordered values."""
    ordered = np.sort(values)
    upto = np.concatenate([[0.0], np.cumsum(ordered)])
    at = np.linspace(0, len(ordered), n + 1)
    return np.asarray(np.diff(np.interp(at, np.arange(len(upto)), upto)) * n / len(ordered))


def _dated_lately(chronicle: Chronicle, start: int) -> npt.NDArray[np.bool_]:
    created, lead = chronicle.history.deals.created, chronicle.lead
    return np.asarray((created < start) & (created >= start - DAYS_OF_LEADS) & (lead >= 0) & (lead < NEVER))


def _share_counted(chronicle: Chronicle, start: int, n_days: int) -> float:
    """Return which part of recent deals the inflow counts: of dated ones those whose date was within the window."""
    if not chronicle.is_dated:
        return 1.0
    recent = _dated_lately(chronicle, start)
    near = recent & (chronicle.lead < n_days)
    return max(float(near.sum()), 1.0) / max(float(recent.sum()), 1.0)


def _booked(forecaster: Forecaster, day: int, period_start: int) -> tuple[tuple[date, float, int], ...]:
    plain = Chronicle(forecaster.history)
    won_on, amount, found = plain.won_on(day), plain.stated(day).amount, []
    for closed in np.unique(won_on[(won_on >= period_start) & (won_on < day)]):
        on_day = won_on == closed
        found.append((date_of(closed), float(np.nansum(amount[on_day])), int(on_day.sum())))
    return tuple(found)
