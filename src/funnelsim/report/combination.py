"""Runs read back with their trials, and the table of what they bring together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from funnelsim.analysis.combination import TOTAL, Combination, Part, Sum
from funnelsim.errors import InputError
from funnelsim.model.money import Money
from funnelsim.model.target import MEASURES, MONEY
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import figure, percent, places_of
from funnelsim.report.published_folder import figures_and_trials
from funnelsim.report.tables import Column, Table
from funnelsim.report.words import Words

_SAME = ("currency", "unit", "as_of", "timezone", "seed", "trials")


def read_part(folder: Path) -> Part:
    """Return the run in a folder with its trials.

    Raises
    ------
    InputError
        If it holds no run, was changed, or keeps no trials.
    """
    told, trials, digest = figures_and_trials(folder)
    if not trials:
        raise InputError.of("keeps no trials; run it with the simulation engine (--engine simulate)", place=str(folder))
    periods = [period["label"] for period in told["measures"]["bookings"]["periods"]]
    setting = {name: told[name] for name in _SAME} | {"periods": periods}
    values: dict[tuple[str, str], Any] = {
        (measure, label): np.rint(trials[f"{measure}_{label}"] * (100 if measure in MONEY else 1)).astype(np.int64)
        for measure in MEASURES
        for label in (*periods, TOTAL)
        if f"{measure}_{label}" in trials
    }
    setting["horizon_end"] = told["provenance"].get("horizon_end")
    booked = float(told["measures"]["bookings"]["total"].get("booked", 0.0))
    return Part(str(folder), setting, values, booked, digest)


def combination_table(told: Combination, measure: str, say: Words) -> Table:
    """Return one row per period and one for the total: the sum's commit, likely and stretch, and the commits added."""
    unit = str(Money(told.setting["currency"], told.setting["unit"])) if measure in MONEY else say("deals_unit")
    columns = (
        Column(say("period"), is_number=False),
        Column(say("commit"), say("commit_hint")),
        Column(say("likely"), say("likely_hint")),
        Column(say("stretch"), say("stretch_hint")),
        Column(say("mean")),
        Column(say("commits_added"), say("commits_added_hint")),
    )
    rows = tuple(_row(one, say) for one in told.sums if one.measure == measure)
    return Table(say("in_unit", measure=say(measure), unit=unit), columns, rows, has_total=True)


def combination_lines(told: Combination, say: Words) -> Iterator[str]:
    """Yield what is said above the tables: which runs, how they move together, the chance of the target."""
    names = ", ".join(one_line(name, 60) for name in told.names)
    yield say(
        "combined", n=len(told.names), names=names, trials=f"{told.setting['trials']:,}", seed=told.setting["seed"]
    )
    upper = told.correlation[np.triu_indices(len(told.names), 1)]
    if np.isfinite(upper).any():
        low, high = np.nanmin(upper), np.nanmax(upper)
        yield say("combined_correlation", low=f"{low:.2f}", high=f"{high:.2f}")
    if told.booked:
        money = Money(told.setting["currency"], told.setting["unit"])
        yield say("combined_booked", amount=f"{figure(told.booked, 2)} {money}")
    if told.chance is not None and told.target is not None:
        money = Money(told.setting["currency"], told.setting["unit"])
        yield say("combined_target", target=f"{figure(told.target)} {money}", chance=percent(told.chance))


def _row(one: Sum, say: Words) -> tuple[str, ...]:
    places = places_of(one.together)
    told = one.together
    figures = (told.commit, told.likely, told.stretch, told.mean, one.commits_added)
    label = say("total") if one.label == TOTAL else one_line(one.label, 40)
    return (label, *(figure(value, places) for value in figures))
