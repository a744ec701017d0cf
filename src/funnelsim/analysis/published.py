"""Forecasts that were published, against what happened since (model page, M13).

A published forecast states wins and bookings of its whole horizon and of each period. One without new business speaks
of the deals that were open on its day; one with new business of all deals, and of the open ones apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.rollups import sums_at
from funnelsim.analysis.scoring import INTERVALS, crps, holds, luck_of, pit
from funnelsim.analysis.track import PastHits
from funnelsim.history.record import WON, History, date_of

Floats = npt.NDArray[np.float64]
SCHEMA = "funnelsim.score/1"
TOTAL = "total"
Status = Literal["scored", "not_over", "no_end", "before_records"]


@dataclass(frozen=True, eq=False)
class Stated:
    """What a forecast states of one measure in one window.

    Parameters
    ----------
    measure : str
        ``open_wins``, ``open_bookings``, ``total_wins`` or ``total_bookings``.
    label : str
        Name of the period, or ``total``.
    start, end : int
        Days, the end exclusive; None for a forecast without horizon.
    samples : array, optional
        The trials, where they were kept.
    """

    measure: str
    label: str
    start: int
    end: int | None
    mean: float
    quantiles: dict[str, float]
    samples: Floats | None = None


@dataclass(frozen=True, eq=False)
class Published:
    """A forecast as it was published.

    Parameters
    ----------
    name : str
        Of its folder.
    sha256 : str
        Of its figures; it tells forecasts apart.
    n_open : int
        How many open deals it counted.
    """

    name: str
    sha256: str
    case: str
    as_of: int
    currency: str
    unit: str
    timezone: str
    n_open: int
    stated: tuple[Stated, ...]


@dataclass(frozen=True, eq=False)
class Verdict:
    """One statement and what came of it; CRPS and PIT are None where no trials were kept."""

    published: Published
    stated: Stated
    status: Status
    actual: float | None = None
    crps: float | None = None
    pit: float | None = None

    def held(self, interval: str) -> bool | None:
        """Return whether an interval, such as ``c80``, holds what happened; None if that is not known."""
        return None if self.actual is None else holds(self.stated.quantiles, self.actual, interval)

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as plain values (``funnelsim.score/1``)."""
        stated, end = self.stated, self.stated.end
        return {
            "schema": SCHEMA,
            "run": self.published.name,
            "forecast_sha256": self.published.sha256,
            "case": self.published.case,
            "as_of": date_of(self.published.as_of).isoformat(),
            "measure": stated.measure,
            "label": stated.label,
            "from": date_of(stated.start).isoformat(),
            "to": date_of(end - 1).isoformat() if end is not None else None,
            "status": self.status,
            "actual": self.actual,
            "mean": stated.mean,
            "quantiles": stated.quantiles,
            "held": {interval: self.held(interval) for interval in INTERVALS},
            "crps": self.crps,
            "pit": self.pit,
        }


def judge(published: Published, history: History) -> list[Verdict]:
    """Return what came of every statement of a forecast."""
    was_open = _open_at(history, published.as_of)
    return [_verdict(published, stated, history, was_open) for stated in published.stated]


@dataclass(frozen=True)
class CalledBeside:
    """What a voice's categories added up to on the day of a published forecast, for the same open deals and window.

    Parameters
    ----------
    said : float
        Open amounts of the category and of surer ones.
    mean : float
        What the forecast stated.
    """

    run: str
    voice: str
    category: str
    said: float
    mean: float
    actual: float

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        names = {"run": self.run, "by": self.voice, "category": self.category}
        return names | {"said": self.said, "mean": self.mean, "actual": self.actual}


def called_beside(verdicts: Iterable[Verdict], history: History) -> Iterator[CalledBeside]:
    """Yield the calls that stood on the day of each scored forecast of what open deals will bring."""
    for verdict in verdicts:
        stated, day = verdict.stated, verdict.published.as_of
        is_whole = stated.measure == "open_bookings" and stated.label == TOTAL
        if not is_whole or verdict.actual is None or stated.end is None:
            continue
        for voice, sums in sums_at(history, day, stated.end - day).items():
            for category, said in sums.items():
                yield CalledBeside(verdict.published.name, voice, category, said, stated.mean, verdict.actual)


def n_open_at(history: History, day: int) -> int:
    """Return how many deals the records have open at 00:00 of a day."""
    return int(_open_at(history, day).sum())


def track_of(verdicts: Iterable[dict[str, Any]]) -> Iterator[PastHits]:
    """Yield the 80 % interval's record by measure, from scored verdicts as plain values; whole horizons count."""
    whole = [one for one in verdicts if one["label"] == TOTAL and one["status"] == "scored"]
    for measure in dict.fromkeys(one["measure"] for one in whole):
        mine = [one for one in whole if one["measure"] == measure]
        n_hits = sum(bool(one["held"]["c80"]) for one in mine)
        yield PastHits(measure, 0.8, n_hits, len(mine), _n_apart([(one["from"], one["to"]) for one in mine]))


def _verdict(published: Published, stated: Stated, history: History, was_open: npt.NDArray[np.bool_]) -> Verdict:
    if stated.end is None:
        return Verdict(published, stated, "no_end")
    if published.as_of < history.observed_from:
        return Verdict(published, stated, "before_records")
    if stated.end > history.as_of:
        return Verdict(published, stated, "not_over")
    deals = history.deals
    counted = (deals.outcome == WON) & (deals.closed >= stated.start) & (deals.closed < stated.end)
    if stated.measure.startswith("open_"):
        counted &= was_open
    amount = np.nan_to_num(deals.amount[counted])
    happened = float(amount.sum() if stated.measure.endswith("bookings") else counted.sum())
    if stated.samples is None:
        return Verdict(published, stated, "scored", happened)
    luck = luck_of(0, published.sha256, stated.label, stated.measure)
    return Verdict(
        published, stated, "scored", happened, crps(stated.samples, happened), pit(stated.samples, happened, luck)
    )


def _open_at(history: History, day: int) -> npt.NDArray[np.bool_]:
    visits = history.visits
    is_open = np.zeros(len(history.deals), bool)
    is_open[visits.deal[(visits.entered < day) & (visits.left >= day)]] = True
    return is_open


def _n_apart(windows: list[tuple[str, str]]) -> int:
    """Return how many of the windows can be picked so that no two overlap."""
    n, last = 0, ""
    for start, end in sorted(windows, key=lambda window: window[1]):
        if start > last:
            n, last = n + 1, end
    return n
