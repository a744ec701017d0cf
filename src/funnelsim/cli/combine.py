"""`funnelsim combine`: the cases of one company added trial by trial."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import Finite
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.analysis.combination import Part
    from funnelsim.errors import Problem


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--target", type=Finite(), help="Tell the chance that total bookings of all runs reach this, in the unit."
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the sums as JSON to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print the sums as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
def combine(
    runs: tuple[Path, ...], target: float | None, out: Path | None, as_json: bool, lang: Literal["en", "zh"]
) -> None:
    """Add the runs in the folders RUN..., made with one seed, trial by trial."""
    from funnelsim.analysis.combination import combine as combined
    from funnelsim.errors import InputError
    from funnelsim.report.combination import combination_lines, combination_table, read_part
    from funnelsim.report.terminal import grid, new_console
    from funnelsim.report.words import Words
    from funnelsim.whole_file import write_whole

    parts: list[Part] = []
    problems: list[Problem] = []
    for folder in runs:
        try:
            parts.append(read_part(folder))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    told, say = combined(parts, target), Words(lang)
    text = json_text(told.as_json())
    if out is not None:
        write_whole(out, (text + "\n").encode())
    if as_json:
        click.echo(text)
        return
    console = new_console()
    for line in combination_lines(told, say):
        console.print(line)
    for measure in dict.fromkeys(one.measure for one in told.sums):
        console.print(grid(combination_table(told, measure, say), console.width))
