"""`funnelsim lint`: does the method of a config mislead, and where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.config.method import Inspected
    from funnelsim.model.finding import Finding

Findings = list[tuple["Inspected", tuple["Finding", ...]]]


@click.command()
@click.argument("configs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CONFIG...")
@click.option("--strict", is_flag=True, help="Exit with 1 where anything is found.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
def lint(configs: tuple[Path, ...], strict: bool, as_json: bool, lang: Literal["en", "zh"]) -> None:
    """Look at the method of CONFIGs: what misleads, where it stands, why, and what to do about it."""
    with progress("looking"):
        found = _found(configs)
    if as_json:
        click.echo(json_text(_plain(found, lang)))
    else:
        _print(found, lang)
    if strict and any(findings for _, findings in found):
        click.get_current_context().exit(1)


def _found(configs: tuple[Path, ...]) -> Findings:
    from funnelsim.analysis.lint import lint as lint_case
    from funnelsim.analysis.lint import lint_together
    from funnelsim.config.method import inspect_all

    inspected = inspect_all(configs)
    together = lint_together({read.name: read.case for read in inspected if read.case is not None})
    found = []
    for read in inspected:
        own = lint_case(read.case) if read.case is not None else ()
        shared = tuple(finding for name, finding in together if name == read.name)
        found.append((read, (*read.findings, *(read.placed(finding) for finding in (*own, *shared)))))
    return found


def _plain(found: Findings, lang: Literal["en", "zh"]) -> dict[str, Any]:
    from funnelsim.analysis.lint import SCHEMA, plain_findings
    from funnelsim.report.lint import sentences_of
    from funnelsim.report.words import Words

    say = Words(lang)
    files = [
        {
            "config": read.name,
            "forecastable": read.case is not None,
            "findings": [
                {**plain, **sentences_of(finding, say)}
                for plain, finding in zip(plain_findings(findings), findings, strict=True)
            ],
        }
        for read, findings in found
    ]
    return {"schema": SCHEMA, "files": files}


def _print(found: Findings, lang: Literal["en", "zh"]) -> None:
    from funnelsim.analysis.lint import RULES
    from funnelsim.config.method import TEXT_RULES
    from funnelsim.report.lint import print_findings
    from funnelsim.report.words import Words

    n_rules = len(RULES) + len(TEXT_RULES) + (len(found) > 1)
    for i, (read, findings) in enumerate(found):
        if i:
            click.echo()
        print_findings(read.name, findings, n_rules, Words(lang), is_whole=read.case is not None)
