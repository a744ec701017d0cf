"""The past calls of a made-up rep and a made-up boss, whose truth is known; writes calls.csv.

.venv/bin/python experiments/rep_and_boss/make.py

Of every 100 deals 35 are won. Given how a deal ends, the log odds of a call are normal with one spread for both
ends, so that the chance that a deal is won, given a call p, is exactly

    logit P = a + b logit p,    b = gap / spread^2,    a = logit .35 - b middle,

with the middle and the gap of the two means. The rep is too hopeful and tells deals apart poorly; the boss is too
gloomy, tells them apart better, and makes too little of what he sees (b above 1). Given the end of the deal they err
independently, so the truth given both calls is known as well.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

HERE = Path(__file__).parent
BASE = 0.35
SEED, N_DEALS = 7, 400


@dataclass(frozen=True)
class Caller:
    """A source of opinion with known truth: the middle of its calls in log odds, its slope, the spread."""

    name: str
    middle: float
    slope: float
    spread: float

    @property
    def intercept(self) -> float:
        """Return a."""
        return float(logit(BASE)) - self.slope * self.middle

    def calls(self, is_won: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return log odds of calls on deals that end so."""
        gap = self.slope * self.spread**2
        return self.middle + gap * (is_won - 0.5) + self.spread * rng.standard_normal(len(is_won))


REP = Caller("rep", middle=1.2, slope=0.7, spread=1.0)
BOSS = Caller("boss", middle=-1.0, slope=1.3, spread=0.9)
CALLERS = (REP, BOSS)


def history(n_deals: int, seed: int, callers: tuple[Caller, ...] = CALLERS) -> tuple[np.ndarray, np.ndarray]:
    """Return (deal,) whether won, and (deal, caller) log odds of calls."""
    rng = np.random.default_rng([seed, n_deals])
    is_won = rng.random(n_deals) < BASE
    return is_won, np.stack([caller.calls(is_won, rng) for caller in callers], axis=1)


def truth(log_odds: np.ndarray) -> np.ndarray:
    """Return the true chance of deals given both calls, in log odds (deal, caller)."""
    evidence = sum(c.slope * (log_odds[:, k] - c.middle) for k, c in enumerate(CALLERS))
    return np.asarray(expit(logit(BASE) + evidence))


def main() -> None:
    """Write calls.csv: one row a call, dated at the end of its deal."""
    is_won, log_odds = history(N_DEALS, SEED)
    first = np.datetime64("2024-10-01")
    with (HERE / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["商机", "意见来源", "赢率", "结果", "结束日期"])
        for d, won in enumerate(is_won):
            for k, caller in enumerate(CALLERS):
                day = first + (d * 700) // N_DEALS
                call = f"{100 * expit(log_odds[d, k]):.2f}%"
                table.writerow([f"H{d + 1:03d}", caller.name, call, "赢单" if won else "输单", day])


if __name__ == "__main__":
    main()
