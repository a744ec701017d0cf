"""What more evidence is worth, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.evidence import Narrowing, ValueOfEvidence, Worth
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import decimals, error_figure, figure, money, percent, place_of
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words

_NONE = "–"


def print_evidence(found: ValueOfEvidence, say: Words, console: Console | None = None) -> None:
    """Print which evidence would narrow the forecast, and by how much."""
    console = console or new_console()
    for part in _parts(found, say, console.width):
        console.print(part)


def value_title(found: ValueOfEvidence, say: Words) -> str:
    """Return the title of the pages on evidence."""
    return say("value_title", case=one_line(found.case.name), day=found.case.as_of.isoformat())


def value_line(found: ValueOfEvidence, say: Words) -> str:
    """Return the width, and where closed deals would narrow it most."""
    places, best = decimals(found.high, found.width_error), found.best
    told = {
        "low": figure(found.low, places),
        "high": money(figure(found.high, places), found.case.money),
        "width": figure(found.width, places),
        "n": found.n_deals,
    }
    if best is None or best.deals is None:
        return say("value_none", **told)
    by, share = narrowing_cells(best.deals, found.width)
    line = say("value_line", **told, stage=one_line(best.stage, 40), by=by, share=share)
    rivals = [one_line(w.stage, 40) for w in found.rivals]
    return line + (say("value_rivals", stages=say.listed(rivals)) if rivals else "")


def narrowing_cells(found: Narrowing | None, width: float) -> tuple[str, str]:
    """Return by how much, with its error, and that as a share of the width."""
    if found is None:
        return _NONE, _NONE
    places = min(place_of(found.error), 2) if found.error > 0 else 2
    return f"{figure(found.by, places)} ± {error_figure(found.error)}", percent(found.by / width if width else 0.0)


def figure_name(worth: Worth, say: Words) -> str:
    """Return what a believed figure is called."""
    return one_line(worth.stage or worth.figure, 40)


def value_table(found: ValueOfEvidence, say: Words) -> Table:
    """Return a row a believed figure."""
    columns = (
        Column(say("figure_known"), is_number=False),
        Column(say("with_deals", n=found.n_deals), say("narrower")),
        Column(say("of_the_width")),
        Column(say("if_certain"), say("narrower")),
        Column(say("of_the_width")),
    )
    rows = tuple(
        (figure_name(w, say), *narrowing_cells(w.deals, found.width), *narrowing_cells(w.certain, found.width))
        for w in found.worths
    )
    return Table(say("value_table", unit=found.case.money), columns, rows, note=say("value_note"))


def _parts(found: ValueOfEvidence, say: Words, width: int) -> Iterator[RenderableType]:
    yield Text(value_title(found, say), style="bold")
    yield Text(value_line(found, say))
    yield Text("")
    yield grid(value_table(found, say), width)
    yield Text("")
    yield Text(f"{say('trials')} {found.trials:,} · {say('seed')} {found.seed}", style="dim")
