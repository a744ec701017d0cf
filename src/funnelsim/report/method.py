"""How a forecast was worked out, in plain words: only what this case makes use of."""

from __future__ import annotations

from collections.abc import Iterator

from funnelsim.analysis.forecast import Forecast
from funnelsim.report.words import Words


def method_notes(forecast: Forecast, say: Words) -> list[str]:
    """Return a few sentences, in the order in which a future unfolds."""
    return list(_notes(forecast, say))


def _notes(forecast: Forecast, say: Words) -> Iterator[str]:
    case, shock = forecast.case, forecast.case.shock
    yield say("method_walk")
    if case.fitted is not None:
        yield say("method_fitted")
    if case.fitted is None and case.funnel.has_stays:
        yield say("method_age")
    if case.beliefs:
        yield say("method_beliefs")
    if shock.moves_chances or shock.stays is not None:
        yield say("method_shock")
    if case.sources or case.referral or case.loyalty:
        yield say("method_new")
    if case.payment is not None:
        yield say("method_payment")
    if case.capacity is not None:
        yield say("method_capacity")
    if forecast.trials is None:
        yield say("method_exact")
    else:
        yield say("method_simulate", trials=f"{forecast.trials:,}")
    yield say("method_chance")
    yield say("method_sums")
