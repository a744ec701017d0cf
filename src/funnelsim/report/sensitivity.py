"""What moves a forecast, on a terminal: a sentence, the tornado, the shares of variance, the gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.inputs import Input, Inputs
from funnelsim.analysis.sensitivity import Sensitivity
from funnelsim.analysis.sobol import Estimate
from funnelsim.analysis.tornado import Tornado
from funnelsim.model.case import Case
from funnelsim.model.opening import EVIDENCE
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import decimals, error_figure, figure, money, percent, plain, rate
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words

_NAME = 28


class HasTornado(Protocol):
    """What a tornado is told of: a sensitivity, or the swings of a briefing."""

    @property
    def inputs(self) -> Inputs:
        """Return the inputs."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the names of the outputs."""

    @property
    def tornado(self) -> Tornado:
        """Return the tornado."""

    @property
    def case(self) -> Case:
        """Return the case."""


def print_sensitivity(found: Sensitivity, answer: int, say: Words, console: Console | None = None) -> None:
    """Print the answers; `answer` is the number of the output that rows are sorted by."""
    console = console or new_console()
    for part in _parts(found, answer, say, console.width):
        console.print(part)


def sensitivity_title(found: HasTornado, say: Words) -> str:
    """Return the title of tables and pictures."""
    return say("sens_title", case=one_line(found.case.name))


def sensitivity_headline(found: Sensitivity, answer: int, say: Words) -> str:
    """Return what moves an output most, one at a time and all at once."""
    return widest_swing(found, answer, say) + _shares_in_words(found, answer, say)


def widest_swing(found: HasTornado, answer: int, say: Words) -> str:
    """Return which input moves an output most when it moves alone."""
    tornado = found.tornado
    first = tornado.order(answer)[0]
    return say(
        "sens_headline_tornado",
        input=input_in_words(found.inputs.inputs[first], found, say),
        answer=answer_in_words(found, answer, say),
        low=shown(found, answer, tornado.low[first, answer]),
        high=shown(found, answer, tornado.high[first, answer]),
    )


def tornado_table(found: HasTornado, answer: int, say: Words) -> Table:
    """Return every input with what its ends do to an output, the widest swing first."""
    tornado = found.tornado
    rows = [
        (
            input_in_words(one := found.inputs.inputs[i], found, say),
            say(f"sens_{one.origin}"),
            *(figure_of(one, x) for x in (one.low, one.base, one.high)),
            shown(found, answer, tornado.low[i, answer]),
            shown(found, answer, tornado.high[i, answer]),
            shown(found, answer, tornado.swing[i, answer], is_change=True),
        )
        for i in tornado.order(answer)
    ]
    base = shown(found, answer, tornado.base[answer])
    rows.append((say("sens_base"), "", "", "", "", base, base, ""))
    columns = (
        Column(say("sens_input"), is_number=False),
        Column(say("sens_range"), is_number=False),
        *(Column(say(name)) for name in ("sens_from", "sens_stands", "sens_to")),
        *(Column(say(name)) for name in ("sens_at_low", "sens_at_high", "sens_swing")),
    )
    return Table(say("sens_tornado", answer=answer_in_words(found, answer, say)), columns, tuple(rows), has_total=True)


def shares_table(found: Sensitivity, answer: int, say: Words) -> Table:
    """Return what share of the variance each input explains: indices, or Shapley effects where they hang together."""
    interval = say("sens_interval", confidence=rate(found.plan.confidence))
    main = estimates(found)
    whole = whole_share(found)
    order = sorted(range(len(found.inputs)), key=lambda i: -whole.value[i, answer])
    others = [o for o in range(len(found.outputs)) if o != answer]
    columns = [Column(say("sens_input"), is_number=False)]
    for name, _ in main:
        columns += [Column(say(name)), Column(interval)]
    columns += [Column(answer_in_words(found, o, say)) for o in others]
    rows = []
    for i in order:
        cells = [input_in_words(found.inputs.inputs[i], found, say)]
        for _, estimate in main:
            cells += [share(estimate.value[i, answer]), _interval(estimate, i, answer)]
        rows.append((*cells, *(share(whole.value[i, o]) for o in others)))
    title = "sens_sobol" if found.sobol is not None else "sens_shapley"
    return Table(say(title, answer=answer_in_words(found, answer, say)), tuple(columns), tuple(rows))


def gradient_table(found: Sensitivity, say: Words) -> Table | None:
    """Return what a point of every conversion brings; None where that was not asked for or could not be had."""
    if found.gradient is None or not found.gradient.slopes:
        return None
    targets = range(4, len(found.outputs))
    columns = [Column(say("sens_stage"), is_number=False), Column(say("sens_more_mean")), Column("±")]
    for target in targets:
        columns += [Column(say("sens_more_chance", answer=answer_in_words(found, target, say))), Column("±")]
    rows = []
    for slope in found.gradient.slopes:
        cells = [stage_title(found, slope.stage), _signed(slope.mean, slope.mean_se), error_figure(slope.mean_se)]
        for chance, error in zip(slope.chances, slope.chances_se, strict=True):
            cells += [_signed(100 * chance, 100 * error), error_figure(100 * error)]
        rows.append(tuple(cells))
    return Table(say("sens_gradient"), tuple(columns), tuple(rows))


def hops_table(found: Sensitivity, say: Words) -> Table | None:
    """Return what a point of every hop, and its absence, bring; None where no stage hangs on a chain."""
    if not found.hops:
        return None
    outputs = range(len(found.outputs))
    names = [answer_in_words(found, o, say) for o in outputs]
    columns = [Column(say("sens_change"), is_number=False)]
    columns += [Column(say("sens_more_chance", answer=n) if o > 3 else n) for o, n in zip(outputs, names, strict=True)]
    rows = []
    for hop in found.hops:
        title = _hop_title(found, hop.hop)
        for phrase, change in (("sens_hop_point", hop.point), ("sens_hop_removed", hop.removed)):
            cells = [_signed(100 * float(change[o]) if o > 3 else float(change[o]), 0.0) for o in outputs]
            rows.append((say(phrase, hop=title), *cells))
    return Table(say("sens_hops"), tuple(columns), tuple(rows))


def answer_in_words(found: HasTornado, answer: int, say: Words) -> str:
    """Return the name of an output."""
    return output_in_words(found.outputs[answer], found.case, say)


def output_in_words(name: str, case: Case, say: Words) -> str:
    """Return what ``mean``, ``p10`` or ``target_1`` of a case is called."""
    if not name.startswith("target_"):
        return say(f"sens_{name}")
    target = case.targets[int(name.removeprefix("target_")) - 1]
    kind = {"bookings": "money"}.get(target.measure, target.measure)
    told = say(f"sens_target_{kind}", amount=plain(target.amount))
    told += say("sens_by", day=target.by.isoformat()) if target.by else ""
    groups = [one_line(value, _NAME) for value in target.group.values()]
    return told + (say("sens_of_group", group=say.listed(groups)) if groups else "")


def input_in_words(one: Input, found: HasTornado, say: Words) -> str:
    """Return the name of an input."""
    return (
        say(f"sens_{one.kind}", of=_owner(one, found), to=one_line(one.to, _NAME))
        if one.of
        else say(f"sens_{one.kind}")
    )


def stage_title(found: HasTornado, name: str) -> str:
    """Return the name of a stage with its label, made harmless."""
    return one_line(next(stage.title for stage in found.case.funnel.stages if stage.name == name), _NAME)


def figure_of(one: Input, x: float) -> str:
    """Return a figure of an input: a share in per cent, a factor, or a plain number.

    Examples
    --------
    >>> figure_of(Input("realisation", "realisation", "", 0.9, 1.0, 1.1, "default"), 0.9)
    '×0.90'
    """
    if one.is_factor:
        return f"×{x:.2f}"
    return figure(x, 2) if one.kind in {"elasticity", "rework"} else percent(x)


def shown(found: HasTornado, answer: int, x: float, *, is_change: bool = False) -> str:
    """Return a value of an output: money, or a chance in per cent."""
    if found.outputs[answer].startswith("target_"):
        return f"{100 * x:.1f}" if is_change else percent(x)
    size = abs(float(found.tornado.base[answer]))
    return figure(x, min(decimals(size), 0 if size >= 100 else 2))


def share(x: float) -> str:
    """Return a share of the variance, rounded to a per cent; an estimate below 0 is told as 0.

    Examples
    --------
    >>> share(0.234), share(-0.01)
    ('23%', '0%')
    """
    return percent(max(x, 0.0), 0)


def estimates(found: Sensitivity) -> list[tuple[str, Estimate]]:
    """Return what shares of the variance there are, by the name of their phrase: indices, Shapley effects, or both."""
    sobol, shapley = found.sobol, found.shapley
    told = [("sens_alone", sobol.first), ("sens_in_all", sobol.total)] if sobol is not None else []
    return told + ([("sens_share", shapley.share)] if shapley is not None else [])


def whole_share(found: Sensitivity) -> Estimate:
    """Return the shares that rows are sorted by: total indices, or Shapley effects where inputs hang together."""
    wanted = "sens_in_all" if found.sobol is not None else "sens_share"
    return dict(estimates(found))[wanted]


def _owner(one: Input, found: HasTornado) -> str:
    if one.kind == "keeps":
        return _hop_title(found, one.of)
    if one.kind == "rate":
        source = next(source for source in found.case.sources if source.name == one.of)
        return one_line(source.name, _NAME)
    return stage_title(found, one.of)


def _hop_title(found: HasTornado, name: str) -> str:
    chain = found.case.communication
    return one_line(next((hop.title for hop in (chain.hops if chain else ()) if hop.name == name), name), _NAME)


def _interval(estimate: Estimate, i: int, answer: int) -> str:
    return f"{share(estimate.low[i, answer])[:-1]}–{share(estimate.high[i, answer])}"


def _shares_in_words(found: Sensitivity, answer: int, say: Words) -> str:
    if not estimates(found):
        return ""
    value = whole_share(found).value[:, answer]
    order = sorted(range(len(value)), key=lambda i: -value[i])[:2]
    if not value[order[0]] > 0:
        return ""
    names = [input_in_words(found.inputs.inputs[i], found, say) for i in order]
    second = say("sens_second", input=names[1], share=share(value[order[1]])) if len(order) > 1 else ""
    return say("sens_headline_share", first=names[0], share=share(value[order[0]]), second=second)


def _signed(x: float, error: float) -> str:
    places = decimals(abs(x), error)
    return f"+{figure(x, places)}" if x >= 0 else figure(x, places)


def _parts(found: Sensitivity, answer: int, say: Words, width: int) -> Iterator[RenderableType]:
    yield Text(sensitivity_title(found, say), style="bold")
    yield Text(sensitivity_headline(found, answer, say))
    tables = (tornado_table(found, answer, say), shares_table(found, answer, say))
    for table in (*tables, hops_table(found, say), gradient_table(found, say)):
        if table is not None:
            yield Text("")
            yield grid(table, width)
    yield Text("")
    for note in notes(found, say):
        yield Text(say("note_line", note=note))
    yield Text(provenance(found, say), style="dim")


def notes(found: Sensitivity, say: Words) -> list[str]:
    """Return what must be known to read the tables."""
    told = [say("sens_note_ranges")]
    if any(one.origin == "default" for one in found.inputs.inputs):
        told.append(say("sens_note_default", evidence=f"{EVIDENCE:g}"))
    told.append(say("sens_note_held"))
    if found.case.funnel.is_linear:
        told.append(say("sens_note_conversion"))
    if found.why_simulated:
        told.append(say("sens_why_simulated", why=found.why_simulated))
    if found.gradient is not None and found.gradient.why_not:
        told.append(say("sens_gradient_not", why=found.gradient.why_not))
    return told


def provenance(found: Sensitivity, say: Words) -> str:
    """Return how the figures were made."""
    made = {"settings": f"{found.n_settings:,}", "points": f"{found.plan.points:,}", "seed": found.seed}
    if found.trials is None:
        told = say("sens_exact", **made)
    else:
        told = say("sens_simulated", trials=f"{found.trials:,}", **made)
    if found.gradient is not None and found.gradient.slopes:
        told += " " + say("sens_gradient_made", trials=f"{found.gradient.trials:,}")
    return told


def amount_axis(found: HasTornado, answer: int, say: Words) -> str:
    """Return what an axis of values of an output is called."""
    name = answer_in_words(found, answer, say)
    if found.outputs[answer].startswith("target_"):
        return say("sens_chance_axis", answer=name)
    return money(f"{say('bookings')}, {name},", found.case.money)
