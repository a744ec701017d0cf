"""`funnelsim sensitivity`: what moves a forecast, one input at a time and all at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import Share, config_argument, scenario_option, seed_option, set_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.analysis.sensitivity import Sensitivity


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    config: Path
    ranges: tuple[str, ...]
    of: str | None
    points: int | None
    trials: int | None
    gradient_trials: int
    shapley: bool
    engine: Literal["exact", "simulate"] | None
    confidence: float
    seed: int | None
    threads: int | None
    overrides: tuple[str, ...]
    scenario: str | None
    out: Path | None
    as_json: bool
    lang: Literal["en", "zh"]

    def bounds(self) -> dict[str, tuple[float, float]]:
        """Return the stated ranges by input."""
        return dict(_bound(text) for text in self.ranges)


def _bound(text: str) -> tuple[str, tuple[float, float]]:
    name, _, ends = text.rpartition("=")
    low, high = (_number(end) for end in [*ends.split(":"), ""][:2])
    if not name.strip() or low is None or high is None or ends.count(":") != 1:
        raise click.UsageError(f"--range '{text}' is no range; write INPUT=LOW:HIGH, such as --range shock.rho=0:10%")
    return name.strip(), (low, high)


def _number(text: str) -> float | None:
    plain = text.strip()
    try:
        found = float(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)
    except ValueError:
        return None
    return found if isfinite(found) else None


@click.command()
@config_argument
@click.option("--range", "ranges", multiple=True, metavar="INPUT=LOW:HIGH", help="Range of an input; may be repeated.")
@click.option("--of", metavar="OUTPUT", help="Sort by mean, p10, p50, p90 or target_N; default: target_1, else p50.")
@click.option("--points", type=click.IntRange(2, 1 << 16), help="Rows of the design; default 256, of fitted tables 64.")
@click.option(
    "--trials",
    type=click.IntRange(1, 10**9),
    help="Of a setting, if simulated; default 4,000, of fitted tables 1,000.",
)
@click.option(
    "--gradient-trials",
    type=click.IntRange(0, 10**7),
    default=20_000,
    show_default=True,
    help="Of the run that tells what a point of each conversion brings; 0: none.",
)
@click.option("--shapley", is_flag=True, help="Shapley effects also where inputs do not hang together.")
@click.option(
    "--engine",
    type=click.Choice(["exact", "simulate"]),
    help="What computes; default: exact where that applies.",
)
@click.option("--confidence", type=Share(), default="95%", show_default=True, help="Of the intervals.")
@seed_option
@set_option
@scenario_option
@click.option("--threads", type=click.IntRange(1, 4096), help="Changes the time, never the result.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write pictures and figures here.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of tables.")
def sensitivity(**wishes: object) -> None:
    """Tell what moves the forecast of CONFIG: every input alone, all together, and a point of each conversion."""
    wish = Wish(**wishes)  # type: ignore[arg-type]
    ranges, started = wish.bounds(), datetime.now(UTC)
    if wish.out is not None:
        from funnelsim.report.folder import check_folder

        check_folder(wish.out)
    _show(wish, _found(wish, ranges), started)


def _found(wish: Wish, ranges: dict[str, tuple[float, float]]) -> Sensitivity:
    from funnelsim.analysis.sensitivity import Plan, output_number
    from funnelsim.analysis.sensitivity import sensitivity as work_out
    from funnelsim.config import load

    plan = Plan(
        wish.engine,
        wish.points,
        wish.trials,
        wish.gradient_trials,
        wish.shapley,
        wish.confidence,
        wish.seed,
        wish.threads,
    )
    case = load(wish.config, wish.overrides, wish.scenario)
    output_number(case, wish.of)
    with progress("moving inputs") as (moving,):
        return work_out(case, plan, ranges, on_progress=moving)


def _show(wish: Wish, found: Sensitivity, started: datetime) -> None:
    from funnelsim.analysis.sensitivity import output_number

    answer = output_number(found.case, wish.of)
    if wish.out is not None:
        from funnelsim.report.sensitivity_folder import write_sensitivity

        write_sensitivity(found, answer, wish.out, language=wish.lang, started=started)
    if wish.as_json:
        click.echo(json_text(found.as_json()))
        return
    from funnelsim.report.sensitivity import print_sensitivity
    from funnelsim.report.words import Words

    print_sensitivity(found, answer, Words(wish.lang))
    if wish.out is not None:
        click.echo(f"{wish.out}: written", err=True)
