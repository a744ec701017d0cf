"""The levers of a briefing in words: what each does to the chance of the target, and to likely with its interval."""

from __future__ import annotations

from funnelsim.analysis.swings import Swings
from funnelsim.analysis.tornado import Floats
from funnelsim.report.numbers import points
from funnelsim.report.sensitivity import answer_in_words, figure_of, input_in_words, shown
from funnelsim.report.tables import Column, Table
from funnelsim.report.words import Words

N_LEVERS = 3
_LEVELS = {"commit": "p10", "likely": "p50", "stretch": "p90"}


def lever_sentences(found: Swings, say: Words, n: int = N_LEVERS) -> list[str]:
    """Return the levers that matter most, one sentence each."""
    return [_sentence(found, i, say) for i in found.order[:n]]


def levers_table(found: Swings, say: Words) -> Table:
    """Return every lever with chance, commit, likely and stretch at its two ends, the one that matters most first."""
    columns = [Column(say("sens_input"), is_number=False), Column(say("sens_from")), Column(say("sens_to"))]
    for end in ("at_low_end", "at_high_end"):
        columns += [Column(say(end, what=name), hint) for name, hint in _told_of_an_end(found, say)]
    rows = tuple(_cells(found, i) for i in found.order)
    title = say("in_unit", measure=say("part_levers"), unit=found.case.money)
    cells = tuple(
        (input_in_words(found.inputs.inputs[i], found, say), *row) for i, row in zip(found.order, rows, strict=True)
    )
    return Table(title, tuple(columns), cells, note=levers_note(found, say))


def levers_note(found: Swings, say: Words) -> str:
    """Return how the levers were worked out, and how sure that is."""
    if found.trials is None:
        return say("levers_exact")
    error = points(found.chance_error)
    return say("levers_simulated", trials=f"{found.trials:,}", settings=found.n_settings, error=error)


def _has_target(found: Swings) -> bool:
    return found.outputs[found.answer].startswith("target_")


def _sentence(found: Swings, i: int, say: Words) -> str:
    one = found.inputs.inputs[i]
    effects = [_likely_effect(found, i, say)]
    if _has_target(found):
        ends = [shown(found, found.answer, x[i, found.answer]) for x in (found.tornado.low, found.tornado.high)]
        effects.insert(0, say("effect", what=answer_in_words(found, found.answer, say), low=ends[0], high=ends[1]))
    return say(
        "lever",
        input=input_in_words(one, found, say),
        low=figure_of(one, one.low),
        high=figure_of(one, one.high),
        effects=say("and_effect").join(effects),
    )


def _likely_effect(found: Swings, i: int, say: Words) -> str:
    low, high = (_likely(found, x[i], say) for x in (found.tornado.low, found.tornado.high))
    return say("effect", what=say("likely"), low=low, high=high)


def _likely(found: Swings, answers: Floats, say: Words) -> str:
    at = [found.outputs.index(name) for name in _LEVELS.values()]
    low, likely, high = (shown(found, number, answers[number]) for number in at)
    return say("likely_between", likely=likely, low=low, high=high)


def _told_of_an_end(found: Swings, say: Words) -> list[tuple[str, str]]:
    chance = [(answer_in_words(found, found.answer, say), "")] if _has_target(found) else []
    return chance + [(say(name), say(f"{name}_hint")) for name in _LEVELS]


def _cells(found: Swings, i: int) -> tuple[str, ...]:
    one, numbers = found.inputs.inputs[i], [found.outputs.index(name) for name in _LEVELS.values()]
    if _has_target(found):
        numbers.insert(0, found.answer)
    ends = (found.tornado.low[i], found.tornado.high[i])
    told = (shown(found, number, end[number]) for end in ends for number in numbers)
    return figure_of(one, one.low), figure_of(one, one.high), *told
