"""How likely the total is to reach any amount: the histogram added up from the far end, with its errors."""

from __future__ import annotations

from math import ceil

from funnelsim.analysis.forecast import Forecast, TargetForecast
from funnelsim.report.numbers import chance, figure, percent, places_of, plain, points
from funnelsim.report.tables import Column, Table, share_error, target_in_words
from funnelsim.report.words import Words

_NONE = "–"


def exceedance(forecast: Forecast) -> list[tuple[float, float, float]]:
    """Return amounts, the chance of at least each, and the standard error of that chance.

    One row for each lower edge of the histogram, what is booked counted in; amounts are whole hundredths of the
    case's unit. Of n trials the error is sqrt(p (1 - p) / n), of the exact engine 0.

    Returns
    -------
    list of (amount, chance, error)
    """
    law, booked = forecast.distribution, forecast.bookings.booked
    found, left = [], 0.0
    for edge, share in reversed(list(zip(law.edges, law.probability, strict=False))):
        left += share
        reached = min(round(left, 12), 1.0)
        found.append((_hundredths_up(edge + booked), reached, share_error(reached, forecast.trials)))
    return found[::-1]


def exceedance_table(forecast: Forecast, say: Words) -> Table:
    """Return a row for each bar of the histogram: from, to, chance of at least, share, each with its error."""
    law, rows = forecast.distribution, exceedance(forecast)
    ends = [amount for amount, _, _ in rows[1:]] + [_hundredths_up(law.edges[-1] + forecast.bookings.booked)]
    shown = tuple(
        (
            plain(amount),
            plain(end),
            *_with_error(reached, forecast.trials),
            *_with_error(share, forecast.trials),
        )
        for (amount, reached, _), end, share in zip(rows, ends, law.probability, strict=True)
    )
    error = Column(say("chance_error"))
    columns = (
        *(Column(say(name)) for name in ("from_amount", "below_amount", "at_least")),
        error,
        Column(say("share_within")),
        error,
    )
    return Table(say("exceedance", measure=say("bookings"), unit=forecast.case.money), columns, shown)


def marks_table(forecast: Forecast, say: Words) -> Table:
    """Return commit, likely and stretch, and the targets of the total: amount and chance of at least.

    A quantile is reached with its chance or, where amounts are few, with more: hence the sign before it.
    """
    total, booked = forecast.bookings.total, forecast.bookings.booked
    places = places_of(total)
    amounts = {"commit": (total.commit, 0.9), "likely": (total.likely, 0.5), "stretch": (total.stretch, 0.1)}
    rows: list[tuple[str, ...]] = [
        (f"{say(name)} ({say(f'{name}_hint')})", figure(x + booked, places), f"≥{percent(p, 0)}", _NONE)
        for name, (x, p) in amounts.items()
    ]
    rows += [_target_row(forecast, one, say) for one in forecast.targets if is_of_the_total(one)]
    heads = (say("amount"), say("at_least"), say("chance_error"))
    return Table(say("marks"), (Column(say("mark"), is_number=False), *map(Column, heads)), tuple(rows))


def _target_row(forecast: Forecast, one: TargetForecast, say: Words) -> tuple[str, ...]:
    return target_in_words(forecast, one, say), plain(one.target.amount), *_with_error(one.chance, forecast.trials)


def is_of_the_total(one: TargetForecast) -> bool:
    """Tell whether a target speaks of all bookings up to the end."""
    return one.target.measure == "bookings" and not one.target.group and one.target.by is None


def _with_error(share: float, n_trials: int | None) -> tuple[str, str]:
    error = share_error(share, n_trials)
    is_bound = bool(n_trials) and share in (0.0, 1.0)
    return chance(share, error, n_trials), _NONE if is_bound else points(error)


def _hundredths_up(amount: float) -> float:
    """Return the first whole hundredth at or above: sums lie on hundredths, so none is passed over."""
    return ceil(round(amount * 100, 6)) / 100
