"""The inputs of a case: what moves its forecast, and how far each may be off (M14.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.model.case import Case
from funnelsim.model.opening import Origin

Floats = npt.NDArray[np.float64]
Kind = Literal["conversion", "exit", "stay", "realisation", "rho", "hazards", "keeps", "elasticity", "rework", "rate"]
FACTORS: frozenset[Kind] = frozenset({"stay", "realisation", "hazards", "rate"})


@dataclass(frozen=True)
class Input:
    """One input.

    Parameters
    ----------
    name : str
        Such as ``stages.quote.conversion``, ``shock.rho`` or ``sources.web.rate``.
    kind : str
        What it is; of ``FACTORS`` it multiplies what is stated.
    of : str
        The stage, hop or source it belongs to, empty if none.
    low, base, high : float
        Where the tornado goes, and where the others stay meanwhile. Beliefs go from their P10 to their P90, ranges
        from end to end; the base is the mean of a belief, or else what the case states.
    origin : {"belief", "stated", "default"}
        Where its law comes from.
    to : str
        Where an exit leads.
    """

    name: str
    kind: Kind
    of: str
    low: float
    base: float
    high: float
    origin: Origin
    to: str = ""

    @property
    def is_factor(self) -> bool:
        """Return whether the figure multiplies what is stated (stays, amounts, rates of sources)."""
        return self.kind in FACTORS

    def as_json(self) -> dict[str, object]:
        """Return plain values, ready for JSON."""
        return {
            "name": self.name,
            "kind": self.kind,
            "of": self.of or None,
            "low": self.low,
            "base": self.base,
            "high": self.high,
            "range": self.origin,
            "is_factor": self.is_factor,
        }


@dataclass(frozen=True)
class Inputs:
    """The inputs of a case.

    A child says which figures belong to which probabilities (`figures`), what makes them hang together
    (`correlation`), and how a case is answered at them.

    Parameters
    ----------
    case : Case
        As it was stated.
    """

    case: Case
    inputs: tuple[Input, ...]

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def correlation(self) -> Floats:
        """Return the correlation of the normal scores of all inputs."""
        return np.eye(len(self))

    @property
    def are_correlated(self) -> bool:
        """Return whether some inputs hang together."""
        return bool((self.correlation != np.eye(len(self))).any())

    def figures(self, u: Floats) -> Floats:
        """Return the figures (n, inputs) below which each input lies with the probabilities `u`, each by itself."""
        raise NotImplementedError

    def from_scores(self, scores: Floats) -> Floats:
        """Return the figures at normal scores (n, inputs), correlated or not."""
        return self.figures(np.clip(special.ndtr(scores), 1e-15, 1.0 - 1e-15))

    @property
    def low(self) -> Floats:
        """Return (inputs,) the low end of every range."""
        return np.array([one.low for one in self.inputs])

    @property
    def base(self) -> Floats:
        """Return (inputs,) where every input stands in a tornado."""
        return np.array([one.base for one in self.inputs])

    @property
    def high(self) -> Floats:
        """Return (inputs,) the high end of every range."""
        return np.array([one.high for one in self.inputs])
