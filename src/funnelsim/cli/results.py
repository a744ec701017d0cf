"""`funnelsim results`: what a store holds, by case, by axis, and as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from funnelsim.model.json_text import json_text

if TYPE_CHECKING:
    import pandas as pd

    from funnelsim.batch.store import Kept
    from funnelsim.report.words import Language, Words

SCHEMA = "funnelsim.results/1"
_SHOWN = 20
Command = TypeVar("Command", bound=Callable[..., Any])

store_argument = click.argument("store", type=click.Path(path_type=Path))
lang_option = click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")


def _question(command: Command) -> Command:
    """Add the options that choose rows and cases."""
    for option in (
        click.option(
            "--where", multiple=True, metavar="COLUMN=VALUE", help="Only cases with this value; may be repeated."
        ),
        click.option("--group", metavar="AXIS=VALUE", help="Of one group, such as segment=north; default: everything."),
        click.option("--period", default="total", show_default=True, help="A period's label, or total."),
        click.option("--measure", default="bookings", show_default=True, help="Such as bookings, wins or cash."),
    ):
        command = option(command)
    return command


@click.group()
def results() -> None:
    """Read back what sweeps kept."""


@results.command("list")
@click.argument("stores", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def list_stores(stores: tuple[Path, ...], as_json: bool) -> None:
    """Tell what each STORE is, and how far it is."""
    from funnelsim.batch.store import read_store

    told = [_digest(read_store(store)) for store in stores]
    if as_json:
        click.echo(json_text({"schema": SCHEMA, "stores": told}))
        return
    for one in told:
        done = f"{one['finished']:,} of {one['cases']:,} cases of {one['trials']:,} trials"
        varies = ", ".join(one["columns"])
        click.echo(f"{one['store']}: {one['name']}, {done}, {one['problems']:,} with problems; varies: {varies}")


@results.command()
@store_argument
@_question
@click.option("--sort", metavar="COLUMN", help="Largest first, such as mean, p10 or a column that varies.")
@click.option("--ascending", is_flag=True, help="Smallest first.")
@click.option("--top", type=click.IntRange(1), default=_SHOWN, show_default=True, help="How many cases to show.")
@click.option("--pivot", metavar="ROWS,COLUMNS", help="A table of --figure by two columns that vary.")
@click.option(
    "--figure", default="mean", show_default=True, help="What a pivot shows, such as mean, p10 or chance ...."
)
@json_option
@lang_option
def show(
    store: Path, sort: str | None, ascending: bool, top: int, pivot: str | None, figure: str, as_json: bool,
    lang: Language, **question: Any,
) -> None:  # fmt: skip
    """Show the cases of STORE: what varies, the figures, the chance of each target."""
    from funnelsim.batch.reading import pivot as by_two
    from funnelsim.batch.store import read_store
    from funnelsim.report.results_table import pivot_table, results_table
    from funnelsim.report.terminal import grid, new_console
    from funnelsim.report.words import Words

    kept = read_store(store)
    say = Words(lang)
    frame, title = _frame(kept, question), _title(kept, question, say)
    if pivot is not None:
        rows, comma, columns = pivot.partition(",")
        if not comma:
            raise click.UsageError(f"--pivot {pivot}: write ROWS,COLUMNS, two columns that vary")
        told = by_two(frame, rows.strip(), columns.strip(), figure)
        if not _show(told.reset_index(), as_json):
            new_console().print(grid(pivot_table(told, title, figure, say)))
        return
    if sort is not None:
        _need(frame, sort)
        frame = frame.sort_values(sort, ascending=ascending, kind="stable")
    if not _show(frame, as_json):
        note = say("n_of_cases", n=f"{min(top, len(frame)):,}", all=f"{len(frame):,}")
        console = new_console()
        console.print(grid(results_table(frame.head(top), title, note, say), console.width))


@results.command()
@store_argument
@click.argument("cases", nargs=-1, required=True, type=click.IntRange(0))
@_question
@json_option
@lang_option
def compare(store: Path, cases: tuple[int, ...], as_json: bool, lang: Language, **question: Any) -> None:
    """Set the given CASES of STORE side by side: what differs, and each figure less that of the first."""
    from funnelsim.batch.store import read_store
    from funnelsim.batch.tables import NUMBER
    from funnelsim.errors import InputError
    from funnelsim.report.results_table import side_by_side
    from funnelsim.report.terminal import grid, new_console
    from funnelsim.report.words import Words

    kept, say = read_store(store), Words(lang)
    frame = _frame(kept, question)
    if absent := [n for n in cases if n not in set(frame[NUMBER])]:
        raise InputError.of(f"no finished case {', '.join(map(str, absent))}; see `funnelsim results show`", "cases")
    frame = frame.set_index(NUMBER).loc[list(cases)].reset_index()
    if not _show(frame, as_json):
        console = new_console()
        console.print(grid(side_by_side(frame, _title(kept, question, say), say), console.width))


@results.command()
@store_argument
@_question
@click.option(
    "--all", "everything", is_flag=True, help="Every row of every case: all measures, periods, groups, targets."
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A file to write: .csv, .xlsx or .parquet.")
def export(store: Path, everything: bool, out: Path, **question: Any) -> None:
    """Write the cases of STORE as CSV, workbook or parquet."""
    from funnelsim.batch.reading import points, rows_of
    from funnelsim.batch.store import read_store
    from funnelsim.batch.tables import NUMBER
    from funnelsim.errors import InputError
    from funnelsim.report.results_table import csv_bytes, parquet_bytes, workbook_bytes
    from funnelsim.report.words import Words
    from funnelsim.whole_file import write_whole

    kept = read_store(store)
    frame = points(kept).merge(rows_of(kept), on=NUMBER) if everything else _frame(kept, question)
    title = str(kept.content["name"]) if everything else _title(kept, question, Words("en"))
    makers: dict[str, Callable[[], bytes]] = {
        ".csv": lambda: csv_bytes(frame),
        ".xlsx": lambda: workbook_bytes(frame, title),
        ".parquet": lambda: parquet_bytes(frame),
    }
    if out.suffix not in makers:
        raise InputError.of(f"'{out.name}': write a name that ends in {', '.join(makers)}", "out")
    write_whole(out, makers[out.suffix]())
    click.echo(f"{out}: {len(frame):,} rows written", err=True)


def _digest(kept: Kept) -> dict[str, Any]:
    content = kept.content
    return {
        "store": str(kept.folder),
        "name": content["name"],
        "cases": kept.n_cases,
        "finished": len(kept.finished),
        "problems": len(kept.problems),
        "columns": list(kept.columns),
        **{name: content[name] for name in ("base", "engine", "trials", "seeds", "seed", "made_by")},
    }


def _frame(kept: Kept, question: dict[str, Any]) -> pd.DataFrame:
    from funnelsim.batch.reading import Question, chosen
    from funnelsim.batch.reading import results as read

    axis, _, group = (question["group"] or "").partition("=")
    frame = read(kept, Question(question["measure"], question["period"], axis, group))
    return chosen(frame, dict(_pair(text) for text in question["where"]))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not equals:
        raise click.UsageError(f"--where {text}: write COLUMN=VALUE")
    return name, value


def _need(frame: pd.DataFrame, name: str) -> None:
    from funnelsim.errors import InputError

    if name not in frame:
        raise InputError.of(f"no column '{name}'; there are {', '.join(map(str, frame.columns))}", "sort")


def _title(kept: Kept, question: dict[str, Any], say: Words) -> str:
    measure, period = say(question["measure"]), question["period"]
    parts = [
        measure,
        say("total") if period == "total" else period,
        *([question["group"]] if question["group"] else []),
    ]
    return say("results_title", name=kept.content["name"], what=", ".join(parts), money=kept.content["money"])


def _show(frame: pd.DataFrame, as_json: bool) -> bool:
    """Print a frame as JSON if that is wanted, and tell whether it was."""
    if as_json:
        rows = json.loads(frame.to_json(orient="records", force_ascii=False, double_precision=15))
        click.echo(json_text({"schema": SCHEMA, "rows": rows}))
    return as_json
