"""What communication does to stages, for the twin: solved by a plain tensor of grids, drawn hop by hop."""

from __future__ import annotations

from functools import cache, reduce
from math import exp, log, prod

import numpy as np
from scipy import special

from funnelsim.engine.laws import curve_of
from funnelsim.model.funnel import WON
from funnelsim.model.law import Beta, Fixed

Z = np.linspace(-8.0, 8.0, 61)
WEIGHT = np.exp(-0.5 * Z**2) / np.exp(-0.5 * Z**2).sum()
_KEPT = {}


def couple(twin, uniform):
    """Move the exits and stays of a trial by what its hops kept."""
    chain = twin.case.communication
    if chain is None or not chain.stages:
        return
    log_share = 0.0
    for hop in chain.hops:
        kept = drawn(hop.keeps, f"communication.hops.{hop.name}.keeps", uniform)
        log_share += log(mended(kept, hop.remedy)) - log(curve_of(hop.keeps).mean)
    for name, coupling in chain.stages.items():
        i = twin.names.index(name)
        e = drawn(coupling.elasticity, f"communication.stages.{name}.elasticity", uniform)
        d = drawn(coupling.rework, f"communication.stages.{name}.rework", uniform)
        shift, scale = solved(twin.case, name)
        ahead = [to for to, _, _ in twin.exits[i] if to == WON or to in twin.names[i + 1 :]]
        up = sum(p for to, p, _ in twin.exits[i] if to in ahead)
        if 0 < up < 1:
            new = special.expit(special.logit(up) + shift + e * log_share)
            twin.exits[i] = [
                (to, p * (new / up if to in ahead else (1 - new) / (1 - up)), stay) for to, p, stay in twin.exits[i]
            ]
        twin.time[i] *= scale * exp(-d * log_share)


def drawn(law, name, uniform):
    return law.value if isinstance(law, Fixed) else float(curve_of(law).upper(uniform(name)))


def mended(kept, remedy):
    """Return what a hop keeps after its remedy, attempt by attempt."""
    if remedy.removed:
        return 1.0
    once = min(kept + remedy.adds, 1.0)
    lost_every_time = prod([1 - once] * (remedy.repeat_backs + 1))
    both = remedy.correlation * once + (1 - remedy.correlation) * (1 - lost_every_time)
    return max(both, remedy.written)


def solved(case, stage):
    """Return shift and scale of a stage; each case once."""
    key = (id(case), stage)
    if key not in _KEPT:
        _KEPT[key] = case, _solved(case, stage)
    return _KEPT[key][1]


@cache
def grid(law):
    """Return the points of a law at the normal scores Z and their weights."""
    if isinstance(law, Fixed):
        return np.array([law.value]), np.ones(1)
    return curve_of(law).lower(special.ndtr(Z)), WEIGHT


def _solved(case, name):
    chain, coupling = case.communication, case.communication.stages[name]
    axes = [grid(hop.keeps) for hop in chain.hops] + [
        grid(coupling.elasticity),
        grid(coupling.rework),
        _advance(case, name),
    ]
    points = np.meshgrid(*(values for values, _ in axes), indexing="ij", sparse=True)
    weight = reduce(np.multiply, np.meshgrid(*(w for _, w in axes), indexing="ij", sparse=True))
    *kept, e, d, c = points
    share = sum(np.log(r / curve_of(hop.keeps).mean) for r, hop in zip(kept, chain.hops, strict=True))
    wanted = float((weight * c).sum())
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        reached = float((weight * special.expit(special.logit(c) + middle + e * share)).sum())
        low, high = (middle, high) if reached < wanted else (low, middle)
    return low, 1.0 / float((weight * np.exp(-d * share)).sum())


def _advance(case, name):
    """Return the grid of a stage's onward exits together, as the one belief on them draws it."""
    i = case.funnel.names.index(name)
    stage = case.funnel.stages[i]
    up = case.funnel.conversions[i]
    for belief in case.beliefs:
        if belief.about.stage != name or belief.about.kind not in {"win_rate", "conversion", "exit"}:
            continue
        to = belief.about.exit or (*case.funnel.names[i + 1 :], WON)[0]
        stated = next(e.probability for e in stage.exits if e.to == to)
        law = Beta(belief.law.evidence, stated) if isinstance(belief.law, Beta) else belief.law
        values, weight = grid(law)
        if belief.about.kind == "win_rate" and not isinstance(law, Beta) and i + 1 < len(case.funnel.names):
            values = values / case.funnel.win_rates[i + 1]
        if case.funnel.is_onward(i, to):
            return values + (up - stated) * (1 - values) / (1 - stated), weight
        return up * (1 - values) / (1 - stated), weight
    return np.array([up]), np.ones(1)
