"""The pipeline review on a terminal: sentences, then tables; plain text when piped."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.pipeline import PipelineReview
from funnelsim.report.clean import one_line
from funnelsim.report.notes import notes
from funnelsim.report.numbers import figure, mean_places, money, plain
from funnelsim.report.pipeline_tables import (
    bottleneck_sentence,
    bottleneck_table,
    days,
    fresh_table,
    plan_table,
    practice_table,
    stalled_sentence,
    stalled_table,
    standings_table,
)
from funnelsim.report.refusals import refusal
from funnelsim.report.sentences import error_sentence, provenance_line, stale_sentence
from funnelsim.report.tables import last_day
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words

_N_STALLED = 20


def print_review(review: PipelineReview, say: Words, console: Console | None = None) -> None:
    """Print everything of a review, in the order of reading."""
    console = console or new_console()
    for part in _parts(review, say, console.width):
        console.print(part)


def review_title(review: PipelineReview, say: Words) -> str:
    """Return the title of a review's pages."""
    return say("pipeline_title", case=one_line(review.case.name), day=review.case.as_of.isoformat())


def review_line(review: PipelineReview, say: Words) -> str:
    """Return the pipeline in one sentence: open, weighted, and expected within the horizon."""
    case, total = review.case, review.forecast.bookings.total
    window = say("window_end") if case.end is None else say("window_by", day=last_day(case.end))
    return say(
        "pipeline_line",
        n=f"{sum(s.open_deals for s in review.stages):,}",
        amount=money(plain(sum(s.open_amount for s in review.stages)), case.money),
        weighted=money(plain(sum(s.weighted for s in review.stages)), case.money),
        mean=money(figure(total.mean, mean_places(total)), case.money),
        window=window,
    )


def _parts(review: PipelineReview, say: Words, width: int) -> Iterator[RenderableType]:
    yield Text(review_title(review, say), style="bold")
    yield Text(review_line(review, say))
    if review.cycle_days is not None:
        yield Text(say("cycle_line", days=days(review.cycle_days)))
    yield Text("")
    yield grid(standings_table(review, say), width)
    practice = practice_table(review.case.funnel.stages, say)
    if practice is not None:
        yield Text("")
        yield grid(practice, width)
    if review.plan:
        yield Text("")
        yield grid(plan_table(review, say), width)
        yield Text("")
        yield grid(fresh_table(review, say), width)
    yield Text("")
    yield grid(bottleneck_table(review, say), width)
    yield Text(bottleneck_sentence(review, say))
    yield Text("")
    if review.stalled:
        yield grid(stalled_table(review, say, _N_STALLED), width)
    yield Text(stalled_sentence(review, say))
    yield Text("")
    yield from (Text(line) for line in _closing(review, say))
    yield Text(error_sentence(review.forecast, say), style="dim")
    yield Text(provenance_line(review.forecast, say), style="dim")


def _closing(review: PipelineReview, say: Words) -> Iterator[str]:
    stale = stale_sentence(review.forecast, say)
    if stale:
        yield stale
    if review.refused:
        yield say("engine_refused", reason=refusal(review.refused, say))
    for note in notes(review.forecast, say):
        yield say("note_line", note=note)
