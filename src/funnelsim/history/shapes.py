"""The shapes in which records tell moves: an interval table, an event log, a wide table of milestones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.errors import InputError, Problem
from funnelsim.history.columns import MILESTONE
from funnelsim.history.deals import note_zones
from funnelsim.history.findings import Findings
from funnelsim.history.frames import Frame
from funnelsim.history.moves import Moves
from funnelsim.history.names import NOTHING, UNKNOWN, Names
from funnelsim.history.record import LOST, OPEN, Ints, Texts
from funnelsim.history.stamps import Stamps, no_stamps, read_stamps
from funnelsim.history.stays import Stays

Link = Callable[[Frame, str], Ints]


def read_stays(frame: Frame, names: Names, link: Link, home: str, findings: Findings) -> Stays:
    """Return the stays of an interval table that says where each stay led."""
    entered, left = _stamps(frame, ("entered", "left"), home, findings)
    stage, exits = names.read(frame, "stage"), names.read(frame, "exit")
    deal, reason = link(frame, "deal"), np.where(exits == LOST, texts_of(frame, "exit"), "")
    stays = Stays(deal, stage, entered, exits, left, reason)
    is_kept = np.ones(len(stays), bool)
    for why, is_out in (
        ("unmapped", (stage == UNKNOWN) | (exits == UNKNOWN)),
        ("no_stage", (stage < 0) & (stage != UNKNOWN)),
        ("no_deal", deal < 0),
    ):
        count_out(frame, why, is_kept & is_out)
        is_kept &= ~is_out
    return stays.rows(is_kept)


def read_entries(frame: Frame, names: Names, link: Link, home: str, findings: Findings) -> tuple[Moves, Stamps]:
    """Return the moves of an interval table that does not say where stays led, and the day each stay ended."""
    entered, left = _stamps(frame, ("entered", "left"), home, findings)
    moves = _moves(frame, "stage", "", entered, names, link)
    is_kept = _kept(frame, moves)
    return moves.rows(is_kept), left.rows(is_kept)


def read_events(frame: Frame, names: Names, link: Link, home: str, findings: Findings) -> tuple[Moves, Ints, Stamps]:
    """Return the moves of an event log, and deal and stamp of all its rows."""
    (at,) = _stamps(frame, ("at",), home, findings)
    moves = _moves(frame, "to", "from" if frame.has("from") else "", at, names, link)
    return moves.rows(_kept(frame, moves)), moves.deal, at


def read_milestones(frame: Frame, names: Names, link: Link, home: str, findings: Findings) -> Moves:
    """Return the moves of a wide table: a column for each stage, with the day it was entered.

    Raises
    ------
    InputError
        If a column's stage is unknown, or a cell is no date.
    """
    deal, problems = link(frame, "id"), list[Problem]()
    parts, columns = list[Moves](), [c for c in frame.cells.columns if c.startswith(MILESTONE)]
    order = sorted(columns, key=lambda c: _rank(names.code(c.removeprefix(MILESTONE))))
    for column in order:
        name = column.removeprefix(MILESTONE)
        code = names.code(name)
        try:
            at = read_stamps(frame, column, home)
        except InputError as error:
            problems += error.problems
            continue
        rows = np.flatnonzero(at.is_there & (deal >= 0))
        if code == UNKNOWN:
            names.unknown[name] = ("milestones", frame.source, len(rows))
            count_out(frame, "unmapped", at.is_there & (code == UNKNOWN))
            continue
        note_zones(findings, frame, at)
        nothing, label = np.full(len(rows), NOTHING, np.int64), np.full(len(rows), name, object)
        parts.append(Moves(deal[rows], at.rows(rows), np.full(len(rows), code, np.int64), nothing, label))
    if problems:
        raise InputError(problems)
    count_out(frame, "no_deal", deal < 0)
    return together(parts)


def together(parts: list[Moves]) -> Moves:
    """Return the moves of several tables as one."""
    blank = np.zeros(0, np.int64)
    parts = parts or [Moves(blank, no_stamps(0), blank, blank, np.zeros(0, object))]
    at = Stamps(np.concatenate([m.at.at for m in parts]), np.concatenate([m.at.day for m in parts]))
    deal, to, before, label = (
        np.concatenate([getattr(m, k) for m in parts]) for k in ("deal", "to", "before", "label")
    )
    return Moves(deal, at, to, before, label)


def linker(ids: Texts | None) -> tuple[Link, list[Texts]]:
    """Return a function that finds the deal of each row; without known ids every id met is a deal.

    The list holds the ids once a table was linked.
    """
    known = [ids] if ids is not None else []

    def link(frame: Frame, name: str) -> Ints:
        text = frame.text(name)
        if not known:
            numbers, found = pd.factorize(text)
            known.append(np.asarray(found, dtype=object))
            blank = np.flatnonzero(known[0] == "")
            return np.where(np.isin(numbers, blank), -1, numbers).astype(np.int64)
        found_rows: Ints = pd.Index(known[0]).get_indexer(pd.Index(text.to_numpy(dtype=object))).astype(np.int64)
        return found_rows

    return link, known


def texts_of(frame: Frame, name: str) -> Texts:
    """Return a column as an array of texts."""
    found: Texts = frame.text(name).to_numpy(dtype=object)
    return found


def _stamps(frame: Frame, columns: tuple[str, ...], home: str, findings: Findings) -> list[Stamps]:
    found, problems = list[Stamps](), list[Problem]()
    for name in columns:
        try:
            found.append(read_stamps(frame, name, home))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    note_zones(findings, frame, *found)
    return found


def _moves(frame: Frame, to: str, before: str, at: Stamps, names: Names, link: Link) -> Moves:
    nothing = np.full(len(frame), NOTHING, np.int64)
    origin = names.read(frame, before) if before else nothing
    return Moves(link(frame, "deal"), at, names.read(frame, to), origin, texts_of(frame, to))


def _kept(frame: Frame, moves: Moves) -> Any:
    """Return which moves lead somewhere at a known time; the others are counted."""
    is_kept = np.ones(len(moves), bool)
    for why, is_out in (
        ("unmapped", moves.to == UNKNOWN),
        ("no_stage", np.isin(moves.to, (NOTHING, OPEN))),
        ("no_date", ~moves.at.is_there),
        ("no_deal", moves.deal < 0),
    ):
        count_out(frame, why, is_kept & is_out)
        is_kept &= ~is_out
    return is_kept


def count_out(frame: Frame, why: str, is_out: Any) -> None:
    """Count rows of a table that lead nowhere, by reason."""
    n = int(np.sum(is_out))
    if n:
        frame.left_out[why] = frame.left_out.get(why, 0) + n


def _rank(code: int) -> int:
    return code if code >= 0 else 10**6 - code
