"""The table of deals: a row per deal, duplicates told, with what it states of the outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.errors import InputError, Problem
from funnelsim.history.findings import DROPPED, KEPT, Findings
from funnelsim.history.frames import Frame
from funnelsim.history.names import NOTHING, UNKNOWN, Names
from funnelsim.history.record import LOST, WON, Floats, Ints, Texts
from funnelsim.history.stamps import Stamps, no_stamps, read_stamps, rows_of
from funnelsim.model.contract import Contract
from funnelsim.model.money import UNITS

_NUMBER = r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?"


@dataclass(frozen=True)
class DealRows:
    """What is stated of each deal; arrays of shape (deal,).

    Parameters
    ----------
    outcome, stage : int array
        Where it stands now by the deals table; NOTHING where that is not stated.
    reason : text array
        The name of a loss.
    """

    id: Texts
    created: Stamps
    closed: Stamps
    expected: Stamps
    outcome: Ints
    stage: Ints
    reason: Texts
    amount: Floats
    owner: Texts
    segment: Texts
    source: Texts

    def __len__(self) -> int:
        return len(self.id)

    def rows(self, chosen: Any) -> DealRows:
        """Return some of the deals."""
        return rows_of(self, chosen)


def bare_deals(ids: Texts) -> DealRows:
    """Return deals of which nothing but the id is known."""
    n = len(ids)
    nothing, blank, never = np.full(n, NOTHING, np.int64), np.full(n, "", object), no_stamps(n)
    return DealRows(ids, never, never, never, nothing, nothing, blank, np.full(n, np.nan), blank, blank, blank)


def read_deals(frame: Frame, names: Names, contract: Contract, findings: Findings) -> DealRows:
    """Return the deals of a table, each once.

    Raises
    ------
    InputError
        With all problems of dates, amounts and currencies.
    """
    home, problems = contract.timezone, list[Problem]()
    frame.leave_out("no_id", frame.text("id") == "")
    stamps = {
        name: _collected(lambda name=name: read_stamps(frame, name, home), problems)
        for name in ("created", "closed", "expected_close")
    }
    problems += _currency_problems(frame, contract)
    amount = _collected(lambda: read_amounts(frame, "amount", contract), problems)
    if problems or amount is None:
        raise InputError(problems)
    outcome, stage = names.read(frame, "outcome"), names.read(frame, "stage")
    is_plain = np.isin(outcome, (NOTHING, UNKNOWN)) & np.isin(stage, (WON, LOST))
    outcome = np.where(is_plain, stage, outcome)
    texts = {name: _texts(frame, name) for name in ("owner", "segment", "source")}
    reason = np.where(frame.has("outcome"), _texts(frame, "outcome"), _texts(frame, "stage"))
    told: dict[str, Stamps] = {name: found for name, found in stamps.items() if found is not None}
    note_zones(findings, frame, *told.values())
    deals = DealRows(
        _texts(frame, "id"), told["created"], told["closed"], told["expected_close"],
        outcome, stage, np.where(outcome == LOST, reason, ""), amount, **texts,
    )  # fmt: skip
    if frame.has("amount"):
        findings.mark("no_amount", deals.id, ~np.isfinite(amount), KEPT)
        findings.mark("negative_amounts", deals.id, amount < 0, KEPT)
    return _once(_mapped(deals, findings), frame, findings)


def read_amounts(frame: Frame, name: str, contract: Contract) -> Floats:
    """Return a column of amounts in the history's unit; not a number where the cell is empty.

    Raises
    ------
    InputError
        If a cell is no plain number, or the head of the column names another unit.
    """
    if problems := _unit_problems(frame, name, contract):
        raise InputError(problems)
    text = frame.text(name)
    if frame.part.thousands:
        text = text.str.replace(frame.part.thousands, "", regex=False)
    is_number = text.str.fullmatch(_NUMBER).to_numpy(bool)
    bad = text[~is_number & (text != "").to_numpy(bool)]
    if len(bad):
        row = int(str(bad.index[0]))
        shown, more = str(frame.text(name)[row])[:40], f" ({len(bad):,} such cells)" if len(bad) > 1 else ""
        told = f"'{shown}' is no plain number; write digits and a point, or state what parts the thousands{more}"
        raise InputError([Problem((frame.part.kind, name), told, frame.place(row))])
    found = np.full(len(text), np.nan)
    found[is_number] = pd.to_numeric(text[is_number]).to_numpy(np.float64)
    return found


def note_zones(findings: Findings, frame: Frame, *columns: Stamps) -> None:
    """Note how stamps with and without a time zone were read."""
    n_zoned, n_local = sum(c.n_zoned for c in columns), sum(c.n_local for c in columns)
    if n_local:
        findings.note("stamps_without_zone", part=frame.part.kind, n=n_local, zone=frame.part.zone)
    if n_zoned:
        findings.note("stamps_with_zone", part=frame.part.kind, n=n_zoned)
    if n_zoned and n_local:
        findings.tell("mixed_zones", min(n_zoned, n_local), [], KEPT)


def _collected(read: Any, problems: list[Problem]) -> Any:
    try:
        return read()
    except InputError as error:
        problems += error.problems
        return None


def _texts(frame: Frame, name: str) -> Texts:
    found: Texts = frame.text(name).to_numpy(dtype=object)
    return found


def _currency_problems(frame: Frame, contract: Contract) -> list[Problem]:
    if not frame.has("currency"):
        return []
    text = frame.text("currency")
    other = text[(text != contract.money.currency) & (text != "")]
    if not len(other):
        return []
    row = int(str(other.index[0]))
    found = ", ".join(str(one) for one in other.unique()[:5])
    told = f"{len(other):,} deals count in {found}, the history in {contract.money.currency}; convert or leave them out"
    return [Problem((frame.part.kind, "currency"), told, frame.place(row))]


def _unit_problems(frame: Frame, name: str, contract: Contract) -> list[Problem]:
    column = frame.part.columns.get(name)
    for head in column.names if column else ():
        told = next(
            (unit for unit in UNITS if len(unit) > 1 and f"({unit})" in head.replace("（", "(").replace("）", ")")), ""
        )
        if told and told != contract.money.unit:
            stated = contract.money.unit
            message = f"the column is called '{head}' but the history states unit: {stated}; state unit: {told}"
            return [Problem((frame.part.kind, name), message)]
    return []


def _mapped(deals: DealRows, findings: Findings) -> DealRows:
    """Return the deals whose outcome and stage have a meaning."""
    is_unknown = (deals.outcome == UNKNOWN) | (deals.stage == UNKNOWN)
    findings.mark("unmapped", deals.id, is_unknown, DROPPED)
    return deals.rows(~is_unknown) if is_unknown.any() else deals


def _once(deals: DealRows, frame: Frame, findings: Findings) -> DealRows:
    """Return each deal once: the first row of an id counts."""
    is_again = pd.Index(deals.id).duplicated()
    if not is_again.any():
        return deals
    findings.mark("duplicate_ids", deals.id, is_again, DROPPED)
    return deals.rows(~is_again)


def with_created(deals: DealRows, created: Stamps) -> DealRows:
    """Return the deals with another day of creation."""
    return replace(deals, created=created)
