"""What a hop of communication is worth to the forecast: a point more of what it keeps, and its absence (M8.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.conditional import Answers
from funnelsim.analysis.input import Inputs

Floats = npt.NDArray[np.float64]
POINT = 0.01


@dataclass(frozen=True)
class HopWorth:
    """By how much the outputs change if a hop keeps a point more, or loses nothing, all else where it stands."""

    hop: str
    point: Floats
    removed: Floats

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {"hop": self.hop, "point": self.point.tolist(), "removed": self.removed.tolist()}


def hops_worth(inputs: Inputs, answers: Answers) -> tuple[HopWorth, ...]:
    """Return what every hop is worth, in the order of the chain; none where no stage hangs on one."""
    hops = [i for i, one in enumerate(inputs.inputs) if one.kind == "keeps"]
    if not hops:
        return ()
    found = answers(np.concatenate([inputs.base[None], _settings(inputs.base, hops)]))
    change = (found[1:] - found[0]).reshape(2, len(hops), -1)
    return tuple(HopWorth(inputs.inputs[i].of, *change[:, n]) for n, i in enumerate(hops))


def _settings(base: Floats, hops: list[int]) -> Floats:
    """Return (2 hops, inputs): every hop a point higher, then every hop at 1."""
    settings, rows = np.tile(base, (2 * len(hops), 1)), np.arange(len(hops))
    settings[rows, hops] = np.minimum(base[hops] + POINT, 1.0)
    settings[len(hops) + rows, hops] = 1.0
    return settings
