"""The tables of a forecast as plain text cells; the terminal and the page draw the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from funnelsim.analysis.forecast import DealForecast, Forecast, MeasureForecast, Summary, TargetForecast
from funnelsim.model.target import MEASURES, MONEY, STOCKS
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import (
    chance,
    decimals,
    error_figure,
    figure,
    mean_places,
    money,
    places_of,
    plain,
    points,
)
from funnelsim.report.words import Words

COUNTS = frozenset(MEASURES) - MONEY
_GROUP = 40  # letters of a group in the name of a target
# told in a table of their own, open deals beside new business
PARTS = ("new_deals", "wins_from_open", "wins_from_new", "bookings_from_open", "bookings_from_new", "customers")


@dataclass(frozen=True)
class Column:
    """A column's name, what it means in words, whether its cells are numbers or stay on one line."""

    name: str
    hint: str = ""
    is_number: bool = True
    is_day: bool = False


@dataclass(frozen=True)
class Table:
    """Cells ready to show; `has_total` says that the last row sums up, `note` stands below."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    has_total: bool = False
    note: str = ""


def measure_tables(forecast: Forecast, say: Words, *, with_dates: bool = False) -> list[Table]:
    """Return one table a measure: each period, then the total."""
    shown = [name for name in forecast.measures if name not in PARTS]
    return [measure_table(forecast, name, say, with_dates=with_dates) for name in shown]


def measure_table(forecast: Forecast, name: str, say: Words, *, with_dates: bool = False) -> Table:
    """Return the periods and the total of one measure."""
    measure, is_count = forecast.measures[name], name in COUNTS
    has_booked = measure.booked > 0 or any(period.booked > 0 for period in measure.periods)
    parts = [(one_line(p.label), _days(p.start, p.end, say), p.to_come, p.booked) for p in measure.periods]
    parts.append((say("at_the_end" if name in STOCKS else "total"), "", measure.total, measure.booked))
    rows = tuple(
        (
            label,
            *([days] if with_dates else []),
            *(_booked_cells(summary, booked) if has_booked else ()),
            *_summary_cells(summary, booked, is_count=is_count),
        )
        for label, days, summary, booked in parts
    )
    dates = [Column(say("dates"), is_number=False, is_day=True)] * with_dates
    booked_columns = [Column(say("booked")), Column(say("to_come"))] * has_booked
    notes = [say("counts_booked")] * has_booked + [say("not_additive")] * (len(rows) > 2 and name not in STOCKS)
    return Table(
        title=_title(forecast, name, say),
        columns=(Column(say("period"), is_number=False), *dates, *booked_columns, *_summary_columns(say)),
        rows=rows,
        has_total=True,
        note=" ".join(notes),
    )


def _title(forecast: Forecast, name: str, say: Words) -> str:
    return say(name) if name in COUNTS else say("in_unit", measure=say(name), unit=forecast.case.money)


def unit_of(forecast: Forecast, measure: str, say: Words) -> str:
    """Return the unit a measure is counted in: deals, or money."""
    return say("deals_unit") if measure in COUNTS else str(forecast.case.money)


def targets_table(forecast: Forecast, say: Words) -> Table:
    """Return each target with its chance and the mean shortfall below it."""
    return Table(
        title=say("targets"),
        columns=(
            Column(say("target"), is_number=False),
            Column(say("by"), is_number=False),
            Column(say("chance")),
            Column(say("chance_error")),
            Column(say("mean_gap")),
        ),
        rows=tuple(_target_cells(forecast, target, say) for target in forecast.targets),
        note=say("gap_note"),
    )


def target_in_words(forecast: Forecast, target: TargetForecast, say: Words) -> str:
    """Return what a target asks for, with its unit and group."""
    goal = target.target
    amount = plain(goal.amount)
    if goal.measure not in COUNTS:
        amount = money(amount, forecast.case.money)
    head = say("target_of", measure=say(goal.measure), amount=amount)
    groups = [say("target_group", axis=say(axis), value=one_line(value, _GROUP)) for axis, value in goal.group.items()]
    return head + "".join(groups)


def group_table(forecast: Forecast, axis: str, say: Words, limit: int = 0, *, with_range: bool = False) -> Table:
    """Return the bookings of each value of an axis, largest mean first; at most `limit` rows if given.

    `with_range` says of the wins where 8 futures in 10 lie, beside their mean.
    """
    values = forecast.groups[axis]
    order = sorted(values, key=lambda v: (-_full_mean(values[v]["bookings"]), v))
    shown = order[:limit] if limit else order
    has_booked = any(values[v]["bookings"].booked > 0 for v in order)
    has_wins = all("wins" in values[v] for v in order)
    rows = [
        (
            one_line(value) or say("nameless"),
            *([plain(values[value]["bookings"].booked)] if has_booked else []),
            *_summary_cells(values[value]["bookings"].total, values[value]["bookings"].booked),
            *([_wins(values[value]["wins"], say, with_range=with_range)] if has_wins else []),
        )
        for value in shown
    ]
    return Table(
        title=say("by_axis", measure=say("bookings"), axis=say(axis), unit=str(forecast.case.money)),
        columns=(
            Column(say(axis), is_number=False),
            *([Column(say("booked"))] * has_booked),
            *_summary_columns(say, with_hints=False),
            *((Column(say("wins_mean"), say("with_interval") if with_range else ""),) if has_wins else ()),
        ),
        rows=tuple(rows),
        note=say("and_more", n=len(order) - len(shown)) if len(order) > len(shown) else "",
    )


def deals_table(forecast: Forecast, say: Words, limit: int, *, is_brief: bool = False, more: str = "and_more") -> Table:
    """Return the deals that matter most: by swing on the first target, else by expected amount.

    A brief table leaves out the early and the late date; `more` is the phrase that tells how many are not shown.
    """
    order = sorted(forecast.deals, key=lambda deal: deal.weight, reverse=True)
    has_swing = any(deal.swing is not None for deal in order)
    names = ("close_likely",) if is_brief else ("close_first", "close_likely", "close_last")
    attributes = {"close_first": "close_p10", "close_likely": "close_p50", "close_last": "close_p90"}
    days = {name: attributes[name] for name in names if any(deal.close_p50 for deal in order)}
    if any(deal.expected_close for deal in order):
        days["expected_close"] = "expected_close"
    columns = [Column(say(name), is_number=False) for name in ("deal", "stage")]
    columns += [Column(say("amount")), Column(say("chance_in_window"))]
    columns += [Column(say(name), is_number=False, is_day=True) for name in days]
    columns += [Column(say("swing"))] * has_swing
    rest = [say(more, n=len(order) - limit)] if len(order) > limit else []
    rows = tuple(
        (
            *_deal_cells(forecast, deal),
            *(_iso(getattr(deal, attribute)) for attribute in days.values()),
            *([_swing(deal)] * has_swing),
        )
        for deal in order[:limit]
    )
    title = say("in_unit", measure=say("deals"), unit=forecast.case.money)
    told = _swing_notes(forecast, order[:limit], say) if has_swing else []
    return Table(title, tuple(columns), rows, note=" ".join([*told, *rest]))


def last_day(end: date) -> str:
    """Return the last day before an exclusive end."""
    return (end - timedelta(days=1)).isoformat()


def _summary_columns(say: Words, *, with_hints: bool = True) -> Iterable[Column]:
    for name in ("commit", "likely", "stretch"):
        yield Column(say(name), say(f"{name}_hint") if with_hints else "")
    yield Column(say("mean"))
    yield Column(say("error"))


def _summary_cells(summary: Summary, booked: float, *, is_count: bool = False) -> Iterable[str]:
    places = places_of(summary)
    for value in (summary.commit, summary.likely, summary.stretch):
        yield figure(value + booked, min(places, 0) if is_count else places)
    yield figure(summary.mean + booked, mean_places(summary))
    yield error_figure(summary.mean_se or summary.mean_error or 0.0)


def _booked_cells(summary: Summary, booked: float) -> tuple[str, str]:
    return plain(booked), figure(summary.mean, mean_places(summary))


def _days(start: date, end: date, say: Words) -> str:
    return say("days_from_to", first=start.isoformat(), last=last_day(end))


def _full_mean(measure: MeasureForecast) -> float:
    return measure.total.mean + measure.booked


def _mean(measure: MeasureForecast) -> str:
    return figure(_full_mean(measure), mean_places(measure.total))


def _wins(measure: MeasureForecast, say: Words, *, with_range: bool) -> str:
    mean = _mean(measure)
    if not with_range:
        return mean
    low, high = (figure(x + measure.booked, 0) for x in (measure.total.commit, measure.total.stretch))
    return say("mean_and_range", mean=mean, low=low, high=high)


def _target_cells(forecast: Forecast, target: TargetForecast, say: Words) -> tuple[str, ...]:
    goal = target.target
    end = say("by_horizon" if forecast.case.periods else "by_the_end")
    gap = figure(target.mean_gap, decimals(target.mean_gap, target.mean_gap_se))
    return (
        target_in_words(forecast, target, say),
        goal.by.isoformat() if goal.by else end,
        chance(target.chance, target.chance_se, forecast.trials),
        "–" if forecast.trials and target.chance in (0.0, 1.0) else points(target.chance_se),
        f"{gap} {unit_of(forecast, goal.measure, say)}",
    )


def _deal_cells(forecast: Forecast, deal: DealForecast) -> tuple[str, ...]:
    error = share_error(deal.win_probability, forecast.trials)
    won = chance(deal.win_probability, error, forecast.trials)
    return one_line(deal.id, 40), one_line(deal.stage, 40), plain(deal.amount), won


def _swing(deal: DealForecast) -> str:
    return "" if deal.swing is None else f"{100 * deal.swing + 0.0:+.1f}"


def swing_error(deal: DealForecast, forecast: Forecast) -> float:
    """Return the standard error of a swing: it is the share of the futures in which the deal decides."""
    return share_error(abs(deal.swing or 0.0), forecast.trials)


def _swing_notes(forecast: Forecast, deals: Sequence[DealForecast], say: Words) -> list[str]:
    error = max(swing_error(deal, forecast) for deal in deals)
    return [say("swing_note"), *([say("swing_error", error=points(error))] if error > 0 else [])]


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def share_error(share: float, n_trials: int | None) -> float:
    """Return the standard error of a share of n trials; 0 where nothing was drawn."""
    return (share * (1 - share) / n_trials) ** 0.5 if n_trials else 0.0
