"""`funnelsim people`: reps, sources or segments of a history, what is skill and what is luck."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from funnelsim.cli.options import prices_of, seed_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text


@click.command()
@click.argument("history", type=click.Path(path_type=Path))
@click.option("--by", "axis", type=click.Choice(["owner", "source", "segment"]), default="owner", show_default=True,
              help="Who is compared.")  # fmt: skip
@click.option(
    "--within", metavar="DAYS", help="A deal is won if within so many days, such as 90d; default: 9 in 10 are decided."
)
@click.option(
    "--cost", "costs", multiple=True, metavar="NAME=COST", help="What one deal of a name costs; may be repeated."
)
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many are shown.")
@seed_option
@click.option("--allow-unmapped", is_flag=True, help="Drop rows with unknown stages, and count them.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write picture and figures here.")
@click.option("--json", "as_json", is_flag=True, help="Print the finding as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
def people(
    history: Path,
    axis: Literal["owner", "source", "segment"],
    within: str | None,
    costs: tuple[str, ...],
    most: int,
    seed: int | None,
    allow_unmapped: bool,
    out: Path | None,
    as_json: bool,
    lang: Literal["en", "zh"],
) -> None:
    """Hold the reps (or sources, or segments) of HISTORY against each other: skill and luck apart."""
    prices = prices_of(costs, "NAME=COST", "web=300")
    if out is not None:
        from funnelsim.report.folder import check_folder

        check_folder(out)
    from funnelsim.analysis.standings import standings
    from funnelsim.config.history import load_history
    from funnelsim.config.origins import whole_days

    with progress("reading", "computing") as (reading, _):
        record, _ = load_history(history, allow_unmapped=allow_unmapped, on_progress=reading)
        days = None if within is None else whole_days(within)
        told = standings(record, axis, within=days, costs=prices, seed=seed or 0)
    if out is not None:
        from funnelsim.report.standing_folder import write_standings

        write_standings(told, history.stem, out, language=lang)
    if as_json:
        click.echo(json_text(told.as_json()))
        return
    from funnelsim.report.standings import print_standings
    from funnelsim.report.words import Words

    print_standings(told, history.stem, Words(lang), most)
    if out is not None:
        click.echo(f"{out}: written", err=True)
