"""`funnelsim opinions` and `funnelsim roles`: what people say of deals, and where buyers stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import config_argument, scenario_option, seed_option, set_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.report.tables import Table

Engine = Literal["simulate", "exact"]
_trials = click.option("--trials", type=click.IntRange(1, 10**9), help="Simulated futures; default: the config's.")
_engine = click.option(
    "--engine",
    type=click.Choice(["simulate", "exact"]),
    default="simulate",
    show_default=True,
    help="What computes: random trials, or the laws themselves.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print the finding as JSON and nothing else.")
_lang = click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    for option in (_lang, _json, scenario_option, set_option, _engine, seed_option, _trials, config_argument):
        command = option(command)
    return command


@click.command()
@_shared
def opinions(
    config: Path,
    trials: int | None,
    seed: int | None,
    engine: Engine,
    overrides: tuple[str, ...],
    scenario: str | None,
    as_json: bool,
    lang: Literal["en", "zh"],
) -> None:
    """Forecast CONFIG by each opinion alone, by the pool and by the stages; tell what each source is worth."""
    _refuse_trials(engine, trials)
    from funnelsim.analysis.opinions import forecast_opinions
    from funnelsim.config import load

    case = load(config, overrides, scenario)
    with progress("computing") as (report,):
        told = forecast_opinions(case, engine=engine, trials=trials, seed=seed, on_progress=report)
    if as_json:
        click.echo(json_text(told.as_json()))
        return
    from funnelsim.report.people import closing_lines, opinion_tables, title_of
    from funnelsim.report.words import Words

    say = Words(lang)
    _show(title_of("opinions_title", case, say), opinion_tables(told, say), closing_lines(case, told.variants, say))


@click.command()
@_shared
@click.option("--most", type=click.IntRange(0), default=20, show_default=True, help="How many turns are worked out.")
def roles(
    config: Path,
    trials: int | None,
    seed: int | None,
    engine: Engine,
    overrides: tuple[str, ...],
    scenario: str | None,
    as_json: bool,
    lang: Literal["en", "zh"],
    most: int,
) -> None:
    """Tell the buyer roles of CONFIG: each deal's chance without and with them, and what a turn of one changes."""
    _refuse_trials(engine, trials)
    from funnelsim.analysis.roles import forecast_roles
    from funnelsim.config import load

    case = load(config, overrides, scenario)
    with progress("computing") as (report,):
        told = forecast_roles(case, engine=engine, trials=trials, seed=seed, most=most, on_progress=report)
    if as_json:
        click.echo(json_text(told.as_json()))
        return
    from funnelsim.report.people import closing_lines, role_tables, title_of
    from funnelsim.report.words import Words

    say = Words(lang)
    _show(title_of("roles_title", case, say), role_tables(told, say), closing_lines(case, told.variants, say))


def _refuse_trials(engine: Engine, trials: int | None) -> None:
    if engine == "exact" and trials is not None:
        raise click.UsageError("--engine exact runs no trials; leave out --trials, or --engine exact")


def _show(title: str, tables: Iterable[Table], lines: Iterable[str]) -> None:
    from rich.text import Text

    from funnelsim.report.terminal import grid, new_console

    console = new_console()
    console.print(Text(title, style="bold"))
    for table in tables:
        console.print(Text(""))
        console.print(grid(table, console.width))
    console.print(Text(""))
    for line in lines:
        console.print(Text(line))
