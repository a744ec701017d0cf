"""The walk again, slow and obvious: one deal, one trial, plain Python, scipy's own quantiles, from the words.

It shares with the engine only what is published: the generator, the names of the addresses, and the order in which
exits are ranked. No tables, no slots, no blocks; shocks are solved by bisection on a dense grid.
"""

from __future__ import annotations

from hashlib import blake2b
from math import exp, inf, nextafter, sqrt

import numpy as np
from scipy import special

from funnelsim.engine import laws
from funnelsim.model.case import Case
from funnelsim.model.funnel import WON, is_lost
from funnelsim.model.law import Beta, Fixed
from tests.engine.twin_communication import couple

MASK = 2**64 - 1
GOLDEN, VISIT, LATE = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B, 0xA54FF53A5F1D36F1
GRID = np.linspace(-9.0, 9.0, 1201)
WEIGHT = np.exp(-0.5 * GRID**2) / np.exp(-0.5 * GRID**2).sum()


KNOWN = {}


def curve_of(law):
    """Return a law's curve, found once: two stated figures take a search."""
    if repr(law) not in KNOWN:
        KNOWN[repr(law)] = laws.curve_of(law)
    return KNOWN[repr(law)]


def mix64(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def key(*parts):
    return int.from_bytes(blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest(), "little")


class Twin:
    """One trial of a case."""

    def __init__(self, case: Case, seed: int, trial: int) -> None:
        self.case = case
        self.trial = mix64((key("seed", seed) + (trial + 1) * GOLDEN) & MASK)
        self.names = case.funnel.names
        self._draw_parameters()
        self._draw_shocks()

    def word(self, *address):
        return mix64((self.trial + sum(address)) & MASK)

    def uniform(self, *address):
        return ((self.word(*address) >> 12) + 0.5) * 2.0**-52

    def normal(self, *address):
        return float(special.ndtri(self.uniform(*address)))

    # ---- parameters

    def _draw_parameters(self):
        case = self.case
        self.exits = [self._ranked(i) for i in range(len(self.names))]
        self.time = [1.0] * len(self.names)
        self.rho = {"market": case.shock.rho, **case.shock.by}
        self.amount_factor = 1.0
        assert not case.correlations, "the twin draws beliefs independently"
        for belief in case.beliefs:
            about, law = belief.about, belief.law
            name = f"{about}"
            v = self.uniform(key("belief", name))
            if about.kind in {"win_rate", "conversion", "exit"}:
                i = self.names.index(about.stage)
                to = about.exit or (self.names[i + 1] if i + 1 < len(self.names) else WON)
                stated = next(p for t, p, _ in self.exits[i] if t == to)
                scale = 1.0
                if isinstance(law, Beta):
                    law = Beta(law.evidence, stated)
                elif about.kind == "win_rate" and i + 1 < len(self.names):
                    scale = 1.0 / case.funnel.win_rates[i + 1]
                value = float(curve_of(law).upper(v)) * scale
                rest = (1 - value) / (1 - stated)
                self.exits[i] = [(t, value if t == to else p * rest, stay) for t, p, stay in self.exits[i]]
                continue
            value = float(curve_of(law).upper(v)) / belief.base
            if about.kind == "stay":
                self.time[self.names.index(about.stage)] = value
            elif about.kind == "rho":
                self.rho["market"] = value
            else:
                self.amount_factor = value
        couple(self, lambda name: self.uniform(key("belief", name)))

    def _ranked(self, i):
        stage = self.case.funnel.stages[i]
        found = []
        for n, e in enumerate(stage.exits):
            if is_lost(e.to):
                rank = (0, n)
            elif e.to == WON:
                rank = (4, 0)
            else:
                j = self.names.index(e.to)
                rank = (3 if j > i else 2, j)
            found.append((rank, (e.to, e.probability, e.stay or Fixed(0.0))))
        if not any(is_lost(e.to) for e in stage.exits):
            found.append(((0, 0), ("lost", 0.0, Fixed(0.0))))
        if stage.never:
            name = "never" if stage.timeout_days == inf else "time-out"
            found.append(((1, 0), (name, stage.never, Fixed(stage.timeout_days))))
        return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]

    # ---- shocks

    def _draw_shocks(self):
        shock = self.case.shock
        self.market = self.normal(key("shock", "market", ""), 0)
        self.blocks = [self.market]
        self.stay_factor = 1.0
        if shock.stays:
            k = shock.stays.correlation
            w = k * self.market + sqrt(1 - k * k) * self.normal(key("shock", "stays"), 0)
            self.stay_factor = exp(shock.stays.tau * w - shock.stays.tau**2 / 2)

    def market_at(self, day):
        phi = self.case.shock.phi
        if phi is None:
            return self.market
        end = self.case.end
        n_blocks = 512 if end is None else (end - self.case.as_of).days // 30 + 1
        wanted = min(int(day / 30), n_blocks - 1)
        while len(self.blocks) <= wanted:
            eps = self.normal(key("shock", "market", ""), len(self.blocks) * GOLDEN)
            self.blocks.append(phi * self.blocks[-1] + sqrt(1 - phi * phi) * eps)
        return self.blocks[wanted]

    def shock_of(self, deal, day=0.0):
        y = sqrt(self.rho["market"]) * self.market_at(day)
        for axis in self.case.shock.by:
            y += sqrt(self.rho[axis]) * self.normal(key("shock", axis, getattr(deal, axis)), 0)
        return y

    # ---- chances

    def tilted(self, i, tilt):
        up = {t for t, _, _ in self.exits[i] if t == WON or (t in self.names and self.names.index(t) > i)}
        share = sum(p for t, p, _ in self.exits[i] if t in up)
        if tilt == 0 or share in (0, 1):
            return [p for _, p, _ in self.exits[i]]
        new = special.expit(special.logit(share) + tilt)
        return [p * (new / share if t in up else (1 - new) / (1 - share)) for t, p, _ in self.exits[i]]

    def survivals(self, i, age):
        if age <= 0 or not self.case.funnel.has_stays:
            return [1.0] * len(self.exits[i])
        if self.case.due_today:
            age = nextafter(age, 0.0)
        return [float(curve_of(stay).survival(age / self.time[i])) for _, _, stay in self.exits[i]]

    def chances(self, i, p, y, ahead, wanted):
        """Exits under a shock: an ordered probit; in a linear funnel moved so that E[.. x ahead] = wanted."""
        rho = sum(self.rho.values())
        if rho == 0:
            return p
        s, r = sqrt(rho), sqrt(1 - rho)
        threshold = special.ndtri(np.minimum(np.cumsum(p)[:-1], 1.0))
        if self.holds_win_rates and 0 < p[-1] < 1:
            low, high = -30.0, 30.0
            for _ in range(200):
                d = 0.5 * (low + high)
                reached = WEIGHT @ (special.ndtr((d - threshold[-1] + s * GRID) / r) * ahead)
                low, high = (d, high) if reached < wanted else (low, d)
            threshold = threshold - d
        cumulative = np.append(special.ndtr((threshold - y) / r), 1.0)
        self.best_at_grid = special.ndtr((s * GRID - threshold[-1]) / r)
        return np.diff(cumulative, prepend=0.0)

    @property
    def holds_win_rates(self):
        return self.case.funnel.is_linear and self.case.shock.phi is None

    def fresh_chances(self, tilt, y):
        """Chances of all fresh stages, and E-weights of winning ahead of each, last stage first."""
        found, ahead, wanted = {}, np.ones_like(GRID), 1.0
        after = {}
        for i in range(len(self.names) - 1, -1, -1):
            p = self.tilted(i, tilt)
            after[i] = (ahead, wanted)
            wanted = wanted * p[-1]
            found[i] = self.chances(i, p, y, ahead, wanted)
            if sum(self.rho.values()) and self.holds_win_rates:
                ahead = self.best_at_grid * ahead
        return found, after

    # ---- the walk

    def walk(self, deal, tilt=0.0):
        """Return (visits [(stage, exit, day)], signed hundredths or None)."""
        case = self.case
        late = case.shock.phi is not None
        end = inf if case.end is None else (case.end - case.as_of).days
        y = self.shock_of(deal)
        fresh, after = self.fresh_chances(tilt, 0.0 if late else y) if not late else (None, None)
        stage, age, day, first = self.names.index(deal.stage), deal.age_days, 0.0, True
        visits, path = {}, []
        while True:
            base = self.tilted(stage, tilt)
            alive = self.survivals(stage, age) if first else [1.0] * len(base)
            aged = [p * s for p, s in zip(base, alive, strict=True)]
            aged = [p / sum(aged) for p in aged]
            if late:
                chances = aged
            elif first:
                ahead, wanted = after[stage]
                chances = self.chances(stage, aged, y, ahead, wanted * aged[-1])
            else:
                chances = fresh[stage]
            address = (key("deal", deal.id, 0), key("stage", self.names[stage]), visits.get(stage, 0) * VISIT)
            visits[stage] = visits.get(stage, 0) + 1
            word = self.word(*address)
            u, v = ((word >> 32) + 0.5) / 2**32, ((word & 0xFFFFFFFF) + 0.5) / 2**32
            k = min(int(np.searchsorted(np.cumsum(chances), u, side="right")), len(chances) - 1)
            x = float(curve_of(self.exits[stage][k][2]).upper(v * alive[k]))
            past = age if first and case.funnel.has_stays else 0.0
            day += max(self.time[stage] * x - past, 0.0) * self.stay_factor
            if late and day < end:
                k = self.late_exit(deal, stage, base, k, x, day, word)
            to = self.exits[stage][k][0]
            path.append((self.names[stage], to, day))
            if not day < end or to == "never":
                return path, None
            if to == WON:
                return path, self.signed(deal)
            if to not in self.names:
                return path, None
            stage, first = self.names.index(to), False

    def late_exit(self, deal, stage, base, k, x, day, word):
        """Pick the exit anew on its day: odds p_k f_k(x), ordered probit with the shock of that day."""
        curves = [curve_of(stay) for _, _, stay in self.exits[stage]]
        mass = [float(c.atoms[1][c.atoms[0] == x].sum()) for c in curves]
        if mass[k] > 0:
            odds = [p * m for p, m in zip(base, mass, strict=True)]
        else:
            h = 1e-4 * x
            odds = [
                0.0 if len(c.atoms[0]) else p * float(c.survival(x - h) - c.survival(x + h))
                for p, c in zip(base, curves, strict=True)
            ]
        rho = sum(self.rho.values())
        y = self.shock_of(deal, day)
        u = ((mix64((word + LATE) & MASK) >> 32) + 0.5) / 2**32
        cumulative = np.cumsum(odds)[:-1] / sum(odds)
        chances = special.ndtr((special.ndtri(np.minimum(cumulative, 1.0)) - y) / sqrt(1 - rho))
        return int(np.searchsorted(chances, u, side="right"))

    def signed(self, deal):
        amount = deal.amount * 100 * self.amount_factor
        if self.case.realisation is not None:
            word = self.word(key("deal", deal.id, 0), key("amount"))
            amount *= float(curve_of(self.case.realisation).upper(((word & 0xFFFFFFFF) + 0.5) / 2**32))
        return int(np.floor(amount + 0.5))
