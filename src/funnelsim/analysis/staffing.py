"""How many people a target needs: the same futures played with teams of every size (model page, M6.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt
from typing import Any

from funnelsim.analysis.booked import needed_for
from funnelsim.analysis.waiting import Figure, mean_of, ratio_of
from funnelsim.engine.ensemble import Ensemble
from funnelsim.engine.simulate import simulate
from funnelsim.errors import InputError
from funnelsim.model.capacity import MOST_PEOPLE, Team
from funnelsim.model.case import Case
from funnelsim.model.target import Target

SCHEMA = "funnelsim.capacity/1"
CLEAR = 2.0  # standard errors by which a chance must lie above what was asked for to be said without reserve


@dataclass(frozen=True)
class TeamForecast:
    """What a team of one size comes to.

    Parameters
    ----------
    chance : Figure or None
        Of the first target; None where the case states none.
    bookings : Figure
        In the case's unit, what is booked already left out.
    utilisation, wait_days : Figure or None
        As in `funnelsim.analysis.waiting.StationForecast`, all people together.
    waiting : Figure
        Deals that wait for somebody at the end.
    """

    people: int
    chance: Figure | None
    bookings: Figure
    utilisation: Figure | None
    wait_days: Figure | None
    waiting: Figure

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        figures = {name: getattr(self, name) for name in ("chance", "bookings", "utilisation", "wait_days", "waiting")}
        return {"people": self.people, **{name: figure and figure.as_json() for name, figure in figures.items()}}


@dataclass(frozen=True)
class Staffing:
    """Teams of every size asked for, in the same futures.

    Parameters
    ----------
    target : Target or None
        The case's first target.
    asked : float
        The chance it should have.
    enough : int or None
        The smallest team that gives it; None if none does, or without a target.
    is_clear : bool
        Whether that holds by two standard errors, and fails by as many with one person fewer (if that was tried).
    """

    case: Case
    trials: int
    seed: int
    target: Target | None
    asked: float
    teams: tuple[TeamForecast, ...]
    enough: int | None
    is_clear: bool

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.capacity/1`` as plain values."""
        target, team = self.target, self.case.capacity and self.case.capacity.team
        return {
            "schema": SCHEMA,
            "case": self.case.name,
            "seed": self.seed,
            "trials": self.trials,
            "currency": self.case.money.currency,
            "unit": self.case.money.unit,
            "as_of": self.case.as_of.isoformat(),
            "deals_each": team and team.deals_each,
            "queue": team and team.queue,
            "target": target
            and {
                "measure": target.measure,
                "amount": target.amount,
                "by": target.by and target.by.isoformat(),
                "group": dict(target.group),
            },
            "asked": self.asked,
            "teams": [team.as_json() for team in self.teams],
            "enough": self.enough,
            "is_clear": self.is_clear,
        }


def staffing(
    case: Case,
    people: Sequence[int],
    *,
    asked: float = 0.9,
    trials: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Staffing:
    """Play the same futures with a team of each size.

    Parameters
    ----------
    case : Case
        With a capacity that states a team.
    people : sequence of int
    asked : float
        Chance that the first target should have.

    Returns
    -------
    Staffing

    Raises
    ------
    InputError
        If the case states no team, or a size is out of range.
    """
    team = _team_of(case, people)
    sizes = sorted(set(people))
    n_trials, teams = case.trials if trials is None else trials, []
    for i, size in enumerate(sizes):
        told = simulate(_with(case, replace(team, people=size)), trials=n_trials, seed=seed, threads=threads)
        seed = told.seed  # one drawn for the first team serves all
        teams.append(_team_forecast(told, size))
        if on_progress is not None:
            on_progress(i + 1, len(sizes))
    target = case.targets[0] if case.targets else None
    enough = next((t.people for t in teams if t.chance and t.chance.mean >= asked), None)
    return Staffing(case, n_trials, seed or 0, target, asked, tuple(teams), enough, _is_clear(teams, enough, asked))


def _team_of(case: Case, people: Sequence[int]) -> Team:
    team = case.capacity.team if case.capacity else None
    if team is None:
        found = "its capacity states limits by name" if case.capacity else "it states no capacity"
        raise InputError.of(
            f"{found}; to try teams of several sizes state capacity: {{team: {{people: 5, deals_each: 8}}}}", "capacity"
        )
    if not people or min(people) < 1 or max(people) > MOST_PEOPLE:
        raise InputError.of(f"teams of {list(people)}; give sizes from 1 to {MOST_PEOPLE:,}", "people")
    return team


def _with(case: Case, team: Team) -> Case:
    return replace(case, capacity=case.capacity and replace(case.capacity, team=team))


def _team_forecast(told: Ensemble, size: int) -> TeamForecast:
    stations, waiting = told.program.stations, told.waiting
    if stations is None or waiting is None:
        raise LookupError("a case with a team has stations")
    homes, days = slice(0, stations.n_homes), float(told.program.bin_ends_days[-1])
    slots = int(stations.slots[homes].sum())
    return TeamForecast(
        people=size,
        chance=_chance(told),
        bookings=mean_of(told.total("bookings") / 100.0),
        utilisation=mean_of(waiting.busy[homes].sum(axis=0) / (slots * days)) if isfinite(days) else None,
        wait_days=ratio_of(waiting.waited[homes].sum(axis=0), waiting.served[homes].sum(axis=0)),
        waiting=mean_of(waiting.queue[homes, -1].sum(axis=0)),
    )


def _chance(told: Ensemble) -> Figure | None:
    if not told.case.targets:
        return None
    target = told.case.targets[0]
    chance = float((told.toward(target) >= needed_for(told.case, target)).mean())
    return Figure(chance, sqrt(chance * (1 - chance) / told.trials))


def _is_clear(teams: Sequence[TeamForecast], enough: int | None, asked: float) -> bool:
    """Tell whether the smallest team that is enough is so beyond Monte Carlo error, and the one below is not."""
    for team in teams:
        if enough is not None and team.chance and team.people <= enough:
            gap = team.chance.mean - asked
            if abs(gap) < CLEAR * team.chance.se:
                return False
    return enough is not None
