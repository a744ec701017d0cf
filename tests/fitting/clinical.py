"""The clinical data sets that other programs were tried on, as spells; from the files, not by way of the R script."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np

from funnelsim.fitting.exits import CENSORED, Spells

REFERENCE = Path(__file__).parent / "reference"
PROTHR = ("normal", "low", "dead")
EBMT = ("transplanted", "recovered", "adverse", "both", "relapsed", "dead")


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "multistate" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def aidssi(folder: Path, group: str | None = None) -> Spells:
    """Everybody starts in state 0; 1 is AIDS, 2 is SI."""
    rows = [row for row in rows_of(folder, "aidssi.csv") if group in {None, row["ccr5"]}]
    return spells((0, 0.0, float(row["time"]), int(row["status"]) or CENSORED) for row in rows)


def prothr(folder: Path, treat: str) -> Spells:
    """Stays under one treatment; one of no length keeps none."""
    stays: dict[tuple[float, ...], int] = {}
    for row in rows_of(folder, "prothr.csv"):
        if row["treat"] == treat:
            stay = tuple(float(row[name]) for name in ("id", "from", "Tstart", "Tstop"))
            goal = int(float(row["to"])) - 1 if float(row["status"]) else CENSORED
            stays[stay] = max(stays.get(stay, CENSORED), goal)
    return spells((int(state) - 1, start, stop, to) for (_, state, start, stop), to in stays.items())


def ebmt4(folder: Path) -> Spells:
    return spells(stay for row in rows_of(folder, "ebmt4.csv") for stay in _path(row))


def _path(row: dict[str, str]):
    """Yield the stays of one patient: what has happened by a time tells the state from then on."""
    events = {name: float(row[name]) for name in ("rec", "ae", "rel", "srv") if row[f"{name}.s"] == "1"}
    end = min(float(row["srv"]), events.get("rel", np.inf))
    times = sorted({time for time in events.values() if time <= end} | {end})
    state, start = 0, 0.0
    for time in times:
        by = {name for name, at in events.items() if at <= time}
        new = 4 if "rel" in by else 5 if "srv" in by else 3 if {"rec", "ae"} <= by else 1 if "rec" in by else 2
        moves = bool(by) and new != state
        yield state, start, time, new if moves else CENSORED
        state, start = new if moves else state, time


def spells(stays) -> Spells:
    state, start, stop, to = zip(*stays, strict=True)
    return Spells(np.array(state), np.array(start), np.array(stop), np.array(to))


def from_r(name: str) -> dict[tuple[str, float, str], float]:
    """Return the shares that the R script printed, by group, day and state."""
    with (REFERENCE / "multistate.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["group"], float(row["day"]), row["state"]): float(row["share"])
            for row in csv.DictReader(file)
            if row["set"] == name
        }


def printed(folder: Path, name: str) -> list[list[dict[str, str]]]:
    """Return every table of a stored page of printed R output, a row by its column names."""
    tables: list[list[dict[str, str]]] = []
    head: list[str] = []
    for line in (folder / "multistate" / name).read_text(encoding="utf-8").splitlines():
        cells = line.removeprefix("#>").split() if line.startswith("#>") else []
        if cells and not re.fullmatch(r"\d+", cells[0]):
            head = cells
            tables.append([])
        elif cells and len(cells) == len(head) + 1:
            tables[-1].append(dict(zip(head, cells[1:], strict=True)))
        elif not cells:
            head = []
    return tables
