"""The chances of fitted deals to end in time, worked out for all posterior draws at once (model page, M11)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from funnelsim.engine.kernel.plan import PARKED, WON, Cells

SIDE_BY_SIDE = 25
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def age_cells(targets: Sequence[Sequence[int]], ages: Sequence[Sequence[int]]) -> Cells:
    """Return the layout of stages that are clocked by age alone.

    Parameters
    ----------
    targets : sequence per stage of int
        Where each exit leads: the number of a stage, WON (-1) or LOST (-2).
    ages : sequence per stage of int
        The first age of every cell; the first is 0, and the last cell goes on for ever.

    Examples
    --------
    >>> age_cells([[-2, 1], [-2, WON]], [[0, 1, 7], [0]]).start.tolist()
    [0, 3, 4]
    """
    width = max(len(exits) for exits in targets)
    n_cells = [len(first) for first in ages]
    return Cells(
        target=np.array([[*exits, *[PARKED] * (width - len(exits))] for exits in targets], np.int64),
        start=np.concatenate([[0], np.cumsum(n_cells)]).astype(np.int64),
        first_age=np.concatenate([np.asarray(first, np.int64) for first in ages]),
        n_due=np.zeros(len(ages), np.int64),
        first_due=np.zeros(sum(n_cells), np.int64),
        lead_start=np.zeros(len(ages) + 1, np.int64),
        lead=np.zeros(0, np.int64),
    )


class Calendar(NamedTuple):
    """Kinds of days: what each multiplies daily chances by, and of which kind each day of the horizon is."""

    multiplier: Floats  # (K, S, E)
    kind_of_day: Ints  # (H,); below 0: closed, a day that no clock counts


def no_calendar(cells: Cells, n_days: int) -> Calendar:
    """Return a calendar on which all days are alike."""
    return Calendar(np.ones((1, *cells.target.shape)), np.zeros(n_days, np.int64))


@dataclass(frozen=True)
class Asked:
    """Whose chances are wanted, and by when.

    Parameters
    ----------
    bounds : int array (B,)
        Whole days: an end on day d of the horizon is before d + 1. None is beyond the calendar's days.
    lane_stratum : int array (L,)
        A lane is a stratum under one change of hazards.
    standing : int array (C, [lane, stage, age, days to the date])
        Open deals; ages on the morning of day 0.
    entering : int array (A, [lane, stage, first day, number of days])
        New deals, on each of these days as likely.
    """

    bounds: Ints
    lane_stratum: Ints
    standing: Ints
    entering: Ints


def end_chances(
    cells: Cells, chance: Floats, calendar: Calendar, asked: Asked, factor: Floats, outcome: int = WON, threads: int = 1
) -> tuple[Floats, Floats]:
    """Return the chances to end in `outcome` before each bound, of deals that stand and of deals that enter.

    The shapes are (R, M, C, B) and (R, M, A, B).

    Parameters
    ----------
    chance : array (R, G, N, E)
        Daily chances: posterior draw, stratum, cell, exit as in ``cells.target``.
    factor : array (R or 1, M, L, 2)
        Factors on the hazards of [advancing, losing], M of them to a draw.
    outcome : int
        WON or LOST.
    """
    from funnelsim.engine.kernel import recursion

    cells, chance, calendar = _taken(cells, chance, calendar)
    n_draws, n_factors = len(chance), factor.shape[1]
    factor = np.ascontiguousarray(np.broadcast_to(factor, (n_draws, *factor.shape[1:])))
    asked = Asked(*(np.ascontiguousarray(getattr(asked, name), np.int64) for name in asked.__dataclass_fields__))
    chance, n_bounds = np.ascontiguousarray(chance), len(asked.bounds)
    stood = np.zeros((n_draws, n_factors, len(asked.standing), n_bounds))
    entered = np.zeros((n_draws, n_factors, len(asked.entering), n_bounds))

    def fill(first: int, last: int) -> None:
        n_cells, n_exits = chance.shape[2:]
        moved = np.zeros((len(calendar.multiplier), n_cells, n_exits + 1, SIDE_BY_SIDE))
        fresh = np.zeros((max(n_bounds, 1), len(cells.n_due), len(calendar.kind_of_day) + 1, SIDE_BY_SIDE))
        alive, total = np.zeros((2, SIDE_BY_SIDE))
        recursion.end_chances(
            cells, chance, *calendar, factor, asked.lane_stratum, asked.standing, asked.entering, asked.bounds, outcome,
            first, last, moved, fresh, alive, total, stood, entered,
        )  # fmt: skip

    if threads == 1:
        fill(0, n_draws)
        return stood, entered
    cuts = np.linspace(0, n_draws, threads + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, cuts[:-1], cuts[1:]))
    return stood, entered


def _taken(cells: Cells, chance: Floats, calendar: Calendar) -> tuple[Cells, Floats, Calendar]:
    """Return all three without the exits that no draw ever takes: a table with a column per stage is mostly noughts."""
    is_taken = np.logical_or.reduceat(chance.max(axis=(0, 1)) > 0, cells.start[:-1], axis=0)
    width = max(int(is_taken.sum(axis=1).max()), 1)
    if width == is_taken.shape[1]:
        return cells, chance, calendar
    kept = np.argsort(~is_taken, axis=1, kind="stable")[:, :width]
    target = np.where(np.take_along_axis(is_taken, kept, 1), np.take_along_axis(cells.target, kept, 1), PARKED)
    of_cell = np.repeat(kept, np.diff(cells.start), axis=0)
    chance = np.take_along_axis(chance, of_cell[None, None], axis=3)
    multiplier = np.take_along_axis(calendar.multiplier, kept[None], axis=2)
    return cells._replace(target=target), chance, calendar._replace(multiplier=multiplier)


def win_chances(
    cells: Cells,
    chance: Floats,
    standing: Ints,
    bounds: Sequence[int],
    *,
    u: Sequence[float] = (0.0,),
    calendar: Calendar | None = None,
    outcome: int = WON,
) -> Floats:
    """Return (R, M, C, B): the chances of open deals to be won before each bound, under each hazard shock u.

    Parameters
    ----------
    standing : int array (C, [stratum, stage, age, days to the date])
    u : sequence of M floats
        Advancing hazards times exp(u), losing ones times exp(-u).

    Examples
    --------
    >>> cells = age_cells([[-2, WON]], [[0]])
    >>> q = np.full((1, 1, 1, 2), 0.5) * [0.2, 0.8]
    >>> round(float(win_chances(cells, q, np.array([[0, 0, 0, 0]]), [2])[0, 0, 0, 0]), 12)
    0.6
    """
    n_strata = chance.shape[1]
    shifts = np.exp(np.multiply.outer(np.asarray(u, float), [1.0, -1.0]))
    factor = np.repeat(shifts[None, :, None], n_strata, axis=2)
    asked = Asked(np.asarray(bounds), np.arange(n_strata), standing, np.zeros((0, 4), np.int64))
    days = calendar or no_calendar(cells, int(max(bounds)))
    return end_chances(cells, chance, days, asked, factor, outcome)[0]


def entry_chances(
    cells: Cells, chance: Floats, stage: int, n_days: int, *, u: Sequence[float] = (0.0,), outcome: int = WON
) -> Floats:
    """Return (R, M, G, n_days + 1): the chance of a new deal to be won within k days, k = 0 .. n_days, by stratum."""
    n_strata = chance.shape[1]
    days = [[g, stage, n_days - k, 1] for g in range(n_strata) for k in range(1, n_days + 1)]
    shifts = np.exp(np.multiply.outer(np.asarray(u, float), [1.0, -1.0]))
    factor = np.repeat(shifts[None, :, None], n_strata, axis=2)
    asked = Asked(np.array([n_days]), np.arange(n_strata), np.zeros((0, 4), np.int64), np.array(days))
    found = end_chances(cells, chance, no_calendar(cells, n_days), asked, factor, outcome)[1][..., 0]
    shape = (*found.shape[:2], n_strata, n_days)
    return np.concatenate([np.zeros((*shape[:3], 1)), found.reshape(shape)], axis=3)
