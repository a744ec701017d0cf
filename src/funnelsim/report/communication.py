"""A chain of communication on a terminal: one sentence, what is left after each hop, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.communication import Arrival, Change, Communicated
from funnelsim.model.communication import Hop
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import decimals, figure, percent, plain, rate
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words

_NAME = 40
_SMALLEST = 0.0005
_HOUR, _DAY = 1 / 24, 1.0


def print_communication(told: Communicated, say: Words, console: Console | None = None) -> None:
    """Print what arrives, in the order of reading."""
    console = console or new_console()
    for part in _parts(told, say, console.width):
        console.print(part)


def chain_title(told: Communicated, say: Words) -> str:
    """Return the title of tables and picture."""
    return say("chain_title", case=one_line(told.briefing.name))


def chain_headline(told: Communicated, say: Words) -> str:
    """Return the whole chain in a few sentences."""
    last, chain = told.arrivals[-1], told.briefing.communication
    items, n = last.items, len(chain.message.items)
    sentence = say(
        "chain_headline",
        n=f"{n:,}",
        mean=figure(items.mean, decimals(items.mean)),
        reaches=share(last.reaches),
        commit=figure(items.quantiles["p10"]),
        likely=figure(items.quantiles["p50"]),
        stretch=figure(items.quantiles["p90"]),
    )
    if chain.message.has_critical:
        sentence += say("chain_critical", chance=share(last.critical))
    if _has_limit(told):
        limit = duration(chain.time_limit_days, say)
        sentence += say("chain_in_time", limit=limit, chance=share(_as_stated(told).in_time))
    if told.best.gain > 0:
        best = told.best
        sentence += say("chain_best", change=change_in_words(best, say), gain=f"{100 * best.gain:+.1f}")
    return sentence


def arrivals_table(told: Communicated, say: Words) -> Table:
    """Return what is left after each hop."""
    message = told.briefing.communication.message
    n, weighs = len(message.items), _weighs(told)
    columns = [Column(say("hop"), is_number=False), Column(say("hop_keeps"))]
    columns += [Column(say("reaches"), say("reaches_today"))] * told.has_remedies
    columns += [Column(say("reaches"), say("reaches_mended") if told.has_remedies else "")]
    columns += [Column(say(name), say(f"{name}_hint")) for name in ("commit", "likely", "stretch")]
    columns += [Column(say("mean")), Column(say("all_items", n=f"{n:,}"))]
    columns += [Column(say("critical_items"))] * message.has_critical + [Column(say("worth"))] * weighs
    rows = tuple(
        (
            say("intended") if arrival.hop is None else hop_title(arrival.hop),
            "" if arrival.hop is None else share(arrival.keeps),
            *([share(today.reaches)] * told.has_remedies),
            share(arrival.reaches),
            *(figure(arrival.items.quantiles[name]) for name in ("p10", "p50", "p90")),
            figure(arrival.items.mean, decimals(arrival.items.mean)),
            share(arrival.whole),
            *([share(arrival.critical)] * message.has_critical),
            *([share(arrival.worth.mean)] * weighs),
        )
        for arrival, today in zip(told.arrivals, told.as_told, strict=True)
    )
    note = say("worth_note") if weighs else ""
    return Table(say("chain_table", n=f"{n:,}"), tuple(columns), rows, note=note)


def changes_table(told: Communicated, say: Words) -> Table:
    """Return what each remedy, and each hop passed by, would bring."""
    has_critical, has_limit = told.briefing.communication.message.has_critical, _has_limit(told)
    has_time = any(change.days > 0 for change in told.changes)
    columns = [Column(say("change"), is_number=False), Column(say("arrives_in_time" if has_limit else "arrives"))]
    columns += [
        Column(say("chain_gain")),
        Column(say("all_items", n=f"{len(told.briefing.communication.message.items):,}")),
    ]
    columns += [Column(say("critical_items"))] * has_critical
    columns += [Column(say("in_time"))] * has_limit + [Column(say("takes"))] * has_time
    rows = tuple(
        (
            change_in_words(change, say),
            share(change.arrives),
            "" if change.kind == "as_told" else f"{100 * change.gain + 0.0:+.1f}",
            share(change.whole),
            *([share(change.critical)] * has_critical),
            *([share(change.in_time)] * has_limit),
            *([duration(change.days, say)] * has_time),
        )
        for change in told.changes
    )
    return Table(say("chain_changes"), tuple(columns), rows)


def change_in_words(change: Change, say: Words) -> str:
    """Return what a change does."""
    if change.hop is None:
        return say(change.kind)
    if change.kind == "removed":
        return say("hop_removed", hop=hop_title(change.hop))
    remedy = change.hop.remedy
    amount = rate(remedy.adds) if change.part == "adds" else str(remedy.repeat_backs)
    return say("remedy_at", hop=hop_title(change.hop), part=say(f"remedy_{change.part}", x=amount))


def hop_title(hop: Hop) -> str:
    """Return the name of a hop with its label, made harmless."""
    return one_line(hop.title, _NAME)


def share(x: float) -> str:
    """Return a share in per cent, never a 0 or a 1 that is none.

    Examples
    --------
    >>> share(0.2), share(1e-9), share(1.0)
    ('20.0%', '<0.1%', '100.0%')
    """
    if 0 < x < _SMALLEST:
        return "<0.1%"
    return ">99.9%" if 1 - _SMALLEST < x < 1 - 1e-12 else percent(x)


def duration(days: float, say: Words) -> str:
    """Return a time in minutes, hours or days, whichever it is told in."""
    if days < _HOUR:
        return say("minutes", x=plain(round(days / _HOUR * 60, 1)))
    return say("hours", x=plain(round(24 * days, 1))) if days < _DAY else say("short_days", x=plain(round(days, 1)))


def _parts(told: Communicated, say: Words, width: int) -> Iterator[RenderableType]:
    yield Text(chain_title(told, say), style="bold")
    yield Text(chain_headline(told, say))
    for table in (arrivals_table(told, say), changes_table(told, say)):
        yield Text("")
        yield grid(table, width)
    yield Text("")
    for note in told.briefing.notes:
        yield Text(say("note_line", note=one_line(note)))
    yield Text(errors_sentence(told, say), style="dim")


def errors_sentence(told: Communicated, say: Words) -> str:
    """Return what is known of the numerical errors."""
    errors = [arrival.error for arrival in (*told.arrivals, *told.as_told)]
    errors += [change.in_time_error for change in told.changes]
    return say("chain_errors", error=f"{max(*errors, 1e-9):.1g}")


def _as_stated(told: Communicated) -> Change:
    """Return the end of the chain with all its remedies."""
    every = [change for change in told.changes if change.kind == "all_remedies"]
    single = [change for change in told.changes if change.kind == "remedy"]
    return [*told.changes[:1], *single, *every][-1]


def _has_limit(told: Communicated) -> bool:
    return told.briefing.communication.time_limit_days < float("inf")


def _weighs(told: Communicated) -> bool:
    """Return whether items differ, so that worth is not simply the share of items."""
    message = told.briefing.communication.message
    return message.has_critical or len({item.weight for item in message.items}) > 1


def reach_of(arrival: Arrival, n: int) -> tuple[float, float]:
    """Return P10 and P90 of the share of `n` items left."""
    return arrival.items.quantiles["p10"] / n, arrival.items.quantiles["p90"] / n
