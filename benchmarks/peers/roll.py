"""Who is measured, and with how many trials: so many that a run takes some seconds of processor at most."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from peers.funnel import Funnel, Play
from peers.in_ciw import network
from peers.in_numpy import full_walk, multinomial, outcome_first, period_law
from peers.in_python import plain
from peers.in_simpy import processes
from peers.samplers import by_interpolation, by_inverse, by_octaves, by_shares

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Peer:
    """A way to play the funnel.

    Parameters
    ----------
    name : str
    prepare : callable
        From a `Funnel` to a function of (trials, seed).
    trials : int
        Of one timed run.
    needs : str
        The package without which it cannot run.
    """

    name: str
    prepare: Callable[[Funnel], Play]
    trials: int
    needs: str = "numpy"

    @property
    def is_installed(self) -> bool:
        """Return whether its package is there."""
        return find_spec(self.needs) is not None


NUMPY = (
    Peer("numpy, full walk, 65,536 equal shares a law", partial(full_walk, method=by_shares), 500_000),
    Peer("numpy, full walk, octave tables", partial(full_walk, method=by_octaves), 400_000),
    Peer("numpy, full walk, interpolation", partial(full_walk, method=by_interpolation), 75_000),
    Peer("numpy, full walk, exact inverses", partial(full_walk, method=by_inverse), 35_000),
    Peer("numpy, outcome first, octave tables", partial(outcome_first, method=by_octaves), 550_000),
    Peer("numpy, law of months, one number a deal", period_law, 900_000),
    Peer("numpy, law of months, multinomial by like deals", multinomial, 650_000),
)
OTHERS = (
    Peer("plain Python", plain, 7_500),
    Peer("SimPy", processes, 800, "simpy"),
    Peer("Ciw", network, 180, "ciw"),
)


def lend_installed(root: Path = ROOT) -> None:
    """Let Python find what `make peers` installed, behind everything of the project's own."""
    folder = root / ".venv-peers"
    if folder.is_dir() and str(folder) not in sys.path:
        sys.path.append(str(folder))
