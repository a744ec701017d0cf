"""`funnelsim replay`: one path of one deal in one trial, event by event."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from funnelsim.cli.options import config_argument, scenario_option, seed_option, set_option
from funnelsim.errors import InputError

if TYPE_CHECKING:
    from funnelsim.engine.replay import Event
    from funnelsim.model.case import Case


@click.command()
@config_argument
@click.option("--trial", type=click.IntRange(min=0), required=True, help="Number of the trial, from 0.")
@click.option("--deal", required=True, metavar="ID", help="Id of the deal.")
@seed_option
@set_option
@scenario_option
def replay(
    config: Path, trial: int, deal: str, seed: int | None, overrides: tuple[str, ...], scenario: str | None
) -> None:
    """Show what happened to one deal in one trial of CONFIG, the same as in the run with that seed."""
    from funnelsim.config import load
    from funnelsim.engine.replay import replay as walk_again

    case = load(config, overrides, scenario)
    chosen = case.seed if seed is None else seed
    if chosen is None:
        raise InputError.of("the config states none; give --seed with the seed that the run printed", "seed")
    _show(walk_again(case, seed=chosen, trial=trial, deal=deal), case, f"{deal}, trial {trial}, seed {chosen}")


def _show(events: tuple[Event, ...], case: Case, title: str) -> None:
    from funnelsim.report.clean import one_line
    from funnelsim.report.numbers import plain
    from funnelsim.report.tables import Column, Table
    from funnelsim.report.terminal import grid, new_console

    names = ("day", "date", "stage", "exit", f"amount, {case.money}")
    rows = tuple(
        (
            "" if event.date is None else f"{event.day:.2f}",
            "no date" if event.date is None else event.date.isoformat(),
            one_line(event.stage),
            one_line(event.exit),
            "" if event.amount is None else plain(event.amount),
        )
        for event in events
    )
    columns = tuple(Column(name, is_number=name.startswith(("day", "amount"))) for name in names)
    console = new_console()
    console.print(grid(Table(one_line(title), columns, rows), console.width))
