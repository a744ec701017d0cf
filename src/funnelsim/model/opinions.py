"""Opinions on deals: who says what, what each voice is worth, and the one figure pooled from them (model page, M12.5).

The pool is a weighted mean of log odds over the voices that spoke of the deal,

    logit p = sum_k w_k (a_k + b_k logit p_k) / sum_k w_k,

with (a_k, b_k) = (0, 1) for a voice without a track record. It lies between the calls it is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import exp, isfinite, log
from typing import Literal, NamedTuple

from funnelsim.errors import InputError, Problem
from funnelsim.model.pipeline import Deal

Basis = Literal["stated", "earned"]


class PastCall(NamedTuple):
    """One past call: what a voice said of a deal, and whether the deal was won."""

    voice: str
    call: float
    is_won: bool
    deal: str = ""


@dataclass(frozen=True)
class TrackRecord:
    """What a voice's past calls are worth.

    Parameters
    ----------
    intercept, slope : float
        a and b of the recalibration logit p' = a + b logit p.
    intercept_se, slope_se : float
        Their standard errors.
    log_score_said, log_score, log_score_base : float
        Mean log probability given to what happened: as said, as recalibrated, and by the base rate alone. The
        last two are out of sample. 0 is perfect, and more is better.
    gain, gain_se : float
        How much a recalibrated call scores above the base rate on average, and its standard error.
    brier_said, brier, brier_base : float
        Mean squared distance of the probability from what happened (0 or 1); less is better.
    """

    n_calls: int
    n_won: int
    intercept: float = 0.0
    slope: float = 1.0
    intercept_se: float = 0.0
    slope_se: float = 0.0
    log_score_said: float = 0.0
    log_score: float = 0.0
    log_score_base: float = 0.0
    gain: float = 0.0
    gain_se: float = 0.0
    brier_said: float = 0.0
    brier: float = 0.0
    brier_base: float = 0.0


@dataclass(frozen=True)
class Voice:
    """Somebody, or something, that gives probabilities for deals.

    Parameters
    ----------
    weight : float
        Its weight in the pool, in any unit; only the proportions count.
    weight_se : float
        Standard error of an earned weight.
    record : TrackRecord, optional
        Without one its calls are taken as said.
    """

    name: str
    weight: float = 1.0
    weight_se: float = 0.0
    record: TrackRecord | None = None

    def log_odds(self, call: float) -> float:
        """Return the log odds that a call stands for, recalibrated if there is a record."""
        said = log_odds_of(call)
        return said if self.record is None else self.record.intercept + self.record.slope * said


@dataclass(frozen=True)
class Opinions:
    """All voices, and what they say of the open deals.

    Parameters
    ----------
    calls : mapping of str to mapping of str to float
        Deal -> voice -> probability of a win, as said.
    basis : {"stated", "earned"}
        Whether the weights were stated or earned by score.
    surest : float, optional
        The surest call that is taken at its word; surer ones, on either side, count as this one. None: calls of 0
        and 1 are refused, since no odds can be pooled from them.

    Raises
    ------
    InputError
        For no voice, a weight below 0, none above 0, a call outside 0..1 or, without `surest`, one of 0 or 1.
    """

    voices: tuple[Voice, ...]
    calls: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    basis: Basis = "stated"
    surest: float | None = None

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problem.under("opinions") for problem in problems)

    @property
    def shares(self) -> dict[str, float]:
        """Return each voice's share in the pool of all voices; they add up to 1."""
        total = sum(voice.weight for voice in self.voices)
        return {voice.name: voice.weight / total for voice in self.voices}

    def heeded(self, call: float) -> float:
        """Return a call as it counts: none surer than the surest that is allowed."""
        return call if self.surest is None else min(max(call, 1.0 - self.surest), self.surest)

    def said(self, deal: str, voice: str) -> float | None:
        """Return what a voice says of a deal, as it counts; None if it is silent."""
        call = self.calls.get(deal, {}).get(voice)
        return None if call is None else self.heeded(call)

    def calibrated(self, deal: str, voice: str) -> float | None:
        """Return what a voice's call of a deal stands for by its track record; None if it is silent."""
        call = self.said(deal, voice)
        return None if call is None else probability_of(self._voice(voice).log_odds(call))

    def pooled(self, deal: str) -> float | None:
        """Return the one figure pooled for a deal; None if no voice with a weight speaks of it.

        Examples
        --------
        >>> both = Opinions((Voice("rep"), Voice("boss")), {"A": {"rep": 0.8, "boss": 0.2}})
        >>> round(both.pooled("A"), 12)
        0.5
        """
        heard = [(voice, call) for voice in self.voices if (call := self.said(deal, voice.name)) is not None]
        total = sum(voice.weight for voice, _ in heard)
        if total <= 0:
            return None
        return probability_of(sum(voice.weight * voice.log_odds(call) for voice, call in heard) / total)

    def disagreement(self, deal: str) -> float:
        """Return how far apart the calls of a deal are, in log odds: 0 if fewer than two voices speak of it."""
        odds = [log_odds_of(self.heeded(call)) for call in self.calls.get(deal, {}).values()]
        return max(odds) - min(odds) if odds else 0.0

    def applied(self, deals: Iterable[Deal]) -> tuple[Deal, ...]:
        """Return the deals, each that was spoken of with its pooled figure as its own win rate."""
        return tuple(
            deal if (figure := self.pooled(deal.id)) is None else deal._replace(win_rate=figure) for deal in deals
        )

    def _voice(self, name: str) -> Voice:
        return next(voice for voice in self.voices if voice.name == name)

    def _problems(self) -> Iterator[Problem]:
        names = [voice.name for voice in self.voices]
        if not names:
            yield Problem(("sources",), "no source of opinion; name at least one")
        for voice in self.voices:
            if not (isfinite(voice.weight) and voice.weight >= 0):
                yield Problem(("sources", voice.name), f"weight {voice.weight:g} must be 0 or more and finite")
        if names and not any(voice.weight > 0 for voice in self.voices):
            yield Problem(("sources",), "every weight is 0; give at least one source a weight above 0")
        if self.surest is not None and not 0.5 < self.surest < 1:
            yield Problem(("no_surer_than",), f"{self.surest:g} must be above 50% and below 100%")
        for deal, calls in self.calls.items():
            for name, call in calls.items():
                if name not in names:
                    yield Problem(("calls", deal, name), f"'{name}' is no source of opinion; {_among(names)}")
                if told := call_problem(call, self.surest):
                    yield Problem(("calls", deal, name), told)


def call_problem(call: float, surest: float | None) -> str:
    """Return what is wrong with a call, or nothing."""
    if not 0 <= call <= 1:
        return f"a call of {call:g} is outside 0..1"
    if call in {0.0, 1.0} and surest is None:
        return (
            f"a call of {100 * call:g}% is a certainty, and no odds can be pooled from it; give the chance that is "
            "meant, or state how sure a call may be, such as no_surer_than: 99%"
        )
    return ""


def log_odds_of(p: float) -> float:
    """Return the log odds of a probability strictly between 0 and 1."""
    return log(p / (1.0 - p))


def probability_of(log_odds: float) -> float:
    """Return the probability with these log odds."""
    return 1.0 / (1.0 + exp(-log_odds)) if log_odds >= 0 else 1.0 - 1.0 / (1.0 + exp(log_odds))


def _among(names: list[str]) -> str:
    return f"there are {', '.join(names) or 'none'}"
