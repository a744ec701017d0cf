"""The parts of a briefing that stand around its forecast, as sentences and tables: what a sheet or a slide tells."""

from __future__ import annotations

from collections.abc import Iterator

from funnelsim.analysis.briefing import Briefing
from funnelsim.report.changes import change_sentences
from funnelsim.report.compare import assumptions_table, compare_headline, differences_table
from funnelsim.report.explain import explain_table
from funnelsim.report.layers import layers_line, layers_table
from funnelsim.report.levers import lever_sentences, levers_table
from funnelsim.report.numbers import places_of
from funnelsim.report.tables import Table
from funnelsim.report.words import Words

Answer = tuple[str, list[str], list[Table]]


def answers(told: Briefing, say: Words) -> Iterator[Answer]:
    """Yield name, sentences and tables of each part that is told: levers, changes, comparison, layers."""
    if told.levers is not None:
        yield "levers", lever_sentences(told.levers, say), [levers_table(told.levers, say)]
    if told.changes is not None:
        yield "changes", changed(told, say), [explain_table(told.changes, say)]
    if told.comparison is not None:
        tables = [assumptions_table(told.comparison, say), differences_table(told.comparison, say)]
        yield "comparison", [compare_headline(told.comparison, say)], tables
    if told.layers is not None:
        yield "layers", [layers_line(told.layers, say)], [layers_table(told.layers, say)]


def changed(told: Briefing, say: Words) -> list[str]:
    """Return what changed, in sentences rounded as the forecast is; none where nothing is told."""
    if told.changes is None:
        return []
    return change_sentences(told.changes, say, places_of(told.forecast.bookings.total))
