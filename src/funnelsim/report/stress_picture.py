"""The picture of a stress test: bookings and the chance of the first target by stress, and the mildest joint change."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.figure import Figure

from funnelsim.analysis.reverse import FARTHEST, Reverse
from funnelsim.analysis.stress import StressTest
from funnelsim.analysis.variants import Variant
from funnelsim.report.bar_panels import Panel, Row, panels_picture
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import figure, percent, places_of
from funnelsim.report.stress import first_target, input_words, reverse_sentence, value_words
from funnelsim.report.words import Words

_TURNED = 0.005  # units that are told


def stress_picture(told: StressTest, say: Words) -> Figure:
    """Return the picture: what is to come and the chance under each stress, and what would bring the target down."""
    title = say("stress_title", case=one_line(told.case.name), day=told.case.as_of.isoformat())
    sentence = reverse_sentence(told.case, told.reverse, say) if told.reverse is not None else say("stress_note")
    return panels_picture(title, sentence, list(_panels(told, say)))


def _panels(told: StressTest, say: Words) -> Iterator[Panel]:
    variants = [("base", told.base), *told.stresses.items()]
    yield Panel(
        say("stress_table", unit=told.case.money),
        say("stress_band"),
        [_money_row(name, variant, told, say) for name, variant in variants],
    )
    if told.case.targets:
        rows = [_chance_row(name, variant, say) for name, variant in variants]
        title = say("stress_chance_of", target=first_target(told.case, say))
        yield Panel(title, say("stress_percent"), rows, 100 * told.base.targets[0].chance, shares_names=True)
    if told.reverse is not None and told.reverse.distance:
        level = percent(told.reverse.level, 0)
        title = say("reverse_table", target=first_target(told.case, say), level=level)
        yield Panel(title, say("reverse_units_axis"), list(_turned(told.reverse, say)))
        yield Panel(say("reverse_alone"), say("reverse_units_axis"), list(_alone(told.reverse, say)), shares_names=True)


def _money_row(name: str, variant: Variant, told: StressTest, say: Words) -> Row:
    total = variant.bookings
    q = total.quantiles
    whom = f" ({one_line(told.whom[name], 16)})" if told.whom.get(name) else ""
    return Row(
        say(f"stress_{name}") + whom, q["p50"], figure(q["p50"], places_of(total)), q["p10"], q["p90"], name == "base"
    )


def _chance_row(name: str, variant: Variant, say: Words) -> Row:
    chance = variant.targets[0].chance
    return Row(say(f"stress_{name}"), 100 * chance, percent(chance), is_base=name == "base")


def _turned(found: Reverse, say: Words) -> Iterator[Row]:
    for one in found.turned:
        told = f"{value_words(one, one.turn.at(0.0))} → {value_words(one, one.turn.at(one.units))}"
        yield Row(input_words(one, say), one.units, told if one.units > _TURNED else "")


def _alone(found: Reverse, say: Words) -> Iterator[Row]:
    alone = dict(found.alone)
    for one in found.turned:
        units = alone[one.turn.name]
        told = figure(units, 2) if units is not None else say("reverse_never", most=f"{FARTHEST:g}")
        yield Row(input_words(one, say), units or FARTHEST, told)
