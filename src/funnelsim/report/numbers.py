"""Figures as people read them: rounded to what their error supports, thousands separated, unit beside.

The error of a figure is kept to two significant digits and the figure is rounded to the same place. Without
an error (exact engine, stated inputs) a figure keeps at most two decimals, fewer as it grows.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, isfinite, log10

from funnelsim.analysis.forecast import Summary
from funnelsim.model.money import Money

SHOWN = ("p10", "p50", "p90")
_NONE = "–"


def place_of(error: float) -> int:
    """Return the decimal place of the second significant digit of `error`: 0.77 -> 2, 12 -> 0, 123 -> -1."""
    return 1 - floor(log10(error))


def decimals(size: float, error: float = 0.0) -> int:
    """Return how many decimals a figure of this size and error deserves; below 0: tens, hundreds, ...

    Parameters
    ----------
    size : float
        The figure, or the largest of those it stands beside.
    error : float
        Its standard error or numerical error; 0 if it has none.
    """
    finest = 2 if abs(size) < 100 else 1 if abs(size) < 10_000 else 0
    return min(finest, place_of(error)) if error > 0 and isfinite(error) else finest


def figure(value: float, places: int = 0) -> str:
    """Return a number with thousands separators.

    Examples
    --------
    >>> figure(26853.4, 1), figure(26853.4, -2), figure(-0.01, 1)
    ('26,853.4', '26,900', '0.0')
    """
    if not isfinite(value):
        return "∞" if value > 0 else _NONE
    rounded = round(float(value), places) + 0.0  # numpy's floats round ties otherwise
    return f"{rounded:,.{max(places, 0)}f}"


def error_figure(error: float) -> str:
    """Return a standard error to two significant digits and at most three decimals.

    Examples
    --------
    >>> error_figure(0.7712), error_figure(1234.0), error_figure(1e-9)
    ('0.77', '1,200', '0')
    """
    return figure(error, min(place_of(error), 3)) if error >= 0.0005 and isfinite(error) else "0"


def places_of(summary: Summary) -> int:
    """Return the decimals shared by commit, likely and stretch: those the worst known of them supports."""
    errors = [summary.quantiles_se.get(name, 0.0) for name in SHOWN]
    size = max(abs(summary.quantiles[name]) for name in SHOWN)
    return decimals(max(size, abs(summary.mean)), max(errors))


def mean_places(summary: Summary) -> int:
    """Return the decimals of the mean."""
    return decimals(summary.mean, max(summary.mean_se, summary.numeric_error or 0.0))


def money(number: str, unit: Money) -> str:
    """Return a figure with its unit and currency.

    Examples
    --------
    >>> money("2,685", Money("CNY", "万元"))
    '2,685 万元 CNY'
    """
    return f"{number} {unit}"


def plain(value: float) -> str:
    """Return a stated figure as it was stated, at most two decimals.

    Examples
    --------
    >>> plain(2685.0), plain(2400.25)
    ('2,685', '2,400.25')
    """
    text = figure(value, 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float, places: int = 1) -> str:
    """Return a share of one in per cent.

    Examples
    --------
    >>> percent(0.505), percent(0.25, 0)
    ('50.5%', '25%')
    """
    return f"{figure(100 * share, places)}%"


def rate(share: float) -> str:
    """Return a stated rate in per cent without needless zeros.

    Examples
    --------
    >>> rate(0.1), rate(2 / 3)
    ('10%', '66.67%')
    """
    return f"{plain(100 * share)}%"


def chance(share: float, error: float, n_trials: int | None = None) -> str:
    """Return a chance, never as a certainty that `n_trials` trials could not show.

    With no hit in n trials the chance is, 19 times in 20, below 3 / n.

    Examples
    --------
    >>> chance(0.5012, 0.0016), chance(0.0, 0.0, 10_000), chance(1.0, 0.0, 10_000)
    ('50.1%', '<0.03%', '>99.97%')
    """
    if n_trials and share in (0.0, 1.0):
        bound = 3 / n_trials
        shown = min(bound, 1.0)
        return f"<{rate_up(shown)}" if share == 0 else f">{rate(1 - _up(shown))}"
    return percent(share, max(0, min(1, place_of(100 * error) - 1)) if error > 0 else 1)


def rate_up(share: float) -> str:
    """Return a rate rounded up to two decimals of a per cent, so that "below" stays true."""
    return rate(_up(share))


def points(error: float) -> str:
    """Return the error of a chance in percentage points, to one significant digit and at most two decimals.

    Examples
    --------
    >>> points(0.0016), points(0.012), points(0.0)
    ('0.2', '1', '0')
    """
    if not error > 0:
        return "0"
    return plain(round(100 * error, max(0, min(2, -floor(log10(100 * error))))))


def signed(value: float, error: float = 0.0, places: int | None = None) -> str:
    """Return a difference with its sign and, where it is drawn, its standard error.

    `places` are the decimals of both where a column shares them (`shared_places`).

    Examples
    --------
    >>> signed(12.345, 0.5), signed(-3.0), signed(-0.1, 0.031, 1)
    ('+12.35 ± 0.50', '-3.00', '-0.1 ± 0.0')
    """
    own = places if places is not None else min(2, place_of(error)) if error > 0 else 2
    shown = figure(value, own)
    found = shown if shown.startswith("-") or float(shown.replace(",", "")) == 0 else f"+{shown}"
    beside = error_figure(error) if places is None else figure(error, places)
    return f"{found} ± {beside}" if error >= 0.0005 else found


def shared_places(errors: Iterable[float]) -> int:
    """Return the decimals that a column of differences deserves: those that the smallest of its errors supports.

    Examples
    --------
    >>> shared_places([0.5, 0.031, 0.0]), shared_places([])
    (2, 2)
    """
    known = [error for error in errors if error > 0 and isfinite(error)]
    return min(2, place_of(min(known))) if known else 2


def _up(share: float) -> float:
    return -floor(-share * 10_000) / 10_000
