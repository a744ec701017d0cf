"""What came of published forecasts, on a terminal: a row each, and the track record they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.published import TOTAL, Published, Verdict, n_open_at
from funnelsim.analysis.track import PastHits
from funnelsim.history.record import History, date_of
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import decimals, figure
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.track import track_lines
from funnelsim.report.words import Words

_NONE = "–"
_NAME = 32


def print_scores(
    verdicts: Sequence[Verdict],
    records: Sequence[PastHits],
    history: History,
    say: Words,
    console: Console | None = None,
) -> None:
    """Print a row for each statement, and the record of all that are in the log."""
    console = console or new_console()
    for part in _parts(verdicts, records, history, say, console.width):
        console.print(part)


def score_table(verdicts: Sequence[Verdict], say: Words) -> Table:
    """Return one row a statement."""
    columns = (
        Column(say("score_run"), is_number=False),
        Column(say("score_measure"), is_number=False),
        Column(say("dates"), is_number=False),
        Column(say("mean")),
        Column(say("score_interval")),
        Column(say("score_actual")),
        Column(say("score_verdict"), is_number=False),
        Column("CRPS"),
    )
    return Table(say("score_table"), columns, tuple(_row(verdict, say) for verdict in verdicts))


def _parts(
    verdicts: Sequence[Verdict], records: Sequence[PastHits], history: History, say: Words, width: int
) -> Iterator[RenderableType]:
    day = (date_of(history.as_of) - timedelta(days=1)).isoformat()
    yield Text(say("score_title", day=day), style="bold")
    yield grid(score_table(verdicts, say), width)
    for published in dict.fromkeys(verdict.published for verdict in verdicts):
        for note in _notes(published, history, say):
            yield Text(note)
    yield Text(say("score_track"))
    for line in track_lines(records, say) or [say("track_none") + say("track_end")]:
        yield Text(line)


def _row(verdict: Verdict, say: Words) -> tuple[str, ...]:
    stated = verdict.stated
    low, high = stated.quantiles["p10"], stated.quantiles["p90"]
    places = decimals(max(abs(high), abs(stated.mean)))
    whole = 0 if stated.measure.endswith("wins") else places
    label = say("total") if stated.label == TOTAL else one_line(stated.label, _NAME)
    last = (date_of(stated.end) - timedelta(days=1)).isoformat() if stated.end is not None else _NONE
    return (
        one_line(verdict.published.name, _NAME),
        say("score_of", measure=say(stated.measure), label=label),
        say("days_from_to", first=date_of(stated.start).isoformat(), last=last),
        figure(stated.mean, places),
        f"{figure(low, whole)} – {figure(high, whole)}",
        _NONE if verdict.actual is None else figure(verdict.actual, whole),
        _verdict(verdict, say),
        _NONE if verdict.crps is None else figure(verdict.crps, decimals(verdict.crps)),
    )


def _verdict(verdict: Verdict, say: Words) -> str:
    if verdict.status != "scored":
        return say(f"score_{verdict.status}")
    return say("score_held" if verdict.held("c80") else "score_missed")


def _notes(published: Published, history: History, say: Words) -> Iterator[str]:
    name = one_line(published.name, _NAME)
    if history.observed_from <= published.as_of <= history.as_of:
        n = n_open_at(history, published.as_of)
        if n != published.n_open:
            yield say("score_open_differs", run=name, stated=f"{published.n_open:,}", found=f"{n:,}")
    if published.timezone != history.timezone:
        yield say("score_zone_differs", run=name, stated=published.timezone, found=history.timezone)
