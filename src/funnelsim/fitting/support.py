"""What a history can bear: safeguards that speak before a forecast is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from funnelsim.fitting.blanks import blanks_at
from funnelsim.fitting.chronicle import Chronicle, Standing
from funnelsim.fitting.shock import SCALE, SCALE_UNSUPPORTED, ShockLaw
from funnelsim.fitting.strata import cuts_at
from funnelsim.fitting.windows import OPEN_WINS, Past, Window
from funnelsim.history.blank_amounts import BlankAmounts
from funnelsim.history.record import NEVER

Floats = npt.NDArray[np.float64]
FEWEST_WINS = 10
FEW_WINS = 50
FEWEST_EXITS = 5.0
PRIOR_EXITS, FEWEST_OF_STAGE = 0.25, 0.05
LARGEST_UNSUPPORTED = 0.2
FEWEST_INDEPENDENT = 8
REGIME_SDS = 2.0
Grade = Literal["too little", "little", "enough"]


@dataclass(frozen=True)
class Support:
    """How far a forecast stands on what was seen.

    Parameters
    ----------
    n_wins : int
        Ever, before the day of the forecast.
    unsupported : float
        Share of the exits to come that is due at stages and ages that have seen fewer than five.
    independent_windows : float
        Finished windows of the forecast's length, as many as do not overlap.
    regime : {-1, 0, 1}
        1 if the last two windows that do not overlap came out far above what was expected of them, -1 if far below.
    blanks : BlankAmounts
        Where they say that amounts are written at closing, the fit does not part deals by amount.
    """

    n_wins: int
    unsupported: float
    independent_windows: int
    regime: int
    blanks: BlankAmounts

    @property
    def grade(self) -> Grade:
        """Return whether the wins bear a forecast at all."""
        return grade_of(self.n_wins)

    @property
    def is_beyond_history(self) -> bool:
        """Return whether too large a part of the forecast rests on stages and ages that were hardly ever seen."""
        return self.unsupported > LARGEST_UNSUPPORTED

    @property
    def can_be_verified(self) -> bool:
        """Return whether there are windows enough to tell if intervals hold."""
        return self.independent_windows >= FEWEST_INDEPENDENT


def grade_of(n_wins: int) -> Grade:
    """Return whether so many wins bear a forecast at all."""
    if n_wins < FEWEST_WINS:
        return "too little"
    return "little" if n_wins < FEW_WINS else "enough"


def support_of(past: Past, day: int, n_days: int, standing: Standing, sigma: float) -> Support:
    """Return what the history known at a day can bear."""
    chronicle = past.chronicle
    windows = past.finished(day, n_days)
    span = day - windows[-1].start if windows else 0
    return Support(
        wins_before(chronicle, day),
        unsupported_share(chronicle, day, standing, n_days),
        min(round(span / n_days), len(windows)),
        _regime(windows, n_days, sigma),
        blanks_at(chronicle, day),
    )


def shock_at(past: Past, day: int, n_days: int) -> ShockLaw:
    """Return the law of the shared shock at a day: of a wider prior where too much is beyond what history has seen."""
    chronicle = past.chronicle
    standing = chronicle.standing(day, cuts_at(chronicle, day))
    is_thin = unsupported_share(chronicle, day, standing, n_days) > LARGEST_UNSUPPORTED
    return past.shock(day, n_days, SCALE_UNSUPPORTED if is_thin else SCALE)


def wins_before(chronicle: Chronicle, day: int) -> int:
    """Return how many deals were won before a day."""
    return int(chronicle.won_between(-NEVER, day).sum())


def unsupported_share(chronicle: Chronicle, day: int, standing: Standing, n_days: int) -> float:
    """Return the share of the exits to come that is due where fewer than five were ever seen, by coarse bins of age.

    A deal weighs as much as the chance that it leaves its stage within `n_days` days, by the exits and exposure of its
    bin with a quarter of an exit of its stage: a deal that has stood for years where nothing moves is no part of it.
    """
    layout = chronicle.layout
    if not len(standing.deal) or layout.is_dated:
        return 0.0
    counts = chronicle.counts(day, np.inf)
    seen, exposed = (
        np.add.reduceat(one, layout.first_of_coarse, axis=1) for one in (counts.ended.sum(axis=2), counts.at_risk)
    )
    usual = (seen.sum(axis=1) + FEWEST_OF_STAGE) / (exposed.sum(axis=1) + 1.0)
    hazard = (seen + PRIOR_EXITS) / (exposed + PRIOR_EXITS / usual[:, None])
    leaves = 1.0 - (1.0 - np.minimum(hazard, 1.0)) ** n_days
    age = np.minimum(standing.classes[:, 2], len(layout.age_cell) - 1)
    at = standing.classes[:, 1], layout.coarse_of_cell[layout.age_cell[age]]
    weight = standing.size * leaves[at]
    return float(weight[seen[at] < FEWEST_EXITS].sum() / weight.sum())


def _regime(windows: list[Window], n_days: int, sigma: float) -> int:
    """Return the direction in which the last two windows that do not overlap both missed by far."""
    apart = windows[:1]
    apart += [w for w in windows if w.start <= windows[0].start - n_days][:1]
    if len(apart) < 2:
        return 0
    off = [
        (w.actual[OPEN_WINS] - w.mean[OPEN_WINS]) / np.sqrt(w.variance[OPEN_WINS] + (sigma * w.slope[OPEN_WINS]) ** 2)
        for w in apart
    ]
    if min(off) > REGIME_SDS:
        return 1
    return -1 if max(off) < -REGIME_SDS else 0
