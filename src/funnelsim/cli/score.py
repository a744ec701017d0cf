"""`funnelsim score`: published forecasts against what happened, kept in a log."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from funnelsim.cli.progress import progress
from funnelsim.model.json_text import json_text

LOG = "scores.jsonl"


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="RUN...")
@click.argument("history", type=click.Path(path_type=Path))
@click.option("--log", type=click.Path(path_type=Path), help=f"The log; default: {LOG} beside HISTORY.")
@click.option("--allow-unmapped", is_flag=True, help="Drop rows with unknown stages, and count them.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON and nothing else.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
def score(
    runs: tuple[Path, ...], history: Path, log: Path | None, allow_unmapped: bool, as_json: bool,
    lang: Literal["en", "zh"],
) -> None:  # fmt: skip
    """Score the forecasts in the folders RUN... by what HISTORY says happened, and add them to a log."""
    from funnelsim.analysis.published import SCHEMA, called_beside, judge, track_of
    from funnelsim.config.history import load_history
    from funnelsim.history.digest import digest
    from funnelsim.history.record import date_of
    from funnelsim.report.published_folder import ScoreLog, check_money, read_run
    from funnelsim.report.score_terminal import print_scores
    from funnelsim.report.words import Words

    published = [read_run(folder) for folder in runs]
    kept = ScoreLog(log or history.parent / LOG)
    kept.read()  # a log that cannot be read is told before anything else is done
    with progress("reading") as (report,):
        found, _ = load_history(history, allow_unmapped=allow_unmapped, on_progress=report)
    check_money(published, found.money.currency, found.money.unit)
    verdicts = [verdict for one in published for verdict in judge(one, found)]
    records = {"records_sha256": digest(found), "records_to": date_of(found.as_of - 1).isoformat()}
    n_added = kept.add(verdicts, records)
    track, calls = list(track_of(kept.read())), list(called_beside(verdicts, found))
    if as_json:
        told = {
            "schema": SCHEMA,
            **records,
            "verdicts": [{k: v for k, v in verdict.as_json().items() if k != "schema"} for verdict in verdicts],
            "track": [hits.as_json() for hits in track],
            **({"calls": [one.as_json() for one in calls]} if calls else {}),
        }
        click.echo(json_text(told))
        return
    say = Words(lang)
    print_scores(verdicts, track, found, say)
    if calls:
        from funnelsim.report.calls_terminal import print_beside

        print_beside(calls, found.money, say)
    click.echo(say("score_logged", log=kept.place, n=n_added), err=True)
