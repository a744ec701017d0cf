"""One large case over many workers: cut by trials and by deals, and the parts' totals added up."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterator
from dataclasses import dataclass

from funnelsim.batch.local import Workers
from funnelsim.engine.simulate import Walker
from funnelsim.engine.walking import Progress, Totals, Walk

PARTS_PER_WORKER = 2
LEAST_DEALS = 2_000
_PROTOCOL = 4  # arrays come out writable and aligned, as compiled code has them


@dataclass(frozen=True)
class Part:
    """Some deals of a case, in some of its trials.

    Parameters
    ----------
    trials : range
    walk : bytes
        The walk of the deals, packed: the parts of one run of deals share it.
    """

    trials: range
    walk: bytes


def split_over(workers: Workers, *, least_deals: int = LEAST_DEALS) -> Walker:
    """Return a walker that hands parts of a walk to workers; `simulate` takes it.

    Parameters
    ----------
    workers : Workers
    least_deals : int
        A part has at least so many deals: each part draws anew what its trials share.

    Examples
    --------
    >>> import funnelsim as fs
    >>> from funnelsim.batch.local import Threads
    >>> case = fs.load("configs/weighted_pipeline_2685.yaml")
    >>> here = fs.simulate(case, trials=64, seed=1)
    >>> there = fs.simulate(case, trials=64, seed=1, walker=split_over(Threads(2), least_deals=50))
    >>> (there.bookings == here.bookings).all()
    np.True_
    """

    def walk_split(walk: Walk, trials: range, on_progress: Progress | None) -> Totals:
        parts = list(parts_of(walk, trials, workers.n_workers * PARTS_PER_WORKER, least_deals))
        whole = walk.empty(len(trials))
        for n, (first, totals) in enumerate(workers.each(walked, iter(parts)), start=1):
            whole.add(totals, first - trials.start)
            if on_progress is not None:
                on_progress(len(trials) * n // len(parts), len(trials))
        return whole

    return walk_split


def parts_of(walk: Walk, trials: range, n: int, least_deals: int = LEAST_DEALS) -> Iterator[Part]:
    """Yield about `n` parts: whole blocks of trials first, runs of deals where blocks are too few."""
    by_trials = cut(trials, min(n, -(-len(trials) // walk.block)))
    n_by_deals = 1 if walk.stations is not None else min(-(-n // len(by_trials)), walk.n_deals // least_deals)
    for deals in cut(range(walk.n_deals), max(1, n_by_deals)):
        packed = pickle.dumps(walk.of_deals(deals), _PROTOCOL)
        yield from (Part(some, packed) for some in by_trials)


def cut(whole: range, n: int) -> list[range]:
    """Return a range in `n` runs of about one length.

    Examples
    --------
    >>> cut(range(10, 20), 3)
    [range(10, 13), range(13, 16), range(16, 20)]
    """
    ends = [len(whole) * i // n for i in range(n + 1)]
    return [whole[low:high] for low, high in itertools.pairwise(ends)]


def walked(part: Part) -> tuple[int, Totals]:
    """Walk a part; return the number of its first trial, and its totals."""
    walk: Walk = pickle.loads(part.walk)  # noqa: S301 - packed by the process that hands it out
    return part.trials.start, walk.run(len(part.trials), first_trial=part.trials.start)
