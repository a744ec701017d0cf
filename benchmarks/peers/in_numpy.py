"""The funnel in numpy, as one who knows numpy well would write it.

Trials go in blocks that stay in the cache, deals of one stage side by side. Deals that are lost drop out of the lists,
and as in the compiled walk no stay is drawn for them. All deals are worth the same, so wins are counted and multiplied.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from peers.funnel import Floats, Funnel, Group, Ints, Play, Stay
from peers.samplers import Method

PATHS_PER_BLOCK = 80_000
PER_DAY = 8


def in_blocks(funnel: Funnel, play: Callable[[np.random.Generator, int], Ints]) -> Play:
    """Return a function that plays all trials, block by block."""
    block = max(1, PATHS_PER_BLOCK // funnel.n_deals)

    def all_trials(n_trials: int, seed: int) -> Ints:
        rng = np.random.Generator(np.random.SFC64(seed))
        sizes = [min(block, n_trials - low) for low in range(0, n_trials, block)]
        return np.concatenate([play(rng, n) for n in sizes])

    return all_trials


def counted(funnel: Funnel, month_of_day: Ints, trial: Ints, day: Floats, n: int) -> Ints:
    """Return (trial, month) how many wins there are; those behind the last month are left out."""
    n_months = len(funnel.ends)
    month = month_of_day.take(np.minimum(day, funnel.ends[-1]).astype(np.int64))
    return np.bincount(trial * (n_months + 1) + month, minlength=n * (n_months + 1)).reshape(n, -1)[:, :n_months]


def full_walk(funnel: Funnel, method: Method) -> Play:
    """Return the walk of every deal, stage by stage: who advances, and after how long."""
    month_of_day = funnel.month_of_day
    fresh = [method(stay, 0.0) for stay in funnel.stays]
    aged = {group: method(funnel.stays[group.stage], group.age_days) for group in funnel.groups}

    def play(rng: np.random.Generator, n: int) -> Ints:
        trial, day = np.empty(0, np.int64), np.empty(0)
        for stage, chance in enumerate(np.array(funnel.conversions, np.float32)):
            goes_on = np.flatnonzero(rng.random(len(trial), np.float32) < chance)
            trials = [trial.take(goes_on)]
            days = [day.take(goes_on) + fresh[stage](rng, len(goes_on))]
            for group in funnel.in_stage(stage):
                trials.append(np.flatnonzero(rng.random(group.n_deals * n, np.float32) < chance) % n)
                days.append(aged[group](rng, len(trials[-1])))
            trial, day = np.concatenate(trials), np.concatenate(days)
        return counted(funnel, month_of_day, trial, day, n)

    return in_blocks(funnel, play)


def outcome_first(funnel: Funnel, method: Method) -> Play:
    """Return the walk that draws who is won, and then the days of winners alone."""
    month_of_day = funnel.month_of_day
    fresh = [method(stay, 0.0) for stay in funnel.stays]
    aged = {group: method(funnel.stays[group.stage], group.age_days) for group in funnel.groups}
    won = {group: np.float32(np.prod(funnel.conversions[group.stage :])) for group in funnel.groups}

    def play(rng: np.random.Generator, n: int) -> Ints:
        trial, day = np.empty(0, np.int64), np.empty(0)
        for stage in range(len(funnel.stays)):
            day += fresh[stage](rng, len(day))
            trials, days = [trial], [day]
            for group in funnel.in_stage(stage):
                trials.append(np.flatnonzero(rng.random(group.n_deals * n, np.float32) < won[group]) % n)
                days.append(aged[group](rng, len(trials[-1])))
            trial, day = np.concatenate(trials), np.concatenate(days)
        return counted(funnel, month_of_day, trial, day, n)

    return in_blocks(funnel, play)


def period_law(funnel: Funnel) -> Play:
    """Return the shortcut that never walks: one number per deal picks its month from the law worked out before."""
    edges = {group: np.cumsum(months_of(funnel, group)) for group in funnel.groups}
    n_months = len(funnel.ends)

    def play(rng: np.random.Generator, n: int) -> Ints:
        cells = []
        for group, upto in edges.items():
            u = rng.random(group.n_deals * n)
            won = np.flatnonzero(u < upto[-1])
            cells.append(won % n * n_months + np.searchsorted(upto, u.take(won), side="right"))
        return np.bincount(np.concatenate(cells), minlength=n * n_months).reshape(n, n_months)

    return in_blocks(funnel, play)


def multinomial(funnel: Funnel) -> Play:
    """Return the shortcut for deals that are alike: of each group, how many are won in each month."""
    laws = [(group, months_of(funnel, group)) for group in funnel.groups]

    def play(n_trials: int, seed: int) -> Ints:
        rng = np.random.Generator(np.random.SFC64(seed))
        found = np.zeros((n_trials, len(funnel.ends)), np.int64)
        for group, law in laws:
            found += rng.multinomial(group.n_deals, [*law, 1.0 - law.sum()], n_trials)[:, :-1]
        return found

    return play


def months_of(funnel: Funnel, group: Group) -> Floats:
    """Return (month,) the chance of a deal of a group to be won in each, by sums of laws on eighths of a day."""
    mass = _masses(funnel.stays[group.stage], group.age_days, funnel)
    for stay in funnel.stays[group.stage + 1 :]:
        mass = np.convolve(mass, _masses(stay, 0.0, funnel))[: len(mass)]
    # a point at the end of a month stands for half a step on either side of it
    upto = (np.cumsum(mass) - 0.5 * mass)[np.rint(funnel.ends * PER_DAY).astype(np.int64)]
    return np.prod(funnel.conversions[group.stage :]) * np.diff(upto, prepend=0.0)


def _masses(stay: Stay, age: float, funnel: Funnel) -> Floats:
    step = 1.0 / PER_DAY
    bounds = np.maximum((np.arange(round(funnel.ends[-1] * PER_DAY) + 2) - 0.5) * step, 0.0)
    return -np.diff(stay.survival(age + bounds)) / stay.survival(np.array(age))
