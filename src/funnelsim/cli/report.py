"""`funnelsim report`: folders of runs in the formats people pass on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import click

from funnelsim.cli.progress import progress
from funnelsim.cli.store_report import cases_of

if TYPE_CHECKING:
    from funnelsim.analysis.backtest import Backtest
    from funnelsim.analysis.dossier import Dossier
    from funnelsim.analysis.forecast import Forecast
    from funnelsim.analysis.track import PastHits
    from funnelsim.model.case import Case

T = TypeVar("T")
_SHOWN = 12
_FORMATS = ("html", "pdf", "png", "xlsx", "pptx")


class _Given(NamedTuple):
    """What is told beside a forecast, under the names that a dossier gives it."""

    earlier: Case | None
    track: list[PastHits] | None
    backtest: Backtest | None


class Formats(click.ParamType[tuple[str, ...]]):
    """Formats separated by commas, such as pdf,xlsx."""

    name = "formats"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return each format once."""
        if isinstance(value, tuple):
            return value
        found = tuple(dict.fromkeys(part.strip().lower() for part in str(value).split(",") if part.strip()))
        strange = [part for part in found if part not in _FORMATS]
        if strange or not found:
            named = ", ".join(f"'{part}'" for part in strange) or "nothing"
            self.fail(f"{named} is no format; take {', '.join(_FORMATS)}, with commas between", param, ctx)
        return found


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, metavar="RUN...")
@click.option(
    "--format",
    "formats",
    type=Formats(),
    default=",".join(_FORMATS),
    show_default=True,
    help="What to write, with commas between: html is the full page, pdf one page, png the same for a telephone, xlsx "
    "a workbook, pptx slides.",
)
@click.option("--since", type=click.Path(path_type=Path), metavar="RUN", help="An earlier run: tells what changed.")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    metavar="STORE",
    help="All cases of a store; RUN is the sweep's file.",
)
@click.option("--log", type=click.Path(path_type=Path), help="A log of `funnelsim score`: tells the track record.")
@click.option("--backtest", type=click.Path(path_type=Path), metavar="DIR", help="A folder of `funnelsim backtest`.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", required=True, help="Write the reports here.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of pages.")
def report(
    runs: tuple[Path, ...],
    formats: tuple[str, ...],
    since: Path | None,
    store: Path | None,
    log: Path | None,
    backtest: Path | None,
    out: Path,
    lang: Literal["en", "zh"],
) -> None:
    """Write the forecasts in the folders RUN... for those who decide, with what moves them and what changed."""
    started = datetime.now(UTC)
    if (len(runs) != 1) if store else not runs:
        raise click.UsageError("name one or more folders of runs; or, with --store, the file of the sweep it holds")
    from funnelsim.report.folder import check_folder
    from funnelsim.report.report_folder import write_reports
    from funnelsim.report.words import Words

    _check_apart(out, (*runs, since, store, log, backtest))
    check_folder(out)
    say, extra = Words(lang), dict[str, bytes]()
    forecasts, given = _read(() if store else runs, since, log, backtest)
    if store is not None:
        forecasts, extra = cases_of(runs[0], store, formats, say)
    told = _dossiers(forecasts, given, are_runs=store is None)
    names = write_reports(told, formats, out, say, extra=extra, started=started)
    click.echo(f"{out}: {', '.join(names[:_SHOWN])}{' ...' if len(names) > _SHOWN else ''} written", err=True)


def _check_apart(out: Path, read: tuple[Path | None, ...]) -> None:
    """Refuse to write reports in place of what they are made from."""
    from funnelsim.errors import InputError

    if out.resolve() in {place.resolve() for place in read if place}:
        raise InputError.of("is what the reports are made from; give another name to --out", place=str(out))


def _read(
    runs: tuple[Path, ...], since: Path | None, log: Path | None, backtest: Path | None
) -> tuple[dict[str, Forecast], _Given]:
    """Return the forecasts by the names of their folders, and what is told beside them; all problems at once."""
    from funnelsim.analysis.between_days import refuse_unlike
    from funnelsim.errors import InputError, Problem

    found: dict[str, Forecast] = {}
    twice = [name for name, n in Counter(_name(run) for run in runs).items() if n > 1]
    problems = [Problem((), "names two folders; rename one, or report them apart", name) for name in twice]

    def tried(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except InputError as error:
            problems.extend(error.problems)
            return None

    for run in runs:
        if (one := tried(partial(_forecast, run))) is not None:
            found[_name(run)] = one
    earlier = tried(lambda: _forecast(since).case if since else None)
    for one in found.values():
        if earlier is not None:
            tried(partial(refuse_unlike, earlier, one.case, str(since)))
    given = _Given(earlier, tried(lambda: _track(log)), tried(lambda: _backtest(backtest)))
    if problems:
        raise InputError(problems)
    return found, given


def _dossiers(forecasts: dict[str, Forecast], given: _Given, *, are_runs: bool) -> dict[str, Dossier]:
    """Return what is told of each forecast, by its name; runs are compared with each other."""
    from funnelsim.analysis.dossier import dossier

    found: dict[str, Dossier] = {}
    cases = {name: one.case for name, one in forecasts.items()} if are_runs else {}
    with progress("computing") as (advance,):
        for name, forecast in forecasts.items():
            others = {name: forecast.case} | cases if len(cases) > 1 else _scenarios(forecast.case) if cases else {}
            found[name] = dossier(forecast, others=others, **given._asdict())
            advance(len(found), len(forecasts))
    return found


def _name(run: Path) -> str:
    return run.resolve().name


def _forecast(run: Path) -> Forecast:
    from funnelsim.config.load import load_kept
    from funnelsim.report.kept_forecast import forecast_told
    from funnelsim.report.published_folder import read_case

    origin, told = read_case(run)
    return forecast_told(told, load_kept(origin), str(run))


def _scenarios(case: Case) -> dict[str, Case]:
    from funnelsim.config.load import load_kept_scenarios

    return load_kept_scenarios(case.origin)


def _track(log: Path | None) -> list[PastHits] | None:
    """Return what the log says of earlier forecasts."""
    from funnelsim.errors import InputError

    if log is None:
        return None
    if not log.is_file():
        raise InputError.of("is no file; give the log of `funnelsim score`, or leave out --log", place=str(log))
    from funnelsim.analysis.published import track_of
    from funnelsim.report.published_folder import ScoreLog

    return list(track_of(ScoreLog(log).read()))


def _backtest(folder: Path | None) -> Backtest | None:
    if folder is None:
        return None
    from funnelsim.report.backtest_folder import read_backtest

    return read_backtest(folder)
