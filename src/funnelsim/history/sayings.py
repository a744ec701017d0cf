"""Columns of forecast categories and chances -> calls on deals, each dated as well as the records allow.

Beside events, copies and changes, and in a table of opinions, calls have a day. What the table of deals states is only
known to stand at the end of the record: it is dated by the export, and nothing is known of earlier days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from funnelsim.errors import InputError, Problem
from funnelsim.history.calls import NO_CATEGORY, Calls
from funnelsim.history.changes import CALLS as COLUMNS
from funnelsim.history.deals import note_zones
from funnelsim.history.findings import DROPPED, Findings
from funnelsim.history.frames import Frame
from funnelsim.history.record import NEVER, Floats, Ints, Texts
from funnelsim.history.shapes import Link
from funnelsim.history.snapshots import copy_dates
from funnelsim.history.stamps import Stamps, no_stamps, read_stamps
from funnelsim.model.categories import meanings, plain_word
from funnelsim.model.contract import CHANGES, DEALS, EVENTS, OPINIONS, SNAPSHOTS, Contract

NOBODY = "call"
FROM_THE_FIRST = -NEVER  # what a log of changes says stood before: since the deal or the record began
_PERCENT = {"percent": 100.0, "share": 1.0}
_FIGURE = re.compile(r"([0-9]{1,3}(?:\.[0-9]*)?|\.[0-9]+)\s*(%?)")


@dataclass(frozen=True)
class Sayings:
    """Calls of one table; arrays of shape (row,).

    Parameters
    ----------
    at : Stamps
        Empty where the call is dated by the export alone; on day `FROM_THE_FIRST` where it stood from the beginning.
    """

    voice: Texts
    deal: Ints
    at: Stamps
    category: Ints
    chance: Floats


@dataclass
class Reader:
    """Reads cells of calls; what means nothing is a problem, unless such cells may be dropped and counted."""

    contract: Contract
    allow_unmapped: bool
    findings: Findings

    def read(self, frames: Mapping[str, Frame], link: Link) -> list[Sayings]:
        """Return the calls of all tables.

        Raises
        ------
        InputError
            With all cells that mean nothing, by column.
        """
        found, problems = list[Sayings](), list[Problem]()
        for kind, read in ((EVENTS, self._beside), (SNAPSHOTS, self._beside), (CHANGES, self._changes),
                           (OPINIONS, self._opinions), (DEALS, self._final)):  # fmt: skip
            try:
                found += read(frames[kind], link) if kind in frames else []
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        return found

    def _beside(self, frame: Frame, link: Link) -> list[Sayings]:
        """Return what events and copies state beside each move."""
        names = [name for name in COLUMNS if frame.has(name)]
        if not names:
            return []
        home, is_event = self.contract.timezone, frame.part.kind == EVENTS
        at = read_stamps(frame, "at", home) if is_event else copy_dates(frame, home)
        deal = link(frame, "deal")
        return [_kept(Sayings(_named(name, frame), deal, at, *self._cells(frame, name, name))) for name in names]

    def _changes(self, frame: Frame, link: Link) -> list[Sayings]:
        """Return the changes of calls, and what stood before the first change of each deal."""
        meaning = {name: name for name in COLUMNS} | dict(frame.part.fields)
        field, found = frame.text("field").map(meaning), list[Sayings]()
        for name in COLUMNS:
            part = Frame(frame.part, frame.cells[(field == name).to_numpy(bool)], frame.pieces)
            if not len(part):
                continue
            at, deal = read_stamps(part, "at", self.contract.timezone), link(part, "deal")
            found.append(_kept(Sayings(_named(name, part), deal, at, *self._cells(part, "value", name))))
            if part.has("before"):
                first = _first_of(deal, at)
                start = Stamps(np.full(len(first), FROM_THE_FIRST), np.full(len(first), FROM_THE_FIRST))
                category, chance = self._cells(part, "before", name)
                found.append(
                    _kept(Sayings(_named(name, part)[first], deal[first], start, category[first], chance[first]))
                )
        return found

    def _opinions(self, frame: Frame, link: Link) -> list[Sayings]:
        """Return the rows of a table of dated calls."""
        at = read_stamps(frame, "at", self.contract.timezone)
        note_zones(self.findings, frame, at)
        voice = frame.text("by").to_numpy(object) if frame.has("by") else np.full(len(frame), "", object)
        voice = np.where(voice == "", NOBODY, voice)
        return [_kept(Sayings(voice, link(frame, "deal"), at, *self._cells(frame, "call", "")))]

    def _final(self, frame: Frame, link: Link) -> list[Sayings]:
        """Return what the deals state last: the first row of a deal counts."""
        names = [name for name in COLUMNS if frame.has(name)]
        deal = link(frame, "id") if names else np.zeros(0, np.int64)
        is_first = (deal >= 0) & ~pd.Index(deal).duplicated()
        found = []
        for name in names:
            category, chance = self._cells(frame, name, name)
            is_said = is_first & ((category != NO_CATEGORY) | np.isfinite(chance))
            rows = np.flatnonzero(is_said)
            found.append(
                Sayings(_named(name, frame)[rows], deal[rows], no_stamps(len(rows)), category[rows], chance[rows])
            )
        return found

    def _cells(self, frame: Frame, column: str, meant: str) -> tuple[Ints, Floats]:
        """Return categories and chances of a column that holds either (`meant` empty), or one of them."""
        text = frame.text(column)
        numbers, words = pd.factorize(text)
        read = [self._cell(str(word).strip(), meant, frame) for word in words]
        self._tell(frame, column, [told for told in read if isinstance(told, str)], text, numbers, read)
        sound = [(NO_CATEGORY, np.nan) if isinstance(one, str) else one for one in read] or [(NO_CATEGORY, np.nan)]
        category = np.array([one[0] for one in sound], np.int64)[numbers]
        return category, np.array([one[1] for one in sound], np.float64)[numbers]

    def _cell(self, word: str, meant: str, frame: Frame) -> tuple[int, float] | str:
        """Return the category and the chance of a cell, or what is wrong with it."""
        if not word:
            return NO_CATEGORY, np.nan
        known = meanings(self.contract.categories)
        if meant != "probability" and plain_word(word) in known:
            return known[plain_word(word)], np.nan
        if meant != "category" and (figure := _FIGURE.fullmatch(word)):
            unit = "percent" if figure[2] else frame.part.probability_in
            if not unit:
                return f"'{word}' may be a share or a per cent; state probability_in: percent, or share"
            chance = float(figure[1]) / _PERCENT[unit]
            return (NO_CATEGORY, chance) if chance <= 1 else f"'{word}' is a chance above 100% (probability_in: {unit})"
        if meant == "probability":
            return f"'{word}' is no chance; write a number such as 40 or 40%"
        close = get_close_matches(plain_word(word), known, 1, 0.6)
        hint = f"did you mean '{close[0]}'? " if close else ""
        return f"'{word}' is no forecast category; {hint}name it under `categories`, or drop it with --allow-unmapped"

    def _tell(
        self, frame: Frame, column: str, wrong: list[str], text: pd.Series[str], numbers: Ints, read: Sequence[object]
    ) -> None:
        if not wrong:
            return
        is_wrong = np.array([isinstance(one, str) for one in read])[numbers]
        # a preset's column that nobody asked for must not stop an import
        if self.allow_unmapped or frame.part.columns[column].is_preset:
            self.findings.tell("unknown_calls", int(is_wrong.sum()), list(text[is_wrong].unique()), DROPPED)
            return
        raise InputError(list(_problems(frame, column, text, numbers, read)))


def calls_of(said: list[Sayings], contract: Contract) -> Calls | None:
    """Return the calls of all tables, in order of time; None where nothing was said.

    What deals state last counts only where the same voice has no dated call on the deal.
    """
    if not sum(len(one.deal) for one in said):
        return None
    voices = tuple(dict.fromkeys(str(name) for one in said for name in one.voice))
    number = {name: i for i, name in enumerate(voices)}
    voice = np.concatenate([np.array([number[str(name)] for name in one.voice], np.int64) for one in said])
    deal, at, day = (
        np.concatenate(column) for column in zip(*((s.deal, s.at.at, s.at.day) for s in said), strict=True)
    )
    category, chance = np.concatenate([s.category for s in said]), np.concatenate([s.chance for s in said])
    is_final = day == NEVER
    key = deal * len(voices) + voice
    kept = ~is_final | ~np.isin(key, key[~is_final])
    order = np.lexsort((np.arange(len(at)), at, deal))
    order = order[kept[order]]
    return Calls(
        voices, tuple(contract.categories), deal[order], day[order], voice[order], category[order], chance[order]
    )


def _named(name: str, frame: Frame) -> Texts:
    return np.full(len(frame), name, object)


def _kept(said: Sayings) -> Sayings:
    """Return the rows of known deals and days."""
    rows = np.flatnonzero((said.deal >= 0) & said.at.is_there)
    return Sayings(said.voice[rows], said.deal[rows], said.at.rows(rows), said.category[rows], said.chance[rows])


def _first_of(deal: Ints, at: Stamps) -> Ints:
    """Return the row of the first change of each deal."""
    order = np.lexsort((np.arange(len(deal)), at.at, deal))
    is_first = np.append(True, deal[order][1:] != deal[order][:-1])[: len(deal)]
    return np.asarray(order[is_first], np.int64)


def _problems(
    frame: Frame, column: str, text: pd.Series[str], numbers: Ints, read: Sequence[object]
) -> Iterator[Problem]:
    """Yield one problem for each word that means nothing, at the first row that has it."""
    for i, told in enumerate(read):
        if isinstance(told, str):
            rows = np.flatnonzero(numbers == i)
            more = f" ({len(rows):,} such cells)" if len(rows) > 1 else ""
            yield Problem((frame.part.kind, column), told + more, frame.place(int(str(text.index[rows[0]]))))
