"""How fast a fit forgets: half-lives, pooled by how well each would have foretold windows that have ended (M12.4).

A half-life k scores sum_j w_j log(t_4((y_j - mu_jk) / s_jk) / s_jk) over finished windows j of up to four weeks: y_j
deals were won of those that stood at its start, where mu_jk was expected with the mean chances of that day and a
memory of k; s^2 = luck + (0.1 g)^2, g the change per unit of a shock. What is scored is what will be asked for: scores
of single exits and weeks like memories that are too short. Weights are exp of the score and of a prior, 1.5 octaves
wide, around twice the median time from creation to a win.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from funnelsim.engine.recursion import win_chances
from funnelsim.fitting.chronicle import WEEK, WEEKS_BEFORE_FIRST, Chronicle
from funnelsim.fitting.hazards import draw_chances
from funnelsim.fitting.shock import weights_of
from funnelsim.history.record import NEVER

Floats = npt.NDArray[np.float64]
HALF_LIVES = (14.0, 28.0, 56.0, 112.0, np.inf)
LONGEST_SCORED = 28
N_SCORED = 104  # two years
SHORTEST_SHARE = 0.125
SPREAD = 0.1
LONGEST_USUAL = 365.0
PRIOR_OCTAVES = 1.5
LARGEST_SUM = 0.985
_LEAST_LUCK = 0.25


def half_lives_at(chronicle: Chronicle, day: int, n_days: int) -> dict[float, float]:
    """Return the half-lives that a forecast at 00:00 of a day for `n_days` days pools, with their weights.

    None is shorter than an eighth of the window.
    """
    length = min(n_days, LONGEST_SCORED)
    after = chronicle.first_day + WEEKS_BEFORE_FIRST * WEEK - 1
    starts = np.array(chronicle.weeks_before(day - length, after)[:N_SCORED])
    octaves = np.log2(np.minimum(HALF_LIVES, LONGEST_USUAL) / _usual(chronicle, day))
    total = -0.5 * (octaves / PRIOR_OCTAVES) ** 2
    if len(starts):
        scores = np.array([_scores(chronicle, int(start), length) for start in starts])
        total = total + weights_of(day - length - starts, WEEK, length) @ scores
    taken = np.array(HALF_LIVES) >= SHORTEST_SHARE * n_days
    weight = np.where(taken, np.exp(total - total[taken].max()), 0.0)
    weight /= weight.sum()
    return {h: float(w) for h, w, is_taken in zip(HALF_LIVES, weight, taken, strict=True) if is_taken}


def chances_at(chronicle: Chronicle, day: int, n_draws: Mapping[float, int], rng: np.random.Generator) -> Floats:
    """Return daily chances (draw, cell, E) of all deals on an average weekday, so many draws of each half-life.

    0 draws of one give its means, in place of one draw.
    """
    all_time = chronicle.counts(day, np.inf)
    q = np.concatenate([
        draw_chances(chronicle.layout, all_time, chronicle.counts(day, half_life), n, rng)
        for half_life, n in n_draws.items()
    ])  # fmt: skip
    most = np.maximum(q.sum(axis=-1, keepdims=True), LARGEST_SUM)
    weekdays = chronicle.weekdays(day)
    return q if weekdays is None else capped(q * weekdays.correction.reshape(1, *q.shape[1:]), most)


def capped(q: Floats, most: Floats | float) -> Floats:
    """Return chances whose sum is `most` at most; only those that a factor pushed beyond are scaled."""
    return np.ascontiguousarray(q * (most / np.maximum(q.sum(axis=-1, keepdims=True), most)))


def _scores(chronicle: Chronicle, start: int, n_days: int) -> Floats:
    """Return (half-life,) how well each would have foretold the wins of one window; worked out once."""
    return chronicle.kept(("memory", start, n_days), lambda: _scored(chronicle, start, n_days))


def _scored(chronicle: Chronicle, start: int, n_days: int) -> Floats:
    standing = chronicle.standing(start, np.zeros(0))
    q = chances_at(chronicle, start, dict.fromkeys(HALF_LIVES, 0), np.random.default_rng(0))
    near = standing.classes[:, 3] < n_days  # a date beyond the window is no win within it
    cells, rows, u = chronicle.layout.cells, standing.classes[near], (0.0, SPREAD)
    p = win_chances(cells, q[:, None], rows, [n_days], u=u, calendar=chronicle.calendar(start, n_days))[..., 0]
    size = standing.size[near]
    mean = p @ size
    luck = np.maximum((p * (1.0 - p))[:, 0] @ size, _LEAST_LUCK)
    square = luck + (mean[:, 1] - mean[:, 0]) ** 2
    won = chronicle.won_between(start, start + n_days)[standing.deal].sum()
    return np.asarray(-0.5 * np.log(square) - 2.5 * np.log1p((won - mean[:, 0]) ** 2 / square / 4.0))


def _usual(chronicle: Chronicle, day: int) -> float:
    won_on = chronicle.won_on(day)
    won = won_on < NEVER
    if not won.any():
        return LONGEST_USUAL
    cycle = np.median(won_on[won] - chronicle.history.deals.created[won])
    return float(np.clip(2.0 * cycle, HALF_LIVES[0], LONGEST_USUAL))
