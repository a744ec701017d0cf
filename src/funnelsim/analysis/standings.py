"""Reps, sources or segments held against each other: who is truly better, by how much, and what is luck (M12.5).

Every deal that began long enough ago counts, won within the window or not, so that no open deal is left out. Win
rates and speed are adjusted for what each was given: amount, stage of entry, and the other groupings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.errors import InputError, RefusedError
from funnelsim.fitting.shrunken import Draws, logistic, normal
from funnelsim.history.record import WON, History, date_of

Floats = npt.NDArray[np.float64]
Axis = Literal["owner", "source", "segment"]
AXES: tuple[Axis, ...] = ("owner", "source", "segment")
SCHEMA = "funnelsim.people/1"
N_DRAWS = 2000
N_MIX = 200
MOST_KINDS = 12  # of a grouping that is adjusted for; the rest are one
DECIDED = 0.9
FEWEST_DEALS, FEWEST_WINS = 30, 8
LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Band:
    """The middle of what is known of a figure, and the ends of 8 chances in 10."""

    low: float
    mid: float
    high: float

    @classmethod
    def of(cls, draws: Floats) -> Band:
        """Return the band of draws (draw,)."""
        low, mid, high = np.quantile(draws, LEVELS)
        return cls(float(low), float(mid), float(high))

    def as_json(self) -> dict[str, float]:
        """Return plain numbers, ready for JSON."""
        return {"p10": self.low, "p50": self.mid, "p90": self.high}


@dataclass(frozen=True)
class Standing:
    """One rep, source or segment.

    Parameters
    ----------
    raw : float
        Share won of its own deals.
    rate : Band
        Win rate on the deals of all, shrunk toward all.
    rank : Band
        1 is the best.
    days : Band or None
        Days to a win over the usual, at the same mix: 0.8 is a fifth faster. None where too few are won.
    better : float
        Chance that it is truly better than the one listed next.
    cost_per_win : Band, optional
    """

    name: str
    n: int
    won: int
    rate: Band
    rank: Band
    days: Band | None
    better: float | None
    cost_per_win: Band | None = None

    @property
    def raw(self) -> float:
        """Return the share that was won."""
        return self.won / self.n

    def as_json(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "name": self.name,
            "deals": self.n,
            "won": self.won,
            "raw": self.raw,
            "rate": self.rate.as_json(),
            "rank": self.rank.as_json(),
            "days_factor": self.days.as_json() if self.days else None,
            "better_than_next": self.better,
            "cost_per_win": self.cost_per_win.as_json() if self.cost_per_win else None,
        }


@dataclass(frozen=True)
class Standings:
    """All of a grouping, the best first.

    Parameters
    ----------
    luck, mix, skill : float
        Shares of the spread of the raw rates: few deals, what each was given, true difference (its median).
    skill_band : Band
        What is known of the last.
    better : array (group, group)
        Chance that the row is truly better than the column.
    left_out : int
        Deals that began early enough and state no such name.
    """

    axis: Axis
    first: int
    last: int
    within: int
    standings: tuple[Standing, ...]
    luck: float
    mix: float
    skill: float
    skill_band: Band
    spread: Band
    better: Floats = field(repr=False)
    left_out: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.people/1`` as plain values."""
        return {
            "schema": SCHEMA,
            "by": self.axis,
            "first": date_of(self.first).isoformat(),
            "last": date_of(self.last).isoformat(),
            "within_days": self.within,
            "deals": sum(one.n for one in self.standings),
            "without_name": self.left_out,
            "standings": [one.as_json() for one in self.standings],
            "shares": {
                "luck": self.luck,
                "mix": self.mix,
                "skill": self.skill,
                "skill_p10_to_p90": [self.skill_band.low, self.skill_band.high],
            },
            "spread_log_odds": self.spread.as_json(),
            "better": [[float(p) for p in row] for row in self.better],
        }


def standings(
    history: History, axis: Axis = "owner", *, within: int | None = None, costs: Mapping[str, float] | None = None,
    seed: int = 0, n_draws: int = N_DRAWS,
) -> Standings:  # fmt: skip
    """Hold the reps, sources or segments of a history against each other.

    Parameters
    ----------
    within : int, optional
        A deal counts as won if it is within so many days of its beginning; default: the days within which 9 in 10
        decided deals were decided.
    costs : mapping of str to float, optional
        What one deal of a name costs; its cost per win follows.

    Raises
    ------
    InputError
        If a cost names nobody.
    RefusedError
        If fewer than 30 deals or two names are left to compare, or none or all of the deals are won.
    """
    deals, ends = history.deals, history.as_of
    span = within if within is not None else _usual_span(history)
    names = np.asarray(getattr(deals, axis)).astype(str)
    is_old = (deals.created >= history.observed_from) & (deals.created + span <= ends)
    chosen = np.flatnonzero(is_old & (names != ""))
    kinds, group = np.unique(names[chosen], return_inverse=True)
    won = (deals.outcome[chosen] == WON) & (deals.closed[chosen] - deals.created[chosen] < span)
    _check_names(int(is_old.sum()), len(chosen), axis, span)
    _check(len(chosen), kinds, won, axis, span, costs or {})
    columns = _columns(history, chosen, axis)
    group = group.astype(np.int64)
    drawn = logistic(won, columns, group, len(kinds), n_draws, seed)
    rates = _rates(drawn, columns)
    order = np.argsort(-np.median(rates, axis=0), kind="stable")
    better = (rates[:, order, None] > rates[:, None, order]).mean(axis=0)
    ranks = 1.0 + (rates[:, None, :] > rates[:, :, None]).sum(axis=2)
    days = _days(history, chosen, won, columns, group, len(kinds), n_draws, seed)
    found = tuple(
        Standing(
            str(kinds[g]),
            int((group == g).sum()),
            int(won[group == g].sum()),
            Band.of(rates[:, g]),
            Band.of(ranks[:, g]),
            None if days is None else Band.of(days[:, g]),
            float(better[k, k + 1]) if k + 1 < len(order) else None,
            Band.of(costs[str(kinds[g])] / rates[:, g]) if costs and str(kinds[g]) in costs else None,
        )
        for k, g in enumerate(order)
    )
    shares = _shares(drawn, rates, columns, group, won)
    return Standings(
        axis, int(deals.created[chosen].min()), int(deals.created[chosen].max()), span, found, *shares,
        Band.of(drawn.spread), better, int((is_old & (names == "")).sum()),
    )  # fmt: skip


def _usual_span(history: History) -> int:
    deals = history.deals
    decided = (deals.closed < history.as_of) & (deals.created >= history.observed_from)
    if not decided.any():
        raise RefusedError("no deal of these records is decided, so nobody can be told apart")
    return int(np.ceil(np.quantile((deals.closed - deals.created)[decided], DECIDED))) + 1


def _check_names(n_deals: int, n_named: int, axis: str, span: int) -> None:
    if n_deals and not n_named:
        raise RefusedError(
            f"none of the {n_deals:,} deals that began {span} days and more before the records end names its {axis}; "
            f"import a column as {axis}, or take another --by",
            "no_names",
        )


def _check(
    n: int, kinds: npt.NDArray[np.str_], won: npt.NDArray[np.bool_], axis: str, span: int, costs: Mapping[str, float]
) -> None:
    unknown = [name for name in costs if name not in kinds]
    if unknown:
        raise InputError.of(f"no deal has the {axis} '{unknown[0]}'; there are {', '.join(kinds) or 'none'}", "--cost")
    if n < FEWEST_DEALS or len(kinds) < 2:
        raise RefusedError(
            f"{n} deals of {len(kinds)} names began {span} days and more before the records end; it takes "
            f"{FEWEST_DEALS} deals and two names (of {axis}); take a shorter --within, or another --by"
        )
    if won.all() or not won.any():
        raise RefusedError(f"{int(won.sum())} of {n} deals are won within {span} days, so nobody can be told apart")


def _columns(history: History, chosen: npt.NDArray[np.intp], axis: Axis) -> Floats:
    """Return what deals are adjusted for: 1, log amount, and whether they are of each kind of the other groupings."""
    deals, visits = history.deals, history.visits
    parts = [np.ones(len(chosen))]
    amount = deals.amount[chosen]
    is_known = np.isfinite(amount) & (amount > 0)
    logs = np.log(np.where(is_known, amount, 1.0))
    if is_known.any() and logs[is_known].std() > 0:
        parts.append(np.where(is_known, (logs - logs[is_known].mean()) / logs[is_known].std(), 0.0))
    stage = np.full(len(deals), -1, np.int64)
    stage[visits.deal[::-1]] = visits.stage[::-1]  # the first stay of each deal is written last
    others = [np.asarray(getattr(deals, other)).astype(str)[chosen] for other in AXES if other not in (axis, "owner")]
    for kind in (stage[chosen].astype(str), *others):
        values, counts = np.unique(kind, return_counts=True)
        for value in values[np.argsort(-counts, kind="stable")][1:MOST_KINDS]:
            parts.append((kind == value).astype(float))
    return np.stack(parts, axis=1)


def _rates(drawn: Draws, columns: Floats) -> Floats:
    """Return (draw, group) win rates on the deals of all: the mean of expit(x b + u) over a fair share of them."""
    middle = drawn.common.mean(axis=0)
    order = np.argsort(columns @ middle, kind="stable")
    fair = order[np.linspace(0, len(order) - 1, min(N_MIX, len(order))).round().astype(int)]
    eta = drawn.common @ columns[fair].T
    return np.stack([special.expit(eta + u[:, None]).mean(axis=1) for u in drawn.effect.T], axis=1)


def _days(
    history: History, chosen: npt.NDArray[np.intp], won: npt.NDArray[np.bool_], columns: Floats,
    group: npt.NDArray[np.int64], n_groups: int, n_draws: int, seed: int,
) -> Floats | None:  # fmt: skip
    """Return (draw, group) factors on days to a win; None where fewer than a handful are won."""
    deals = history.deals
    if won.sum() < max(FEWEST_WINS, 2 * columns.shape[1]):
        return None
    days = np.log(np.maximum(deals.closed[chosen] - deals.created[chosen], 1)[won].astype(float))
    held = columns[won][:, np.ptp(columns[won], axis=0) > 0]
    full = np.column_stack([np.ones(int(won.sum())), held])
    return (
        None
        if np.ptp(days) == 0 or np.linalg.matrix_rank(full) < full.shape[1]
        else np.exp(normal(days, full, group[won], n_groups, n_draws, seed + 1).effect)
    )


def _shares(
    drawn: Draws, rates: Floats, columns: Floats, group: npt.NDArray[np.int64], won: npt.NDArray[np.bool_]
) -> tuple[float, float, float, Band]:
    """Return the shares of luck, mix and skill in the spread of raw rates, and the band of the last."""
    n = np.bincount(group)
    eta = columns @ drawn.common.mean(axis=0)
    given = np.bincount(group, special.expit(eta)) / n
    expected = np.bincount(group, special.expit(eta + np.median(drawn.effect, axis=0)[group])) / n
    luck = float(np.mean(expected * (1 - expected) / n))
    mix, true = float(given.var()), rates.var(axis=1)
    skill = float(np.median(true))
    total = luck + mix + skill
    return luck / total, mix / total, skill / total, Band.of(true / (luck + mix + true))
