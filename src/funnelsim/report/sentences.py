"""Sentences built from a forecast: headline, assumptions, stale deals, and how it was made."""

from __future__ import annotations

from collections.abc import Iterator

from funnelsim.analysis.forecast import Forecast
from funnelsim.model.beliefs import Belief
from funnelsim.model.case import Case
from funnelsim.report.business import about_business
from funnelsim.report.clean import one_line
from funnelsim.report.laws import law_of_days, law_of_share
from funnelsim.report.numbers import figure, money, places_of, plain, rate
from funnelsim.report.tables import last_day
from funnelsim.report.words import Words

_N_STALE_SHOWN = 12


def headline(forecast: Forecast, say: Words) -> str:
    """Return the whole forecast in one sentence, booked business counted in."""
    bookings, unit = forecast.bookings, forecast.case.money
    total, places = bookings.total, places_of(bookings.total)
    amounts = {"commit": total.commit, "likely": total.likely, "stretch": total.stretch}
    told = {name: money(figure(x + bookings.booked, places), unit) for name, x in amounts.items()}
    sentence = say("headline", window=_window(forecast, say), **told)
    booked = money(plain(bookings.booked), unit)
    return sentence + (say("booked_included", amount=booked) if bookings.booked else "")


def title(forecast: Forecast, say: Words) -> str:
    """Return the title of a page."""
    return say("page_title", case=one_line(forecast.case.name), day=forecast.case.as_of.isoformat())


def stale_sentence(forecast: Forecast, say: Words) -> str:
    """Return which deals are older than their stage explains and what became of them; empty if none."""
    if not forecast.stale:
        return ""
    ids = say.listed([one_line(id_, 40) for id_ in forecast.stale[:_N_STALE_SHOWN]])
    n_more = len(forecast.stale) - _N_STALE_SHOWN
    told = say("stale_more", ids=ids, n=n_more) if n_more > 0 else ids
    return say("stale", policy=say(f"policy_{forecast.case.stale}"), ids=told)


def error_sentence(forecast: Forecast, say: Words) -> str:
    """Return what the column of errors means."""
    return say("error_note" if forecast.trials is not None else "numeric_note")


def assumptions(forecast: Forecast, say: Words) -> list[str]:
    """Return everything that was taken for granted, one sentence each."""
    return [
        *_about_time(forecast, say),
        *_about_chances(forecast, say),
        *_about_amounts(forecast, say),
        *about_business(forecast, say),
    ]


def provenance(forecast: Forecast, say: Words) -> list[tuple[str, str]]:
    """Return name and value of everything needed to make the forecast again."""
    case, origin = forecast.case, forecast.case.origin
    found = [(say("engine"), say(f"engine_{forecast.engine}"))]
    if forecast.trials is not None:
        found += [(say("trials"), f"{forecast.trials:,}"), (say("seed"), str(forecast.seed))]
    found += [
        (say("as_of"), f"{case.as_of.isoformat()} {case.timezone}"),
        (say("money"), str(case.money)),
        (say("config"), one_line(origin.config)),
        (say("config_hash"), origin.config_sha256),
        *((say("data_hash", file=one_line(file)), sha) for file, sha in origin.data_sha256.items()),
        (say("overrides"), one_line(" ".join(origin.overrides))),
        (say("scenario"), one_line(origin.scenario)),
        ("funnelsim", str(forecast.provenance.get("funnelsim", ""))),
    ]
    return [(name, value) for name, value in found if value]


def provenance_line(forecast: Forecast, say: Words) -> str:
    """Return the provenance in one line, hashes cut to 12 digits."""
    return " · ".join(f"{name} {_cut(value)}" for name, value in provenance(forecast, say))


def _cut(value: str) -> str:
    is_hash = len(value) == 64 and set(value) <= set("0123456789abcdef")
    return value[:12] if is_hash else value


def _window(forecast: Forecast, say: Words) -> str:
    end = forecast.case.end
    if end is None:
        is_new = bool(forecast.case.sources or forecast.case.referral or forecast.case.loyalty)
        return say("signed_in_the_end_new" if is_new else "signed_in_the_end", day=forecast.case.as_of.isoformat())
    return say("signed_by", day=last_day(end))


def _about_time(forecast: Forecast, say: Words) -> Iterator[str]:
    case, today = forecast.case, forecast.case.as_of.isoformat()
    if case.end is None:
        yield say("assume_unlimited")
    else:
        yield say("assume_horizon", first=today, last=last_day(case.end))
    has_new = bool(case.sources or case.referral or case.loyalty)
    yield say("assume_with_new" if has_new else "assume_open_only", day=today)
    if case.due_today:
        yield say("assume_due_today", day=today)
    if case.funnel.shared_stay:
        yield say("assume_shared_stay", stages=say.listed([one_line(s) for s in case.funnel.shared_stay]))


def belief_sentences(case: Case, say: Words) -> Iterator[str]:
    """Return what is believed rather than known, one sentence each; one that all is known if nothing is."""
    for belief in case.beliefs:
        yield say("assume_belief", about=one_line(str(belief.about)), law=_belief_law(belief, say))
    for correlation in case.correlations:
        a, b = (one_line(str(subject)) for subject in correlation.between)
        yield say("assume_correlation", a=a, b=b, rank=plain(correlation.rank))
    if not case.beliefs:
        yield say("assume_no_belief")


def _about_chances(forecast: Forecast, say: Words) -> Iterator[str]:
    case, shock = forecast.case, forecast.case.shock
    yield from belief_sentences(case, say)
    if shock.rho:
        yield say("assume_shock", rho=rate(shock.rho))
    for axis, rho in shock.by.items():
        yield say("assume_shock_by", axis=say(axis), rho=rate(rho))
    if shock.phi is not None:
        yield say("assume_shock_phi", phi=plain(shock.phi))
    if shock.stays is not None:
        yield say("assume_shock_stays", tau=plain(shock.stays.tau), correlation=plain(shock.stays.correlation))
    if not shock.moves_chances and shock.stays is None:
        yield say("assume_no_shock")
    if case.communication is not None and case.communication.stages:
        yield say("assume_coupling", stages=say.listed([one_line(name) for name in case.communication.stages]))


def _belief_law(belief: Belief, say: Words) -> str:
    is_duration = belief.about.kind == "stay" and belief.base != 1.0
    return law_of_days(belief.law, say) if is_duration else law_of_share(belief.law, say)


def _about_amounts(forecast: Forecast, say: Words) -> Iterator[str]:
    case = forecast.case
    if case.realisation is None:
        yield say("assume_no_realisation")
    else:
        yield say("assume_realisation", law=law_of_share(case.realisation, say))
    for entry in case.booked:
        yield say("assume_booked", day=entry.since.isoformat(), amount=money(plain(entry.amount), case.money))
