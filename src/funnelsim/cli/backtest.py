"""`funnelsim backtest`: how well forecasts from this history would have done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import cores, seed_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.analysis.backtest import Backtest, Plan
    from funnelsim.report.backtest_folder import BacktestFolder
    from funnelsim.report.words import Words

INTERRUPTED = 130


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    history: Path
    origins: str
    horizon: str
    seed: int | None
    threads: int | None
    out: Path | None
    allow_unmapped: bool
    as_json: bool
    lang: Literal["en", "zh"]

    def plan(self) -> Plan:
        """Return the windows that are asked for."""
        from funnelsim.analysis.backtest import Plan
        from funnelsim.config.origins import origins, whole_days
        from funnelsim.errors import InputError
        from funnelsim.history.record import day_of

        first, last, step = origins(self.origins)
        try:
            n_days = whole_days(self.horizon)
        except InputError as error:
            raise InputError(problem.under("horizon") for problem in error.problems) from None
        return Plan(day_of(first), day_of(last), step, n_days, self.seed or 0)


@click.command()
@click.argument("history", type=click.Path(path_type=Path))
@click.option(
    "--origins", required=True, metavar="FROM:TO:STEP", help="Days to forecast from, such as 2025-01-06:2025-12-29:7d."
)
@click.option("--horizon", required=True, metavar="DAYS", help="Length of each window, such as 30d or 4 weeks.")
@seed_option
@click.option("--threads", type=click.IntRange(1, 4096), help="Changes the time, never the result; default: all cores.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Keep each origin here, go on there if cut short."
)
@click.option("--allow-unmapped", is_flag=True, help="Drop rows with unknown stages, and count them.")
@click.option("--json", "as_json", is_flag=True, help="Print the backtest as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
def backtest(**wishes: object) -> None:
    """Forecast past windows of HISTORY from what was known then, and score them by what happened."""
    wish = Wish(**wishes)  # type: ignore[arg-type]
    told = _told(wish, wish.plan())
    if wish.as_json:
        click.echo(json_text(told.as_json()))
        return
    from funnelsim.report.backtest_terminal import print_backtest
    from funnelsim.report.words import Words

    print_backtest(told, Words(wish.lang))
    if wish.out is not None:
        click.echo(f"{wish.out}: written", err=True)


def _told(wish: Wish, plan: Plan) -> Backtest:
    from funnelsim.analysis.backtest import backtest as computed
    from funnelsim.analysis.backtest import provenance_of
    from funnelsim.config.history import load_history
    from funnelsim.report.words import Words

    with progress("reading", "past windows", "origins") as (reading, looking_back, at_origins):
        history, _ = load_history(wish.history, allow_unmapped=wish.allow_unmapped, on_progress=reading)
        plan.check(history)
        made_from = provenance_of(history, plan, **_file_of(wish.history))
        folder = _folder(wish, made_from, plan, Words(wish.lang))
        try:
            told = computed(
                history, plan, known=folder.known if folder else None, on_origin=folder.keep if folder else None,
                on_past=looking_back, on_progress=at_origins, threads=wish.threads or cores(), provenance=made_from,
            )  # fmt: skip
        except KeyboardInterrupt:
            if folder is None:
                raise
            click.echo(f"interrupted; {wish.out} keeps what is finished, and the same command goes on there", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
    if folder is not None:
        folder.finish(told, Words(wish.lang))
    return told


def _folder(wish: Wish, made_from: dict[str, object], plan: Plan, say: Words) -> BacktestFolder | None:
    if wish.out is None:
        return None
    from funnelsim.report.backtest_folder import open_folder

    folder = open_folder(wish.out, made_from, plan.n_days)
    n_known = len(set(folder.known) & set(plan.origins))
    if folder.is_anew:
        click.echo(say("backtest_anew", folder=wish.out), err=True)
    elif n_known:
        click.echo(say("backtest_resumed", folder=wish.out, n=n_known, all=len(plan.origins)), err=True)
    return folder


def _file_of(path: Path) -> dict[str, str]:
    from hashlib import sha256

    return {"history": path.name, "history_sha256": sha256(path.read_bytes()).hexdigest()}
