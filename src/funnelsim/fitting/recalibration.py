"""What past windows say of the forecasts themselves: sums moved and widened by how their own past came out.

With z_j = (y_j - m_j) / s_j of finished windows and w_j their weights,

    b = sum w z / (sum w + 6),    s2 = (6 + sum w (z - b)^2) / (6 + sum w),

a sample x of mean m and sd s becomes max(m + b s + (x - m) sqrt(s2), 0); z is clipped at 4 for b, at 5 for s2. Six
windows' worth of no change stands against noise. It pays for money and for totals; counts of wins from open deals are
left alone, and so is everything with fewer than six finished windows or with fewer than 20 wins expected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.fitting.chronicle import WEEK
from funnelsim.fitting.shock import weights_of
from funnelsim.fitting.windows import MEASURES, Window

Floats = npt.NDArray[np.float64]
NO_CHANGE = 6.0
FEWEST_WINDOWS = 6
FEWEST_WINS = 20.0
LEFT_ALONE = ("open_wins",)
_CLIP_SHIFT, _CLIP_SPREAD = 4.0, 5.0


@dataclass(frozen=True)
class Recalibration:
    """By measure, in the order of `MEASURES`: shift in standard deviations, and factor on the spread."""

    shift: Floats
    spread: Floats

    def apply(self, samples: Floats) -> Floats:
        """Return samples (measure, sample) moved and widened; none falls below 0."""
        mean = samples.mean(axis=1, keepdims=True)
        sd = samples.std(axis=1, keepdims=True)
        moved = mean + self.shift[:, None] * sd + (samples - mean) * self.spread[:, None]
        is_changed = ((self.shift != 0) | (self.spread != 1))[:, None]
        return np.asarray(np.where(is_changed, np.maximum(moved, 0.0), samples))


def recalibration_from(
    windows: list[Window], day: int, n_days: int, u_variance: float, arrivals_variance: float, expected_wins: Floats
) -> Recalibration:
    """Return the recalibration at a day.

    Parameters
    ----------
    windows : list of Window
        Finished by then.
    u_variance, arrivals_variance : float
        Of the shocks on log hazards and on log arrivals.
    expected_wins : array (2,)
        From open deals, and in total.
    """
    shift, spread = np.zeros(len(MEASURES)), np.ones(len(MEASURES))
    if len(windows) < FEWEST_WINDOWS:
        return Recalibration(shift, spread)
    age = day - n_days - np.array([w.start for w in windows], float)
    weight = weights_of(age, WEEK, n_days)
    actual, mean, variance, slope, on_arrivals = (
        np.array([getattr(w, name) for w in windows])
        for name in ("actual", "mean", "variance", "slope", "arrivals_slope")
    )
    sd = np.sqrt(variance + u_variance * slope**2 + arrivals_variance * on_arrivals**2)
    z = (actual - mean) / sd
    for i, measure in enumerate(MEASURES):
        if measure in LEFT_ALONE or expected_wins[i // 2] < FEWEST_WINS:
            continue
        shift[i] = weight @ np.clip(z[:, i], -_CLIP_SHIFT, _CLIP_SHIFT) / (weight.sum() + NO_CHANGE)
        off = np.clip(z[:, i] - shift[i], -_CLIP_SPREAD, _CLIP_SPREAD)
        spread[i] = np.sqrt((NO_CHANGE + weight @ off**2) / (NO_CHANGE + weight.sum()))
    return Recalibration(shift, spread)
