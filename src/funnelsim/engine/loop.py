"""The loop of referrals and renewals: how many purchases one purchase brings, at the mean and in every draw (M6.1).

With w the chance that a lead is won, m the leads a customer brings and q the chance to buy again, the mean numbers of
(first wins, renewals) that follow a first win and a renewal are

    [ m w   q ]
    [ r m w q ]     r = 1 if renewals bring leads too, else 0,

and the loop gain g is the spectral radius. Below 1 a first win brings 1 / (1 - g) purchases in all; from 1 on the
business grows until something else stops it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.engine.program import Program
from funnelsim.engine.tilt import tilt_exits, win_rates
from funnelsim.errors import InputError

Floats = npt.NDArray[np.float64]
N_DRAWS = 4096
_TRIAL_OF_DRAWS = 0


@dataclass(frozen=True)
class Loop:
    """The gain of the loop of referrals and renewals.

    Parameters
    ----------
    gain : float
        At the stated figures.
    share_growing : float
        Share of the draws of beliefs and shocks in which the gain is 1 or more.
    n_draws : int
    """

    gain: float
    share_growing: float
    n_draws: int

    @property
    def purchases(self) -> float:
        """Return how many purchases one first win brings in the end, itself included; infinite from a gain of 1 on."""
        return 1.0 / (1.0 - self.gain) if self.gain < 1.0 else np.inf

    def as_json(self) -> dict[str, float | int | None]:
        """Return plain values, ready for JSON."""
        purchases = self.purchases if self.gain < 1.0 else None
        return {
            "gain": self.gain,
            "share_growing": self.share_growing,
            "n_draws": self.n_draws,
            "purchases_per_first_win": purchases,
        }


def loop_of(program: Program, seed_key: np.uint64) -> Loop | None:
    """Return the loop of a case, or None where nothing comes back."""
    case = program.case
    if case.referral is None and case.loyalty is None:
        return None
    at_mean = _gain(program, _lead_wins_at_mean(program))
    if not _varies(program) or case.referral is None:
        return Loop(float(at_mean.max()), float((at_mean >= 1.0).any()), 1)
    drawn = _gain(program, _lead_wins_drawn(program, seed_key))
    return Loop(float(at_mean.max()), float((drawn >= 1.0).any(axis=0).mean()), N_DRAWS)


def refuse_endless_loop(program: Program, seed_key: np.uint64) -> None:
    """Raise where a loop may grow for ever: an unlimited horizon, no cap, and a gain of 1 or more in any draw."""
    case = program.case
    if case.end is not None or (case.referral is not None and case.referral.generations is not None):
        return
    loop = loop_of(program, seed_key)
    if loop is not None and (loop.gain >= 1.0 or loop.share_growing > 0.0):
        raise InputError.of(
            f"one customer brings {loop.gain:.3g} more on average, and 1 or more in {loop.share_growing:.1%} of the "
            "draws of beliefs and shocks: without a horizon that has no end; state a horizon or generations",
            "referral",
        )


def _varies(program: Program) -> bool:
    # a remedy of communication moves the stated figures even where nothing is drawn
    if program.arrays.daily is not None:  # tables: the gain is that of what they imply
        return False
    return program.parameters.n > 0 or program.arrays.is_latent or program.parameters.coupling is not None


def _leads(program: Program) -> npt.NDArray[np.int64]:
    return np.unique(program.arrays.business.leads.kind[program.arrays.business.leads.kind >= 0])


def _lead_wins_at_mean(program: Program) -> Floats:
    """Return (kind,) the chance of a lead to be won, at the stated figures."""
    arrays, found = program.arrays, []
    for kind in _leads(program):
        tilt = arrays.tilt[arrays.lane_profile[arrays.business.kind_lane[kind]]]
        exits = np.stack(
            [tilt_exits(p[None], o, tilt) for p, o in zip(arrays.probability, arrays.onward, strict=True)], 1
        )
        found.append(win_rates(exits, arrays.target)[0, arrays.business.kind_stage[kind]])
    return np.array(found)


def _lead_wins_drawn(program: Program, seed_key: np.uint64) -> Floats:
    """Return (kind, draw) the chance of a lead to be won under the beliefs and shocks of the first trials."""
    from funnelsim.engine.kernel.chances import look, workspace

    plan = program.plan
    chances = workspace(plan, N_DRAWS)
    look(plan, chances, seed_key, _TRIAL_OF_DRAWS, N_DRAWS)
    found = []
    for kind in _leads(program):
        first = len(plan.class_stage) + plan.business.kind_lane[kind] * len(plan.n_exits)
        upto = chances.cumulative[first : first + len(plan.n_exits)].copy()
        for stage, n_exits in enumerate(plan.n_exits):
            upto[stage, n_exits - 1 :] = 1.0
        exits = np.moveaxis(np.diff(upto, axis=1, prepend=0.0), 2, 0)
        found.append(win_rates(exits, plan.target)[:, plan.business.kind_stage[kind]])
    return np.array(found)


def _gain(program: Program, lead_wins: Floats) -> Floats:
    """Return the spectral radius of the matrix of means, for chances of any shape."""
    case = program.case
    m = case.referral.leads if case.referral else 0.0
    q = case.loyalty.renews if case.loyalty else 0.0
    brings = m * lead_wins if m else np.zeros(1)
    refers = bool(case.loyalty and case.loyalty.refers)
    return np.asarray(brings + q if refers else np.maximum(brings, q))
