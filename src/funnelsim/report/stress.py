"""Stresses and the reverse stress on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.reverse import FARTHEST, Reverse, Turned
from funnelsim.analysis.stress import StressTest
from funnelsim.analysis.variants import Variant
from funnelsim.model.case import Case
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import chance, figure, mean_places, percent, places_of, plain, rate, shared_places, signed
from funnelsim.report.people import closing_lines
from funnelsim.report.refusals import refusal
from funnelsim.report.tables import COUNTS, Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words


def print_stress(told: StressTest, say: Words, console: Console | None = None) -> None:
    """Print the forecast under each stress, and the mildest change that breaks the first target."""
    console = console or new_console()
    for part in _parts(told, say, console.width):
        console.print(part)


def stress_table(told: StressTest, say: Words) -> Table:
    """Return a row for the forecast as it stands and one for each stress, the worst first."""
    targets = told.case.targets
    columns = [Column(say("stress"), is_number=False), Column(say("stress_whom"), is_number=False)]
    columns += [Column(say("commit")), Column(say("mean")), Column(say("stress_change"))]
    for target in targets:
        columns += [Column(_target(told.case, target.measure, target.amount, say), say("chance"))]
        columns += [Column(say("stress_chance_change"))]
    apart = [variant.difference for variant in told.stresses.values()]
    places = shared_places(one.mean_se for one in apart)
    points = [shared_places(100 * one.chances_se[i] for one in apart) for i in range(len(targets))]
    rows = [_cells("base", "", told.base, told, say, places, points)]
    rows += [_cells(name, told.whom[name], one, told, say, places, points) for name, one in told.stresses.items()]
    title = say("stress_table", unit=told.case.money)
    return Table(title, tuple(columns), tuple(rows), note=say("stress_note"))


def reverse_table(case: Case, told: Reverse, say: Words) -> Table:
    """Return a row for each input: from where to where it is turned, and by how much alone it would have to be."""
    alone = dict(told.alone)
    rows = tuple(
        (
            input_words(one, say),
            value_words(one, one.turn.at(0.0)),
            value_words(one, one.turn.at(one.units)),
            figure(one.units, 2),
            say(f"reverse_unit_{one.turn.unit_from}", unit=figure(one.turn.unit, 2)),
            figure(units, 2)
            if (units := alone[one.turn.name]) is not None
            else say("reverse_never", most=plain(FARTHEST)),
        )
        for one in told.turned
    )
    names = ("reverse_from", "reverse_to", "reverse_units", "reverse_unit", "reverse_alone")
    columns = (Column(say("reverse_input"), is_number=False), *(Column(say(name)) for name in names))
    title = say("reverse_table", target=first_target(case, say), level=percent(told.level, 0))
    return Table(title, columns, rows, note=say("reverse_note"))


def reverse_sentence(case: Case, told: Reverse, say: Words) -> str:
    """Return how far away the answer is, or why there is none."""
    facts = {"target": first_target(case, say), "chance": percent(told.chance), "level": percent(told.level, 0)}
    if told.distance is None or told.chance_there is None:
        return say("reverse_safe", most=plain(FARTHEST), **facts)
    if told.distance == 0:
        return say("reverse_under_already", **facts)
    return say(
        "reverse_distance", distance=figure(told.distance, 2), chance=facts["chance"], there=percent(told.chance_there),
        n=told.evaluations,
    )  # fmt: skip


def _parts(told: StressTest, say: Words, width: int) -> Iterator[RenderableType]:
    title = say("stress_title", case=one_line(told.case.name), day=told.case.as_of.isoformat())
    yield Text(title, style="bold")
    yield Text("")
    yield grid(stress_table(told, say), width)
    for name, why in told.left_out.items():
        yield Text(say("stress_left_out", stress=say(f"stress_{name}"), why=refusal(why, say)), style="dim")
    if told.reverse is not None:
        yield Text("")
        if told.reverse.distance:
            yield grid(reverse_table(told.case, told.reverse, say), width)
        yield Text(reverse_sentence(told.case, told.reverse, say))
    yield Text("")
    if told.refused:
        yield Text(say("engine_refused", reason=refusal(told.refused, say)))
    yield from (Text(line, style="dim") for line in closing_lines(told.case, told.variants, say))


def _cells(
    name: str, whom: str, variant: Variant, told: StressTest, say: Words, places: int, points: list[int]
) -> tuple[str, ...]:
    total, apart, is_base = variant.bookings, variant.difference, name == "base"
    cells = [say(f"stress_{name}"), one_line(whom, 24), figure(total.commit, places_of(total))]
    cells += [figure(total.mean, mean_places(total)), "" if is_base else signed(apart.mean, apart.mean_se, places)]
    for i, target in enumerate(variant.targets):
        cells.append(chance(target.chance, target.chance_se, told.variants.trials))
        cells.append("" if is_base else signed(100 * apart.chances[i], 100 * apart.chances_se[i], points[i]))
    return tuple(cells)


def input_words(one: Turned, say: Words) -> str:
    """Return the name of an input that is turned."""
    if one.turn.kind == "conversion":
        return say("reverse_conversion", stage=one_line(one.turn.name))
    return say(f"reverse_{one.turn.kind}")


def value_words(one: Turned, value: float) -> str:
    """Return a figure of an input."""
    return rate(value) if one.turn.kind == "conversion" else figure(value, 2)


def first_target(case: Case, say: Words) -> str:
    """Return the name of the first target."""
    return _target(case, case.targets[0].measure, case.targets[0].amount, say)


def _target(case: Case, measure: str, amount: float, say: Words) -> str:
    parts = [say(measure)] if measure in COUNTS or measure == "cash" else []
    return say("target_label", amount=" ".join([*parts, plain(amount)]))
