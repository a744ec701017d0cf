"""One deal in one trial, event by event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import inf, isfinite

import numpy as np
import numpy.typing as npt

from funnelsim.engine.simulate import Simulation
from funnelsim.errors import InputError, RefusedError
from funnelsim.model.case import MAX_TRIALS, Case


@dataclass(frozen=True)
class Event:
    """One step of a path.

    Parameters
    ----------
    day : float
        Days since as_of; infinite if it never happens.
    date : date or None
        The calendar day, None if stays are not stated or it never happens.
    stage : str
        The stage left (or stayed in).
    exit : str
        The exit taken, or ``open`` at the end of the horizon, or ``stale``.
    amount : float or None
        What was signed, in the case's unit, if won.
    """

    day: float
    date: date | None
    stage: str
    exit: str
    amount: float | None = None

    @property
    def text(self) -> str:
        """Return the event as a line."""
        when = self.date.isoformat() if self.date else "no date"
        signed = f", signed {self.amount:,.2f}" if self.amount is not None else ""
        return f"{when}  {self.stage} -> {self.exit}{signed}"


def replay(case: Case, *, trial: int, deal: str, seed: int | None = None) -> tuple[Event, ...]:
    """Return the path of one deal in one trial, the very one that `simulate` walked.

    Raises
    ------
    InputError
        If there is no such deal or trial, or neither the case nor the call states the seed.
    RefusedError
        If the case states a capacity.
    """
    if seed is None and case.seed is None:
        raise InputError.of("neither the case nor the call states a seed; give the one the run printed", "seed")
    if case.capacity is not None:
        raise RefusedError(
            "with a capacity the days of a deal depend on all others in the trial; leave out capacity to see the path "
            "it takes where nobody waits"
        )
    simulation = Simulation(case, seed=seed, threads=1)
    program = simulation.program
    number = next((i for i, entry in enumerate(program.deals) if entry.id == deal), None)
    if number is None:
        known = ", ".join(entry.id for entry in program.deals[:3])
        raise InputError.of(f"no deal '{deal}' in the forecast; ids are like {known}", "deal")
    if not 0 <= trial < MAX_TRIALS:
        raise InputError.of(f"trial {trial}; they count from 0 to {MAX_TRIALS - 1:,}", "trial")
    path, outcome, signed = simulation.trace(trial, number)
    if not len(path):
        stage = program.deals[number].stage
        return (Event(0.0, case.as_of, stage, "lost" if outcome < 0 else "open"),)
    return tuple(_event(simulation, row, i == len(path) - 1, outcome, signed) for i, row in enumerate(path))


def _event(simulation: Simulation, row: npt.NDArray[np.float64], is_last: bool, outcome: int, signed: int) -> Event:
    program, case = simulation.program, simulation.program.case
    stage, exit_, day = int(row[0]), int(row[1]), float(row[2])
    name = program.targets[stage][exit_]
    still_open = is_last and outcome == 0
    when = case.as_of + timedelta(days=int(day)) if case.funnel.has_stays and isfinite(day) and day < 3e6 else None
    amount = signed / 100.0 if is_last and outcome == 1 else None
    return Event(day if day < inf else inf, when, case.funnel.names[stage], "open" if still_open else name, amount)
