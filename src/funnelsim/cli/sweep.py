"""`funnelsim sweep`: many cases from one base case, each kept as it is worked out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from funnelsim.cli.options import Length, seed_option
from funnelsim.cli.progress import progress
from funnelsim.cli.workers import On, Staff, worker_options
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.batch.run import Outcome
    from funnelsim.batch.task import Answer
    from funnelsim.config.sweep import Sweep

INTERRUPTED, STOPPED, PROBLEMS = 130, 3, 1
SCHEMA = "funnelsim.sweep/1"
_SHOWN = 10


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    sweep: Path
    out: Path | None
    dry_run: bool
    on: On
    cluster: str | None
    workers: int | None
    trials: int | None
    seed: int | None
    time_limit: float | None
    as_json: bool

    def check(self) -> None:
        """Refuse options that contradict each other."""
        if self.out is None and not self.dry_run:
            raise click.UsageError("--out names the folder the results are kept in; give it, or --dry-run")
        self.staff.check()

    @property
    def staff(self) -> Staff:
        """Return who works."""
        return Staff(self.on, self.cluster, self.workers)


@click.command()
@click.argument("sweep", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), metavar="STORE", help="Keep the results here, go on there.")
@click.option(
    "--dry-run", is_flag=True, help="Tell how many cases there are and about how long they take; keep nothing."
)
@worker_options("How many cases at a time; default: all cores.")
@click.option("--trials", type=click.IntRange(1, 10**9), help="Simulated futures of each case; default: the sweep's.")
@seed_option
@click.option(
    "--time-limit", type=Length(), metavar="TIME", help="Begin no case after this long, such as 90s, 10m or 2h."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print a line of JSON for each case as it is kept, and one at the end."
)
def sweep(**wishes: object) -> None:
    """Work out every case of SWEEP; killed at any moment, the same command goes on where it was."""
    wish = Wish(**wishes)  # type: ignore[arg-type]
    wish.check()
    from funnelsim.config.sweep import load_sweep

    found = load_sweep(wish.sweep, seed=wish.seed, trials=wish.trials)
    if wish.dry_run:
        _guess(wish, found)
        return
    code = _work(wish, wish.out or Path(), found)
    if code:
        raise click.exceptions.Exit(code)


def _guess(wish: Wish, found: Sweep) -> None:
    from funnelsim.batch.guess import guess
    from funnelsim.batch.local import cores

    told = guess(found, wish.workers or cores())
    if wish.as_json:
        figures = {"seconds_each": told.seconds_each, "seconds": told.seconds, "workers": told.n_workers}
        click.echo(json_text({"schema": SCHEMA, "cases": told.n_cases, "timed": told.n_timed, **figures}))
        return
    axes = " x ".join(f"{len(axis):,} {axis.name}" for axis in found.design.axes)
    click.echo(f"{told.n_cases:,} cases ({axes}) of {found.trials:,} trials")
    click.echo(
        f"about {_length(told.seconds)} with {told.n_workers} at a time "
        f"({told.n_timed} cases timed, {told.seconds_each:.3g} s each)"
    )


def _work(wish: Wish, out: Path, found: Sweep) -> int:
    from funnelsim.batch.run import run_batch

    try:
        with progress("cases") as (report,), wish.staff.at_work() as workers:
            outcome = run_batch(
                found, out, workers=workers, time_limit=wish.time_limit, on_progress=report, on_answer=_teller(wish)
            )
    except KeyboardInterrupt:
        click.echo(f"interrupted; {out} keeps what is finished, and the same command goes on there", err=True)
        return INTERRUPTED
    _tell(wish, out, outcome)
    return PROBLEMS if outcome.problems else STOPPED if outcome.n_left else 0


def _teller(wish: Wish) -> Callable[[Answer], None] | None:
    if not wish.as_json:
        return None

    def tell(answer: Answer) -> None:
        line: dict[str, Any] = {"case": answer.number, "seconds": round(answer.seconds, 6)}
        click.echo(json_text({**line, **({"problem": answer.problem} if answer.problem else {})}))

    return tell


def _tell(wish: Wish, out: Path, outcome: Outcome) -> None:
    if wish.as_json:
        told = {
            "schema": SCHEMA,
            "cases": outcome.n_cases,
            "found": outcome.n_found,
            "done": outcome.n_done,
            "damaged": list(outcome.damaged),
            "problems": {str(n): text for n, text in sorted(outcome.problems.items())},
            "left": outcome.n_left,
            "seconds": round(outcome.seconds, 3),
        }
        click.echo(json_text(told))
        return
    for number in outcome.damaged[:_SHOWN]:
        click.echo(f"case {number}: its file was damaged, and is worked out again", err=True)
    for number, text in sorted(outcome.problems.items())[:_SHOWN]:
        click.echo(f"case {number}: {text}", err=True)
    if len(outcome.problems) > _SHOWN:
        click.echo(f"and {len(outcome.problems) - _SHOWN:,} more cases with problems", err=True)
    click.echo(f"{outcome.n_found + outcome.n_done:,} of {outcome.n_cases:,} cases are in {out}: {_made(outcome)}")
    if outcome.n_left:
        click.echo(f"stopped by the time limit; {outcome.n_left:,} cases are left: the same command goes on", err=True)


def _made(outcome: Outcome) -> str:
    done = f"{outcome.n_done:,} worked out in {_length(outcome.seconds)}"
    return f"{done}, {outcome.n_found:,} were there" if outcome.n_found else done


def _length(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
