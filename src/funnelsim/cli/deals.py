"""`funnelsim deals`: the open deals one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import Share, config_argument, scenario_option, seed_option, set_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.analysis.deal_review import DealReview
    from funnelsim.analysis.reliability import Reliability
    from funnelsim.model.case import Case


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    config: Path
    history: Path | None
    window: str | None
    swing: float
    stalled: float
    most: int
    engine: Literal["auto", "exact", "simulate"]
    trials: int | None
    seed: int | None
    overrides: tuple[str, ...]
    scenario: str | None
    out: Path | None
    allow_unmapped: bool
    as_json: bool
    lang: Literal["en", "zh"]

    def check(self) -> None:
        """Refuse options that contradict each other."""
        if self.engine == "exact" and (self.trials is not None or self.seed is not None):
            raise click.UsageError("--engine exact runs no trials; leave out --trials and --seed, or --engine exact")
        if self.window is not None and self.history is None:
            raise click.UsageError("--window is of past chances; give --history too, or leave it out")


@click.command()
@config_argument
@click.option("--history", type=click.Path(path_type=Path), help="Try chances of past deals on this history.yaml.")
@click.option("--window", metavar="DAYS", help="Length of past windows; default: the config's horizon.")
@click.option("--swing", type=Share(), default="15%", show_default=True, help="What makes or breaks the target.")
@click.option("--stalled", type=Share(), default="10%", show_default=True, help="A deal is stalled under this share.")
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many deals are shown.")
@click.option("--engine", type=click.Choice(["auto", "exact", "simulate"]), default="auto", show_default=True,
              help="What computes: the exact engine where it applies, it alone, or random trials.")  # fmt: skip
@click.option("--trials", type=click.IntRange(1, 10**9), help="Simulated futures; default: the config's.")
@seed_option
@set_option
@scenario_option
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write figures and diagram here.")
@click.option("--allow-unmapped", is_flag=True, help="Drop rows of the history with unknown stages, and count them.")
@click.option("--json", "as_json", is_flag=True, help="Print the review as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of tables.")
def deals(**wishes: object) -> None:
    """Tell each open deal of CONFIG: its chance and date, whether the target hangs on it, whether it has stalled."""
    wish = Wish(**wishes)  # type: ignore[arg-type]
    wish.check()
    started = datetime.now(UTC)
    if wish.out is not None:
        from funnelsim.report.folder import check_folder

        check_folder(wish.out)
    told = _told(wish)
    if wish.out is not None:
        from funnelsim.report.deal_folder import write_deals

        write_deals(told, wish.out, language=wish.lang, started=started)
    _show(told, wish)


def _told(wish: Wish) -> DealReview:
    from funnelsim.analysis.deal_review import review_deals
    from funnelsim.config import load

    case = load(wish.config, wish.overrides, wish.scenario)
    with progress("computing"):
        told = review_deals(
            case, engine=wish.engine, trials=wish.trials, seed=wish.seed, at_least=wish.swing,
            stalled_below=wish.stalled,
        )  # fmt: skip
    return told if wish.history is None else replace(told, reliability=_tried(wish, wish.history, case))


def _tried(wish: Wish, path: Path, case: Case) -> Reliability:
    from funnelsim.analysis.reliability import reliability
    from funnelsim.config.history import load_history
    from funnelsim.config.origins import whole_days
    from funnelsim.history.record import day_of

    with progress("reading", "trying the past") as (reading, _):
        history, _ = load_history(path, allow_unmapped=wish.allow_unmapped, on_progress=reading)
        if wish.window is None and case.end is None:
            raise click.UsageError("the horizon is unlimited; say how long past windows are with --window")
        n_days = whole_days(wish.window) if wish.window else (case.end - case.as_of).days if case.end else 0
        return reliability(history, min(day_of(case.as_of), history.as_of), n_days, seed=wish.seed or 0)


def _show(told: DealReview, wish: Wish) -> None:
    if wish.as_json:
        click.echo(json_text(told.as_json()))
        return
    from funnelsim.report.deal_review import print_deals
    from funnelsim.report.words import Words

    print_deals(told, Words(wish.lang), wish.most)
    if wish.out is not None:
        click.echo(f"{wish.out}: written", err=True)
