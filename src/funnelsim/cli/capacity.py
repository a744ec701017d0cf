"""`funnelsim capacity`: how many people a target needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import click

from funnelsim.cli.options import Share, config_argument, scenario_option, seed_option, set_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

_MOST_SIZES = 200


class Sizes(click.ParamType[tuple[int, ...]]):
    """Sizes of a team: 2:12, 2:20:3 or 4,6,9."""

    name = "sizes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Return the sizes as whole numbers."""
        if isinstance(value, tuple):
            return value
        text = str(value).strip()
        if found := re.fullmatch(r"(\d{1,6}):(\d{1,6})(?::(\d{1,6}))?", text):
            sizes = range(int(found[1]), int(found[2]) + 1, int(found[3] or 1) or 1)
            if 0 < len(sizes) <= _MOST_SIZES:
                return tuple(sizes)
        elif re.fullmatch(r"\d{1,6}(,\d{1,6})*", text):
            return tuple(int(size) for size in text.split(","))
        self.fail(f"'{value}' is no list of sizes; write 2:12 (every size from 2 to 12) or 4,6,9", param, ctx)


@click.command()
@config_argument
@click.option("--people", type=Sizes(), required=True, metavar="FROM:TO", help="Sizes of the team: 2:12, or 4,6,9.")
@click.option("--chance", "asked", type=Share(), default=0.9, help="Chance the first target should have; default 90%.")
@click.option("--trials", type=click.IntRange(1, 10**9), help="Simulated futures; default: the config's.")
@seed_option
@set_option
@scenario_option
@click.option("--threads", type=click.IntRange(1, 4096), help="Changes the time, never the result.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of tables.")
def capacity(
    config: Path,
    people: tuple[int, ...],
    asked: float,
    trials: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    scenario: str | None,
    threads: int | None,
    as_json: bool,
    lang: Literal["en", "zh"],
) -> None:
    """Tell how many people CONFIG needs: the same futures with teams of several sizes."""
    from funnelsim.analysis.staffing import staffing
    from funnelsim.config import load

    case = load(config, overrides, scenario)
    with progress("trying teams") as (trying,):
        found = staffing(case, people, asked=asked, trials=trials, seed=seed, threads=threads, on_progress=trying)
    if as_json:
        click.echo(json_text(found.as_json()))
        return
    from funnelsim.report.staffing import print_staffing
    from funnelsim.report.words import Words

    print_staffing(found, Words(lang))
