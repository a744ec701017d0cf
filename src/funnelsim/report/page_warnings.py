"""What a reader must know before the figures: what history bears, which deals are stale, what cannot be verified."""

from __future__ import annotations

from funnelsim.analysis.briefing import Briefing
from funnelsim.report.notes import grave_notes
from funnelsim.report.sentences import stale_sentence
from funnelsim.report.track import track_lines
from funnelsim.report.words import Words


def warnings(told: Briefing, say: Words) -> list[str]:
    """Return what stands above the headline's figures, the gravest first; what the rates rest on is always told."""
    forecast, fitted = told.forecast, told.case.fitted
    basis = say("basis_stated") if fitted is None else say("basis_fitted", day=fitted.as_of.isoformat())
    unproved = [hits for hits in told.track if not hits.is_verifiable]
    found = [*grave_notes(forecast, say), basis, *track_lines(unproved, say), stale_sentence(forecast, say)]
    return [one for one in found if one]
