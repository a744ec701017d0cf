"""What past windows say of the forecasts themselves: three figures, each one that a case can state.

With z_j = (y_j - m_j) / s_j of finished windows and w_j their weights,

    b = sum w z / (sum w + 6),    k^2 = (6 + sum w (z - b)^2) / (6 + sum w),

for the money of open deals, the wins of new deals and their money; z is clipped at 4 for b, z - b at 5 for k. With s
and m of the window to come, new wins and their money are scaled by 1 + b s / m each; where amounts part deals into
strata, these say what a new win brings, and its money follows the wins. Where open money was off by more than it should
(k > 1), a factor of mean 1 and variation (k^2 - 1) (s / m)^2 on all open amounts makes up for it. Six windows' worth of
no change stands against noise. Counts of wins from open deals have their own layer, the shock; and nothing is changed
with fewer than six finished windows, or with fewer than 20 wins expected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from funnelsim.fitting.chronicle import WEEK
from funnelsim.fitting.shock import weights_of
from funnelsim.fitting.windows import Window

Floats = npt.NDArray[np.float64]
NO_CHANGE = 6.0
FEWEST_WINDOWS = 6
FEWEST_WINS = 20.0
SMALLEST_FACTOR = 0.2
SMALLEST_CV = 0.002
SMALLEST_SHARE = 0.05  # of the variance of a total that is its new part's
_CLIP_SHIFT, _CLIP_SPREAD = 4.0, 5.0


@dataclass(frozen=True)
class Recalibration:
    """What is changed.

    Parameters
    ----------
    open_amounts_cv : float
        Of one factor of mean 1 on the amounts of all open deals (a gamma law); 0 for none.
    new_wins, new_money : float
        Factors on the number of new wins, and on what they bring together.
    """

    open_amounts_cv: float = 0.0
    new_wins: float = 1.0
    new_money: float = 1.0

    @property
    def new_amounts(self) -> float:
        """Return the factor on what a single new win brings."""
        return self.new_money / self.new_wins

    def amount_factors(self, n: int) -> Floats:
        """Return n equally likely factors on the amounts of open deals, in order."""
        if not self.open_amounts_cv:
            return np.ones(n)
        shape = self.open_amounts_cv**-2
        return np.asarray(stats.gamma.ppf((np.arange(n) + 0.5) / n, shape, scale=1.0 / shape))


def recalibration_from(
    windows: list[Window], present: Window, n_days: int, u_variance: float, arrivals_variance: float,
    *, has_strata: bool = False,
) -> Recalibration:  # fmt: skip
    """Return the recalibration of a window to come.

    Parameters
    ----------
    windows : list of Window
        Finished before `present` begins.
    u_variance, arrivals_variance : float
        Of the shocks on log hazards and on log arrivals.
    has_strata : bool
        Whether amounts part deals into strata; what a new win brings is then left as it is.
    """
    enough = present.mean[[0, 2]] >= FEWEST_WINS
    if len(windows) < FEWEST_WINDOWS or not enough.any():
        return Recalibration()
    age = present.start - n_days - np.array([w.start for w in windows], float)
    weight = weights_of(age, WEEK, n_days)
    parts = np.array([_parts(w, u_variance, arrivals_variance) for w in windows])  # (window, [y, m, s], part)
    z = (parts[:, 0] - parts[:, 1]) / parts[:, 2]
    shift = weight @ np.clip(z, -_CLIP_SHIFT, _CLIP_SHIFT) / (weight.sum() + NO_CHANGE)
    off = np.clip(z - shift, -_CLIP_SPREAD, _CLIP_SPREAD)
    square = (NO_CHANGE + weight @ off**2) / (NO_CHANGE + weight.sum())
    _, mean, sd = _parts(present, u_variance, arrivals_variance)
    relative = np.divide(sd, mean, out=np.zeros(3), where=mean > 0)
    cv = float(np.sqrt(max(square[0] - 1.0, 0.0)) * relative[0])
    wins, money = np.maximum(1.0 + shift[1:] * relative[1:], SMALLEST_FACTOR).tolist()
    if not enough[1]:
        wins = money = 1.0
    return Recalibration(cv if enough[0] and cv >= SMALLEST_CV else 0.0, wins, wins if has_strata else money)


def _parts(window: Window, u_variance: float, arrivals_variance: float) -> tuple[Floats, Floats, Floats]:
    """Return what came, mean and standard deviation of open money, new wins and new money."""
    least = SMALLEST_SHARE * window.variance[1:]
    slope, on_arrivals = _apart(window.slope), _apart(window.arrivals_slope)
    variance = np.maximum(_apart(window.variance), least) + u_variance * slope**2 + arrivals_variance * on_arrivals**2
    return _apart(window.actual), _apart(window.mean), np.sqrt(variance)


def _apart(four: Floats) -> Floats:
    """Return open money, new wins and new money from open wins, open money, all wins and all money."""
    return np.array([four[1], four[2] - four[0], four[3] - four[1]])
