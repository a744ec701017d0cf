"""The grid behind the sliders of a page: every figure and sentence they can show, written beforehand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from funnelsim.analysis.forecast import Forecast
from funnelsim.analysis.what_if import Rung, WhatIf, WhatIfPoint, what_if
from funnelsim.report.exceedance import exceedance, is_of_the_total
from funnelsim.report.numbers import chance, error_figure, figure, mean_places, money, places_of, plain, points
from funnelsim.report.tables import Column, Table
from funnelsim.report.words import Words

SHOWN = ("commit", "likely", "stretch", "mean")


def ladder(forecast: Forecast) -> list[Rung]:
    """Return the amounts the first slider can take, rising, with the chance of at least each and its error.

    They are those of which the kept forecast knows the chance: the lower edges of its histogram, and its targets of
    the total.
    """
    found = {amount: (amount, reached, error) for amount, reached, error in exceedance(forecast)}
    for one in forecast.targets:
        if is_of_the_total(one):
            found[one.target.amount] = (one.target.amount, one.chance, one.chance_se)
    return [found[amount] for amount in sorted(found)]


def grid_of(forecast: Forecast, *, move_rates: bool = True) -> WhatIf:
    """Return the grid of the sliders; of the forecast alone where rates are not to be moved."""
    return what_if(forecast, ladder(forecast)) if move_rates else what_if(forecast, ladder(forecast), ())


@dataclass(frozen=True)
class Slider:
    """What a page needs for its sliders.

    Parameters
    ----------
    data : Markup
        The grid as JSON that may stand in a script element.
    start : tuple of int
        Places of the amount and of the win rates that are shown first.
    shown : dict
        The row shown first, for readers without scripts.
    """

    data: Markup
    start: tuple[int, int]
    sizes: tuple[int, int]
    amounts: tuple[str, ...]
    shown: dict[str, Any]


def slider_of(forecast: Forecast, grid: WhatIf, say: Words) -> Slider:
    """Return the sliders of a grid; they begin at the first target of the total, else at the even chance."""
    unit = forecast.case.money
    amounts = [money(plain(amount), unit) for amount in grid.amounts]
    rows = [_row(one, grid, amounts, forecast, say) for one in grid.grid]
    start = (_first_amount(forecast, grid), grid.base)
    data = json.dumps({"amounts": amounts, "rates": rows, "start": start}, ensure_ascii=False, separators=(",", ":"))
    sizes = (len(amounts) - 1, len(rows) - 1)
    return Slider(_for_script(data), start, sizes, tuple(amounts), rows[grid.base])


def what_if_table(forecast: Forecast, grid: WhatIf, say: Words) -> Table:
    """Return the figures of the grid, with the chance of each target of the total."""
    goals = [one.target.amount for one in forecast.targets if is_of_the_total(one)]
    places = [grid.amounts.index(goal) for goal in goals]
    columns = [Column(say("win_rates_moved"), is_number=False)]
    columns += [Column(say(name), say(f"{name}_hint")) for name in SHOWN[:3]]
    columns += [Column(say("mean")), Column(say("error"))]
    for goal in goals:
        columns += [Column(say("target_label", amount=plain(goal))), Column(say("chance_error"))]
    rows = []
    for one in grid.grid:
        figures = _figures(one, forecast)
        told = [part for i in places for part in _chance(one, i, grid, forecast)]
        rows.append((_moved(one, say), *(figures[name] for name in SHOWN), figures["error"], *told))
    return Table(say("what_if_table", unit=forecast.case.money), tuple(columns), tuple(rows))


def _row(
    one: WhatIfPoint, grid: WhatIf, amounts: Sequence[str], forecast: Forecast, say: Words
) -> dict[str, str | list[str] | list[float]]:
    rates, figures = _moved(one, say), _figures(one, forecast)
    answers = []
    for i, amount in enumerate(amounts):
        told, error = _chance(one, i, grid, forecast)
        name = "what_if_answer_unseen" if error == "–" else "what_if_answer"
        answers.append(say(name, rates=rates, amount=amount, chance=told, error=error))
    shares = [round(100 * p, 2) for p in one.chances]
    shown = {name: money(figures[name], forecast.case.money) for name in SHOWN}
    shown["mean"] = f"{figures['mean']} ± {figures['error']}"
    return {"name": rates, **shown, "answers": answers, "shares": shares}


def _figures(one: WhatIfPoint, forecast: Forecast) -> dict[str, str]:
    total, booked = one.bookings, forecast.bookings.booked
    places = places_of(total)
    told = {"commit": total.commit, "likely": total.likely, "stretch": total.stretch}
    found = {name: figure(x + booked, places) for name, x in told.items()}
    found["mean"] = figure(total.mean + booked, mean_places(total))
    return found | {"error": error_figure(total.mean_se or total.mean_error or 0.0)}


def _chance(one: WhatIfPoint, i: int, grid: WhatIf, forecast: Forecast) -> tuple[str, str]:
    trials = grid.trials if one.points else forecast.trials
    p, error = one.chances[i], one.errors[i]
    is_bound = bool(trials) and p in (0.0, 1.0)
    return chance(p, error, trials), "–" if is_bound else points(error)


def _moved(one: WhatIfPoint, say: Words) -> str:
    return say("what_if_moved", points=f"{one.points:+g}") if one.points else say("what_if_as_is")


def _first_amount(forecast: Forecast, grid: WhatIf) -> int:
    for one in forecast.targets:
        if is_of_the_total(one):
            return grid.amounts.index(one.target.amount)
    return max((i for i, p in enumerate(grid.grid[grid.base].chances) if p >= 0.5), default=0)


def _for_script(data: str) -> Markup:
    """Return JSON in which nothing can end the script element or begin another."""
    safe = data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704
