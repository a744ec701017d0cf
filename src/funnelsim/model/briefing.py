"""A chain of communication under the name of its case: all that is needed to see what arrives."""

from __future__ import annotations

from dataclasses import dataclass, field

from funnelsim.model.case import Origin
from funnelsim.model.communication import Communication


@dataclass(frozen=True)
class Briefing:
    """A named chain, stated alone or inside a case.

    Parameters
    ----------
    notes : tuple of str
        What the reader of the file wants said beside every result.
    """

    name: str
    communication: Communication
    notes: tuple[str, ...] = ()
    origin: Origin = field(default_factory=Origin, compare=False)
