"""Lint of method: what a sound case does that misleads whoever reads its forecast.

A rule looks at a case and yields its findings. Nothing here is an error: the case runs. Each rule's sentences (what,
why, and what to do) are kept with the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

from funnelsim.analysis.booked import needed_in_unit
from funnelsim.analysis.deals import deal_forecasts
from funnelsim.analysis.method import Method, Result, chance_of, mean_toward
from funnelsim.analysis.stages import days_to_advance
from funnelsim.engine.laws import curve_of
from funnelsim.engine.lower import lower
from funnelsim.engine.simulate import simulate
from funnelsim.errors import RefusedError
from funnelsim.model.beliefs import Belief
from funnelsim.model.case import Case
from funnelsim.model.finding import Fact, Finding
from funnelsim.model.funnel import is_lost
from funnelsim.model.horizon import Horizon
from funnelsim.model.law import Beta
from funnelsim.model.pipeline import Deal, Pipeline

SCHEMA = "funnelsim.lint/1"
NEAR_THE_MEAN = 0.02  # of the target
BIG_DEAL = 0.25  # of the open amount
FEW_DEALS = 30  # behind a rate
STALE_SHARE = 0.05  # of the deals
OPEN_BESIDE_CLOSED = 0.25  # open deals over those counted
APART = 1.2  # mean days to a loss over those to an advance, or the other way round
FEW_TRIALS = 10_000
ENOUGH_TO_DIFFER = 10  # deals that cannot all have entered today
TRIALS, FEWEST_TRIALS, MOST_PATHS = 4_000, 50, 4_000_000
LARGE_BOOK = 20_000
RATES = frozenset({"win_rate", "conversion", "exit"})


@dataclass(frozen=True)
class Look:
    """A case as the rules see it; what has to be computed is computed once."""

    case: Case

    @cached_property
    def result(self) -> Result:
        """Return the exact laws of the case, or trials where they do not apply or the book is large."""
        if len(self.case.pipeline) > LARGE_BOOK:
            return self._trials
        try:
            return Method("exact").answer(self.case)
        except RefusedError:
            return self._trials

    @property
    def _trials(self) -> Result:
        n = max(len(self.case.pipeline) + _n_new(self.case), 1.0)
        trials = int(min(TRIALS, max(FEWEST_TRIALS, MOST_PATHS / n)))
        return Method("simulate", trials, self.case.seed or 0).answer(self.case)

    @property
    def rates(self) -> tuple[Belief, ...]:
        """Return what is believed of win rates, conversions and exits."""
        return tuple(belief for belief in self.case.beliefs if belief.about.kind in RATES)

    @property
    def forecast_deals(self) -> tuple[Deal, ...]:
        """Return the deals in stages that are forecast."""
        left_out = {stage.name for stage in self.case.funnel.stages if not stage.in_forecast}
        return tuple(deal for deal in self.case.pipeline.deals if deal.stage not in left_out)


Rule = Callable[[Look], Iterator[Finding]]


def lint(case: Case) -> tuple[Finding, ...]:
    """Return what every rule finds in a case, in the order of `RULES`.

    Examples
    --------
    >>> from datetime import date
    >>> import funnelsim as fs
    >>> funnel = fs.Funnel.linear([fs.Step("demo", win_rate=0.25)])
    >>> deals = fs.Pipeline((fs.Deal("big", "demo", 90.0), fs.Deal("small", "demo", 10.0)))
    >>> case = fs.Case("two", fs.Money("EUR", "K"), date(2026, 10, 1), funnel, deals)
    >>> [found.rule for found in lint(case)]
    ['one_big_deal', 'no_shock', 'rates_as_known']
    """
    look = Look(case)
    return tuple(found for rule in RULES.values() for found in rule(look))


def lint_together(cases: Mapping[str, Case]) -> tuple[tuple[str, Finding], ...]:
    """Return what is found only when cases stand side by side, with the name of the file it is said of.

    Cases of different names are meant to be independent; the same seed gives deals of the same id, and the market,
    the same luck in both (M9).
    """
    seeded = sorted((case.seed, name) for name, case in cases.items() if case.seed is not None)
    found = []
    for seed, group in groupby(seeded, key=lambda pair: pair[0]):
        first, *others = [name for _, name in group]
        for name in others:
            if cases[name].name != cases[first].name:
                facts = {"seed": str(seed), "other": cases[first].name}
                found.append((name, Finding("shared_seed", ("seed",), facts)))
    return tuple(found)


# ---- the rules


def closed_only(look: Look) -> Iterator[Finding]:
    """Find rates counted of few closed deals beside many open ones, where losses take another time than wins."""
    case = look.case
    for belief in look.rates:
        counts = belief.law.counts if isinstance(belief.law, Beta) else None
        n_open = sum(deal.stage == belief.about.stage for deal in case.pipeline.deals)
        days = _days_won_and_lost(case, belief.about.stage)
        if counts and n_open >= OPEN_BESIDE_CLOSED * counts.of and _are_apart(days):
            facts: dict[str, Fact] = {"stage": belief.about.stage, "won": counts.won, "of": counts.of, "open": n_open}
            facts |= {"days_won": days[0], "days_lost": days[1]}
            yield Finding("closed_only", ("beliefs", str(belief.about)), facts)


def target_at_the_mean(look: Look) -> Iterator[Finding]:
    """Find targets that stand where the mean of the forecast stands."""
    for i, target in enumerate(look.case.targets):
        needed = needed_in_unit(look.case, target)
        mean = mean_toward(look.result, target)
        if abs(mean - needed) <= NEAR_THE_MEAN * target.amount:
            facts = {"amount": target.amount, "chance": chance_of(look.result, target)}
            yield Finding("target_at_the_mean", ("targets", i), facts)


def one_big_deal(look: Look) -> Iterator[Finding]:
    """Find deals that carry more than a quarter of the open amount."""
    deals = look.forecast_deals
    total = sum(deal.amount for deal in deals)
    for deal in deals:
        if deal.amount > BIG_DEAL * total > 0:
            yield Finding("one_big_deal", ("pipeline", deal.id), {"deal": deal.id, "share": deal.amount / total})


def no_shock(look: Look) -> Iterator[Finding]:
    """Find cases in which nothing moves deals together."""
    shock, tables = look.case.shock, look.case.fitted
    if not shock.moves_chances and shock.stays is None and not (tables is not None and any(tables.shock)):
        yield Finding("no_shock", ("shock",), {"deals": len(look.case.pipeline)})


def rates_as_known(look: Look) -> Iterator[Finding]:
    """Find cases that take every rate as known."""
    if not look.rates and look.case.fitted is None:
        yield Finding("rates_as_known", ("stages",), {"stages": len(look.case.funnel.stages)})


def thin_evidence(look: Look) -> Iterator[Finding]:
    """Find rates that rest on fewer than thirty deals."""
    for belief in look.rates:
        if isinstance(belief.law, Beta) and belief.law.evidence < FEW_DEALS:
            n = belief.law.counts.of if belief.law.counts else belief.law.evidence
            yield Finding("thin_evidence", ("beliefs", str(belief.about)), {"stage": belief.about.stage, "n": n})


def stale_share(look: Look) -> Iterator[Finding]:
    """Find books of which a twentieth and more is older than the stays can explain."""
    stale, n = lower(look.case).stale if look.case.funnel.has_stays else (), len(look.forecast_deals)
    if stale and len(stale) >= STALE_SHARE * n:
        yield Finding("stale_share", ("pipeline", stale[0]), {"n": len(stale), "share": len(stale) / n})


def short_horizon(look: Look) -> Iterator[Finding]:
    """Find horizons shorter than half of the wins of the earliest deals take."""
    case, stage = look.case, _earliest(look)
    if case.end is None or stage is None:
        return
    median = median_cycle_days(case, stage)
    if median is not None and (case.end - case.as_of).days < median:
        facts: dict[str, Fact] = {"days": (case.end - case.as_of).days, "stage": stage, "median": median}
        yield Finding("short_horizon", ("horizon",), facts)


def shared_stay(look: Look) -> Iterator[Finding]:
    """Find stages whose one stay serves wins and losses."""
    names = look.case.funnel.shared_stay
    if names and any(deal.age_days > 0 for deal in look.forecast_deals):
        yield Finding("shared_stay", ("stages", names[0], "stay"), {"stages": ", ".join(names)})


def all_just_entered(look: Look) -> Iterator[Finding]:
    """Find books in which every deal is said to have entered its stage today."""
    deals = look.forecast_deals
    if look.case.funnel.has_stays and len(deals) >= ENOUGH_TO_DIFFER and not any(deal.age_days for deal in deals):
        yield Finding("all_just_entered", ("pipeline", deals[0].id), {"n": len(deals)})


def overdue(look: Look) -> Iterator[Finding]:
    """Find deals whose expected close lies before the day of the forecast."""
    day = look.case.as_of
    late = [deal for deal in look.forecast_deals if deal.expected_close and deal.expected_close < day]
    if late:
        share = len(late) / len(look.forecast_deals)
        yield Finding("overdue", ("pipeline", late[0].id), {"n": len(late), "share": share, "deal": late[0].id})


def few_trials(look: Look) -> Iterator[Finding]:
    """Find numbers of trials too small for one chance in ten."""
    if look.case.trials < FEW_TRIALS:
        points = 100 * (0.25 / look.case.trials) ** 0.5
        yield Finding("few_trials", ("trials",), {"trials": look.case.trials, "points": points})


RULES: dict[str, Rule] = {
    "closed_only": closed_only,
    "target_at_the_mean": target_at_the_mean,
    "one_big_deal": one_big_deal,
    "no_shock": no_shock,
    "rates_as_known": rates_as_known,
    "thin_evidence": thin_evidence,
    "stale_share": stale_share,
    "short_horizon": short_horizon,
    "shared_stay": shared_stay,
    "all_just_entered": all_just_entered,
    "overdue": overdue,
    "few_trials": few_trials,
}


def median_cycle_days(case: Case, stage: str) -> float | None:
    """Return the days in which half of the wins of a deal that enters `stage` now come; None where none comes."""
    alone = replace(
        case, pipeline=Pipeline((Deal("entry", stage, 1.0),)), horizon=Horizon(), targets=(), booked=(), groups=(),
        sources=(), referral=None, loyalty=None, payment=None, capacity=None,
    )  # fmt: skip
    (told,) = deal_forecasts(simulate(alone, trials=TRIALS, seed=0, measures=("bookings",)))
    return float((told.close_p50 - case.as_of).days) if told.close_p50 else None


def plain_findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return findings as plain values, ready for JSON."""
    return [
        {"rule": found.rule, "place": found.place, "path": list(found.path), "facts": dict(found.facts)}
        for found in findings
    ]


def _n_new(case: Case) -> float:
    """Return the mean number of deals that sources bring."""
    if case.end is None:
        return 0.0
    arrivals = [arrival for source in case.sources for arrival in source.arrivals(case.as_of, case.end)]
    return sum(arrival.mean if arrival.count < 0 else arrival.count for arrival in arrivals)


def _earliest(look: Look) -> str | None:
    """Return the first stage in which deals stand or which new ones enter; None without stays."""
    case = look.case
    there = {deal.stage for deal in look.forecast_deals} | {source.entry.stage for source in case.sources}
    names = [name for name in case.funnel.names if name in there]
    return names[0] if names and case.funnel.has_stays and case.fitted is None else None


def _days_won_and_lost(case: Case, stage: str) -> tuple[float, float]:
    """Return the mean days until a deal of a stage advances and until it is lost; 0 where it is not stated."""
    i = case.funnel.names.index(stage)
    lost = [(e.probability, e.stay) for e in case.funnel.stages[i].exits if is_lost(e.to) and e.stay and e.probability]
    total = sum(p for p, _ in lost)
    return (
        days_to_advance(case.funnel, i)[0] or 0.0,
        sum(p * curve_of(stay).mean for p, stay in lost) / total if total else 0.0,
    )


def _are_apart(days: tuple[float, float]) -> bool:
    won, lost = days
    return max(won, lost) > APART * min(won, lost) > 0
