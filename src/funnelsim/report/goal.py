"""The answer of a goal seek on a terminal: one sentence, one table, and what vouches for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import floor, log10

from rich.console import Console, RenderableType
from rich.text import Text

from funnelsim.analysis.goal import GoalSeek, Held, Solution
from funnelsim.analysis.levers import Value
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import money, percent, plain, rate
from funnelsim.report.refusals import refusal
from funnelsim.report.sentences import belief_sentences
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.words import Words


def print_goal(found: GoalSeek, say: Words, console: Console | None = None) -> None:
    """Print the answer, the answers side by side, and the certificate."""
    console = console or new_console()
    for part in _parts(found, say, console.width):
        console.print(part)


def goal_sentence(found: GoalSeek, say: Words) -> str:
    """Return the answer in one sentence."""
    target = found.goal.target
    name = "goal_wins" if target.measure == "wins" else "goal_bookings"
    amount = plain(target.amount) if target.measure == "wins" else money(plain(target.amount), found.case.money)
    when = say("goal_by", day=target.by.isoformat()) if target.by else say("goal_in_the_end")
    when = when if found.case.end is None or target.by else say("goal_in_horizon")
    when = "" if found.lever.kind == "date" else when
    goal = say(name, amount=amount, when=when, chance=rate(found.goal.chance))
    n = getattr(found.lever, "n", 0)
    return say(
        f"goal_takes_{_kind(found)}", goal=goal, answer=shown(found.main.answer), stage=_stage(found), n=f"{n:,}"
    )


def goal_table(found: GoalSeek, say: Words) -> Table:
    """Return one row for rates known and one for rates learnt, where they are."""
    is_plain = _kind(found) == "prospects" and found.case.end is None
    return Table(
        title=say("goal_table"),
        columns=(
            Column(say("goal_rates"), is_number=False),
            Column(say(f"goal_needed_{found.lever.kind}")),
            Column(say("goal_chance")),
            Column(say(f"goal_less_{found.lever.kind}"), say("goal_less_hint")),
            Column(say("goal_average"), say("goal_over_rate" if is_plain else "goal_mean_reaches")),
            Column(say("goal_its_chance")),
        ),
        rows=tuple(_cells(solution, say) for solution in found.solutions),
    )


def certificate_sentence(solution: Solution, say: Words) -> str:
    """Return what vouches for an answer."""
    made, at = solution.certificate, solution.certificate.at
    rates = say(f"goal_{solution.rates}")
    if made.engine == "exact":
        held = say("goal_exact", rates=rates, error=_points(at.high - at.low))
    else:
        held = say(
            "goal_simulated", rates=rates, trials=f"{made.trials:,}", confidence=rate(made.confidence or 0.0),
            answer=shown(at.value), low=percent(at.low, 2),
        )  # fmt: skip
        if made.before is not None:
            held += say("goal_simulated_less", less=shown(made.before.value), high=percent(made.before.high, 2))
    if solution.estimate != solution.answer:
        held += say("goal_estimate", estimate=shown(solution.estimate), answer=shown(solution.answer))
    return held


def shown(value: Value) -> str:
    """Return a value of an input: a count, a rate in per cent, or a day."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else rate(value)


def _parts(found: GoalSeek, say: Words, width: int) -> Iterator[RenderableType]:
    yield Text(say("goal_title", case=one_line(found.case.name), day=found.case.as_of.isoformat()), style="bold")
    yield Text(goal_sentence(found, say))
    yield Text("")
    yield grid(goal_table(found, say), width)
    yield Text("")
    for solution in found.solutions:
        yield Text(certificate_sentence(solution, say))
    for solution in found.solutions:
        if solution.why_simulated:
            yield Text(say("goal_why_simulated", why=refusal(solution.why_simulated, say)))
            break
    if found.unreached:
        yield Text(say("note_line", note=one_line(found.unreached)))
    for sentence in belief_sentences(found.case, say):
        yield Text(sentence)
    yield Text(say(f"goal_note_{_kind(found)}"), style="dim")
    if found.seed is not None:
        yield Text(f"{say('seed')} {found.seed}", style="dim")


def _kind(found: GoalSeek) -> str:
    return "besides" if getattr(found.lever, "besides", False) else found.lever.kind


def _stage(found: GoalSeek) -> str:
    if path := getattr(found.lever, "path", ""):
        return one_line(path)
    return one_line(next((s.title for s in found.case.funnel.stages if s.name == found.lever.stage), ""))


def _cells(solution: Solution, say: Words) -> tuple[str, ...]:
    made, average = solution.certificate, solution.average
    places = _places(made.at, made.before)
    return (
        say(f"goal_{solution.rates}"),
        shown(solution.answer),
        percent(made.at.chance, places),
        percent(made.before.chance, places) if made.before else say("goal_none"),
        shown(average.value) if average else say("goal_none"),
        percent(average.chance, 1) if average else "",
    )


def _places(at: Held, before: Held | None) -> int:
    """Return so many places that the chances at an answer and at one step less can be told apart."""
    gap = 100 * abs(at.chance - before.chance) if before else 1.0
    return min(max(2, 1 - floor(log10(gap))), 6) if gap > 0 else 2


def _points(width: float) -> str:
    """Return half the width of bounds in points, never as less than is worth saying."""
    return "0.001" if width < 2e-5 else f"{50 * width:.2g}"
