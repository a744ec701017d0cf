"""Daily chances of every exit by stage and age, as tables of shape (stage, age, exit).

The last axis is indexed by the exit codes of a history: numbers of stages, LOST (-2) and WON (-1), so it is two
longer than the first. An age is the number of whole days since the stage was entered; past the last age nothing
happens any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from funnelsim.history.record import LOST, WON

Floats = npt.NDArray[np.float64]
N_AGES = 2000
# a day on which everything left leaves still has a finite cumulative hazard
_SUREST = 1 - 1e-12


class Stay(Protocol):
    """A law of a stay in days: any frozen law of scipy.stats."""

    def sf(self, x: Any) -> Any:
        """Return the chance of a longer stay."""


def straight(
    conversions: Sequence[float],
    stays: Sequence[Stay],
    stays_lost: Sequence[Stay] | None = None,
    *,
    never: Sequence[float] | None = None,
    also: Mapping[tuple[int, int], float] | None = None,
    n_ages: int = N_AGES,
) -> Floats:
    """Return the table of a straight funnel, stated stage by stage (mixture form).

    Parameters
    ----------
    conversions : sequence of float
        The share of each stage that moves on to the next, the last to won.
    stays, stays_lost : sequence of Stay
        The time until then, and the time to a loss (default: the same).
    never : sequence of float, optional
        The share of each stage that is never decided.
    also : dict of (int, int) to float, optional
        Shares of the first stage that skip or go back to the second; their stay is `stays`. The rest is lost.
    """
    n = len(conversions)
    shares = np.zeros((n, n + 2))
    for (stage, target), share in (also or {}).items():
        shares[stage, target] = share
    for stage, conversion in enumerate(conversions):
        shares[stage, stage + 1 if stage + 1 < n else WON] = conversion
    undecided = np.zeros(n) if never is None else np.asarray(never, float)
    shares[:, LOST] = 1 - undecided - shares.sum(axis=1)
    table = np.zeros((n, n_ages, n + 2))
    for stage in range(n):
        moving, losing = stays[stage], (stays_lost or stays)[stage]
        table[stage] = _daily(moving, n_ages)[:, None] * shares[stage]
        table[stage, :, LOST] = _daily(losing, n_ages) * shares[stage, LOST]
    return _hazards(table)


def with_timer(table: Floats, stage: int, age: int, exit_code: int, chance: float) -> Floats:
    """Return the table with one cell more: on that very day of its stay each deal takes the exit with a chance."""
    changed = table.copy()
    changed[stage, age] *= 1 - chance
    changed[stage, age, exit_code] += chance
    return changed


def intensities(table: Floats) -> Floats:
    """Return cumulative hazards of each day, -ln(1 - sum q) shared out in proportion to q."""
    total = np.minimum(table.sum(axis=-1, keepdims=True), _SUREST)
    return np.asarray(table * np.divide(-np.log1p(-total), total, out=np.ones_like(total), where=total > 0))


def chances(intensity: Floats) -> Floats:
    """Return the daily chances that belong to cumulative hazards of a day."""
    total = intensity.sum(axis=-1, keepdims=True)
    return np.asarray(intensity * np.divide(-np.expm1(-total), total, out=np.ones_like(total), where=total > 0))


def directions(n_stages: int) -> npt.NDArray[np.int64]:
    """Return +1 for exits that advance, -1 for losses and 0 for steps back, of shape (stage, exit)."""
    stage, target = np.ogrid[:n_stages, : n_stages + 2]
    found = np.where(target > stage, 1, 0)
    found[:, LOST] = -1
    return found


def _daily(stay: Stay, n_ages: int) -> Floats:
    """Return the chances that a stay ends on each of its days: its whole days are the days of the record."""
    return -np.diff(np.asarray(stay.sf(np.arange(n_ages + 1)), float))


def _hazards(shares: Floats) -> Floats:
    """Return chances of exits given that the stay lasts, from shares (stage, age, exit) of all that enter."""
    gone = np.cumsum(shares.sum(axis=-1), axis=1)
    here = 1 - np.concatenate([np.zeros((len(gone), 1)), gone[:, :-1]], axis=1)
    # what rounding leaves of a stage that everybody has left is nobody
    return np.asarray(np.divide(shares, here[..., None], out=np.zeros_like(shares), where=here[..., None] > 1e-12))
