"""What an import writes reads back as the same history."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from history_files import HEAD, imported
from test_import_shapes import DEALS, DEALS_PART, SHAPES, STAGES, TABLES
from test_import_snapshots import COPIES, TEXT

from funnelsim.config.history import load_history
from funnelsim.errors import OutputError
from funnelsim.history.record import History
from funnelsim.report.history_folder import write_import

ODD = """deal,at,from,to
a,2026-01-05,,demo
a,2026-01-05,demo,quote
a,2026-01-05,quote,lost
a,2026-01-08,lost,quote
b,2026-01-06,,no budget
c,2026-01-07,,close
c,2026-01-09,close,demo
c,2026-01-09,demo,close
"""


def arrays(history: History) -> dict[str, np.ndarray]:
    """Return every array of a history by name."""
    parts = {name: getattr(history, name) for name in ("deals", "visits", "changes")}
    return {
        f"{name}.{field.name}": getattr(part, field.name)
        for name, part in parts.items()
        if part is not None
        for field in fields(part)
    }


def assert_same(one: History, other: History) -> None:
    found, wanted = arrays(other), arrays(one)
    assert set(found) == set(wanted)
    for name, array in wanted.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)
    for name in ("stages", "money", "observed_from", "as_of", "timezone", "snapshot_gap_days"):
        assert getattr(one, name) == getattr(other, name), name


@pytest.mark.parametrize("shape", list(SHAPES))
def test_an_import_reads_back_as_the_same_history(shape: str, tmp_path: Path) -> None:
    text = SHAPES[shape] + DEALS_PART + STAGES + HEAD + "timezone: Asia/Shanghai\n"
    history, report = imported(tmp_path, text, moves=TABLES[shape], deals=DEALS)
    write_import(history, report, "small", tmp_path / "out")
    assert_same(history, load_history(tmp_path / "out" / "history.yaml")[0])


def test_copies_with_their_changes_and_gap_read_back(tmp_path: Path) -> None:
    history, report = imported(tmp_path, TEXT + "}\n" + STAGES + HEAD, **COPIES)
    write_import(history, report, "copies", tmp_path / "out")
    again, told = load_history(tmp_path / "out" / "history.yaml")
    assert_same(history, again)
    assert told.n_changes == report.n_changes == 2


def test_moves_within_a_day_and_reopened_deals_read_back(tmp_path: Path) -> None:
    text = "events: {file: log.csv, deal: deal, at: at, from: from, to: to}\n"
    history, report = imported(tmp_path, text + STAGES + HEAD, log=ODD)
    write_import(history, report, "odd", tmp_path / "out")
    again, _ = load_history(tmp_path / "out" / "history.yaml")
    assert_same(history, again)


def test_stages_called_like_outcomes_read_back(tmp_path: Path) -> None:
    text = "events: {file: log.csv, deal: deal, at: at, to: to}\nstages: [open, won, lost]\nwon: [W]\nlost: [L]\n"
    log = "deal,at,to\na,2026-01-05,open\na,2026-01-06,won\na,2026-01-07,lost\na,2026-01-08,W\nb,2026-01-07,open\n"
    history, report = imported(tmp_path, text + HEAD, log=log + "b,2026-01-09,L\nc,2026-01-09,won\n")
    assert len(history.visits) == 5
    write_import(history, report, "names", tmp_path / "out")
    assert_same(history, load_history(tmp_path / "out" / "history.yaml")[0])


def test_an_earlier_import_is_replaced_and_anything_else_is_left_alone(tmp_path: Path) -> None:
    history, report = imported(tmp_path, SHAPES["events"] + STAGES + HEAD, moves=TABLES["events"])
    write_import(history, report, "one", tmp_path / "out")
    write_import(history, report, "two", tmp_path / "out")
    assert 'history: "two"' in (tmp_path / "out" / "history.yaml").read_text("utf-8")
    (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"notes.txt, which no run wrote"):
        write_import(history, report, "three", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
