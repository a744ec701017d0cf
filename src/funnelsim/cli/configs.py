"""`funnelsim validate`, `schema` and `init`: configs, without computing anything."""

from __future__ import annotations

from pathlib import Path

import click

from funnelsim.cli.options import config_argument, scenario_option, set_option
from funnelsim.errors import InputError, OutputError
from funnelsim.model.json_text import json_text


@click.command()
@config_argument
@set_option
@scenario_option
@click.option("--json", "as_json", is_flag=True, help="Print the finding as JSON.")
def validate(config: Path, overrides: tuple[str, ...], scenario: str | None, as_json: bool) -> None:
    """Check CONFIG and tell every problem with its place and remedy; exits 2 if there is one."""
    from funnelsim.config import load_any
    from funnelsim.model.briefing import Briefing

    try:
        case = load_any(config, overrides, scenario)
    except InputError as error:
        if as_json:
            click.echo(json_text(_problems(error)))
            click.get_current_context().exit(error.exit_code)
        raise
    if isinstance(case, Briefing):
        n_hops = len(case.communication.hops)
        told = f"{config}: ok, {_counted(n_hops, 'hop')} and no funnel; see it with: funnelsim communicate {config}"
        click.echo(json_text({"ok": True, "hops": n_hops, "problems": []}) if as_json else told)
        return
    n_stages, n_deals = len(case.funnel.stages), len(case.pipeline)
    if as_json:
        click.echo(json_text({"ok": True, "stages": n_stages, "deals": n_deals, "problems": []}))
    else:
        click.echo(f"{config}: ok, {_counted(n_stages, 'stage')}, {_counted(n_deals, 'deal')}")


@click.command()
@click.argument("name", required=False)
def schema(name: str | None) -> None:
    """Print the JSON Schema of a config, for editors; with NAME, of what that command prints with --json."""
    click.echo(json_text(_schema(name), indent=2))


def _schema(name: str | None) -> dict[str, object]:
    if name is None:
        from funnelsim.config import json_schema

        return json_schema()
    if name == "sweep":
        from funnelsim.config.sweep_forms import json_schema as of_sweeps

        return of_sweeps()
    from funnelsim.report.published_schemas import PUBLISHED, published_schema

    if name not in PUBLISHED:
        there = ", ".join(sorted({*PUBLISHED, "sweep"}))
        raise click.UsageError(f"no schema '{name}'; there are {there}; without a name it is a config's")
    return published_schema(name)


@click.command()
@click.argument("csv", required=False, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write to this new file rather than to stdout.")
def init(csv: Path | None, out: Path | None) -> None:
    """Write a commented config to start from; with CSV, one that reads that table of deals."""
    from funnelsim.config import starter

    text = starter(csv)
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise OutputError(f"{out}: is there already; give another name to --out, or remove it") from None
    except OSError as error:
        raise OutputError(f"{out}: not written ({error.strerror})") from error
    click.echo(f"{out}: written; confirm what is marked, then run: funnelsim validate {out}")


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _problems(error: InputError) -> dict[str, object]:
    told = [
        {"place": problem.place, "path": list(problem.path), "message": problem.message} for problem in error.problems
    ]
    return {"ok": False, "problems": told}
