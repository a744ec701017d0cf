"""A backtest on the terminal: track records in sentences, then coverage, errors and skill in two tables."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.backtest import LEVELS, Backtest
from funnelsim.analysis.baselines import BASELINES
from funnelsim.fitting.windows import MEASURES
from funnelsim.history.record import date_of
from funnelsim.model.money import Money
from funnelsim.report.calls_terminal import rollup_table
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import decimals, figure, percent
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.track import track_lines
from funnelsim.report.words import Words

_NONE = "–"


def print_backtest(told: Backtest, say: Words, console: Console | None = None) -> None:
    """Print everything a reader needs to trust or distrust the forecasts."""
    console = console or new_console()
    for part in _parts(told, say, console.width):
        console.print(part)


def backtest_title(told: Backtest, say: Words) -> str:
    """Return whose backtest it is, and of which windows."""
    first, last = (date_of(told.origins[n].day).isoformat() for n in (0, -1))
    return say(
        "backtest_title", history=history_name(told), days=told.plan.n_days, n=len(told.origins), first=first, last=last
    )


def history_name(told: Backtest) -> str:
    """Return the name of the history, fit to be shown."""
    return one_line(str(told.provenance.get("history", "")), 60)


def coverage_table(told: Backtest, say: Words) -> Table:
    """Return one row a measure: how often intervals held, how near the forecast was."""
    columns = [Column(say("backtest_measure"), is_number=False)]
    for level in LEVELS.values():
        columns.append(Column(say("backtest_interval", level=round(100 * level)), say("backtest_held")))
    for name in ("actual", "crps", "bias"):
        columns.append(Column(say(f"backtest_{name}"), say(f"backtest_{name}_hint")))
    note = say("backtest_note", unit=unit_of(told), n=len(told.origins), independent=told.n_independent)
    return Table(
        say("backtest_table"), tuple(columns), tuple(_coverage_row(told, name, say) for name in MEASURES), note=note
    )


def skill_table(told: Backtest, say: Words) -> Table:
    """Return one row a measure, one column a baseline."""
    columns = (
        Column(say("backtest_measure"), is_number=False),
        *(Column(say(f"baseline_{name}")) for name in BASELINES),
    )
    rows = tuple(
        (say(measure), *(_signed(told.skill(measure, baseline)) for baseline in BASELINES)) for measure in MEASURES
    )
    return Table(say("backtest_skill"), columns, rows, note=say("backtest_skill_note"))


def unit_of(told: Backtest) -> str:
    """Return the unit of bookings."""
    return str(Money(str(told.provenance.get("currency", "")), str(told.provenance.get("unit", ""))))


def _parts(told: Backtest, say: Words, width: int) -> Iterator[RenderableType]:
    yield Text(backtest_title(told, say), style="bold")
    for line in track_lines((told.hits(measure) for measure in MEASURES), say):
        yield Text(line)
    yield Text("")
    yield grid(coverage_table(told, say), width)
    yield Text("")
    yield grid(skill_table(told, say), width)
    yield Text("")
    if told.rollups:
        yield grid(rollup_table(told.rollups, unit_of(told), say), width)
        yield Text("")
    made = told.provenance
    records = str(made.get("records_sha256", ""))[:12]
    yield Text(
        say("backtest_made", seed=told.plan.seed, samples=f"{told.plan.n_samples:,}", records=records), style="dim"
    )


def _coverage_row(told: Backtest, measure: str, say: Words) -> tuple[str, ...]:
    cells = [say(measure)]
    for interval in LEVELS:
        hits = told.hits(measure, interval)
        cells.append(f"{hits.hits}/{hits.windows} {percent(hits.share or 0.0, 0)}")
    happened = told.mean_actual(measure)
    cells.append(figure(happened, decimals(happened)))
    cells.append(f"{told.crps(measure) / happened:.3f}" if happened else _NONE)
    cells.append(_signed(told.bias(measure), 1))
    return tuple(cells)


def _signed(share: float | None, places: int = 0) -> str:
    return _NONE if share is None else f"{100 * share + 0.0:+.{places}f}%"
