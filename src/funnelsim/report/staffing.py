"""Teams of several sizes on a terminal: a table, and the smallest team that is enough."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from funnelsim.analysis.staffing import Staffing, TeamForecast
from funnelsim.report.clean import one_line
from funnelsim.report.numbers import chance, money, percent, plain, points, rate
from funnelsim.report.tables import Column, Table
from funnelsim.report.terminal import grid, new_console
from funnelsim.report.waiting import in_figures
from funnelsim.report.words import Words


def print_staffing(found: Staffing, say: Words, console: Console | None = None) -> None:
    """Print the table of teams and what it comes to."""
    console = console or new_console()
    console.print(Text(say("staffing_title", case=one_line(found.case.name)), style="bold"))
    console.print(Text(""))
    console.print(grid(staffing_table(found, say), console.width))
    console.print(Text(""))
    if found.target:
        console.print(Text(staffing_sentence(found, say)))
    console.print(Text(say("staffing_note", trials=f"{found.trials:,}", seed=found.seed), style="dim"))


def staffing_table(found: Staffing, say: Words) -> Table:
    """Return a row for each size of the team."""
    has_days = any(team.utilisation for team in found.teams)
    columns = (
        Column(say("people")),
        *([Column(say("chance")), Column(say("chance_error"))] if found.target else []),
        Column(say("in_unit", measure=say("bookings_mean"), unit=found.case.money)),
        *([Column(say("utilisation"))] if has_days else []),
        Column(say("wait_days")),
        Column(say("waiting_at_the_end")),
    )
    rows = tuple(_row(found, team) for team in found.teams)
    return Table(say("staffing"), columns, rows)


def staffing_sentence(found: Staffing, say: Words) -> str:
    """Return which team is enough for the target, and how surely."""
    goal = found.target
    if goal is None:
        return ""
    amount = plain(goal.amount) if goal.measure == "wins" else money(plain(goal.amount), found.case.money)
    told = {"amount": amount, "asked": rate(found.asked)}
    if found.enough is None:
        return say("staffing_none", most=found.teams[-1].people, **told)
    return say("staffing_enough", people=found.enough, **told) + ("" if found.is_clear else say("staffing_close"))


def _row(found: Staffing, team: TeamForecast) -> tuple[str, ...]:
    hit = team.chance
    hits = [chance(hit.mean, hit.se, found.trials), "–" if hit.mean in (0.0, 1.0) else points(hit.se)] if hit else []
    busy = [percent(team.utilisation.mean)] if team.utilisation else []
    return (
        str(team.people),
        *hits,
        in_figures(team.bookings),
        *busy,
        in_figures(team.wait_days),
        in_figures(team.waiting),
    )
