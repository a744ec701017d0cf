"""Waterfalls as tables, and what their lines are called."""

from __future__ import annotations

from typing import Any

from funnelsim.analysis.waterfall import FIGURES, Waterfall
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import decimals, error_figure, figure
from funnelsim.report.tables import Column, Table
from funnelsim.report.words import Words


def name_of_input(input_: Any, say: Words) -> str:
    """Return what an input (`funnelsim.analysis.differing.Input`) is called."""
    return say(f"input_{input_.kind}", name=one_line(input_.name, 40)) if input_.name else say(f"input_{input_.kind}")


def waterfall_table(fall: Waterfall, title: str, ends: tuple[str, str], names: dict[Any, str], say: Words) -> Table:
    """Return a row for the start, one a step, and one for the end; figures are mean, commit, likely and stretch."""
    places = decimals(max(abs(x) for x in (*fall.start.values(), *fall.end.values())))
    columns = (
        Column(say("cause"), is_number=False),
        Column(say("mean")),
        *(Column(say(name), say(f"{name}_hint")) for name in ("commit", "likely", "stretch")),
    )
    steps = tuple((names[s.cause], *(signed(s.adds[f], places) for f in FIGURES)) for s in fall.steps)
    rows = ((ends[0], *_whole(fall.start, places)), *steps, (ends[1], *_whole(fall.end, places)))
    return Table(title, columns, rows, has_total=True, note=basis_note(fall, say))


def basis_note(fall: Waterfall, say: Words) -> str:
    """Return how the steps were divided, and what computed them."""
    name = {"all orders": "orders_all", "sampled orders": "orders_sampled", "one order": "orders_one"}[fall.basis]
    worst = max((error for step in fall.steps for error in step.error.values()), default=0.0)
    told = say(name, n=fall.n_orders, error=error_figure(worst)) if fall.n_orders else say(name)
    how = "fall_exact" if fall.engine == "exact" else "fall_simulated"
    return told + say(how, n=fall.n_cases)


def signed(value: float, places: int) -> str:
    """Return a figure with its sign; what rounds to nothing has none.

    Examples
    --------
    >>> signed(12.34, 1), signed(-5.0, 0), signed(0.001, 1)
    ('+12.3', '-5', '0.0')
    """
    text = figure(value, places)
    return f"+{text}" if value > 0 and any(c in "123456789" for c in text) else text


def _whole(figures: dict[str, float], places: int) -> tuple[str, ...]:
    return tuple(figure(figures[name], places) for name in FIGURES)
