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
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.naive import Comparison, compare
from funnelsim.fitting.rates import Rates, rates_at
from funnelsim.fitting.shock import SCALE, SCALE_UNSUPPORTED, ShockLaw
from funnelsim.fitting.support import LARGEST_UNSUPPORTED, Support, support_of, unsupported_share
from funnelsim.history.record import NEVER, date_of, day_of
from funnelsim.model.daily import AgedStage, DailyTables, DatedStage, DayKinds, Figures
from funnelsim.model.money import Money

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
N_DRAWS = 200
N_SHOCKS = 400
N_LEADS = 200
N_AMOUNTS = 1000
RECENT_DAYS = 112
SMALLEST_CV = 0.002
CLOSED = 7  # the kind of day after the seven weekdays


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
    """New deals that enter a stage: so many a day, their rate uncertain by a gamma factor of this `cv`."""

    stage: str
    per_day: float
    cv: float
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
    """

    as_of: date
    end: date
    money: Money
    timezone: str
    tables: DailyTables
    deals: tuple[OpenDeal, ...]
    left_out: dict[str, int]
    flows: tuple[Flow, ...]
    booked: tuple[tuple[date, float, int], ...]
    closed_ahead: tuple[date, ...]
    rates: Rates
    shock: ShockLaw
    inflow: Inflow
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
    standing = chronicle.standing(start, rates.strata.cuts)
    is_thin = unsupported_share(chronicle, start, standing) > LARGEST_UNSUPPORTED
    shock = past.shock(start, n_days, SCALE_UNSUPPORTED if is_thin else SCALE)
    inflow = arrivals_of(chronicle, n_days).inflow(start)
    deals, left_out = _open_deals(chronicle, standing, day, start)
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
        _flows(chronicle, inflow, start, (end - as_of).days),
        _booked(forecaster, day, day_of(period_start)),
        tuple(date_of(d) for d in closed),
        rates,
        shock,
        inflow,
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
    layout, created = chronicle.layout, chronicle.history.deals.created
    lost, won = (int(np.flatnonzero(layout.targets[0] == t)[0]) for t in (LOST, WON))
    shape = (*q.shape[:2], len(layout.dues), len(layout.ages))
    recent = (created < start) & (created >= start - RECENT_DAYS) & (chronicle.lead >= 0) & (chronicle.lead < NEVER)
    leads = np.sort(chronicle.lead[recent])
    return DatedStage(
        name,
        tuple(layout.dues.tolist()),
        tuple(layout.ages.tolist()),
        _figures(q[:, :, :-1, lost].reshape(shape)),
        _figures(q[:, :, -1, won]),
        tuple(int(d) for d in _evenly(leads, N_LEADS)) or (0,),
    )


def _day_kinds(
    rates: Rates, names: tuple[str, ...], kept: dict[str, Ints], calendar: Ints, closed: Ints
) -> DayKinds | None:
    if rates.weekdays is None and not len(closed):
        return None
    kind = (calendar + 3) % 7
    kind[np.isin(calendar, closed)] = CLOSED
    factor = {}
    for s, name in enumerate(names):
        by_day = np.ones((CLOSED + 1, len(kept[name])))
        if rates.weekdays is not None:
            by_day[:CLOSED] = rates.weekdays.multiplier[:, s, kept[name]]
        by_day[CLOSED] = 0.0
        factor[name] = _figures(by_day[: int(kind.max()) + 1])
    return DayKinds(tuple(kind.tolist()), factor)


def _figures(values: Floats) -> Figures:
    return Figures(values.shape, array("d", np.ascontiguousarray(values, float).tobytes()))


def _name(target: int, stages: tuple[str, ...]) -> str:
    return {WON: "won", LOST: "lost"}.get(target) or stages[target]


# ---- deals


def _open_deals(
    chronicle: Chronicle, standing: Standing, day: int, start: int
) -> tuple[tuple[OpenDeal, ...], dict[str, int]]:
    history, deals = chronicle.history, chronicle.history.deals
    found = []
    for row, amount, class_ in zip(standing.deal, standing.amount, standing.class_of_deal, strict=True):
        _, stage, age, due = standing.classes[class_]
        close = date_of(day + int(due)) if chronicle.is_dated else None
        found.append(
            OpenDeal(
                str(deals.id[row]), history.stages[stage], float(amount), int(age), str(deals.owner[row]),
                str(deals.segment[row]), str(deals.source[row]), close,
            )
        )  # fmt: skip
    unknown = int(np.isnan(chronicle.stated(start).amount[standing.deal]).sum())
    left_out = {"undated": standing.n_undated, "overdue": standing.n_overdue, "no amount": unknown}
    return tuple(found), {name: n for name, n in left_out.items() if n}


def _flows(chronicle: Chronicle, inflow: Inflow, start: int, n_days: int) -> tuple[Flow, ...]:
    """Return the flow into each stage where recent deals began; its rate holds on days of the calendar."""
    deals = chronicle.stated(start)
    recent = (deals.created < start) & (deals.created >= start - RECENT_DAYS) & np.isfinite(deals.amount)
    if not recent.any():
        recent = (deals.created < start) & np.isfinite(deals.amount)
    amounts = np.sort(deals.amount[recent])
    amounts = amounts[amounts >= 0]
    if inflow.expected <= 0:
        return ()
    sample = _evenly(amounts, N_AMOUNTS) or (0.0,)
    spread = np.exp(inflow.shock.quantiles(2000))
    cv = max(float(spread.std() / spread.mean()), SMALLEST_CV)
    per_day = inflow.expected / n_days / _share_counted(chronicle, start, n_days)
    stages, share = entry_stages(chronicle, start, RECENT_DAYS)
    return tuple(Flow(chronicle.history.stages[s], per_day * p, cv, sample) for s, p in zip(stages, share, strict=True))


def _evenly(ordered: npt.NDArray[np.number], n: int) -> tuple[float, ...]:
    """Return up to n of some ordered values, evenly spread over their ranks."""
    if not len(ordered):
        return ()
    at = np.linspace(0, len(ordered) - 1, min(n, len(ordered))).astype(int)
    return tuple(float(x) for x in ordered[at])


def _share_counted(chronicle: Chronicle, start: int, n_days: int) -> float:
    """Return which part of recent deals the inflow counts: of dated ones those whose date was within the window."""
    if not chronicle.is_dated:
        return 1.0
    created, lead = chronicle.history.deals.created, chronicle.lead
    recent = (created < start) & (created >= start - RECENT_DAYS) & (lead >= 0) & (lead < NEVER)
    near = recent & (lead < n_days)
    return max(float(near.sum()), 1.0) / max(float(recent.sum()), 1.0)


def _booked(forecaster: Forecaster, day: int, period_start: int) -> tuple[tuple[date, float, int], ...]:
    plain = Chronicle(forecaster.history)
    won_on, amount, found = plain.won_on(day), plain.stated(day).amount, []
    for closed in np.unique(won_on[(won_on >= period_start) & (won_on < day)]):
        on_day = won_on == closed
        found.append((date_of(closed), float(np.nansum(amount[on_day])), int(on_day.sum())))
    return tuple(found)
