"""`funnelsim run`: from a config to a forecast on the terminal and in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import Share, config_argument, scenario_option, seed_option, set_option
from funnelsim.cli.progress import Report, progress
from funnelsim.cli.workers import On, Staff, worker_options
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.analysis.forecast import Forecast
    from funnelsim.engine.ensemble import Ensemble
    from funnelsim.engine.exact import ExactLaw
    from funnelsim.engine.simulate import Walker
    from funnelsim.model.case import Case

_ENDS = ("losses", "open_value")


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    config: Path
    trials: int | None
    precision: float | None
    seed: int | None
    engine: Literal["simulate", "exact"]
    overrides: tuple[str, ...]
    scenario: str | None
    threads: int | None
    on: On
    cluster: str | None
    workers: int | None
    measures: str | None
    deals: bool
    out: Path | None
    as_json: bool
    lang: Literal["en", "zh"]

    def check(self) -> None:
        """Refuse options that contradict each other."""
        if self.trials is not None and self.precision is not None:
            raise click.UsageError("--trials and --precision both say how many trials to run; give one of them")
        given = [n for n in ("trials", "precision") if getattr(self, n) is not None]
        if self.engine == "exact" and given:
            raise click.UsageError(f"--engine exact runs no trials; leave out --{given[0]}, or --engine exact")
        self.staff.check()
        if self.engine == "exact" and self.on != "local":
            raise click.UsageError(
                "--engine exact walks nothing that could be split; leave out --on, or --engine exact"
            )
        if self.on == "local" and self.workers is not None:
            raise click.UsageError("--workers are processes; give --on processes or --on dask with it, or --threads")
        if self.on != "local" and self.threads is not None:
            raise click.UsageError(f"--threads are those of this process; with --on {self.on} give --workers")

    @property
    def staff(self) -> Staff:
        """Return who works."""
        return Staff(self.on, self.cluster, self.workers)


@click.command()
@config_argument
@click.option("--trials", type=click.IntRange(1, 10**9), help="Simulated futures; default: the config's.")
@click.option("--precision", type=Share(), help="Run until errors are below this share of the mean, such as 0.5%.")
@seed_option
@click.option(
    "--engine",
    type=click.Choice(["simulate", "exact"]),
    default="simulate",
    show_default=True,
    help="What computes: random trials, or the laws themselves.",
)
@set_option
@scenario_option
@click.option("--threads", type=click.IntRange(1, 4096), help="Changes the time, never the result.")
@worker_options("How many processes walk; default: all cores.")
@click.option("--measures", type=click.Choice(["all"]), help="Losses and open value too.")
@click.option("--deals", is_flag=True, help="Tell each deal's chance, dates and swing on the first target.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write report, figures and trials here.")
@click.option("--json", "as_json", is_flag=True, help="Print the forecast as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of pages.")
def run(**wishes: object) -> None:
    """Forecast CONFIG: what will be signed, period by period, and with what chance."""
    wish = Wish(**wishes)  # type: ignore[arg-type]
    wish.check()
    started = datetime.now(UTC)
    if wish.out is not None:
        from funnelsim.report.folder import check_folder

        check_folder(wish.out)
    forecast, ensemble = _computed(wish)
    if wish.out is not None:
        _write(wish, wish.out, forecast, ensemble, started)
    _show(wish, forecast)


def _computed(wish: Wish) -> tuple[Forecast, Ensemble | None]:
    from funnelsim.analysis.answer import forecast
    from funnelsim.config import load

    case = load(wish.config, wish.overrides, wish.scenario)
    with progress(_first_step(wish), "summing up") as (computing, summing):
        ensemble = _simulated(case, wish, computing) if wish.engine == "simulate" else None
        law = _exact(case, wish) if ensemble is None else ensemble
        return forecast(law, deals=wish.deals, on_progress=summing), ensemble


def _first_step(wish: Wish) -> str:
    if wish.engine == "simulate":
        from funnelsim.engine.kernel.compiling import is_compiled

        if not is_compiled():
            return "compiling (this once), then computing"
    return "computing"


def _measures(case: Case, wish: Wish) -> tuple[str, ...]:
    return (*case.measures, *(_ENDS if wish.measures == "all" else ()))


def _exact(case: Case, wish: Wish) -> ExactLaw:
    from funnelsim.engine.exact import exact

    return exact(case, measures=_measures(case, wish))


def _simulated(case: Case, wish: Wish, report: Report) -> Ensemble:
    if wish.on == "local":
        return _walked(case, wish, report, None)
    from funnelsim.batch.split import split_over

    with wish.staff.at_work() as workers:
        return _walked(case, wish, report, split_over(workers))


def _walked(case: Case, wish: Wish, report: Report, walker: Walker | None) -> Ensemble:
    from funnelsim.engine.simulate import Simulation

    run = Simulation(case, seed=wish.seed, threads=wish.threads, measures=_measures(case, wish), walker=walker)
    if wish.precision is not None:
        return run.run_until(wish.precision, on_progress=report)
    return run.run(wish.trials or case.trials, on_progress=report)


def _write(wish: Wish, out: Path, forecast: Forecast, ensemble: Ensemble | None, started: datetime) -> None:
    from funnelsim.report.run_folder import write_run

    write_run(forecast, out, ensemble=ensemble, language=wish.lang, started=started, threads=wish.threads)


def _show(wish: Wish, forecast: Forecast) -> None:
    if wish.as_json:
        click.echo(json_text(forecast.as_json()))
        return
    from funnelsim.report.terminal import print_forecast
    from funnelsim.report.words import Words

    print_forecast(forecast, Words(wish.lang))
    if wish.out is not None:
        click.echo(f"{wish.out}: written", err=True)
