"""`funnelsim fit`: from a history to a case that `funnelsim run` forecasts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import cores, seed_option
from funnelsim.cli.progress import progress
from funnelsim.cli.spans import HorizonOption
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.fitting.fitted import Fitted
    from funnelsim.history.record import History
    from funnelsim.model.horizon import Horizon


@click.command()
@click.argument("history", type=click.Path(path_type=Path))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Know nothing from this day on; default: the end.")
@click.option("--horizon", type=HorizonOption(), default="2 quarters", show_default=True, help="How far to look.")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Write the case here.")
@click.option("--allow-unmapped", is_flag=True, help="Drop rows with unknown stages, and count them.")
@seed_option
@click.option("--threads", type=click.IntRange(1, 4096), help="Changes the time, never the result; default: all cores.")
@click.option("--json", "as_json", is_flag=True, help="Print the fit as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
def fit(
    history: Path, as_of: datetime | None, horizon: Horizon, out: Path, allow_unmapped: bool, seed: int | None,
    threads: int | None, as_json: bool, lang: Literal["en", "zh"],
) -> None:  # fmt: skip
    """Fit HISTORY as of a day and write a case with fitted tables beside it."""
    from funnelsim.report.folder import check_folder

    check_folder(out)
    found = fitted_from(history, as_of, horizon, seed, allow_unmapped, threads or cores())
    _write(found, horizon, history.stem, out)
    _show(found, history.stem, out, lang, as_json)


def fitted_from(
    path: Path, as_of: datetime | None, horizon: Horizon, seed: int | None, allow_unmapped: bool, threads: int
) -> Fitted:
    """Return the fit of a history file."""
    from funnelsim.config.history import load_history

    with progress("reading", "fitting") as (reading, _):
        history, _report = load_history(path, allow_unmapped=allow_unmapped, on_progress=reading)
        return _fitted(history, as_of, horizon, seed, threads)


def _fitted(history: History, as_of: datetime | None, horizon: Horizon, seed: int | None, threads: int) -> Fitted:
    import secrets

    from funnelsim.fitting.fitted import fit as fit_history
    from funnelsim.fitting.forecaster import Forecaster
    from funnelsim.history.record import date_of

    day = date_of(history.as_of) if as_of is None else as_of.date()
    forecaster = Forecaster(history, secrets.randbelow(2**31) if seed is None else seed)
    end = horizon.periods(day)[-1].end
    return fit_history(forecaster, day, end, horizon.current_period_start(day), threads=threads)


def _write(fitted: Fitted, horizon: Horizon, name: str, out: Path) -> None:
    from funnelsim.report.fit_folder import write_fit

    write_fit(fitted, horizon, name, out)


def _show(fitted: Fitted, name: str, out: Path, lang: Literal["en", "zh"], as_json: bool) -> None:
    from funnelsim.report.fit_words import fit_as_json, fit_sentences
    from funnelsim.report.words import Words

    if as_json:
        click.echo(json_text(fit_as_json(fitted, name)))
        return
    say = Words(lang)
    for sentence in fit_sentences(fitted, name, say):
        click.echo(sentence)
    click.echo(f"{out}: {say('fit_next', case=out / 'case.yaml')}", err=True)
