"""The picture of what to do: what a point buys at each stage, also per unit of cost, and the best split of a budget."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.figure import Figure

from funnelsim.analysis.act import Action, Split
from funnelsim.analysis.bottleneck import Lift
from funnelsim.report.act import bought, spending_words, split_sentence, target_words
from funnelsim.report.bar_panels import Panel, Row, panels_picture
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import decimals, figure, money, percent, plain
from funnelsim.report.pipeline_tables import bottleneck_words
from funnelsim.report.words import Words


def act_picture(told: Action, say: Words) -> Figure:
    """Return the picture."""
    title = say("act_title", case=one_line(told.case.name), day=told.case.as_of.isoformat())
    sentence = bottleneck_words(told.bottleneck, told.case, say)
    if told.split is not None:
        sentence = split_sentence(told, told.split, say)
    return panels_picture(title, sentence, list(_panels(told, say)))


def _panels(told: Action, say: Words) -> Iterator[Panel]:
    unit, lifts = told.case.money, [lift for lift in told.bottleneck.lifts if lift.mean is not None]
    axis = say("act_gain_axis", unit=unit)
    yield Panel(say("act_gain"), axis, [_gain(lift, lift.mean.value if lift.mean else 0.0) for lift in lifts])
    priced = [lift for lift in lifts if lift.mean_per_cost is not None]
    if len(priced) == len(lifts):
        rows = [_gain(lift, lift.mean_per_cost or 0.0) for lift in priced]
        yield Panel(say("act_per_cost"), axis, rows, shares_names=True)
    elif priced:
        yield Panel(say("act_per_cost"), axis, [_gain(lift, lift.mean_per_cost or 0.0) for lift in priced])
    if told.split is not None:
        yield from _split_panels(told, told.split, say)


def _split_panels(told: Action, split: Split, say: Words) -> Iterator[Panel]:
    budget = money(plain(split.budget), told.case.money)
    title = say("split_table", budget=budget, target=target_words(told.case, say))
    pairs = list(zip(split.spendings, split.money, split.alone, strict=True))
    spent = [Row(spending_words(s, say), m, f"{plain(m)} · {bought(s, m, say)}" if m else "0") for s, m, _ in pairs]
    yield Panel(title, say("act_spend_axis", unit=told.case.money), spent)
    alone = [Row(spending_words(s, say), 100 * chance, percent(chance)) for s, _, chance in pairs]
    yield Panel(say("split_alone"), say("stress_percent"), alone, 100 * split.chance, shares_names=True)


def _gain(lift: Lift, value: float) -> Row:
    return Row(one_line(lift.stage, 40), value, figure(value, decimals(abs(value))))
