"""Why a forecast changed, on a terminal and as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.explain import Explanation
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import decimals, figure, money, plain
from funnelsim.report.tables import Column, Table, last_day
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.waterfalls import signed, waterfall_table
from funnelsim.report.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_N_NAMED = 3
_TOLD_APART = 1e-6


def print_explanation(
    found: Explanation, say: Words, told: Sequence[float] | None = None, console: Console | None = None
) -> None:
    """Print the steps from one forecast to the other.

    Parameters
    ----------
    told : pair of float, optional
        The means that the two runs themselves had told.
    """
    console = console or new_console()
    for part in _parts(found, say, told, console.width):
        console.print(part)


def explain_title(found: Explanation, say: Words) -> str:
    """Return the title of an explanation's pages."""
    first, second = found.old.as_of.isoformat(), found.new.as_of.isoformat()
    return say("explain_title", case=one_line(found.new.name), first=first, second=second)


def explain_line(found: Explanation, say: Words, places: int | None = None) -> str:
    """Return the change of the mean in one sentence, with the causes that did most; to so many decimals."""
    fall, places = found.waterfall, _places(found) if places is None else min(places, _places(found))
    start, end = fall.start["mean"], fall.end["mean"]
    if not fall.steps:
        return say("explain_none", end=money(figure(end, places), found.new.money))
    largest = sorted(fall.steps, key=lambda step: -abs(step.adds["mean"]))[:_N_NAMED]
    causes = [say("explain_cause", cause=say(f"cause_{s.cause}"), adds=signed(s.adds["mean"], places)) for s in largest]
    return say(
        "explain_line", start=figure(start, places), end=money(figure(end, places), found.new.money),
        change=signed(end - start, places), causes=say.listed(causes),
    )  # fmt: skip


def explain_table(found: Explanation, say: Words) -> Table:
    """Return the waterfall, with how many deals each cause touched and what they are worth."""
    first, second = found.old.as_of.isoformat(), found.new.as_of.isoformat()
    names = {step.cause: say(f"cause_{step.cause}") for step in found.waterfall.steps}
    title = say("explain_table", first=first, second=second, unit=found.new.money)
    ends = say("forecast_of", day=first), say("forecast_of", day=second)
    table = waterfall_table(found.waterfall, title, ends, names, say)
    touched = [("", ""), *(_touched(found, step.cause) for step in found.waterfall.steps), ("", "")]
    head, *rest = table.columns
    return Table(
        table.title,
        (head, Column(say("deals_touched")), Column(say("touched_worth")), *rest),
        tuple((row[0], *more, *row[1:]) for row, more in zip(table.rows, touched, strict=True)),
        has_total=True,
        note=table.note,
    )


def explain_picture(found: Explanation, say: Words) -> Figure:
    """Return the waterfall of the mean."""
    from funnelsim.report.fonts import drawable
    from funnelsim.report.plots import new_figure, style, write_lines
    from funnelsim.report.waterfall_picture import draw_waterfall

    width, names_inches = 9.0, 3.0
    inches = 0.36 * (len(found.waterfall.steps) + 2)
    height = inches + 2.6
    with style():
        canvas = new_figure(width, height)
        write_lines(canvas, explain_title(found, say), 15, 1 - 0.2 / height, n_lines=1)
        write_lines(canvas, explain_line(found, say), 10, 1 - 0.6 / height, n_lines=3)
        box = (names_inches / width, 0.8 / height, (width - names_inches - 0.5) / width, inches / height)
        axes = canvas.add_axes(box)
        ends = (
            say("forecast_of", day=found.old.as_of.isoformat()),
            say("forecast_of", day=found.new.as_of.isoformat()),
        )
        names = [say(f"cause_{step.cause}") for step in found.waterfall.steps]
        draw_waterfall(axes, found.waterfall, names, ends, say("rest"))
        axes.set_xlabel(drawable(say("fall_axis", unit=found.new.money)), fontsize=9)
        return canvas


def _touched(found: Explanation, cause: object) -> tuple[str, str]:
    extent = found.extents.get(cause)  # type: ignore[call-overload]
    if extent is None or not extent.n_deals:
        return "", ""
    return f"{extent.n_deals:,}", plain(extent.amount)


def _places(found: Explanation) -> int:
    return decimals(max(abs(found.waterfall.start["mean"]), abs(found.waterfall.end["mean"])))


def _parts(found: Explanation, say: Words, told: Sequence[float] | None, width: int) -> Iterator[RenderableType]:
    yield Text(explain_title(found, say), style="bold")
    yield Text(explain_line(found, say))
    yield Text("")
    yield grid(explain_table(found, say), width)
    yield Text("")
    yield from (Text(line) for line in _closing(found, say, told))


def _closing(found: Explanation, say: Words, told: Sequence[float] | None) -> Iterator[str]:
    if any(found.signed):
        first, second = (money(plain(amount), found.new.money) for amount in found.signed)
        yield say("explain_note", first=first, second=second)
    ends = found.old.end, found.new.end
    if ends[0] is not None and ends[1] is not None and ends[0] != ends[1]:
        yield say("explain_windows", first=last_day(ends[0]), second=last_day(ends[1]))
    heres = [getattr(found.waterfall, name)["mean"] for name in ("start", "end")]
    for case, here, mean in zip((found.old, found.new), heres, told or heres, strict=True):
        if abs(mean - here) > _TOLD_APART * max(abs(here), 1.0):
            yield say("explain_retold", day=case.as_of.isoformat(), told=figure(mean, _places(found)))
    if found.trials is not None:
        yield f"{say('trials')} {found.trials:,} · {say('seed')} {found.seed}"
