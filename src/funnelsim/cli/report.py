"""`funnelsim report`: folders of runs as workbooks and slides."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from funnelsim.analysis.forecast import Forecast
    from funnelsim.report.words import Words

_FORMATS = ("xlsx", "pptx")


class Formats(click.ParamType[tuple[str, ...]]):
    """Formats separated by commas, such as xlsx,pptx."""

    name = "formats"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return each format once."""
        if isinstance(value, tuple):
            return value
        found = tuple(dict.fromkeys(part.strip().lower() for part in str(value).split(",") if part.strip()))
        strange = [part for part in found if part not in _FORMATS]
        if strange or not found:
            named = ", ".join(f"'{part}'" for part in strange) or "nothing"
            self.fail(f"{named} is no format; take {' or '.join(_FORMATS)}, or both with a comma between", param, ctx)
        return found


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--format",
    "formats",
    type=Formats(),
    default=",".join(_FORMATS),
    show_default=True,
    help="What to write, with commas between: xlsx is a workbook, pptx three slides.",
)
@click.option("--log", type=click.Path(path_type=Path), help="A log of `funnelsim score`: tells the track record.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", required=True, help="Write the reports here.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of pages.")
def report(
    runs: tuple[Path, ...], formats: tuple[str, ...], log: Path | None, out: Path, lang: Literal["en", "zh"]
) -> None:
    """Write the forecasts in the folders RUN... as workbooks and slides; nothing is computed anew."""
    started = datetime.now(UTC)
    from funnelsim.report.folder import check_folder
    from funnelsim.report.report_folder import write_reports
    from funnelsim.report.words import Words

    check_folder(out)
    say = Words(lang)
    names = write_reports(_forecasts(runs), formats, out, say, track=_track(log, say), started=started)
    click.echo(f"{out}: {', '.join(names)} written", err=True)


def _forecasts(runs: tuple[Path, ...]) -> dict[str, Forecast]:
    """Return the forecasts by the names of their folders, all problems told at once."""
    from funnelsim.errors import InputError, Problem

    found: dict[str, Forecast] = {}
    twice = [name for name, n in Counter(_name(run) for run in runs).items() if n > 1]
    problems = [Problem((), "names two folders; rename one, or report them apart", name) for name in twice]
    for run in runs:
        try:
            found[_name(run)] = _forecast(run)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def _name(run: Path) -> str:
    return run.resolve().name


def _forecast(run: Path) -> Forecast:
    from funnelsim.config.load import load_kept
    from funnelsim.report.kept_forecast import forecast_told
    from funnelsim.report.published_folder import read_case

    origin, told = read_case(run)
    return forecast_told(told, load_kept(origin), str(run))


def _track(log: Path | None, say: Words) -> list[str]:
    """Return what the log says of earlier forecasts."""
    from funnelsim.errors import InputError

    if log is None:
        return [say("track_not_given")]
    if not log.is_file():
        raise InputError.of("is no file; give the log of `funnelsim score`, or leave out --log", place=str(log))
    from funnelsim.analysis.published import track_of
    from funnelsim.report.published_folder import ScoreLog
    from funnelsim.report.track import track_lines

    return track_lines(track_of(ScoreLog(log).read()), say) or [say("track_none")]
