"""What changed since an earlier run, in one or two sentences."""

from __future__ import annotations

from funnelsim.analysis.explain import Explanation
from funnelsim.report.explain import explain_line
from funnelsim.report.numbers import figure
from funnelsim.report.words import Words


def change_sentences(found: Explanation, say: Words, places: int) -> list[str]:
    """Return how likely moved, with its interval, which causes did most, and how that was worked out.

    Parameters
    ----------
    places : int
        Decimals that the error of the forecast supports.
    """
    fall = found.waterfall
    ends = {
        name: say("likely_between", **{key: figure(told[p], places) for key, p in _SHOWN.items()})
        for name, told in (("start", fall.start), ("end", fall.end))
    }
    days = {"first": found.old.as_of.isoformat(), "second": found.new.as_of.isoformat()}
    how = say("changes_exact") if found.trials is None else say("changes_simulated", trials=f"{found.trials:,}")
    return [say("changed", **days, **ends), f"{explain_line(found, say, places)} {how}"]


_SHOWN = {"likely": "p50", "low": "p10", "high": "p90"}
