"""`funnelsim forecast`: from a history to a forecast that carries its own track record, in one step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import cores, seed_option
from funnelsim.cli.progress import progress
from funnelsim.cli.spans import HorizonOption
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.analysis.backtest import Backtest
    from funnelsim.analysis.forecast import Forecast
    from funnelsim.analysis.track import PastHits
    from funnelsim.engine.ensemble import Ensemble
    from funnelsim.fitting.fitted import Fitted
    from funnelsim.model.case import Case
    from funnelsim.model.horizon import Horizon

SCHEMA = "funnelsim.history_forecast/1"


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    history: Path
    as_of: datetime | None
    horizon: Horizon
    trials: int
    seed: int | None
    threads: int | None
    out: Path | None
    allow_unmapped: bool
    as_json: bool
    lang: Literal["en", "zh"]


@dataclass(frozen=True)
class Answer:
    """All that is told."""

    fitted: Fitted
    record: Backtest | None
    forecast: Forecast
    ensemble: Ensemble


@click.command()
@click.argument("history", type=click.Path(path_type=Path))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Know nothing from this day on; default: the end.")
@click.option("--horizon", type=HorizonOption(), default="2 quarters", show_default=True, help="How far to look.")
@click.option("--trials", type=click.IntRange(1, 10**9), default=20_000, show_default=True, help="Simulated futures.")
@seed_option
@click.option("--threads", type=click.IntRange(1, 4096), help="Changes the time, never the result; default: all cores.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write the case and the run here.")
@click.option("--allow-unmapped", is_flag=True, help="Drop rows with unknown stages, and count them.")
@click.option("--json", "as_json", is_flag=True, help="Print fit, track record and forecast as JSON, nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of pages.")
def forecast(**wishes: object) -> None:
    """Check HISTORY, fit it, try the forecast on the past, and forecast."""
    wish = Wish(**wishes)  # type: ignore[arg-type]
    if wish.out is not None:
        from funnelsim.report.folder import check_folder

        for part in ("case", "run"):
            check_folder(wish.out / part)
    answer = _answer(wish)
    _show(wish, answer)


def _answer(wish: Wish) -> Answer:
    import secrets
    import tempfile

    from funnelsim.analysis.answer import forecast as summed
    from funnelsim.analysis.record import record_of
    from funnelsim.config.history import load_history
    from funnelsim.engine.simulate import simulate
    from funnelsim.fitting.fitted import fit
    from funnelsim.fitting.forecaster import Forecaster
    from funnelsim.history.record import date_of, day_of

    seed = secrets.randbelow(2**31) if wish.seed is None else wish.seed
    with progress("reading", "trying the past", "computing", "summing up") as (reading, trying, computing, summing):
        history, _ = load_history(wish.history, allow_unmapped=wish.allow_unmapped, on_progress=reading)
        day = date_of(history.as_of) if wish.as_of is None else wish.as_of.date()
        end = wish.horizon.periods(day)[-1].end
        threads = wish.threads or cores()
        period_start = wish.horizon.current_period_start(day)
        forecaster = Forecaster(history, seed)
        fitted = fit(forecaster, day, end, period_start, threads=threads)
        n_days = (end - day).days
        record = record_of(forecaster, day_of(day), n_days, threads=threads, on_progress=trying)
        with tempfile.TemporaryDirectory() as spare:
            place = Path(spare) / "case" if wish.out is None else wish.out / "case"
            case = _written(fitted, wish, place)
            ensemble = simulate(
                case, trials=wish.trials, seed=seed, threads=wish.threads, measures=case.measures,
                on_progress=computing,
            )  # fmt: skip
        return Answer(fitted, record, summed(ensemble, on_progress=summing), ensemble)


def _written(fitted: Fitted, wish: Wish, place: Path) -> Case:
    """Write the case and return it as `funnelsim run` reads it."""
    from funnelsim.config import load
    from funnelsim.report.fit_folder import CASE, write_fit

    write_fit(fitted, wish.horizon, wish.history.stem, place)
    return load(place / CASE)


def _show(wish: Wish, answer: Answer) -> None:
    from funnelsim.report.fit_words import fit_as_json, fit_sentences
    from funnelsim.report.terminal import print_forecast
    from funnelsim.report.track import track_lines
    from funnelsim.report.words import Words

    say, hits = Words(wish.lang), _hits(answer.record)
    if wish.out is not None:
        from datetime import UTC

        from funnelsim.report.run_folder import write_run

        write_run(
            answer.forecast, wish.out / "run", ensemble=answer.ensemble, language=wish.lang,
            started=datetime.now(UTC), threads=wish.threads,
        )  # fmt: skip
    if wish.as_json:
        told = {
            "schema": SCHEMA,
            "fit": fit_as_json(answer.fitted, wish.history.stem),
            "track": [one.as_json() for one in hits],
            "forecast": answer.forecast.as_json(),
        }
        click.echo(json_text(told))
        return
    for sentence in fit_sentences(answer.fitted, wish.history.stem, say):
        click.echo(sentence)
    for line in track_lines(hits, say) or [say("track_none")]:
        click.echo(line)
    click.echo("")
    print_forecast(answer.forecast, say)
    if wish.out is not None:
        click.echo(f"{wish.out}: written", err=True)


def _hits(record: Backtest | None) -> list[PastHits]:
    from funnelsim.fitting.windows import MEASURES

    return [] if record is None else [record.hits(measure) for measure in MEASURES]
