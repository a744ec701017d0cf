"""One window: what was forecast, what happened, and how near that was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.scoring import crps, pit, quantiles
from funnelsim.fitting.windows import MEASURES
from funnelsim.history.record import date_of

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """One measure of one window: what was forecast, what happened, and how near that was.

    Parameters
    ----------
    baselines : dict
        CRPS of each baseline, None where it had nothing to say.
    """

    actual: float
    mean: float
    quantiles: dict[str, float]
    crps: float
    pit: float
    baselines: dict[str, float | None]

    def as_json(self) -> dict[str, Any]:
        """Return the contract's part of it as plain values."""
        names = ("actual", "mean", "quantiles", "crps", "pit")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Origin:
    """One window's forecast and what came of it, by measure."""

    day: int
    measures: dict[str, Scored]

    def as_json(self) -> dict[str, Any]:
        """Return the contract's part of it as plain values."""
        told = {name: scored.as_json() for name, scored in self.measures.items()}
        return {"as_of": date_of(self.day).isoformat(), "measures": told}

    def as_stored(self) -> dict[str, Any]:
        """Return all of it as plain values; `origin_from` reads them back."""
        told = {name: {**s.as_json(), "baselines": s.baselines} for name, s in self.measures.items()}
        return {"day": self.day, "measures": told}


def origin_from(stored: Mapping[str, Any]) -> Origin:
    """Return the origin that was stored.

    Raises
    ------
    KeyError, TypeError
        If the values are not those of an origin.
    """
    return Origin(int(stored["day"]), {name: Scored(**stored["measures"][name]) for name in MEASURES})


def scored(samples: Floats, happened: float, luck: float, others: Mapping[str, Floats | None]) -> Scored:
    """Return the scores of samples, and of other forecasts' samples, of what happened.

    Parameters
    ----------
    luck : float
        Places what happened among samples that equal it; see `funnelsim.analysis.scoring.pit`.
    """
    return Scored(
        happened,
        float(samples.mean()),
        quantiles(samples),
        crps(samples, happened),
        pit(samples, happened, luck),
        {name: None if other is None else crps(other, happened) for name, other in others.items()},
    )
