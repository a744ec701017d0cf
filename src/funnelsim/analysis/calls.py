"""Calls on deals against the fitted chance of the same deals: over past windows, and for the deals open now (M12.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from funnelsim.analysis.rollups import RollUp, rollups_of
from funnelsim.errors import InputError
from funnelsim.fitting.calls import FEWEST_CASES, SUREST, Cases, Worth, share_interval, worth_of
from funnelsim.fitting.chronicle import Chronicle
from funnelsim.fitting.expectation import expect
from funnelsim.fitting.forecaster import Forecaster
from funnelsim.fitting.opinions import log_scores
from funnelsim.fitting.windows import actual
from funnelsim.history.calls import NO_CATEGORY, Calls, Standing
from funnelsim.history.record import LOST, OPEN, WON, History, date_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Progress = Callable[[int, int], None]
SCHEMA = "funnelsim.calls/1"
N_DRAWS = 50
FIRST_WEEKS = 4
MOST_WINDOWS = 104
BINS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
N_BINS = 5
OPEN_BOOKINGS = 1


@dataclass(frozen=True)
class Group:
    """The cases of one category, or of chances between two bounds.

    Parameters
    ----------
    share : float
        Of the cases won within the window, shrunk toward that of all cases.
    low, high : float
        Its 80 % interval.
    said : float, optional
        Mean chance as said.
    fitted : float
        Mean fitted chance of the same deals.
    won_since, lost_since, open_since : int
        What has become by now of the deals that were a case, each counted once.
    """

    name: str
    n: int
    n_won: int
    share: float
    low: float
    high: float
    said: float | None
    fitted: float
    won_since: int
    lost_since: int
    open_since: int

    @property
    def is_thin(self) -> bool:
        """Return whether there are too few cases to tell much."""
        return self.n < FEWEST_CASES


@dataclass(frozen=True)
class Score:
    """Mean log score (0 is perfect, more is better) and Brier score (less is better) of the scored cases."""

    log: float
    brier: float


@dataclass(frozen=True)
class Bin:
    """Reliability: cases of neighbouring chances, their mean chance and the share that was won."""

    n: int
    stated: float
    came: float


@dataclass(frozen=True)
class Voice:
    """What the calls of one voice are worth.

    Parameters
    ----------
    scores : dict of str to Score
        ``said`` (chances only), ``called``, ``base``, ``fitted`` and ``pooled``; empty where no case was scored.
    """

    name: str
    worth: Worth
    groups: tuple[Group, ...]
    scores: dict[str, Score]
    reliability: dict[str, tuple[Bin, ...]]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        worth, (gain, gain_se) = self.worth, self.worth.gain
        return {
            "name": self.name,
            "cases": len(worth.cases),
            "scored": worth.n_judged,
            "groups": [group.__dict__ for group in self.groups],
            "scores": {name: score.__dict__ for name, score in self.scores.items()},
            "reliability": {name: [one.__dict__ for one in bins] for name, bins in self.reliability.items()},
            "weight": worth.weight if worth.n_judged else None,
            "weight_se": worth.weight_se if worth.n_judged else None,
            "gain": gain if worth.n_judged else None,
            "gain_se": gain_se if worth.n_judged else None,
            "earned": worth.is_earned,
        }


@dataclass(frozen=True)
class OpenCall:
    """An open deal that somebody speaks of: what each voice says, its fitted chance, and both together."""

    id: str
    stage: str
    amount: float
    said: dict[str, str | float]
    fitted: float
    pooled: float


@dataclass(frozen=True)
class CallReport:
    """All voices of a history as of a day.

    Parameters
    ----------
    pooled_by : str
        The voice whose calls are pooled with the fitted chances of open deals; empty where none has earned it.
    """

    as_of: int
    n_days: int
    days: tuple[int, ...]
    currency: str
    unit: str
    seed: int
    voices: tuple[Voice, ...]
    rollups: tuple[RollUp, ...]
    open_deals: tuple[OpenCall, ...]
    pooled_by: str

    def as_json(self) -> dict[str, Any]:
        """Return the contract ``funnelsim.calls/1`` as plain values."""
        return {
            "schema": SCHEMA,
            "as_of": date_of(self.as_of).isoformat(),
            "horizon_days": self.n_days,
            "windows": [date_of(day).isoformat() for day in self.days],
            "currency": self.currency,
            "unit": self.unit,
            "seed": self.seed,
            "no_surer_than": SUREST,
            "voices": [voice.as_json() for voice in self.voices],
            "rollups": [one.as_json() for one in self.rollups],
            "pooled_by": self.pooled_by or None,
            "open_deals": [deal.__dict__ for deal in self.open_deals],
        }


def score_calls(
    history: History, day: int, n_days: int, *, seed: int = 1, on_progress: Progress | None = None
) -> CallReport:
    """Score the calls of a history over the windows that had ended by a day, and hear them on the deals open then.

    Parameters
    ----------
    day : int
        Nothing stamped on it or later is looked at.
    n_days : int
        Length of the windows; they follow each other without a gap, the last one ending at `day`.

    Raises
    ------
    InputError
        If nobody said anything by then, or the day lies outside the records.
    """
    _check(history, day, n_days)
    known = history.known_at(day)
    calls = known.calls
    if calls is None or not len(calls):
        raise InputError.of(
            f"no call on a deal is known by {date_of(day)}; name columns for category or probability, or a table of "
            "opinions, in the history.yaml"
        )
    desk = _Desk(known, calls, day, n_days, seed)
    starts = desk.starts()
    looks = []
    for i, start in enumerate((*starts, day)):
        looks.append(desk.look(start))
        if on_progress is not None:
            on_progress(i + 1, len(starts) + 1)
    return desk.report(starts, looks[:-1], looks[-1])


def _check(history: History, day: int, n_days: int) -> None:
    if not history.observed_from < day <= history.as_of:
        span = f"{date_of(history.observed_from)} to {date_of(history.as_of)}"
        raise InputError.of(f"{date_of(day)} is outside the records, which are known from {span}", "as_of")
    if n_days > (most := day - history.observed_from):
        raise InputError.of(
            f"{n_days:,} days, where the records hold {most:,} by {date_of(day)}; give fewer",
            "horizon",
        )


@dataclass(frozen=True)
class _Look:
    """Open deals of a day with their fitted chances, by rows of the history."""

    day: int
    deal: Ints
    amount: Floats
    fitted: Floats

    @property
    def mean_bookings(self) -> float:
        return float(self.amount @ self.fitted)


class _Desk:
    """Works out windows, and what was said at the start of each."""

    def __init__(self, history: History, calls: Calls, day: int, n_days: int, seed: int) -> None:
        self.history, self.calls, self.day, self.n_days, self.seed = history, calls, day, n_days, seed
        self.forecaster, self.plain = Forecaster(history, seed), Chronicle(history)

    def starts(self) -> tuple[int, ...]:
        """Return the first days of the windows, the earliest first: those before which something had been said."""
        first = max(self.history.observed_from + 7 * FIRST_WEEKS, int(self.calls.day.min()) + 1)
        days = range(self.day - self.n_days, first - 1, -self.n_days)
        return tuple(reversed(days[:MOST_WINDOWS]))

    def look(self, day: int) -> _Look:
        """Return the deals open at a day."""
        past, start, n_open = self.forecaster.window(day, self.n_days)
        clock = self.forecaster.clock(day, self.n_days)
        told = expect(past.chronicle, start, n_open, [0.0], N_DRAWS, self.seed, clock=clock)
        chance = told.open_chance[:, 0].mean(axis=0)[told.standing.class_of_deal]
        return _Look(day, told.standing.deal, told.standing.amount, chance)

    def report(self, starts: tuple[int, ...], looks: list[_Look], now: _Look) -> CallReport:
        """Return everything of all voices."""
        voices = tuple(self._voice(i, looks) for i in range(len(self.calls.voices)))
        came = [float(actual(self.plain, start, self.n_days)[OPEN_BOOKINGS]) for start in starts]
        rollups = rollups_of(self.history, starts, self.n_days, came, [look.mean_bookings for look in looks])
        earned = [(voice.worth.gain[0], i) for i, voice in enumerate(voices) if voice.worth.is_earned]
        best = max(earned)[1] if earned else None
        money = self.history.money
        return CallReport(
            self.day, self.n_days, starts, money.currency, money.unit, self.seed, voices, rollups,
            tuple(self._open(now, voices, best)), "" if best is None else voices[best].name,
        )  # fmt: skip

    def _voice(self, number: int, looks: list[_Look]) -> Voice:
        cases = self._cases(number, looks)
        worth = worth_of(cases, len(self.calls.categories))
        return Voice(
            self.calls.voices[number], worth, tuple(self._groups(cases)), _scores(worth), _reliabilities(worth)
        )

    def _cases(self, number: int, looks: list[_Look]) -> Cases:
        """Return the deals of all windows of which a voice had said something."""
        parts = []
        for window, look in enumerate(looks):
            said = self.calls.standing(number, look.day, len(self.history.deals))
            category, chance, spoke = (x[look.deal] for x in (said.category, said.chance, said.is_said))
            won = self.plain.won_between(look.day, look.day + self.n_days)[look.deal]
            of = np.full(int(spoke.sum()), window, np.int64)
            parts.append((look.deal[spoke], of, category[spoke], chance[spoke], look.fitted[spoke], won[spoke]))
        if not parts:
            none = np.zeros(0, np.int64)
            return Cases(none, none, none, np.zeros(0), np.zeros(0), np.zeros(0, bool))
        return Cases(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _groups(self, cases: Cases) -> Iterator[Group]:
        base = (cases.is_won.sum() + 0.5) / (len(cases) + 1.0)
        for name, chosen in _grouped(cases, self.calls.categories):
            own = cases.rows(chosen)
            n, n_won = len(own), int(own.is_won.sum())
            low, high = share_interval(n_won, n, base)
            share = (n_won + 5.0 * base) / (n + 5.0)
            outcome = self.history.deals.outcome[np.unique(own.deal)]
            since = (int((outcome == code).sum()) for code in (WON, LOST, OPEN))
            said = float(own.chance.mean()) if np.isfinite(own.chance).all() else None
            yield Group(name, n, n_won, share, low, high, said, float(own.fitted.mean()), *since)

    def _open(self, now: _Look, voices: tuple[Voice, ...], best: int | None) -> Iterator[OpenCall]:
        n = len(self.history.deals)
        said = [self.calls.standing(i, self.day, n) for i in range(len(voices))]
        odds = special.logit(np.clip(now.fitted, 1e-6, 1 - 1e-6))
        if best is not None:
            odds = odds + voices[best].worth.evidence(said[best].category[now.deal], said[best].chance[now.deal])
        stage = dict(zip(*(column.tolist() for column in self._book()), strict=True))
        for k in np.lexsort((now.deal, -now.amount)):
            row = int(now.deal[k])
            told = {v.name: call for v, s in zip(voices, said, strict=True) if (call := self._call(s, row)) is not None}
            if told:
                pooled = float(special.expit(odds[k])) if best is not None else float(now.fitted[k])
                yield OpenCall(
                    str(self.history.deals.id[row]), self.history.stages[stage[row]], float(now.amount[k]), told,
                    float(now.fitted[k]), pooled,
                )  # fmt: skip

    def _book(self) -> tuple[Ints, Ints]:
        book = self.history.book()
        return book.deal, book.stage

    def _call(self, said: Standing, row: int) -> str | float | None:
        if said.category[row] != NO_CATEGORY:
            return self.calls.categories[int(said.category[row])]
        chance = float(said.chance[row])
        return chance if np.isfinite(chance) else None


def _grouped(cases: Cases, categories: tuple[str, ...]) -> Iterator[tuple[str, Bools]]:
    """Yield the categories that were named, then the ranges of chances."""
    for k, name in enumerate(categories):
        if (chosen := cases.category == k).any():
            yield name, chosen
    is_chance = (cases.category == NO_CATEGORY) & np.isfinite(cases.chance)
    for low, high in pairwise(BINS):
        inside = (cases.chance >= low) & ((cases.chance < high) | (high == 1.0))
        if (chosen := is_chance & inside).any():
            yield f"{100 * low:g}-{100 * high:g}%", chosen


def _odds(worth: Worth) -> dict[str, Floats]:
    """Return log odds of the scored cases, by whose they are."""
    cases, judged = worth.cases, worth.judged
    found = {"called": worth.called, "base": worth.base, "fitted": cases.fitted_odds, "pooled": worth.pooled}
    if len(cases) and (cases.category == NO_CATEGORY).all():
        found = {"said": cases.said_odds, **found}
    return {name: odds[judged] for name, odds in found.items()}


def _scores(worth: Worth) -> dict[str, Score]:
    if not worth.n_judged:
        return {}
    won = worth.cases.is_won[worth.judged]
    return {
        name: Score(float(log_scores(odds, won).mean()), float(((special.expit(odds) - won) ** 2).mean()))
        for name, odds in _odds(worth).items()
    }


def _reliabilities(worth: Worth) -> dict[str, tuple[Bin, ...]]:
    if not worth.n_judged:
        return {}
    won = worth.cases.is_won[worth.judged]
    return {name: _reliability(special.expit(odds), won) for name, odds in _odds(worth).items() if name != "base"}


def _reliability(chance: Floats, is_won: Bools) -> tuple[Bin, ...]:
    """Return bins of as many cases each, equal chances kept together."""
    edges = np.unique(np.quantile(chance, np.linspace(0, 1, N_BINS + 1)[1:-1]))
    bin_ = np.searchsorted(edges, chance, side="left")
    return tuple(
        Bin(int(own.sum()), float(chance[own].mean()), float(is_won[own].mean()))
        for k in range(len(edges) + 1)
        if (own := bin_ == k).any()
    )
