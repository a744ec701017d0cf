"""Who is where after so long: the Aalen-Johansen estimator (model page, M12.3).

Subjects stand in states 0 .. n-1 and move between them, back and forth. A spell is a stretch in one state under
observation: at risk on (start, stop], it ends by a move or, censored, because observation ends. At each time t at which
somebody moves, with Y_s(t) at risk in s and N_sj(t) moving from s to j,

    P_j(t) = P_j(t-) + sum_s P_s(t-) N_sj(t) / Y_s(t) - P_j(t-) sum_k N_jk(t) / Y_j(t)

(Aalen and Johansen 1978, Scandinavian Journal of Statistics 5, 141-150). No law is assumed, nor that what happens next
depends on the state alone: shares of states come out right for any process whose censoring and late entry say nothing
about what is to come (Datta and Satten 2001, Statistics & Probability Letters 55, 403-411). Standard errors are
Greenwood's, moves at one time and from one state being multinomial.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CENSORED = -(2**31)


@dataclass(frozen=True)
class Spells:
    """Stretches of observation, arrays of shape (spell,).

    Parameters
    ----------
    state : int array
        Where the subject stands.
    start, stop : float array
        At risk after `start`, up to and including `stop`; one without any length is dropped when shares are worked out.
    to : int array
        The state moved to at `stop`, or CENSORED.
    """

    state: Ints
    start: Floats
    stop: Floats
    to: Ints

    def __len__(self) -> int:
        return len(self.state)


@dataclass(frozen=True)
class Occupation:
    """The share of subjects in each state after each time.

    Parameters
    ----------
    times : array (time,)
        When somebody moved; the first is the time at which the shares are those given at the start.
    shares : array (time, state)
        From that time on, until the next.
    errors : array (time, state), optional
        Standard errors, if they were asked for.
    at_risk : int array (time, state)
        Under observation in the state just before.
    """

    times: Floats
    shares: Floats
    at_risk: Ints
    errors: Floats | None = None

    def at(self, time: float) -> Floats:
        """Return the shares of the states at a time."""
        return np.asarray(self.shares[max(int(np.searchsorted(self.times, time, side="right")) - 1, 0)])


def occupation(spells: Spells, initial: npt.ArrayLike, *, errors: bool = False) -> Occupation:
    """Return the Aalen-Johansen estimate of who is where.

    Parameters
    ----------
    spells : Spells
    initial : array (state,)
        Shares of the states at the start; its length is the number of states.
    errors : bool
        With standard errors; slower.
    """
    n_states = len(np.asarray(initial))
    moved = (spells.to != CENSORED) & (spells.stop > spells.start)
    times, when = np.unique(spells.stop[moved], return_inverse=True)
    at_risk = _at_risk(spells, times, n_states)
    ways, way = np.unique(spells.state[moved] * n_states + spells.to[moved], return_inverse=True)
    origins, targets = np.divmod(ways, n_states)
    moves = np.bincount(when * len(ways) + way, minlength=len(times) * len(ways)).reshape(len(times), len(ways))
    hazards = moves / np.maximum(at_risk[:, origins], 1)
    shares = shares_of(hazards, origins, targets, initial)
    start = float(spells.start.min(initial=0.0))
    risks = np.concatenate([at_risk[:1], at_risk]) if len(times) else np.zeros((1, n_states), np.int64)
    found = _errors(hazards, origins, targets, shares, at_risk) if errors else None
    return Occupation(np.concatenate([[start], times]), shares, risks, found)


def shares_of(hazards: Floats, origins: Ints, targets: Ints, initial: npt.ArrayLike) -> Floats:
    """Return the shares (time + 1, state) that hazards lead to, the given ones first.

    Parameters
    ----------
    hazards : array (time, way)
        What share of those at the origin of each way takes it at each time.
    origins, targets : int array (way,)
        States.
    initial : array (state,)
    """
    share = np.array(initial, float)
    n_states = len(share)
    shares = [share]
    for hazard in hazards:
        flow = share[origins] * hazard
        share = share + np.bincount(targets, flow, n_states) - np.bincount(origins, flow, n_states)
        shares.append(share)
    return np.array(shares)


def _at_risk(spells: Spells, times: Floats, n_states: int) -> Ints:
    """Return how many stand in each state, under observation, just before each time (time, state)."""
    change = np.zeros((len(times) + 1) * n_states, np.int64)
    for edge, sign in ((spells.start, 1), (spells.stop, -1)):
        place = np.searchsorted(times, edge, side="right") * n_states + spells.state
        change += sign * np.bincount(place, minlength=len(change))
    return np.cumsum(change.reshape(-1, n_states), axis=0)[:-1]


def _errors(hazards: Floats, origins: Ints, targets: Ints, shares: Floats, at_risk: Ints) -> Floats:
    """Return Greenwood's standard errors (time, state) of the shares, the first of which are known."""
    n_states = shares.shape[1]
    covariance = np.zeros((n_states, n_states))
    found = np.zeros_like(shares)
    for k, hazard in enumerate(hazards):
        step = np.zeros((n_states, n_states))
        np.add.at(step, (origins, targets), hazard)
        np.add.at(step, (origins, origins), -hazard)
        through = np.eye(n_states) + step
        covariance = through.T @ covariance @ through
        for state in np.unique(origins[hazard > 0]):
            out = through[state]
            luck = np.diag(out) - np.outer(out, out)
            covariance += shares[k, state] ** 2 / at_risk[k, state] * luck
        found[k + 1] = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return found
