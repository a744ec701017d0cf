"""Names of stages and outcomes in the records -> numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np
import pandas as pd

from funnelsim.errors import InputError, Problem
from funnelsim.history.frames import Frame
from funnelsim.history.record import LOST, OPEN, WON, Ints
from funnelsim.model.contract import Contract

NOTHING, UNKNOWN = -8, -9
_MOST_LISTED = 30
_PLAIN = {"won": WON, "lost": LOST, "open": OPEN}


@dataclass
class Names:
    """What each name means; names that mean nothing are collected, with the first place and the count of each."""

    contract: Contract
    allow_unmapped: bool = False
    codes: dict[str, int] = field(init=False)
    unknown: dict[str, tuple[str, str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ends = {WON: self.contract.won, LOST: self.contract.lost, OPEN: self.contract.open}
        stages = {name: i for i, name in enumerate(self.contract.stages)}
        self.codes = {**_PLAIN, **{name: code for code, names in ends.items() for name in names}, **stages}
        self.codes[""] = NOTHING

    def read(self, frame: Frame, name: str) -> Ints:
        """Return the numbers of the names in a column: a stage, WON, LOST, OPEN, NOTHING or UNKNOWN."""
        text = frame.text(name)
        numbers, found = pd.factorize(text)
        codes = np.array([self.code(str(one)) for one in found] or [NOTHING], np.int64)[numbers]
        strange = codes == UNKNOWN
        if strange.any():
            self._collect(frame, name, text[strange])
        return codes

    def code(self, name: str) -> int:
        """Return the number of a name; won, lost and open mean the same in capitals."""
        return self.codes.get(name, _PLAIN.get(name.lower(), UNKNOWN))

    def check(self) -> None:
        """Raise if names were met that mean nothing, with the list and a suggestion for each.

        Raises
        ------
        InputError
            Unless such rows may be dropped.
        """
        if self.unknown and not self.allow_unmapped:
            problems = [Problem((where,), self._told(name), place) for name, (where, place, _) in self.unknown.items()]
            n_more = len(problems) - _MOST_LISTED
            more = [Problem((), f"and {n_more} more unknown names")] if n_more > 0 else []
            raise InputError([*problems[:_MOST_LISTED], *more])

    def _collect(self, frame: Frame, column: str, strange: pd.Series[str]) -> None:
        for one, rows in strange.groupby(strange, sort=False):
            where, place, n = self.unknown.get(str(one), (frame.part.kind, "", 0))
            place = place or frame.place(int(rows.index[0]))
            self.unknown[str(one)] = where, place, n + len(rows)

    def _told(self, name: str) -> str:
        n = self.unknown[name][2]
        known = [one for one in self.codes if one]
        folded = {one.casefold(): one for one in known}
        close = get_close_matches(name.casefold(), folded, 1, 0.6)
        hint = f"did you mean '{folded[close[0]]}'? " if close else ""
        return (
            f"'{name}' ({n:,} rows) is no stage and no outcome; {hint}"
            "add it to stages, won, lost or open, or drop such rows with --allow-unmapped"
        )
