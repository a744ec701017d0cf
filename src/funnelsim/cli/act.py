"""`funnelsim act`: where a point buys most, and how a budget is split best."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from funnelsim.cli.options import Finite, config_argument, prices_of, scenario_option, seed_option, set_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text


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
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write picture and figures here.")
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
    out: Path | None,
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

    begun = datetime.now(UTC)
    if out is not None:
        from funnelsim.report.folder import check_folder

        check_folder(out)
    case = load(config, overrides, scenario)
    with progress("computing"):
        told = told_of(case, budget=budget, costs=prices, engine=engine, trials=trials, seed=seed)
    if out is not None:
        from funnelsim.report.act_picture import act_picture
        from funnelsim.report.answer_folder import write_answer
        from funnelsim.report.words import Words

        write_answer("act", told.as_json(), act_picture(told, Words(lang)), case, out, begun)
    if as_json:
        click.echo(json_text(told.as_json()))
        return
    from funnelsim.report.act import print_action
    from funnelsim.report.words import Words

    print_action(told, Words(lang))
    if out is not None:
        click.echo(f"{out}: written", err=True)
