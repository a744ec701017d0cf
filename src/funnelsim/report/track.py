"""The sentence every forecast from history prints: how well its maker has done before."""

from __future__ import annotations

from collections.abc import Iterable

from funnelsim.analysis.track import FEWEST_INDEPENDENT, PastHits
from funnelsim.report.words import Words


def track_sentence(hits: PastHits, say: Words) -> str:
    """Return how often the interval held, and whether that can verify anything.

    Examples
    --------
    >>> track_sentence(PastHits("open_wins", 0.8, 46, 57, 14), Words("en"))
    'in 57 past windows its 80 % interval held 46 times (14 independent)'
    """
    if not hits.windows:
        return say("track_none")
    told = say(
        "track",
        windows=hits.windows,
        noun=say(f"window_{_number(hits.windows)}"),
        level=round(100 * hits.level),
        times=say(f"times_{_number(hits.hits)}", n=hits.hits),
        independent=hits.independent_windows,
    )
    return told if hits.is_verifiable else told + say("unverifiable", n=FEWEST_INDEPENDENT)


def track_lines(records: Iterable[PastHits], say: Words) -> list[str]:
    """Return a line for each measure."""
    return [
        say("track_of", measure=say(hits.measure), told=track_sentence(hits, say)) + say("track_end")
        for hits in records
    ]


def _number(n: int) -> str:
    return "one" if n == 1 else "many"
