"""What every trial believed: the drawn figures of a case, read at their addresses without walking a deal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from funnelsim.engine.parameters import belief_key
from funnelsim.engine.program import Program

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)


def drawn_figures(program: Program, seed_key: np.uint64, trials: int, first_trial: int = 0) -> Floats:
    """Return (trial, belief) the figures that each trial of a run drew, in the order of the case's beliefs.

    Examples
    --------
    >>> import funnelsim as fs
    >>> from funnelsim.engine.simulate import Simulation
    >>> run = Simulation(fs.load("configs/weighted_pipeline_2685_timed.yaml"))
    >>> drawn_figures(run.program, run.seed_key, 3).shape
    (3, 5)
    """
    parameters = program.parameters
    keys = np.array([belief_key(parameter) for parameter in parameters.parameters], np.uint64)
    trial = trial_keys(seed_key, np.arange(first_trial, first_trial + trials, dtype=np.uint64))
    with np.errstate(over="ignore"):
        words = _mix(trial[:, None] + keys[None, :])
    return parameters.values((np.asarray(words >> _S12, float) + 0.5) * 2.0**-52)


def drawn_rows(program: Program, seed_key: np.uint64, trials: int) -> npt.NDArray[np.int64]:
    """Return (trial,) which posterior draw of its fitted tables each trial took."""
    daily = program.arrays.daily
    if daily is None:
        return np.zeros(trials, np.int64)
    trial = trial_keys(seed_key, np.arange(trials, dtype=np.uint64))
    with np.errstate(over="ignore"):
        words = _mix(trial + daily.draw_key)
    return np.asarray((np.asarray(words >> _S12, float) + 0.5) * 2.0**-52 * daily.chance.shape[0], np.int64)


def trial_keys(seed_key: np.uint64, numbers: Keys) -> Keys:
    """Return the keys of trials by number."""
    with np.errstate(over="ignore"):
        return _mix(seed_key + (numbers + np.uint64(1)) * _GOLDEN)


def _mix(state: Keys) -> Keys:
    """Return the output of SplitMix64 for many states, as `kernel.addresses.mix64` does for one."""
    with np.errstate(over="ignore"):
        z = (state ^ (state >> _S30)) * _M1
        z = (z ^ (z >> _S27)) * _M2
    return np.asarray(z ^ (z >> _S31))
