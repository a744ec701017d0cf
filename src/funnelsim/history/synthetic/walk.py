"""All deals of a company played to the end: one clock per exit, many deals at a time.

Exit e of a visit has cumulative hazard sum of m_e(day) L_e(age) over its days and rings when that passes an
exponential draw; the first bell ends the visit. On a day with hazards L_e the chance of any exit is
1 - exp(-sum L_e), shared out in proportion to L_e. A deal that moves on meets age 0 of the next stage the same day;
after a step back it waits for the next day and meets age 0 then. Multipliers change at the edges of windows, so a visit
is followed window by window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from funnelsim.history.record import NEVER, OPEN, Deals, History, Ints, Visits
from funnelsim.history.synthetic.company import Company, Floats
from funnelsim.history.synthetic.hazards import directions, intensities
from funnelsim.history.synthetic.truth import Truth
from funnelsim.model.money import Money


def make(company: Company, seed: int) -> tuple[History, Truth]:
    """Return what the company recorded, and what is true of it; the same for the same seed."""
    random = np.random.default_rng(seed)
    logs = company.regime_logs() + company.shock_logs(random)
    created = company.arrivals(random)
    scores = random.standard_normal(len(created))
    stage = company.entries(len(created), random)
    visits = _Walk(company, logs, scores, random).all_visits(created, stage)
    whole = _history(company, created, scores, visits)
    return whole.known_at(company.as_of), Truth(company, logs, whole)


@dataclass(frozen=True)
class _Front:
    """Visits that begin: of which deal, where, since when, and the first age at which something can happen."""

    deal: Ints
    stage: Ints
    entered: Ints
    waits: npt.NDArray[np.bool_]


class _Walk:
    """The clocks of a company and the means to run them."""

    def __init__(self, company: Company, logs: Floats, scores: Floats, random: np.random.Generator) -> None:
        self._company, self._scores, self._random = company, scores, random
        per_day = intensities(company.hazards)
        self._sums = np.concatenate([np.zeros_like(per_day[:, :1]), np.cumsum(per_day, axis=1)], axis=1)
        self._directions = directions(company.n_stages)
        changed = np.any(logs[1:] != logs[:-1], axis=1)
        self._edges = company.first + np.concatenate([[0], np.flatnonzero(changed) + 1, [len(logs)]])
        self._logs = logs[self._edges[:-1] - company.first]

    def all_visits(self, created: Ints, stage: Ints) -> Visits:
        """Return every visit up to the end of the world, each deal's together and in order."""
        first, front = self._round(_Front(np.arange(len(created)), stage, created, np.zeros(len(created), bool)))
        rounds = [first]
        while len(front.deal):
            visits, front = self._round(front)
            rounds.append(visits)
        whole = Visits(*(np.concatenate(column) for column in zip(*map(_columns, rounds), strict=True)))
        return whole.rows(np.argsort(whole.deal, kind="stable"))

    def _round(self, front: _Front) -> tuple[Visits, _Front]:
        """Return one visit of every deal on the front, and the next front."""
        left, code = np.empty_like(front.deal), np.empty_like(front.deal)
        for stage in range(self._company.n_stages):
            here = front.stage == stage
            left[here], code[here] = self._stay(stage, front.deal[here], front.entered[here], front.waits[here])
        visits = Visits(front.deal, front.stage, front.entered, left, code)
        goes_on = code >= 0
        onward = _Front(front.deal[goes_on], code[goes_on], left[goes_on], (code < front.stage)[goes_on])
        return visits, onward

    def _stay(self, stage: int, deal: Ints, entered: Ints, waits: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
        """Return the day on which each visit ends, and by which exit; NEVER and OPEN if the world ends first."""
        exits = np.flatnonzero(self._sums[stage, -1] > 0)
        n_codes = self._sums.shape[-1]
        codes = np.where(exits >= n_codes - 2, exits - n_codes, exits)
        tilts = self._company.amount_effect / 2 * self._scores[deal][:, None] * self._directions[stage, exits]
        rest = self._random.standard_exponential((len(deal), len(exits)))
        left, code = np.full(len(deal), NEVER), np.full(len(deal), OPEN)
        begun = entered + waits
        day = begun.copy()
        alive = np.flatnonzero(day < self._company.end)
        while len(alive):
            window = np.searchsorted(self._edges, day[alive], side="right") - 1
            until = self._edges[window + 1]
            speed = np.exp(tilts[alive] + self._by_exit(window, self._directions[stage, exits]))
            rings = self._bells(stage, exits, day[alive] - begun[alive], until - begun[alive], rest[alive], speed)
            first = rings[0].argmin(axis=1)
            when = rings[0][np.arange(len(alive)), first]
            over = np.isfinite(when)
            left[alive[over]] = begun[alive[over]] + when[over].astype(np.int64)
            code[alive[over]] = codes[first[over]]
            rest[alive] -= rings[1]
            day[alive] = until
            alive = alive[~over & (until < self._company.end)]
        return left, code

    def _by_exit(self, window: Ints, direction: Ints) -> Floats:
        """Return the logs of the multipliers of each exit in each visit's window; steps back have none."""
        both = self._logs[window]
        return np.asarray(np.where(direction == 1, both[:, :1], np.where(direction == -1, both[:, 1:], 0.0)))

    def _bells(
        self, stage: int, exits: Ints, low: Ints, high: Ints, rest: Floats, speed: Floats
    ) -> tuple[Floats, Floats]:
        """Return the age at which each exit rings between two ages (else infinity), and the hazard spent by then."""
        n_ages = self._sums.shape[1] - 1
        low, high = np.minimum(low, n_ages), np.minimum(high, n_ages)
        when, spent = np.full(rest.shape, np.inf), np.empty_like(rest)
        for k, column in enumerate(exits):
            sums = self._sums[stage, :, column]
            spent[:, k] = speed[:, k] * (sums[high] - sums[low])
            rung = np.flatnonzero(rest[:, k] < spent[:, k])
            level = sums[low[rung]] + rest[rung, k] / speed[rung, k]
            age = np.clip(np.searchsorted(sums, level, side="left") - 1, low[rung], high[rung] - 1)
            width = sums[age + 1] - sums[age]
            part = np.divide(level - sums[age], width, out=np.zeros(len(age)), where=width > 0)
            when[rung, k] = age + np.clip(part, 0, 1 - 1e-9)
        return when, spent


def _columns(visits: Visits) -> tuple[Ints, ...]:
    return visits.deal, visits.stage, visits.entered, visits.left, visits.exit


def _history(company: Company, created: Ints, scores: Floats, visits: Visits) -> History:
    """Return the history up to the end of the world, without deals that ended before the record begins."""
    n_deals = len(created)
    closed, outcome = np.full(n_deals, NEVER), np.full(n_deals, OPEN)
    ends = (visits.exit < 0) & (visits.exit != OPEN)
    closed[visits.deal[ends]], outcome[visits.deal[ends]] = visits.left[ends], visits.exit[ends]
    none = np.full(n_deals, "", object)
    deals = Deals(
        id=np.array([f"deal-{number}" for number in range(1, n_deals + 1)], object),
        created=created,
        closed=closed,
        outcome=outcome,
        reason=none,
        amount=np.round(company.amount_median * np.exp(company.amount_sigma * scores), 2),
        expected_close=np.full(n_deals, NEVER),
        owner=none,
        segment=none,
        source=none,
    )
    begins = company.first + company.observed_from
    kept = closed >= begins
    number = np.cumsum(kept) - 1
    visits = visits.rows(kept[visits.deal])
    visits = Visits(number[visits.deal], *_columns(visits)[1:])
    names = tuple(f"stage {stage}" for stage in range(1, company.n_stages + 1))
    return History(names, deals.rows(kept), visits, Money("CNY"), begins, company.end)
