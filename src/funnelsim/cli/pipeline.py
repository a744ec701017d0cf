"""`funnelsim pipeline`: the pipeline as it is managed, on the terminal and as a picture."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import Share, config_argument, scenario_option, seed_option, set_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.analysis.pipeline import PipelineReview


@click.command()
@config_argument
@click.option(
    "--engine",
    type=click.Choice(["auto", "exact", "simulate"]),
    default="auto",
    show_default=True,
    help="What computes: the exact engine where it applies, it alone, or random trials.",
)
@click.option("--trials", type=click.IntRange(1, 10**9), help="Simulated futures; default: the config's.")
@seed_option
@click.option(
    "--stalled",
    type=Share(),
    default=0.1,
    help="A deal is stalled if fewer deals than this share that moved on ever waited as long; default 10%.",
)
@set_option
@scenario_option
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write picture and figures here.")
@click.option("--json", "as_json", is_flag=True, help="Print the review as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of pages.")
def pipeline(
    config: Path,
    engine: Literal["auto", "exact", "simulate"],
    trials: int | None,
    seed: int | None,
    stalled: float,
    overrides: tuple[str, ...],
    scenario: str | None,
    out: Path | None,
    as_json: bool,
    lang: Literal["en", "zh"],
) -> None:
    """Review the pipeline of CONFIG: stages, targets against plan, bottleneck, stalled deals."""
    if engine == "exact" and (trials is not None or seed is not None):
        raise click.UsageError("--engine exact runs no trials; leave out --trials and --seed, or --engine exact")
    started = datetime.now(UTC)
    if out is not None:
        from funnelsim.report.folder import check_folder

        check_folder(out)
    from funnelsim.analysis.pipeline import review_pipeline
    from funnelsim.config import load

    case = load(config, overrides, scenario)
    with progress("computing"):
        review = review_pipeline(case, engine=engine, trials=trials, seed=seed, stalled_below=stalled)
    if out is not None:
        from funnelsim.report.pipeline_folder import write_review

        write_review(review, out, language=lang, started=started)
    _show(review, lang, as_json, out)


def _show(review: PipelineReview, lang: Literal["en", "zh"], as_json: bool, out: Path | None) -> None:
    if as_json:
        click.echo(json_text(review.as_json()))
        return
    from funnelsim.report.pipeline_terminal import print_review
    from funnelsim.report.words import Words

    print_review(review, Words(lang))
    if out is not None:
        click.echo(f"{out}: written", err=True)
