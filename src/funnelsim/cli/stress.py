"""`funnelsim stress`: the forecast under named stresses, and the mildest change that breaks a target."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from funnelsim.cli.options import config_argument, scenario_option, seed_option, set_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text


@click.command()
@config_argument
@click.option("--stress", "only", multiple=True, metavar="NAME", help="Only this stress; may be repeated.")
@click.option("--no-reverse", is_flag=True, help="Leave out the mildest joint change.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "exact", "simulate"]),
    default="auto",
    show_default=True,
    help="What computes: the exact engine where it applies, it alone, or random trials.",
)
@click.option("--trials", type=click.IntRange(1, 10**9), help="Simulated futures; default: the config's.")
@seed_option
@set_option
@scenario_option
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write picture and figures here.")
@click.option("--json", "as_json", is_flag=True, help="Print the finding as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
def stress(
    config: Path,
    only: tuple[str, ...],
    no_reverse: bool,
    engine: Literal["auto", "exact", "simulate"],
    trials: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    scenario: str | None,
    out: Path | None,
    as_json: bool,
    lang: Literal["en", "zh"],
) -> None:
    """Forecast CONFIG under stress, and find the mildest joint change that brings its first target under 50 %."""
    if engine == "exact" and trials is not None:
        raise click.UsageError("--engine exact runs no trials; leave out --trials, or --engine exact")
    from funnelsim.analysis.stress import stress_test
    from funnelsim.config import load

    begun = datetime.now(UTC)
    if out is not None:
        from funnelsim.report.folder import check_folder

        check_folder(out)
    case = load(config, overrides, scenario)
    with progress("stressing") as (report,):
        told = stress_test(
            case, engine=engine, trials=trials, seed=seed, only=only, reverse=not no_reverse, on_progress=report
        )
    if out is not None:
        from funnelsim.report.answer_folder import write_answer
        from funnelsim.report.stress_picture import stress_picture
        from funnelsim.report.words import Words

        write_answer("stress", told.as_json(), stress_picture(told, Words(lang)), case, out, begun)
    if as_json:
        click.echo(json_text(told.as_json()))
        return
    from funnelsim.report.stress import print_stress
    from funnelsim.report.words import Words

    print_stress(told, Words(lang))
    if out is not None:
        click.echo(f"{out}: written", err=True)
