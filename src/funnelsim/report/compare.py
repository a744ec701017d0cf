"""A comparison of assumptions on a terminal: who is ahead, by how much, how surely, and why."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.compare import Assumption, Comparison, Pair
from funnelsim.analysis.dominance import N_LOOKS
from funnelsim.analysis.forecast import TargetForecast
from funnelsim.analysis.method import Gain
from funnelsim.model.target import MONEY
from funnelsim.report.clean import one_line
from funnelsim.report.notes import notes_in_words
from funnelsim.report.numbers import (
    chance,
    error_figure,
    figure,
    mean_places,
    percent,
    place_of,
    places_of,
    plain,
    points,
)
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.waterfalls import name_of_input, signed, waterfall_table
from funnelsim.report.words import Words

_VERDICTS = {"ahead": "ahead", "behind": "behind", "crossing": "crossing", "not told apart": "none"}


def print_comparison(found: Comparison, say: Words, console: Console | None = None) -> None:
    """Print everything of a comparison, in the order of reading."""
    console = console or new_console()
    for part in _parts(found, say, console.width):
        console.print(part)


def compare_title(found: Comparison, say: Words) -> str:
    """Return the title of a comparison's pages."""
    case = found.first.case
    name = one_line(case.name)
    return say("compare_title", case=name, n=len(found.assumptions), day=case.as_of.isoformat())


def compare_headline(found: Comparison, say: Words) -> str:
    """Return the mean difference of every assumption, its error and unit, in one sentence."""
    told = [
        say(
            "compare_one",
            name=name_in(pair.name, say),
            mean=signed(pair.mean, _pair_places(pair)),
            error=error_figure(pair.mean_se),
            unit=found.first.case.money,
            higher=percent(pair.higher, 0),
        )
        for pair in found.pairs
    ]
    return say("compare_headline", first=name_in(found.first.name, say), told=say.listed(told))


def name_in(name: str, say: Words) -> str:
    """Return what an assumption is called; the empty name is the config as it is stated."""
    return one_line(name, 40) if name else say("as_stated")


def assumptions_table(found: Comparison, say: Words) -> Table:
    """Return bookings and chances under each assumption."""
    columns = (
        Column(say("assumption"), is_number=False),
        *(Column(say(name), say(f"{name}_hint")) for name in ("commit", "likely", "stretch")),
        Column(say("mean")),
        Column(say("error")),
        *(Column(target_name(t, say), say("chance_hint")) for t in found.first.targets),
    )
    rows = tuple(_assumption_cells(one, found, say) for one in found.assumptions)
    note = say("not_first_targets", first=name_in(found.first.name, say)) if found.first.targets else ""
    return Table(say("assumptions_table", unit=found.first.case.money), columns, rows, note=note)


def differences_table(found: Comparison, say: Words) -> Table:
    """Return the law of each difference, and how much the chances of targets gain."""
    columns = (
        Column(say("assumption"), is_number=False),
        Column(say("mean_apart")),
        Column(say("standard_error")),
        Column(say("apart_sd")),
        *(Column(say(f"apart_{name}")) for name in ("commit", "likely", "stretch")),
        Column(say("higher_in")),
        Column(say("lower_in")),
        *(Column(say("chance_apart", amount=target_name(t, say))) for t in found.first.targets),
    )
    rows = tuple(_pair_cells(pair, found, say) for pair in found.pairs)
    title = say("against", name=name_in(found.first.name, say), unit=found.first.case.money)
    return Table(title, columns, rows, note=say("apart_note"))


def dominance_lines(found: Comparison, say: Words) -> Iterator[str]:
    """Yield who is better whoever judges, and what these sentences rest on."""
    first = name_in(found.first.name, say)
    for pair in found.pairs:
        told, names = pair.dominance, {"name": name_in(pair.name, say), "first": first}
        verdict = _VERDICTS[told.first]
        more = {"best": points(told.best), "worst": points(told.worst)} if verdict == "crossing" else {}
        line = say(f"first_{verdict}", **names, **more)
        # the first order implies the second
        yield line + (say(f"second_{_VERDICTS[told.second]}", **names) if verdict in {"crossing", "none"} else "")
    yield say("dominance_note", looks=N_LOOKS)


def gain_lines(found: Comparison, say: Words) -> Iterator[str]:
    """Yield what shared random numbers gained, as measured against draws of their own."""
    for pair in found.pairs:
        name = name_in(pair.name, say)
        if not pair.mean_se > 0:
            yield say("gain_same", name=name, first=name_in(found.first.name, say))
            continue
        se, alone = error_figure(pair.mean_se), error_figure(pair.independent_se)
        line = say("gain_line", name=name, se=se, alone=alone, gain=figure(pair.gain, 1))
        yield line + (say("gain_best", best=figure(pair.best_gain, 1)) if pair.best_gain else "")


def fall_tables(found: Comparison, say: Words) -> Iterator[Table]:
    """Yield the waterfall of every pair that has one and differs at all."""
    first = name_in(found.first.name, say)
    for pair in found.pairs:
        if pair.waterfall and pair.waterfall.steps:
            names = {step.cause: name_of_input(step.cause, say) for step in pair.waterfall.steps}
            name = name_in(pair.name, say)
            title = say("waterfall", first=first, name=name, unit=found.first.case.money)
            yield waterfall_table(pair.waterfall, title, (first, name), names, say)


def target_name(target: TargetForecast, say: Words) -> str:
    """Return what a target asks for, briefly."""
    goal = target.target
    amount = plain(goal.amount) if goal.measure in MONEY else f"{plain(goal.amount)} {say('deals_unit')}"
    by = say("chance_by", day=goal.by.isoformat()) if goal.by else ""
    group = "".join(say("target_group", axis=say(a), value=one_line(v)) for a, v in goal.group.items())
    return say("chance_of", amount=amount, by=by, group=group)


def _parts(found: Comparison, say: Words, width: int) -> Iterator[RenderableType]:
    yield Text(compare_title(found, say), style="bold")
    yield Text(compare_headline(found, say))
    yield Text("")
    yield grid(assumptions_table(found, say), width)
    yield Text("")
    yield grid(differences_table(found, say), width)
    yield Text("")
    yield from (Text(line) for line in dominance_lines(found, say))
    yield Text("")
    yield from (Text(line) for line in gain_lines(found, say))
    for table in fall_tables(found, say):
        yield Text("")
        yield grid(table, width)
    yield Text("")
    yield from (Text(line) for line in _closing(found, say))


def _closing(found: Comparison, say: Words) -> Iterator[str]:
    first = name_in(found.first.name, say)
    for pair in found.pairs:
        if pair.waterfall and not pair.waterfall.steps:
            yield say("nothing_differs", name=name_in(pair.name, say), first=first)
    notes = dict.fromkeys(note for one in found.assumptions for note in one.case.notes)
    yield from (say("note_line", note=note) for note in notes_in_words(tuple(notes), say))
    yield f"{say('trials')} {found.trials:,} · {say('seed')} {found.seed}"


def _assumption_cells(one: Assumption, found: Comparison, say: Words) -> tuple[str, ...]:
    total, places = one.bookings, places_of(one.bookings)
    figures = [figure(x + one.booked, places) for x in (total.commit, total.likely, total.stretch)]
    chances = [chance(t.chance, t.chance_se, found.trials) for t in one.targets]
    mean = figure(total.mean + one.booked, mean_places(total))
    return name_in(one.name, say), *figures, mean, error_figure(total.mean_se), *chances


def _pair_places(pair: Pair) -> int:
    return min(place_of(pair.mean_se), 2) if pair.mean_se > 0 else 0


def _pair_cells(pair: Pair, found: Comparison, say: Words) -> tuple[str, ...]:
    places = places_of(found.first.bookings)
    return (
        name_in(pair.name, say),
        signed(pair.mean, _pair_places(pair)),
        error_figure(pair.mean_se),
        figure(pair.sd, places),
        *(signed(pair.quantiles[name], places) for name in ("p10", "p50", "p90")),
        chance(pair.higher, _share_error(pair.higher, found.trials), found.trials),
        chance(pair.lower, _share_error(pair.lower, found.trials), found.trials),
        *(_points_cell(gain) for gain in pair.chances),
    )


def _share_error(share: float, trials: int) -> float:
    return float((share * (1 - share) / trials) ** 0.5)


def _points_cell(gain: Gain) -> str:
    places = max(0, min(2, place_of(100 * gain.error) - 1)) if gain.error > 0 else 2
    return f"{signed(100 * gain.value, places)} ± {points(gain.error)}"
