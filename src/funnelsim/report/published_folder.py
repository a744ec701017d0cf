"""Folders of runs read back as published forecasts, and the log that keeps what came of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from funnelsim.analysis.published import TOTAL, Published, Stated, Verdict
from funnelsim.errors import InputError, OutputError, Problem
from funnelsim.history.record import day_of
from funnelsim.model.case import Origin
from funnelsim.model.json_text import json_text
from funnelsim.report.case_file import CASE_FILE, origin_in
from funnelsim.report.folder import MANIFEST

FORECAST, TRIALS = "forecast.json", "trials.parquet"
_KNOWN = "funnelsim.forecast/1"


def read_run(folder: Path) -> Published:
    """Return the forecast that a folder of `funnelsim run --out` holds.

    Raises
    ------
    InputError
        If it holds none, or was changed after it was written.
    """
    told, digest = _figures(folder)
    try:
        return _published(folder, told, digest)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(folder, error) from error


def figures_and_trials(folder: Path) -> tuple[dict[str, Any], dict[str, np.ndarray], str]:
    """Return the figures of a run as plain values, the columns of its trials, none if they were not kept, and a hash.

    Raises
    ------
    InputError
        If the folder holds no run, or was changed after it was written.
    """
    told, digest = _figures(folder)
    return told, _trials(folder), digest


def _figures(folder: Path) -> tuple[dict[str, Any], str]:
    """Return the content of a run's forecast.json, and its hash."""
    told = _vouched(folder, FORECAST)
    if told is None:
        raise InputError.of(f"holds no {FORECAST}; give a folder that `funnelsim run --out` wrote", place=str(folder))
    try:
        found = json.loads(told)
        schema = found["schema"]
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(folder, error) from error
    if schema != _KNOWN:
        raise InputError.of(f"{FORECAST} is of schema {schema}; {_KNOWN} is known", place=str(folder))
    return found, sha256(told).hexdigest()


def _unreadable(folder: Path, error: Exception) -> InputError:
    return InputError.of(f"{FORECAST} cannot be read ({error}); run the forecast again", place=str(folder))


def read_case(folder: Path) -> tuple[Origin, dict[str, Any]]:
    """Return what the case of a run was made from, and its forecast as it was told.

    Raises
    ------
    InputError
        If the folder holds no run, an older one that kept no case, or was changed after it was written.
    """
    read_run(folder)
    content, told = _vouched(folder, CASE_FILE), _vouched(folder, FORECAST)
    if content is None or told is None:
        raise InputError.of(
            f"holds no {CASE_FILE}, which runs of a config have kept since; run the forecast again with --out",
            place=str(folder),
        )
    return origin_in(content, f"{folder}/{CASE_FILE}"), json.loads(told)


def check_money(runs: Iterable[Published], currency: str, unit: str) -> None:
    """Refuse forecasts in another currency or unit than the records.

    Raises
    ------
    InputError
        With every forecast it is true of.
    """
    here = f"{unit} {currency}".removeprefix("1 ")
    problems = [
        Problem((), f"in {run.unit} {run.currency}, and the history in {here}; read the history in that unit", run.name)
        for run in runs
        if (run.currency, run.unit) != (currency, unit)
    ]
    if problems:
        raise InputError(problems)


class ScoreLog:
    """A file of one JSON line for each scored statement; lines are added and never changed."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def read(self) -> list[dict[str, Any]]:
        """Return the lines; of a statement that was told twice, the later one.

        Raises
        ------
        InputError
            If a line cannot be read.
        """
        latest: dict[tuple[str, str, str], dict[str, Any]] = {}
        try:
            text = self.place.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        for number, line in enumerate(text.splitlines(), 1):
            try:
                told = json.loads(line)
                latest[told["forecast_sha256"], told["measure"], told["label"]] = told
            except (ValueError, KeyError, TypeError) as error:
                where = f"{self.place}:{number}"
                raise InputError.of("is no line of this log; mend it, or name another log", place=where) from error
        return list(latest.values())

    def add(self, verdicts: Iterable[Verdict], records: dict[str, str]) -> int:
        """Add the scored verdicts that the log does not tell yet, all at once, and return how many.

        Raises
        ------
        OutputError
            If they cannot be written.
        """
        known = {(t["forecast_sha256"], t["measure"], t["label"]): t["actual"] for t in self.read()}
        fresh = [
            {**told, **records}
            for told in (verdict.as_json() for verdict in verdicts)
            if told["status"] == "scored"
            and known.get((told["forecast_sha256"], told["measure"], told["label"]), -1) != told["actual"]
        ]
        if fresh:
            self._append("".join(json_text(told) + "\n" for told in fresh).encode())
        return len(fresh)

    def _append(self, lines: bytes) -> None:
        before = 0
        try:
            self.place.parent.mkdir(parents=True, exist_ok=True)
            before = self.place.stat().st_size if self.place.exists() else 0
            with self.place.open("ab") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            if self.place.is_file():
                os.truncate(self.place, before)  # half a line is no line
            raise OutputError(f"{self.place}: not written ({error.strerror}); the log is as it was") from error


def _vouched(folder: Path, name: str) -> bytes | None:
    """Return a file of a run's folder, None if there is none."""
    try:
        content = (folder / name).read_bytes()
    except OSError:
        return None
    stated = _hashes(folder).get(name)
    if stated != sha256(content).hexdigest():
        raise InputError.of(f"{name} is not what {MANIFEST} vouches for; it was changed", place=str(folder))
    return content


def _hashes(folder: Path) -> dict[str, str]:
    """Return the hash of each file of a run, as its manifest states them."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        return {name: str(one["sha256"]) for name, one in manifest["files"].items()}
    except OSError as error:
        told = (
            f"{MANIFEST} cannot be read ({error.strerror}), and nothing vouches for the files; run the forecast again"
        )
        raise InputError.of(told, place=str(folder)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError.of(f"{MANIFEST} is none of a run; run the forecast again", place=str(folder)) from error


def _published(folder: Path, found: dict[str, Any], digest: str) -> Published:
    as_of = day_of(date.fromisoformat(found["as_of"]))
    columns = _trials(folder)
    names = _names(found["measures"])
    last = found["provenance"].get("horizon_end")
    end = day_of(date.fromisoformat(last) + timedelta(days=1)) if last else None
    stated = []
    for name, measure in names.items():
        told = found["measures"][name]
        stated.append(_stated(measure, TOTAL, (as_of, end), told["total"], columns.get(f"{name}_total")))
        for period in told["periods"]:
            first, until = (day_of(date.fromisoformat(period[edge])) for edge in ("start", "end"))
            days = max(first, as_of), until
            stated.append(_stated(measure, period["label"], days, period, columns.get(f"{name}_{period['label']}")))
    return Published(
        folder.resolve().name, digest, found["case"], as_of, found["currency"], found["unit"], found["timezone"],
        int(found["provenance"].get("open_deals", 0)), tuple(stated),
    )  # fmt: skip


def _names(measures: dict[str, Any]) -> dict[str, str]:
    """Return which measure of a run is which of a history."""
    if "wins_from_open" not in measures:
        return {"wins": "open_wins", "bookings": "open_bookings"}
    apart = {"wins_from_open": "open_wins", "bookings_from_open": "open_bookings"}
    return {"wins": "total_wins", "bookings": "total_bookings", **apart}


def _stated(
    measure: str, label: str, days: tuple[int, int | None], told: dict[str, Any], samples: np.ndarray | None
) -> Stated:
    quantiles = {name: float(value) for name, value in told["quantiles"].items()}
    return Stated(measure, label, *days, float(told["mean"]), quantiles, samples)


def _trials(folder: Path) -> dict[str, np.ndarray]:
    """Return the columns of the trials, as far as they were kept."""
    from io import BytesIO

    from pyarrow import parquet

    content = _vouched(folder, TRIALS)
    if content is None:
        return {}
    table = parquet.read_table(BytesIO(content))
    return {name: table.column(name).to_numpy().astype(float) for name in table.column_names}
