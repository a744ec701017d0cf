"""A lever: one figure of a config that can be moved on the page, and the settings that move it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Value = float | int | bool | date | None
Setting = tuple[str, Any]
Kind = Literal["percent", "factor", "number", "whole", "switch", "day"]


@dataclass(frozen=True)
class Lever:
    """One figure.

    Parameters
    ----------
    key : str
        The dotted path it moves, by which problems find their way back to it.
    section, what : str
        Names of phrases: under which heading it stands, and what it is.
    of : str
        The stage, source or hop it belongs to; empty if none.
    base : float, int, bool or date, optional
        What the config says; percentages as 35.0. None where it says nothing.
    low, high, step : float
        How far it goes; days have no step.
    settings : callable
        From a value to settings ``(path, value)``, in the order in which they are put in.
    rank : int
        Those of a lower rank are put in first.
    """

    key: str
    section: str
    what: str
    of: str
    kind: Kind
    base: Value
    low: Any
    high: Any
    step: float
    settings: Callable[[Any], list[Setting]]
    rank: int = 1


def percent(path: str) -> Callable[[float], list[Setting]]:
    """Return how a share is set, in per cent.

    Examples
    --------
    >>> percent("shock.rho")(15.0)
    [('shock.rho', '15%')]
    """
    return lambda value: [(path, f"{value:.10g}%")]


def points(path: str, base: float) -> Callable[[float], list[Setting]]:
    """Return how a law in place of a share moves: by points, so that it keeps its shape.

    Examples
    --------
    >>> points("stages.demo.win_rate", 30.0)(35.0)
    [('stages.demo.win_rate', '+5 points')]
    """
    return lambda value: [(path, f"{value - base:+.10g} points")]


def factor(*paths: str) -> Callable[[float], list[Setting]]:
    """Return how figures are multiplied, all by the same factor.

    Examples
    --------
    >>> factor("stages.demo.stay")(1.5)
    [('stages.demo.stay', 'x1.5')]
    """
    return lambda value: [(path, f"x{value:.10g}") for path in paths]


def plain(path: str) -> Callable[[Any], list[Setting]]:
    """Return how a value is set as it is."""
    return lambda value: [(path, value)]
