"""`funnelsim layers` and `funnelsim value`: where the spread comes from, and which evidence would narrow it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from funnelsim.cli.options import config_argument, scenario_option, seed_option, set_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

Language = Literal["en", "zh"]
_OPTIONS = (
    click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of pages."),
    click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON and nothing else."),
    click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write picture and figures here."),
    scenario_option,
    set_option,
    click.option("--threads", type=click.IntRange(1, 4096), help="Changes the time, never the result."),
    seed_option,
    click.option("--trials", type=click.IntRange(2, 10**9), help="Simulated futures; default: the config's."),
    config_argument,
)


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    for option in _OPTIONS:
        command = option(command)
    return command


@click.command()
@_shared
@click.option("--shapley", "fair", is_flag=True, help="Average over all orders of the layers, not the fixed one.")
def layers(
    config: Path,
    fair: bool,
    trials: int | None,
    seed: int | None,
    threads: int | None,
    overrides: tuple[str, ...],
    scenario: str | None,
    out: Path | None,
    as_json: bool,
    lang: Language,
) -> None:
    """Split the spread of CONFIG's forecast: figures not known, shared shock, new deals, luck, amounts."""
    started = _begin(out)
    from funnelsim.analysis.layers import split_layers
    from funnelsim.config import load

    case = load(config, overrides, scenario)
    with progress("computing") as (report,):
        found = split_layers(case, fair=fair, trials=trials, seed=seed, threads=threads, on_progress=report)
    from funnelsim.report.words import Words

    say = Words(lang)
    if out is not None:
        from funnelsim.report.answer_folder import write_answer
        from funnelsim.report.share_pictures import layers_picture

        write_answer("layers", found.as_json(), layers_picture(found, say), case, out, started)
    if as_json:
        click.echo(json_text(found.as_json()))
        return
    from funnelsim.report.layers import print_layers

    print_layers(found, say)
    _written(out)


@click.command()
@_shared
@click.option(
    "--deals",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="How many more closed deals in a stage.",
)
def value(
    config: Path,
    deals: int,
    trials: int | None,
    seed: int | None,
    threads: int | None,
    overrides: tuple[str, ...],
    scenario: str | None,
    out: Path | None,
    as_json: bool,
    lang: Language,
) -> None:
    """Tell which evidence would narrow CONFIG's forecast: more closed deals in which stage, and by how much."""
    started = _begin(out)
    from funnelsim.analysis.evidence import value_of_evidence
    from funnelsim.config import load

    case = load(config, overrides, scenario)
    with progress("computing"):
        found = value_of_evidence(case, deals, trials=trials, seed=seed, threads=threads)
    from funnelsim.report.words import Words

    say = Words(lang)
    if out is not None:
        from funnelsim.report.answer_folder import write_answer
        from funnelsim.report.share_pictures import value_picture

        write_answer("value", found.as_json(), value_picture(found, say), case, out, started)
    if as_json:
        click.echo(json_text(found.as_json()))
        return
    from funnelsim.report.evidence import print_evidence

    print_evidence(found, say)
    _written(out)


def _begin(out: Path | None) -> datetime:
    if out is not None:
        from funnelsim.report.folder import check_folder

        check_folder(out)
    return datetime.now(UTC)


def _written(out: Path | None) -> None:
    if out is not None:
        click.echo(f"{out}: written", err=True)
