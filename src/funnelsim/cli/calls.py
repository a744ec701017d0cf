"""`funnelsim calls`: what forecast categories and chances that people state of deals are worth."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from funnelsim.cli.options import seed_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text


@click.command()
@click.argument("history", type=click.Path(path_type=Path))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Know nothing from this day on; default: the end.")
@click.option("--horizon", default="90d", show_default=True, metavar="DAYS", help="Length of windows: 30d, 4 weeks.")
@click.option("--most", type=click.IntRange(0), default=20, show_default=True, help="How many open deals are shown.")
@seed_option
@click.option("--allow-unmapped", is_flag=True, help="Drop rows with unknown names, and count them.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
def calls(
    history: Path, as_of: datetime | None, horizon: str, most: int, seed: int | None, allow_unmapped: bool,
    as_json: bool, lang: Literal["en", "zh"],
) -> None:  # fmt: skip
    """Score the calls on deals in HISTORY beside the fitted chance of the same deals."""
    from funnelsim.analysis.calls import score_calls
    from funnelsim.config.history import load_history
    from funnelsim.config.origins import whole_days
    from funnelsim.errors import InputError
    from funnelsim.history.record import day_of

    try:
        n_days = whole_days(horizon)
    except InputError as error:
        raise InputError(problem.under("horizon") for problem in error.problems) from None
    with progress("reading", "windows") as (reading, looking):
        found, _ = load_history(history, allow_unmapped=allow_unmapped, on_progress=reading)
        day = found.as_of if as_of is None else day_of(as_of.date())
        told = score_calls(found, day, n_days, seed=1 if seed is None else seed, on_progress=looking)
    if as_json:
        click.echo(json_text(told.as_json()))
        return
    from funnelsim.report.calls_terminal import print_calls
    from funnelsim.report.words import Words

    print_calls(told, history.name, most, Words(lang))
