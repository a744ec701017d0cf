"""`funnelsim history`: what a CRM recorded, checked and brought into one form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    from funnelsim.history.findings import ImportReport
    from funnelsim.history.record import History

_file = click.argument("history", type=click.Path(path_type=Path))
_unmapped = click.option("--allow-unmapped", is_flag=True, help="Drop rows with unknown stages, and count them.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON and nothing else.")
_lang = click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")


@click.group()
def history() -> None:
    """Read what a CRM recorded, as a history.yaml describes it."""


@history.command()
@_file
@_unmapped
@_json
@_lang
def check(history: Path, allow_unmapped: bool, as_json: bool, lang: Literal["en", "zh"]) -> None:
    """Read HISTORY and tell rows, deals, stages and every defect; exits 2 if it cannot be read."""
    _, report = _load(history, allow_unmapped)
    _show(report, history, lang, as_json)


@history.command(name="import")
@_file
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Write the history here.")
@_unmapped
@_json
@_lang
def import_(history: Path, out: Path, allow_unmapped: bool, as_json: bool, lang: Literal["en", "zh"]) -> None:
    """Read HISTORY and write it in one form: visits, deals, changes and a history.yaml that reads them back."""
    from funnelsim.report.folder import check_folder
    from funnelsim.report.history_folder import write_import

    check_folder(out)
    found, report = _load(history, allow_unmapped)
    write_import(found, report, history.stem, out)
    _show(report, history, lang, as_json)
    if not as_json:
        click.echo(f"{out}: written", err=True)


def _load(path: Path, allow_unmapped: bool) -> tuple[History, ImportReport]:
    from funnelsim.config.history import load_history

    with progress("reading") as (report,):
        return load_history(path, allow_unmapped=allow_unmapped, on_progress=report)


def _show(report: ImportReport, path: Path, lang: Literal["en", "zh"], as_json: bool) -> None:
    if as_json:
        click.echo(json_text(report.as_json()))
        return
    from funnelsim.report.history_terminal import print_import
    from funnelsim.report.words import Words

    print_import(report, path.name, Words(lang))
