"""Whatever bytes a table holds, an import ends with a history or with problems in words, never with a traceback; and
what was read is written and read back the same."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from history_files import HEAD, STAGES, imported
from test_canonical import assert_same
from test_import_shapes import DEALS, DEALS_PART, SHAPES, TABLES
from test_import_snapshots import COPIES

from funnelsim.config.history import load_history
from funnelsim.errors import InputError
from funnelsim.report.history_folder import write_import

BITS = [
    b"\xff",
    b"\0",
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\t",
    b";",
    b"\x1f\x8b",
    b"PK",
    b"\xef\xbb\xbf",
    b"\xc2\xa0",
    b"\xe4\xb8",
]
DAYS = ["", "2026-01-05", "2026-01-20", "2025-12-31 23:59:59", "2026-01-09T10:00:00Z", "2026/1/5 3:04"]
DAYS += ["2026-02-02 10:00+14:00", "9999-12-31", "1900-01-01"]
NAMES = ["", "a", "b", "demo", "quote", "close", "signed", "lost", "no budget", "open", "OPEN", "x"]
ODD = [
    "0001-01-01",
    "2026-02-30",
    "20260105",
    "45000",
    "1e400",
    "nan",
    "中",
    "\u202e",
    "qoute",
    "-5",
    "2026-01-05T25:61Z",
]


def spoiled(table: str, draws: np.random.Generator) -> bytes:
    """Return a table with some cells changed for others, now and then for odd ones, or with odd bytes put in."""
    rows = [line.split(",") for line in table.splitlines()]
    for _ in range(int(draws.integers(0, 6))):
        row = rows[int(draws.integers(1, len(rows)))]
        at = int(draws.integers(0, len(row)))
        words = ODD if draws.random() < 0.04 else DAYS if row[at][:2] in {"20", "99", "19"} else NAMES
        row[at] = words[int(draws.integers(0, len(words)))]
    head, body = rows[0], rows[1:]
    order = draws.permutation(len(body)) if draws.random() < 0.3 else np.arange(len(body))
    twice = [body[int(i)] for i in draws.integers(0, len(body), int(draws.integers(0, 2)))]
    content = "\n".join(",".join(row) for row in [head, *(body[i] for i in order), *twice]).encode() + b"\n"
    if draws.random() < 0.1:
        at = int(draws.integers(0, len(content)))
        content = content[:at] + BITS[int(draws.integers(0, len(BITS)))] + content[at + int(draws.integers(0, 3)) :]
    return content


@pytest.mark.parametrize("shape", list(SHAPES))
@pytest.mark.parametrize("seed", range(30))
def test_spoiled_tables_are_refused_or_read_and_read_back(shape: str, seed: int, tmp_path: Path) -> None:
    draws = np.random.default_rng([seed, list(SHAPES).index(shape)])
    text = SHAPES[shape] + DEALS_PART + STAGES + HEAD + "observed: ..2026-03-01\n"
    for n in range(3):
        tables = {"moves": spoiled(TABLES[shape], draws), "deals": spoiled(DEALS, draws)}
        with suppress(InputError):
            history, report = imported(tmp_path, text, allow_unmapped=bool(draws.integers(0, 2)), **tables)
            assert report.n_deals == len(history.deals) > 0
            assert report.n_won + report.n_lost + report.n_open == report.n_deals
            out = tmp_path / f"out{n}"
            assert_same(history, load_history(write_import(history, report, "again", out) / "history.yaml")[0])


@pytest.mark.parametrize("seed", range(30))
def test_spoiled_copies_are_read_or_refused(seed: int, tmp_path: Path) -> None:
    draws = np.random.default_rng([seed, 99])
    text = "snapshots: {files: crm-*.csv, as_of: from the name, deal: deal, stage: stage, created: created,"
    text += " amount: amount, vanished: lost}\nobserved: ..2026-03-01\n" + STAGES + HEAD
    for _ in range(3):
        tables = {name: spoiled(table, draws) for name, table in COPIES.items()}
        with suppress(InputError):
            history, report = imported(tmp_path, text, allow_unmapped=bool(draws.integers(0, 2)), **tables)
            assert report.n_deals == len(history.deals) > 0
