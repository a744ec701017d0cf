"""What conversion each posterior draw of fitted tables implies: the share of a stage's new deals that goes on (M1.2).

On days of age a the exits of a stage take chances q_e(a). Of the deals still there when a cell of width L begins,
1 - (1 - q)^L leave within it, by exit e in the proportion q_e / q, where q is the sum of the q_e. Kinds of days and the
shock are left out: they move days more than shares, and are the same in every draw.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from funnelsim.model.daily import AgedStage, DailyTables, DatedStage, Figures
from funnelsim.model.funnel import WON

Floats = npt.NDArray[np.float64]


def conversions_of_draws(tables: DailyTables) -> Floats:
    """Return (draw, stage) the share of new deals of each stage that advances or is won, as a mean over strata.

    Examples
    --------
    >>> from datetime import date
    >>> chance = Figures.of((2, 1, 1, 2), [0.03, 0.01, 0.01, 0.01])
    >>> stage = AgedStage("offer", ("won", "lost"), (0,), chance)
    >>> conversions_of_draws(DailyTables(date(2026, 1, 1), (stage,))).ravel().tolist()
    [0.75, 0.5]
    """
    names = tables.names
    columns = []
    for i, stage in enumerate(tables.stages):
        ahead = {WON, *names[i + 1 :]}
        columns.append(_aged(stage, ahead) if isinstance(stage, AgedStage) else _dated(stage))
    return np.stack(columns, axis=1)


def _aged(stage: AgedStage, ahead: set[str]) -> Floats:
    q = _array(stage.chance)
    out = np.minimum(q.sum(axis=3), 1.0)
    onward = q[..., [name in ahead for name in stage.exits]].sum(axis=3)
    width = np.append(np.diff(stage.ages), np.inf).astype(float)
    stays = np.where(out > 0, (1.0 - out) ** width, 1.0)
    alive = np.concatenate([np.ones_like(out[..., :1]), np.cumprod(stays, axis=2)[..., :-1]], axis=2)
    share = np.divide(onward, out, out=np.zeros_like(out), where=out > 0)
    return np.asarray((alive * (1.0 - stays) * share).sum(axis=2).mean(axis=1))


def _dated(stage: DatedStage) -> Floats:
    """Return the chance that the date is reached, as a mean over the days to it, times that of a win on it."""
    loss, won = _array(stage.loss), _array(stage.won)
    leads = stage.leads or (stage.due[-1],)
    reached = np.zeros_like(won)
    for lead, times in zip(*np.unique(leads, return_counts=True), strict=True):
        ages = np.arange(lead)
        row = np.searchsorted(stage.due, lead - ages, side="right") - 1
        column = np.searchsorted(stage.ages, ages, side="right") - 1
        reached += times / len(leads) * np.prod(1.0 - loss[:, :, row, column], axis=2)
    return np.asarray((reached * won).mean(axis=1))


def _array(figures: Figures) -> Floats:
    return np.frombuffer(figures.values, float).reshape(figures.shape)
