"""The review of deals on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.deal_review import DealReview
from funnelsim.analysis.forecast import DealForecast
from funnelsim.analysis.reliability import Reliability
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import chance, figure, percent, plain, rate
from funnelsim.report.pipeline_tables import stalled_line, table_of_stalled
from funnelsim.report.refusals import refusal
from funnelsim.report.sentences import error_sentence, provenance_line, stale_sentence
from funnelsim.report.tables import Column, Table, deals_table, target_in_words
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words


def print_deals(told: DealReview, say: Words, most: int, console: Console | None = None) -> None:
    """Print every deal, those that make or break the target, those that stalled, and past chances."""
    console = console or new_console()
    for part in _parts(told, say, most, console.width):
        console.print(part)


def make_or_break_table(told: DealReview, say: Words, most: int, *, more: str = "deals_more") -> Table:
    """Return the deals on which the first target hangs, with its chance if each is won, and if it is not.

    `more` is the phrase that tells how many are not shown.
    """
    first = told.forecast.targets[0]
    title = say("make_or_break", target=target_in_words(told.forecast, first, say), chance=percent(first.chance))
    figures = ("amount", "chance_in_window", "if_won", "if_not", "swing")
    columns = (*(Column(say(name), is_number=False) for name in ("deal", "stage")), *(Column(say(f)) for f in figures))
    rows = tuple(_make_or_break_cells(deal, told.forecast.trials) for deal in told.make_or_break[:most])
    n_more = len(told.make_or_break) - len(rows)
    rest = [say(more, n=n_more)] if n_more else []
    return Table(title, columns, rows, note=" ".join([say("make_or_break_note", share=rate(told.at_least)), *rest]))


def reliability_table(told: Reliability, say: Words) -> Table:
    """Return past chances in bins, against what came true."""
    bins = told.bins
    title = say("reliability_title", n=f"{len(told.chance):,}", origins=len(told.days), days=told.n_days)
    names = ("reliability_said", "deals_n", "reliability_won", "reliability_true", "reliability_interval")
    rows = tuple(
        (percent(b.said), f"{b.n:,}", f"{b.won:,}", percent(b.came_true), f"{percent(b.low)} – {percent(b.high)}")
        for b in bins
    )
    note = say(
        "reliability_note", held=sum(b.holds for b in bins), all=len(bins), brier=figure(told.brier, 2)
        if told.brier > 0.1 else f"{told.brier:.4f}", base=f"{told.brier_of_base_rate:.4f}",
    )  # fmt: skip
    return Table(title, tuple(Column(say(name)) for name in names), rows, note=note)


def _parts(told: DealReview, say: Words, most: int, width: int) -> Iterator[RenderableType]:
    case = told.case
    yield Text(say("deals_title", case=one_line(case.name), day=case.as_of.isoformat()), style="bold")
    yield Text("")
    yield grid(deals_table(told.forecast, say, most, more="deals_more"), width)
    if told.forecast.targets:
        yield Text("")
        yield from _make_or_break(told, say, most, width)
    yield Text("")
    if told.stalled:
        yield grid(table_of_stalled(told.stalled, case, say, most), width)
    yield Text(stalled_line(told.stalled, case, len(told.forecast.deals), told.stalled_below, say))
    if told.reliability is not None:
        yield Text("")
        yield grid(reliability_table(told.reliability, say), width)
    yield Text("")
    if stale := stale_sentence(told.forecast, say):
        yield Text(stale)
    if told.refused:
        yield Text(say("engine_refused", reason=refusal(told.refused, say)))
    yield Text(error_sentence(told.forecast, say), style="dim")
    yield Text(provenance_line(told.forecast, say), style="dim")


def _make_or_break(told: DealReview, say: Words, most: int, width: int) -> Iterator[RenderableType]:
    if told.make_or_break:
        yield grid(make_or_break_table(told, say, most), width)
        return
    first = told.forecast.targets[0]
    yield Text(
        say("make_or_break_none", target=target_in_words(told.forecast, first, say), chance=percent(first.chance),
            share=rate(told.at_least))
    )  # fmt: skip


def _make_or_break_cells(deal: DealForecast, trials: int | None) -> tuple[str, ...]:
    swing = f"{100 * (deal.swing or 0.0) + 0.0:+.1f}"
    forced = [percent(deal.if_won or 0.0), percent(deal.if_not or 0.0)]
    won = chance(deal.win_probability, 0.0, trials)
    return one_line(deal.id, 40), one_line(deal.stage, 40), plain(deal.amount), won, *forced, swing
