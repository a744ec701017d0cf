"""What to do, on a terminal: the bottleneck, and the best split of a budget."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.act import Action, Split
from funnelsim.analysis.spending import Spending
from funnelsim.model.case import Case
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import money, percent, plain, signed
from funnelsim.report.pipeline_tables import bottleneck_words, table_of_lifts
from funnelsim.report.refusals import refusal
from funnelsim.report.tables import COUNTS, Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words


def print_action(told: Action, say: Words, console: Console | None = None) -> None:
    """Print where a point buys most, and the best split where a budget was given."""
    console = console or new_console()
    for part in _parts(told, say, console.width):
        console.print(part)


def split_table(case: Case, split: Split, say: Words) -> Table:
    """Return what is spent on each input, what that buys, and the chance if all went there."""
    rows = tuple(
        (
            spending_words(spending, say),
            plain(spending.cost),
            plain(spent),
            bought(spending, spent, say),
            percent(alone),
        )
        for spending, spent, alone in zip(split.spendings, split.money, split.alone, strict=True)
    )
    names = ("split_cost", "split_spend", "split_buys", "split_alone")
    columns = (Column(say("split_on"), is_number=False), *(Column(say(name)) for name in names))
    budget = money(plain(split.budget), case.money)
    title = say("split_table", budget=budget, target=target_words(case, say))
    return Table(title, columns, rows, note=say("split_note", n=split.evaluations))


def split_sentence(told: Action, split: Split, say: Words) -> str:
    """Return what the best split does to the chance of the first target."""
    found = say(
        "split_sentence",
        target=target_words(told.case, say), before=percent(told.chance or 0.0), after=percent(split.chance),
        gain=signed(100 * split.gain.value, round(100 * split.gain.error, 6)), even=percent(split.even),
    )  # fmt: skip
    left = money(plain(split.left), told.case.money)
    return found + (say("split_left", left=left) if split.left > 1e-6 * split.budget else "")


def _parts(told: Action, say: Words, width: int) -> Iterator[RenderableType]:
    case = told.case
    yield Text(say("act_title", case=one_line(case.name), day=case.as_of.isoformat()), style="bold")
    yield Text("")
    yield grid(table_of_lifts(told.bottleneck, case, say), width)
    yield Text(bottleneck_words(told.bottleneck, case, say))
    if told.split is not None:
        yield Text("")
        yield grid(split_table(case, told.split, say), width)
        yield Text(split_sentence(told, told.split, say))
    yield Text("")
    if told.refused:
        yield Text(say("engine_refused", reason=refusal(told.refused, say)))
    parts = [f"{say('engine')} {say(f'engine_{told.engine}')}"]
    if told.trials is not None:
        parts += [f"{say('trials')} {told.trials:,}", f"{say('seed')} {told.seed}"]
    yield Text(" · ".join(parts), style="dim")


def spending_words(spending: Spending, say: Words) -> str:
    """Return what money is spent on."""
    return say(f"split_{spending.kind}", name=one_line(spending.name, 40))


def bought(spending: Spending, spent: float, say: Words) -> str:
    """Return what is bought for so much."""
    name = "split_deals" if spending.kind == "source" else "split_points"
    return say(name, x=plain(spending.bought(spent)))


def target_words(case: Case, say: Words) -> str:
    """Return the name of the first target."""
    target = case.targets[0]
    parts = [say(target.measure)] if target.measure in COUNTS or target.measure == "cash" else []
    return say("target_label", amount=" ".join([*parts, plain(target.amount)]))
