"""The levers of a briefing in words: what each does to the chance of the target, and to likely with its interval."""

from __future__ import annotations

from funnelsim.analysis.swings import Swings
from funnelsim.analysis.tornado import Floats
from funnelsim.report.numbers import points
from funnelsim.report.sensitivity import answer_in_words, figure_of, input_in_words, shown
from funnelsim.report.tables import Column, Table
from funnelsim.report.words import Words

N_LEVERS = 3


def lever_sentences(found: Swings, say: Words, n: int = N_LEVERS) -> list[str]:
    """Return the levers that matter most, one sentence each."""
    return [_sentence(found, i, say) for i in found.order[:n]]


def levers_table(found: Swings, say: Words) -> Table:
    """Return every lever with what its two ends do, the one that matters most first."""
    rows = tuple(_cells(found, i, say) for i in found.order)
    heads = [say("sens_from"), say("sens_to")]
    if _has_target(found):
        name = answer_in_words(found, found.answer, say)
        heads += [say("at_low_end", what=name), say("at_high_end", what=name)]
    unit = say("in_unit", measure=say("likely"), unit=found.case.money)
    likely = [
        Column(say(end, what=unit), say("with_interval"), is_number=False) for end in ("at_low_end", "at_high_end")
    ]
    columns = (Column(say("sens_input"), is_number=False), *map(Column, heads), *likely)
    return Table(say("part_levers"), columns, rows, note=levers_note(found, say))


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
    at = {name: found.outputs.index(name) for name in ("p10", "p50", "p90")}
    told = {name: shown(found, number, answers[number]) for name, number in at.items()}
    return say("likely_between", likely=told["p50"], low=told["p10"], high=told["p90"])


def _cells(found: Swings, i: int, say: Words) -> tuple[str, ...]:
    one, tornado = found.inputs.inputs[i], found.tornado
    chances = [shown(found, found.answer, x[i, found.answer]) for x in (tornado.low, tornado.high)]
    return (
        input_in_words(one, found, say),
        figure_of(one, one.low),
        figure_of(one, one.high),
        *(chances if _has_target(found) else ()),
        *(_likely(found, x[i], say) for x in (tornado.low, tornado.high)),
    )
