"""New business and payment on pages: the table of open and new, what is assumed, the loop in words."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from funnelsim.analysis.forecast import Forecast, Summary
from funnelsim.model.money import Money
from funnelsim.model.sources import FLAT, Entry, Source
from funnelsim.model.target import MONEY
from funnelsim.report.clean import one_line
from funnelsim.report.laws import law_of_amount, law_of_days
from funnelsim.report.numbers import figure, mean_places, places_of, plain, rate
from funnelsim.report.tables import PARTS, Column, Table
from funnelsim.report.words import Words


def business_table(forecast: Forecast, say: Words) -> Table | None:
    """Return open deals and new business side by side, period by period; None where there is no new business."""
    names = [name for name in PARTS if name in forecast.measures]
    if not names:
        return None
    if not forecast.case.pipeline.deals:  # then all of it is new
        names = [name for name in names if not name.endswith("_from_open")]
    periods = forecast.measures[names[0]].periods
    rows = [
        (one_line(period.label), *(_cell(forecast.measures[name].periods[i].to_come, name, say) for name in names))
        for i, period in enumerate(periods)
    ]
    rows.append((say("total"), *(_cell(forecast.measures[name].total, name, say) for name in names)))
    columns = (Column(say("period"), is_number=False, is_day=True), *(Column(say(name)) for name in names))
    note = say("business_note", unit=forecast.case.money)
    return Table(say("business"), columns, tuple(rows), has_total=True, note=note)


def _cell(summary: Summary, name: str, say: Words) -> str:
    places = places_of(summary) if name in MONEY else min(places_of(summary), 0)
    low, high = (figure(x, places) for x in (summary.commit, summary.stretch))
    return say("mean_and_range", mean=figure(summary.mean, mean_places(summary)), low=low, high=high)


def loop_sentence(forecast: Forecast, say: Words) -> str:
    """Return what one purchase brings, in words; empty where nothing comes back."""
    loop = forecast.loop
    if loop is None:
        return ""
    gain = plain(round(loop.gain, 3))
    if loop.gain < 1:
        told = say("loop", gain=gain, purchases=plain(round(loop.purchases, 2)))
    else:
        told = say("loop_growing", gain=gain)
    if loop.share_growing > 0:
        told += " " * (say.language == "en") + say("loop_draws", share=rate(loop.share_growing))
    return told


def about_business(forecast: Forecast, say: Words) -> Iterator[str]:
    """Yield what is assumed of new business and payment, one sentence each."""
    case = forecast.case
    for source in case.sources:
        yield _about_source(source, say, case.money)
    if case.referral:
        referral = case.referral
        stage = one_line(referral.entry.stage)
        told = say("assume_referral", leads=plain(referral.leads), after=law_of_days(referral.after, say), stage=stage)
        more = [say("assume_generations", n=referral.generations)] if referral.generations is not None else []
        yield _joined([told, *more, *_about_entry(referral.entry, say, case.money)], say)
    if case.loyalty:
        loyalty = case.loyalty
        said = [say("assume_loyalty", q=rate(loyalty.renews), after=law_of_days(loyalty.after, say))]
        if n := sum(base.customers for base in loyalty.base):
            said.append(say("assume_customers", n=f"{n:,}"))
        yield _joined(said, say)
    if case.payment:
        yield _joined(list(_about_payment(forecast, say)), say)


def _about_source(source: Source, say: Words, money: Money) -> str:
    name = one_line(f"{source.name} ({source.label})" if source.label else source.name)
    stage = one_line(source.entry.stage)
    if source.rate is not None:
        level = say(f"rate_per_{source.rate.per}", level=plain(source.rate.level))
        told = [say("assume_source_rate", name=name, rate=level, stage=stage)]
    else:
        told = [say("assume_source_cohort", name=name, n=f"{source.cohort:,}", day=source.since, stage=stage)]
    if source.growth:
        told.append(say("assume_growth", growth=rate(source.growth)))
    if source.season != FLAT:
        told.append(say("assume_season"))
    if source.spread:
        cv = rate(sqrt(source.spread.variation))
        told.append(say("assume_spread", cv=cv, per=say(f"per_{source.spread.per}")))
    return _joined([*told, *_about_entry(source.entry, say, money)], say)


def _about_entry(entry: Entry, say: Words, money: Money) -> Iterator[str]:
    if entry.win_rate is not None:
        yield say("assume_source_win_rate", rate=rate(entry.win_rate))
    if entry.odds != 1.0:
        yield say("assume_source_odds", odds=plain(entry.odds))
    if entry.amount is not None:
        yield say("assume_source_amount", law=law_of_amount(entry.amount, say, money))


def _about_payment(forecast: Forecast, say: Words) -> Iterator[str]:
    payment = forecast.case.payment
    if payment is None:
        return
    for part in payment.instalments:
        trigger = say(f"trigger_{part.after}")
        yield say("assume_instalment", share=rate(part.share), lag=law_of_days(part.lag, say), trigger=trigger)
        if part.never:
            yield say("assume_never_paid", q=rate(part.never))
    if payment.never:
        yield say("assume_nothing_paid", q=rate(payment.never))
    if payment.pays_on:
        yield say("assume_pays_on", days=say.listed([say(day) for day in payment.pays_on]))


def _joined(sentences: list[str], say: Words) -> str:
    return ("" if say.language == "zh" else " ").join(sentences)
