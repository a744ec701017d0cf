"""A history as tables that read back as the same history, and the words of their history.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pyarrow as pa

from funnelsim.history.calls import NO_CATEGORY, Calls
from funnelsim.history.record import AMOUNT, LOST, NEVER, OPEN, WON, Floats, History, Ints, Texts, date_of
from funnelsim.model.closed_days import WEEKDAYS


def tables_of(history: History) -> dict[str, pa.Table]:
    """Return the tables ``visits``, ``deals`` and, where values moved, ``changes``."""
    words = _ends(history)
    deals, visits = history.deals, history.visits
    exits = np.array([*history.stages, words[OPEN], words[LOST], words[WON]], object)[visits.exit]
    is_last = np.append(visits.deal[1:] != visits.deal[:-1], True)[: len(visits)]
    reason = deals.reason[visits.deal]
    exits = np.where((visits.exit == LOST) & is_last & (reason != ""), reason, exits)
    outcome = np.array([words[OPEN], words[LOST], words[WON]], object)[deals.outcome]
    tables = {
        "visits": pa.table(
            {
                "deal": _texts(deals.id[visits.deal]),
                "stage": _texts(np.array(history.stages, object)[visits.stage]),
                "entered": _days(visits.entered),
                "exit": _texts(exits),
                "left": _days(visits.left),
            }
        ),
        "deals": pa.table(
            {
                "id": _texts(deals.id),
                "created": _days(deals.created),
                "closed": _days(deals.closed),
                "outcome": _texts(np.where((deals.outcome == LOST) & (deals.reason != ""), deals.reason, outcome)),
                "amount": pa.array(deals.amount, mask=~np.isfinite(deals.amount)),
                "expected_close": _days(deals.expected_close),
                **{name: _texts(getattr(deals, name)) for name in ("owner", "segment", "source")},
            }
        ),
    }
    more = {"changes": _changes(history)} if history.changes is not None else {}
    return tables | more | ({"opinions": _calls(history.calls, deals.id)} if history.calls is not None else {})


def yaml_of(history: History, name: str) -> str:
    """Return the history.yaml that reads the tables of a history from beside it."""
    return "\n".join(_lines(history, name)) + "\n"


def _lines(history: History, name: str) -> Iterator[str]:
    words = _ends(history)
    reasons = sorted({str(one) for one in history.deals.reason[history.deals.outcome == LOST] if one})
    last = date_of(history.as_of) - timedelta(days=1)
    yield f"history: {_quoted(name)}"
    yield "visits: {file: visits.parquet, deal: deal, stage: stage, entered: entered, exit: exit, left: left}"
    yield "deals: {file: deals.parquet, id: id, created: created, closed: closed, outcome: outcome, amount: amount,"
    yield "        expected_close: expected_close, owner: owner, segment: segment, source: source}"
    if history.changes is not None:
        yield "changes: {file: changes.parquet, deal: deal, at: day, field: field, value: value, before: before}"
    if history.calls is not None:
        yield "opinions: {file: opinions.parquet, deal: deal, at: day, by: by, call: call, probability_in: share}"
        yield f"categories: {{{', '.join(f'{_quoted(name)}: []' for name in history.calls.categories)}}}"
    yield f"stages: {_listed(history.stages)}"
    yield f"won: {_listed([words[WON]])}"
    yield f"lost: {_listed([*dict.fromkeys([*reasons, words[LOST]])])}"
    yield f"open: {_listed([words[OPEN]])}"
    yield f"currency: {history.money.currency}"
    yield f"unit: {_quoted(history.money.unit)}"
    yield f"timezone: {_quoted(history.timezone)}"
    yield f"observed: {date_of(min(history.observed_from, history.as_of - 1))}..{last}"
    if history.snapshot_gap_days:
        yield f"snapshot_gap_days: {history.snapshot_gap_days}"
    if runs := history.closed.runs:
        yield f"closed: [{', '.join(f'{first}..{last}' for first, last in runs)}]"
    if weekend := history.closed.weekend:
        yield f"weekend: [{', '.join(WEEKDAYS[day] for day in weekend)}]"


def _ends(history: History) -> dict[int, str]:
    """Return what the outcomes are called: names that no stage and no reason of a loss has."""
    reasons = {str(one) for one in history.deals.reason}
    taken = {WON: {*history.stages, *reasons}, LOST: {*history.stages}, OPEN: {*history.stages, *reasons}}
    return {code: _free(word, taken[code]) for code, word in ((WON, "won"), (LOST, "lost"), (OPEN, "open"))}


def _free(word: str, taken: set[str]) -> str:
    return _free(f"({word})", taken) if word in taken else word


def _changes(history: History) -> pa.Table:
    changes = history.changes
    if changes is None:
        return pa.table({})
    is_amount = changes.field == AMOUNT
    return pa.table(
        {
            "deal": _texts(history.deals.id[changes.deal]),
            "day": _days(changes.day),
            "field": _texts(np.where(is_amount, "amount", "expected_close").astype(object)),
            "value": pa.array(_written(changes.value, is_amount), pa.string()),
            "before": pa.array(_written(changes.before, is_amount), pa.string()),
        }
    )


def _calls(calls: Calls, ids: Texts) -> pa.Table:
    said = [
        calls.categories[category] if category != NO_CATEGORY else repr(float(chance)) if np.isfinite(chance) else ""
        for category, chance in zip(calls.category.tolist(), calls.chance.tolist(), strict=True)
    ]
    return pa.table(
        {
            "deal": _texts(ids[calls.deal]),
            "day": _days(calls.day),
            "by": _texts(np.array(calls.voices, object)[calls.voice]),
            "call": pa.array(said, pa.string()),
        }
    )


def _written(values: Floats, is_amount: np.ndarray) -> list[str]:
    return [
        "" if not np.isfinite(value) else repr(float(value)) if amount else date_of(int(value)).isoformat()
        for value, amount in zip(values, is_amount, strict=True)
    ]


def _texts(values: Texts) -> pa.Array:
    return pa.array(values.tolist(), pa.string())


def _days(days: Ints) -> pa.Array:
    return pa.array(np.where(days == NEVER, 0, days).astype(np.int32), pa.int32(), mask=days == NEVER).cast(pa.date32())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return f"[{', '.join(_quoted(name) for name in names)}]"
