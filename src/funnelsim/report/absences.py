"""What a report does not tell, and why, in one sentence."""

from __future__ import annotations

from funnelsim.analysis.briefing import PARTS, Briefing, Part
from funnelsim.report.clean import one_line
from funnelsim.report.track import track_lines
from funnelsim.report.words import Words

COMMANDS = {
    "levers": "funnelsim sensitivity",
    "layers": "funnelsim layers",
    "changes": "funnelsim explain",
    "comparison": "funnelsim compare",
}
_LONGEST = 200


def why_absent(told: Briefing, part: Part, say: Words) -> str:
    """Return why a part is not told; empty if it is."""
    absence = told.absent.get(part)
    if absence is None:
        return ""
    if absence.why == "too_large":
        return say("without_too_large", command=COMMANDS[part])
    if absence.why == "refused":
        return say("without_refused", why=one_line(absence.detail, _LONGEST))
    return say(f"without_{part}_{absence.why}")


def track_told(told: Briefing, say: Words) -> list[str]:
    """Return how earlier forecasts fared, or why that is not told."""
    return track_lines(told.track, say) or [why_absent(told, "track", say)]


def not_told(told: Briefing, say: Words) -> list[str]:
    """Return every part that is not told with its reason, but for the track record, which has a place of its own."""
    return [
        say("card", name=say(f"part_{part}"), hint=why_absent(told, part, say))
        for part in PARTS
        if part in told.absent and part != "track"
    ]
