"""A team's forecast by categories: the open amounts of the surest ones, against what those windows brought (M13).

The forecast of `commit` is the amount of the open deals that somebody calls commit; that of `best case` adds the deals
called so, and so on. A deal counts if the date stated for it lies before the end of the window, or none is stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from funnelsim.analysis.scoring import bias
from funnelsim.history.calls import NO_CATEGORY
from funnelsim.history.record import NEVER, History
from funnelsim.model.categories import OMITTED


@dataclass(frozen=True)
class RollUp:
    """One category of one voice over many windows.

    Parameters
    ----------
    said, actual, fitted : tuple of float
        By window; `fitted` is empty where nothing was forecast beside it.
    """

    voice: str
    category: str
    said: tuple[float, ...]
    actual: tuple[float, ...]
    fitted: tuple[float, ...] = ()

    @property
    def bias(self) -> float | None:
        """Return (mean said - mean actual) / mean actual; None if nothing came."""
        return bias(self.said, self.actual)

    @property
    def miss(self) -> float:
        """Return the mean distance of what was said from what came."""
        return float(np.abs(np.subtract(self.said, self.actual)).mean())

    @property
    def fitted_bias(self) -> float | None:
        """Return the bias of the mean that was forecast for the same windows."""
        return bias(self.fitted, self.actual) if self.fitted else None

    @property
    def fitted_miss(self) -> float | None:
        """Return the mean distance of the mean that was forecast."""
        return float(np.abs(np.subtract(self.fitted, self.actual)).mean()) if self.fitted else None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "by": self.voice,
            "category": self.category,
            "windows": len(self.said),
            "said": float(np.mean(self.said)),
            "actual": float(np.mean(self.actual)),
            "bias": self.bias,
            "mean_miss": self.miss,
            "fitted_bias": self.fitted_bias,
            "fitted_mean_miss": self.fitted_miss,
        }


def sums_at(history: History, day: int, n_days: int) -> dict[str, dict[str, float]]:
    """Return, by voice and category, the open amounts that were forecast at 00:00 of a day, surer ones counted in.

    Parameters
    ----------
    n_days : int
        Deals with a date beyond so many days do not count.
    """
    known = history.known_at(day)
    book, deals, calls, every = known.book(), known.deals, known.calls, history.calls
    if calls is None or every is None:
        return {}
    amount, due = np.nan_to_num(deals.amount[book.deal]), deals.expected_close[book.deal]
    is_due = (due < day + n_days) | (due == NEVER)
    found: dict[str, dict[str, float]] = {}
    for i, voice in enumerate(calls.voices):
        category = calls.standing(i, day, len(deals)).category[book.deal]
        sums = [float(amount[is_due & (category == k)].sum()) for k in range(len(calls.categories))]
        used = set(every.category[every.voice == i].tolist()) - {NO_CATEGORY}
        upto = np.cumsum(sums).tolist()
        told = {name: upto[k] for k, name in enumerate(calls.categories) if k in used and name != OMITTED}
        found |= {voice: told} if told else {}
    return found


def rollups_of(
    history: History, days: Sequence[int], n_days: int, actual: Sequence[float], fitted: Sequence[float] = ()
) -> tuple[RollUp, ...]:
    """Return the forecasts by categories at past days, beside what came.

    Parameters
    ----------
    days : sequence of int
        First days of the windows. Those before which a voice had said nothing are not held against it.
    actual, fitted : sequences of float
        By window: what deals open on its first day brought, and the mean that was forecast of it.
    """
    if history.calls is None:
        return ()
    first = {name: int(history.calls.day[history.calls.voice == i].min(initial=NEVER))
             for i, name in enumerate(history.calls.voices)}  # fmt: skip
    by_day = {day: sums_at(history, day, n_days) for day in days}
    found = []
    for voice in dict.fromkeys(name for sums in by_day.values() for name in sums):
        heard = [k for k, day in enumerate(days) if day > first[voice]]
        for category in by_day[days[0]][voice] if heard else ():
            said = tuple(by_day[days[k]][voice][category] for k in heard)
            beside = tuple(float(fitted[k]) for k in heard) if fitted else ()
            found.append(RollUp(voice, category, said, tuple(float(actual[k]) for k in heard), beside))
    return tuple(found)
