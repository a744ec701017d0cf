"""Named stresses: what may go wrong, as a change of the case (model page, M14.6).

A stress changes nothing else, and no id, so that on the same random numbers a trial differs from its unstressed
twin by the stress alone (M9). What it is done to (which deal, which segment) is the one with most at stake:
amount times win rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import log

from funnelsim.errors import RefusedError
from funnelsim.model.case import Case
from funnelsim.model.daily import AgedStage, DailyTables, DatedStage, Figures
from funnelsim.model.daily_speed import slower_case
from funnelsim.model.funnel import WON, Exit, Funnel, Stage, is_lost
from funnelsim.model.handover import handed_over
from funnelsim.model.law import Fixed, Law
from funnelsim.model.lifting import following
from funnelsim.model.pipeline import Deal, Pipeline
from funnelsim.model.scaling import scaled
from funnelsim.model.sources import Rate, Source

FEWER_WINS = 0.8
LONGER = 2.0
SMALLER = 0.8
HANDED_OVER = 0.5  # factor on the odds of deals whose owner has left


@dataclass(frozen=True)
class Stressed:
    """A case under a stress, and what the stress was done to (a deal, a segment, an owner), if anything."""

    case: Case
    whom: str = ""


def win_rates_fall(case: Case) -> Stressed:
    """Return the case with every win rate a fifth lower; what is no longer won is lost, at the time of the win."""
    deals = tuple(
        d if d.win_rate is None else d._replace(win_rate=FEWER_WINS * d.win_rate) for d in case.pipeline.deals
    )
    sources = tuple(_less_won(source) for source in case.sources)
    funnel = case.funnel
    stages = tuple(_fewer_won(stage) for stage in funnel.stages)
    changed = replace(case, pipeline=Pipeline(deals), sources=sources)
    if case.fitted is not None:
        changed = replace(changed, fitted=_fewer_won_tables(case.fitted))
    after = replace(funnel, stages=stages)
    return Stressed(replace(changed, funnel=after, beliefs=tuple(following(case, after))))


def cycles_double(case: Case) -> Stressed:
    """Return the case with every stay twice as long; open deals keep their age."""
    if case.fitted is not None:
        return Stressed(slower_case(case, case.fitted, LONGER))
    if not case.funnel.has_stays:
        raise RefusedError("no stage states a stay", "no_stays")
    return Stressed(replace(case, funnel=slower(case.funnel, LONGER)))


def top_deal_lost(case: Case) -> Stressed:
    """Return the case in which the deal with most at stake is never won."""
    deal = max(case.pipeline.deals, key=lambda deal: (at_stake(case, deal), deal.id), default=None)
    if deal is None:
        raise RefusedError("there are no open deals", "no_deals")
    return Stressed(_never_won(case, lambda other: other.id == deal.id), deal.id)


def segment_freezes(case: Case) -> Stressed:
    """Return the case in which the segment with most at stake buys nothing: open deals are not won, none comes."""
    segment = _most_at_stake(case, "segment")
    frozen = _never_won(case, lambda deal: deal.segment == segment)
    return Stressed(replace(frozen, sources=_without_those_of(frozen, "segment", segment)), segment)


def rep_leaves(case: Case) -> Stressed:
    """Return the case in which the owner with most at stake leaves.

    Open deals change hands: their odds halve and their time in the stage begins anew; sources of this owner dry up.
    """
    owner = _most_at_stake(case, "owner")
    if case.fitted is not None:
        left = handed_over(case, case.fitted, lambda deal: deal.owner == owner, HANDED_OVER)
    else:
        deals = tuple(_handed_over(deal) if deal.owner == owner else deal for deal in case.pipeline.deals)
        left = replace(case, pipeline=Pipeline(deals))
    return Stressed(replace(left, sources=_without_those_of(left, "owner", owner)), owner)


def no_new_business(case: Case) -> Stressed:
    """Return the case whose sources bring nothing more."""
    if not case.sources:
        raise RefusedError("no source brings new business", "no_sources")
    return Stressed(replace(case, sources=tuple(_dry(source) for source in case.sources)))


def amounts_shrink(case: Case) -> Stressed:
    """Return the case in which a fifth less is signed of every deal, open or to come."""
    sources = tuple(_smaller(source) for source in case.sources)
    law = scaled(case.realisation or Fixed(1.0), SMALLER)
    return Stressed(replace(case, realisation=law, sources=sources))


def late_payment(case: Case) -> Stressed:
    """Return the case in which every instalment takes twice as long."""
    if case.payment is None:
        raise RefusedError("the case does not say how customers pay", "no_payment")
    instalments = tuple(replace(part, lag=scaled(part.lag, LONGER)) for part in case.payment.instalments)
    return Stressed(replace(case, payment=replace(case.payment, instalments=instalments)))


STRESSES: dict[str, Callable[[Case], Stressed]] = {
    "win_rates_fall": win_rates_fall,
    "cycles_double": cycles_double,
    "amounts_shrink": amounts_shrink,
    "top_deal_lost": top_deal_lost,
    "segment_freezes": segment_freezes,
    "rep_leaves": rep_leaves,
    "no_new_business": no_new_business,
    "late_payment": late_payment,
}


def at_stake(case: Case, deal: Deal) -> float:
    """Return a deal's amount times its win rate, its own or its stage's; 0 where it is not forecast."""
    stage = case.funnel.names.index(deal.stage)
    rate = case.funnel.win_rates[stage] if deal.win_rate is None else deal.win_rate
    return deal.amount * rate * case.funnel.stages[stage].in_forecast


def slower(funnel: Funnel, factor: float) -> Funnel:
    """Return the funnel with every stay `factor` times as long."""
    return replace(funnel, stages=tuple(_slower(stage, factor) for stage in funnel.stages))


# ---- parts of a change


def _slower(stage: Stage, factor: float) -> Stage:
    exits = tuple(replace(e, stay=None if e.stay is None else scaled(e.stay, factor)) for e in stage.exits)
    return replace(stage, exits=exits)


def _fewer_won(stage: Stage) -> Stage:
    """Return the stage with a fifth of its wins lost; with w = (I - P)^-1 b every win rate falls by a fifth."""
    gone = sum((1.0 - FEWER_WINS) * e.probability for e in stage.exits if e.to == WON)
    kept = tuple(replace(e, probability=FEWER_WINS * e.probability) if e.to == WON else e for e in stage.exits)
    return replace(stage, exits=tuple(_with_losses(kept, gone, stage))) if gone else stage


def _with_losses(exits: tuple[Exit, ...], more: float, stage: Stage) -> Iterator[Exit]:
    """Yield exits with `more` added to the losses in proportion; a stage that loses nothing gets a way to."""
    losses = [e for e in exits if is_lost(e.to)]
    total = sum(e.probability for e in losses)
    for exit_ in exits:
        share = exit_.probability / total if total > 0 else 1.0 / max(len(losses), 1)
        yield replace(exit_, probability=exit_.probability + more * share) if is_lost(exit_.to) else exit_
    if not losses:
        yield Exit("lost", more, next(e.stay for e in stage.exits if e.to == WON))


def _fewer_won_tables(tables: DailyTables) -> DailyTables:
    return replace(tables, stages=tuple(map(_fewer_won_days, tables.stages)))


def _fewer_won_days(stage: AgedStage | DatedStage) -> AgedStage | DatedStage:
    """Return the days of a stage with a fifth of the wins lost on the same day."""
    if isinstance(stage, DatedStage):
        won = [FEWER_WINS * value for value in stage.won.values]
        return replace(stage, won=Figures.of(stage.won.shape, won))
    lost = next((e for e, name in enumerate(stage.exits) if is_lost(name)), None)
    if WON not in stage.exits or lost is None:
        return stage
    n, e, values = len(stage.exits), stage.exits.index(WON), stage.chance.values[:]
    for low in range(0, len(values), n):
        values[low + lost] += (1.0 - FEWER_WINS) * values[low + e]
        values[low + e] *= FEWER_WINS
    return replace(stage, chance=Figures(stage.chance.shape, values))


def _never_won(case: Case, is_hit: Callable[[Deal], bool]) -> Case:
    if case.fitted is not None:  # tables heed no win rate of a deal alone
        return replace(case, pipeline=Pipeline(tuple(d for d in case.pipeline.deals if not is_hit(d))))
    deals = tuple(d._replace(win_rate=0.0, evidence=0.0) if is_hit(d) else d for d in case.pipeline.deals)
    return replace(case, pipeline=Pipeline(deals))


def _handed_over(deal: Deal) -> Deal:
    return deal._replace(evidence=deal.evidence + log(HANDED_OVER), age_days=0.0)


def _most_at_stake(case: Case, axis: str) -> str:
    found: dict[str, float] = {}
    for deal in case.pipeline.deals:
        found[getattr(deal, axis)] = found.get(getattr(deal, axis), 0.0) + at_stake(case, deal)
    found.pop("", None)
    if not found:
        raise RefusedError(f"no open deal states its {axis}", f"no_{axis}")
    return max(found, key=lambda value: (found[value], value))


def _without_those_of(case: Case, axis: str, value: str) -> tuple[Source, ...]:
    return tuple(_dry(source) if getattr(source, axis) == value else source for source in case.sources)


def _dry(source: Source) -> Source:
    """Return a source that brings nothing; a cohort comes and is never won, so that it keeps its place."""
    if source.rate is not None:
        return replace(source, rate=Rate(0.0, source.rate.per))
    return replace(source, entry=replace(source.entry, win_rate=0.0, odds=1.0))


def _less_won(source: Source) -> Source:
    rate = source.entry.win_rate
    return source if rate is None else replace(source, entry=replace(source.entry, win_rate=FEWER_WINS * rate))


def _smaller(source: Source) -> Source:
    amount: Law | None = source.entry.amount
    return source if amount is None else replace(source, entry=replace(source.entry, amount=scaled(amount, SMALLER)))
