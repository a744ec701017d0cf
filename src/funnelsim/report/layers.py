"""Layers of chance on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.layers import Layers, LayerShare
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import decimals, figure, money, percent, points
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words


def print_layers(found: Layers, say: Words, console: Console | None = None) -> None:
    """Print the split of the variance."""
    console = console or new_console()
    for part in _parts(found, say, console.width):
        console.print(part)


def layers_title(found: Layers, say: Words) -> str:
    """Return the title of the split's pages."""
    return say("layers_title", case=one_line(found.case.name), day=found.case.as_of.isoformat())


def layers_line(found: Layers, say: Words) -> str:
    """Return mean, spread, and the layer that brings most of it."""
    largest = max(found.shares, key=lambda one: one.variance)
    places = decimals(found.mean, found.sd / sqrt(found.trials))
    return say(
        "layers_line",
        mean=money(figure(found.mean, places), found.case.money),
        sd=money(figure(found.sd, places), found.case.money),
        layer=say(f"layer_{largest.layer}"),
        share=percent(share_of(largest, found), 0),
    )


def layers_note(found: Layers, say: Words) -> str:
    """Return how the split was made."""
    if found.is_fair:
        return say("layers_fair")
    arrow = " → ".join(say(f"layer_{one.layer}") for one in found.shares)
    return say("layers_ordered", order=arrow)


def share_of(one: LayerShare, found: Layers) -> float:
    """Return the share of the variance that a layer brings."""
    return one.variance / found.variance if found.variance else 0.0


def layers_table(found: Layers, say: Words) -> Table:
    """Return a row a layer, and the total."""
    places = decimals(found.sd)
    columns = (
        Column(say("layer"), is_number=False),
        Column(say("share_of_variance")),
        Column(say("share_error")),
        Column(say("sd_alone", unit=found.case.money)),
    )
    rows = tuple(
        (
            say(f"layer_{one.layer}"),
            percent(share_of(one, found)),
            points(one.error / found.variance if found.variance else 0.0),
            figure(sqrt(max(one.variance, 0.0)), places),
        )
        for one in found.shares
    )
    total = (say("total"), percent(1.0 if found.variance else 0.0), "", figure(found.sd, places))
    return Table(say("layers_table"), columns, (*rows, total), has_total=True, note=layers_note(found, say))


def _parts(found: Layers, say: Words, width: int) -> Iterator[RenderableType]:
    yield Text(layers_title(found, say), style="bold")
    yield Text(layers_line(found, say))
    yield Text("")
    yield grid(layers_table(found, say), width)
    yield Text("")
    runs = say("layers_runs", runs=found.n_runs, trials=f"{found.trials:,}")
    yield Text(f"{runs} · {say('seed')} {found.seed}", style="dim")
