"""What is known on a day is what an import of the rows up to that day would have told."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from history_files import HEAD, imported

from funnelsim.history.record import History, date_of, day_of

TEXT = (
    "events: {file: log.csv, deal: deal, at: at, to: to, amount: amount}\nstages: [a, b, c]\nwon: [w]\nlost: [l]\n"
    + HEAD
)
START = day_of(date_of(0).fromisoformat("2026-01-05"))


def random_path(draws: np.random.Generator) -> list[str]:
    """Return where a deal goes; an end that corrects an end is the last word."""
    path = [str(draws.choice(list("abc")))]
    for to in draws.choice(list("aabbccwl"), int(draws.integers(0, 6))):
        path.append(str(to))
        if set(path[-2:]) <= {"w", "l"}:
            break
    return path


def random_log(seed: int) -> list[tuple[int, str]]:
    """Return rows of a log with back-moves, skips, reopened deals and several moves a day, in order of time."""
    draws = np.random.default_rng(seed)
    rows = []
    for deal in range(30):
        day, amount = START + int(draws.integers(0, 40)), 100
        path = random_path(draws)
        for to in path:
            amount += 10 * int(draws.integers(0, 2))
            rows.append((day, f"d{deal},{date_of(day)},{to},{amount}"))
            day += int(draws.integers(0, 9))
    return sorted(rows, key=lambda row: row[0])


def load(folder: Path, rows: list[str], last: int) -> History:
    table = "deal,at,to,amount\n" + "\n".join(rows) + "\n"
    return imported(folder, TEXT + f"observed: {date_of(START)}..{date_of(last)}\n", log=table)[0]


@pytest.mark.parametrize("seed", range(8))
def test_a_history_as_of_a_day_is_an_import_of_the_rows_before_it(seed: int, tmp_path: Path) -> None:
    rows = random_log(seed)
    whole = load(tmp_path, [row for _, row in rows], rows[-1][0])
    for day in range(START + 10, rows[-1][0], 7):
        early = load(tmp_path, [row for when, row in rows if when < day], day - 1)
        seen = whole.known_at(day)
        for name in ("deals", "visits", "changes"):
            for field in fields(getattr(seen, name)):
                if field.name == "reason":  # of a deal that is reopened later the reason is not kept
                    continue
                found, wanted = (getattr(getattr(one, name), field.name) for one in (seen, early))
                np.testing.assert_array_equal(found, wanted, err_msg=f"{name}.{field.name} on {date_of(day)}")
        assert (seen.as_of, seen.stages) == (early.as_of, early.stages)
