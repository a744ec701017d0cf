"""`funnelsim communicate`: what arrives at each hop of a chain, and which hop is worth mending."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from funnelsim.cli.options import config_argument, scenario_option, set_option
from funnelsim.model.json_text import json_text


@click.command()
@config_argument
@click.option("--items", type=click.IntRange(1, 1000), help="Send so many items alike in place of the message.")
@set_option
@scenario_option
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write figures and a picture here.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of tables.")
def communicate(
    config: Path,
    items: int | None,
    overrides: tuple[str, ...],
    scenario: str | None,
    out: Path | None,
    as_json: bool,
    lang: Literal["en", "zh"],
) -> None:
    """Tell what arrives of a message at each hop of CONFIG's communication; no funnel is needed beside it."""
    if out is not None:
        from funnelsim.report.folder import check_folder

        check_folder(out)
    from funnelsim.analysis.communication import communicate as work_out
    from funnelsim.config import load_briefing

    told = work_out(load_briefing(config, overrides, scenario), items=items)
    if out is not None:
        from funnelsim.report.communication_folder import write_communication

        write_communication(told, out, language=lang)
    if as_json:
        click.echo(json_text(told.as_json()))
        return
    from funnelsim.report.communication import print_communication
    from funnelsim.report.words import Words

    print_communication(told, Words(lang))
    if out is not None:
        click.echo(f"{out}: written", err=True)
