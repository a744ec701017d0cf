"""What is said of each target in one sentence."""

from __future__ import annotations

from funnelsim.analysis.forecast import Forecast
from funnelsim.report.tables import targets_table
from funnelsim.report.words import Words


def gauges(forecast: Forecast, say: Words) -> list[str]:
    """Return a sentence for each target: its chance with the error, and the mean shortfall."""
    return [_gauge(row, say) for row in targets_table(forecast, say).rows]


def _gauge(row: tuple[str, ...], say: Words) -> str:
    target, by, chance, error, gap = row
    told = {"target": target, "by": by, "chance": chance, "gap": gap}
    return say("gauge_unseen", **told) if error == "–" else say("gauge", error=error, **told)
