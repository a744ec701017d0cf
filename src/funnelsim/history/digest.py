"""The fingerprint of a history: the same for the same records, wherever they were read from."""

from __future__ import annotations

from dataclasses import fields
from hashlib import sha256

import numpy as np

from funnelsim.history.calls import Calls
from funnelsim.history.record import Changes, Deals, History, Visits


def digest(history: History) -> str:
    """Return the SHA-256 of everything a history holds, in hexadecimal digits."""
    found = sha256()
    facts = (history.stages, history.money, history.observed_from, history.as_of, history.timezone)
    found.update(repr((*facts, history.snapshot_gap_days)).encode())
    if history.closed:
        found.update(repr(history.closed).encode())
    said = [] if history.calls is None else [history.calls]
    for calls in said:
        found.update(repr((calls.voices, calls.categories)).encode())
    for table in (history.deals, history.visits, history.changes, *said):
        found.update(type(table).__name__.encode())
        if table is not None:
            for column in _columns(table):
                found.update(column)
    return found.hexdigest()


def _columns(table: Deals | Visits | Changes | Calls) -> list[bytes]:
    columns = (getattr(table, field.name) for field in fields(table))
    return [_bytes(column) for column in columns if isinstance(column, np.ndarray)]


def _bytes(column: np.ndarray) -> bytes:
    if column.dtype == object:
        # a length before each text: no two lists of texts look alike
        texts = [str(text).encode() for text in column]
        return b"".join(b"%d:%b" % (len(text), text) for text in texts)
    return np.ascontiguousarray(column).tobytes()
