"""The law of a multiple: if X has a law, the law of f X."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from funnelsim.model.law import Empirical, Fixed, Law, Pert, Shaped, Triangular, Uniform

_WITHOUT_UNIT = {"cv", "shape"}


def scaled(law: Law, factor: float) -> Law:
    """Return the law of `factor` times a quantity. A beta follows the figure it speaks of and is handed back.

    Examples
    --------
    >>> scaled(Uniform(10.0, 30.0, delay=1.0), 2.0)
    Uniform(delay=2.0, low=20.0, high=60.0)
    """
    changes: dict[str, Any] = {}
    match law:
        case Shaped(figures=figures):
            changes = {"figures": {n: x if n in _WITHOUT_UNIT else x * factor for n, x in figures.items()}}
        case Fixed(value=value):
            changes = {"value": value * factor}
        case Triangular(low=low, mode=mode, high=high) | Pert(low=low, mode=mode, high=high):
            changes = {"low": low * factor, "mode": mode * factor, "high": high * factor}
        case Uniform(low=low, high=high):
            changes = {"low": low * factor, "high": high * factor}
        case Empirical(values=values):
            changes = {"values": tuple(value * factor for value in values)}
        case _:
            return law
    return replace(law, delay=law.delay * factor, **changes)
