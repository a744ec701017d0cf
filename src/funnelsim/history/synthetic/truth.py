"""What is true of a company that never was, worked out day by day without drawing anything.

With daily chances q of stage s at age a, and V the chance of a win by the end of the window,

    V_d(s, a) = q_won + sum over stages ahead of q_s' V_d(s', 0) + sum over stages behind of q_s' V_d+1(s', 0)
                + (1 - sum q) V_d+1(s, a + 1),

from the last day of the window backwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnelsim.history.record import WON, History
from funnelsim.history.synthetic.company import Company, Floats
from funnelsim.history.synthetic.hazards import chances, directions, intensities

_N_NODES = 41


@dataclass(frozen=True)
class Truth:
    """What is true of a company.

    Parameters
    ----------
    company : Company
    logs : array (day, 2)
        Logs of the multipliers of [advancing, losing] as they came, since the company's first day.
    whole : History
        Everything that happened, up to ``company.end``.
    """

    company: Company
    logs: Floats
    whole: History

    def hazards(self, day: int | None = None, *, score: float = 0.0, as_it_came: bool = False) -> Floats:
        """Return the daily chances (stage, age, exit) in force on a day.

        Parameters
        ----------
        day : int, optional
            Default: the last day of the record.
        score : float
            How many standard deviations the log amount of the deal lies above its mean.
        as_it_came : bool
            With the shock of the day's window; without it, the regime alone.
        """
        company = self.company
        number = (company.as_of - 1 if day is None else day) - company.first
        advance, lose = (self.logs if as_it_came else company.regime_logs())[number]
        if not (advance or lose or company.amount_effect * score):
            return company.hazards
        way = directions(company.n_stages)
        tilt = company.amount_effect * score / 2 * way + np.where(way == 1, advance, np.where(way == -1, lose, 0.0))
        return chances(intensities(company.hazards) * np.exp(tilt)[:, None, :])

    def win_rates(self, day: int | None = None, *, score: float = 0.0) -> Floats:
        """Return the chance (stage,) that a deal entering a stage is won in the end, by the rates of a day."""
        return _ends(self.hazards(day, score=score))[0]

    def win_rate(self, day: int | None = None) -> float:
        """Return the chance of a new deal, over all amounts and stages of entry, by the rates of a day."""
        return self._over_amounts(day)[0]

    def mean_cycle_days(self, day: int | None = None) -> float:
        """Return the mean number of days from creation to a win, of the deals that are won in the end."""
        won, days = self._over_amounts(day)
        return days / won

    def in_time(
        self, horizon_days: int, as_of: int | None = None, *, score: float = 0.0, as_it_came: bool = False
    ) -> Floats:
        """Return P(win within a number of days) of an open deal, of shape (stage, age).

        Parameters
        ----------
        horizon_days : int
            Days from `as_of` on, that day included.
        as_of : int, optional
            Ages are those at 00:00 of this day; default: the end of the record.
        score : float
            See `hazards`.
        as_it_came : bool
            With shocks and regimes as they came; only as far as the world goes. Without it the regime of the last
            day before `as_of` stays.
        """
        start = self.company.as_of if as_of is None else as_of
        n_stages, n_ages = self.company.hazards.shape[:2]
        ahead = np.zeros((n_stages, n_ages + 1))
        calm = self.hazards(start - 1, score=score)
        for day in range(start + horizon_days - 1, start - 1, -1):
            table = self.hazards(day, score=score, as_it_came=True) if as_it_came else calm
            ahead = _day_before(table, ahead)
        return ahead[:, :-1]

    def _over_amounts(self, day: int | None) -> tuple[float, float]:
        """Return E[won] and E[days; won] of a new deal."""
        entry = np.eye(self.company.n_stages)[0] if self.company.entry is None else self.company.entry
        if not self.company.amount_effect:
            won, days = _ends(self.hazards(day))
            return float(entry @ won), float(entry @ days)
        nodes, weights = np.polynomial.hermite_e.hermegauss(_N_NODES)
        found = [_ends(self.hazards(day, score=float(node))) for node in nodes]
        weights = weights / weights.sum()
        won, days = (sum(w * part[k] for w, part in zip(weights, found, strict=True)) for k in (0, 1))
        return float(entry @ won), float(entry @ days)


def _day_before(table: Floats, ahead: Floats) -> Floats:
    """Return chances of a win (stage, age) at the start of a day, from those at the start of the next."""
    n_stages, n_ages = table.shape[:2]
    now = np.zeros((n_stages, n_ages + 1))
    stays = 1 - table.sum(axis=-1)
    for stage in range(n_stages - 1, -1, -1):
        now[stage, :-1] = table[stage, :, WON] + stays[stage] * ahead[stage, 1:]
        now[stage, :-1] += table[stage][:, stage + 1 : n_stages] @ now[stage + 1 :, 0]
        now[stage, :-1] += table[stage][:, :stage] @ ahead[:stage, 0]
    return now


def _ends(table: Floats) -> tuple[Floats, Floats]:
    """Return P(won) and E[days; won] of deals that enter each stage, by rates that stay as they are.

    A deal stepped back begins a day later, at age 0 again; the rest is a linear system.
    """
    n_stages, n_ages, _ = table.shape
    stays = 1 - table.sum(axis=-1)
    here = np.concatenate([np.ones((n_stages, 1)), np.cumprod(stays, axis=1)[:, :-1]], axis=1)
    shares = (here[..., None] * table).sum(axis=1)
    days = (here[..., None] * table * np.arange(n_ages)[:, None]).sum(axis=1)
    waits = shares[:, :n_stages] * np.tri(n_stages)
    solve = np.eye(n_stages) - shares[:, :n_stages]
    won = np.linalg.solve(solve, shares[:, WON])
    spent = (days[:, :n_stages] + waits) @ won + days[:, WON]
    return won, np.linalg.solve(solve, spent)
