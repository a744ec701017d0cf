"""Who is how busy, and how long deals wait (model page, M6.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from funnelsim.engine.ensemble import Ensemble
    from funnelsim.engine.program import Program


@dataclass(frozen=True)
class Figure:
    """A mean over trials and its Monte Carlo standard error."""

    mean: float
    se: float

    def as_json(self) -> dict[str, float]:
        """Return plain numbers, ready for JSON."""
        return {"mean": self.mean, "se": self.se}


@dataclass(frozen=True)
class StationForecast:
    """An owner, the team, one of its people, or a stage with a capacity.

    Parameters
    ----------
    slots, standing : int
        How many deals it holds at a time, and how many it holds at the start.
    utilisation : Figure or None
        Slot-days held over slot-days there are; above 1 while more deals stand there than slots. None without a
        horizon's end.
    wait_days : Figure or None
        Mean wait of those who got a slot in the horizon; None where nobody did.
    served : float
        Mean number of those.
    queues : tuple of Figure
        How many wait at the end of each period.
    """

    kind: str
    name: str
    slots: int
    standing: int
    utilisation: Figure | None
    wait_days: Figure | None
    served: float
    queues: tuple[Figure, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "kind": self.kind,
            "name": self.name,
            "slots": self.slots,
            "standing": self.standing,
            "utilisation": self.utilisation and self.utilisation.as_json(),
            "wait_days": self.wait_days and self.wait_days.as_json(),
            "served": self.served,
            "queues": [queue.as_json() for queue in self.queues],
        }


def station_forecasts(ensemble: Ensemble) -> tuple[StationForecast, ...]:
    """Return what is said of each station; nothing where nobody waits."""
    stations, waiting = ensemble.program.stations, ensemble.waiting
    if stations is None or waiting is None:
        return ()
    days = float(ensemble.program.bin_ends_days[-1])
    last_bins = ensemble.program.period_last_bin or (ensemble.program.arrays.n_bins - 1,)
    return tuple(
        StationForecast(
            station.kind,
            station.name,
            station.slots,
            station.standing,
            mean_of(waiting.busy[s] / (station.slots * days)) if isfinite(days) else None,
            ratio_of(waiting.waited[s], waiting.served[s]),
            float(waiting.served[s].mean()),
            tuple(mean_of(waiting.queue[s, b]) for b in last_bins),
        )
        for s, station in enumerate(stations.stations)
    )


def mean_of(sample: npt.NDArray[Any]) -> Figure:
    """Return the mean of a sample (trial,)."""
    return Figure(float(sample.mean()), float(sample.std() / sqrt(len(sample))))


def ratio_of(above: npt.NDArray[np.float64], below: npt.NDArray[np.int64]) -> Figure | None:
    """Return sum over sum of two samples (trial,), with the standard error of a ratio of means."""
    whole = below.mean()
    if not whole:
        return None
    ratio = float(above.mean() / whole)
    return Figure(ratio, float((above - ratio * below).std() / whole / sqrt(len(below))))


def waiting_notes(program: Program) -> Iterator[str]:
    """Return what the reader must know of deals that wait."""
    if program.stations is None:
        return
    for station in program.stations.stations:
        if program.stations.are_standing and station.standing > station.slots:
            yield (
                f"{station.name} holds {station.standing} open deals, {station.standing - station.slots} more than the "
                f"{station.slots} it can work at a time; they keep their places, and the next wait the longer"
            )
    endless = [s.name for s in program.case.funnel.stages if s.never > 0 and not isfinite(s.timeout_days)]
    if endless:
        yield f"deals that never decide in {', '.join(endless)} have no time-out: they hold their places for ever"
