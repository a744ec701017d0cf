"""Random fitted funnels, as the twin reads them and as arrays."""

from __future__ import annotations

import numpy as np

from funnelsim.engine.kernel.plan import LOST, WON, Cells
from funnelsim.engine.recursion import Calendar


def random_funnel(seed, *, n_stages=4, returns=True, dated=False, spike=True):
    """Return (stages, names): plain numbers."""
    rng = np.random.default_rng(seed)
    names = [f"s{i}" for i in range(n_stages)]
    stages = []
    for i in range(n_stages):
        if dated and i == n_stages - 1:
            due, ages = [1, 2, 4, 9, 20], [0, 1, 5, 12]
            table = rng.uniform(0, 0.06, (len(due), len(ages))).tolist()
            leads = rng.integers(0, 30, 7).tolist()
            stages.append(
                {"due": due, "ages": ages, "chance": table, "won": float(rng.uniform(0.5, 0.9)), "leads": leads}
            )
            continue
        exits = ["lost", "lost/price"][: rng.integers(1, 3)]
        exits += [name for name in names[i + 1 :] if rng.random() < 0.6] or names[i + 1 : i + 2]
        if returns and i and rng.random() < 0.7:
            exits.append(names[rng.integers(0, i + 1)])
        if rng.random() < 0.4 or i == n_stages - 1:
            exits.append("won")
        ages = [0, 1, 2, 3, 5, 8, 13, 30, 31, 60]
        chance = rng.uniform(0.0, 0.12, (len(ages), len(exits)))
        if spike:
            chance[7] = rng.dirichlet(np.ones(len(exits))) * rng.choice([0.7, 1.0])
        stages.append({"exits": exits, "ages": ages, "chance": chance.tolist()})
    return stages, names


def arrays_of(stages, names):
    """Return (cells, chance of shape (1, 1, N, E)) of one funnel."""
    width = max(len(stage.get("exits", "wl")) for stage in stages)
    target, start, first_age, n_due, first_due, rows, leads, lead_start = [], [0], [], [], [], [], [], [0]
    for stage in stages:
        exits = stage.get("exits", ["lost", "won"])
        to = [WON if e == "won" else LOST if e.startswith("lost") else names.index(e) for e in exits]
        target.append(to + [-3] * (width - len(to)))
        if "due" in stage:
            for r, line in zip(stage["due"], stage["chance"], strict=True):
                for a, q in zip(stage["ages"], line, strict=True):
                    rows.append([q, 0.0])
                    first_age.append(a)
                    first_due.append(r)
            rows.append([1 - stage["won"], stage["won"]])
            first_age.append(0)
            first_due.append(0)
            n_due.append(len(stage["due"]))
            leads += stage["leads"]
        else:
            rows += stage["chance"]
            first_age += stage["ages"]
            first_due += [0] * len(stage["ages"])
            n_due.append(0)
        lead_start.append(len(leads))
        start.append(len(rows))
    chance = np.zeros((1, 1, len(rows), width))
    for n, row in enumerate(rows):
        chance[0, 0, n, : len(row)] = row
    ints = [np.array(x, np.int64) for x in (target, start, first_age, n_due, first_due, lead_start, leads)]
    return Cells(*ints), chance


def random_calendar(seed, stages, cells, n_days):
    """Return (multipliers as the twin reads them, the same as arrays): three kinds of days, and closed ones (-1)."""
    rng = np.random.default_rng(seed + 1000)
    multiplier = rng.choice([0.0, 0.5, 1.0, 2.5, 14.0], (3, *cells.target.shape))
    kind_of_day = rng.integers(-1, 3, n_days)
    plain = {
        (s, day): dict(zip(stage.get("exits", ["lost", "won"]), multiplier[kind, s].tolist(), strict=False))
        for day, kind in enumerate(kind_of_day)
        if kind >= 0
        for s, stage in enumerate(stages)
    }
    return plain, Calendar(multiplier, kind_of_day.astype(np.int64))
