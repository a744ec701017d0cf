"""`funnelsim act`: where a point buys most, and how a budget is split best."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import click

from funnelsim.cli.options import Finite, config_argument, prices_of, scenario_option, seed_option, set_option
from funnelsim.cli.progress import progress


@click.command()
@config_argument
@click.option("--budget", type=Finite(), help="To be split, in the config's unit.")
@click.option("--cost", "costs", multiple=True, metavar="INPUT=COST",
              help="What a point of stage:NAME or hop:NAME, or a deal of source:NAME costs.")  # fmt: skip
@click.option("--engine", type=click.Choice(["auto", "exact", "simulate"]), default="auto", show_default=True,
              help="What computes: the exact engine where it applies, it alone, or random trials.")  # fmt: skip
@click.option("--trials", type=click.IntRange(1, 10**9), help="Simulated futures of each split; default: the config's.")
@seed_option
@set_option
@scenario_option
@click.option("--json", "as_json", is_flag=True, help="Print the finding as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
def act(
    config: Path,
    budget: float | None,
    costs: tuple[str, ...],
    engine: Literal["auto", "exact", "simulate"],
    trials: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    scenario: str | None,
    as_json: bool,
    lang: Literal["en", "zh"],
) -> None:
    """Tell where a point buys most in CONFIG, and the split of a budget that helps the first target most."""
    if engine == "exact" and (trials is not None or seed is not None):
        raise click.UsageError("--engine exact runs no trials; leave out --trials and --seed, or --engine exact")
    if costs and budget is None:
        raise click.UsageError("--cost tells how a budget is spent; give --budget too, or leave it out")
    prices = prices_of(costs, "INPUT=COST", "stage:demo=9")
    from funnelsim.analysis.act import act as told_of
    from funnelsim.config import load

    case = load(config, overrides, scenario)
    with progress("computing"):
        told = told_of(case, budget=budget, costs=prices, engine=engine, trials=trials, seed=seed)
    if as_json:
        click.echo(json.dumps(told.as_json(), ensure_ascii=False))
        return
    from funnelsim.report.act import print_action
    from funnelsim.report.words import Words

    print_action(told, Words(lang))
