"""`funnelsim goal`: how many prospects, what conversion, or which day it takes to reach a target with a chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import Share, config_argument, scenario_option, seed_option, set_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.analysis.goal import Goal, GoalSeek
    from funnelsim.analysis.seek import Means
    from funnelsim.analysis.wanted import Wanted
    from funnelsim.model.case import Case


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    config: Path
    wins: int | None
    bookings: float | None
    by: datetime | None
    chance: float
    solve: str
    besides_open: bool
    amount: float | None
    group: tuple[str, ...]
    prospects: int | None
    between: str | None
    engine: Literal["exact", "simulate"] | None
    trials: int | None
    confidence: float
    seed: int | None
    threads: int | None
    overrides: tuple[str, ...]
    scenario: str | None
    as_json: bool
    lang: Literal["en", "zh"]

    def check(self) -> None:
        """Refuse options that contradict each other."""
        if (self.wins is None) == (self.bookings is None):
            found = "neither" if self.wins is None else "both"
            raise click.UsageError(
                f"{found} of --wins and --bookings is given; say what is to be reached by one of them"
            )
        if self.engine == "exact" and self.trials is not None:
            raise click.UsageError("--engine exact runs no trials; leave out --trials, or --engine exact")

    def goal(self) -> Goal:
        """Return the target and its chance."""
        from funnelsim.analysis.goal import Goal
        from funnelsim.model.target import Target

        by = self.by.date() if self.by else None
        if self.wins is not None:
            return Goal(Target(self.wins, "wins", by), self.chance)
        return Goal(Target(self.bookings or 0.0, "bookings", by), self.chance)

    def wanted(self) -> Wanted:
        """Return what is solved for."""
        from funnelsim.analysis.named import Range
        from funnelsim.analysis.wanted import Wanted

        pairs = [text.partition("=") for text in self.group]
        wrong = [axis for axis, equals, value in pairs if not (equals and value.strip())]
        if wrong:
            raise click.UsageError(f"--group {wrong[0]} says no value; write axis=value, such as --group segment=east")
        group = {axis.strip(): value.strip() for axis, _, value in pairs}
        between = Range.read(self.between) if self.between is not None else None
        return Wanted(self.solve, self.amount, group, self.besides_open, self.prospects, between, self.made)

    def made(self, path: str, value: str) -> Case:
        """Return the case of the config with a value at a path, put in last."""
        from funnelsim.config import load

        return load(self.config, (*self.overrides, f"{path}={value}"), self.scenario)

    def means(self) -> Means:
        """Return how it is worked out."""
        from funnelsim.analysis.seek import Means

        return Means(self.engine, self.trials, self.seed, self.threads, self.confidence)


@click.command()
@config_argument
@click.option("--wins", type=click.IntRange(1, 10**9), help="Deals to be won.")
@click.option("--bookings", type=click.FloatRange(0, min_open=True), help="Money to be signed, in the config's unit.")
@click.option("--by", type=click.DateTime(["%Y-%m-%d"]), help="Up to and including this day; default: the horizon.")
@click.option("--chance", type=Share(), default="90%", show_default=True, help="With this chance.")
@click.option(
    "--solve",
    default="prospects",
    show_default=True,
    metavar="INPUT",
    help="prospects, prospects:STAGE, conversion:STAGE, date, latest, latest:STAGE, or the path of an input.",
)
@click.option("--between", metavar="FROM:TO", help="Where an input given by its path may lie, such as 10%:50%.")
@click.option("--prospects", type=click.IntRange(1, 10**6), help="How many enter on the latest day.")
@click.option("--besides-open", is_flag=True, help="New prospects besides the open deals, not instead of them.")
@click.option("--amount", type=float, help="Of each new prospect; default: what the stage's open deals share.")
@click.option("--group", multiple=True, metavar="AXIS=VALUE", help="Segment, owner or source of new prospects.")
@click.option(
    "--engine",
    type=click.Choice(["exact", "simulate"]),
    help="What computes; default: exact where that applies.",
)
@click.option("--trials", type=click.IntRange(1, 10**9), help="Simulated futures a value; default: the config's.")
@click.option("--confidence", type=Share(), default="99%", show_default=True, help="Of a simulated certificate.")
@seed_option
@set_option
@scenario_option
@click.option("--threads", type=click.IntRange(1, 4096), help="Changes the time, never the result.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of tables.")
def goal(**wishes: object) -> None:
    """Solve CONFIG for what it takes to reach a target with a chance."""
    wish = Wish(**wishes)  # type: ignore[arg-type]
    wish.check()
    _show(wish, _sought(wish))


def _sought(wish: Wish) -> GoalSeek:
    from funnelsim.analysis.seek import seek
    from funnelsim.config import load

    wanted = wish.wanted()
    case = load(wish.config, wish.overrides, wish.scenario)
    with progress("solving"):
        return seek(case, wish.goal(), wanted, wish.means())


def _show(wish: Wish, found: GoalSeek) -> None:
    if wish.as_json:
        click.echo(json_text(found.as_json()))
        return
    from funnelsim.report.goal import print_goal
    from funnelsim.report.words import Words

    print_goal(found, Words(wish.lang))
