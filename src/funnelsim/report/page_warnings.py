"""What a reader must know before the figures: what history bears, which deals are stale, what cannot be verified."""

from __future__ import annotations

from collections.abc import Sequence

from funnelsim.analysis.forecast import Forecast
from funnelsim.report.notes import grave_notes
from funnelsim.report.sentences import stale_sentence
from funnelsim.report.words import Words


def warnings(forecast: Forecast, track: Sequence[str], say: Words) -> list[str]:
    """Return what stands above the headline's figures, the gravest first; the first sentence is never left out."""
    fitted = forecast.case.fitted
    basis = say("basis_stated") if fitted is None else say("basis_fitted", day=fitted.as_of.isoformat())
    told = [*grave_notes(forecast, say), basis, stale_sentence(forecast, say)]
    return [one for one in told if one]
