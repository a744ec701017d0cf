"""Fitted stages again, slow and obvious: the chance of every exit on every day, in plain Python, from the definition.

A funnel here is a list of stages; a stage has `exits` (names), `ages` (first age of each cell), `chance[cell][exit]`,
and if it is clocked by a date `due` (first days to the date) with `chance[due cell][age cell]`, `won` and `leads`.
"""

from __future__ import annotations

from bisect import bisect_right
from math import exp, log

MOST = 0.985


def daily_exits(stage, age, due=0, day_multipliers=None):
    """Return {exit: chance} of one day, before any shock."""
    if "due" in stage:
        if due <= 0:
            return {"won": stage["won"], "lost": 1 - stage["won"]}
        r, a = bisect_right(stage["due"], due) - 1, bisect_right(stage["ages"], age) - 1
        found = {"lost": stage["chance"][r][a]}
    else:
        cell = bisect_right(stage["ages"], age) - 1
        found = dict(zip(stage["exits"], stage["chance"][cell], strict=True))
    stated = sum(found.values())
    for name in found:
        found[name] *= (day_multipliers or {}).get(name, 1.0)
    most = min(max(stated, MOST), 1.0)
    if sum(found.values()) > most:
        found = {name: q * most / sum(found.values()) for name, q in found.items()}
    return found


def shocked(exits, names, here, advancing, losing):
    """Return the exits with hazards changed; `names` are the stages in order."""
    total = sum(exits.values())
    if total <= 0 or (advancing == 1 and losing == 1):
        return exits
    factor = {}
    for name in exits:
        ahead = name == "won" or (name in names and names.index(name) > here)
        factor[name] = advancing if ahead else 1.0 if name in names else losing
    if total >= 1:
        weight = sum(q * factor[name] for name, q in exits.items())
        return {name: q * factor[name] / weight for name, q in exits.items()}
    hazards = {name: -log(1 - total) * q / total * factor[name] for name, q in exits.items()}
    moved = sum(hazards.values())
    return {name: (1 - exp(-moved)) * h / moved for name, h in hazards.items()}


class Futures:
    """All futures of one deal, by walking the tree of (day, stage, age) forward and adding up what ends."""

    def __init__(self, stages, names, advancing=1.0, losing=1.0, multipliers=None, closed=()):
        self.stages, self.names, self.closed = stages, names, closed
        self.factors, self.multipliers = (advancing, losing), multipliers or {}

    def ends(self, stage, age, n_days, due=0, day=0):
        """Return {outcome: [chance on day 0, on day 1, ...]} of a deal on the morning of `day`."""
        found = {"won": [0.0] * n_days, "lost": [0.0] * n_days}
        present = {(stage, age, due): 1.0}
        for t in range(day, n_days):
            if t in self.closed:
                continue
            tomorrow = {}
            for s in range(len(self.names)):
                here = {key: p for key, p in present.items() if key[0] == s}
                for (_, a, r), p in here.items():
                    exits = daily_exits(self.stages[s], a, r, self.multipliers.get((s, t)))
                    exits = shocked(exits, self.names, s, *self.factors)
                    stay = (s, a + 1, r - 1)
                    tomorrow[stay] = tomorrow.get(stay, 0.0) + p * (1 - sum(exits.values()))
                    for name, q in exits.items():
                        if name == "won" or name.startswith("lost"):
                            found["won" if name == "won" else "lost"][t] += p * q
                            continue
                        to = self.names.index(name)
                        into = present if to > s else tomorrow
                        for lead, share in self._leads(to):
                            key = (to, 0, lead)
                            into[key] = into.get(key, 0.0) + p * q * share
            present = tomorrow
        return found

    def _leads(self, to):
        leads = self.stages[to].get("leads")
        return [(lead, 1 / len(leads)) for lead in leads] if leads else [(0, 1.0)]

    def chance(self, outcome, stage, age, bounds, due=0, day=0):
        """Return the chance to end so before each bound."""
        ends = self.ends(stage, age, max(bounds), due, day)[outcome]
        return [sum(ends[:bound]) for bound in bounds]
