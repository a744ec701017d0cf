"""What is signed already, and what a target still needs beyond it (model page, M0)."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from funnelsim.model.case import Case
from funnelsim.model.target import Target


def needed_for(case: Case, target: Target) -> int:
    """Return what is still needed for a target beyond what is booked, in whole hundredths or wins."""
    booked = booked_in(case, target.measure, target.group)
    if target.measure == "wins":
        return ceil(target.amount - booked - 1e-9)
    return ceil(target.amount * 100 - 1e-6) - round(booked * 100)


def needed_in_unit(case: Case, target: Target) -> float:
    """Return what is still needed for a target beyond what is booked, in the unit or in wins."""
    return needed_for(case, target) / (1.0 if target.measure == "wins" else 100.0)


def booked_in(case: Case, measure: str, group: Mapping[str, str]) -> float:
    """Return what is signed already, in the unit or in wins, of the deals in `group`."""
    entries = [e for e in case.booked if all(e.group.get(axis) == value for axis, value in group.items())]
    if measure == "wins":
        return float(sum(entry.wins for entry in entries))
    return float(sum(entry.amount for entry in entries)) if measure == "bookings" else 0.0
