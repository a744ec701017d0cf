"""What a look at the method of a case finds: nothing wrong with the input, but something that misleads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from funnelsim.errors import Path

Fact = str | float


@dataclass(frozen=True)
class Finding:
    """One finding of a rule: where, and the figures that set it off.

    Parameters
    ----------
    rule : str
        The name of the rule, such as ``no_shock``.
    path : tuple of str or int
        The way to the value in the config; stages go by name or number.
    facts : mapping of str to str or float
        Fills the blanks of the rule's sentence. Shares, chances and rates are between 0 and 1.
    place : str
        ``file:line:column``, filled in by whoever read the file.

    Examples
    --------
    >>> Finding("thin_evidence", ("beliefs", "stages.demo.win_rate"), {"n": 12}).rule
    'thin_evidence'
    """

    rule: str
    path: Path
    facts: Mapping[str, Fact] = field(default_factory=dict)
    place: str = ""

    def at(self, place: str) -> Finding:
        """Return the same finding with its place."""
        return replace(self, place=place)
