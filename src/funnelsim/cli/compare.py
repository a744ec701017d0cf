"""`funnelsim compare`: several assumptions on one pipeline, in the same futures."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.options import seed_option, set_option
from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from funnelsim.analysis.compare import Comparison
    from funnelsim.model.case import Case

Language = Literal["en", "zh"]


@click.command()
@click.argument("configs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--scenarios", metavar="A,B,C", help="Scenarios of the one config to compare with it; default: all.")
@click.option("--against", metavar="NAME", help="What the others are held against; default: the first.")
@click.option("--trials", type=click.IntRange(2, 10**9), help="Simulated futures; default: the first config's.")
@seed_option
@click.option("--threads", type=click.IntRange(1, 4096), help="Changes the time, never the result.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "exact", "simulate"]),
    default="auto",
    show_default=True,
    help="What computes the waterfalls: exact laws where they apply, them alone, or the same trials.",
)
@click.option("--no-waterfall", "undivided", is_flag=True, help="Do not divide the differences by input.")
@set_option
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write picture and figures here.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of pages.")
def compare(
    configs: tuple[Path, ...],
    scenarios: str | None,
    against: str | None,
    trials: int | None,
    seed: int | None,
    threads: int | None,
    engine: Literal["auto", "exact", "simulate"],
    undivided: bool,
    overrides: tuple[str, ...],
    out: Path | None,
    as_json: bool,
    lang: Language,
) -> None:
    """Compare CONFIGS, or scenarios of one of them: who is ahead, by how much, and which input makes it so."""
    started = datetime.now(UTC)
    if out is not None:
        from funnelsim.report.folder import check_folder

        check_folder(out)
    from funnelsim.analysis.compare import compare as compared

    cases = _led_by(against, _cases(configs, scenarios, overrides))
    with progress("computing") as (report,):
        found = compared(
            cases, trials=trials, seed=seed, threads=threads, engine=engine, steps=not undivided, on_progress=report
        )
    if out is not None:
        _write(found, out, lang, started)
    _show(found, lang, as_json, out)


def _cases(configs: tuple[Path, ...], scenarios: str | None, overrides: tuple[str, ...]) -> dict[str, Case]:
    """Return the cases by name: of one config as it stands (without a name) and its scenarios, or each config's."""
    from funnelsim.config import load

    if len(configs) == 1:
        named = _scenarios(configs[0], scenarios)
        return {"": load(configs[0], overrides)} | {name: load(configs[0], overrides, name) for name in named}
    if scenarios is not None:
        raise click.UsageError("--scenarios are those of one config; name one config, or leave out --scenarios")
    names = [path.stem for path in configs]
    if len(set(names)) < len(names):
        names = _told_apart(configs)
    if len(set(names)) < len(names):
        raise click.UsageError("a config is named twice; name each once")
    return _loaded(dict(zip(names, configs, strict=True)), overrides)


def _told_apart(configs: tuple[Path, ...]) -> list[str]:
    """Return the shortest ends of paths, without suffix, that differ."""
    paths = [path.with_suffix("").parts for path in configs]
    for n in range(2, max(map(len, paths)) + 1):
        names = ["/".join(parts[-n:]) for parts in paths]
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in configs]


def _loaded(configs: Mapping[str, Path], overrides: tuple[str, ...]) -> dict[str, Case]:
    """Return the cases by name, or tell what is wrong with all of them."""
    from funnelsim.config import load
    from funnelsim.errors import InputError

    found: dict[str, Case] = {}
    errors: list[InputError] = []
    for name, path in configs.items():
        try:
            found[name] = load(path, overrides)
        except InputError as error:
            errors.append(error)
    if len(errors) > 1:
        told = ", ".join(error.source for error in errors)
        raise InputError([problem for error in errors for problem in error.problems], told)
    if errors:
        raise errors[0]
    return found


def _scenarios(config: Path, wanted: str | None) -> list[str]:
    from funnelsim.config.load import scenario_names

    there = scenario_names(config)
    if wanted is None and not there:
        raise click.UsageError(f"{config} states no scenarios; name a second config, or write scenarios into this one")
    if wanted is None:
        return list(there)
    return [wanted] if wanted in there else [name.strip() for name in wanted.split(",") if name.strip()]


def _led_by(against: str | None, cases: dict[str, Case]) -> dict[str, Case]:
    """Return the cases with the one the others are held against first."""
    if against is None:
        return cases
    if against not in cases:
        there = ", ".join(f"'{name}'" for name in cases if name)
        raise click.UsageError(f"--against '{against}' is not compared; there are {there}")
    return {against: cases[against]} | cases


def _write(found: Comparison, out: Path, lang: Language, started: datetime) -> None:
    from funnelsim.report.answer_folder import write_answer
    from funnelsim.report.compare_picture import compare_picture
    from funnelsim.report.words import Words

    drawn = compare_picture(found, Words(lang))
    write_answer("compare", found.as_json(), drawn, found.first.case, out, started)


def _show(found: Comparison, lang: Language, as_json: bool, out: Path | None) -> None:
    if as_json:
        click.echo(json_text(found.as_json()))
        return
    from funnelsim.report.compare import print_comparison
    from funnelsim.report.words import Words

    print_comparison(found, Words(lang))
    if out is not None:
        click.echo(f"{out}: written", err=True)
