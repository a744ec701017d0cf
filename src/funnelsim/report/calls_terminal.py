"""Calls on deals on a terminal: their record, their scores beside the fit, roll-ups, and the deals open now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.calls import CallReport, Group, OpenCall, Voice
from funnelsim.analysis.published import CalledBeside
from funnelsim.analysis.rollups import RollUp
from funnelsim.fitting.calls import FEWEST_CASES, SUREST
from funnelsim.history.record import date_of
from funnelsim.model.money import Money
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import decimals, error_figure, figure, percent, plain
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words

_NONE = "–"
_NAME = 32


def print_calls(told: CallReport, history: str, most: int, say: Words, console: Console | None = None) -> None:
    """Print everything, with the `most` largest open deals."""
    console = console or new_console()
    for part in _parts(told, history, most, say, console.width):
        console.print(part)


def print_beside(calls: Sequence[CalledBeside], unit: Money, say: Words, console: Console | None = None) -> None:
    """Print the calls that stood on the days of published forecasts."""
    console = console or new_console()
    console.print(Text(""))
    console.print(grid(beside_table(calls, unit, say), console.width))


def rollup_table(rollups: Sequence[RollUp], unit: object, say: Words) -> Table:
    """Return one row for each category of each voice."""
    names = ("windows", "said", "came", "bias", "miss", "fitted_bias", "fitted_miss")
    columns = (Column(say("rollup_category"), is_number=False), *(Column(say(f"rollup_{name}")) for name in names))
    rows = tuple(_rollup_row(one, say) for one in rollups)
    return Table(say("rollup_table", unit=unit), columns, rows, note=say("rollup_note"))


def beside_table(calls: Sequence[CalledBeside], unit: Money, say: Words) -> Table:
    """Return one row for each category on the day of each forecast."""
    texts, numbers = ("run", "category"), ("said", "mean", "came")
    columns = (
        *(Column(say(f"beside_{name}"), is_number=False) for name in texts),
        *(Column(say(f"beside_{name}")) for name in numbers),
    )
    rows = tuple(
        (
            one_line(one.run, _NAME),
            _of(one.voice, one.category, say),
            *(figure(x, decimals(max(one.said, one.actual))) for x in (one.said, one.mean, one.actual)),
        )
        for one in calls
    )
    return Table(say("beside_table", unit=unit), columns, rows)


def _parts(told: CallReport, history: str, most: int, say: Words, width: int) -> Iterator[RenderableType]:
    day, n = date_of(told.as_of).isoformat(), len(told.days)
    yield Text(say("calls_title", history=one_line(history), day=day, n=n, days=told.n_days), style="bold")
    if not told.days:
        yield Text(say("calls_no_windows"))
    for voice in told.voices if told.days else ():
        yield from _voice_parts(voice, say, width)
    if told.rollups:
        yield Text("")
        yield grid(rollup_table(told.rollups, Money(told.currency, told.unit), say), width)
    if told.open_deals and most:
        yield Text("")
        yield grid(_open_table(told, most, say), width)
    yield Text("")
    yield Text(say("calls_made", seed=told.seed, surest=percent(SUREST, 0)), style="dim")


def _voice_parts(voice: Voice, say: Words, width: int) -> Iterator[RenderableType]:
    if voice.groups:
        yield Text("")
        yield grid(_group_table(voice, say), width)
    if voice.scores:
        yield Text("")
        yield grid(_score_table(voice, say), width)
    yield Text(_verdict(voice, say))


def _group_table(voice: Voice, say: Words) -> Table:
    has_said = any(group.said is not None for group in voice.groups)
    columns = [Column(say("calls_call"), is_number=False), Column(say("calls_cases"), say("calls_cases_hint"))]
    columns += [Column(say("calls_won")), Column(say("calls_share"), say("calls_share_hint"))]
    columns += [Column(say("calls_said"))] * has_said
    columns += [Column(say(f"calls_{name}"), say(f"calls_{name}_hint")) for name in ("fitted", "since")]
    rows = tuple(_group_row(group, has_said) for group in voice.groups)
    title = say("calls_of", voice=one_line(voice.name, _NAME))
    return Table(title, tuple(columns), rows, note=say("calls_note", n=FEWEST_CASES))


def _group_row(group: Group, has_said: bool) -> tuple[str, ...]:
    said = [_NONE if group.said is None else percent(group.said, 0)] * has_said
    interval = f"{percent(group.share, 0)} ({percent(group.low, 0)} – {percent(group.high, 0)})"
    return (
        one_line(group.name, _NAME) + "*" * group.is_thin,
        f"{group.n:,}",
        f"{group.n_won:,}",
        interval,
        *said,
        percent(group.fitted, 0),
        f"{group.won_since:,} / {group.lost_since:,} / {group.open_since:,}",
    )


def _score_table(voice: Voice, say: Words) -> Table:
    columns = (
        Column(say("calls_chance"), is_number=False),
        Column(say("calls_log"), say("calls_log_hint")),
        Column(say("calls_brier"), say("calls_brier_hint")),
    )
    rows = tuple((say(f"calls_by_{name}"), figure(s.log, 3), figure(s.brier, 3)) for name, s in voice.scores.items())
    title = say("calls_scores", voice=one_line(voice.name, _NAME), n=f"{voice.worth.n_judged:,}")
    return Table(title, columns, rows, note=say("calls_scores_note"))


def _verdict(voice: Voice, say: Words) -> str:
    worth, name = voice.worth, one_line(voice.name, _NAME)
    if not worth.n_judged:
        return say("calls_too_few", voice=name)
    gain, error = worth.gain
    return say(
        "calls_earned" if worth.is_earned else "calls_not_earned",
        voice=name,
        weight=figure(worth.weight, 2),
        error=error_figure(worth.weight_se),
        gain=f"{gain + 0.0:+.4f}",
        gain_error=f"{error:.4f}",
    )


def _rollup_row(one: RollUp, say: Words) -> tuple[str, ...]:
    said, came = (sum(values) / len(values) for values in (one.said, one.actual))
    places = decimals(max(said, came))
    return (
        _of(one.voice, one.category, say),
        f"{len(one.said):,}",
        figure(said, places),
        figure(came, places),
        _signed(one.bias),
        figure(one.miss, places),
        _signed(one.fitted_bias),
        _NONE if one.fitted_miss is None else figure(one.fitted_miss, places),
    )


def _open_table(told: CallReport, most: int, say: Words) -> Table:
    pooled = "calls_pooled_hint" if told.pooled_by else "calls_none_pooled_hint"
    columns = [Column(say(name), is_number=name == "amount") for name in ("deal", "stage", "amount")]
    columns += [Column(one_line(voice.name, _NAME)) for voice in told.voices]
    columns += [Column(say("calls_fitted"), say("calls_within", days=told.n_days))]
    columns += [Column(say("calls_pooled"), say(pooled, voice=one_line(told.pooled_by, _NAME)))]
    rows = tuple(_open_row(deal, told) for deal in told.open_deals[:most])
    n_more = len(told.open_deals) - most
    return Table(say("calls_open"), tuple(columns), rows, note=say("more_deals", n=n_more) if n_more > 0 else "")


def _open_row(deal: OpenCall, told: CallReport) -> tuple[str, ...]:
    said = [deal.said.get(voice.name) for voice in told.voices]
    return (
        one_line(deal.id, _NAME),
        one_line(deal.stage, _NAME),
        plain(deal.amount),
        *(_NONE if one is None else one_line(one, _NAME) if isinstance(one, str) else percent(one, 0) for one in said),
        percent(deal.fitted, 0),
        percent(deal.pooled, 0),
    )


def _of(voice: str, category: str, say: Words) -> str:
    return say("rollup_of", voice=one_line(voice, _NAME), category=one_line(category, _NAME))


def _signed(share: float | None) -> str:
    return _NONE if share is None else f"{100 * share + 0.0:+.0f}%"
